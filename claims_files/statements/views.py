"""Pages of benefit statements: the list, a statement with its explanations, drawing one up, the company's books."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import reading as claims
from claims_files.allowance import words
from claims_files.statements import copies, paper, payroll, reading, services, telling, terms
from claims_files.statements.filters import StatementFilter
from claims_files.statements.forms import (
    AdjustForm,
    AdvanceForm,
    DraftForm,
    IssueForm,
    WageTypesForm,
)
from claims_files.statements.models import Statement, StatementLine
from claims_files.views.asking import done, posted, question, status_of
from claims_files.views.pages import frame
from companies.chosen import chosen, within_chosen
from companies.services import companies
from core.errors import NotNow
from core.parameters import value_on
from core.text import chf
from permissions.paging import newest_page
from permissions.policy import can, can_somewhere, find, require, require_somewhere

ACTION = "statement.view"
State = Statement.State


@login_required
@require_GET
def statements(request: HttpRequest) -> HttpResponse:
    """The statements one sees, the newest first; the drafts among them are the insurer's."""
    require_somewhere(request.user, ACTION)
    rows = within_chosen(request, reading.everything())
    found = StatementFilter(request.GET, queryset=rows, request=request)
    page = newest_page(found.qs, request, ACTION)
    context = {
        "form": found.form,
        "has_errors": bool(found.form.errors),
        "page": page,
        "filtered": any(request.GET.get(name) for name in found.filters),
        "exports": _exports(request) if can_somewhere(request.user, payroll.RIGHT) else [],
        "wage_types_url": _wage_types_url(request),
        "address": request.get_full_path(),
    }
    return render(request, "claims_files/statements/list.html", context)


def _exports(request: HttpRequest) -> list[tuple[str, str]]:
    query = request.GET.urlencode()
    address = [reverse("claims_files:export_statements", args=[kind]) for kind in payroll.KINDS]
    return [
        (kind.upper(), f"{url}?{query}" if query else url)
        for kind, url in zip(payroll.KINDS, address, strict=True)
    ]


def _wage_types_url(request: HttpRequest) -> str:
    """Where the wage types are set, of the chosen company or of the only one."""
    if not can_somewhere(request.user, payroll.RIGHT):
        return ""
    company = chosen(request) or companies(request.user).order_by("sort_key").first()
    if company is None or not can(request.user, payroll.RIGHT, company):
        return ""
    return reverse("claims_files:wage_types", args=[company.pk])


@login_required
@require_GET
def export(request: HttpRequest, table: str) -> HttpResponse:
    """The list with its filters, for the payroll program."""
    require_somewhere(request.user, payroll.RIGHT)
    if table not in payroll.KINDS:
        raise Http404
    found = StatementFilter(
        request.GET, queryset=within_chosen(request, reading.everything()), request=request
    )
    if found.form.errors:
        return redirect(f"{reverse('claims_files:statements')}?{request.GET.urlencode()}")
    return payroll.export(found.qs, table, by=request.user)


@login_required
@require_GET
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """One statement, in the copy of the reader's side; the insurer looks at the employer's with `?copy=employer`."""
    found = reading.open_for(request.user, statement_id)
    return _page(request, found, IssueForm(initial={"seen": found.total}))


def _page(request: HttpRequest, found: Statement, form: IssueForm) -> HttpResponse:
    copy = _copy(request, found)
    may_issue = can(request.user, "statement.issue", found)
    draft = found.phase == State.DRAFT
    claim = found.claim_file
    context = {
        "statement": found,
        "copy": copy,
        "facts": paper.facts_of(copy),
        "whole": copy.audience == copies.PERSON,
        "explained": copy.codes,
        "query": _query(request),
        "differs": _differs(claim, found) if may_issue and found.from_core else None,
        "may_issue": may_issue and draft,
        "issue_form": form,
        "may_correct": may_issue and not draft and not copy.corrected_by and not found.from_core,
        "both": may_issue,
        "adjustable": _by_hand(copy) if draft else {},
        "ledger": reading.ledger(claim),
        "may_book": can(request.user, payroll.RIGHT, claim),
        "claim_url": reverse("claims_files:case_statements", args=[claim.pk])
        if can(request.user, "claim.view", claim)
        else "",
    }
    return render(request, "claims_files/statements/statement.html", context, status=status_of(form))


