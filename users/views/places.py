"""What inviting and giving access share: the place that is asked for, the sentence, objections at their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from companies.chosen import chosen
from permissions.holders import scope_of
from users import places, summary
from users.forms.access import kind_of
from users.rights import MANAGE


@dataclass(frozen=True)
class Asked:
    """Where access is to be given, as far as it is known."""

    # The place that is settled, and the one that is chosen at first, as a form names it.
    scope: Any = None
    value: str = ""
    # What to choose from; None where the reader has to search first.
    choices: list[tuple[str, Any]] | None = field(default_factory=list)
    words: str = ""
    found: list[places.Place] = field(default_factory=list)


def place_asked(request: HttpRequest) -> Asked:
    """The place named by the address (`?scope=site:<id>`), else those to choose from: listed if few, else searched."""
    user, named = request.user, request.GET.get("scope", "")
    company = chosen(request)
    listed = (company and places.choices(user, company)) or places.choices(user)
    if listed is None and not named:
        named = request.POST.get("where", "")
    kind, _colon, key = named.partition(":")
    if scope := scope_of(kind, key, user, MANAGE):
        return Asked(scope, named, [(named, summary.scope_name(scope))])
    if listed is None:
        words = typed(request)
        return Asked(choices=None, words=words, found=places.search(user, words))
    return Asked(value=listed[0][0] if listed else "", choices=listed)


def typed(request: HttpRequest) -> str:
    """What was searched for."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


def put(form: Any, error: Any) -> None:
    """Put the messages of a service beside the fields they speak of."""
    for name, found in error.error_dict.items() if hasattr(error, "error_dict") else [(None, error)]:
        form.add_error(name if name in form.fields else None, found)


def sentence_of(form: Any, name: str = "") -> str:
    """The summary sentence of a form that is filled in well enough; empty otherwise."""
    if not form.is_bound or not form.is_valid() or form.scope is None:
        return ""
    name = name or form.cleaned_data.get("first_name") or _("This person")
    given = form.rights()
    where = summary.scope_name(form.scope)
    return summary.sentence(name, given.pop("preset"), where, kind=kind_of(form.scope) or "", **given)
