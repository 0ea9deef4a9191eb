"""Event: the illness, or the accident and the injury."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from declarations.forms import codes
from declarations.forms.base import HIDDEN_FROM_EMPLOYER, Group, PartForm, When
from declarations.forms.questions import (
    as_date,
    choice,
    clock,
    clock_field,
    day,
    day_in_words,
    line,
    paragraph,
    soon,
    today,
)

YES = frozenset({"yes"})
NO_DIAGNOSIS = _("Please write nothing about the diagnosis here. It is for the doctor and the insurer only.")
# The question of each kind that says when the case began; of a birth the day itself goes before the expected one.
EVENT_DAYS = ("first_day", "accident_date", "relapse_date", "noticed", "born", "expected")


def event_date_of(parts: dict[str, Any]) -> date | None:
    """The day the case began on, as far as it was given."""
    event = parts.get("event") or {}
    return next((found for name in EVENT_DAYS if (found := as_date(event.get(name)))), None)


class EventForm(PartForm):
    """What all events have in common."""

    part = "event"

    def refuse_before_employment(self, name: str, value: date | None) -> None:
        """An event before the employment is not insured here: the sentence says so at the field."""
        begin = self.declaration.person.employment_begin
        if value and begin and value < begin:
            self.add_error(
                name,
                _("The employment began on %(begin)s. Enter a date from then on.")
                % {"begin": day_in_words(begin)},
            )


class IllnessForm(EventForm):
    """An illness: cause in a word, first day, and whether it was there before. Never a diagnosis."""

    title = _("Illness")
    lead = NO_DIAGNOSIS
    personal = {
        "cause": _("Why can you not work?"),
        "first_day": _("Since when can you not work?"),
        "earlier": _("Were you absent for the same reason before?"),
    }
    sealed = frozenset({"cause", "earlier", "earlier_from", "earlier_until"})
    inline = frozenset({"date_precision", "earlier"})
    now = frozenset({"cause", "first_day"})
    together = (
        Group(_("First day of incapacity"), ("first_day", "date_precision")),
        Group(_("The earlier absence"), ("earlier_from", "earlier_until")),
    )
    conditions = {
        "earlier_from": When("earlier", YES, _("Enter the first day of the earlier absence.")),
        "earlier_until": When("earlier", YES, _("Enter the last day of the earlier absence.")),
    }

    cause = choice(_("Reason of the absence"), codes.IllnessCause, _("Choose the reason of the absence."))
    first_day = day(
        _("First day of incapacity"),
        _("Enter the first day of incapacity, for example 03.11.2026."),
        latest=soon,
        hint=_("The first day on which the person could not work, as on the certificate."),
        error_messages={"latest": _("This day lies too far ahead. Enter a date not after %(limit)s.")},
    )
    date_precision = choice(_("How sure is the day?"), codes.DayPrecision)
    earlier = choice(
        _("Was the person absent for the same reason before?"),
        codes.YesNoUnknown,
        _("Say whether there was an earlier absence for the same reason."),
    )
    earlier_from = day(_("First day of the earlier absence"), hint=_("Only if there was one."))
    earlier_until = day(_("Last day of the earlier absence"), hint=_("Only if there was one."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first = cleaned.get("first_day")
        self.refuse_before_employment("first_day", first)
        begin, end = cleaned.get("earlier_from"), cleaned.get("earlier_until")
        if begin and end and end < begin:
            self.add_error(
                "earlier_until", _("The earlier absence cannot end before it begins. Check both dates.")
            )
        elif first and end and end >= first:
            self.add_error(
                "earlier_until",
                _("The earlier absence must have ended before the first day of this one (%(first)s).")
                % {"first": day_in_words(first)},
            )
        return cleaned


class AccidentForm(EventForm):
    """An accident: when, where, how, and what was injured."""

    title = _("Accident and injury")
    lead = _("Tell what happened as you know it. You can send further details later.")
    personal = {
        "accident_date": _("When did you have the accident?"),
        "setting": _("Where did you have the accident?"),
        "activity": _("What were you doing?"),
        "last_worked": _("When did you last work before the accident?"),
        "absence": _("Why were you not at work?"),
    }
    # Facts of the event are the employer's business, too; the injury and one's own free words are not.
    # Why somebody was absent before may be an illness.
    sealed = frozenset({"course", "body_part", "body_side", "injury", "absence"})
    inline = frozenset({"police", "accident_form"})
    widths = {"accident_time": "s", "last_worked_time": "s"}
    now = frozenset({"accident_date", "course"})
    together = (
        Group(_("Date of the accident"), ("accident_date", "date_precision")),
        Group(_("Time of the accident"), ("precision", "accident_time")),
    )
    groups = (
        Group(
            _("When and where"), ("accident_date", "date_precision", "precision", "accident_time", "place")
        ),
        Group(
            _("What happened"),
            ("setting", "last_worked", "activity", "course", "police", "police_station"),
        ),
        Group(_("The injury"), ("body_part", "body_side", "injury"), together=True),
        Group(_("Things and persons involved"), ("objects", "persons", "accident_form"), folded=True),
        Group(
            _("Absence before an accident in free time"),
            ("last_worked_time", "absence", "absence_until"),
            folded=True,
        ),
    )
    conditions = {
        "accident_time": When("precision", frozenset({"exact"}), _("Enter the time, for example 14:30.")),
        "objects": When("setting", frozenset({"work"})),
        "last_worked": When(
            "setting",
            frozenset({"free_time"}),
            _("Enter the last day of work before the accident. It decides on the cover in free time."),
        ),
        "police_station": When("police", YES),
        "last_worked_time": When("setting", frozenset({"free_time"})),
        "absence": When("setting", frozenset({"free_time"})),
        "absence_until": When("setting", frozenset({"free_time"})),
    }

    accident_date = day(
        _("Date of the accident"),
        _("Enter the date of the accident, for example 03.11.2026."),
        latest=today,
        hint=_("If you are not sure, enter the most likely day."),
        error_messages={
            "latest": _("An accident cannot lie in the future. Enter a date not after %(limit)s.")
        },
    )
    date_precision = choice(_("How sure is the day?"), codes.DayPrecision)
    precision = choice(_("How sure is the time?"), codes.Precision, _("Say whether you know the exact time."))
    accident_time = clock_field(_("Time of the accident"), hint=_("For example 14:30."))
    place = line(
        _("Place of the accident"),
        _("Enter the place: town and spot, for example “Morges, workshop hall 2”."),
        hint=_("Town and spot, for example “Morges, workshop hall 2”."),
    )
    setting = choice(
        _("Did it happen at work or in free time?"),
        codes.Setting,
        _("Choose whether the accident happened at work or in free time."),
    )
    last_worked = day(_("Last day of work before the accident"), hint=_("Only for accidents in free time."))
    activity = line(
        _("Activity at the time of the accident"),
        _("Say what the person was doing, for example “carrying a beam down the stairs”."),
        limit=200,
        hint=_("For example “carrying a beam down the stairs”."),
    )
    course = paragraph(
        _("Course of the accident"),
        _("Describe in a few sentences what happened."),
        hint=_("What happened, step by step, in a few sentences."),
    )
    police = choice(
        _("Did the police make a report?"),
        codes.YesNoUnknown,
        _("Say whether the police made a report."),
    )
    police_station = line(_("Police station"), hint=_("Only if there is a police report."))
    body_part = choice(
        _("Injured body part"), codes.BodyPart, _("Choose the injured part of the body."), select=True
    )
    body_side = choice(_("Side of the body"), codes.BodySide, _("Choose the side of the body."))
    injury = choice(_("Kind of injury"), codes.Injury, _("Choose the kind of injury."), select=True)
    objects = line(
        _("Machines, tools, vehicles or substances involved"),
        limit=200,
        hint=_("Only for accidents at work."),
    )
    persons = line(
        _("Persons and vehicles involved"), limit=300, hint=_("Names, addresses and number plates, if known.")
    )
    accident_form = choice(
        _("Do you send an accident form along?"),
        codes.YesNo,
        hint=_("For example a European accident statement. It belongs into “Document transfer”."),
    )
    last_worked_time = clock_field(_("Worked until what time on the last day?"), hint=_("For example 17:30."))
    absence = choice(_("Why was the person not at work?"), codes.Absence, select=True)
    absence_until = day(
        _("Absence planned until"), hint=_("The last day before the person was to be back at work.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day_of_accident, at = cleaned.get("accident_date"), cleaned.get("accident_time")
        self.refuse_before_employment("accident_date", day_of_accident)
        if day_of_accident == today() and at and at > clock():
            self.add_error(
                "accident_time", _("This time is still to come today. Check the date and the time.")
            )
        worked = cleaned.get("last_worked")
        if worked and day_of_accident and worked > day_of_accident:
            self.add_error(
                "last_worked",
                _("The last day of work cannot lie after the accident (%(day)s).")
                % {"day": day_in_words(day_of_accident)},
            )
        until = cleaned.get("absence_until")
        if until and worked and until < worked:
            self.add_error(
                "absence_until",
                _("The absence cannot end before the last day of work (%(day)s).")
                % {"day": day_in_words(worked)},
            )
        return cleaned


__all__ = ["HIDDEN_FROM_EMPLOYER", "AccidentForm", "EventForm", "IllnessForm", "event_date_of"]
