"""Forms of inviting and granting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import SwissDateField
from permissions.grants import TABLE_OF_MODEL
from permissions.holders import scope_of
from permissions.policy import can, can_somewhere
from permissions.vocabulary import ACTIONS, CUSTOMER_PRESETS, PRESET_NAMES
from users import rights
from users.forms.sign_in import password_field
from users.rights import MANAGE
from users.summary import FILE_DEEDS, PRESETS_OF_SCOPE, deeds, role_name

PRESET_CHOICES = [(name, PRESET_NAMES[name]) for name in CUSTOMER_PRESETS]
AS_ROLE, YES, NO = "", "yes", "no"
ANSWERS = [(AS_ROLE, _("As the role")), (YES, _("Yes")), (NO, _("No"))]


def preset_hints(scope: Any = None) -> dict[str, str]:
    """What each role does, as the sentence under its radio button; on this scope if it is settled."""
    kind = kind_of(scope) or "company"
    return {name: _("Can %(deeds)s.") % {"deeds": deeds(name, kind=kind)} for name in CUSTOMER_PRESETS}


def field_of(action: str) -> str:
    """The name of the field that decides on a right."""
    return f"right-{action}"


def _until(help_text: Any) -> SwissDateField:
    return SwissDateField(
        label=_("Ends on"), required=False, earliest=timezone.localdate, help_text=help_text
    )


class RightsForm(forms.Form):
    """A role, its deviations right by right, and its end; on the scope `scope`, or of the ledger row `row`."""

    preset = forms.ChoiceField(label=_("Role"), choices=PRESET_CHOICES, widget=forms.RadioSelect)
    manage = forms.BooleanField(
        label=_("User management: may invite people and change their access"), required=False
    )
    until = _until(_("For deputies and temporary work. Leave it empty for access without an end."))

    def __init__(self, *args: Any, by: Any, scope: Any = None, row: Any = None, **kwargs: Any) -> None:
        if row is not None:
            scope, kwargs["initial"] = row.content_object, _initial(row)
        super().__init__(*args, **kwargs)
        self.by, self.scope, self.row = by, scope, row
        # Only the contract manager gives it: for others it stays as it is.
        self.keeps_management = row is not None and MANAGE in row.extra_actions
        if self._grants_management():
            self.keeps_management = False
        else:
            del self.fields["manage"]
        kind = kind_of(scope)
        if kind:
            self._narrow_roles(kind)
        deviating = {*row.extra_actions, *row.withheld_actions} if row is not None else ()
        self.actions = [action for action in rights.meant_on(kind, deviating) if action != MANAGE]
        for action in self.actions:
            self.fields[field_of(action)] = forms.ChoiceField(
                label=ACTIONS[action], choices=ANSWERS, widget=forms.RadioSelect, required=False
            )

    def _grants_management(self) -> bool:
        if self.scope is None:
            return can_somewhere(self.by, "users.grant_management")
        if MANAGE not in rights.MEANT_ON[kind_of(self.scope) or "company"]:
            return False
        return can(self.by, "users.grant_management", self.scope)

    def _narrow_roles(self, kind: str) -> None:
        """Offer the roles that stand on a scope of this kind, and the one that is held; a single one is chosen."""
        wanted = {*PRESETS_OF_SCOPE[kind], *([self.row.preset] if self.row is not None else [])}
        choices = [(name, role_name(name, kind)) for name, _words in PRESET_CHOICES if name in wanted]
        self.fields["preset"].choices = choices
        if len(choices) == 1:
            self.initial.setdefault("preset", choices[0][0])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = kind_of(self.scope)
        preset = values.get("preset")
        kept = self.row is not None and preset == self.row.preset
        if kind and preset and preset not in PRESETS_OF_SCOPE[kind] and not kept:
            self.add_error("preset", _WRONG_PLACE[kind])
        for action in self.actions if kind else ():
            known = self.row is not None and action in self.row.extra_actions
            added = values.get(field_of(action)) == YES and action not in CUSTOMER_PRESETS.get(preset, ())
            if added and action not in rights.MEANT_ON[kind] and not known:
                self.add_error(
                    field_of(action), _("This right stands on a whole company: choose the company.")
                )
        return values

    def rights(self) -> dict[str, Any]:
        """The cleaned values as the services take them."""
        values = self.cleaned_data
        answers = {action: values[field_of(action)] for action in self.actions}
        extra = {action for action, answer in answers.items() if answer == YES}
        if values.get("manage") or self.keeps_management:
            extra.add(MANAGE)
        own = CUSTOMER_PRESETS[values["preset"]]
        return {
            "preset": values["preset"],
            "extra": sorted(extra - own),
            "withheld": sorted({action for action, answer in answers.items() if answer == NO} & own),
            "until": values["until"],
        }

    def matrix(self) -> list[dict[str, Any]]:
        """The rights to decide on by area; `says`: what the chosen role says on each, empty without one."""
        chosen = CUSTOMER_PRESETS.get(self["preset"].value() or "")
        found = []
        for key, (title, within) in rights.AREAS.items():
            rows = [
                {
                    "field": self[field_of(action)],
                    "says": "" if chosen is None else YES if action in chosen else NO,
                    "roles": rights.roles_with(action),
                    "kinds": [kind for kind, meant in rights.MEANT_ON.items() if action in meant],
                }
                for action in within
                if action in self.actions
            ]
            kept = self.keeps_management and MANAGE in within
            if rows or kept:
                found.append({"key": key, "title": title, "rows": rows, "keeps_management": kept})
        return found

    def roles(self) -> list[dict[str, Any]]:
        """The roles to choose from, each with the kinds of scope it stands on."""
        kinds = {
            name: [kind for kind, standing in PRESETS_OF_SCOPE.items() if name in standing]
            for name in CUSTOMER_PRESETS
        }
        hints = preset_hints(self.scope)
        return [
            {"widget": each, "hint": hints[each.data["value"]], "kinds": kinds[each.data["value"]]}
            for each in self["preset"].subwidgets
        ]

    def differs(self) -> bool:
        """Whether any right is decided otherwise than by the role, or badly."""
        names = [field_of(action) for action in self.actions]
        return any(self[name].value() for name in names)


_WRONG_PLACE = {
    "company": _("“HR of a site” stands on one site: choose the site, or another role."),
    "site": _("On a single site there is the role “HR of a site”: choose it, or the whole company."),
    "contract": _("This role does not stand on a single contract. Choose HR, Finance or Fiduciary."),
    "claim_file": _("On a single claim file there is the role “HR”."),
}


def kind_of(scope: Any) -> str | None:
    """The kind of a scope, as in the ledger; None for none."""
    return TABLE_OF_MODEL[scope._meta.label].SCOPE if scope is not None else None


def _initial(row: Any) -> dict[str, Any]:
    """A ledger row as this form shows it."""
    answers = dict.fromkeys(row.extra_actions, YES) | dict.fromkeys(row.withheld_actions, NO)
    return {
        "preset": row.preset,
        "manage": MANAGE in row.extra_actions,
        "until": row.until,
        **{field_of(action): answer for action, answer in answers.items()},
    }


class PlaceForm(RightsForm):
    """Rights on a place that is chosen: from a list of few, or found before (`scope`)."""

    where = forms.ChoiceField(label=_("Access to"))

    field_order: tuple[str, ...] = ("where", "preset")

    def __init__(self, *args: Any, places: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One place that was found before is settled: nothing to choose, and only what stands there.
        self.settled = self.scope is not None
        self.fields["where"].choices = places
        if self.settled:
            self.fields["where"].widget = forms.HiddenInput()

    def clean_where(self) -> str:
        kind, _colon, key = self.cleaned_data["where"].partition(":")
        found = scope_of(kind, key, self.by, MANAGE)
        if found is None:
            raise ValidationError(_("Choose one of the places in the list."))
        self.scope = found
        return self.cleaned_data["where"]


class InviteForm(PlaceForm):
    """Somebody new: address, name, language, where, and what."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    first_name = forms.CharField(label=_("First name"), max_length=60)
    last_name = forms.CharField(label=_("Last name"), max_length=60)
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of the invitation and of the portal.")
    )

    field_order = ("email", "first_name", "last_name", "language", "where", "preset")


class OpenFileForm(forms.Form):
    """A single claim file for somebody who has an account: how far, and until when."""

    level = forms.ChoiceField(
        label=_("What for"),
        choices=[("read", _("To read it")), ("work", _("To work on it"))],
        widget=forms.RadioSelect,
        initial="read",
    )
    until = _until(_("For as long as it is needed. Leave it empty for access without an end."))

    @staticmethod
    def hints() -> dict[str, str]:
        """What each choice amounts to, as the sentence under its radio button."""
        sentence = _("Can %(deeds)s.")
        return {
            "read": sentence % {"deeds": FILE_DEEDS[False]},
            "work": sentence % {"deeds": FILE_DEEDS[True]},
        }

    def rights(self) -> dict[str, Any]:
        """The cleaned values as the services take them."""
        preset, withheld = rights.FILE_LEVELS[self.cleaned_data["level"]]
        return {
            "preset": preset,
            "extra": [],
            "withheld": sorted(withheld),
            "until": self.cleaned_data["until"],
        }


class AcceptForm(forms.Form):
    """The password of the new account."""

    password = password_field(
        _("Choose a password"),
        "new-password",
        _("At least 8 characters. A few words in a row are easy to remember and hard to guess."),
    )
