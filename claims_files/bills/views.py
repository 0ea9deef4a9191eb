"""Pages of bills: sending one, the list (which is the insurer's queue too), the bill with its result."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import plain
from claims_files.bills import reading, services
from claims_files.bills.filters import VIEWS, BillFilter
from claims_files.bills.forms import BillForm, CorrectForm, ProcessForm, files_hint
from claims_files.bills.models import Bill
from claims_files.views.asking import done, posted, question, status_of
from claims_files.views.papers import ask_for_better, say_held, send_more
from companies.chosen import within_chosen
from core.text import money
from permissions.newest import count_up_to
from permissions.paging import newest_page
from permissions.policy import can, can_somewhere, require_somewhere
from users import bank

ACTION = "bill.view"
State = Bill.State


@login_required
@require_GET
def bills(request: HttpRequest) -> HttpResponse:
    """The bills one sees, the newest first: one's own, or those that come to the insurer."""
    require_somewhere(request.user, ACTION)
    queue = can_somewhere(request.user, "bill.process")
    rows = within_chosen(request, reading.everything())
    filterset = BillFilter(request.GET, queryset=rows, request=request)
    page = newest_page(filterset.qs, request, ACTION)
    context = {
        "form": filterset.form,
        "has_errors": bool(filterset.form.errors),
        "page": page,
        "rows": [_row(bill) for bill in page.rows],
        "queue": queue,
        "views": saved_views(request) if queue else [],
        "filtered": any(request.GET.get(name) for name in filterset.filters),
        "may_send": can_somewhere(request.user, "bill.submit"),
        "address": request.get_full_path(),
    }
    return render(request, "claims_files/bills/list.html", context)


def saved_views(request: HttpRequest) -> list[dict[str, Any]]:
    """The views of the insurer's queue with their capped counts."""
    current, address = request.GET.get("view", ""), reverse("claims_files:bills")
    every = {"label": _("All"), "url": address, "current": not current, "state": ""}
    return [every, *(saved_view(request, key) | {"current": current == key} for key, _label in VIEWS)]


def saved_view(request: HttpRequest, key: str) -> dict[str, Any]:
    """One of these views with its capped count."""
    rows = within_chosen(request, reading.everything())
    narrowed = BillFilter({"view": key}, queryset=rows, request=request).qs
    count = count_up_to(narrowed, request.user, ACTION, 100)
    return {
        "label": dict(VIEWS)[key],
        "url": f"{reverse('claims_files:bills')}?view={key}",
        "state": "99+" if count > 99 else str(count),
    }


def _row(bill: Bill) -> dict[str, Any]:
    return {"bill": bill, "label": label_of(bill), "tone": tone_of(bill), "amount": amount_of(bill)}


def label_of(bill: Bill) -> str:
    """The state of a bill in a word: of a processed one its result."""
    return bill.get_result_display() if bill.result else bill.get_state_display()


def tone_of(bill: Bill) -> str:
    """The tone of that word."""
    return "err" if bill.result == Bill.Result.DECLINED else reading.TONES[State(bill.state)]


def amount_of(bill: Bill) -> str:
    """The amount with its currency, never broken after it."""
    return f"{bill.currency}\u00a0{money(bill.amount)}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_bill(request: HttpRequest) -> HttpResponse:
    """Send a bill or receipt. `?claim=` chooses the claim file from which one comes."""
    require_somewhere(request.user, "bill.submit")
    places = reading.places(request.user)
    initial = {"about": f"claim:{request.GET.get('claim', '')}"}
    form = BillForm(*posted(request), places=places, initial=initial)
    if request.method == "POST" and form.is_valid():
        bill = done(form, services.submit, by=request.user, **form.values())
        if bill:
            messages.success(
                request, _("Your bill was received. Its number is %(number)s.") % {"number": bill.number}
            )
            say_held(request, reading.held_of(bill))
            return redirect("claims_files:bill", bill.pk)
    context = {
        "form": form,
        "places": places,
        "accounts": _accounts(request.user, places),
        "files_hint": files_hint(),
        "has_errors": bool(form.errors),
    }
    return render(request, "claims_files/bills/new.html", context, status=status_of(form))


def _accounts(user: Any, places: list[reading.Place]) -> list[Any]:
    """The bank details of the insured persons that one is, the same account once."""
    persons = {place.person.pk: place.person for place in places}
    rows = [row for person in persons.values() for row in bank.details_of(user, person)]
    return list({(row.state, row.last_four): row for row in rows}.values())


