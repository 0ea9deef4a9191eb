"""Pages of the insurer's worklist: one act on many claim files, handing one over, own views, the portfolio."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import listing, portfolio, reading, services
from claims_files.filters import ClaimFilter
from claims_files.forms import HandOverForm, ViewForm
from claims_files.services.together import MOST
from claims_files.views.asking import done, now_known, overtaken, posted, question
from claims_files.views.pages import asked_about
from companies.chosen import within_chosen
from core.errors import NotNow
from permissions.newest import newest
from permissions.policy import require_somewhere, visible_to

ACTION = "claim.take_over"


@login_required
@require_http_methods(["GET", "POST"])
def together(request: HttpRequest) -> HttpResponse:
    """One act on all claim files that the worklist shows: looked at first, then done, each with what became of it."""
    require_somewhere(request.user, ACTION)
    act = request.GET.get("act") or services.Act.REMIND.value
    if act not in services.Act.values:
        raise Http404
    form = HandOverForm(*posted(request)) if act == services.Act.ASSIGN else None
    if request.method == "POST":
        return _together(request, act, form)
    return _looked_at(request, act, form)


def _looked_at(request: HttpRequest, act: str, form: Any, problem: str = "") -> HttpResponse:
    rows = within_chosen(request, reading.everything())
    filterset = ClaimFilter(request.GET, queryset=rows, request=request)
    if filterset.form.errors:
        return redirect(f"{reverse('claims_files:list')}?{request.GET.urlencode()}")
    claims = newest(filterset.qs, request.user, ACTION, limit=MOST + 1)
    more, claims = len(claims) > MOST, claims[:MOST]
    against = services.foreseen(act, claims, by=request.user)
    chosen = request.POST.getlist("claim") if request.method == "POST" else None
    context = {
        "act": services.Act(act),
        # Those with which something is done come first: the others may be many.
        "rows": [
            {
                "claim": claim,
                "against": against[claim.pk],
                "checked": str(claim.pk) in chosen if chosen is not None else not against[claim.pk],
            }
            for claim in sorted(claims, key=lambda each: bool(against[each.pk]))
        ],
        "more": more,
        "most": MOST,
        "form": form,
        "has_errors": bool(problem or (form and form.errors)),
        "problem": problem,
        "back_url": _back(request),
    }
    return render(
        request, "claims_files/together.html", context, status=422 if context["has_errors"] else 200
    )


def _together(request: HttpRequest, act: str, form: Any) -> HttpResponse:
    if form is not None and not form.is_valid():
        return _looked_at(request, act, form)
    to = form.cleaned_data["manager"].pk if form else None
    try:
        keys = [UUID(text) for text in request.POST.getlist("claim")]
    except ValueError as error:
        raise Http404 from error
    try:
        results = services.act_on_each(act, keys, by=request.user, to=to)
    except ValidationError as error:
        return _looked_at(request, act, form, problem=" ".join(error.messages))
    seen = visible_to(request.user, "claim.view", reading.everything().filter(pk__in=keys))
    claims = {claim.pk: claim for claim in seen}
    context = {
        "act": services.Act(act),
        "rows": [{"claim": claims.get(each.claim_id), "result": each} for each in results],
        "done": sum(each.done for each in results),
        "left": sum(not each.done for each in results),
        "back_url": _back(request),
    }
    return render(request, "claims_files/together_done.html", context)


def _back(request: HttpRequest) -> str:
    query = listing.kept_query(request.GET)
    return reverse("claims_files:list") + (f"?{query}" if query else "")


@login_required
@require_http_methods(["GET", "POST"])
def reassign(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Hand one claim file over to another health manager."""
    claim = reading.find_for(request.user, claim_id, ACTION)
    form = HandOverForm(*posted(request), initial={"known": claim.health_manager_id or ""})
    holds = ""
    if request.method == "POST" and form.is_valid():
        to, known = form.cleaned_data["manager"], form.cleaned_data["known"]
        try:
            made = done(form, services.reassign, claim.pk, to=to.pk, known=known, by=request.user)
        except NotNow as refusal:
            overtaken(form, refusal)
            made, claim = None, reading.find(request.user, claim_id)
            # Beside what was chosen stands what holds now: the next click is an answer to that.
            now_known(form, claim.health_manager_id or "")
            holds = f"{_('Health manager')}: {claim.health_manager.name if claim.health_manager else '–'}"
        if made:
            said = _("Claim file %(number)s is handed over to %(name)s.")
            messages.success(request, said % {"number": claim.number, "name": to.name})
            return redirect("claims_files:list")
    text = _("The new health manager is told. Both sides see who looks after the case.")
    heading, button = _("Hand the claim file over"), _("Hand over")
    return question(request, form, heading, button, text=text, holds=holds, **asked_about(claim))


@login_required
@require_http_methods(["GET", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """One's own views of the worklist; `?view=…&q=…` are the filters to save."""
    require_somewhere(request.user, ACTION)
    filters = listing.kept_filters(request.GET)
    form = ViewForm(*posted(request)) if filters else None
    if form and request.method == "POST" and form.is_valid():
        view = done(form, services.save_view, request.user, filters=filters, **form.cleaned_data)
        if view:
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return redirect(_back(request))
    context = {
        "form": form,
        "has_errors": bool(form and form.errors),
        "rows": listing.own_views(request),
        "back_url": _back(request),
    }
    return render(request, "claims_files/views.html", context, status=422 if context["has_errors"] else 200)


@login_required
@require_POST
def remove_view(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Remove one of one's own views."""
    services.remove_view(view_id, by=request.user)
    messages.success(request, _("The view is removed."))
    return redirect("claims_files:views")


@login_required
@require_GET
def companies(request: HttpRequest) -> HttpResponse:
    """The portfolio: which companies one looks after, with their open claim files, and the colleagues."""
    require_somewhere(request.user, ACTION)
    return render(request, "claims_files/portfolio.html", portfolio.context(request))
