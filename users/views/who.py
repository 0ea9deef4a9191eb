"""“Who can see this, and why”, and what one person can see."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import OutOfReach
from core.paging import CappedPaginator
from permissions.holders import people_within
from permissions.reach import reach_of
from users import people, services
from users import who as engine

PAGE = 50


@require_safe
@login_required
def who(request: HttpRequest, kind: str, object_id: Any) -> HttpResponse:
    """Everybody who can see a thing that one sees oneself: who, in which role, since when and by whom."""
    answer = engine.ask(request.user, kind, object_id)
    page = CappedPaginator(answer.people(engine.COMPANY), PAGE).get_page(request.GET.get("page"))
    context = {
        "answer": answer,
        "kind": kind,
        "you": answer.holders(answer.people(engine.YOU)),
        "page": page,
        "company": answer.holders(page.object_list),
        "insurer": answer.holders(answer.people(engine.INSURER)),
        # For somebody of the insurer the company is not his.
        "own_company": not reach_of(request.user).staff_preset,
    }
    return render(request, "users/who.html", context)


@require_safe
@login_required
def sees(request: HttpRequest, pk: Any) -> HttpResponse:
    """What one person can see and do, by area; for those who see who has access."""
    person = people.person_within(request.user, pk)
    if person is None:
        raise OutOfReach
    may_view = (
        person.pk != request.user.pk and people_within(request.user, services.VIEW_AS).filter(pk=pk).exists()
    )
    context = {
        "person": person,
        "areas": engine.sees(request.user, person),
        "may_view": may_view and person.is_active,
    }
    return render(request, "users/sees.html", context)
