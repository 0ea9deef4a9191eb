"""Pages of access reviews: all of them, and one with its rights to confirm or to remove."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from companies.chosen import within_chosen
from core.errors import NotNow
from core.paging import CappedPaginator
from permissions.policy import can, require, require_somewhere
from users import review_paper, services
from users import reviews as reading
from users.filters import AccessReviewFilter
from users.forms.reviews import DecisionForm, choices_in, role_in
from users.models import AccessReview, ReviewedRight

VIEW, MANAGE = "users.view", "users.manage"
PAGE, RIGHTS = 25, 50
Decision = ReviewedRight.Decision


@require_safe
@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, and every review he sees with its report."""
    require_somewhere(request.user, VIEW)
    rows = within_chosen(request, reading.reviews_for(request.user))
    found = AccessReviewFilter(request.GET or None, queryset=rows, request=request)
    readable = not found.form.errors
    page = CappedPaginator(found.qs if readable else rows.none(), PAGE).get_page(request.GET.get("page"))
    waiting = {review.pk for review in within_chosen(request, reading.waiting_reviews(request.user))[:1000]}
    context = {
        "page": page,
        "filter": found,
        "filtered": bool(found.is_bound and readable and any(found.form.cleaned_data.values())),
        "rows": [_listed(review, waiting) for review in page.object_list],
        "waiting": len(waiting),
        "rules": services.review_settings(),
    }
    return render(request, "users/reviews.html", context, status=200 if readable else 422)


def _listed(review: AccessReview, waiting: set[Any]) -> dict[str, Any]:
    return {
        "review": review,
        "period": reading.period_in_words(review),
        "tone": reading.tone_of(review),
        "done": review.total - review.left,
        "waits": review.pk in waiting,
    }


@login_required
@never_cache
def review(request: HttpRequest, pk: Any) -> HttpResponse:
    """One review: decide on the rights of a page at once; what is removed is asked once more."""
    found = get_object_or_404(reading.reviews_for(request.user), pk=pk)
    if request.method != "POST":
        return _draw(request, found, {})
    require(request.user, MANAGE, found)
    choices, role = choices_in(request.POST), role_in(request.POST)
    if "change" in request.POST:
        return _draw(request, found, choices)
    dropped = [key for key, choice in choices.items() if choice.decision == Decision.DROPPED]
    if dropped and "sure" not in request.POST:
        return _ask_once_more(request, found, dropped, choices)
    try:
        done = services.decide_rights(pk, choices, by=request.user, **role)
    except NotNow as refusal:
        if refusal.code == "ended":
            raise
        found = get_object_or_404(reading.reviews_for(request.user), pk=pk)
        return _draw(request, found, choices, str(refusal.sentence))
    if done:
        words = ngettext("%(n)d decision was saved.", "%(n)d decisions were saved.", done) % {"n": done}
        messages.success(request, words)
    else:
        messages.info(request, _("Nothing was chosen."))
    return redirect("users:review", pk)


def _draw(
    request: HttpRequest, found: AccessReview, choices: dict[Any, Any], problem: str = ""
) -> HttpResponse:
    user = request.user
    rights = reading.rights_in(user, found)
    left = rights.filter(decision=Decision.OPEN) if found.ended is None else rights.none()
    page = CappedPaginator(left, RIGHTS).get_page(request.GET.get("page"))
    entries = reading.shown(user, page.object_list)
    groups: dict[str, dict[str, Any]] = {}
    numbers = reading.roles_to_confirm(user, found)
    for entry in entries:
        heading = entry.right.heading
        group = groups.setdefault(
            heading,
            {"heading": heading, "role": entry.role, "number": numbers.get(heading, 0), "rows": []},
        )
        form = DecisionForm(request.POST if choices else None, entry=entry) if entry.decidable else None
        group["rows"].append({"entry": entry, "form": form})
    settled = CappedPaginator(rights.exclude(decision=Decision.OPEN), RIGHTS).get_page(
        request.GET.get("settled")
    )
    context = {
        "review": found,
        "period": reading.period_in_words(found),
        "tone": reading.tone_of(found),
        "done": found.total - found.left,
        "page": page,
        "groups": list(groups.values()),
        "decidable": any(entry.decidable for entry in entries),
        "settled": settled,
        "decided": reading.shown(user, settled.object_list),
        "may_manage": can(user, MANAGE, found),
        "contact": found.company.contract_manager,
        "problem": problem,
        "report": getattr(found, "report", None),
    }
    return render(request, "users/review.html", context, status=409 if problem else 200)


def _ask_once_more(
    request: HttpRequest, found: AccessReview, dropped: list[Any], choices: dict[Any, Any]
) -> HttpResponse:
    rights = reading.rights_in(request.user, found).filter(pk__in=dropped)
    context = {
        "review": found,
        "entries": reading.shown(request.user, rights),
        "choices": choices,
        "kept": len(choices) - len(dropped),
        "keep_role": request.POST.get("keep_role", ""),
    }
    return render(request, "users/review_sure.html", context)


@require_safe
@login_required
def report(request: HttpRequest, pk: Any) -> HttpResponse:
    """Save the signed report."""
    return report_response(get_object_or_404(reading.reviews_for(request.user), pk=pk))


def report_response(found: AccessReview) -> HttpResponse:
    """The report to save, byte by byte as it was signed; kept by nobody on the way. Raises OutOfReach."""
    kept = services.find_report(found)
    name = review_paper.file_name(found)
    return HttpResponse(
        kept.pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "Cache-Control": "no-store, private",
        },
    )
