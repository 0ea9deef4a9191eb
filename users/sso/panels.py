"""What stands on the page of a company about the sign-in of its people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from permissions.policy import can, visible_to
from users.sso.models import SsoConnection


def sign_in_panel(request: HttpRequest, company: Any) -> str:
    """How the company's people sign in, for those who see who has access; with the way to the whole page."""
    if not can(request.user, "users.view", company):
        return ""
    rows = visible_to(request.user, "users.view", SsoConnection.unrestricted.all())
    context = {"company": company, "connection": rows.filter(company=company).first()}
    return render_to_string("users/sso/panel.html", context, request=request)
