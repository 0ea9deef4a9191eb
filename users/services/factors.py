"""Second factors: set up, named, removed. Every change ends the other sessions and the trust in browsers, and is told."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions.audit import record
from users import passkeys, second_factor, tasks, trusted_browsers
from users.models import CodeFactor, FactorKind, SecurityCode, User
from users.services.sign_in import end_sessions, signed_in

AT_MOST_KEYS = 10


@transaction.atomic
def set_second_factor(user: User, secret: str, step: int, *, keep: str = "") -> bool:
    """Set up or replace the authenticator app; returns whether it was the person's first factor.

    `step` is the time step of the code that proved it: that code does not count again. With the first one the
    sign-in that was waiting for it is complete, and recovery codes are made.
    """
    before = _begin(user)
    second_factor.store(user, secret, step)
    return _set(user, FactorKind.TOTP, before, keep)


@transaction.atomic
def add_passkey(user: User, name: str, credential: dict[str, Any], *, keep: str = "") -> bool:
    """Keep a new passkey or security key (`users.passkeys.finish_adding`); returns as `set_second_factor`.

    Raises NotNow beyond ten keys, ValidationError for one that is kept already.
    """
    before = _begin(user)
    kept = passkeys.of(user)
    if len(kept) >= AT_MOST_KEYS:
        raise NotNow(_("Your account has ten passkeys. Remove one that you no longer use."))
    if any(row.data["credential"]["id"] == credential["id"] for row in kept):
        raise ValidationError(_("This passkey is set up already."))
    passkeys.store(user, name, credential)
    return _set(user, FactorKind.PASSKEY, before, keep)


@transaction.atomic
def rename_passkey(user: User, key: str, name: str) -> None:
    """Give a passkey another name. Raises OutOfReach for one that is not this person's."""
    User.objects.select_for_update().get(pk=user.pk)
    row = find_passkey(user, key)
    row.data["name"] = name
    row.save(update_fields=["data"])
    record(user, "user.passkey_renamed", user)


def find_passkey(user: User, key: str) -> Authenticator:
    """One of this person's passkeys. Raises OutOfReach."""
    row = next((row for row in passkeys.of(user) if row.data.get("key") == str(key)), None)
    if row is None:
        raise OutOfReach
    return row


@transaction.atomic
def set_code_factor(user: User, proven: SecurityCode, *, keep: str = "") -> bool:
    """Send codes to the number or address that a code has just proven; returns as `set_second_factor`."""
    before = _begin(user)
    CodeFactor.objects.filter(user=user, kind=proven.kind).delete()
    CodeFactor.objects.create(user=user, kind=proven.kind, to=proven.to, last_used=timezone.now())
    return _set(user, FactorKind(proven.kind), before, keep)


@transaction.atomic
def remove_factor(user: User, factor: str, *, keep: str = "") -> None:
    """Remove a factor: `totp`, `sms`, `email`, or a passkey by its key.

    Raises OutOfReach for one that is not there, NotNow for the last one of somebody who needs one: it is replaced.
    """
    User.objects.select_for_update().get(pk=user.pk)
    kind, rows, further = _find(user, factor)
    if not second_factor.suffices_without(user, kind, further=further):
        raise NotNow(
            _("This is your last second factor, and your account needs one. Set up another one first."),
            code="last_factor",
        )
    rows.delete()
    if not second_factor.registered(user):
        Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    record(user, "user.second_factor_removed", user, kind=kind.value)
    _end_others(user, keep, "second_factor_removed")


@transaction.atomic
def renew_recovery_codes(user: User, *, keep: str = "") -> Authenticator:
    """Make new recovery codes; the old ones are dead, the other sessions end."""
    User.objects.select_for_update().get(pk=user.pk)
    row = second_factor.new_recovery_codes(user)
    record(user, "user.recovery_codes_renewed", user)
    _end_others(user, keep, "recovery_codes")
    return row


@transaction.atomic
def end_trusted_browsers(user: User, *, only: Any = None) -> int:
    """Trust somebody's browsers no longer, or one of them (`only`, its id); returns how many."""
    return trusted_browsers.end(user, only=only)


def end_codes(user: User, *, kind: str = "") -> None:
    """Let no code that is under way to this person be good any more, or none of this kind. Within the caller's transaction."""
    rows = SecurityCode.objects.filter(user=user)
    if kind:
        rows = rows.filter(kind=kind)
    rows.delete()


@transaction.atomic
def end_trusted_browsers_by_hand(user: User, *, only: Any = None) -> int:
    """The person trusts his browsers, or one of them, no longer, on the page “Devices and sessions”."""
    number = trusted_browsers.end(user, only=only)
    if number:
        record(user, "user.trust_ended", user, number=number)
    return number


def _begin(user: User) -> tuple[bool, bool]:
    """Lock the account; whether it has no factor yet, and whether the sign-in waits for one."""
    User.objects.select_for_update().get(pk=user.pk)
    return not second_factor.registered(user), second_factor.is_missing(user)


def _set(user: User, kind: FactorKind, before: tuple[bool, bool], keep: str) -> bool:
    """A factor was set up: what follows for all kinds alike."""
    first, waiting = before
    if second_factor.recovery_codes(user) is None:
        second_factor.new_recovery_codes(user)
    record(user, "user.second_factor_set", user, kind=kind.value, first=first)
    if waiting and not second_factor.is_missing(user):
        signed_in(user)
    _end_others(user, keep, "second_factor")
    return first


def _end_others(user: User, keep: str, what: str) -> None:
    end_sessions(user, keep=keep)
    trusted_browsers.end(user)
    tasks.tell_of_change.defer(user_id=str(user.pk), what=what)


def _find(user: User, factor: str) -> tuple[FactorKind, Any, bool]:
    """Kind and rows of a factor, and whether another of the same kind stays."""
    if factor == FactorKind.TOTP:
        rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
        kind, further = FactorKind.TOTP, False
    elif factor in CodeFactor.Kind.values:
        rows = CodeFactor.objects.filter(user=user, kind=factor)
        kind, further = FactorKind(factor), False
    else:
        rows = Authenticator.objects.filter(pk=find_passkey(user, factor).pk)
        kind, further = FactorKind.PASSKEY, len(passkeys.of(user)) > 1
    if not rows.exists():
        raise OutOfReach
    return kind, rows, further
