"""Deciding in an access review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from users.models import ReviewedRight
from users.reviews import Shown
from users.services import HAND_ON, Choice

Decision = ReviewedRight.Decision
KEEP = (Decision.CONFIRMED.value, _("Keep"))
REMOVE = (Decision.DROPPED.value, _("Remove the right"))
LEAVE = (HAND_ON, _("Leave to the contract manager"))


class DecisionForm(forms.Form):
    """One right: keep it, or remove it where one may, else leave that to the contract manager."""

    decision = forms.ChoiceField(widget=forms.RadioSelect, required=False)
    version = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)

    def __init__(self, *args: Any, entry: Shown, **kwargs: Any) -> None:
        initial = {"version": entry.right.version}
        super().__init__(*args, prefix=str(entry.right.pk), initial=initial, **kwargs)
        self.entry = entry
        other = REMOVE if entry.droppable else LEAVE
        self.fields["decision"].choices = (
            [KEEP, other] if entry.droppable or not entry.right.for_insurer else [KEEP]
        )
        self.fields["decision"].label = _("%(name)s: %(role)s, %(where)s") % {
            "name": entry.right.user.name,
            "role": entry.role,
            "where": entry.where,
        }


def choices_in(data: QueryDict) -> dict[UUID, Choice]:
    """What was decided on which right, as the page sent it; what cannot be read is left out."""
    found = {}
    for name in data:
        key, _dash, field = name.rpartition("-")
        decision = data[name]
        if field != "decision" or decision not in {Decision.CONFIRMED, Decision.DROPPED, HAND_ON}:
            continue
        try:
            found[UUID(key)] = Choice(decision, data.get(f"{key}-version", ""))
        except ValueError:
            continue
    return found


def role_in(data: QueryDict) -> dict[str, Any]:
    """The heading under which all other rights are kept, and how many stood there: `role:number`."""
    heading, _colon, text = data.get("keep_role", "").rpartition(":")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return {"keep_role": heading, "number": number} if heading else {}
