"""Form fields for what Swiss insurance asks: lenient in what they read, exact in what they hand on.

Every refusal is a sentence that says what to do. None of them keeps a value it could not read:
the page shows what was typed again.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import ClassVar

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.identifiers import BadIdentifier, check_ahv, check_iban, check_uid, show_iban
from core.text import NBSP, NotADay, money, parse_date, parse_money, phone, swiss_date

_Limit = datetime.date | Callable[[], datetime.date] | None


class _ReadField(forms.Field):
    """A text input that is read: ``read`` turns what was typed (never empty) into the value or raises.

    ``attributes`` help the keyboard of the phone; attributes given to the widget win. No maxlength:
    spaces and dots are welcome, and a browser that cuts them off makes a wrong number of a right one.
    """

    widget = forms.TextInput
    attributes: ClassVar[dict[str, str]] = {"autocomplete": "off"}
    empty: ClassVar[str | None] = None

    def widget_attrs(self, widget):
        if getattr(widget, "input_type", "") not in ("text", "tel"):
            return super().widget_attrs(widget)
        helpful = {name: value for name, value in self.attributes.items() if name not in widget.attrs}
        return super().widget_attrs(widget) | helpful

    def read(self, typed: str):
        """The value of what was typed; raises ValidationError (see ``refuse``)."""
        return typed

    def refuse(self, code: str, **params) -> ValidationError:
        """The error with the field's sentence for this code."""
        return ValidationError(self.error_messages[code], code=code, params=params)

    def to_python(self, value):
        typed = str(value if value is not None else "").strip()
        return self.read(typed) if typed else self.empty

    def has_changed(self, initial, data):
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class _IdentifierField(_ReadField):
    """A number with a check digit; ``check`` is the function of ``core.identifiers`` that reads it."""

    attributes: ClassVar[dict[str, str]] = {"autocomplete": "off", "spellcheck": "false"}
    empty: ClassVar[str | None] = ""

    def check(self, typed: str) -> str:
        raise BadIdentifier("letters")

    def read(self, typed):
        try:
            return self.check(typed)
        except BadIdentifier as problem:
            # A number of nothing but separators is as good as letters.
            code = problem.code if problem.code in self.error_messages else "letters"
            raise self.refuse(code, found=problem.found) from problem


class AHVField(_IdentifierField):
    """AHV number, cleaned to ``756.1234.5678.97``."""

    attributes: ClassVar = _IdentifierField.attributes | {"inputmode": "numeric"}
    default_error_messages: ClassVar = {
        "required": _("Enter the AHV number. It stands on the insurance card: 756.1234.5678.97."),
        "letters": _(
            "An AHV number has only digits and dots. Enter it as on the insurance card: 756.1234.5678.97."
        ),
        "length": _(
            "An AHV number has 13 digits, not %(found)d. Enter it as on the insurance card: 756.1234.5678.97."
        ),
        "prefix": _(
            "An AHV number begins with 756. Copy the number from the insurance card, not the card number."
        ),
        "checksum": _(
            "This AHV number has a wrong digit. Compare it digit by digit with the insurance card."
        ),
    }

    def check(self, typed):
        return check_ahv(typed)


class UIDField(_IdentifierField):
    """Company number (UID), cleaned to ``CHE-123.456.788``."""

    attributes: ClassVar = _IdentifierField.attributes | {"autocapitalize": "characters"}
    default_error_messages: ClassVar = {
        "required": _("Enter the UID of the company, for example CHE-123.456.788."),
        "letters": _("A UID has nine digits after CHE. Enter it like CHE-123.456.788."),
        "length": _("A UID has nine digits after CHE, not %(found)d. Enter it like CHE-123.456.788."),
        "prefix": _("A UID begins with CHE. Enter it like CHE-123.456.788."),
        "checksum": _("This UID has a wrong digit. Compare it with the commercial register or an invoice."),
    }

    def check(self, typed):
        return check_uid(typed)


