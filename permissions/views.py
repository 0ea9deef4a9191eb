"""The activity log: who did what, the newest first; the log as a file; its verification."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from permissions import checks, export
from permissions.events import details_of, words_of
from permissions.forms import ActivityForm
from permissions.log import facts_of, lines_for, people_of, sees_all
from permissions.paging import line_page
from permissions.policy import can_somewhere, require_somewhere, visible_to
from permissions.trail import AuditLine

ROWS = 50
CHECKS = 10


@require_safe
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    """The lines one may read, narrowed down. Names are looked up now: the lines hold none."""
    require_somewhere(request.user, "audit.view")
    form = ActivityForm(request.GET if request.GET else None, reader=request.user)
    page = line_page(form.narrow(lines_for(request.user)), request, ROWS)
    people = people_of(page.rows)
    companies = _companies(request, page.rows)
    context = {
        "form": form,
        "page": page,
        "entries": [_entry(line, people, companies) for line in page.rows],
        "several_companies": len(companies) > 1,
        "narrowed": form.is_bound and bool(form.changed_data),
        "sees_all": sees_all(request.user),
        "may_verify": can_somewhere(request.user, "audit.verify"),
        "query": request.GET.urlencode(),
    }
    return render(request, "permissions/activity.html", context)


@login_required
@require_GET
def activity_export(request: HttpRequest) -> StreamingHttpResponse:
    """The same lines as a CSV file, all of them; what is narrowed down on the page is in the file, too."""
    form = ActivityForm(request.GET if request.GET else None, reader=request.user)
    filters = sorted(form.changed_data) if form.is_bound else []
    lines = export.begin(request.user, form.narrow, filters)
    body: Any = export.AsyncLines(lines) if isinstance(request, ASGIRequest) else lines
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    name = _("activity-log")
    name = f"{name}-{timezone.localdate().isoformat()}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def verification(request: HttpRequest) -> HttpResponse:
    """The verifications of the whole trail, and the button that starts another one."""
    require_somewhere(request.user, "audit.verify")
    if request.method == "POST":
        started = checks.start(by=request.user)
        return redirect("activity_check", started.pk)
    rows = list(checks.visible_to(request.user)[:CHECKS])
    names = checks.names(rows)
    context = {
        "rows": [{"check": row, "who": names.get(str(row.by_id), "")} for row in rows],
        "trail": checks.trail(),
    }
    return render(request, "permissions/verification.html", context)


@login_required
@require_GET
def check(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """One verification: how far it is, and what it found."""
    require_somewhere(request.user, "audit.verify")
    found = get_object_or_404(checks.visible_to(request.user), pk=check_id)
    context = {"check": found, "findings": checks.findings_of(found), "who": checks.names([found])}
    return render(request, "permissions/check.html", context)


def _companies(request: HttpRequest, lines: list[AuditLine]) -> dict[Any, str]:
    rows = visible_to(request.user, "company.view")
    ids = {line.company for line in lines} - {None}
    return {row.pk: str(row) for row in rows.filter(pk__in=ids)}


def _entry(line: AuditLine, people: dict[str, str], companies: dict[Any, str]) -> dict[str, Any]:
    return {
        "number": line.pk,
        "at": line.at,
        "who": people.get(str(line.actor), ""),
        "what": words_of(line.event),
        "details": details_of(facts_of(line), people),
        "company": companies.get(line.company, ""),
    }
