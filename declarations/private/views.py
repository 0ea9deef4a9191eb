"""Pages of the insured person's own part: asked for, filled in, signed, sent; and handing a draft over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims_files.models import PrivateReport
from claims_files.services import hash_of
from core.errors import NotNow, OutOfReach, validation_detail
from core.text import whole_number
from declarations import services as reports
from declarations.content import event_date
from declarations.forms import typed
from declarations.models import Declaration
from declarations.private import receipt, services
from declarations.private.forms import InformersForm, SignatureForm, questions_of
from declarations.private.models import PrivatePart
from declarations.views.receipts import not_sealed
from permissions.policy import require, require_somewhere, visible_to
from users.proofs import ask_for_proof, spending

PAGE = ["GET", "HEAD", "POST"]


def own_part_of(request: HttpRequest, pk: UUID) -> PrivatePart:
    """The part, if it is the signed-in person's own; 404 for everybody else."""
    return get_object_or_404(services.own_parts(request.user), pk=pk)


def report_of(request: HttpRequest, pk: UUID) -> Declaration:
    """The report, if the signed-in person sees it."""
    rows = visible_to(request.user, "declaration.view").select_related("person", "company", "claim_file")
    return get_object_or_404(rows, pk=pk)


# --- The company asks, the insured person hands over ----------------------------------------------


@login_required
@require_http_methods(PAGE)
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the insured person for his own part, after a page that says what that is."""
    declaration = report_of(request, pk)
    back = reverse("declarations:check" if declaration.is_draft else "declarations:sent", args=[pk])
    if request.method == "POST":
        services.ask(pk, by=request.user)
        said = _("%(name)s has been asked. You will see here when the answer was given, and nothing else.")
        messages.success(request, said % {"name": declaration.person.name})
        return redirect(back)
    require(request.user, "declaration.edit", declaration)
    services.refuse_asking_oneself(declaration, request.user)
    part = services.part_about(declaration)
    known = part and (part.asked_at or services.answered_on(part))
    if declaration.side != Declaration.Side.EMPLOYER or known:
        return redirect(back)
    if reason := services.why_not(declaration):
        raise reason
    context = {
        "declaration": declaration,
        "manager": declaration.company.contract_manager,
        "heading": _("Ask %(name)s for the own part?") % {"name": declaration.person.name},
        "button": _("Ask now"),
        "back_url": back,
    }
    return render(request, "declarations/private_ask.html", context)


@login_required
@require_http_methods(PAGE)
def hand_over(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand one's own draft over to the company, after a page that says who will read what."""
    handed = services.own_parts(request.user).filter(declaration=pk).exclude(declaration__handed_over=None)
    if part := handed.first():
        return redirect("declarations:own_part", part.pk)
    declaration = report_of(request, pk)
    if request.method == "POST":
        part = reports.hand_over(pk, by=request.user)
        messages.success(request, _("Your company has the report now. Your own part stays with you."))
        return redirect("declarations:own_part", part.pk)
    if not declaration.is_draft:
        return redirect("declarations:sent", pk)
    require(request.user, "declaration.edit", declaration)
    if declaration.privacy != Declaration.Privacy.PRIVATE:
        raise Http404
    if reason := reports.why_not_handed_over(declaration):
        raise reason
    context = {
        "declaration": declaration,
        "heading": _("Hand this report over to your company?"),
        "button": _("Hand over"),
        "back_url": reverse("declarations:check", args=[pk]),
    }
    return render(request, "declarations/private_hand_over.html", context)


@login_required
@require_POST
def begin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin one's own part of a report about oneself."""
    part = services.begin(report_of(request, pk).pk, by=request.user)
    begun = questions_of(part.declaration, part.answers).stored()
    return redirect("declarations:own_part" if begun else "declarations:own_part_questions", part.pk)


# --- One's own part -------------------------------------------------------------------------------


