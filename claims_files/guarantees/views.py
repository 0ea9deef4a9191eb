"""Pages of cost guarantees: asking for one, the list (the insurer's queue too), the request with its answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from claims_files import states
from claims_files.bills.forms import files_hint
from claims_files.guarantees import reading, services
from claims_files.guarantees.course import Move, after, possible, tone_of
from claims_files.guarantees.filters import GuaranteeFilter
from claims_files.guarantees.forms import AnswerForm, RequestForm
from claims_files.guarantees.letters import limits_of
from claims_files.guarantees.models import Guarantee, GuaranteeAnswer
from claims_files.letters import remedy_text
from claims_files.states import law_of_claims
from claims_files.views.asking import done, now_known, overtaken, posted, question, status_of
from claims_files.views.papers import ask_for_better, say_held, send_more
from companies.chosen import within_chosen
from core.dated import Values
from core.errors import NotNow
from core.text import chf, swiss_date
from permissions.newest import count_up_to
from permissions.paging import newest_page
from permissions.policy import can, can_somewhere, require_somewhere

VIEW, REQUEST, ANSWER = "guarantee.view", "guarantee.request", "guarantee.answer"


@login_required
@require_GET
def guarantees(request: HttpRequest) -> HttpResponse:
    """The requests one sees, the newest first: one's own, or those that come to the insurer."""
    require_somewhere(request.user, VIEW)
    rows = within_chosen(request, reading.everything())
    filterset = GuaranteeFilter(request.GET, queryset=rows, request=request)
    page = newest_page(filterset.qs, request, VIEW)
    context = {
        "form": filterset.form,
        "has_errors": bool(filterset.form.errors),
        "page": page,
        "rows": [{"guarantee": row, "tone": tone_of(row)} for row in page.rows],
        "queue": can_somewhere(request.user, ANSWER),
        "filtered": any(request.GET.get(name) for name in filterset.filters),
        "address": request.get_full_path(),
    }
    return render(request, "claims_files/guarantees/list.html", context)


