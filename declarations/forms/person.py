"""Insured person; employment and salary."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import MoneyField, PhoneField
from core.text import swiss_date
from declarations.forms import codes
from declarations.forms.base import Answer, Group, PartForm, When
from declarations.forms.questions import ShareField, choice, day, hours, line, several, today

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
    """Insured person: who he is stands in his record; how he is reached is asked, and his family."""

    part = "person"
    title = _("Insured person")
    lead = _("Check how the insured person can be reached.")
    personal = {
        "phone": _("Your phone number"),
        "email": _("Your e-mail address"),
        "nationality": _("Your nationality"),
        "permit": _("Your residence permit"),
        "marital_status": _("Your marital status"),
        "children": _("Your children under 18, or in training up to 25"),
    }
    conditions = {
        "other_country": When(
            "country", frozenset({"other"}), _("Enter the country, for example “Portugal”.")
        ),
    }
    groups = (
        Group(
            _("Country, nationality and family"),
            ("country", "other_country", "nationality", "permit", "marital_status", "children"),
            folded=True,
            lead=_("After an accident the family decides on deductions during a stay in hospital."),
        ),
    )
    together = (
        Group(_("Address"), ("street", "house_number", "postcode", "town")),
        Group(_("Phone and e-mail"), ("phone", "email")),
    )
    widths = {
        "house_number": "s",
        "postcode": "s",
        "other_country": "l",
        "phone": "m",
        "nationality": "l",
        "children": "xs",
    }

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

    country = choice(_("Country"), codes.Country, select=True)
    other_country = line(_("Which country?"), limit=60, hint=_("Only if it is not in the list."))
    nationality = line(_("Nationality"), limit=60)
    permit = choice(
        _("Residence permit"), codes.Permit, select=True, hint=_("Only for people without a Swiss passport.")
    )
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

    def answers(self, **given: Any) -> list[Answer]:
        identity = self.declaration.parts.get("identity") or identity_of(self.declaration.person)
        fixed = [
            Answer(name, str(label), identity.get(name, ""), "ahv" if name == "ahv_number" else "")
            for name, label in IDENTITY_LABELS.items()
        ]
        return fixed + super().answers(**given)


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
        "weekly_hours": _("Your hours per week by contract"),
        "workplace": _("Where do you usually work?"),
    }
    conditions = {
        "contract_end": When(
            "contract",
            frozenset({"fixed", "terminated"}),
            _("Enter the last day of the employment."),
        ),
        "other_employers": When("special", frozenset({"other_employers"})),
    }
    groups = (
        Group(
            _("Parts of the salary"),
            (
                "salary_base",
                "salary_unit",
                "child_allowance",
                "thirteenth",
                "holiday_percent",
                "salary_other",
                "salary_note",
            ),
            folded=True,
            lead=_("Fill in what you have at hand. It spares the insurer a question."),
        ),
        Group(
            _("Irregular earnings and special cases"),
            ("irregular", "special", "other_employers"),
            folded=True,
        ),
        Group(
            _("Place of work and contact at the employer"),
            ("workplace", "contact_name", "contact_phone", "contact_email"),
            folded=True,
        ),
    )
    inline = frozenset({"salary_unit", "thirteenth"})
    together = (
        Group(_("Occupation and position"), ("occupation", "position")),
        Group(_("Level of employment and hours"), ("degree", "weekly_hours", "full_hours")),
    )
    widths = {
        "weekly_hours": "s",
        "full_hours": "s",
        "contact_name": "l",
        "contact_phone": "m",
    }

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
    degree = ShareField(
        label=_("Level of employment"),
        error_messages={
            "required": _("Enter the level of employment, for example 80 or 62.5."),
            "invalid": _(
                "Enter a level of employment above 0 and at most 100, with at most two decimals, for example 62.5."
            ),
        },
    )
    weekly_hours = hours(
        _("Hours per week by contract"), hint=_("For example 42. Leave it empty if the hours vary.")
    )
    full_hours = hours(_("Hours per week of a full-time job in the company"), hint=_("For example 42."))
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
    salary_base = MoneyField(
        label=_("Base salary"),
        required=False,
        maximum=10_000_000,
        help_text=_("Gross, without supplements."),
    )
    salary_unit = choice(_("The base salary is paid"), codes.SalaryUnit)
    child_allowance = MoneyField(label=_("Child allowances per month"), required=False, maximum=100_000)
    thirteenth = choice(_("Is there a 13th salary?"), codes.YesNo)
    holiday_percent = ShareField(
        label=_("Holiday supplement"),
        required=False,
        help_text=_("Only for hourly pay, for example 8.33."),
    )
    salary_other = MoneyField(
        label=_("Other supplements per year"),
        required=False,
        maximum=10_000_000,
        help_text=_("For example for shifts, a bonus or a gratuity."),
    )
    salary_note = line(
        _("Remark on the salary"), limit=300, hint=_("For example hourly pay or varying hours.")
    )
    irregular = several(_("Are the earnings irregular?"), codes.Irregular)
    special = several(_("Does one of these apply?"), codes.SpecialCase)
    other_employers = line(
        _("Which other employers?"), limit=200, hint=_("Name and town, if the person also works for others.")
    )
    workplace = line(_("Usual place of work"), limit=120, hint=_("Site or part of the company, and town."))
    contact_name = line(_("Contact at the employer"), limit=120)
    contact_phone = PhoneField(label=_("Phone number of the contact"), required=False)
    contact_email = forms.EmailField(
        label=_("E-mail address of the contact"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Enter an e-mail address like name@example.ch.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        begin, end = cleaned.get("begin"), cleaned.get("contract_end")
        if begin and end and end < begin:
            self.add_error("contract_end", _("The employment cannot end before it begins. Check both dates."))
        if cleaned.get("salary_base") and not cleaned.get("salary_unit") and "salary_unit" not in self.errors:
            self.add_error(
                "salary_unit", _("Say whether the base salary is per month, per hour or per year.")
            )
        return cleaned


class PlainEmploymentForm(EmploymentForm):
    """Employment without the salary: where no daily allowance is due, nobody computes one."""

    title = _("Employment")
    lead = _("Nothing is asked about the salary: no daily allowance is due.")
    groups = EmploymentForm.groups[2:]

    annual_salary = None
    salary_base = None
    salary_unit = None
    child_allowance = None
    thirteenth = None
    holiday_percent = None
    salary_other = None
    salary_note = None
    irregular = None
    special = None
    other_employers = None
