"""The fields of which the parts of a report are made: what is read leniently, and how questions are put."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import RateField, SwissDateField
from core.text import swiss_date

# Somebody's operation may be planned: a report somewhat ahead of its first day is sensible.
DAYS_AHEAD = 30
# A week has 168 hours; more than this is a slip of the pen.
HOURS_OF_A_WEEK = 100

CHOOSE = _("Choose one of the answers.")
SHORTEN = _("Shorten this to at most %(limit_value)d characters.")


class ClockField(forms.CharField):
    """A time of day, read leniently (``14.30``, ``14h30``, ``8``), cleaned to ``HH:MM``."""

    PATTERN = re.compile(r"([0-9]{1,2})(?:\s*[:.h]\s*([0-9]{2})?)?\s*(?:h|uhr)?", re.IGNORECASE)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        match = self.PATTERN.fullmatch(text)
        try:
            found = time(int(match[1]), int(match[2] or 0)) if match else None
        except ValueError:
            found = None
        if found is None:
            raise ValidationError(
                _("Enter the time as hours and minutes, for example 14:30."), code="invalid"
            )
        return f"{found:%H:%M}"


class ShareField(RateField):
    """A percentage above 0 and at most 100 with at most two decimals, as the records keep it: ``62.5``, ``80 %``."""

    default_error_messages = {
        "required": _("Enter a percentage, for example 80."),
        "invalid": _(
            "Enter a percentage above 0 and at most 100, with at most two decimals, for example 62.5."
        ),
    }

    def read(self, typed: str) -> Decimal:
        if re.search(r"[.,][0-9]{3}", typed):
            raise self.refuse("invalid")
        return plain_decimal(super().read(typed))


class HoursField(forms.Field):
    """Hours a week, cleaned to a Decimal with at most two decimals; reads ``42``, ``41,5``, ``42 h``."""

    PATTERN = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?\s*h?", re.IGNORECASE)

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        match = self.PATTERN.fullmatch(text)
        hours = Decimal(f"{match[1]}.{match[2] or 0}") if match else Decimal(0)
        if not 0 < hours <= HOURS_OF_A_WEEK:
            raise ValidationError(
                _("Enter the hours of a week as a number up to 100, for example 42 or 41.5."), code="invalid"
            )
        return plain_decimal(hours)


def plain_decimal(value: Decimal) -> Decimal:
    """The same number without zeros at its end, and never in powers of ten: 62.50 is 62.5, 100.00 is 100."""
    return Decimal(f"{value.normalize():f}")


# --- Makers of fields -----------------------------------------------------------------------------


def line(
    label: Any, missing: Any = None, *, limit: int = 120, hint: Any = "", **given: Any
) -> forms.CharField:
    """A line of text; `missing` is the sentence that asks for it, without it the answer is optional."""
    return forms.CharField(
        label=label,
        required=missing is not None,
        max_length=limit,
        help_text=hint,
        error_messages={"required": missing or "", "max_length": SHORTEN},
        **given,
    )


def paragraph(label: Any, missing: Any = None, *, limit: int = 2000, hint: Any = "") -> forms.CharField:
    """Several lines of text."""
    return line(label, missing, limit=limit, hint=hint, widget=forms.Textarea(attrs={"rows": 5}))


def choice(
    label: Any, options: Any, missing: Any = None, *, hint: Any = "", select: bool = False
) -> forms.Field:
    """One of `options`: radio buttons, or a list (`select`) where there are many."""
    required = missing is not None
    choices = list(options.choices)
    if select:
        choices = [("", _("– choose –")), *choices]
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        help_text=hint,
        widget=forms.Select if select else forms.RadioSelect,
        error_messages={"required": missing or "", "invalid_choice": CHOOSE},
    )


def day(label: Any, missing: Any = None, *, hint: Any = "", **given: Any) -> SwissDateField:
    """A date; `earliest`, `latest` and `error_messages` as in SwissDateField."""
    messages = {**given.pop("error_messages", {}), **({"required": missing} if missing else {})}
    return SwissDateField(
        label=label, required=missing is not None, help_text=hint, error_messages=messages, **given
    )


def today() -> date:
    """Today in the portal's time zone."""
    return timezone.localdate()


def clock() -> str:
    """The time of day now, `HH:MM`."""
    return f"{timezone.localtime():%H:%M}"


def soon() -> date:
    """The last day for which something can be reported in advance."""
    return today() + timedelta(days=DAYS_AHEAD)


def as_date(value: Any) -> date | None:
    """A kept date (`2026-11-03`), None for anything else."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def day_in_words(value: date) -> str:
    """A date inside a sentence."""
    return swiss_date(value)


def hours(label: Any, *, hint: Any = "") -> HoursField:
    """Hours a week, optional."""
    return HoursField(
        label=label,
        required=False,
        help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def clock_field(label: Any, *, hint: Any) -> ClockField:
    """A time of day, optional."""
    return ClockField(
        label=label,
        required=False,
        max_length=20,
        help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


def several(label: Any, options: Any, wrong: Any = CHOOSE, *, hint: Any = "") -> forms.MultipleChoiceField:
    """Any number of `options`, none included: check boxes."""
    return forms.MultipleChoiceField(
        label=label,
        choices=options.choices,
        required=False,
        help_text=hint,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": wrong, "invalid_list": wrong},
    )