class IBANField(_IdentifierField):
    """Account number, cleaned to its form without spaces; shown in groups of four.

    ``countries`` (default CH and LI) says where the account may be; None allows every IBAN country.
    """

    attributes: ClassVar = _IdentifierField.attributes | {"autocapitalize": "characters"}
    default_error_messages: ClassVar = {
        "required": _("Enter the IBAN. You find it on your bank card or in e-banking."),
        "letters": _("This IBAN has letters where digits belong. Copy it from your bank card or e-banking."),
        "length": _(
            "A Swiss IBAN has 21 characters, not %(found)d. Copy it from your bank card or e-banking."
        ),
        "prefix": _(
            "An IBAN begins with two letters and two digits. Enter it like CH93 0076 2011 6238 5295 7."
        ),
        "country": _(
            "Enter the IBAN of an account in Switzerland or Liechtenstein: it begins with CH or LI."
        ),
        "checksum": _("This IBAN has a wrong character. Compare it with your bank card or e-banking."),
    }

    def __init__(self, *, countries: Collection[str] | None = ("CH", "LI"), **kwargs):
        self.countries = tuple(countries) if countries else None
        if self.countries is None:
            kwargs["error_messages"] = {
                "country": _("No bank account of this country has an IBAN. Check the first two letters."),
                "length": _("This IBAN is too long or too short. Copy it from your bank card or e-banking."),
            } | (kwargs.get("error_messages") or {})
        super().__init__(**kwargs)

    def check(self, typed):
        return check_iban(typed, countries=self.countries)

    def prepare_value(self, value):
        try:
            return show_iban(check_iban(value))
        except (BadIdentifier, TypeError):
            return value


class SwissDateField(_ReadField):
    """A date, read leniently (``3.11.26``, ``3 11 2026``, ``03112026``, ISO), shown as ``03.11.2026``.

    ``years_ahead`` decides what two digits of a year mean: at most so many years from now (0 for birth dates).
    ``earliest`` and ``latest`` are dates or functions that answer one.
    """

    # The number pad of some phones has neither dot nor space: eight digits alone are a date, too.
    attributes: ClassVar = {"autocomplete": "off", "inputmode": "numeric"}
    default_error_messages: ClassVar = {
        "required": _("Enter a date as day, month and year, for example 31.12.2026."),
        "invalid": _("Enter a date as day, month and year, for example 31.12.2026."),
        "impossible": _("This day does not exist in the calendar. Check the day and the month."),
        "earliest": _("Enter a date not before %(limit)s."),
        "latest": _("Enter a date not after %(limit)s."),
    }

    def __init__(self, *, years_ahead: int = 10, earliest: _Limit = None, latest: _Limit = None, **kwargs):
        self.years_ahead, self.earliest, self.latest = years_ahead, earliest, latest
        super().__init__(**kwargs)

    def to_python(self, value):
        if isinstance(value, datetime.date):
            return value
        return super().to_python(value)

    def read(self, typed):
        try:
            return parse_date(typed, years_ahead=self.years_ahead)
        except NotADay as error:
            raise self.refuse("impossible") from error
        except ValueError as error:
            raise self.refuse("invalid") from error

    def validate(self, value):
        super().validate(value)
        if value is None:
            return
        earliest = self.earliest() if callable(self.earliest) else self.earliest
        latest = self.latest() if callable(self.latest) else self.latest
        if earliest and value < earliest:
            raise self.refuse("earliest", limit=swiss_date(earliest))
        if latest and value > latest:
            raise self.refuse("latest", limit=swiss_date(latest))

    def prepare_value(self, value):
        if not isinstance(value, datetime.date):
            return value
        # A widget of type=date only understands ISO.
        return value.isoformat() if getattr(self.widget, "input_type", "") == "date" else swiss_date(value)


class MoneyField(_ReadField):
    """An amount in francs as Decimal with two decimals; reads ``12'480.50``, ``12 480,50``, ``CHF 100.–``."""

    attributes: ClassVar = {"autocomplete": "off", "inputmode": "decimal"}
    default_error_messages: ClassVar = {
        "required": _("Enter an amount in francs and centimes, for example 12’480.50."),
        "invalid": _("Enter an amount in francs and centimes, for example 12’480.50."),
        "minimum": _("Enter an amount of at least %(limit)s."),
        "maximum": _("Enter an amount of at most %(limit)s."),
    }

    def __init__(
        self,
        *,
        minimum: Decimal | None = Decimal("0.00"),
        maximum: Decimal | None = Decimal("999999999.99"),
        **kwargs,
    ):
        self.minimum, self.maximum = minimum, maximum
        super().__init__(**kwargs)

    def read(self, typed):
        try:
            return parse_money(typed)
        except ValueError as error:
            raise self.refuse("invalid") from error

    def validate(self, value):
        super().validate(value)
        if value is None:
            return
        if self.minimum is not None and value < self.minimum:
            raise self.refuse("minimum", limit=money(self.minimum))
        if self.maximum is not None and value > self.maximum:
            raise self.refuse("maximum", limit=money(self.maximum))

    def prepare_value(self, value):
        return money(value) if isinstance(value, (Decimal, int)) else value


