"""Forms of inviting and granting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import SwissDateField
from permissions.holders import scope_of
from permissions.policy import can, can_somewhere
from permissions.vocabulary import ACTIONS, CUSTOMER_PRESETS, GRANTABLE, PRESET_NAMES
from users.forms.sign_in import password_field
from users.summary import DEEDS, PRESETS_OF_SCOPE

MANAGE = "users.manage"
PRESET_CHOICES = [(name, PRESET_NAMES[name]) for name in CUSTOMER_PRESETS]


def preset_hints() -> dict[str, str]:
    """What each role does, as the sentence under its radio button."""
    return {name: _("Can %(deeds)s.") % {"deeds": DEEDS[name]} for name in CUSTOMER_PRESETS}


class RightsForm(forms.Form):
    """A role, its deviations and its end; on the scope `scope`."""

    preset = forms.ChoiceField(label=_("Role"), choices=PRESET_CHOICES, widget=forms.RadioSelect)
    manage = forms.BooleanField(
        label=_("User management: may invite people and change their access"), required=False
    )
    extra = forms.MultipleChoiceField(
        label=_("Further rights"),
        choices=sorted(
            ((action, ACTIONS[action]) for action in GRANTABLE - {MANAGE}), key=lambda pair: pair[0]
        ),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    withheld = forms.MultipleChoiceField(
        label=_("Without these rights"),
        choices=sorted(((action, ACTIONS[action]) for action in GRANTABLE), key=lambda pair: pair[0]),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    until = SwissDateField(
        label=_("Ends on"),
        required=False,
        earliest=timezone.localdate,
        help_text=_("For deputies and temporary work. Leave it empty for access without an end."),
    )

    def __init__(self, *args: Any, by: Any, scope: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.scope = by, scope
        allowed = (
            can_somewhere(by, "users.grant_management")
            if scope is None
            else can(by, "users.grant_management", scope)
        )
        # Only the contract manager gives it: for others the question does not arise.
        if not allowed and not self.initial.get("manage"):
            del self.fields["manage"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = _kind(self.scope)
        preset = values.get("preset")
        if kind and preset and preset not in PRESETS_OF_SCOPE[kind]:
            self.add_error("preset", _WRONG_PLACE[kind])
        return values

    def rights(self) -> dict[str, Any]:
        """The cleaned values as the services take them."""
        values = self.cleaned_data
        extra = set(values["extra"]) | ({MANAGE} if values.get("manage") else set())
        own = CUSTOMER_PRESETS[values["preset"]]
        return {
            "preset": values["preset"],
            "extra": sorted(extra - own),
            "withheld": sorted(set(values["withheld"]) & own),
            "until": values["until"],
        }


_WRONG_PLACE = {
    "company": _("“HR of a site” stands on one site: choose the site, or another role."),
    "site": _("On a single site there is the role “HR of a site”: choose it, or the whole company."),
    "contract": _("This role does not stand on a single contract. Choose HR, Finance or Fiduciary."),
    "claim_file": _("On a single claim file there is the role “HR”."),
}


def _kind(scope: Any) -> str | None:
    labels = {
        "companies.Company": "company",
        "companies.Site": "site",
        "companies.Contract": "contract",
        "claims_files.ClaimFile": "claim_file",
    }
    return labels[scope._meta.label] if scope is not None else None


class InviteForm(RightsForm):
    """Somebody new: address, name, language, where, and what."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    first_name = forms.CharField(label=_("First name"), max_length=60)
    last_name = forms.CharField(label=_("Last name"), max_length=60)
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of the invitation and of the portal.")
    )
    where = forms.ChoiceField(label=_("Access to"))

    field_order = ("email", "first_name", "last_name", "language", "where", "preset")

    def __init__(self, *args: Any, scopes: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["where"].choices = scopes

    def clean_where(self) -> str:
        kind, _colon, key = self.cleaned_data["where"].partition(":")
        self.scope = scope_of(kind, key, self.by, MANAGE)
        if self.scope is None:
            raise ValidationError(_("Choose one of the places in the list."))
        return self.cleaned_data["where"]


class AcceptForm(forms.Form):
    """The password of the new account."""

    password = password_field(
        _("Choose a password"),
        "new-password",
        _("At least 8 characters. A few words in a row are easy to remember and hard to guess."),
    )
