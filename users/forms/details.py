"""Forms of what the insurer keeps about a person and the person changes himself: postal address, bank details."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.forms import AddressForm
from core.countries import country_choices
from core.fields import IBANField
from core.identifiers import BadIdentifier, is_qr_iban
from users.models.bank import COUNTRIES, HOLDER_LENGTH

# What browsers fill in by themselves.
PURPOSES = {
    "street": "address-line1",
    "house_number": "off",
    "postcode": "postal-code",
    "town": "address-level2",
    "country": "country",
}


class AccountNumberField(IBANField):
    """An IBAN to which benefits can be paid; bills’ QR-IBANs are none."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {
            "country": _(
                "We pay to accounts in Switzerland, Liechtenstein and Europe. Check the first two letters."
            ),
            "qr": _("This is a QR-IBAN, to which only bills are paid. Enter the IBAN of the account."),
            "length": _("This IBAN is too long or too short. Copy it from your bank card or e-banking."),
        }
        super().__init__(countries=COUNTRIES, error_messages=messages, **kwargs)

    def check(self, typed: str) -> str:
        """The number without blanks. Raises BadIdentifier."""
        number = super().check(typed)
        if is_qr_iban(number):
            raise BadIdentifier("qr")
        return number


class BankDetailsForm(forms.Form):
    """Where benefits are paid to."""

    holder = forms.CharField(
        label=_("Account holder"),
        max_length=HOLDER_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    iban = AccountNumberField(label="IBAN")


class DeclineForm(forms.Form):
    """Why bank details are declined."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads it in the account settings. Do not repeat the account number."),
    )


class AnswerRequestForm(forms.Form):
    """Why access is declined, if one wants to say it."""

    reason = forms.CharField(
        label=_("Reason, if you decline"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads it in the portal. Write nothing about health here."),
    )


class OwnAddressForm(AddressForm):
    """The own postal address; what has to be filled in the service says."""

    country = forms.ChoiceField(label=_("Country"), choices=country_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, purpose in PURPOSES.items():
            self.fields[name].widget.attrs["autocomplete"] = purpose
