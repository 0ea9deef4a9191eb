"""Event of a birth: the child, and the leave of the mother or of the other parent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from declarations.forms import codes
from declarations.forms.base import Group, When
from declarations.forms.event import YES, EventForm
from declarations.forms.questions import choice, day, day_in_words, today

# A pregnancy is known for at most so long before the birth; further ahead is a slip of the pen.
PREGNANCY = timedelta(days=300)
NUMBER = _("Enter the number of children as a whole number, for example 1.")


def _due() -> date:
    return today() + PREGNANCY


def _born(label: Any, missing: Any = None, **given: Any) -> Any:
    return day(
        label,
        missing,
        latest=today,
        error_messages={"latest": _("This day is still to come. Enter a date not after %(limit)s.")},
        **given,
    )


def _number(
    label: Any, least: int, most: int, messages: dict[str, Any], *, required: bool, hint: Any = ""
) -> Any:
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=most,
        help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=messages,
    )


class MaternityForm(EventForm):
    """The mother’s leave: reported before the birth or after it; the day of the birth may follow."""

    title = _("Birth and leave")
    lead = _(
        "The leave begins on the day of the birth. If the child is not born yet, the day may follow later."
    )
    personal = {
        "returned": _("Are you back at work?"),
        "returned_on": _("First day back at work"),
    }
    sealed = frozenset({"child_hospital", "child_home"})
    inline = frozenset({"child_hospital", "returned"})
    now = frozenset({"expected"})
    widths = {"children_born": "xs"}
    conditions = {
        "child_home": When("child_hospital", YES),
        "returned_on": When(
            "returned", frozenset({"fully", "partly"}), _("Enter the first day back at work.")
        ),
    }

    expected = day(
        _("Expected date of birth"),
        _("Enter the expected date of birth, for example 03.11.2026."),
        latest=_due,
        hint=_("As on the medical certificate."),
        error_messages={"latest": _("This day lies too far ahead. Enter a date not after %(limit)s.")},
    )
    born = _born(_("Date of birth of the child"), hint=_("Leave it empty if the child is not born yet."))
    children_born = _number(
        _("Number of children"),
        1,
        9,
        {"invalid": NUMBER, "min_value": NUMBER, "max_value": NUMBER},
        required=False,
        hint=_("Two for twins."),
    )
    child_hospital = choice(
        _("Did the child have to stay in hospital after the birth?"),
        codes.YesNoUnknown,
        hint=_("A stay of two weeks or more can make the leave longer."),
    )
    child_home = day(
        _("First day of the child at home"),
        latest=today,
        hint=_("Leave it empty if the child is still in hospital."),
    )
    returned = choice(_("Is the person back at work?"), codes.Returned)
    returned_on = day(
        _("First day back at work"),
        latest=_due,
        hint=_("The leave ends with it."),
        error_messages={"latest": _("This day lies too far ahead. Enter a date not after %(limit)s.")},
    )

    def applies(self, name: str) -> bool:
        if name == "children_born":
            return bool(self.data.get("born"))
        return super().applies(name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        born = cleaned.get("born")
        self.refuse_before_employment("born", born)
        if born and not cleaned.get("children_born") and "children_born" not in self.errors:
            self.add_error("children_born", NUMBER)
        for name in ("child_home", "returned_on"):
            later = cleaned.get(name)
            if later and born and later < born:
                self.add_error(
                    name, _("This day cannot lie before the birth (%(day)s).") % {"day": day_in_words(born)}
                )
        return cleaned


class OtherParentForm(EventForm):
    """The leave of the other parent: fourteen allowances of a day within six months from the birth."""

    title = _("Birth and leave")
    lead = _("Two weeks of leave, at a stretch or day by day, within six months from the birth.")
    widths = {"leave_days": "xs"}
    now = frozenset({"born"})
    together = (Group(_("The leave"), ("leave_from", "leave_until", "leave_days")),)

    born = _born(
        _("Date of birth of the child"), _("Enter the date of birth of the child, for example 03.11.2026.")
    )
    leave_from = day(
        _("First day of the leave"),
        _("Enter the first day of the leave, for example 03.11.2026."),
    )
    leave_until = day(
        _("Last day of the leave"), _("Enter the last day of the leave, for example 16.11.2026.")
    )
    leave_days = _number(
        _("Days taken"),
        1,
        99,
        {
            "required": _("Enter the number of days taken, for example 14."),
            "invalid": _("Enter the number of days taken, for example 14."),
            "min_value": _("Enter the number of days taken, for example 14."),
            "max_value": _("Enter the number of days taken, for example 14."),
        },
        required=True,
        hint=_("Weekends count if the leave was taken at a stretch: two weeks are 14 days."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        born, begin, end, taken = (
            cleaned.get(name) for name in ("born", "leave_from", "leave_until", "leave_days")
        )
        self.refuse_before_employment("born", born)
        if begin and born and begin < born:
            self.add_error(
                "leave_from",
                _("This day cannot lie before the birth (%(day)s).") % {"day": day_in_words(born)},
            )
        if begin and end and end < begin:
            self.add_error("leave_until", _("The leave cannot end before it begins. Check both dates."))
        if begin and end and taken and end >= begin and taken > (end - begin).days + 1:
            self.add_error(
                "leave_days", _("There are fewer days between the first and the last day of the leave.")
            )
        return cleaned
