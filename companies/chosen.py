"""The company that somebody who reaches several chose to look at; lists keep to it until he chooses all again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from companies.models import Company
from companies.services import companies

KEY = "company"
# More than these nobody chooses from a menu; the list of companies has a search.
SHOWN = 30


def choose(request: HttpRequest, company_id: str) -> None:
    """Remember the choice in the session; anything but a company within reach means all of them."""
    try:
        found = companies(request.user).filter(pk=UUID(company_id)).exists()
    except ValueError:
        found = False
    if found:
        request.session[KEY] = company_id
    else:
        request.session.pop(KEY, None)
    request.__dict__.pop("_reachable_companies", None)


def reachable(request: HttpRequest) -> list[Company]:
    """The companies to choose from, at most SHOWN, the chosen one among them; empty if there is no choice."""
    known = request.__dict__.get("_reachable_companies")
    if known is None:
        rows = companies(request.user)
        known = list(rows.order_by("sort_key")[:SHOWN])
        wanted = request.session.get(KEY)
        if wanted and all(str(row.pk) != wanted for row in known):
            known += list(rows.filter(pk=wanted))
        known = known if len(known) > 1 else []
        request.__dict__["_reachable_companies"] = known
    return known


def chosen(request: HttpRequest) -> Company | None:
    """The chosen company; None for all, and for one that is out of reach by now."""
    wanted = request.session.get(KEY)
    if not wanted:
        return None
    return next((row for row in reachable(request) if str(row.pk) == wanted), None)


def within_chosen(request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Of these rows those of the chosen company; all if none is chosen."""
    company = chosen(request)
    if company is None:
        return queryset
    field = queryset.model.scope_fields["company"]  # type: ignore[attr-defined]
    return queryset.filter(**{field: company.pk})
