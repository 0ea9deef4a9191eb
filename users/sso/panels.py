"""What stands on the page of a company about the sign-in of its people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from permissions.policy import can
from users.sso import reading


def sign_in_panel(request: HttpRequest, company: Any) -> str:
    """How the company's people sign in, for those who see who has access; with the way to the whole page."""
    if not can(request.user, reading.VIEW, company):
        return ""
    context = {"company": company, "connection": reading.connection_of(request.user, company)}
    return render_to_string("users/sso/panel.html", context, request=request)
