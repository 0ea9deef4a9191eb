"""What the insured person is asked about his health: few questions, by the kind of the case, for the insurer alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from claims_files.models import Release
from declarations.forms import codes
from declarations.forms.base import Group, PartForm, When
from declarations.forms.event import YES
from declarations.forms.questions import choice, day, line, paragraph, several, today

BEFORE_WHEN = _("When was that, and who treated you?")


class HealthForm(PartForm):
    """Questions on one's health that most cases have in common.

    The company may turn the report into another kind: where another kind asks something else, it asks by another name.
    """

    part = "health"
    title = _("Questions about your health")
    lead = _(
        "You and the insurer read your answers, your employer never does. Leave out what you do not know."
    )
    inline = frozenset({"before", "since_work"})
    conditions = {
        "before_when": When("before", YES),
        "benefits": When("other_insurers", frozenset(codes.OtherInsurer.values)),
    }
    field_order = ("complaints", "since")
    groups = (Group(_("Benefits of other insurers"), ("other_insurers", "benefits"), folded=True),)

    complaints = paragraph(
        _("Which complaints do you have?"),
        _("Say in a few words which complaints you have."),
        limit=1000,
        hint=_("In your own words. Add the diagnosis if you know it."),
    )
    before = choice(
        _("Did you have the same complaints before?"),
        codes.YesNoUnknown,
        _("Say whether you had the same complaints before."),
    )
    before_when = line(BEFORE_WHEN, limit=200)
    treated_by = paragraph(
        _("Who treats you or treated you?"),
        limit=500,
        hint=_("Doctors, therapists and hospitals, with the town."),
    )
    other_insurers = several(
        _("Do other insurers pay you something, or were they asked?"),
        codes.OtherInsurer,
        _("Choose from the list of insurers."),
    )
    benefits = line(_("What do they pay, and since when?"), limit=200)


class IllnessHealthForm(HealthForm):
    """An illness: since when, and whether it is an old one."""

    since = day(
        _("Since when do you have them?"),
        _("Enter since when you have the complaints, for example 03.11.2026."),
        latest=today,
        hint=_("The day as far as you know it."),
    )


class AccidentHealthForm(HealthForm):
    """An accident: what hurts now, and whether that part of the body was hurt or ill before."""

    inline = frozenset({"hurt_before"})
    conditions = {
        "hurt_when": When("hurt_before", YES),
        "benefits": HealthForm.conditions["benefits"],
    }
    field_order = ("complaints", "hurt_before", "hurt_when")

    complaints = paragraph(
        _("Which complaints do you have now?"),
        _("Say in a few words which complaints you have."),
        limit=1000,
        hint=_("In your own words. Add the diagnosis if you know it."),
    )
    before = None
    before_when = None
    hurt_before = choice(
        _("Was this part of your body hurt or ill before the accident?"),
        codes.YesNoUnknown,
        _("Say whether this part of your body was hurt or ill before."),
    )
    hurt_when = line(BEFORE_WHEN, limit=200)


class MinorHealthForm(AccidentHealthForm):
    """A minor accident: nobody else pays an allowance for it."""

    other_insurers = None
    benefits = None


class RelapseHealthForm(HealthForm):
    """A relapse: what came back, and whether something else may have caused it."""

    conditions = {
        "between_what": When("since_accident", YES),
        "other_cause": When("another", YES),
        "benefits": HealthForm.conditions["benefits"],
    }
    inline = frozenset({"since_accident", "another"})
    field_order = ("complaints", "since_accident", "between_what", "another", "other_cause")

    before = None
    before_when = None
    since_accident = choice(
        _("Did you have complaints all the time since the first accident?"),
        codes.YesNoUnknown,
        _("Say whether you had complaints all the time."),
    )
    between_what = line(_("Which ones, and who treated you?"), limit=200)
    another = choice(
        _("Has something else happened that may be the cause?"),
        codes.YesNoUnknown,
        _("Say whether something else may be the cause."),
    )
    other_cause = line(_("What has happened, and when?"), limit=200)


class DentalHealthForm(HealthForm):
    """Damage to teeth: in which state the tooth was."""

    inline = frozenset({"tooth_treated"})
    conditions = {"tooth_when": When("tooth_treated", YES)}
    field_order = ("complaints", "tooth_treated", "tooth_when")

    complaints = paragraph(
        _("What is damaged, and what hurts?"),
        _("Say in a few words what is damaged."),
        limit=1000,
    )
    before = None
    before_when = None
    tooth_treated = choice(
        _("Had the tooth been treated before, with a filling, a root treatment or a crown?"),
        codes.YesNoUnknown,
        _("Say whether the tooth had been treated before."),
    )
    tooth_when = line(BEFORE_WHEN, limit=200)
    other_insurers = None
    benefits = None


class DiseaseHealthForm(IllnessHealthForm):
    """An occupational disease: whether it goes with the work."""

    since_work = choice(
        _("Do the complaints get better on days off and in the holidays?"),
        codes.YesNoUnknown,
        _("Say whether the complaints get better on days off."),
    )
    field_order = ("complaints", "since", "since_work")


class MaternityHealthForm(HealthForm):
    """After a birth: whether there were complaints before it, which are an illness."""

    inline = frozenset({"before_birth"})
    conditions = {
        "unable_from": When("before_birth", YES),
        "complaints": When("before_birth", YES),
        "benefits": HealthForm.conditions["benefits"],
    }
    field_order = ("before_birth", "unable_from", "complaints")

    complaints = paragraph(
        _("Which complaints did you have?"),
        limit=1000,
        hint=_("Only if you could not work before the birth."),
    )
    before = None
    before_when = None
    before_birth = choice(
        _("Could you not work before the birth because of complaints?"),
        codes.YesNo,
        _("Say whether you could not work before the birth."),
    )
    unable_from = day(_("From which day on?"), latest=today)


class NothingForm(HealthForm):
    """Leave of the other parent asks nothing of anybody's health."""

    complaints = None
    before = None
    before_when = None
    treated_by = None
    other_insurers = None
    benefits = None


QUESTIONS: dict[str, type[HealthForm]] = {
    "illness": IllnessHealthForm,
    "accident": AccidentHealthForm,
    "minor_accident": MinorHealthForm,
    "relapse": RelapseHealthForm,
    "dental": DentalHealthForm,
    "occupational_disease": DiseaseHealthForm,
    "severe_accident": AccidentHealthForm,
    "maternity": MaternityHealthForm,
    "other_parent": NothingForm,
}


def questions_of(declaration: Any, values: Mapping[str, Any]) -> HealthForm:
    """The questions of this case over `values`; there is a kind that puts none."""
    return QUESTIONS[declaration.kind](declaration, values)


class InformersForm(forms.Form):
    """Who may inform the insurer in this case."""

    informers = forms.MultipleChoiceField(
        label=_("Who may inform the insurer?"),
        choices=Release.Informer.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one of them."),
            "invalid_choice": _("Choose from the list."),
            "invalid_list": _("Choose from the list."),
        },
    )


class SignatureForm(forms.Form):
    """The own name, typed under the text that was read."""

    name = forms.CharField(
        label=_("Type your first and last name to sign"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type your first and last name, as it stands above.")},
    )
