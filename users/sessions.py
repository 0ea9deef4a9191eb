"""Sessions: how long they last, and their keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

# What a page fetches by itself says so with this header: it does not keep anybody signed in.
BACKGROUND = "X-Background"
# Activity is written down at most this often, in seconds.
PRECISION = 60
BEGUN, SEEN = "session_begun", "session_seen"


class SessionClockMiddleware:
    """Ends a session after a time without activity, and after a day's work whatever happens.

    The idle limit is the session's own expiry in the database: sockets and all processes hear the same answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self.tick(request)
        return self.get_response(request)

    def tick(self, request: HttpRequest) -> None:
        """Note the activity, or end the session that has lasted long enough."""
        session, now = request.session, int(time.time())
        left = session.get(BEGUN, now) + settings.SESSION_COOKIE_AGE - now
        if left <= 0:
            logout(request)
            return
        quiet = now - session.get(SEEN, 0)
        if quiet < PRECISION or (SEEN in session and request.headers.get(BACKGROUND)):
            return
        session.setdefault(BEGUN, now)
        session[SEEN] = now
        session.set_expiry(min(settings.SESSION_IDLE_SECONDS, left))
        UserSession.objects.create_from_request(request)


def change_key(request: HttpRequest, **kwargs: Any) -> None:
    """Give the session a new key after each proof (password, code): a key known before is worth nothing after."""
    before = request.session.session_key
    request.session.cycle_key()
    if before:
        UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
