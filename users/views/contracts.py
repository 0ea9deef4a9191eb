"""The contract confirmation of the signed-in person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from users import contract_paper, services


@login_required
@require_safe
def contract_confirmation(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Save the confirmation as PDF."""
    return pdf_response(request.user, person_id)


def pdf_response(user: Any, person_id: UUID) -> HttpResponse:
    """The confirmation to save, kept by nobody on the way. Raises OutOfReach for somebody else's."""
    name = contract_paper.file_name(user)
    return HttpResponse(
        services.confirm_contract(user, person_id),
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "Cache-Control": "no-store, private",
        },
    )
