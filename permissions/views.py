"""The activity log: who did what, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.paging import COUNT_LIMIT
from permissions.events import details_of, words_of
from permissions.forms import ActivityForm
from permissions.log import lines_for
from permissions.policy import require_somewhere, visible_to
from permissions.trail import AuditLine

ROWS = 50


@dataclass
class LogPage:
    """One page of the log, as `{% pagination %}` reads it."""

    rows: list[Any]
    count: int
    next_url: str | None
    previous_url: str | None

    @property
    def count_exact(self) -> bool:
        """Whether `count` is the true number."""
        return self.count < COUNT_LIMIT


@require_safe
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    """The lines one may read, by event and day. Names are looked up now: the lines hold none."""
    require_somewhere(request.user, "audit.view")
    form = ActivityForm(request.GET if request.GET else None)
    page = _page(request, form)
    people = _people(page.rows)
    companies = _companies(request, page.rows)
    context = {
        "form": form,
        "page": page,
        "entries": [_entry(line, people, companies) for line in page.rows],
        "several_companies": len(companies) > 1,
        "narrowed": form.is_bound and bool(form.changed_data),
    }
    return render(request, "permissions/activity.html", context)


def _page(request: HttpRequest, form: ActivityForm) -> LogPage:
    lines = form.narrow(lines_for(request.user))
    after, before = _number(request, "after"), _number(request, "before")
    if after is not None:
        rows = list(lines.filter(pk__lt=after).order_by("-id")[: ROWS + 1])
        older, newer, rows = len(rows) > ROWS, True, rows[:ROWS]
    elif before is not None:
        rows = list(lines.filter(pk__gt=before).order_by("id")[: ROWS + 1])
        older, newer, rows = True, len(rows) > ROWS, rows[:ROWS][::-1]
    else:
        rows = list(lines.order_by("-id")[: ROWS + 1])
        older, newer, rows = len(rows) > ROWS, False, rows[:ROWS]
    return LogPage(
        rows=rows,
        count=lines.order_by()[:COUNT_LIMIT].count(),
        next_url=_address(request, "after", rows[-1].pk) if rows and older else None,
        previous_url=_address(request, "before", rows[0].pk) if rows and newer else None,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _address(request: HttpRequest, name: str, number: int) -> str:
    query = request.GET.copy()
    for place in ("after", "before"):
        query.pop(place, None)
    query[name] = str(number)
    return f"?{query.urlencode()}"


def _people(lines: list[AuditLine]) -> dict[str, str]:
    """The names of those who acted and of those it was about, by account id."""
    ids = {line.actor for line in lines}
    ids |= {_uuid(line.facts.get(fact)) for line in lines for fact in ("user", "viewed")}
    ids |= {line.target for line in lines if line.target_type == "users.User"}
    users = get_user_model().objects.filter(pk__in=[key for key in ids if key is not None])
    return {str(user.pk): user.get_full_name() for user in users}


def _companies(request: HttpRequest, lines: list[AuditLine]) -> dict[Any, str]:
    rows = visible_to(request.user, "company.view")
    ids = {line.company for line in lines} - {None}
    return {row.pk: str(row) for row in rows.filter(pk__in=ids)}


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _entry(line: AuditLine, people: dict[str, str], companies: dict[Any, str]) -> dict[str, Any]:
    facts = line.facts
    if line.target_type == "users.User" and line.target != line.actor:
        facts = {"user": str(line.target), **facts}
    return {
        "number": line.pk,
        "at": line.at,
        "who": people.get(str(line.actor), ""),
        "what": words_of(line.event),
        "details": details_of(facts, people),
        "company": companies.get(line.company, ""),
    }
