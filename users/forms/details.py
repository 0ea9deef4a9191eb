"""Forms of what the insurer keeps about a person and the person changes himself: postal address, bank details."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.forms import AddressForm
from core.countries import country_choices

# What browsers fill in by themselves.
PURPOSES = {
    "street": "address-line1",
    "house_number": "off",
    "postcode": "postal-code",
    "town": "address-level2",
    "country": "country",
}


class OwnAddressForm(AddressForm):
    """The own postal address; what has to be filled in the service says."""

    country = forms.ChoiceField(label=_("Country"), choices=country_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, purpose in PURPOSES.items():
            self.fields[name].widget.attrs["autocomplete"] = purpose
