"""Pages of claim reports: begin, fill in part by part, check, send, look back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from claims_files import openings, reading
from claims_files.states import Move, answers_due
from companies.chosen import within_chosen
from companies.views import choose_company
from core.errors import NotNow
from core.text import fold, swiss_datetime
from declarations import receipt, services
from declarations.content import event_date, progress, sections
from declarations.facts import deadline_for, finding_of
from declarations.filters import DraftFilter
from declarations.forms import parts_of
from declarations.forms.start import ABOUT_HINTS, KIND_HINTS, WAY_HINTS, KindForm, PersonSearchForm, StartForm
from declarations.imports import CASES, companies_to_report_for, reportable_by
from declarations.later import addressee_of, open_questions
from declarations.models import Declaration
from declarations.pages import (
    checked_sections,
    first_url,
    needed_url,
    part_context,
    part_url,
    question_url,
    sent_facts,
    terms_today,
    waiting_words,
    way_on,
)
from declarations.private import services as private
from declarations.similar import similar_to
from documents import services as papers
from permissions.paging import newest_page
from permissions.policy import can, can_each, require, require_somewhere, visible_to

PERSONS_SHOWN = 20
PAGE = ["GET", "HEAD", "POST"]


def fetch(request: HttpRequest, pk: UUID) -> Declaration:
    """The report with what its pages show of others; 404 for whoever does not see it."""
    rows = visible_to(request.user, "declaration.view").select_related(
        "person", "company", "company__health_manager", "company__contract_manager", "contract"
    )
    rows = rows.select_related("folder", "claim_file", "created_by", "sent_by").filter(pk=pk)
    if not (found := rows.first()):
        services.refuse_handed_over(request.user, pk)
        raise Http404
    return found


# --- Beginning ------------------------------------------------------------------------------------


@login_required
@require_http_methods(PAGE)
def start(request: HttpRequest) -> HttpResponse:
    """Who is it about (`?person=`), then what happened; sending the form begins the draft."""
    require_somewhere(request.user, "declaration.create")
    persons = services.reportable(request.user).select_related("company", "site")
    chosen = _chosen_person(request, persons)
    if chosen is None:
        found = _found_persons(request, persons)
        if found["words"] and len(found["rows"]) == 1:
            # Nobody chooses from a list of one; the page says whom it is about, and leads back.
            return redirect(f"{reverse('declarations:start')}?person={found['rows'][0].pk}")
        return render(request, "declarations/who.html", found)
    own = chosen.user_id == request.user.pk
    form = StartForm(request.POST or None, own=own, initial={"request_id": uuid4()})
    if request.method == "POST" and form.is_valid():
        declaration = services.start(
            chosen,
            form.cleaned_data["kind"],
            by=request.user,
            request_id=form.cleaned_data["request_id"],
            guided=form.cleaned_data["guided"],
        )
        return redirect(first_url(declaration))
    context = {
        "form": form,
        "person": chosen,
        "own": own,
        "about_hints": ABOUT_HINTS,
        "hints": KIND_HINTS,
        "way_hints": WAY_HINTS,
        **terms_today(chosen),
        "similar": similar_to(chosen, request.user),
        "several": persons.exclude(pk=chosen.pk).exists(),
    }
    return render(request, "declarations/start.html", context, status=422 if form.errors else 200)


def _chosen_person(request: HttpRequest, persons: Any) -> Any:
    wanted = request.GET.get("person", "")
    if wanted:
        try:
            return get_object_or_404(persons, pk=UUID(wanted))
        except ValueError:
            raise Http404 from None
    # Whoever can report for himself only is not asked whom it is about.
    first = list(persons[:2])
    return first[0] if len(first) == 1 and first[0].user_id == request.user.pk else None


def _found_persons(request: HttpRequest, persons: Any) -> dict[str, Any]:
    form = PersonSearchForm(request.GET or None)
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    found = persons
    for word in fold(words).split():
        found = found.filter(sort_key__contains=word) | found.filter(insured_number__iexact=word)
    rows = list(found.order_by("sort_key", "pk")[: PERSONS_SHOWN + 1])
    return {
        "search": form,
        "words": words,
        "rows": rows[:PERSONS_SHOWN],
        "more": len(rows) > PERSONS_SHOWN,
        "several_companies": len({row.company_id for row in rows}) > 1,
    }


@login_required
@require_http_methods(PAGE)
def kind(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a draft reports, and changing it; `back` is the part from which a button of a hint changed it."""
    declaration = fetch(request, pk)
    if not declaration.is_draft and request.method != "POST":
        return redirect("declarations:sent", pk)
    require(request.user, "declaration.edit", declaration)
    form = KindForm(request.POST if request.method == "POST" else None, initial={"kind": declaration.kind})
    if request.method == "POST" and form.is_valid():
        changed = services.change_kind(pk, form.cleaned_data["kind"], by=request.user)
        name = changed.get_kind_display()
        messages.success(
            request, _("This report is now: %(kind)s. What you entered is kept.") % {"kind": name}
        )
        back = request.POST.get("back", "")
        if back in parts_of(changed.kind):
            return redirect(part_url(changed, back))
        return redirect("declarations:check", pk)
    context = part_context(declaration, request.user, "kind") | {"form": form, "hints": KIND_HINTS}
    return render(request, "declarations/kind.html", context, status=422 if form.errors else 200)


