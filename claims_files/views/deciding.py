"""Pages of what the insurer decides: on each contract of a case, and the other ways that a case can go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import reading, services, states
from claims_files.decided import title_of
from claims_files.deciding_forms import (
    DecidingForm,
    DeclineForm,
    DuplicateForm,
    HandOverForm,
    RelapseForm,
    ReviseForm,
    UnclearForm,
)
from claims_files.models import ClaimFile, Decision
from claims_files.views.asking import asked_about, done, posted, question
from claims_files.views.pages import frame
from core.errors import NotNow
from core.text import swiss_date


@login_required
@require_GET
def decisions(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """What was decided on each contract, the replaced decisions too; the employer reads no reason."""
    claim = reading.find(request.user, claim_id)
    context = frame(request, claim, "decisions")
    context["further"] = reading.further_contracts(claim) if _may_add(context) else []
    return render(request, "claims_files/decisions.html", context)


def _may_add(context: dict[str, Any]) -> bool:
    acts = context["acts"]
    return bool(acts) and context["claim"].state not in {ClaimFile.State.RECEIVED, ClaimFile.State.CLOSED}


@login_required
@require_POST
def accept(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Accept the claim, or of it the costs of treatment only: one click."""
    try:
        claim = services.accept(
            claim_id,
            medical_only=request.POST.get("medical_only") == "yes",
            cover=_key(request.POST.get("cover")),
            known=_number(request.POST.get("known")),
            by=request.user,
        )
    except ValidationError as error:
        # There is no form: the contracts are others than on the page where the button stood.
        raise NotNow(" ".join(error.messages), code="other_contracts") from error
    messages.success(request, _("Claim %(number)s is accepted.") % {"number": claim.number})
    return redirect("claims_files:detail", claim.pk)


def _key(typed: str | None) -> UUID | None:
    """A key as a button sends it. Raises Http404 for what is none."""
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise Http404 from None


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 6 else None


@login_required
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Decline the claim, after a page that says what it means."""
    claim = reading.find_for(request.user, claim_id, "claim.decide")
    form = DeclineForm(*posted(request), **_of(claim))
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.decline, claim.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("Claim %(number)s is declined.") % {"number": claim.number})
        return redirect("claims_files:detail", claim.pk)
    text = _(
        "The insured person gets a letter with the reason and the legal remedy. A later decision can replace this "
        "one; requests for documents that are still open fall away."
    )
    heading, button = _("Decline the claim?"), _("Decline the claim")
    return question(request, form, heading, button, text=text, danger=True, **_asked_about(form, claim))


@login_required
@require_http_methods(["GET", "POST"])
def leave_unclear(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Say that the decision is still open: both sides learn it, and whether benefits are advanced."""
    claim = reading.find_for(request.user, claim_id, "claim.decide")
    form = UnclearForm(*posted(request), **_of(claim))
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.leave_unclear, claim.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("The decision is marked as still open."))
        return redirect("claims_files:detail", claim.pk)
    text = _(
        "Insured person and employer learn that the decision is still open, until when, and whether benefits are "
        "advanced. The insured person gets a letter with what has to be clarified."
    )
    heading, button = _("Leave the decision open?"), _("Leave the decision open")
    return question(request, form, heading, button, text=text, **_asked_about(form, claim))


def _asked_about(form: DecidingForm, claim: ClaimFile) -> dict[str, Any]:
    """Of which claim file is asked, and of which contract where there is no choice."""
    asked = asked_about(claim)
    if len(form.open_ones) == 1:
        asked["facts"].append((_("Insurance"), title_of(form.open_ones[0])))
    return asked


def _of(claim: ClaimFile) -> dict[str, Any]:
    return {"insurances": reading.insurances_of([claim])[claim.pk], "known": services.last_number(claim)}


