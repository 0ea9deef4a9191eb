"""Further areas: what one has no right for, asked for with one click, and what became of one's requests."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from companies.chosen import chosen
from enterprise_portal.context import further_areas
from permissions.vocabulary import ACTIONS
from users import people
from users.models import AccessRequest

SHOWN = 20
State = AccessRequest.State
TONES = {State.OPEN: "wait", State.APPROVED: "ok", State.GIVEN: "ok", State.DECLINED: "err"}


@login_required
def areas(request: HttpRequest) -> HttpResponse:
    """The parts of the portal one may ask for, a claim file by its number, and the own requests with their answers."""
    user = request.user
    missing = further_areas(request)
    rows = list(people.own_requests(user)[:SHOWN])
    waiting = {row.action: row for row in rows if row.state == State.OPEN and not row.claim_number}
    company = chosen(request)
    found = [
        {**each, "right": ACTIONS[each["action"]], "asked": waiting.get(each["action"])} for each in missing
    ]
    # All of them are given by the same people.
    ask = people.whom_to_ask(user, missing[0]["action"]) if missing else {}
    context = {
        "areas": found,
        "who": ask.get("who", ""),
        "scope": company.pk if company else ask.get("scope"),
        "asks_for_claims": bool(missing),
        "requests": [_in_words(user, row) for row in rows],
    }
    return render(request, "users/further_areas.html", context)


def _in_words(user: Any, row: AccessRequest) -> dict[str, Any]:
    where = people.asked_claim_file(user, row) if row.claim_number else str(row.company)
    return {
        "request": row,
        "right": ACTIONS[row.action],
        "where": where,
        "tone": TONES.get(row.state, "mute"),
    }
