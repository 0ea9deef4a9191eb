"""A fresh code over the API: it is given on its page, in the same session."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from users.views.sign_in import page_of_proof


def require_fresh_proof(request: Request) -> None:
    """Raise PermissionDenied (403, `fresh_proof_required`, with the `page` where it is given) without a fresh code."""
    if page := page_of_proof(request):
        raise PermissionDenied(
            {
                "detail": _("Confirm first that it is you: give a fresh code on the page named here."),
                "code": "fresh_proof_required",
                "page": page,
            }
        )
