"""The second factor: authenticator apps and recovery codes.

allauth keeps the secrets (encrypted by `users.adapters.MFAAdapter`). That a code counts only once is kept in
the database, under the row's lock, and not in the cache: it holds for any number of processes, and it lets a
clock be half a minute off (RFC 6238, 5.2) without a code being good twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest

PERIOD = 30
PENDING = "pending_authenticator"


def has_second_factor(user: Any) -> bool:
    """Whether an authenticator app is set up; recovery codes alone are none."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def check(user: Any, code: str) -> Authenticator | None:
    """The authenticator that `code` proves, used up by it; None for a wrong code and for a used one."""
    digits = plain(code)
    if digits is None:
        return None
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk)
        for row in rows.order_by("-type"):
            if row.type == Authenticator.Type.TOTP and _use(row, digits):
                return row
            if row.type == Authenticator.Type.RECOVERY_CODES and row.wrap().validate_code(digits):
                return row
    return None


def plain(code: str) -> str | None:
    """The digits of a code as typed (“123 456” is read); None if it has anything else in it."""
    digits = "".join(code.split()).replace("-", "")
    return digits if digits.isascii() and digits.isdigit() else None


def matching_step(secret: str, code: str, after: int = -1) -> int | None:
    """The time step (30 s each) this code belongs to: now, the one before or the next, later than `after`."""
    digits = plain(code)
    if digits is None:
        return None
    now = int(time.time()) // PERIOD
    for step in (now, now - 1, now + 1):
        if step > after and hmac.compare_digest(format_hotp_value(hotp_value(secret, step)), digits):
            return step
    return None


def _use(row: Authenticator, digits: str) -> bool:
    if "secret" not in row.data:
        return False
    secret = get_adapter().decrypt(row.data["secret"])
    step = matching_step(secret, digits, after=row.data.get("used_step", -1))
    if step is None:
        return False
    row.data["used_step"] = step
    row.save(update_fields=["data"])
    return True


def pending_secret(request: HttpRequest) -> str:
    """The secret offered for set-up in this session: the same one until it is confirmed, encrypted meanwhile."""
    adapter = get_adapter()
    if PENDING not in request.session:
        request.session[PENDING] = adapter.encrypt(generate_totp_secret())
    return adapter.decrypt(request.session[PENDING])


def store(user: Any, secret: str, used_step: int = -1) -> Authenticator:
    """Make this the user's one authenticator app, in place of a former one; within the caller's transaction."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
    row = TOTP.activate(user, secret).instance
    row.data["used_step"] = used_step
    row.save(update_fields=["data"])
    return row


def new_recovery_codes(user: Any) -> Authenticator:
    """Replace the recovery codes; the old ones are dead. Within the caller's transaction."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    return RecoveryCodes.activate(user).instance


def recovery_codes(user: Any) -> RecoveryCodes | None:
    """The user's recovery codes; None before they were made."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return row.wrap() if row else None


def remove_all(user: Any) -> None:
    """Take every factor away, recovery codes too; the next sign-in sets one up anew. Within the caller's transaction."""
    Authenticator.objects.filter(user_id=user.pk).delete()


# --- The demo ---------------------------------------------------------------------------------------


def enrol_demo_factor(user: Any) -> Authenticator:
    """Give a seeded user an authenticator whose secret follows from the installation's key and the address.

    Raises ImproperlyConfigured in production.
    """
    with transaction.atomic():
        row = store(user, demo_secret(user.email))
        new_recovery_codes(user).wrap().mark_as_viewed()
    return row


def demo_secret(email: str) -> str:
    """The authenticator secret of a seeded account. Raises ImproperlyConfigured in production."""
    _demo_only()
    digest = hmac.new(settings.SECRET_KEY.encode(), f"demo factor {email}".encode(), hashlib.sha256)
    return base64.b32encode(digest.digest()[:20]).decode()


def code_now(user: Any) -> str:
    """The code the user's authenticator app shows; the next one if that was used already. Demo and tests only.

    Raises Authenticator.DoesNotExist if none is set up.
    """
    _demo_only()
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    step = max(int(time.time()) // PERIOD, row.data.get("used_step", -1) + 1)
    return format_hotp_value(hotp_value(get_adapter().decrypt(row.data["secret"]), step))


def _demo_only() -> None:
    if settings.PRODUCTION:
        raise ImproperlyConfigured("Known second factors are for the demo and for tests.")
