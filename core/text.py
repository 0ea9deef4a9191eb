"""Swiss formats: how amounts, dates and sizes are written, and how leniently they are read.

The four languages share one format (``12’480.50``, ``31.12.2026``). Spaces that must not break
are U+00A0: the text font has no U+202F.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import phonenumbers
from django.utils import timezone
from django.utils.translation import gettext as _

APOSTROPHE = "\u2019"
NBSP = "\u00a0"

_CENT = Decimal("0.01")

_AHV = re.compile(r"\b(756\.)\d{4}\.\d{4}(\.\d{2})\b")

# Letters that no Unicode decomposition takes apart, though people search them without their stroke.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŋ": "n"}
    | dict.fromkeys("’‘ʼ`´", "'")
)


def number(value: Decimal | int | str, decimals: int | None = None) -> str:
    """A number with U+2019 between thousands, e.g. ``148’200``; ``decimals`` rounds half away from zero."""
    amount = Decimal(value)
    if decimals is not None:
        amount = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if amount == 0:
        amount = abs(amount)  # never "-0.00"
    return f"{amount:,f}".replace(",", APOSTROPHE)


def money(value: Decimal | int | str) -> str:
    """An amount with two decimals: ``12’480.50``. The currency is the caller's (see ``chf``)."""
    return number(value, 2)


def chf(value: Decimal | int | str) -> str:
    """An amount in Swiss francs that never breaks after the currency: ``CHF 12’480.50``."""
    return f"CHF{NBSP}{money(value)}"


def percent(value: Decimal | int | str) -> str:
    """A share in percent, as many decimals as given: ``80 %``, ``1.246 %``."""
    return f"{number(value)}{NBSP}%"


def whole_number(typed: str, digits: int = 5) -> int | None:
    """A whole number of at most so many digits, as addresses and forms carry it; None for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= digits else None


def swiss_date(value: datetime.date | None) -> str:
    """``31.12.2026``; a moment is shown as the date it has in the portal's time zone; None is empty."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.day:02d}.{value.month:02d}.{value.year:04d}"


def swiss_datetime(value: datetime.datetime | None) -> str:
    """``31.12.2026, 14:05`` in the portal's time zone; None is empty."""
    if value is None:
        return ""
    if timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{swiss_date(value)},{NBSP}{value.hour:02d}:{value.minute:02d}"


def phone(value: str) -> str:
    """A telephone number for reading: ``+41791234567`` → ``+41 79 123 45 67``; anything else as it is."""
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return shown.replace(" ", NBSP)


def fold(text: str) -> str:
    """The key for sorting and searching: without accents, in lower case, single spaces.

    The database sorts by bytes (Émile after zebra), so names carry this key in a column of their own.
    Folding twice changes nothing.
    """
    lowered = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(sign)
    )
    return " ".join(plain.split())


def bytes_size(size: int) -> str:
    """A file size in the decimal units people know from their folders: ``820 B``, ``2.4 MB``."""
    units = (_("%(size)s B"), _("%(size)s kB"), _("%(size)s MB"), _("%(size)s GB"), _("%(size)s TB"))
    amount = Decimal(size)
    for unit in units:
        # 999’500 bytes would be written 1’000 kB: that is 1 MB.
        if amount < Decimal("999.5") or unit is units[-1]:
            break
        amount /= 1000
    shown = number(amount, 0 if amount >= 100 else 1).removesuffix(".0")
    return (unit % {"size": shown}).replace(" ", NBSP)


# --- Reading what people type ---------------------------------------------------------------------------------

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_CURRENCY = re.compile(r"^(?:chf|sfr\.?|fr\.?)\s*|\s*(?:chf|sfr\.?|fr\.?)$", re.IGNORECASE)
_WHOLE_FRANCS = re.compile(r"[.,](?:[-–—−]{1,2})$")
_AMOUNT = re.compile(
    r"""(?P<sign>-?)
    (?P<whole>\d+ | \d{1,3}(?:'\d{3})+ | \d{1,3}(?:\ \d{3})+ | \d{1,3}(?:,\d{3})+(?=\.|$) | \d{1,3}(?:\.\d{3})+(?=,|$))
    (?:[.,](?P<cents>\d{1,2}))?""",
    re.VERBOSE | re.ASCII,
)
_AMBIGUOUS = re.compile(r"-?\d{1,3}[.,]\d{3}", re.ASCII)


def parse_money(text: str) -> Decimal:
    """Read an amount as people write it: ``12'480.50``, ``12 480,50``, ``CHF 100.–``, ``1.234,50``.

    Returns a Decimal with two decimals. ``1.234`` is refused: it is a thousand to some and a little more
    than one to others. Raises ValueError where the text is no amount of francs and centimes.
    """
    plain = _SPACES.sub(" ", text).strip()
    plain = _CURRENCY.sub("", plain).strip()
    plain = re.sub(r"[’‘ʼ`´]", "'", plain)
    plain = _WHOLE_FRANCS.sub("", plain)
    plain = re.sub(r"^[-–−]\s*", "-", plain)
    match = _AMOUNT.fullmatch(plain)
    if match is None or _AMBIGUOUS.fullmatch(plain):
        raise ValueError(f"not an amount: {text[:40]!r}")
    whole = re.sub(r"\D", "", match["whole"])
    try:
        return Decimal(f"{match['sign']}{whole}.{(match['cents'] or '0'):0<2}").quantize(_CENT)
    except InvalidOperation as error:
        raise ValueError("too many digits") from error


class NotADay(ValueError):
    """A date that is written well but does not exist, such as 31.02.2026."""


_DATE_DAY_FIRST = re.compile(r"(\d{1,2})[./\-\s]+(\d{1,2})[./\-\s]+(\d{4}|\d{2})", re.ASCII)
_DATE_YEAR_FIRST = re.compile(r"(\d{4})[./\-\s](\d{1,2})[./\-\s](\d{1,2})", re.ASCII)
_DATE_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})", re.ASCII)


def parse_date(text: str, *, today: datetime.date | None = None, years_ahead: int = 10) -> datetime.date:
    """Read a date as people write it: ``3.11.26``, ``3 11 2026``, ``03/11/2026``, ``031126``, ``2026-11-03``.

    Two digits mean the year that lies at most ``years_ahead`` years after this one (0 for birth dates),
    so ``3.11.62`` is 1962. Raises ValueError where the text is no date, NotADay where the calendar has no such day.
    """
    plain = text.strip()
    if match := _DATE_YEAR_FIRST.fullmatch(plain):
        year, month, day = match.groups()
    elif match := (_DATE_DAY_FIRST.fullmatch(plain) or _DATE_DIGITS.fullmatch(plain)):
        day, month, year = match.groups()
    else:
        raise ValueError(f"not a date: {text[:40]!r}")
    full_year = int(year)
    if len(year) == 2:
        this_year = (today or timezone.localdate()).year
        full_year += this_year - this_year % 100
        if full_year > this_year + years_ahead:
            full_year -= 100
    try:
        return datetime.date(full_year, int(month), int(day))
    except ValueError as error:
        raise NotADay(str(error)) from error


def mask_ahv(text: str) -> str:
    """`text` with the middle of every AHV number in it hidden: enough to compare, not enough to copy."""
    return _AHV.sub(r"\1••••.••••\2", text)
