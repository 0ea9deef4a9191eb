"""Which companies a health manager looks after, with how many claim files are open at each."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest

from claims_files.models import ClaimFile
from claims_files.services import health_managers
from companies.models import Company
from core.paging import CappedPaginator
from permissions.policy import visible_to

PAGE = 25
ACTION = "claim.take_over"


def context(request: HttpRequest) -> dict[str, Any]:
    """A page of the companies whose claim files one reaches (`?mine`: those that name oneself), by name."""
    user, mine = request.user, "mine" in request.GET
    rows = visible_to(user, "company.view", Company.unrestricted.all())
    if mine:
        rows = rows.filter(health_manager=user.pk)
    page = CappedPaginator(rows.select_related("health_manager").order_by("sort_key", "id"), PAGE).get_page(
        request.GET.get("page")
    )
    companies = list(page.object_list)
    counts = open_files(user, companies)
    return {
        "page": page,
        "mine": mine,
        "rows": [{"company": each, "open": counts.get(each.pk, 0)} for each in companies],
        "colleagues": health_managers().exclude(pk=user.pk),
    }


def open_files(user: Any, companies: list[Company]) -> dict[Any, int]:
    """How many claim files that `user` looks after are not closed, by the key of these companies; one query."""
    rows = ClaimFile.unrestricted.filter(company_id__in=[company.pk for company in companies])
    rows = visible_to(user, ACTION, rows.exclude(state=ClaimFile.State.CLOSED))
    return dict(rows.order_by().values_list("company").annotate(number=Count("pk")))