def waiting_view(request: HttpRequest) -> dict[str, str]:
    """The way to those that wait for an answer, with their capped count: for the worklist on the home page."""
    rows = within_chosen(request, reading.everything().filter(state=Guarantee.State.WAITING))
    count = count_up_to(rows, request.user, ANSWER, 100)
    return {
        "label": _("Cost guarantees to answer"),
        "url": f"{reverse('claims_files:guarantees')}?state={Guarantee.State.WAITING}",
        "state": "99+" if count > 99 else str(count),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_guarantee(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Ask for a cost guarantee in a claim file; the health manager enters what a provider asked for."""
    claim = reading.place_of(request.user, claim_id)
    if request.method != "POST":
        # Before somebody fills it in; what was sent before the claim was closed is found again.
        states.after(claim.state, states.Move.CHANGE)
    form = RequestForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        made = done(form, services.request, claim.pk, by=request.user, **form.cleaned_data)
        if made:
            said = _("The request was received. Its number is %(number)s.")
            messages.success(request, said % {"number": made.number})
            say_held(request, reading.held_of(made))
            return redirect("claims_files:guarantee", made.pk)
    context = {
        "claim": claim,
        "form": form,
        "for_provider": can(request.user, ANSWER, claim),
        "files_hint": files_hint(),
        "has_errors": bool(form.errors),
    }
    return render(request, "claims_files/guarantees/new.html", context, status=status_of(form))


@login_required
@require_GET
def guarantee(request: HttpRequest, guarantee_id: UUID) -> HttpResponse:
    """One request: where it stands, what was answered and why, its papers."""
    found = reading.open_for(request.user, guarantee_id)
    may_answer, may_send = can(request.user, ANSWER, found), can(request.user, REQUEST, found)
    now, law = possible(found.state), law_of_claims()
    context = {
        "guarantee": found,
        "tone": tone_of(found),
        "facts": _facts(found),
        "answers": [_answer(each, law) for each in found.answers.all()],
        "papers": reading.papers_of(request.user, found),
        "held": reading.held_of(found),
        "may_answer": may_answer,
        "contact": found.claim_file.health_manager or found.company.health_manager,
        "acts": {
            "add": may_send and Move.COMPLETE in now,
            "withdraw": may_send and Move.WITHDRAW in now and (found.for_provider or not may_answer),
            "ask": may_answer and Move.ASK in now,
            "answer": may_answer and Move.ANSWER in now,
        },
    }
    return render(request, "claims_files/guarantees/guarantee.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_papers(request: HttpRequest, guarantee_id: UUID) -> HttpResponse:
    """Send further papers of a request, or the one that was asked for."""
    found = reading.find_for(request.user, guarantee_id, REQUEST)
    return send_more(
        request,
        found,
        services.add_papers,
        reading.held_of,
        "claims_files/guarantees/papers.html",
        reverse("claims_files:guarantee", args=[found.pk]),
        guarantee=found,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, guarantee_id: UUID) -> HttpResponse:
    """Take a request back, after a page that says what it means."""
    found = reading.find_for(request.user, guarantee_id, REQUEST)
    services.require_own(found, by=request.user)
    if request.method == "POST":
        services.withdraw(found.pk, by=request.user)
        messages.success(request, _("Request %(number)s is taken back.") % {"number": found.number})
        return redirect("claims_files:guarantee", found.pk)
    text = _("It is not answered then. Its documents stay in the claim file.")
    heading, button = _("Take back this request?"), _("Take the request back")
    return question(request, None, heading, button, text=text, **_asked_about(found))


# --- Acts of the health manager -----------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, guarantee_id: UUID) -> HttpResponse:
    """Ask the insured person for a paper: what is the matter, until when."""
    found = reading.find_for(request.user, guarantee_id, ANSWER)
    return ask_for_better(request, found, services.ask, _asked_about(found))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, guarantee_id: UUID) -> HttpResponse:
    """Answer a request, or replace the answer that stands; the insured person is told, with a letter."""
    found = reading.find_for(request.user, guarantee_id, ANSWER)
    after(found.state, Move.ANSWER)
    standing = found.answers.first()
    form, holds = AnswerForm(*posted(request), standing=standing), ""
    if request.method == "POST" and form.is_valid():
        try:
            made = done(form, services.answer, found.pk, by=request.user, **form.cleaned_data)
        except NotNow as refusal:
            overtaken(form, refusal)
            made, standing = None, reading.find(request.user, guarantee_id).answers.first()
            assert standing is not None
            # Beside what was typed stands what holds now: the next click is an answer to that.
            now_known(form, standing.number)
            holds = _in_words(standing)
        if made:
            said = _("Request %(number)s is answered: %(outcome)s. The insured person is told.")
            messages.success(request, said % {"number": made.number, "outcome": made.get_outcome_display()})
            return redirect("claims_files:guarantee", found.pk)
    heading = _("Replace the answer") if standing else _("Answer the request")
    return question(request, form, heading, heading, holds=holds, **_asked_about(found))


def _in_words(answer: GuaranteeAnswer) -> str:
    limits = [f"{label}: {value}" for label, value in limits_of(answer)]
    return "; ".join(
        [answer.get_outcome_display(), *limits, *filter(None, [answer.conditions, answer.reason])]
    )


def _answer(row: GuaranteeAnswer, law: Values) -> dict[str, Any]:
    return {"row": row, "limits": limits_of(row), "remedy": remedy_text(row, law) if row.legal_remedy else ""}


def _facts(found: Guarantee) -> list[tuple[str, str]]:
    facts = [
        (_("Insured person"), found.person.name),
        (_("Kind of treatment"), found.get_kind_display()),
        (_("Who treats"), found.provider),
        (_("From"), swiss_date(found.begin)),
    ]
    if found.end:
        facts.append((_("To"), swiss_date(found.end)))
    if found.estimate is not None:
        facts.append((_("Estimated amount"), chf(found.estimate)))
    return facts


def _asked_about(found: Guarantee) -> dict[str, Any]:
    """Of which request the question is asked."""
    return {
        "number": found.number,
        "back_url": reverse("claims_files:guarantee", args=[found.pk]),
        "facts": [(_("Number"), found.number), *_facts(found)],
    }
