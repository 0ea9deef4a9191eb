"""Medical treatment, other insurers, and who is paid."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.fields import IBANField
from declarations.forms import codes
from declarations.forms.base import Answer, Group, PartForm, When
from declarations.forms.event import YES, event_date_of
from declarations.forms.questions import CHOOSE, choice, day, day_in_words, line, several

PERSON = frozenset({"person"})


def cover_of(contract: Any) -> dict[str, Any]:
    """The terms a report shows, as the contract has them now; frozen into the report when it is sent."""
    return {
        "policy": contract.policy_number,
        "waiting_days": contract.waiting_days,
        "groups": [str(group) for group in contract.persons_groups],
    }


class TreatmentForm(PartForm):
    """Medical treatment: the employer may not know the doctor, and need not."""

    part = "treatment"
    title = _("Medical treatment")
    lead = _("Only what you know. The insurer asks the insured person for the rest.")
    personal = {
        "doctor": _("Your doctor, practice or hospital"),
        "hospital": _("Were or are you in hospital?"),
        "followup": _("Who treats you now?"),
        "other_insurers": _("Do other insurers pay you something, or were they asked?"),
    }
    inline = frozenset({"treated", "hospital"})
    together = (Group("", ("doctor", "doctor_town")),)
    sealed = frozenset(
        {
            "doctor",
            "doctor_town",
            "hospital",
            "followup",
            "followup_town",
            "other_insurers",
            "benefits",
            "iban",
        }
    )
    conditions = {
        "benefits": When("other_insurers", frozenset(codes.OtherInsurer.values)),
        "iban": When("payee", PERSON, _("Enter the IBAN of the insured person’s account.")),
    }
    groups: tuple[Group, ...] = (
        Group(_("Somebody else has taken over the treatment"), ("followup", "followup_town"), folded=True),
        Group(_("Benefits of other insurers"), ("other_insurers", "benefits"), folded=True),
        Group(_("Daily allowance"), ("payee", "iban")),
    )

    doctor = line(_("Treating doctor, practice or hospital"), limit=120)
    doctor_town = line(_("Town of the doctor or hospital"), limit=60)
    hospital = choice(_("Was or is the person in hospital?"), codes.YesNoUnknown)
    followup = line(
        _("Doctor, practice or hospital treating now"),
        limit=120,
        hint=_("Only if it is not the one above any more."),
    )
    followup_town = line(_("Town of the one treating now"), limit=60)
    other_insurers = several(
        _("Other insurers that pay, or that were asked"),
        codes.OtherInsurer,
        _("Choose from the list of insurers."),
    )
    benefits = line(
        _("What do they pay, and since when?"),
        limit=200,
        hint=_("For example “half an IV pension since 2024”."),
    )
    payee = choice(
        _("Who receives the daily allowance?"),
        codes.Payee,
        _("Choose who receives the daily allowance."),
    )
    iban = IBANField(
        label=_("IBAN of the insured person"),
        required=False,
        help_text=_("Only if the insured person receives the daily allowance."),
    )


class IllnessTreatmentForm(TreatmentForm):
    """After an illness the contract's terms are shown: they decide from when, and for which group, is paid."""

    personal = {
        **TreatmentForm.personal,
        "payee_from": _("From which day do you receive it?"),
        "persons_group": _("Your group of persons"),
    }
    conditions = {**TreatmentForm.conditions, "payee_from": When("payee", PERSON)}
    groups = (
        *TreatmentForm.groups[:-1],
        Group(_("Daily allowance"), ("persons_group", "payee", "payee_from", "iban")),
    )

    persons_group = forms.ChoiceField(
        label=_("Group of persons"),
        required=False,
        help_text=_("As in the contract. Leave it empty if you do not know."),
        error_messages={"invalid_choice": CHOOSE},
    )
    payee_from = day(
        _("From which day does the insured person receive it?"),
        hint=_("Only if the company goes on paying the salary until then."),
    )
    field_order = (
        "doctor",
        "doctor_town",
        "hospital",
        "followup",
        "followup_town",
        "other_insurers",
        "benefits",
        "persons_group",
        "payee",
        "payee_from",
        "iban",
    )

    def __init__(self, declaration: Any, *given: Any, **more: Any) -> None:
        super().__init__(declaration, *given, **more)
        contract = declaration.contract
        self.cover = declaration.parts.get("cover") or (cover_of(contract) if contract else {})
        names = self.cover.get("groups", [])
        field: Any = self.fields["persons_group"]
        field.choices = [("", _("– choose –")), *((name, name) for name in names)]

    @property
    def absent(self) -> frozenset[str]:
        return frozenset() if len(self.cover.get("groups", [])) > 1 else frozenset({"persons_group"})

    def applies(self, name: str) -> bool:
        return name not in self.absent and super().applies(name)

    def facts(self, group: Group) -> list[tuple[str, str]]:
        """Policy, waiting period and the only group of persons, once the first day of incapacity is known."""
        if "payee" not in group.fields or not self.cover:
            return []
        days = self.cover["waiting_days"]
        found = [
            (gettext("Policy"), self.cover["policy"]),
            (gettext("Waiting period"), ngettext("%(days)s day", "%(days)s days", days) % {"days": days}),
        ]
        if self.absent and self.cover["groups"]:
            found.append((gettext("Group of persons"), self.cover["groups"][0]))
        return found

    def answers(self, **given: Any) -> list[Answer]:
        known = [Answer("cover", label, value) for label, value in self.facts(self.groups[-1])]
        return super().answers(**given) + known

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, since = event_date_of(self.declaration.parts), cleaned.get("payee_from")
        if first and since and since < first:
            self.add_error(
                "payee_from",
                _("The payment cannot begin before the first day of incapacity (%(day)s).")
                % {"day": day_in_words(first)},
            )
        return cleaned


