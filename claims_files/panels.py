"""What claim files add to the pages of a person and of a company."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from claims_files import listing, reading
from permissions.newest import newest
from permissions.policy import can_somewhere

SHOWN = 25


def cases_of_person(request: HttpRequest, person: Any) -> str:
    """The person's claim files that the reader sees, the newest first."""
    user = request.user
    if not can_somewhere(user, "claim.view"):
        return ""
    claims = newest(reading.everything().filter(person=person), user, "claim.view", limit=SHOWN)
    context = {
        "rows": listing.rows_of(claims, user),
        "today": timezone.localdate(),
        "all_url": f"{reverse('claims_files:list')}?person={person.pk}",
    }
    return render_to_string("claims_files/cases.html", context, request)


def numbers_of_company(request: HttpRequest, company: Any) -> str:
    """For the contract manager: the claim numbers of the company, and nothing else of them."""
    user = request.user
    if can_somewhere(user, "claim.take_over") or not can_somewhere(user, "claim.number"):
        return ""
    rows = reading.everything().filter(company=company)
    count = listing.count_up_to(rows, user, "claim.number")
    claims = newest(rows, user, "claim.number", limit=SHOWN)
    context = {
        "numbers": [(claim.number, claim.core_number) for claim in claims],
        "count": count,
        "exact": count <= listing.SORTABLE,
    }
    return render_to_string("claims_files/numbers.html", context, request)
