"""Keys of sessions."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest


def change_key(request: HttpRequest, **kwargs: Any) -> None:
    """Give the session a new key after each proof (password, code): a key known before is worth nothing after."""
    before = request.session.session_key
    request.session.cycle_key()
    if before:
        UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
