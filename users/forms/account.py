"""Forms of the own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.fields import PhoneField
from users.models import User

COUNTRY_REFUSED = _(
    "Numbers of this country are not accepted. Enter a number of another country, for example of Switzerland."
)


class PreferencesForm(forms.Form):
    """Language and appearance."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        help_text=_("For the pages, for e-mails and for documents we make for you."),
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme, widget=forms.RadioSelect)


class PhoneForm(forms.Form):
    """The own phone number."""

    phone = PhoneField(label=_("Phone"), required=False, error_messages={"country": COUNTRY_REFUSED})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].countries = settings.PHONE_COUNTRIES
