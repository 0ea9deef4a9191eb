"""Signing in and out, and passwords: what each leaves in the audit trail and sets going.

allauth leads through the pages; its adapters (`users.adapters`) and the views call these acts.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.live import knock
from permissions.audit import record
from users import second_factor, tasks, trusted_browsers
from users.models import SecurityCode, User
from users.scim.tokens import end_tokens as end_directory_tokens
from users.services.bank import end_requests
from users.services.links import end_links
from users.services.locking import ANSWERED_ALIKE, COUNTED, forget_failures
from users.services.tokens import end_tokens

# What was set up so lately may be the stranger's.
STRANGERS = timedelta(days=30)


@transaction.atomic
def signed_in(user: User) -> None:
    """Record a full sign-in, every factor given."""
    forget_failures(user)
    record(user, "user.signed_in", user)


@transaction.atomic
def sign_in_failed(user: User | None, *, stage: str) -> None:
    """Record a refused attempt. `user` is None where the account does not exist; `stage` says which proof failed.

    A wrong password or code is counted in a job. So is, for nobody, what has to take the same time: an attempt at an
    account that does not exist, and a right password that does not count.
    """
    record(None, "user.sign_in_failed", user, stage=stage)
    if stage in COUNTED or stage in ANSWERED_ALIKE:
        counted = user if stage in COUNTED else None
        tasks.count_failure.defer(user_id=str(counted.pk if counted else uuid.uuid4()))


@transaction.atomic
def signed_out(user: User) -> None:
    """Record a sign-out and close the sockets."""
    record(user, "user.signed_out", user)
    knock([user.pk], "session", user.pk)


def end_sessions(user: User, *, keep: str = "", only: Any = None) -> int:
    """End this person's sessions; returns how many.

    All but the one with the session key `keep`, or one alone (`only`, its id). The sockets are told.
    """
    rows = UserSession.objects.filter(user_id=user.pk).exclude(session_key=keep)
    if only is not None:
        rows = rows.filter(pk=only)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    keys = list(rows.values_list("session_key", flat=True))
    for key in keys:
        store.delete(key)
    rows.delete()
    knock([user.pk], "session", user.pk)
    return len(keys)


@transaction.atomic
def end_sessions_by_hand(user: User, *, keep: str = "", only: Any = None) -> int:
    """The person ends other sessions of his own on the page “Devices and sessions”."""
    number = end_sessions(user, keep=keep, only=only)
    if number:
        record(user, "user.sessions_ended", user, number=number)
    return number


@transaction.atomic
def set_password(user: User, password: str, *, keep: str = "", way: str = "changed") -> None:
    """Set a new password, end the other sessions and the trust in browsers, and tell the person by mail.

    `keep` is the key of the session in which it is done, `way` is `changed` or `reset`. The second factor
    stays as it is; a lock ends.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_password(password)
    locked.save(update_fields=["password"])
    forget_failures(user)
    user.password = locked.password
    end_links(user)
    end_sessions(user, keep=keep)
    trusted_browsers.end(user)
    record(user, "user.password_changed", user, way=way)
    tasks.tell_of_change.defer(user_id=str(user.pk), what="password")


@transaction.atomic
def send_password_link(user_ids: list[Any]) -> None:
    """Send each of these accounts a link for a new password.

    For an address without account a job is made as well, for nobody: both take the same time.
    """
    for user_id in user_ids or [uuid.uuid4()]:
        tasks.send_password_link.defer(user_id=str(user_id))


@transaction.atomic
def raise_suspicion(user: User, *, send_link: bool = True) -> None:
    """“Somebody else was here”: end every session, API token and trust in a browser, take back bank details that wait, let the password die, mail a link for a new one, tell the insurer.

    Second factors younger than `STRANGERS` go, if an older one remains that suffices: otherwise the person would stand
    there without any, and looks through them after choosing the new password.
    Without `send_link` no link is mailed: the account's address is not known to be the person's.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_unusable_password()
    locked.save(update_fields=["password"])
    if second_factor.recovery_codes(user) is not None:
        # Whoever was here may have noted them.
        second_factor.new_recovery_codes(user)
    for kind in second_factor.remove_newer(user, timezone.now() - STRANGERS):
        record(user, "user.second_factor_removed", user, kind=kind)
    SecurityCode.objects.filter(user=user).delete()
    end_links(user)
    end_sessions(user)
    end_tokens(user)
    # Whoever was here may have made one: it could add and close people as long as nobody looks.
    end_directory_tokens(user)
    trusted_browsers.end(user)
    # The stranger may have entered them.
    end_requests(user, by=user)
    record(user, "user.suspicion_raised", user)
    if send_link:
        tasks.send_password_link.defer(user_id=str(user.pk), suspicion=True)
    tasks.tell_insurer_of_suspicion.defer(user_id=str(user.pk))
