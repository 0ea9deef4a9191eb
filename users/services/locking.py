"""Locking an account after many wrong passwords and codes, and opening it again (decision 0012).

The lock stops whoever guesses, not the owner: it ends by itself, by a link in a mail or by the PUK, and a browser from
which the account was signed in to before does not meet it (`users.known_browsers`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions.audit import record
from users import tasks
from users.models import User

DAY = timedelta(days=1)
SALT = "users.unlock"
# Refusals that say something about a guess, and those of a right password that are to look like one.
# A passkey alone is not guessed, and whose it is only the browser says: it is not counted.
COUNTED = frozenset({"code_again", "password", "password_again", "second_factor"})
ANSWERED_ALIKE = frozenset({"locked", "expired"})


def is_locked(user: User) -> bool:
    """Whether the account is locked now."""
    return user.locked_at is not None and timezone.now() < lock_end(user.locked_at)


def locked_since() -> datetime:
    """Accounts locked after this moment are locked still."""
    return timezone.now() - timedelta(hours=settings.SIGN_IN_LOCK_HOURS)


def lock_end(locked_at: datetime) -> datetime:
    """When a lock ends by itself."""
    return locked_at + timedelta(hours=settings.SIGN_IN_LOCK_HOURS)


@transaction.atomic
def count_failure(user_id: Any) -> bool:
    """Count a wrong password or code; returns whether it was the one that locks the account."""
    user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
    if user is None or is_locked(user):
        return False
    now = timezone.now()
    if user.failures_since is None or user.failures_since < now - DAY:
        user.failures, user.failures_since = 0, now
    user.failures += 1
    locks = user.failures >= settings.SIGN_IN_FAILURES
    if locks:
        user.failures, user.failures_since, user.locked_at = 0, None, now
        record(None, "user.locked", user)
        tasks.tell_of_lock.defer(user_id=str(user.pk))
    user.save(update_fields=["failures", "failures_since", "locked_at"])
    return locks


def forget_failures(user: User) -> None:
    """Begin to count anew: the owner has proven himself. Within the caller's transaction."""
    User.objects.filter(pk=user.pk).exclude(failures=0, locked_at=None).update(
        failures=0, failures_since=None, locked_at=None
    )


def unlock_token(user: User) -> str:
    """The token of the mailed link that ends this very lock, and no later one."""
    at = user.locked_at.isoformat() if user.locked_at else ""
    return signing.dumps({"user": str(user.pk), "at": at}, salt=SALT)


def check_unlock(token: str) -> None:
    """Raise OutOfReach for a token that was never sent, NotNow (`ended`) if that lock is over already."""
    _locked_by(token, User.objects.all())


def _locked_by(token: str, users: QuerySet[User]) -> User:
    named = _read(token)
    user = users.filter(pk=named["user"], is_active=True).first()
    if user is None or user.locked_at is None or user.locked_at.isoformat() != named["at"]:
        raise NotNow(_("Your account is not locked any more: sign in as usual."), code="ended")
    return user


def _read(token: str) -> dict[str, str]:
    try:
        return signing.loads(token, salt=SALT, max_age=settings.SIGN_IN_LOCK_HOURS * 3600)
    except signing.SignatureExpired as error:
        raise NotNow(_("The lock has ended by itself: sign in as usual."), code="ended") from error
    except signing.BadSignature as error:
        raise OutOfReach from error


@transaction.atomic
def unlock(token: str) -> User:
    """End the lock that a mailed link belongs to.

    Raises OutOfReach for a token that was never sent, NotNow (`ended`) if that lock is over already.
    """
    user = _locked_by(token, User.objects.select_for_update())
    forget_failures(user)
    record(user, "user.unlocked", user, way="mail")
    return user
