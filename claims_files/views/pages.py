"""Pages of claim files: the list, which is the insurer's worklist too, and the claim file with its tabs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import (
    certificates,
    chain,
    course,
    decided,
    due_list,
    listing,
    openings,
    reading,
    services,
    states,
)
from claims_files.bills import reading as bills
from claims_files.export import export_claims
from claims_files.filters import ClaimFilter
from claims_files.forms import CloseForm, PaperForm
from claims_files.guarantees import reading as guarantees
from claims_files.models import ClaimFile
from claims_files.plans import views as plans
from claims_files.statements import reading as statements
from claims_files.views.asking import asked_about, done, posted, question, status_of
from companies.chosen import within_chosen
from companies.models import Contract
from core.parameters import value_on
from core.strip import sentence, strip, strip_beside
from core.tables import CONTENT_TYPES, table_answer
from documents import services as papers
from documents.forms import UploadForm
from documents.models import Kind
from permissions.paging import line_page
from permissions.policy import can, require_somewhere
from users import single_files


@login_required
@require_GET
def claims(request: HttpRequest) -> HttpResponse:
    """The claim files one sees, the newest first; only the table for htmx."""
    require_somewhere(request.user, "claim.view")
    context = listing.context(request)
    htmx = getattr(request, "htmx", None)
    template = "claims_files/rows.html" if htmx and not htmx.boosted else "claims_files/list.html"
    return render(request, template, context)


@login_required
@require_GET
def export(request: HttpRequest, table: str) -> HttpResponse:
    """The list with its filters, as a file."""
    require_somewhere(request.user, "claim.view")
    if table not in CONTENT_TYPES:
        raise Http404
    rows = within_chosen(request, reading.everything())
    filterset = ClaimFilter(request.GET, queryset=rows, request=request)
    if filterset.form.errors:
        # The page says what is wrong with the filter: a file would hold more than was asked for.
        return redirect(f"{reverse('claims_files:list')}?{request.GET.urlencode()}")
    return table_answer(export_claims(filterset.qs, table, by=request.user), table, _("claims"))


# --- One claim file -----------------------------------------------------------------------------


@login_required
@require_GET
def detail(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Overview: who has the ball, what is missing, who to ask, what was declared."""
    claim = reading.find(request.user, claim_id)
    context = frame(request, claim, "overview")
    report, parts = reading.report_of(claim, context["side"], request.user)
    versions = reading.versions_of(claim, context["side"], request.user)
    private, releases = reading.private_of(claim, context["side"])
    context |= {
        "settled": _settled(request.user, context["requests"]),
        "private": private,
        "releases": releases,
        "versions": [each for each in versions if each.changes],
        "report": report,
        "parts": parts,
        # The hash would let the employer try guesses at what is sealed.
        "shows_hash": report is not None and len(parts) == len(report.content["parts"]),
        "recent": _entries(claim, context["side"])[:4],
        **_chain(request.user, claim, context),
        **plans.of_claim(request.user, context),
    }
    return render(request, "claims_files/overview.html", context)


