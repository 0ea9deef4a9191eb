"""Numbers that carry a check digit: AHV number, UID, IBAN, QR reference, creditor reference.

Each ``check_…`` takes what somebody typed (spaces, dots, hyphens welcome) and returns the number in its
one stored form, or raises ``BadIdentifier`` with a code that says what is wrong with it. Each
``show_…`` writes the stored form as it is printed.
"""

from __future__ import annotations

import re

from schwifty import IBAN
from schwifty.exceptions import InvalidCountryCode, InvalidLength, InvalidStructure, SchwiftyException
from stdnum import iso11649
from stdnum.ch import esr, ssn, uid

_SEPARATORS = re.compile(r"[\s\u00a0\u202f.\-–‑·'’/_]+")


class BadIdentifier(ValueError):
    """What is wrong with a number; ``code`` is one of empty, letters, length, prefix, checksum, country."""

    def __init__(self, code: str, *, found: int = 0):
        super().__init__(code)
        self.code = code
        self.found = found  # how many signs were typed, for the sentence about the length


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text)


def _digits(text: str, length: int) -> str:
    bare = _bare(text)
    if not bare:
        raise BadIdentifier("empty")
    if not re.fullmatch(r"[0-9]+", bare):
        raise BadIdentifier("letters")
    if len(bare) != length:
        raise BadIdentifier("length", found=len(bare))
    return bare


def check_ahv(text: str) -> str:
    """AHV number (13 digits, 756 first, EAN-13 check digit) as ``756.1234.5678.97``.

    The check digit catches every single wrong digit. Raises BadIdentifier.
    """
    bare = _digits(text, 13)
    if not bare.startswith("756"):
        raise BadIdentifier("prefix")
    if not ssn.is_valid(bare):
        raise BadIdentifier("checksum")
    return show_ahv(bare)


def show_ahv(value: str) -> str:
    """``7561234567897`` → ``756.1234.5678.97``."""
    return ssn.format(value)


def mask_ahv(value: str) -> str:
    """The AHV number as it may stand on papers that travel: ``756.••••.••78.97``, enough to recognise one's own."""
    bare = _bare(value)
    return f"{bare[:3]}.••••.••{bare[-4:-2]}.{bare[-2:]}" if len(bare) == 13 else ""


def check_uid(text: str) -> str:
    """Company number as ``CHE-123.456.788``; a VAT suffix (MWST, TVA, IVA, VAT) is dropped. Raises BadIdentifier."""
    bare = re.sub(r"(MWST|TVA|IVA|VAT)$", "", _bare(text).upper())
    if not bare:
        raise BadIdentifier("empty")
    if bare.isascii() and bare.isdigit():
        bare = f"CHE{bare}"
    if not bare.startswith("CHE"):
        raise BadIdentifier("prefix")
    _digits(bare[3:] or "-", 9)
    if not uid.is_valid(bare):
        raise BadIdentifier("checksum")
    return uid.format(bare)


def check_iban(text: str, *, countries: tuple[str, ...] | None = None) -> str:
    """IBAN without spaces. ``countries`` limits where the account may be. Raises BadIdentifier."""
    bare = _bare(text).upper()
    if not bare:
        raise BadIdentifier("empty")
    if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]+", bare):
        raise BadIdentifier("prefix")
    if countries and bare[:2] not in countries:
        raise BadIdentifier("country")
    try:
        IBAN(bare)
    except InvalidCountryCode as error:
        raise BadIdentifier("country") from error
    except InvalidLength as error:
        raise BadIdentifier("length", found=len(bare)) from error
    except InvalidStructure as error:
        raise BadIdentifier("letters") from error
    except SchwiftyException as error:
        raise BadIdentifier("checksum") from error
    return bare


def show_iban(value: str) -> str:
    """In groups of four, as on a bank card: ``CH93 0076 2011 6238 5295 7``."""
    bare = _bare(value).upper()
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def is_qr_iban(value: str) -> bool:
    """Whether the institution number lies in 30000–31999, the range reserved for QR references (QR-bill, 2.3)."""
    bare = _bare(value).upper()
    return bare[:2] in ("CH", "LI") and bare[4:9].isdigit() and 30000 <= int(bare[4:9]) <= 31999


def qr_reference(body: str) -> str:
    """27 digits: ``body`` (at most 26 digits) padded with zeros, then the check digit modulo 10, recursive."""
    if not re.fullmatch(r"[0-9]{1,26}", body):
        raise BadIdentifier("length", found=len(body))
    padded = body.zfill(26)
    return padded + esr.calc_check_digit(padded)


def check_qr_reference(text: str) -> str:
    """QR reference as 27 digits. Raises BadIdentifier (length, letters, checksum; all zeros count as checksum)."""
    bare = _digits(text, 27)
    if not int(bare) or bare[-1] != esr.calc_check_digit(bare[:-1]):
        raise BadIdentifier("checksum")
    return bare


def show_qr_reference(value: str) -> str:
    """Two, then five times five digits: ``21 00000 00003 13947 14300 09017``."""
    return f"{value[:2]} " + " ".join(value[start : start + 5] for start in range(2, 27, 5))


def creditor_reference(body: str) -> str:
    """SCOR reference of ISO 11649 (``RF`` + modulo 97) for at most 21 letters and digits."""
    bare = _bare(body).upper()
    if not re.fullmatch(r"[0-9A-Z]{1,21}", bare):
        raise BadIdentifier("length", found=len(bare))
    number = int("".join(str(int(sign, 36)) for sign in bare + "RF00"))
    return f"RF{98 - number % 97:02d}{bare}"


def check_creditor_reference(text: str) -> str:
    """SCOR reference without spaces. Raises BadIdentifier."""
    bare = _bare(text).upper()
    if not re.fullmatch(r"RF[0-9]{2}[0-9A-Z]{1,21}", bare):
        raise BadIdentifier("length" if bare.startswith("RF") else "prefix", found=len(bare))
    if not iso11649.is_valid(bare):
        raise BadIdentifier("checksum")
    return bare
