"""Codes by SMS and e-mail: sent by a job, good once, in the session that asked for them, for one purpose."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from permissions.audit import record
from users import second_factor, tasks
from users.models import CodeFactor, SecurityCode

# ASVS 5.0, 6.5.5: at most ten minutes.
LIFE = timedelta(minutes=10)
SENT = "security_codes"


class TooMany(Exception):
    """Too many codes went out: to this number, for this account or from this address of the caller."""

    sentence = _(
        "Too many codes were sent. Wait a quarter of an hour, or prove yourself in another way if you have one."
    )


def send(request: HttpRequest, user: Any, kind: str, purpose: str, to: str = "") -> SecurityCode:
    """Send a code; the one sent before for this purpose is dead. `to` only where a number is set up.

    Raises TooMany beyond the limits, CodeFactor.DoesNotExist where the person has no such factor.
    """
    to = to or CodeFactor.objects.get(user=user, kind=kind).to
    _count(request, user, to)
    with transaction.atomic():
        former = request.session.get(SENT, {})
        SecurityCode.objects.filter(user=user, pk=former.get(purpose)).delete()
        row = SecurityCode.objects.create(
            user=user, kind=kind, purpose=purpose, to=to, expires=timezone.now() + LIFE
        )
        request.session[SENT] = {**former, purpose: str(row.pk)}
        tasks.send_security_code.defer(code_id=str(row.pk))
        # Before the code nobody is known to be who he says.
        by = None if purpose == SecurityCode.Purpose.SIGN_IN else user
        record(by, "user.code_asked", user, kind=kind, purpose=purpose)
    return row


def under_way(request: HttpRequest, user: Any, purpose: str, kind: str) -> SecurityCode | None:
    """The code this session waits for; None if there is none, or none any more."""
    key = request.session.get(SENT, {}).get(purpose)
    rows = SecurityCode.objects.filter(user=user, purpose=purpose, kind=kind, used=None)
    return rows.filter(pk=key, expires__gt=timezone.now()).first() if key else None


def check(request: HttpRequest, user: Any, purpose: str, kind: str, typed: str) -> SecurityCode | None:
    """The code under way if `typed` is it, used up by it; None for a wrong, an old, a used or another session's one.

    Each try counts, also twenty at once; after five the code is dead.
    """
    digits, key = second_factor.plain(typed), request.session.get(SENT, {}).get(purpose)
    if digits is None or key is None:
        return None
    with transaction.atomic():
        rows = SecurityCode.objects.select_for_update().filter(user=user, purpose=purpose, kind=kind, pk=key)
        row = rows.filter(used=None, expires__gt=timezone.now()).exclude(digest="").first()
        if row is None or row.attempts >= SecurityCode.MAX_ATTEMPTS or not _still_goes_there(row):
            return None
        row.attempts += 1
        right = constant_time_compare(row.digest, digest(row, digits))
        row.used = timezone.now() if right else None
        row.save(update_fields=["attempts", "used"])
    return row if right else None


def make(row: SecurityCode) -> str:
    """A new code of six digits for this row, in place of a former one; only its digest is kept."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    row.digest = digest(row, code)
    row.save(update_fields=["digest"])
    return code


def digest(row: SecurityCode, digits: str) -> str:
    """What is kept of a code: with the installation's key, for six digits alone would be guessed from their hash."""
    return hmac.new(settings.SECRET_KEY.encode(), f"code {row.pk} {digits}".encode(), sha256).hexdigest()


def masked(kind: str, to: str) -> str:
    """A number or address as it may be shown to somebody who gave only the password: +41 •• •• 67, c•••@rochat.example."""
    if kind == CodeFactor.Kind.SMS:
        return f"{to[:3]} •• •• {to[-2:]}"
    name, _at, domain = to.partition("@")
    return f"{name[:1]}•••@{domain}"


def _still_goes_there(row: SecurityCode) -> bool:
    """Whether the factor the code was sent for is still there; what is being set up has none yet."""
    if row.purpose == SecurityCode.Purpose.SET_UP:
        return True
    return CodeFactor.objects.filter(user=row.user_id, kind=row.kind, to=row.to).exists()


def _count(request: HttpRequest, user: Any, to: str) -> None:
    """Count one message, against bombing a number and against running up the insurer's bill."""
    limits = {"app": "users", "config": settings.SECOND_FACTOR_LIMITS, "limit_get": True}
    usage = ratelimit.consume(request, action="send_code", key=to, **limits)
    if not usage:
        raise TooMany
    if not ratelimit.consume(request, action="send_code_account", key=str(user.pk), **limits):
        usage.rollback()
        raise TooMany
