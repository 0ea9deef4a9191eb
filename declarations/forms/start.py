"""Who and what a report is about."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from declarations.kinds import WORDS
from declarations.models import Declaration

KIND_HINTS = {kind.value: words.reason for kind, words in WORDS.items()}


class StartForm(forms.Form):
    """What happened; the person was chosen before. `request_id` makes a second click harmless."""

    kind = forms.ChoiceField(
        label=_("What do you want to report?"),
        choices=Declaration.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what you want to report."),
            "invalid_choice": _("Choose what you want to report."),
        },
    )
    request_id = forms.UUIDField(required=False, widget=forms.HiddenInput)


class PersonSearchForm(forms.Form):
    """Finds the person a report is about."""

    q = forms.CharField(
        label=_("Search by name or insured number"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