class PercentField(_ReadField):
    """A whole percentage, by default 1 to 100; reads ``80``, ``80 %``."""

    attributes: ClassVar = {"autocomplete": "off", "inputmode": "numeric"}
    default_error_messages: ClassVar = {
        "required": _("Enter a percentage as a whole number, for example 80."),
        "invalid": _("Enter a whole number from %(minimum)d to %(maximum)d."),
    }

    def __init__(self, *, minimum: int = 1, maximum: int = 100, **kwargs):
        self.minimum, self.maximum = minimum, maximum
        super().__init__(**kwargs)

    def read(self, typed):
        match = re.fullmatch(r"([0-9]{1,9})(?:[.,]0+)?\s*%?", typed)
        if match is None or not self.minimum <= int(match[1]) <= self.maximum:
            raise self.refuse("invalid", minimum=self.minimum, maximum=self.maximum)
        return int(match[1])


class RateField(_ReadField):
    """A rate in percent with up to four decimals, above 0 and at most 100; reads ``1.246``, ``0,82 %``."""

    attributes: ClassVar = {"autocomplete": "off", "inputmode": "decimal"}
    default_error_messages: ClassVar = {
        "required": _("Enter the rate in percent, for example 1.246."),
        "invalid": _("Enter a rate in percent above 0 and at most 100, for example 1.246."),
    }

    def read(self, typed):
        match = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,4}))?\s*%?", typed)
        rate = Decimal(f"{match[1]}.{match[2] or 0}") if match else Decimal(0)
        if not 0 < rate <= 100:
            raise self.refuse("invalid")
        return rate

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class TableFileField(forms.FileField):
    """A table as people have it: CSV or Excel; how many rows and bytes it may have stands in `help_text`."""

    def __init__(self, **kwargs):
        file = forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"})
        # An empty one is refused in our words, where it is read.
        super().__init__(label=_("File"), allow_empty_file=True, max_length=255, widget=file, **kwargs)


def phone_countries() -> Collection[str]:
    """The countries whose numbers the insurer accepts, two letters each."""
    return settings.PHONE_COUNTRIES


class PhoneField(_ReadField):
    """A telephone number, cleaned to E.164 (``+41791234567``), shown internationally (``+41 79 123 45 67``).

    A number without a country code is read as Swiss. ``countries`` limits the country (two letters each; read
    anew each time where it is a function), ``mobile`` asks for a number that can receive text messages.
    """

    attributes: ClassVar = {"autocomplete": "tel", "inputmode": "tel"}
    empty: ClassVar = ""
    default_error_messages: ClassVar = {
        "required": _("Enter a telephone number, for example 079 123 45 67 or +33 6 12 34 56 78."),
        "invalid": _("Enter a telephone number, for example 079 123 45 67 or +33 6 12 34 56 78."),
        "mobile": _("Enter a mobile number: the code is sent by text message."),
        "country": _("Text messages are not sent to this country. Enter a mobile number of another country."),
    }

    def __init__(
        self,
        *,
        mobile: bool = False,
        countries: Collection[str] | Callable[[], Collection[str]] | None = None,
        **kwargs,
    ):
        self.mobile, self.countries = mobile, countries
        super().__init__(**kwargs)

    def read(self, typed):
        # Letters would be read as keys of a telephone, an extension would be lost in E.164.
        if re.search(r"[^\d+()./\s\-–]", typed):
            raise self.refuse("invalid")
        try:
            parsed = phonenumbers.parse(typed, "CH")
        except phonenumbers.NumberParseException as error:
            raise self.refuse("invalid") from error
        if not phonenumbers.is_valid_number(parsed):
            raise self.refuse("invalid")
        if self.mobile and phonenumbers.number_type(parsed) not in (
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        ):
            raise self.refuse("mobile")
        countries = self.countries() if callable(self.countries) else self.countries
        if countries is not None and phonenumbers.region_code_for_number(parsed) not in countries:
            raise self.refuse("country")
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

    def prepare_value(self, value):
        return phone(value).replace(NBSP, " ") if isinstance(value, str) else value
