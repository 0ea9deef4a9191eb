"""What this room adds to the page of a person: the account, for the contract manager who may close it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from permissions.policy import can


def account_of_person(request: HttpRequest, person: Any) -> str:
    """Whether the person has an account, and the way to close or delete it."""
    if person.user is None or not can(request.user, "users.grant_management", person.company):
        return ""
    return render_to_string("users/account_panel.html", {"person": person.user}, request)