# --- Checking and sending -------------------------------------------------------------------------


@login_required
@require_http_methods(PAGE)
def check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All answers with a way to change them; the button sends. A second click leads to the same place."""
    declaration = fetch(request, pk)
    sent_page = redirect("declarations:sent", pk)
    if not declaration.is_draft:
        return sent_page
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            services.submit(pk, by=request.user)
        except ValidationError as error:
            problems = error.message_dict
        except NotNow as refusal:
            if refusal.code != "already_sent":
                raise
            return sent_page
        else:
            return sent_page
    parts = progress(declaration)
    day = event_date(declaration)
    contract = services.contract_on(declaration, day) if day else None
    may_send = can(request.user, "declaration.submit", declaration)
    uninsured = services.no_contract(declaration, day) if day and contract is None else ""
    own = declaration.side == Declaration.Side.EMPLOYEE
    left = open_questions(declaration, parts, personal=own)
    context = part_context(declaration, request.user, "check", parts) | {
        "sections": checked_sections(declaration, request.user),
        "needed": [{"part": each, "url": needed_url(declaration, each)} for each in parts if each.blocks],
        "left_open": [
            {"question": each, "url": question_url(declaration, each.part, each.field)}
            for each in left
            if each.addressee == addressee_of(declaration, parts[0].part)
        ],
        "left_to_company": sum(each.addressee != addressee_of(declaration, parts[0].part) for each in left),
        "answers_due": answers_due(),
        "uninsured": uninsured,
        "event_url": f"{part_url(declaration, 'event')}?back=check",
        "contract": contract,
        "waiting": waiting_words(contract),
        "deadline": deadline_for(declaration),
        "finding": finding_of(declaration),
        "similar": similar_to(declaration.person, request.user, near=day, without=declaration),
        "inside": papers.contents(declaration.folder, request.user),
        "may_send": may_send,
        "may_delete": not private.kept([declaration]),
        "goes_back": services.goes_back(declaration),
        "senders": "" if may_send else services.senders(declaration),
        "has_errors": bool(problems),
        "refused": bool(problems),
    }
    return render(request, "declarations/check.html", context, status=422 if problems else 200)


@login_required
@require_GET
def sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The confirmation: numbers, what happens next, who looks after it; can be opened again at any time."""
    declaration = fetch(request, pk)
    if declaration.is_draft:
        return redirect("declarations:check", pk)
    claim = declaration.claim_file
    openings.note_opening(claim, by=request.user, right=("declaration.view", declaration))
    known = receipt.versions(declaration, request.user)
    first = known[-1]
    context = {
        "declaration": declaration,
        "claim": claim,
        "first": first,
        "documents": receipt.documents_of(declaration, request.user, declaration.sent),
        "amendments": [
            {
                "version": each,
                "position": receipt.position_of(declaration, each),
                "documents": receipt.documents_of(declaration, request.user, each.report.created),
            }
            for each in known
            if each.number > 1
        ],
        "may_amend": services.may_amend(request.user, declaration),
        "left_open": reading.left_open(claim, reading.answers_of(request.user, [claim])[claim.pk]),
        "answering": reading.side_of(request.user, claim),
        "may_withdraw": services.may_amend(request.user, declaration, Move.WITHDRAW),
        "may_copy": can(request.user, "declaration.create", declaration.person),
        "copy_id": uuid4(),
        "claim_visible": can(request.user, "claim.view", claim),
        "sections": sections(declaration, request.user),
        "deadline": deadline_for(declaration),
        "next_step": receipt.next_step(declaration, request.user),
        "health_manager": claim.health_manager or declaration.company.health_manager,
        "title": receipt.title_of(declaration),
        "facts": sent_facts(declaration),
        "position": receipt.position_of(declaration, first),
        "sent_line": _("Sent on %(moment)s by %(name)s")
        % {"moment": swiss_datetime(declaration.sent), "name": declaration.sent_by.name},
    }
    return render(request, "declarations/sent.html", context)


