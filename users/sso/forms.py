"""What is typed in about a company's provider."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from users.sso.models import SsoConnection


class WorkAddressForm(forms.Form):
    """The address whose domain says which company's provider to go to."""

    email = forms.EmailField(
        label=_("E-mail at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


class DomainForm(forms.Form):
    """A domain of the company's addresses."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=190,
        help_text=_("What stands after the @, for example company.example."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )


class ConnectionForm(forms.Form):
    """How the company's people sign in. A secret is typed in and never shown again."""

    protocol = forms.ChoiceField(
        label=_("Protocol"), choices=SsoConnection.Protocol.choices, widget=forms.RadioSelect
    )
    issuer = forms.CharField(
        label=_("Issuer"),
        required=False,
        max_length=500,
        help_text=_("OpenID Connect: the provider’s address, for example https://login.company.example."),
    )
    client_id = forms.CharField(label=_("Client ID"), required=False, max_length=200)
    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    metadata_url = forms.CharField(
        label=_("Address of the metadata"),
        required=False,
        max_length=500,
        help_text=_("SAML 2.0: we read the metadata once, now."),
    )
    metadata = forms.CharField(
        label=_("Metadata"),
        required=False,
        max_length=262144,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("SAML 2.0: the XML that the provider publishes about itself, if it has no address."),
    )
    trusts_factor = forms.BooleanField(
        label=_("A second factor given at the provider counts here"),
        required=False,
        help_text=_(
            "Otherwise everybody gives the code of the portal as well. Insured persons give it in any case."
        ),
    )
    factor_values = forms.CharField(
        label=_("Values that prove the second factor"),
        required=False,
        max_length=500,
        help_text=_("amr or acr (OpenID Connect), authentication context (SAML 2.0); parted by blanks."),
    )

    def __init__(self, *args: Any, has_secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_secret:
            self.fields["secret"].help_text = _("A secret is kept. Leave this empty to keep it.")

    def clean_factor_values(self) -> list[str]:
        return self.cleaned_data["factor_values"].split()
