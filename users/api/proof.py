"""A fresh code before something important, over the API."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from users.views.sign_in import page_of_proof


def require_fresh_proof(request: Request) -> None:
    """Raise 403 `fresh_proof_required` with the page where a code is given, unless one was given just now."""
    if page := page_of_proof(request):
        raise PermissionDenied(
            {
                "detail": _("Confirm first that it is you: give a fresh code on the page named here."),
                "code": "fresh_proof_required",
                "page": page,
            }
        )
