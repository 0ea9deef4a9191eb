"""The form of a new API token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from permissions.vocabulary import ACTIONS
from users import services
from users.models import User

DAYS = (1, 7, 30, 90, 180, 365)


def terms_of_tokens() -> list[int]:
    """The numbers of days offered: the usual ones, and the longest that the insurer allows."""
    longest = settings.API_TOKEN_MAX_DAYS
    return [*(days for days in DAYS if days < longest), longest]


def _capital(words: Any) -> str:
    text = str(words)
    return text[:1].upper() + text[1:]


class TokenForm(forms.Form):
    """What the token is for, what it may do, and how long it is valid."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("What the token is for, for instance “Payroll system”."),
    )
    actions = forms.MultipleChoiceField(
        label=_("What the token may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose as little as possible. A token never does more than you may do yourself."),
    )
    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = terms_of_tokens()
        choices: Any = [(name, _capital(ACTIONS[name])) for name in services.actions_for_tokens(user)]
        self.fields["actions"].choices = choices  # type: ignore[attr-defined]
        words = [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in terms]
        self.fields["days"].choices = words  # type: ignore[attr-defined]
        self.fields["days"].initial = min(30, terms[-1])
