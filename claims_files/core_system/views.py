"""The page of the journal of the core system."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from claims_files.core_system import reading
from claims_files.core_system.filters import ArrivalFilter
from companies.chosen import within_chosen
from permissions.paging import newest_page
from permissions.policy import require_somewhere


@login_required
@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """What came in from the core system and what was refused, the newest first."""
    require_somewhere(request.user, reading.RIGHT)
    found = ArrivalFilter(request.GET, queryset=within_chosen(request, reading.everything()), request=request)
    page = newest_page(found.qs, request, reading.RIGHT)
    numbers = reading.numbers_for(request.user, page.rows)
    context = {
        "form": found.form,
        "has_errors": bool(found.form.errors),
        "page": page,
        "rows": [{"arrival": each, "number": numbers.get(each.claim_file_id, "")} for each in page.rows],
        "filtered": any(request.GET.get(name) for name in found.filters),
    }
    return render(request, "claims_files/core_journal.html", context)
