"""What is typed about companies and people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies.models import Company, InsuredPerson
from core.fields import MoneyField, RateField, SwissDateField


class AddressForm(forms.Form):
    """Language and structured postal address."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    street = forms.CharField(label=_("Street"), max_length=70, required=False)
    house_number = forms.CharField(label=_("House number"), max_length=16, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False)
    town = forms.CharField(label=_("Town"), max_length=35, required=False)


class PersonForm(AddressForm):
    """What HR keeps up to date about a person; `sites`: those to choose from."""

    site: Any = forms.ModelChoiceField(label=_("Site"), queryset=None, empty_label=None)
    occupation = forms.CharField(label=_("Occupation"), max_length=80, required=False)
    degree_percent = RateField(label=_("Level of employment"))
    annual_salary = MoneyField(label=_("Annual salary"))
    employment_end = SwissDateField(label=_("End of employment"), required=False)

    field_order = (
        "site",
        "occupation",
        "degree_percent",
        "annual_salary",
        "employment_end",
        "language",
        "street",
        "house_number",
        "postcode",
        "town",
    )

    def __init__(self, *args: Any, person: InsuredPerson, sites: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(person, name) for name in self.field_order}
        super().__init__(*args, **kwargs)
        site: Any = self.fields["site"]
        site.queryset = sites


class CompanyForm(AddressForm):
    """What the contract manager keeps up to date about a company."""

    name = forms.CharField(label=_("Name"), max_length=70)
    legal_form = forms.ChoiceField(label=_("Legal form"), choices=Company.LegalForm)

    field_order = ("name", "legal_form", "language", "street", "house_number", "postcode", "town")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(company, name) for name in self.field_order}
        super().__init__(*args, **kwargs)
