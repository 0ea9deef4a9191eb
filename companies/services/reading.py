"""Who sees which companies, sites, contracts and insured persons; who may be named at the insurer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from companies.models import Company, Contract, InsuredPerson, Site
from core.text import fold
from permissions.policy import can_each, visible_to
from permissions.reach import reach_of


def companies(user: Any) -> QuerySet[Company]:
    """The companies that `user` sees."""
    return visible_to(user, "company.view", Company.unrestricted.all())


def sites(user: Any) -> QuerySet[Site]:
    """The sites that `user` sees, by company and name."""
    return visible_to(user, "company.view", Site.unrestricted.all()).order_by("company__sort_key", "name")


def contracts(user: Any) -> QuerySet[Contract]:
    """The contracts that `user` sees."""
    return visible_to(user, "contract.view", Contract.unrestricted.all())


def persons(user: Any) -> QuerySet[InsuredPerson]:
    """The insured persons that `user` sees."""
    rows = InsuredPerson.unrestricted.select_related("company", "site")
    return visible_to(user, "person.view", rows)


def going_on(user: Any) -> QuerySet[InsuredPerson]:
    """The employments of this account's own person that have not ended; asks for no right."""
    today = timezone.localdate()
    rows = InsuredPerson.unrestricted.filter(user=user)
    return rows.filter(Q(employment_end=None) | Q(employment_end__gte=today)).order_by(
        "-employment_begin", "pk"
    )


# A name that more people bear than this is no way to find somebody; a list then looks for it as it goes.
MOST_NAMED = 5000


def people_named(user: Any, action: str, text: str) -> list[Any] | None:
    """Ids of all insured persons in whose names every word of `text` begins a word; asks for no right.

    Only of the companies where `user` holds `action`, where that is known beforehand: it makes the search
    short. None if there are more than `MOST_NAMED`, or no word in `text`.
    """
    words = re.findall(r"\w+", fold(text))
    if not words:
        return None
    scopes = reach_of(user).scopes(action)
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
    rows = InsuredPerson.unrestricted.filter(words=query).order_by()
    if not (scopes.everywhere or scopes.site or scopes.contract or scopes.claim_file or scopes.own):
        # Few bear a name, many work for these companies: compared with each found, never looked up in an index.
        rows = rows.alias(employer=Coalesce("company_id", "company_id"))
        rows = rows.filter(employer__in=scopes.company)
    found = list(rows.values_list("pk", flat=True)[: MOST_NAMED + 1])
    return found if len(found) <= MOST_NAMED else None


def knows_closely(user: Any, person: InsuredPerson) -> bool:
    """Whether `user` is shown the whole AHV number, salary and address: himself, his HR, the health manager."""
    return person.pk in known_closely(user, [person])


def known_closely(user: Any, people: Iterable[InsuredPerson]) -> set[Any]:
    """The same of several, as their keys; one query at most."""
    people, own = list(people), reach_of(user).own_persons
    handled = reach_of(user).scopes("claim.take_over")
    found = {
        person.pk
        for person in people
        if person.pk in own or handled.everywhere or person.company_id in handled.company
    }
    return found | can_each(user, "person.edit", [person for person in people if person.pk not in found])


def companies_to_staff(user: Any) -> QuerySet[Company]:
    """The companies to which `user` may add employees."""
    return visible_to(user, "person.create", Company.unrestricted.all())
