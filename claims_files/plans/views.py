"""Pages of return-to-work plans: proposing a version, agreeing to it, the paper. It is shown on the claim file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import openings, reading, states
from claims_files.plans import paper, services
from claims_files.plans import reading as plans
from claims_files.plans.forms import PlanForm
from claims_files.plans.models import ReturnPlan
from claims_files.views.asking import overtaken, status_of
from core.errors import NotNow, validation_detail
from core.text import swiss_date, whole_number


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Propose a plan, or another version of it; the button `add` asks for one more row."""
    claim = reading.find_for(request.user, claim_id, "plan.propose")
    states.after(claim.state, states.Move.CHANGE)
    openings.note_opening(claim, by=request.user)
    versions = plans.versions_of(claim)
    current = versions[0] if versions else None
    known, holds = current.version if current else 0, ""
    if request.method == "POST":
        adding = "add" in request.POST
        known = whole_number(request.POST.get("known", "")) or 0
        form = PlanForm(request.POST, more=adding)
        if adding:
            # Somebody who has not pressed the button yet has done nothing wrong.
            form.full_clean()
            form.errors.clear()
        elif form.is_valid():
            try:
                services.propose(claim.pk, known=known, by=request.user, **form.values())
            except ValidationError as error:
                form.refuse(validation_detail(error))
            except NotNow as refusal:
                overtaken(form, refusal)
                # Beside what was typed stands what holds now: the next click is an answer to that.
                current = plans.versions_of(claim)[0]
                known, holds = current.version, _in_words(current)
            else:
                messages.success(request, _("The plan is proposed. Those who agree to it are told."))
                return redirect("claims_files:incapacity", claim.pk)
    else:
        form = PlanForm(plan=current)
    context = {
        "claim": claim,
        "form": form,
        "known": known,
        "holds": holds,
        "back_url": reverse("claims_files:incapacity", args=[claim.pk]),
        "has_errors": bool(form.errors),
    }
    return render(request, "claims_files/plans/change.html", context, status=status_of(form))


def _in_words(plan: ReturnPlan) -> str:
    steps = [f"{swiss_date(step.begin)}: {paper.in_words(step)}" for step in plan.steps.all()]
    review = f"{_('Look at it again on')}: {swiss_date(plan.review_on)}" if plan.review_on else ""
    return "; ".join([*steps, *plan.adapted, *filter(None, [plan.note, review])])


def of_claim(user: Any, context: dict[str, Any]) -> dict[str, Any]:
    """What a page of a claim file shows of its plan; `context` is that of the page (`views.pages.frame`)."""
    found = plans.shown(user, context["claim"], context["side"], context["periods"])
    plan = found["plan"]
    if plan is not None:
        found["plan_steps"] = [(step.begin, paper.in_words(step)) for step in plan.steps.all()]
        found["agreements"] = paper.agreements(plan)
    return found


@login_required
@require_POST
def agree(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """One click: agree to the version that was looked at."""
    services.agree(claim_id, version=whole_number(request.POST.get("version", "")) or 0, by=request.user)
    messages.success(request, _("You have agreed to the return-to-work plan."))
    return redirect("claims_files:incapacity", claim_id)


@login_required
@require_GET
def pdf(request: HttpRequest, claim_id: UUID, number: int) -> HttpResponse:
    """A version of the plan on paper."""
    claim = reading.find(request.user, claim_id)
    plan = plans.version_of(claim, number)
    openings.note_opening(claim, by=request.user)
    headers = {
        "Content-Disposition": content_disposition_header(True, paper.file_name(plan, claim)),
        "Cache-Control": "no-store, private",
    }
    return HttpResponse(paper.pdf_of(plan, claim), content_type="application/pdf", headers=headers)
