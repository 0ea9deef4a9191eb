"""Event of the other cases of the accident insurance: minor, relapse, teeth, occupational disease, severe."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.fields import PhoneField
from declarations.forms import codes
from declarations.forms.base import Group, When
from declarations.forms.event import NO_DIAGNOSIS, YES, AccidentForm, EventForm
from declarations.forms.questions import choice, day, day_in_words, line, paragraph, today

DIED = frozenset({codes.Severity.DIED.value})


class MinorAccidentForm(AccidentForm):
    """The short form: what decides on the cover, and the injury."""

    title = _("Minor accident and injury")
    sealed = AccidentForm.sealed - {"absence"}
    inline = frozenset({"police"})
    groups = AccidentForm.groups[:3]

    objects = None
    persons = None
    accident_form = None
    last_worked_time = None
    absence = None
    absence_until = None


class SevereAccidentForm(AccidentForm):
    """Number by number the accident form; before it what the insurer must know at once."""

    title = _("Severe accident")
    sealed = AccidentForm.sealed | {"severity", "relative", "relative_phone"}
    now = AccidentForm.now | {"severity"}
    together = (
        *AccidentForm.together,
        Group(
            _("A relative, or somebody else whom the insurer may call"),
            ("relative", "relative_phone"),
        ),
    )
    personal = {**AccidentForm.personal, "severity": _("How badly are you hurt?")}
    conditions = {
        **AccidentForm.conditions,
        "died_on": When("severity", DIED, _("Enter the day of the death.")),
    }
    groups = (
        Group(_("How severe it is"), ("severity", "died_on", "relative", "relative_phone")),
        *AccidentForm.groups,
    )
    widths = {**AccidentForm.widths, "relative": "l", "relative_phone": "m"}

    severity = choice(_("How severe is the accident?"), codes.Severity, _("Say how severe the accident is."))
    died_on = day(
        _("Day of the death"),
        latest=today,
        hint=_("Only if the person died."),
        error_messages={"latest": _("This day is still to come. Enter a date not after %(limit)s.")},
    )
    relative = line(
        _("A relative, or somebody else whom the insurer may call"), limit=120, hint=_("Name and relation.")
    )
    relative_phone = PhoneField(label=_("Phone number of this person"), required=False)
    field_order = ("severity", "died_on", "relative", "relative_phone")

    def __init__(self, declaration: Any, *given: Any, **more: Any) -> None:
        super().__init__(declaration, *given, **more)
        if self.own:
            severity: Any = self.fields["severity"]
            severity.choices = [each for each in codes.Severity.choices if each[0] not in DIED]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        died, accident = cleaned.get("died_on"), cleaned.get("accident_date")
        if died and accident and died < accident:
            self.add_error(
                "died_on",
                _("The death cannot lie before the accident (%(day)s).") % {"day": day_in_words(accident)},
            )
        return cleaned


class DentalForm(AccidentForm):
    """Damage to teeth: which ones, and what was bitten on."""

    title = _("Accident and teeth")
    personal = {**AccidentForm.personal, "chewing": _("Did it happen while you were eating?")}
    sealed = frozenset({"course", "teeth", "absence"})
    inline = frozenset({"chewing", "kept", "police", "accident_form"})
    conditions = {
        **AccidentForm.conditions,
        "bitten_on": When(
            "chewing", YES, _("Say what was bitten on, for example “a cherry stone in a piece of cake”.")
        ),
        "kept": When("chewing", YES),
    }
    groups = (
        AccidentForm.groups[0],
        Group(
            _("What happened"),
            ("setting", "last_worked", "activity", "course", "chewing", "bitten_on", "kept"),
        ),
        Group(_("The teeth"), ("teeth",)),
        Group(
            _("Things and persons involved"),
            ("objects", "persons", "accident_form", "police", "police_station"),
            folded=True,
        ),
        AccidentForm.groups[4],
    )

    chewing = choice(
        _("Did it happen while the person was eating?"),
        codes.YesNo,
        _("Say whether it happened while eating."),
    )
    bitten_on = line(
        _("What was bitten on?"),
        limit=200,
        hint=_("Only if it happened while eating. For example “a cherry stone in a piece of cake”."),
    )
    kept = choice(
        _("Was this object kept?"),
        codes.YesNoUnknown,
        hint=_("Keep it if you can: the insurer may ask for it."),
    )
    teeth = line(
        _("Which teeth are damaged?"),
        _("Say which teeth are damaged, for example “upper front tooth on the left”."),
        limit=200,
        hint=_("In your own words, or by the numbers of the dentist: “upper front tooth on the left”, “21”."),
    )
    police = choice(_("Did the police make a report?"), codes.YesNoUnknown)
    body_part = None
    body_side = None
    injury = None
    field_order = tuple(name for group in groups for name in group.fields)


class RelapseForm(EventForm):
    """The consequences of an earlier accident: which one it was, and since when they are back."""

    title = _("Relapse")
    lead = NO_DIAGNOSIS
    personal = {
        "relapse_date": _("Since when are the complaints back?"),
        "old_employer": _("Who was your employer at that time?"),
        "between": _("Were you treated, or off work, in between?"),
    }
    sealed = frozenset({"relapse_course", "body_part", "body_side", "between"})
    inline = frozenset({"between"})
    now = frozenset({"relapse_date"})
    together = (
        Group("", ("relapse_date", "date_precision")),
        Group("", ("body_part", "body_side")),
    )
    groups = (
        Group(
            _("The earlier accident"),
            ("old_number", "old_date", "old_employer", "old_insurer"),
            together=True,
        ),
        Group(
            _("The relapse"),
            ("relapse_date", "date_precision", "body_part", "body_side", "relapse_course", "between"),
        ),
    )

    old_number = line(
        _("Claim number of the earlier accident"),
        limit=40,
        hint=_("If you know it, the two questions after it can stay empty."),
    )
    old_date = day(
        _("Date of the earlier accident"),
        latest=today,
        hint=_("If you are not sure, enter the most likely day."),
        error_messages={
            "latest": _("An accident cannot lie in the future. Enter a date not after %(limit)s.")
        },
    )
    old_employer = line(_("Employer at that time"), limit=120, hint=_("Name and town."))
    old_insurer = line(_("Accident insurer at that time"), limit=120, hint=_("Only if it was another one."))
    relapse_date = day(
        _("Since when are the complaints back?"),
        _("Enter the day on which the complaints came back, for example 03.11.2026."),
        latest=today,
        hint=_("If you are not sure, enter the most likely day."),
        error_messages={"latest": _("This day is still to come. Enter a date not after %(limit)s.")},
    )
    date_precision = choice(_("How sure is the day?"), codes.DayPrecision)
    body_part = choice(_("Injured body part"), codes.BodyPart, select=True)
    body_side = choice(_("Side of the body"), codes.BodySide)
    relapse_course = paragraph(
        _("How did the complaints come back?"),
        hint=_("By themselves, or on what occasion? In a few sentences."),
    )
    between = choice(_("Was the person treated, or off work, in between?"), codes.YesNoUnknown)
    field_order = tuple(name for group in groups for name in group.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.refuse_before_employment("relapse_date", cleaned.get("relapse_date"))
        if not cleaned.get("old_number"):
            if not cleaned.get("old_date") and "old_date" not in self.errors:
                self.add_error(
                    "old_date",
                    _("Enter the claim number of the earlier accident, or its date and the employer."),
                )
            if not cleaned.get("old_employer") and "old_employer" not in self.errors:
                self.add_error("old_employer", _("Enter the employer at the time of the earlier accident."))
        earlier, again = cleaned.get("old_date"), cleaned.get("relapse_date")
        if earlier and again and earlier >= again:
            self.add_error(
                "old_date",
                _("The earlier accident must lie before the relapse (%(day)s).")
                % {"day": day_in_words(again)},
            )
        return cleaned


class OccupationalDiseaseForm(EventForm):
    """An illness from work: what is suspected, by which work, since when. No day, no hour of an accident."""

    title = _("Occupational disease")
    lead = NO_DIAGNOSIS
    personal = {
        "noticed": _("Since when do you have complaints?"),
        "task": _("During which work are you exposed to it?"),
        "exposed_since": _("Since when have you done this work?"),
    }
    sealed = frozenset({"body_part", "body_side"})
    now = frozenset({"noticed", "agent"})
    together = (Group("", ("exposed_since", "exposed_until")),)
    groups = (
        Group(_("Since when"), ("noticed", "date_precision"), together=True),
        Group(
            _("What is suspected"),
            ("agent", "substance", "task", "exposed_since", "exposed_until", "protection"),
        ),
        Group(_("Part of the body"), ("body_part", "body_side"), together=True),
    )

    noticed = day(
        _("Since when are there complaints?"),
        _("Enter the day since when there are complaints, for example 03.11.2026."),
        latest=today,
        hint=_("If you are not sure, enter the most likely day."),
        error_messages={"latest": _("This day is still to come. Enter a date not after %(limit)s.")},
    )
    date_precision = choice(_("How sure is the day?"), codes.DayPrecision)
    agent = choice(
        _("What may the illness come from?"),
        codes.Agent,
        _("Choose what the illness may come from."),
        select=True,
    )
    substance = line(
        _("Which substance, machine or load exactly?"),
        _("Say which substance, machine or load it is, for example “epoxy resin”."),
        limit=200,
        hint=_("For example “epoxy resin”, with the name of the product if you know it."),
    )
    task = line(
        _("During which work is the person exposed to it?"),
        _("Say during which work, for example “gluing floor coverings”."),
        limit=200,
        hint=_("For example “gluing floor coverings, about four hours a day”."),
    )
    exposed_since = day(
        _("Since when has the person done this work?"),
        _("Enter since when the person has done this work."),
        years_ahead=0,
        latest=today,
        error_messages={"latest": _("This day is still to come. Enter a date not after %(limit)s.")},
    )
    exposed_until = day(_("Until when?"), hint=_("Leave it empty if the person still does it."))
    protection = line(
        _("Protection used at work"),
        limit=200,
        hint=_("For example gloves, mask, extraction, ear protection."),
    )
    body_part = choice(_("Affected body part"), codes.BodyPart, select=True)
    body_side = choice(_("Side of the body"), codes.BodySide)
    field_order = tuple(name for group in groups for name in group.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        noticed, since, until = (cleaned.get(name) for name in ("noticed", "exposed_since", "exposed_until"))
        self.refuse_before_employment("noticed", noticed)
        if since and until and until < since:
            self.add_error("exposed_until", _("The work cannot end before it begins. Check both dates."))
        if since and noticed and since > noticed:
            self.add_error(
                "exposed_since",
                _("The work must have begun before the complaints (%(day)s).")
                % {"day": day_in_words(noticed)},
            )
        return cleaned
