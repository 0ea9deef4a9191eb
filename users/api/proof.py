"""A fresh code before something important, over the API."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from users.proofs import page_of_proof


def require_fresh_proof(request: Request, act: str) -> None:
    """Raise 403 `fresh_proof_required` with the page where a code is given, unless one was given for this act.

    Whoever has done the act uses the proof up: `users.proofs.spend_proof`.
    """
    if page := page_of_proof(request, act):
        raise PermissionDenied(
            {
                "detail": _("Confirm first that it is you: give a fresh code on the page named here."),
                "code": "fresh_proof_required",
                "page": page,
            }
        )
