"""Pages after sending: amend a report, take it back, begin another one like it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files import openings, reading
from claims_files.models import ClaimFile
from claims_files.states import Move, after
from core.errors import NotNow, validation_detail
from core.text import whole_number
from declarations import services
from declarations.content import sections
from declarations.forms import PartForm, form_class_of, form_of, typed
from declarations.later import open_questions
from declarations.models import Declaration
from declarations.pages import part_url
from declarations.views.pages import PAGE, fetch
from permissions.policy import require, visible_to


class WithdrawForm(forms.Form):
    """Why a report is taken back."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you take the report back?"),
        choices=ClaimFile.Withdrawal.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why you take the report back.")},
    )


@login_required
@require_GET
def of_claim(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """From a claim file to the report that opened it; with `?open` to what it left for later."""
    rows = visible_to(request.user, "declaration.view")
    found = get_object_or_404(rows, claim_file_id=claim_id)
    return redirect("declarations:amend" if "open" in request.GET else "declarations:sent", found.pk)


def _to_change(request: HttpRequest, pk: UUID, move: Move) -> Declaration:
    """The sent report that somebody wants to change; says now why it is not possible, not after he has typed."""
    declaration = fetch(request, pk)
    require(request.user, "declaration.submit", declaration)
    if declaration.claim_file is not None:
        after(declaration.claim_file.state, move)
    services.refuse_others(request.user, declaration, move)
    openings.note_opening(declaration.claim_file, by=request.user, right=("declaration.view", declaration))
    return declaration


@login_required
@require_GET
def amend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Which part is to be amended; the course of the incapacity has its place in the claim file."""
    declaration = _to_change(request, pk, Move.CHANGE)
    parts = services.amendable(declaration, request.user)
    found = {each.part: each for each in sections(declaration, request.user)}
    personal = declaration.person.user_id == request.user.pk
    claim: Any = declaration.claim_file
    side = reading.side_of(request.user, claim)
    left = [each for each in open_questions(declaration, personal=personal) if each.part in parts]
    context = {
        "declaration": declaration,
        "left_open": [each for each in left if each.addressee == side],
        "answers": [
            row for row in reading.answers_of(request.user, [claim])[claim.pk] if row.addressee == side
        ],
        "parts": [
            {"title": form_of(declaration, part).title, "part": part, "section": found.get(part)}
            for part in parts
        ],
        # Left open in the report it is told here, once; from then on in the claim file.
        "tells_course": "incapacity" in parts,
        "back_url": reverse("declarations:sent", args=[pk]),
    }
    return render(request, "declarations/amend.html", context)


@login_required
@require_http_methods(PAGE)
def amend_part(request: HttpRequest, pk: UUID, part: str) -> HttpResponse:
    """The form of a part over the answers that stand; then what would change; then it is sent."""
    declaration = _to_change(request, pk, Move.CHANGE)
    form_class = form_class_of(declaration.kind, part)
    if part not in services.amendable(declaration, request.user) or form_class is None:
        raise Http404
    current = services.known_version(declaration, request.user)
    if request.method != "POST":
        kept = declaration.parts.get(part) or {}
        blank = int(form_class.row_form is not None and not kept.get(form_class.rows_name))
        form = services.form_to_amend(declaration, part, request.user, kept, blank)
        form.quiet()
        return _form_page(request, declaration, form, current)
    version = whole_number(request.POST.get("version", "")) or 0
    values = typed(form_class, request.POST)
    blank = int("add" in request.POST)
    form = services.form_to_amend(declaration, part, request.user, values, blank)
    if {"back", "add", "remove"} & request.POST.keys():
        form.quiet()
        return _form_page(request, declaration, form, version)
    if not services.check_amendment(declaration, form):
        return _form_page(request, declaration, form, version, status=422)
    changes = services.changes_of(declaration, form)
    if not changes and "send" in request.POST:
        # The second click of a double one: it is sent.
        return redirect("declarations:sent", pk)
    if not changes:
        form.add_error(None, _("Nothing is different from what is known already."))
        return _form_page(request, declaration, form, version, status=422)
    if "send" not in request.POST:
        context = _context(declaration, form, version) | {
            "changes": changes,
            "typed": [pair for name in values for pair in _pairs(name, values[name])],
        }
        return render(request, "declarations/amend_check.html", context)
    try:
        services.amend(pk, part, values, by=request.user, version=version)
    except NotNow as refusal:
        if refusal.code != "changed_by_another":
            raise
        return _changed(request, pk, form, refusal)
    except ValidationError as error:
        for name, texts in validation_detail(error).items():
            form.add_error(name if name in form.fields else None, texts)
        return _form_page(request, declaration, form, version, status=422)
    messages.success(request, _("The amendment is sent. The insurer sees what changed."))
    return redirect("declarations:sent", pk)


def _changed(request: HttpRequest, pk: UUID, form: PartForm, refusal: NotNow) -> HttpResponse:
    """What was typed, to be compared with what stands now; after a second click there is no difference."""
    declaration = fetch(request, pk)
    if not services.changes_of(declaration, form):
        return redirect("declarations:sent", pk)
    form.add_error(None, refusal.sentence)
    current = services.known_version(declaration, request.user)
    return _form_page(request, declaration, form, current, status=409)


def _pairs(name: str, value: Any) -> list[tuple[str, Any]]:
    """A typed value as a form posts it: each of several, each cell of rows."""
    if not isinstance(value, list):
        return [(name, value)]
    return [
        pair
        for number, each in enumerate(value)
        for pair in (
            [(f"{name}-{number}-{column}", cell) for column, cell in each.items()]
            if isinstance(each, dict)
            else [(name, each)]
        )
    ]


def _form_page(
    request: HttpRequest, declaration: Declaration, form: PartForm, version: int, *, status: int = 200
) -> HttpResponse:
    problems = form.problems()
    context = _context(declaration, form, version) | {"problems": problems, "has_errors": bool(problems)}
    return render(request, "declarations/amend_part.html", context, status=status)


def _context(declaration: Declaration, form: PartForm, version: int) -> dict[str, Any]:
    return {
        "declaration": declaration,
        "part_form": form,
        "version": version,
        "back_url": reverse("declarations:amend", args=[declaration.pk]),
    }


@login_required
@require_http_methods(PAGE)
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the report back, after a page that says what it means."""
    declaration = _to_change(request, pk, Move.WITHDRAW)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        claim = services.withdraw(pk, reason=form.cleaned_data["reason"], by=request.user)
        said = _("The report is taken back. Claim file %(number)s is closed.")
        messages.success(request, said % {"number": claim.number})
        return redirect("declarations:sent", pk)
    context = {
        "heading": _("Take this report back?"),
        "text": _(
            "The claim file is closed without benefits, and requests for documents fall away. What was sent stays "
            "readable. If the case turns out to be one after all, report it anew."
        ),
        "facts": [
            (_("Report number"), declaration.number),
            (_("Claim number"), declaration.claim_file.number),
            (_("Insured person"), declaration.person.name),
        ],
        "form": form,
        "has_errors": bool(form.errors),
        "button": _("Take the report back"),
        "danger": True,
        "back_url": reverse("declarations:sent", args=[pk]),
    }
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def copy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin a draft like this report; a second click leads to the same draft."""
    declaration = fetch(request, pk)
    typed_id = request.POST.get("request_id", "")
    try:
        request_id = UUID(typed_id) if typed_id else None
    except ValueError:
        raise Http404 from None
    made = services.copy(declaration.pk, by=request.user, request_id=request_id)
    messages.success(
        request, _("The draft %(number)s is begun with what stays the same.") % {"number": made.number}
    )
    return redirect(part_url(made, "person"))
