"""How the incapacity for work goes on: the page on which its course is extended or corrected."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from claims_files import course, openings, reading, services, states
from claims_files.forms import CourseForm
from claims_files.models import ClaimFile, IncapacityCourse
from core.errors import NotNow, validation_detail
from core.strip import sentence
from core.text import whole_number


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """All periods to extend or correct (`?add=1`: with another one to fill in). What is seldom right is asked again."""
    claim = reading.find_for(request.user, claim_id, "claim.edit_incapacity")
    states.after(claim.state, states.Move.CHANGE)
    if request.method == "POST":
        return _save(request, claim)
    openings.note_opening(claim, by=request.user)
    current = reading.periods_of([claim])[claim.pk]
    form = CourseForm.of(course.gapless(current), blank="add" in request.GET or not current)
    form.quiet()
    return _page(request, claim, form, reading.course_version(claim))


def _save(request: HttpRequest, claim: ClaimFile) -> HttpResponse:
    version = whole_number(request.POST.get("version", "")) or 0
    form = CourseForm.typed(request.POST, removed=request.POST.get("remove", ""), blank="add" in request.POST)
    if {"add", "remove", "back"} & set(request.POST):
        form.quiet()
        return _page(request, claim, form, version)
    if not form.is_valid():
        return _page(request, claim, form, version, status=422)
    try:
        made = services.change_incapacity(
            claim.pk,
            form.course(),
            by=request.user,
            version=version,
            confirmed="confirmed" in request.POST,
        )
    except services.Unusual as unusual:
        context = _context(claim, form, version) | {"reasons": unusual.reasons}
        return render(request, "claims_files/incapacity_unusual.html", context)
    except NotNow as refusal:
        if refusal.code != "changed_by_another":
            raise
        return _changed(request, claim, form, refusal)
    except ValidationError as error:
        form.refuse(validation_detail(error))
        return _page(request, claim, form, version, status=422)
    said = _("The incapacity for work is extended.")
    if made.change == IncapacityCourse.Change.CORRECTION:
        said = _("The incapacity for work is corrected. The earlier version stays readable.")
    messages.success(request, said)
    return redirect("claims_files:incapacity", claim.pk)


def _changed(request: HttpRequest, claim: ClaimFile, form: CourseForm, refusal: NotNow) -> HttpResponse:
    """What was typed beside what holds now; a second click finds that it is the same."""
    now = reading.periods_of([claim])[claim.pk]
    if course.merged(form.course()) == course.merged(course.gapless(now)):
        return redirect("claims_files:incapacity", claim.pk)
    form.refuse({"": [str(refusal.sentence)]})
    holds = sentence(now, timezone.localdate())
    return _page(request, claim, form, reading.course_version(claim), status=409, holds=holds)


def _page(
    request: HttpRequest,
    claim: ClaimFile,
    form: CourseForm,
    version: int,
    *,
    status: int = 200,
    holds: str = "",
) -> HttpResponse:
    problems = form.problems()
    shown = {"problems": problems, "has_errors": bool(problems), "holds": holds}
    context = _context(claim, form, version) | shown
    return render(request, "claims_files/change_incapacity.html", context, status=status)


def _context(claim: ClaimFile, form: CourseForm, version: int) -> dict[str, Any]:
    return {
        "claim": claim,
        "form": form,
        "version": version,
        "back_url": reverse("claims_files:incapacity", args=[claim.pk]),
    }
