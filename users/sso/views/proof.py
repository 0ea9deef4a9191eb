"""A fresh code, asked for after the rights: whoever may not do it anyway is told so, and gives none."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from users.views.sign_in import page_of_proof


def has_proof(request: HttpRequest) -> bool:
    """Whether a code was given just now."""
    return not page_of_proof(request)


def to_proof(request: HttpRequest) -> HttpResponse:
    """To the page where a code is given, and back here; what was posted is not kept meanwhile."""
    return redirect(f"{page_of_proof(request)}?{urlencode({'next': request.get_full_path()})}")
