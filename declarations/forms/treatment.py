"""Medical treatment, other insurers, and who is paid."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import IBANField
from declarations.forms import codes
from declarations.forms.base import PartForm, When, choice, line

YES = frozenset({"yes"})


class TreatmentForm(PartForm):
    """Medical treatment of an illness: the employer may not know the doctor, and need not."""

    part = "treatment"
    title = _("Medical treatment")
    lead = _("Only what you know. The insurer asks the insured person for the rest.")
    personal = {
        "doctor": _("Your doctor, practice or hospital"),
        "hospital": _("Were or are you in hospital?"),
        "other_insurers": _("Do other insurers pay you something, or were they asked?"),
    }
    inline = frozenset({"treated", "hospital"})
    sealed = frozenset({"doctor", "doctor_town", "hospital", "other_insurers", "iban"})
    conditions = {
        "iban": When(
            "payee",
            frozenset({"person"}),
            _("Enter the IBAN of the insured person’s account."),
        ),
    }

    doctor = line(_("Treating doctor, practice or hospital"), limit=120)
    doctor_town = line(_("Town of the doctor or hospital"), limit=60)
    hospital = choice(_("Was or is the person in hospital?"), codes.YesNoUnknown)
    other_insurers = forms.MultipleChoiceField(
        label=_("Other insurers that pay, or that were asked"),
        choices=codes.OtherInsurer.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _("Choose from the list of insurers."),
            "invalid_list": _("Choose from the list of insurers."),
        },
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
    }

    treated = choice(_("Has a doctor been seen?"), codes.YesNo, _("Say whether a doctor has been seen."))
    field_order = ("treated", "doctor", "doctor_town", "hospital", "other_insurers", "payee", "iban")
    sealed = TreatmentForm.sealed | {"treated"}