@login_required
@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Replace a decision by another one. `?number=` is the decision to replace."""
    claim = reading.find_for(request.user, claim_id, "claim.decide")
    number = _number(request.POST.get("number") or request.GET.get("number"))
    before = _that_holds(claim, number)
    if before is None and request.method == "GET":
        # Which one is meant is chosen there.
        return redirect("claims_files:decisions", claim.pk)
    form = ReviseForm(*posted(request), initial=_initial(before.decisions[0]) if before else {})
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.revise, claim.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("The decision is replaced."))
        return redirect("claims_files:decisions", claim.pk)
    text = _(
        "The decision that stands stays readable, and the insured person gets a letter with the new one."
    )
    heading, button = _("Replace the decision?"), _("Replace the decision")
    asked = asked_about(claim)
    if before:
        holds = before.decisions[0]
        stands = f"{holds.get_outcome_display()}, {swiss_date(holds.at)}"
        asked["facts"] += [(_("Insurance"), title_of(before.cover)), (_("Decision"), stands)]
    return question(request, form, heading, button, text=text, danger=True, **asked)


def _that_holds(claim: ClaimFile, number: int | None) -> reading.Insurance | None:
    """The insurance of which the decision is to be replaced: the one of that number, or the only one that holds."""
    found = [each for each in reading.insurances_of([claim])[claim.pk] if each.decisions]
    named = (each for each in found if each.decisions[0].number == number)
    return next(named, found[0] if number is None and len(found) == 1 else None)


def _initial(before: Decision) -> dict[str, Any]:
    # Neither outcome nor reason: what goes with the new decision is chosen, not taken along from the old one.
    return {"number": before.number, "expected": states.decision_due()}


@login_required
@require_POST
def covers(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Add a contract that the case touches (`add`), or take one away again (`remove`)."""
    if contract := _key(request.POST.get("add")):
        services.add_cover(claim_id, contract=contract, by=request.user)
        messages.success(request, _("The insurance is added: decide on it, too."))
    else:
        services.remove_cover(claim_id, cover=_key(request.POST.get("remove")), by=request.user)
        messages.success(request, _("The insurance is taken away."))
    return redirect("claims_files:decisions", claim_id)


@login_required
@require_http_methods(["GET", "POST"])
def duplicate(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Close a claim file because the case was reported twice."""
    claim = reading.find_for(request.user, claim_id, "claim.decide")
    form = DuplicateForm(*posted(request))
    text = _("This claim file is closed; the case goes on in the other one. Both show the link.")
    return _ended(
        request, claim, form, services.close_as_duplicate, _("Close as reported twice?"), _("Close it"), text
    )


@login_required
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Close a claim file because another insurer is responsible."""
    claim = reading.find_for(request.user, claim_id, "claim.decide")
    form = HandOverForm(*posted(request))
    text = _("This claim file is closed. Insured person and employer read which insurer is responsible.")
    heading, button = _("Hand the case over to another insurer?"), _("Hand it over")
    return _ended(request, claim, form, services.hand_over, heading, button, text)


def _ended(
    request: HttpRequest, claim: ClaimFile, form: forms.Form, act: Any, heading: str, button: str, text: str
) -> HttpResponse:
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, act, claim.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("Claim file %(number)s is closed.") % {"number": claim.number})
        return redirect("claims_files:detail", claim.pk)
    return question(request, form, heading, button, text=text, **asked_about(claim))


@login_required
@require_http_methods(["GET", "POST"])
def relapse(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Open a new claim file for a closed case that has come back."""
    claim = reading.find_for(request.user, claim_id, "claim.take_over")
    form = RelapseForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        new = done(form, services.reopen_as_relapse, claim.pk, by=request.user, **form.cleaned_data)
        if new:
            messages.success(request, _("Claim file %(number)s is open.") % {"number": new.number})
            return redirect("claims_files:detail", new.pk)
    text = _(
        "A new claim file is opened and you take it over. The closed one stays as it is; both show the link."
    )
    heading, button = _("Reopen as a relapse?"), _("Open a new claim file")
    return question(request, form, heading, button, text=text, **asked_about(claim))
