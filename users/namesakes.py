"""Somebody insured who never registered leaves, too: a hint for whoever manages users, by the name alone.

The portal does not know that the account is his, so nothing is taken away (decision 0017).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.utils import timezone

from permissions.policy import visible_to
from users.models import User


def namesakes_left(reader: User, places: Iterable[tuple[User, Any]]) -> dict[tuple[Any, Any], Any]:
    """By user and company (ids): when an insured person of his name, but not of his account, left; one query.

    As far as the reader sees employees. Not where the account belongs to an insured person of the company, nor where
    anybody of the name is still employed there.
    """
    places = {(user.pk, company): user for user, company in places}
    names = {user.sort_key for user in places.values()}
    rows = apps.get_model("companies.InsuredPerson").unrestricted.filter(
        company__in={company for _user, company in places}, sort_key__in=names
    )
    today, known = timezone.localdate(), set()
    ends: dict[tuple[Any, str], list[Any]] = {}
    seen = visible_to(reader, "person.view", rows).order_by()
    for company, name, user, end in seen.values_list("company", "sort_key", "user", "employment_end"):
        ends.setdefault((company, name), []).append(end)
        known.add((user, company))
    found = {}
    for (key, company), user in places.items():
        days = ends.get((company, user.sort_key), [])
        if days and (key, company) not in known and all(end is not None and end < today for end in days):
            found[key, company] = max(days)
    return found
