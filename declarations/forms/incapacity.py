"""Incapacity for work: the periods with their degree, and the return."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields import PercentField
from declarations.forms import codes
from declarations.forms.base import MISSING, PartForm, When, in_words
from declarations.forms.event import YES, event_date_of
from declarations.forms.questions import choice, day, day_in_words, soon

# A daily allowance is paid for at most 730 days: a longer single period is a slip of the pen.
LONGEST_PERIOD = timedelta(days=731)


class PeriodForm(forms.Form):
    """One period of incapacity."""

    begin = day(
        _("From"),
        _("Enter the first day of this period."),
        latest=soon,
        error_messages={"latest": _("This day lies too far ahead. Enter a date not after %(limit)s.")},
    )
    end = day(_("Until and including"), hint=_("Leave it empty if the end is not known."))
    degree = PercentField(
        label=_("Degree of incapacity"),
        help_text=_("As on the medical certificate."),
        error_messages={
            "required": _("Enter the degree of incapacity, for example 100."),
            "invalid": _("Enter a degree of incapacity between 1 and 100."),
        },
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begin, end = cleaned.get("begin"), cleaned.get("end")
        if begin and end and end < begin:
            self.add_error("end", _("The period cannot end before it begins. Check both dates."))
        elif begin and end and end - begin > LONGEST_PERIOD:
            self.add_error("end", _("This period is longer than two years. Check the year of both dates."))
        return cleaned


class IncapacityForm(PartForm):
    """Incapacity for work after an illness."""

    part = "incapacity"
    title = _("Incapacity for work")
    lead = _("Enter each period with its degree, as on the medical certificate.")
    personal = {"returned": _("Are you back at work?")}
    inline = frozenset({"unable", "returned", "long"})
    rows_name = "periods"
    rows_title = _("Periods of incapacity")
    rows_before = "returned"
    row_form = PeriodForm
    # An illness is an illness for the insurance from the first day off work on.
    begins_with_event: ClassVar[bool] = True
    too_early: ClassVar[Any] = _("The incapacity cannot begin before the accident (%(day)s).")
    conditions = {
        "returned_on": When(
            "returned", frozenset({"fully", "partly"}), _("Enter the first day back at work.")
        ),
    }

    returned = choice(
        _("Is the person back at work?"), codes.Returned, _("Say whether the person is back at work.")
    )
    returned_on = day(
        _("First day back at work"),
        latest=soon,
        hint=_("Only if the person is back, fully or partly."),
        error_messages={"latest": _("This day lies too far ahead. Enter a date not after %(limit)s.")},
    )
    long = choice(_("Will the incapacity last longer than a month?"), codes.YesNoUnknown)

    @property
    def needs_periods(self) -> bool:
        """Whether a report without any period makes no sense."""
        return True

    @property
    def asks_rows(self) -> bool:
        return self.needs_periods

    def _rows_lack(self) -> bool:
        return self.needs_periods and super()._rows_lack()

    def row_title(self, number: int) -> str:
        return gettext("Period %(number)d") % {"number": number}

    def row_in_words(self, row: forms.Form) -> str:
        begin, end, shown = (
            in_words(row.fields[name], row.data.get(row.add_prefix(name), ""))[0].strip()
            for name in ("begin", "end", "degree")
        )
        if not begin and not end and not shown:
            return ""
        shown = shown or "–"
        if not end:
            return gettext("from %(begin)s, end open: %(degree)s") % {"begin": begin, "degree": shown}
        return gettext("%(begin)s to %(end)s: %(degree)s") % {"begin": begin, "end": end, "degree": shown}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        rows = [row for row in self.rows if row.is_valid() and row.cleaned_data]
        broken = [row for row in self.rows if not row.is_valid()]
        if self.asks_rows and not rows and not broken:
            self.add_error(None, ValidationError(_("Enter at least one period of incapacity."), code=MISSING))
        if not self.needs_periods or not rows:
            return cleaned
        rows.sort(key=lambda row: row.cleaned_data["begin"])
        self._check_order(rows)
        if not broken:
            self._check_first(rows[0])
            self._check_return(rows[-1], cleaned.get("returned"), cleaned.get("returned_on"))
        return cleaned

    def _check_order(self, rows: list[Any]) -> None:
        for earlier, later in pairwise(rows):
            end, begin = earlier.cleaned_data.get("end"), later.cleaned_data["begin"]
            if end is None:
                earlier.add_error(
                    "end", _("Only the last period may be open. Enter the day before the next one begins.")
                )
                return
            if begin <= end:
                later.add_error(
                    "begin",
                    _("This period overlaps with the one until %(end)s. A day has only one degree.")
                    % {"end": day_in_words(end)},
                )
                return

    def _check_first(self, row: Any) -> None:
        event = event_date_of(self.declaration.parts)
        begin = row.cleaned_data.get("begin")
        if event is None or begin is None:
            return
        if self.begins_with_event and begin != event:
            row.add_error(
                "begin",
                _("You gave %(day)s as the first day of incapacity. The first period must begin on that day.")
                % {"day": day_in_words(event)},
            )
        elif begin < event:
            row.add_error(
                "begin",
                self.too_early % {"day": day_in_words(event)},
            )

    def _check_return(self, last: Any, returned: str | None, back: date | None) -> None:
        if returned not in {"fully", "partly"} or back is None or not last.cleaned_data:
            return
        begin, end = last.cleaned_data.get("begin"), last.cleaned_data.get("end")
        if returned == "fully" and end is None:
            last.add_error("end", _("The person is fully back: enter the last day of incapacity."))
        elif returned == "fully" and end and back <= end:
            self.add_error(
                "returned_on",
                _("The first full day back must lie after the last day of incapacity (%(end)s).")
                % {"end": day_in_words(end)},
            )
        elif begin and back <= (event_date_of(self.declaration.parts) or begin) and returned == "partly":
            self.add_error("returned_on", _("The return must lie after the first day of incapacity."))

    def periods(self) -> list[dict[str, Any]]:
        """The valid periods in their order: begin, end (None while open), degree in percent."""
        if not self.needs_periods:
            return []
        found = [
            {"begin": row["begin"], "end": row.get("end"), "degree": row["degree"]}
            for row in self.filled_rows()
        ]
        return sorted(found, key=lambda period: period["begin"])


class AccidentIncapacityForm(IncapacityForm):
    """Incapacity for work after an accident: there may be none."""

    begins_with_event = False
    personal = {
        "unable": _("Can or could you not work because of the accident?"),
        "returned": _("Are you back at work?"),
    }
    conditions = {
        "returned": When("unable", YES, _("Say whether the person is back at work.")),
        "returned_on": IncapacityForm.conditions["returned_on"],
        "long": When("unable", YES),
    }

    unable = choice(
        _("Is or was the person unable to work because of the accident?"),
        codes.YesNo,
        _("Say whether the person is or was unable to work."),
    )
    returned = choice(_("Is the person back at work?"), codes.Returned)
    field_order = ("unable", "returned", "returned_on", "long")

    @property
    def needs_periods(self) -> bool:
        return self.data.get("unable") != "no"

    @property
    def asks_rows(self) -> bool:
        return self.data.get("unable") == "yes"

    def applies(self, name: str) -> bool:
        if name in {"periods", "returned", "returned_on", "long"} and not self.needs_periods:
            return False
        return super().applies(name)

    def is_valid(self) -> bool:
        # Periods that were typed before the answer “no” are kept, and not asked for.
        return forms.Form.is_valid(self) if not self.needs_periods else super().is_valid()

    def problems(self, names: Collection[str] | None = None) -> list[dict[str, str]]:
        return [] if not self.needs_periods and self.is_valid() else super().problems(names)

    def answers(self, **given: Any) -> list[Any]:
        found = super().answers(**given)
        return (
            found if self.needs_periods else [each for each in found if not each.field.startswith("periods.")]
        )


class MinorIncapacityForm(AccidentIncapacityForm):
    """After a minor accident there are at most three days of it."""

    lead = _(
        "Up to three days, the day of the accident included. If it is longer, it is no minor accident any more."
    )

    long = None


class LaterIncapacityForm(AccidentIncapacityForm):
    """After a relapse, or with an occupational disease: there may be none."""

    personal = {**AccidentIncapacityForm.personal, "unable": _("Can or could you not work because of it?")}
    too_early = _("The incapacity cannot begin before %(day)s, the day on which the case began.")

    unable = choice(
        _("Is or was the person unable to work because of it?"),
        codes.YesNo,
        _("Say whether the person is or was unable to work."),
    )


class SevereIncapacityForm(AccidentIncapacityForm):
    """After a severe accident; nobody is asked for it where the person died."""

    def __init__(self, declaration: Any, *given: Any, **more: Any) -> None:
        super().__init__(declaration, *given, **more)
        self.died = (declaration.parts.get("event") or {}).get("severity") == codes.Severity.DIED
        if self.died:
            self.fields["unable"].required = False

    @property
    def needs_periods(self) -> bool:
        return self.data.get("unable") == "yes" if self.died else super().needs_periods