@login_required
@require_GET
def bill(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """One bill: where it stands, what was paid and why, its papers."""
    found = reading.open_for(request.user, bill_id)
    may_process = can(request.user, "bill.process", found)
    may_send = not may_process and can(request.user, "bill.submit", found)
    still = found.state in {State.SENT, State.IN_WORK, State.ASKED}
    context = {
        "bill": found,
        "label": label_of(found),
        "tone": tone_of(found),
        "amount": amount_of(found),
        "papers": reading.papers_of(request.user, found),
        "held": reading.held_of(found),
        "statement": reading.statement_of(request.user, found),
        "earlier": reading.earlier_results(request.user, found),
        "explained": plain.explain(found.codes, found.date),
        "similar": reading.similar(found),
        "accounts": bank.details_of(request.user, found.person),
        "contact": found.health_manager or found.company.health_manager,
        "may_process": may_process,
        "may_add": may_send and still,
        "may_withdraw": may_send and found.state == State.SENT,
        "acts": {
            "take": may_process and found.state == State.SENT,
            "ask": may_process and found.state == State.IN_WORK,
            "process": may_process and found.state in {State.IN_WORK, State.ASKED},
            "correct": may_process and found.state == State.PROCESSED,
        },
    }
    return render(request, "claims_files/bills/bill.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_papers(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Send further papers of a bill, or the one that was asked for."""
    found = reading.find_for(request.user, bill_id, "bill.submit")
    return send_more(
        request,
        found,
        services.add_papers,
        reading.held_of,
        "claims_files/bills/papers.html",
        reverse("claims_files:bill", args=[found.pk]),
        bill=found,
        amount=amount_of(found),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Take a bill back, after a page that says what it means."""
    found = reading.find_for(request.user, bill_id, "bill.submit")
    if request.method == "POST":
        services.withdraw(found.pk, by=request.user)
        messages.success(request, _("You have taken back bill %(number)s.") % {"number": found.number})
        return redirect("claims_files:bill", found.pk)
    text = _("Nothing is paid on it. Its documents stay with the insurer and in your archive.")
    heading, button = _("Take back this bill?"), _("Take the bill back")
    return question(request, None, heading, button, text=text, **_asked_about(found))


# --- Acts of the health manager -----------------------------------------------------------------


@login_required
@require_POST
def take(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """One click, from the queue or from the bill."""
    found = services.take(bill_id, by=request.user)
    messages.success(request, _("You have taken bill %(number)s into work.") % {"number": found.number})
    return redirect("claims_files:bill", found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Ask the sender for a better paper: what is the matter, until when."""
    found = reading.find_for(request.user, bill_id, "bill.process")
    return ask_for_better(request, found, services.ask, _asked_about(found))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def process(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Say what of the bill is paid, and tell it to the insured person."""
    said = _("Bill %(number)s is processed: %(result)s. The insured person is told.")
    return _result(request, bill_id, ProcessForm, services.process, said)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Replace the result of a processed bill, and tell it to the insured person."""
    said = _("The result of bill %(number)s is corrected: %(result)s. The insured person is told.")
    return _result(request, bill_id, CorrectForm, services.correct, said)


def _result(request: HttpRequest, bill_id: UUID, form_class: Any, act: Any, said: str) -> HttpResponse:
    found = reading.find_for(request.user, bill_id, "bill.process")
    form = form_class(*posted(request), bill=found)
    if request.method == "POST" and form.is_valid():
        made = done(form, act, found.pk, by=request.user, **form.cleaned_data)
        if made:
            messages.success(request, said % {"number": made.number, "result": made.get_result_display()})
            return redirect("claims_files:bill", found.pk)
    context = {
        "bill": found,
        "correcting": form_class is CorrectForm,
        "label": label_of(found),
        "tone": tone_of(found),
        "held": reading.held_of(found),
        "amount": amount_of(found),
        "papers": reading.papers_of(request.user, found),
        "similar": reading.similar(found),
        "accounts": bank.details_of(request.user, found.person),
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "claims_files/bills/process.html", context, status=status_of(form))


def _asked_about(found: Bill) -> dict[str, Any]:
    """Of which bill the question is asked."""
    return {
        "number": found.number,
        "back_url": reverse("claims_files:bill", args=[found.pk]),
        "facts": [
            (_("Number"), found.number),
            (_("Insured person"), found.person.name),
            (_("Issued by"), found.provider),
            (_("Amount"), amount_of(found)),
        ],
    }
