"""What is typed in about a directory's token."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from users.scim.tokens import MOST_DAYS


class TokenForm(forms.Form):
    """A token's name and life."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Which directory uses it, for example Entra ID.")
    )
    days = forms.IntegerField(label=_("Valid for (days)"), min_value=1, max_value=MOST_DAYS)