# --- Drafts ---------------------------------------------------------------------------------------


@login_required
@require_safe
def import_cases(request: HttpRequest) -> HttpResponse:
    """For whose people cases are to be imported: straight to the page for whoever may do it at one company only."""
    CASES.require_somewhere(by=request.user)
    companies = companies_to_report_for(request.user)
    return choose_company(
        request, companies, "declarations:import", _("Import cases to report"), "declarations:drafts"
    )


@login_required
@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """The drafts one may see, one's own and the colleagues'."""
    require_somewhere(request.user, "declaration.edit")
    rows = visible_to(request.user, "declaration.view").filter(state=Declaration.State.DRAFT)
    rows = within_chosen(request, rows)
    shown = DraftFilter(request.GET, rows, request=request)
    found = shown.qs.select_related("person", "company", "created_by")
    page = newest_page(found, request, "declaration.view")
    editable = can_each(request.user, "declaration.edit", page.rows)
    deletable = editable - private.kept(page.rows)
    entries = []
    for declaration in page.rows:
        parts = progress(declaration)
        url = reverse("declarations:check", args=[declaration.pk])
        if declaration.pk in editable:
            url = way_on(declaration, parts)
        entries.append(
            {
                "declaration": declaration,
                "url": url,
                "done": sum(not each.unfinished for each in parts),
                "total": len(parts),
                "own": declaration.created_by_id == request.user.pk,
                "deletable": declaration.pk in deletable,
            }
        )
    context = {
        "page": page,
        "entries": entries,
        "filter": shown,
        "filtered": any(request.GET.get(name) for name in shown.filters),
        "may_create": bool(services.reportable(request.user).exists()),
        "may_import": reportable_by(request.user).exists(),
    }
    return render(request, "declarations/drafts.html", context)


@login_required
@require_http_methods(PAGE)
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask before a draft is discarded, or given back to whoever had handed it over."""
    declaration = fetch(request, pk)
    if request.method == "POST":
        gone = services.goes_back(declaration)
        services.delete_draft(pk, by=request.user)
        said = _("Draft %(number)s is given back.") if gone else _("Draft %(number)s is deleted.")
        messages.success(request, said % {"number": declaration.number})
        return redirect("declarations:drafts")
    if not declaration.is_draft:
        return redirect("declarations:sent", pk)
    require(request.user, "declaration.edit", declaration)
    context: dict[str, Any] = {
        "facts": [
            (_("Report number"), declaration.number),
            (_("Insured person"), declaration.person.name),
            (_("Kind"), declaration.get_kind_display()),
        ],
        "danger": True,
        "back_url": reverse("declarations:check", args=[pk]),
        "back": _("Keep the draft"),
    }
    if services.goes_back(declaration):
        said = _(
            "%(name)s handed it over, and no contract covers it: it cannot be sent. With all answers and documents it "
            "becomes the own draft of %(name)s again, who is told of it. Your company does not see it any more."
        )
        context |= {
            "heading": _("Give this draft back?"),
            "text": said % {"name": declaration.person.name},
            "button": _("Give the draft back"),
        }
    else:
        services.refuse_loss(declaration)
        context |= {
            "heading": _("Delete this draft?"),
            "text": _(
                "All answers and all documents of this draft are deleted, also those of your colleagues. "
                "Nothing has been sent to the insurer."
            ),
            "text_own_part": _text_own_part(declaration),
            "button": _("Delete the draft"),
        }
    return render(request, "declarations/delete.html", context)


def _text_own_part(draft: Declaration) -> str:
    """What becomes of the insured person's own part, to whoever knows that there is one."""
    part = private.part_about(draft)
    if part is None:
        return ""
    if draft.privacy == Declaration.Privacy.PRIVATE:
        return _("Your own part is deleted with it: your answers, your release and your papers.")
    said = _(
        "%(name)s was asked for the own part. What stands there so far is deleted, too: answers, release and papers. "
        "Whoever has an account is told of it."
    )
    return said % {"name": draft.person.name} if part.asked_at else ""
