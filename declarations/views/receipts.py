"""Receipts of a report to save: the paper, and the proof that the audit trail holds it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from claims_files import openings
from claims_files.reading import Version
from core.errors import NotNow, OutOfReach
from core.text import whole_number
from declarations import receipt
from declarations.models import Declaration
from declarations.views.pages import fetch


@login_required
@require_GET
def pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt as PDF. A draft has none."""
    return pdf_response(fetch(request, pk), request.user, request.GET.get("version", ""))


def asked_version(declaration: Declaration, user: Any, typed: str) -> Version:
    """The version named in an address, the first one if none is. Raises OutOfReach."""
    number = whole_number(typed or "1")
    if number is None:
        raise OutOfReach
    return receipt.version_of(declaration, user, number)


def pdf_response(declaration: Declaration, user: Any, typed: str = "") -> HttpResponse:
    """The receipt of a version to save. Raises NotNow for a draft, OutOfReach."""
    if declaration.is_draft:
        raise NotNow(_("The receipt is made when the report is sent."), code="not_sent")
    version = asked_version(declaration, user, typed)
    openings.note_opening(declaration.claim_file, by=user, right=("declaration.view", declaration))
    response = HttpResponse(receipt.pdf_of(declaration, user, version), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(
        True, receipt.file_name(declaration, version)
    )
    return response


@login_required
@require_GET
def proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The proof that the audit trail holds the report, to save beside the receipt."""
    declaration = fetch(request, pk)
    typed = request.GET.get("version", "")
    found = sealed_proof(declaration, request.user, typed)
    response = JsonResponse(found, json_dumps_params={"indent": 1})
    name = receipt.file_name(declaration, asked_version(declaration, request.user, typed), _("proof"), "json")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def sealed_proof(declaration: Declaration, user: Any, typed: str = "") -> dict[str, Any]:
    """The proof of a version. Raises NotNow for a draft, and until the sending is sealed; OutOfReach."""
    if declaration.is_draft:
        raise NotNow(_("The receipt is made when the report is sent."), code="not_sent")
    version = asked_version(declaration, user, typed)
    openings.note_opening(declaration.claim_file, by=user, right=("declaration.view", declaration))
    found = receipt.proof_of(declaration, user, version)
    if found is None:
        raise not_sealed()
    return found


def not_sealed() -> NotNow:
    """Why there is no proof yet of what has just been sent."""
    return NotNow(_("The proof follows within a minute: try again then."), code="not_sealed")
