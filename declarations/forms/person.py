"""Insured person; employment and salary."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import MoneyField, PercentField, PhoneField
from core.text import swiss_date
from declarations.forms import codes
from declarations.forms.base import Answer, PartForm, When, choice, day, line, today

IDENTITY_LABELS = {
    "name": _("Name"),
    "birth_date": _("Date of birth"),
    "ahv_number": _("AHV number"),
    "insured_number": _("Insured number"),
}


def identity_of(person: Any) -> dict[str, str]:
    """Who the insured person is, as his record says now; frozen into the report when it is sent."""
    return {
        "name": person.name,
        "birth_date": swiss_date(person.birth_date),
        "ahv_number": person.ahv_number,
        "insured_number": person.insured_number,
    }


class PersonForm(PartForm):
    """Insured person: who he is stands in his record; how he is reached is asked."""

    part = "person"
    title = _("Insured person")
    lead = _("Check how the insured person can be reached.")
    personal = {
        "phone": _("Your phone number"),
        "email": _("Your e-mail address"),
    }

    widths = {"house_number": "s", "postcode": "s", "phone": "m", "children": "xs"}

    street = line(_("Street"), _("Enter the street, or the place where letters arrive."), limit=70)
    house_number = line(_("House number"), limit=16)
    postcode = line(_("Postcode"), _("Enter the postcode, for example 1003."), limit=16)
    town = line(_("Town"), _("Enter the town."), limit=35)
    phone = PhoneField(
        label=_("Phone number"),
        required=False,
        help_text=_("The health manager calls only when something is unclear."),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Enter an e-mail address like name@example.ch.")},
    )

    def answers(self, **given: Any) -> list[Answer]:
        identity = self.declaration.parts.get("identity") or identity_of(self.declaration.person)
        fixed = [
            Answer(name, str(label), identity.get(name, ""), "ahv" if name == "ahv_number" else "")
            for name, label in IDENTITY_LABELS.items()
        ]
        return fixed + super().answers(**given)


class AccidentPersonForm(PersonForm):
    """The accident form asks for the family, too: it decides on deductions during a stay in hospital."""

    marital_status = choice(_("Marital status"), codes.MaritalStatus, select=True)
    children = forms.IntegerField(
        label=_("Children under 18, or in training up to 25"),
        required=False,
        min_value=0,
        max_value=25,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": _("Enter the number of children as a whole number, for example 2."),
            "min_value": _("Enter the number of children as a whole number, for example 2."),
            "max_value": _("Enter the number of children as a whole number, for example 2."),
        },
    )


class EmploymentForm(PartForm):
    """Employment and salary: what the daily allowance is computed from."""

    part = "employment"
    title = _("Employment and salary")
    lead = _("These details decide on the amount of the daily allowance.")
    personal = {
        "begin": _("Since when have you worked for this company?"),
        "occupation": _("Your occupation"),
        "degree": _("Your level of employment"),
        "annual_salary": _("Your annual salary before deductions"),
    }
    conditions = {
        "contract_end": When(
            "contract",
            frozenset({"fixed", "terminated"}),
            _("Enter the last day of the employment."),
        ),
    }

    widths = {"weekly_hours": "s"}

    begin = day(
        _("Begin of employment"),
        _("Enter the first day of the employment, for example 01.03.2018."),
        years_ahead=0,
        latest=today,
        error_messages={"latest": _("The employment must have begun. Enter a date not after %(limit)s.")},
    )
    occupation = line(
        _("Occupation"),
        _("Enter the occupation as precisely as you can, for example “metal grinder”."),
        limit=80,
        hint=_("As precise as you can: “metal grinder” instead of “helper”."),
    )
    position = choice(_("Position"), codes.Position, select=True)
    contract = choice(
        _("Employment contract"), codes.Employment, _("Choose the kind of the employment contract.")
    )
    contract_end = day(_("Last day of the employment"), hint=_("Only for a fixed term or a notice."))
    degree = PercentField(
        label=_("Level of employment"),
        error_messages={"required": _("Enter the level of employment, for example 80.")},
    )
    weekly_hours = line(
        _("Hours per week by contract"), limit=10, hint=_("For example 42. Leave it empty if the hours vary.")
    )
    annual_salary = MoneyField(
        label=_("Annual AHV salary"),
        minimum=1,
        maximum=10_000_000,
        help_text=_("Gross, with the 13th salary and regular supplements, for a whole year."),
        error_messages={
            "required": _("Enter the annual salary in francs, for example 78’000.00."),
            "minimum": _("Enter the annual salary in francs, for example 78’000.00."),
        },
    )
    salary_note = line(
        _("Remark on the salary"),
        limit=300,
        hint=_("For example hourly pay, varying hours, short-time work."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        begin, end = cleaned.get("begin"), cleaned.get("contract_end")
        if begin and end and end < begin:
            self.add_error("contract_end", _("The employment cannot end before it begins. Check both dates."))
        return cleaned
