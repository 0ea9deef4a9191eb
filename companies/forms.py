"""What is typed about companies and people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Contract, InsuredPerson
from core.fields import AHVField, MoneyField, RateField, SwissDateField, UIDField
from permissions.holders import holders_of_role

ADDRESS = ("street", "house_number", "postcode", "town")
# More days than any contract waits before it pays.
MOST_WAITING_DAYS = 730


class AddressForm(forms.Form):
    """A structured postal address."""

    street = forms.CharField(label=_("Street"), max_length=70, required=False)
    house_number = forms.CharField(label=_("House number"), max_length=16, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False)
    town = forms.CharField(label=_("Town"), max_length=35, required=False)


class WorkForm(AddressForm):
    """Where and how somebody works, and how he is reached; `sites`: those to choose from."""

    site: Any = forms.ModelChoiceField(label=_("Site"), queryset=None, empty_label=None)
    occupation = forms.CharField(label=_("Occupation"), max_length=80, required=False)
    degree_percent = RateField(label=_("Level of employment"))
    annual_salary = MoneyField(label=_("Annual salary"))
    employment_end = SwissDateField(label=_("End of employment"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, sites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site: Any = self.fields["site"]
        site.queryset = sites


class PersonForm(WorkForm):
    """What HR keeps up to date about a person."""

    field_order = (
        "site",
        "occupation",
        "degree_percent",
        "annual_salary",
        "employment_end",
        "language",
        *ADDRESS,
    )

    def __init__(self, *args: Any, person: InsuredPerson, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(person, name) for name in self.field_order}
        super().__init__(*args, **kwargs)


class NewPersonForm(WorkForm):
    """An employee to add."""

    first_name = forms.CharField(label=_("First name"), max_length=60)
    last_name = forms.CharField(label=_("Last name"), max_length=60)
    ahv_number = AHVField(
        label=_("AHV number"), help_text=_("It stands on the insurance card: 756.1234.5678.97.")
    )
    birth_date = SwissDateField(
        label=_("Date of birth"), years_ahead=0, earliest=date(1900, 1, 1), latest=timezone.localdate
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=InsuredPerson.Sex, widget=forms.RadioSelect)
    employment_begin = SwissDateField(label=_("Begin of employment"))

    field_order = (
        "first_name",
        "last_name",
        "ahv_number",
        "birth_date",
        "sex",
        "language",
        "site",
        "occupation",
        "employment_begin",
        "employment_end",
        "degree_percent",
        "annual_salary",
        *ADDRESS,
    )


class ManagerField(forms.ModelChoiceField):
    """One of the insurer's people with a certain role, named by name."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.name


class _CompanyForm(AddressForm):
    """What is said about every company."""

    name = forms.CharField(label=_("Name"), max_length=70)
    legal_form = forms.ChoiceField(label=_("Legal form"), choices=Company.LegalForm)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    health_manager: Any = ManagerField(
        label=_("Health manager"),
        queryset=None,
        required=False,
        empty_label=_("Nobody yet"),
        help_text=_("Looks after the company’s claim files."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["health_manager"].queryset = holders_of_role("health_manager")  # type: ignore[attr-defined]


class NewCompanyForm(_CompanyForm):
    """A company to add."""

    uid = UIDField(label=_("UID"), help_text=_("As in the commercial register: CHE-123.456.788."))

    field_order = ("name", "uid", "legal_form", "language", *ADDRESS, "health_manager")


class CompanyForm(_CompanyForm):
    """What the contract manager keeps up to date about a company."""

    contract_manager: Any = ManagerField(
        label=_("Contract manager"),
        queryset=None,
        empty_label=None,
        help_text=_(
            "If you choose somebody else, the company moves to that person’s list and disappears from yours."
        ),
    )

    field_order = ("name", "legal_form", "language", *ADDRESS, "contract_manager", "health_manager")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(company, name) for name in self.field_order}
        super().__init__(*args, **kwargs)
        # Whoever is named today stays to choose: nobody is replaced by the first of a list unasked.
        for role in ("contract_manager", "health_manager"):
            field: Any = self.fields[role]
            field.queryset = holders_of_role(role, current=getattr(company, f"{role}_id"))


class SiteForm(AddressForm):
    """A place of work to add."""

    name = forms.CharField(label=_("Name"), max_length=70, help_text=_("For example the town."))

    field_order = ("name", *ADDRESS)


class ContractForm(forms.Form):
    """An insurance contract to add."""

    policy_number = forms.CharField(label=_("Policy number"), max_length=30)
    branch = forms.ChoiceField(label=_("Branch"), choices=Contract.Branch, widget=forms.RadioSelect)
    begin = SwissDateField(label=_("Begin"))
    end = SwissDateField(
        label=_("End"), required=False, help_text=_("Left empty, the contract goes on until it is ended.")
    )
    waiting_days = forms.IntegerField(
        label=_("Waiting period in days"), min_value=0, max_value=MOST_WAITING_DAYS, initial=0
    )
    benefit_rate = RateField(label=_("Rate of benefit"))
    persons_groups = forms.CharField(
        label=_("Groups of persons"),
        max_length=400,
        required=False,
        help_text=_("Separated by commas, for example A, B."),
    )

    def clean_persons_groups(self) -> list[str]:
        """The groups, each once, in the order typed."""
        groups = [" ".join(group.split()) for group in self.cleaned_data["persons_groups"].split(",")]
        return list(dict.fromkeys(filter(None, groups)))