@login_required
@require_GET
def incapacity(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """The course of the incapacity for work: strip and table, and every version of it."""
    claim = reading.find(request.user, claim_id)
    context = frame(request, claim, "incapacity")
    courses = reading.courses_of(claim)
    today = context["today"]
    context |= {
        "course": course.gapless(context["periods"]),
        "versions": [{"row": row, "words": sentence(periods, today)} for row, periods in courses],
        "may_change": states.Move.CHANGE in states.possible(claim.state)
        and can(request.user, "claim.edit_incapacity", claim),
        **_chain(request.user, claim, context),
        **plans.of_claim(request.user, context),
    }
    return render(request, "claims_files/incapacity.html", context)


def _chain(user: Any, claim: ClaimFile, context: dict[str, Any]) -> dict[str, Any]:
    """The chain of certificates, drawn in the window of the incapacity strip."""
    today, periods = context["today"], context["periods"]
    found = certificates.shown(user, claim, context["side"], periods)
    covered = found["chain"].covered
    drawing = strip_beside(covered, strip(periods, today, None), today, chain.words_of(covered))
    return {**found, "strip": drawing if drawing.begin else None}


@login_required
@require_GET
def documents(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Document transfer: the folder of the case. `?kind=` chooses the type a request asked for."""
    claim = reading.find(request.user, claim_id)
    context = frame(request, claim, "documents")
    folder = papers.folders(request.user).filter(claim_file_id=claim.pk).first()
    kind = request.GET.get("kind", "")
    if folder is not None and kind in Kind.values:
        asked = any(row["mine"] and row["paper"].kind == kind for row in context["asked"])
        side = papers.side_of(request.user, folder)
        context["upload_form"] = UploadForm.for_paper(kind, side=side, asked_for=asked)
    context |= {"folder": folder, "next": reverse("claims_files:documents", args=[claim.pk])}
    context |= certificates.shown(request.user, claim, context["side"], context["periods"])
    return render(request, "claims_files/documents.html", context)


@login_required
@require_GET
def timeline(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """What happened, as far as one may know."""
    claim = reading.find(request.user, claim_id)
    context = frame(request, claim, "timeline")
    context["entries"] = _entries(claim, context["side"])
    return render(request, "claims_files/timeline.html", context)


@login_required
@require_GET
def readers(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """For the insured person: who opened the claim file and the documents in it, when, and by which right."""
    claim = reading.find_for(request.user, claim_id, "claim.view_readers")
    page = line_page(openings.openings_of(request.user, claim), request)
    context = frame(request, claim, "readers")
    context |= {"page": page, "openings": openings.told(request.user, page.rows)}
    return render(request, "claims_files/readers.html", context)


@login_required
@require_GET
def own_readers(request: HttpRequest) -> HttpResponse:
    """The same of all claim files that are one's own."""
    require_somewhere(request.user, "claim.view_readers")
    page = line_page(openings.own_openings(request.user), request)
    context = {"page": page, "openings": openings.told(request.user, page.rows), "whole": True}
    return render(request, "claims_files/own_readers.html", context)


def frame(request: HttpRequest, claim: ClaimFile, current: str) -> dict[str, Any]:
    """What every tab of a claim file shows: identity, standing, contacts, what is missing, possible acts."""
    openings.note_opening(claim, by=request.user)
    today = timezone.localdate()
    side = reading.side_of(request.user, claim)
    requests = reading.papers_of(request.user, [claim])[claim.pk]
    asked = [paper for paper in requests if paper.state == "open"]
    answers = reading.answers_of(request.user, [claim])[claim.pk]
    standing = reading.standing_of(request.user, [claim])[claim.pk]
    periods = reading.periods_of([claim])[claim.pk]
    insurances = decided.shown(claim, side)
    tabs = [
        ("overview", _("Overview"), "claims_files:detail"),
        ("incapacity", _("Incapacity"), "claims_files:incapacity"),
        ("decisions", _("Decisions"), "claims_files:decisions"),
        ("documents", _("Document transfer"), "claims_files:documents"),
        ("timeline", _("Timeline"), "claims_files:timeline"),
    ]
    if can(request.user, "statement.read", claim):
        tabs.insert(3, ("statements", _("Statements"), "claims_files:case_statements"))
    if side == reading.PERSON and can(request.user, "claim.view_readers", claim):
        tabs.append(("readers", _("Who opened it"), "claims_files:readers"))
    return {
        "claim": claim,
        "side": side,
        "standing": standing,
        "insurances": insurances,
        "waiting": [each.cover for each in insurances if each.cover.state in states.UNDECIDED],
        "known": services.last_number(claim),
        "minor": claim.kind == ClaimFile.Kind.MINOR_ACCIDENT,
        "links": reading.linked(request.user, claim),
        "requests": requests,
        "asked": [_asked(paper, claim, side) for paper in asked],
        "left_open": reading.left_open(claim, answers),
        "periods": periods,
        "outgrown": _outgrown(request.user, claim, periods, side),
        "contacts": _contacts(claim),
        "may_open": single_files.may_open(request.user, claim),
        "deadlines": due_list.rows_of(reading.deadlines_of(request.user, claim, today), today),
        "bills": bills.of_claim(request.user, claim),
        "bill_url": _bill_url(request.user, claim),
        "guarantees": guarantees.of_claim(request.user, claim),
        "guarantee_url": reverse("claims_files:new_guarantee", args=[claim.pk])
        if guarantees.askable(request.user, claim)
        else "",
        "statement_url": _statement_url(request.user, claim),
        "acts": _acts(request.user, claim) if side == reading.INSURER else {},
        "tabs": [
            {"label": label, "url": reverse(name, args=[claim.pk]), "current": key == current}
            for key, label, name in tabs
        ],
        "facts": [
            (_("Event"), claim.event_date),
            (_("Policy"), f"{claim.contract.policy_number} ({claim.contract.get_branch_display()})"),
            (_("Site"), claim.site.name),
        ],
        "today": today,
    }


def _bill_url(user: Any, claim: ClaimFile) -> str:
    """Where the insured person sends a bill of this case."""
    if not can(user, "bill.submit", claim.person):
        return ""
    return f"{reverse('claims_files:new_bill')}?{urlencode({'claim': claim.pk})}"


def _statement_url(user: Any, claim: ClaimFile) -> str:
    """Where the health manager draws up a statement of an accepted claim."""
    if claim.state == ClaimFile.State.CLOSED or not can(user, "statement.issue", claim):
        return ""
    if not statements.payable(claim):
        return ""
    return reverse("claims_files:new_statement", args=[claim.pk])


def _outgrown(user: Any, claim: ClaimFile, periods: Any, side: str) -> dict[str, Any]:
    """What to say where the incapacity after a minor accident has come to last longer; empty where it has not."""
    if claim.kind != ClaimFile.Kind.MINOR_ACCIDENT or states.Move.CHANGE not in states.possible(claim.state):
        return {}
    days = int(value_on("uvg.minor_accident_days", claim.event_date))
    if not course.outlasts(periods, claim.event_date, days, today=timezone.localdate()):
        return {}
    found: dict[str, Any] = {"days": days, "wages_url": ""}
    wages = papers.readable(user).filter(claim_file=claim, kind=Kind.WAGE_STATEMENT)
    if side == reading.EMPLOYER and not wages.exists():
        address = reverse("claims_files:documents", args=[claim.pk])
        found["wages_url"] = f"{address}?{urlencode({'kind': Kind.WAGE_STATEMENT})}#send-documents"
    return found


def _asked(paper: Any, claim: ClaimFile, side: str) -> dict[str, Any]:
    mine = paper.addressee == side
    address = reverse("claims_files:documents", args=[claim.pk])
    return {
        "paper": paper,
        "mine": mine,
        "upload_url": f"{address}?{urlencode({'kind': paper.kind})}#send-documents" if mine else "",
    }


def _settled(user: Any, requests: list[Any]) -> list[dict[str, Any]]:
    """Those that are settled, the last one first, each with its answer where one may open that."""
    rows = [paper for paper in requests if paper.settled_at]
    answers = reading.answering_documents(user, rows)
    rows.sort(key=lambda paper: paper.settled_at, reverse=True)
    return [{"paper": paper, "answer": answers.get(paper.pk)} for paper in rows]


def _contacts(claim: ClaimFile) -> list[dict[str, Any]]:
    company = claim.company
    people = [
        (claim.health_manager or company.health_manager, _("Health manager"), ""),
        (company.contract_manager, _("Contract manager"), "alt"),
    ]
    return [{"person": person, "role": role, "tone": tone} for person, role, tone in people if person]


def _acts(user: Any, claim: ClaimFile) -> dict[str, bool]:
    """Which buttons the health manager finds: what he may do and what is possible now."""
    now = states.possible(claim.state)
    rights = {
        states.Move.TAKE_OVER: "claim.take_over",
        states.Move.REQUEST_PAPER: "claim.request_paper",
        states.Move.DUPLICATE: "claim.decide",
        states.Move.TRANSFER: "claim.decide",
        states.Move.CLOSE: "claim.close",
    }
    found = {move.value: move in now and can(user, action, claim) for move, action in rights.items()}
    found |= decided.acts(user, claim)
    found["reassign"] = claim.state != ClaimFile.State.CLOSED and can(user, "claim.take_over", claim)
    return {**found, "seen": claim.arrived_at is not None, "settle": can(user, "claim.request_paper", claim)}


def _entries(claim: ClaimFile, side: str) -> list[dict[str, Any]]:
    """The timeline in words."""
    rows, branches = [], dict(Contract.Branch.choices)
    for entry in reading.timeline_of(claim, side):
        kind = entry.facts.get("kind", "")
        text = Kind(kind).label if kind in Kind.values else branches.get(entry.facts.get("branch"), "")
        core = _("From the insurer’s core system") if entry.facts.get("core") else ""
        rows.append(
            {
                "title": entry.get_code_display(),
                "text": " · ".join(str(each) for each in (text, core) if each),
                "at": entry.at,
                "who": entry.actor.name if entry.actor else "",
            }
        )
    return rows


# --- Acts of the health manager -----------------------------------------------------------------


@login_required
@require_POST
def take_over(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """One click, from the worklist or from the claim file."""
    claim = services.take_over(claim_id, by=request.user)
    messages.success(request, _("You have taken over claim file %(number)s.") % {"number": claim.number})
    return redirect("claims_files:detail", claim.pk)


@login_required
@require_POST
def seen(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """What arrived was looked at."""
    claim = services.note_seen(claim_id, by=request.user)
    messages.success(request, _("What arrived is marked as seen."))
    return redirect("claims_files:detail", claim.pk)


@login_required
@require_POST
def settle(request: HttpRequest, claim_id: UUID, paper_id: UUID) -> HttpResponse:
    """A requested paper is needed no longer; that it is here is said on a page of its own (`requests.answer`)."""
    paper = get_object_or_404(reading.papers(request.user, claim_id), pk=paper_id)
    services.settle_paper(paper.pk, received=False, by=request.user)
    messages.success(request, _("The request is withdrawn."))
    return redirect("claims_files:detail", claim_id)


@login_required
@require_POST
def remind(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Ask one side again for the answers that the report left for later."""
    services.remind_of_answers(claim_id, addressee=request.POST.get("addressee", ""), by=request.user)
    messages.success(request, _("The reminder is on its way."))
    return redirect("claims_files:detail", claim_id)


@login_required
@require_http_methods(["GET", "POST"])
def request_paper(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Ask for a paper: which, of whom, until when."""
    claim = reading.find_for(request.user, claim_id, "claim.request_paper")
    form = PaperForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        paper = done(form, services.request_paper, claim.pk, by=request.user, **form.cleaned_data)
        if paper:
            messages.success(
                request, _("The document is requested: %(kind)s.") % {"kind": paper.get_kind_display()}
            )
            return redirect("claims_files:detail", claim.pk)
    context = {
        "form": form,
        "heading": _("Request a document"),
        "button": _("Request the document"),
        "claim": claim,
        "templates": services.offered(),
        **asked_about(claim),
    }
    return render(request, "claims_files/request_paper.html", context, status=status_of(form))


@login_required
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Close the claim file, after a page that says what it means."""
    claim = reading.find_for(request.user, claim_id, "claim.close")
    declined = claim.state == ClaimFile.State.DECLINED
    form = None if declined else CloseForm(*posted(request))
    if request.method == "POST" and (form is None or form.is_valid()):
        values = form.cleaned_data if form else {}
        if done(form, services.close, claim.pk, by=request.user, **values):
            messages.success(request, _("Claim file %(number)s is closed.") % {"number": claim.number})
            return redirect("claims_files:detail", claim.pk)
    text = _("The claim file stays readable. Documents can no longer be requested in it.")
    heading, button = _("Close the claim file?"), _("Close the claim file")
    return question(request, form, heading, button, text=text, **asked_about(claim))
