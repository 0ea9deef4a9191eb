"""Browsers from which an account was signed in to before: guesses of strangers do not keep their owner out.

A signed cookie names the account and a number of its own. It opens nothing: it only says which attempts are counted
together, and that a lock set off by others does not apply here. A new password, or many wrong ones, end it.
"""

from __future__ import annotations

import secrets
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

COOKIE = "known_browser"
SALT = "users.known_browsers"
AGE = 180 * 24 * 3600
# Accounts that one browser remembers: a family, or an office.
MOST = 5


def remember(request: HttpRequest, response: HttpResponse, user: Any) -> None:
    """Note on the browser that this account was signed in to, every factor given."""
    entries = {key: value for key, value in _read(request).items() if key != str(user.pk)}
    kept = dict(list(entries.items())[-(MOST - 1) :])
    number = known_as(request, user) or secrets.token_urlsafe(9)
    kept[str(user.pk)] = [number, _stamp(user)]
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )


def known_as(request: HttpRequest, user: Any) -> str:
    """The number of this browser at this account; empty if it is unknown there, or has failed too often."""
    entry = _read(request).get(str(user.pk)) if user is not None else None
    if entry is None or not constant_time_compare(entry[1], _stamp(user)):
        return ""
    trusted = ratelimit.consume(request, action="known_browser", key=entry[0], dry_run=True)
    return entry[0] if trusted else ""


def knows_anybody(request: HttpRequest) -> bool:
    """Whether anybody has signed in from this browser before."""
    return bool(_read(request))


def failed(request: HttpRequest, user: Any) -> None:
    """Count a wrong password against this browser."""
    if number := known_as(request, user):
        ratelimit.consume(request, action="known_browser", key=number)


def _stamp(user: Any) -> str:
    return salted_hmac(SALT, user.password).hexdigest()[:16]


def _read(request: HttpRequest) -> dict[str, list[str]]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}
