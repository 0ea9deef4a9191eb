"""Browsers in which somebody chose not to be asked for a code each time; only where the insurer allows it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from users import second_factor
from users.models import TrustedBrowser
from users.models.invitations import digest

COOKIE = "__Host-trusted" if settings.PRODUCTION else "trusted"
# One browser may be trusted by several people of a household or an office.
AT_MOST = 5


def are_offered() -> bool:
    """Whether the insurer allows trusted browsers at all."""
    return settings.TRUSTED_BROWSER_DAYS > 0


def remember(request: HttpRequest, user: Any, response: HttpResponse) -> None:
    """Trust this browser for the insurer's number of days; the cookie goes with `response`."""
    days, token, now = (
        timedelta(days=settings.TRUSTED_BROWSER_DAYS),
        secrets.token_urlsafe(32),
        timezone.now(),
    )
    TrustedBrowser.objects.create(
        user=user,
        digest=digest(token),
        fingerprint=second_factor.fingerprint(user),
        user_agent=request.headers.get("User-Agent", "")[:200],
        last_used=now,
        expires=now + days,
    )
    response.set_cookie(
        COOKIE,
        ".".join([token, *_tokens(request)][:AT_MOST]),
        max_age=days,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def trusts(request: HttpRequest, user: Any) -> bool:
    """Whether this browser is trusted for this person now; notes that it was used."""
    if not are_offered():
        return False
    digests = [digest(token) for token in _tokens(request)]
    rows = TrustedBrowser.objects.filter(user=user, digest__in=digests, expires__gt=timezone.now())
    # A setting that was shortened counts at once.
    rows = rows.filter(created__gt=timezone.now() - timedelta(days=settings.TRUSTED_BROWSER_DAYS))
    now = second_factor.fingerprint(user)
    row = next((row for row in rows if constant_time_compare(row.fingerprint, now)), None)
    if row is None:
        return False
    return bool(TrustedBrowser.objects.filter(pk=row.pk).update(last_used=timezone.now()))


def of(user: Any) -> list[TrustedBrowser]:
    """The browsers somebody trusts, the one used last first."""
    if not are_offered():
        return []
    rows = TrustedBrowser.objects.filter(user=user, expires__gt=timezone.now()).order_by("-last_used")
    now = second_factor.fingerprint(user)
    return [row for row in rows if row.fingerprint == now]


def end(user: Any, *, only: Any = None) -> int:
    """Trust none of somebody's browsers any more, or one no longer (`only`, its id); returns how many."""
    rows = TrustedBrowser.objects.filter(user_id=user.pk)
    if only is not None:
        rows = rows.filter(pk=only)
    return rows.delete()[0]


def _tokens(request: HttpRequest) -> list[str]:
    return [token for token in request.COOKIES.get(COOKIE, "").split(".") if token][:AT_MOST]