@login_required
@require_GET
def own_parts(request: HttpRequest) -> HttpResponse:
    """The own parts of the signed-in person, the newest first."""
    require_somewhere(request.user, services.FILL)
    rows = services.own_parts(request.user).order_by("-created", "-id")
    return render(request, "declarations/private_list.html", {"parts": rows})


@login_required
@require_GET
def own_part(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What there is to do, what was sent, and who reads it."""
    part = own_part_of(request, pk)
    declaration = part.declaration
    form = questions_of(declaration, part.answers)
    over = services.why_not(declaration) if services.asks(declaration) else None
    context = _about(part) | {
        "health": form,
        "asks": services.asks(declaration),
        "complete": form.is_valid(),
        "begun": bool(form.stored()),
        "untold": services.untold(part),
        "release": services.standing_release(part),
        "may_change": over is None,
        "over": over.sentence if over else "",
        "versions": [
            {"report": each, "position": receipt.position_of(part, each)} for each in receipt.versions(part)
        ]
        if declaration.claim_file_id
        else [],
        "next": reverse("declarations:own_part", args=[part.pk]),
    }
    return render(request, "declarations/private.html", context)


def _about(part: PrivatePart) -> dict[str, Any]:
    """What every page of a part shows: which case it belongs to."""
    declaration = part.declaration
    return {
        "part": part,
        "declaration": declaration,
        "claim": declaration.claim_file,
        "event_day": event_date(declaration),
        "back_url": reverse("declarations:own_part", args=[part.pk]),
    }


@login_required
@require_http_methods(PAGE)
def questions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The questions on one's health."""
    part = own_part_of(request, pk)
    if not services.asks(part.declaration):
        return redirect("declarations:own_part", pk)
    if reason := services.why_not(part.declaration):
        raise reason
    form = questions_of(part.declaration, part.answers)
    if request.method != "POST":
        form.quiet()
        return _questions_page(request, part, form)
    values = typed(type(form), request.POST)
    try:
        part, form = services.save(
            pk,
            values,
            by=request.user,
            version=whole_number(request.POST.get("version", ""), 9),
            kind=request.POST.get("kind", ""),
        )
    except ValidationError as error:
        form.add_error(None, error.messages)
        return _questions_page(request, part, form, status=422)
    except NotNow as changed:
        if changed.code not in {"changed_elsewhere", "kind_changed"}:
            raise
        # What was typed stays; sent again, it counts. What the page did not hold was not emptied there.
        given = {name: value for name, value in values.items() if value}
        form = questions_of(part.declaration, {**part.answers, **given})
        form.add_error(None, changed.sentence)
        return _questions_page(request, own_part_of(request, pk), form, status=409)
    if "leave" not in request.POST and not form.is_valid():
        return _questions_page(request, part, form, status=422)
    messages.success(request, _("Your answers are saved."))
    return redirect("declarations:own_part", pk)


def _questions_page(request: HttpRequest, part: PrivatePart, form: Any, *, status: int = 200) -> HttpResponse:
    problems = form.problems()
    context = _about(part) | {"part_form": form, "problems": problems, "has_errors": bool(problems)}
    return render(request, "declarations/private_questions.html", context, status=status)


@login_required
@never_cache
@require_http_methods(PAGE)
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose who may inform, read the text, and sign it with one's name; a fresh code is given before."""
    part = own_part_of(request, pk)
    if reason := services.why_not(part.declaration):
        raise reason
    if services.standing_release(part) is not None:
        return redirect("declarations:own_part", pk)
    if asked := ask_for_proof(request, "release"):
        return asked
    chosen = InformersForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or "back" in request.POST or not chosen.is_valid():
        failed = request.method == "POST" and "back" not in request.POST
        context = _about(part) | {"form": chosen, "has_errors": failed}
        return render(request, "declarations/private_release.html", context, status=422 if failed else 200)
    informers = chosen.cleaned_data["informers"]
    signing = "sign" in request.POST
    signature = SignatureForm(request.POST if signing else None)
    if signing and signature.is_valid():
        try:
            name, sha256 = signature.cleaned_data["name"], request.POST.get("sha256", "")
            with spending(request, "release"):
                services.sign(pk, informers, name=name, sha256=sha256, by=request.user)
        except ValidationError as error:
            for name, texts in validation_detail(error).items():
                signature.add_error(name if name in signature.fields else None, texts)
        except NotNow as reason:
            if reason.code != "changed":
                raise
            signature.add_error(None, reason.sentence)
        else:
            messages.success(request, _("The release is signed. It goes to the insurer with your own part."))
            return redirect("declarations:own_part", pk)
    text = services.release_text(part, informers, by=request.user)
    context = _about(part) | {
        "text": text,
        "sha256": hash_of(text),
        "informers": informers,
        "form": signature,
        "has_errors": bool(signature.errors),
    }
    return render(request, "declarations/private_sign.html", context, status=422 if signature.errors else 200)


@login_required
@require_http_methods(PAGE)
def withdraw_release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the release back, after a page that says what it means."""
    part = own_part_of(request, pk)
    if request.method == "POST":
        services.withdraw_release(pk, by=request.user)
        messages.success(request, _("The release is taken back."))
        return redirect("declarations:own_part", pk)
    if services.standing_release(part) is None:
        return redirect("declarations:own_part", pk)
    context = {
        "heading": _("Take this release back?"),
        "text": _(
            "From now on nobody may inform the insurer because of it. What was told before stays with the insurer. "
            "You can sign a new one at any time as long as the case is open."
        ),
        "facts": [(_("Report number"), part.declaration.number)],
        "button": _("Take the release back"),
        "danger": True,
        "back_url": reverse("declarations:own_part", args=[pk]),
    }
    return render(request, "components/confirm.html", context)


@login_required
@require_POST
def send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send one's own part; a second click leads to the same place."""
    part = own_part_of(request, pk)
    try:
        sent = services.send(pk, by=request.user)
    except ValidationError:
        # What is missing is said at the questions.
        return _questions_page(request, part, questions_of(part.declaration, part.answers), status=422)
    if sent.state == PrivatePart.State.SENT:
        messages.success(request, _("Your own part is with the insurer."))
    else:
        messages.success(request, _("Your own part goes to the insurer with the report."))
    return redirect("declarations:own_part", pk)


@login_required
@require_GET
def pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt of one's own part as PDF."""
    return pdf_response(own_part_of(request, pk), request.GET.get("version", ""))


def pdf_response(part: PrivatePart, wanted: str = "") -> HttpResponse:
    """The receipt of a version to save, the newest if none is named. Raises NotNow before it was sent, OutOfReach."""
    report = _sent_version(part, wanted)
    response = HttpResponse(receipt.pdf_of(part, report), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, receipt.file_name(part, report))
    return response


@login_required
@require_GET
def proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The proof that the audit trail holds one's own part, to save beside the receipt."""
    part, wanted = own_part_of(request, pk), request.GET.get("version", "")
    response = JsonResponse(sealed_proof(part, wanted), json_dumps_params={"indent": 1})
    name = receipt.file_name(part, _sent_version(part, wanted), "json")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def sealed_proof(part: PrivatePart, wanted: str = "") -> dict[str, Any]:
    """The proof of a version. Raises NotNow before it was sent, and until that is sealed; OutOfReach."""
    found = receipt.proof_of(part, _sent_version(part, wanted))
    if found is None:
        raise not_sealed()
    return found


def _sent_version(part: PrivatePart, wanted: str) -> PrivateReport:
    if part.declaration.claim_file_id is None or not receipt.versions(part):
        raise NotNow(_("The receipt is made when your own part is sent."), code="not_sent")
    number = whole_number(wanted)
    if wanted and number is None:
        raise OutOfReach
    return receipt.version_of(part, number)