def _differs(claim: Any, found: Statement) -> reading.Compared | None:
    """How far the portal would reckon otherwise what the core system reckoned."""
    rows = [each for each in reading.compared(claim) if each.statement.pk == found.pk]
    return next((each for each in rows if each.difference), None)


@login_required
@require_GET
def explained(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The same copy in sentences: from the salary to what is paid and what is left."""
    found = reading.open_for(request.user, statement_id)
    copy = _copy(request, found)
    context = {
        "statement": found,
        "copy": copy,
        "chapters": telling.walk(copy),
        "explained": copy.codes,
        "query": _query(request),
    }
    return render(request, "claims_files/statements/told.html", context)


def _query(request: HttpRequest) -> str:
    """What the addresses beside this one carry on: the insurer stays with the copy that he looks at."""
    return f"?copy={copies.EMPLOYER}" if request.GET.get("copy") == copies.EMPLOYER else ""


def _by_hand(copy: copies.Copy) -> set[Any]:
    kinds = {kind for kind in StatementLine.Kind if kind.is_adjustment}
    rows = reading.lines_of(copy.statement)
    return {line.pk for line in rows if line.kind in kinds}


def _copy(request: HttpRequest, found: Statement) -> copies.Copy:
    full = reading.reads_in_full(request.user, found) and request.GET.get("copy") != copies.EMPLOYER
    return copies.copy_of(found, reading.lines_of(found), copies.PERSON if full else copies.EMPLOYER)


@login_required
@require_GET
def pdf(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The same copy on paper."""
    found = reading.open_for(request.user, statement_id)
    if found.phase == State.DRAFT:
        raise NotNow(_("This statement is a draft: there is a paper once it is issued."), code="draft")
    audience = _copy(request, found).audience
    name = content_disposition_header(True, paper.file_name(found, audience))
    headers = {"Content-Disposition": name, "Cache-Control": "no-store, private"}
    return HttpResponse(paper.pdf_of(found, audience), content_type="application/pdf", headers=headers)


# --- A case's statements --------------------------------------------------------------------------


@login_required
@require_GET
def of_case(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """The tab of the claim file: statements, what is to be expected, what the company advanced."""
    claim = claims.find(request.user, claim_id)
    require(request.user, "statement.read", claim)
    forecast = reading.forecast(claim)
    context = frame(request, claim, "statements")
    context |= {
        "statements": reading.of_case(request.user, claim),
        "forecast": forecast,
        "forecast_lines": _told(forecast),
        "compared": [each for each in reading.compared(claim) if each.difference],
        "ledger": reading.ledger(claim),
        "may_book": can(request.user, payroll.RIGHT, claim),
        "may_draft": can(request.user, "statement.issue", claim),
    }
    return render(request, "claims_files/statements/of_case.html", context)


def _told(forecast: reading.Forecast) -> list[dict[str, Any]]:
    """The lines of a forecast in words, each with its explanation."""
    return [
        {"line": line, "label": words.outcome(line.outcome), "explained": words.explain(line.amount)}
        for line in forecast.lines
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_statement(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Draw a statement up; everything is filled in from the case. `?begin=&end=` chooses the days of a correction."""
    claim = claims.find_for(request.user, claim_id, "statement.issue")
    form = DraftForm(*posted(request), initial=_suggested(request, claim))
    if request.method == "POST" and form.is_valid():
        made = done(form, services.draft, claim.pk, by=request.user, **form.cleaned_data)
        if made:
            return redirect("claims_files:statement", made.pk)
    heading, button = _("Draw up a statement"), _("Reckon the draft")
    text = _(
        "Days that were paid already make it a correction: it takes the earlier statement back and replaces it."
    )
    if reading.has_draft(claim):
        text += " " + _("The draft that stands is replaced; what was adjusted by hand is carried over.")
    return question(request, form, heading, button, text=text, **_asked_about(claim))


def _suggested(request: HttpRequest, claim: Any) -> dict[str, Any]:
    known, typed = terms.reported(claim), request.GET.get("begin", "")
    newest = reading.latest(claim)
    # Those of the draft or the statement whose days are chosen; else as in the newest one.
    known_ones = [newest, *reading.standing(claim)] if newest else []
    before = next((each for each in known_ones if each.begin.isoformat() == typed), newest)
    if before is not None:
        known = {each: getattr(before, each) for each in ("annual_salary", "payee", "account_end")}
    days = reading.next_days(claim, timezone.localdate()) or ("", "")
    return {
        "begin": typed or days[0],
        "end": request.GET.get("end") or days[1],
        "payee": Statement.Payee.COMPANY,
        **known,
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Add a line by hand, with its reason."""
    found = reading.find_for(request.user, statement_id, "statement.issue")
    form = AdjustForm(*posted(request))
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.adjust, found.pk, by=request.user, **form.cleaned_data):
        return redirect("claims_files:statement", found.pk)
    heading = button = _("Add an adjustment")
    return question(request, form, heading, button, **_asked_of(found))


@login_required
@require_POST
def drop_adjustment(request: HttpRequest, statement_id: UUID, line_id: UUID) -> HttpResponse:
    """Take a line out that was added by hand."""
    services.drop_adjustment(statement_id, line_id, by=request.user)
    messages.success(request, _("The adjustment is removed."))
    return redirect("claims_files:statement", statement_id)


@login_required
@require_POST
def issue(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Issue a draft that one has looked at."""
    found = reading.find_for(request.user, statement_id, "statement.issue")
    form = IssueForm(request.POST)
    made = form.is_valid() and done(form, services.issue, found.pk, by=request.user, **form.cleaned_data)
    if not made:
        return _page(request, found, form)
    said = _("Statement %(number)s is issued. The insured person and the company are told.")
    messages.success(request, said % {"number": made.number})
    return redirect("claims_files:statement", made.pk)


@login_required
@require_POST
def discard(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    found = reading.find_for(request.user, statement_id, "statement.issue")
    services.discard(found.pk, by=request.user)
    messages.success(request, _("The draft is discarded."))
    return redirect("claims_files:case_statements", found.claim_file_id)


def _asked_about(claim: Any) -> dict[str, Any]:
    return {
        "number": claim.number,
        "back_url": reverse("claims_files:case_statements", args=[claim.pk]),
        "facts": [
            (_("Claim number"), claim.number),
            (_("Insured person"), claim.person.name),
            (_("Company"), claim.company.name),
            (_("Policy"), f"{claim.contract.policy_number} ({claim.contract.get_branch_display()})"),
        ],
    }


def _asked_of(found: Statement) -> dict[str, Any]:
    return {
        "number": found.claim_file.number,
        "back_url": reverse("claims_files:statement", args=[found.pk]),
        "facts": [(_("Insured person"), found.person.name), (_("Total"), chf(found.total))],
    }


# --- The company's books --------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def advance(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Note what the company went on paying."""
    claim = reading.find_case(request.user, claim_id)
    require(request.user, payroll.RIGHT, claim)
    form = AdvanceForm(*posted(request))
    latest = reading.issued(claim).last()
    case = reverse("claims_files:case_statements", args=[claim.pk])
    back = reverse("claims_files:statement", args=[latest.pk]) if latest else case
    back = case if can(request.user, "claim.view", claim) else back
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.record_advance, claim.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("The advance is noted."))
        return redirect(back)
    heading = button = _("Note an advance")
    return question(request, form, heading, button, **(_asked_about(claim) | {"back_url": back}))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wage_types(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Under which codes the company's payroll books statements."""
    company = find(request.user, companies(request.user), company_id, payroll.RIGHT)
    house = value_on("payroll.wage_types", timezone.localdate())
    own = reading.own_wage_types(company)
    form = WageTypesForm(*posted(request), house=house, initial=own)
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.set_wage_types, company.pk, form.cleaned_data, by=request.user):
        messages.success(request, _("The wage types are saved."))
        return redirect("claims_files:statements")
    context = {"company": company, "form": form, "has_errors": bool(form.errors)}
    return render(request, "claims_files/statements/wage_types.html", context, status=status_of(form))
