"""Absences of a company in sum, as a page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims_files import absences
from claims_files.forms import CompanyForm
from companies.chosen import chosen
from companies.models import Company
from core.text import number
from permissions.policy import require_somewhere


@login_required
@require_GET
def cockpit(request: HttpRequest) -> HttpResponse:
    """The last twelve months of one company: by month, cause and site."""
    require_somewhere(request.user, absences.VIEW)
    companies = absences.companies_of(request.user)
    form = CompanyForm(request.GET if "company" in request.GET else None, companies=companies)
    if form.is_bound and not form.is_valid():
        raise Http404
    company = form.cleaned_data["company"] if form.is_bound else _first(request, companies)
    today = timezone.localdate()
    # With the right, and nobody yet of whom it could tell.
    nothing = absences.Summary(absences.least_group(today))
    summary = absences.of_company(company, request.user, today) if company else nothing
    context = {
        "company": company,
        "form": form if companies.count() > 1 else None,
        "summary": summary,
        "months": [(month, _in_words(figures)) for month, figures in summary.months],
        "whole": _in_words(summary.whole),
        "sites": [(group.site, _in_words(group.figures)) for group in summary.sites],
    }
    return render(request, "claims_files/absences.html", context)


def _in_words(figures: absences.Figures) -> dict[str, Any]:
    return {
        "people": number(figures.people),
        "total": number(figures.total, 1),
        "parts": [(label, number(figures.lost[cause], 1)) for cause, label in absences.CAUSES.items()],
        "rate": f"{number(figures.rate, 1)} %",
    }


def _first(request: HttpRequest, companies: QuerySet[Company]) -> Company | None:
    """The company chosen for the whole portal, if it is one of these; else the first one, if there is any."""
    ordered = companies.order_by("sort_key")
    wanted = chosen(request)
    found = ordered.filter(pk=wanted.pk).first() if wanted else None
    return found or ordered.first()