class AccidentTreatmentForm(TreatmentForm):
    """After an accident the form asks for the doctor (number 11 of the Swiss accident form)."""

    lead = _("The insurer pays doctor and hospital directly and needs to know them.")
    conditions = {
        **TreatmentForm.conditions,
        "doctor": When(
            "treated", YES, _("Enter the doctor, the practice or the hospital, for example “CHUV, Lausanne”.")
        ),
        "doctor_town": When("treated", YES),
        "hospital": When("treated", YES),
        "followup": When("treated", YES),
        "followup_town": When("treated", YES),
    }

    treated = choice(_("Has a doctor been seen?"), codes.YesNo, _("Say whether a doctor has been seen."))
    field_order = ("treated", "doctor", "doctor_town", "hospital")
    sealed = TreatmentForm.sealed | {"treated"}


class PlainTreatmentForm(AccidentTreatmentForm):
    """Treatment after an accident that leads to no daily allowance: nobody is paid one."""

    groups = AccidentTreatmentForm.groups[:-1]
    sealed = AccidentTreatmentForm.sealed - {"iban"}

    payee = None
    iban = None


class PaymentForm(IllnessTreatmentForm):
    """After a birth: who goes on paying the salary, and who receives the daily allowance."""

    part = "payment"
    title = _("Payment")
    lead = _(
        "The allowance of the state (EO) is asked for at the compensation office. This is about the insurer’s."
    )
    personal = {
        **IllnessTreatmentForm.personal,
        "continued": _("Does the company go on paying your salary during the leave?"),
    }
    sealed = frozenset({"iban"})
    inline = frozenset({"eo_asked"})
    conditions = {
        **IllnessTreatmentForm.conditions,
        "continued_until": When("continued", frozenset({"fully", "partly"})),
    }
    groups = (
        Group(_("Salary during the leave"), ("continued", "continued_until", "eo_asked")),
        Group(_("Daily allowance"), ("persons_group", "payee", "iban")),
    )

    continued = choice(
        _("Does the company go on paying the salary during the leave?"),
        codes.Continued,
        _("Say whether the company goes on paying the salary."),
    )
    continued_until = day(_("Until when?"), hint=_("Leave it empty if it is paid during the whole leave."))
    eo_asked = choice(_("Has the compensation office been asked for the allowance (EO)?"), codes.YesNoUnknown)
    doctor = None
    doctor_town = None
    hospital = None
    followup = None
    followup_town = None
    other_insurers = None
    benefits = None
    payee_from = None
    field_order = ("continued", "continued_until", "eo_asked", "persons_group", "payee", "iban")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("continued") == codes.Continued.FULLY and cleaned.get("payee") == codes.Payee.PERSON:
            self.add_error(
                "payee",
                _("The company goes on paying the whole salary: then the company receives the allowance."),
            )
        return cleaned
