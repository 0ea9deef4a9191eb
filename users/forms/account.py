"""Forms of the own account."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.fields import PhoneField
from users.models import User


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

    phone = PhoneField(label=_("Phone"), required=False)
