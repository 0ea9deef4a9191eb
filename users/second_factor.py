"""The second factor: which types somebody has, whether they suffice, authenticator apps and recovery codes.

allauth keeps the secrets of authenticator apps (encrypted by `users.adapters.MFAAdapter`) and the public keys of
passkeys; numbers and addresses for codes are `users.models.CodeFactor`. That a code counts only once is kept in
the database, under the row's lock, and not in the cache: it holds for any number of processes, and it lets a
clock be half a minute off (RFC 6238, 5.2) without a code being good twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core import sms
from core.models import OutboxMessage
from permissions import grants
from permissions.reach import presets_in_stead
from users.models import CodeFactor, FactorKind, FreshProof, SecurityCode, TrustedBrowser, User

PERIOD = 30
PENDING = "pending_authenticator"
STRONG = frozenset({FactorKind.TOTP, FactorKind.PASSKEY})

# --- Which types, and whether they suffice ----------------------------------------------------------


def offered() -> list[FactorKind]:
    """The types this installation offers, the stronger ones first."""
    kinds = [FactorKind.TOTP, FactorKind.PASSKEY]
    if sms.is_offered():
        kinds.append(FactorKind.SMS)
    if settings.SECOND_FACTOR_BY_EMAIL:
        kinds.append(FactorKind.EMAIL)
    return kinds


# Plain SQL: every request asks, and composing the query costs more than the answer.
_REGISTERED = """
select type, last_used_at from mfa_authenticator where user_id = %(user)s and type <> %(codes)s
union all select kind, last_used from users_codefactor where user_id = %(user)s
"""


def registered(user: Any) -> dict[FactorKind, Any]:
    """The types somebody has set up, each with when one of it was last used; also types no longer offered."""
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED, {"user": user.pk, "codes": Authenticator.Type.RECOVERY_CODES.value})
        rows = cursor.fetchall()
    found: dict[FactorKind, Any] = {}
    for kind, used in rows:
        known = found.get(FactorKind(kind))
        found[FactorKind(kind)] = max(filter(None, (known, used)), default=None)
    return found


def ways_of(user: Any) -> list[FactorKind]:
    """By what somebody can prove himself: the type used last first, then the stronger ones, a recovery code last."""
    found = registered(user)
    kinds = [kind for kind in offered() if kind in found]
    kinds.sort(key=lambda kind: -found[kind].timestamp() if found[kind] else 0)
    if recovery_codes(user) is not None:
        kinds.append(FactorKind.RECOVERY)
    return kinds


def protected(people: Iterable[Any]) -> set[Any]:
    """The ids of those of these people who have set up any second factor; two queries for all."""
    ids = [person.pk for person in people]
    kept = Authenticator.objects.filter(user__in=ids).exclude(type=Authenticator.Type.RECOVERY_CODES)
    sent = CodeFactor.objects.filter(user__in=ids)
    return {*kept.values_list("user_id", flat=True), *sent.values_list("user_id", flat=True)}


def unprotected(people: QuerySet) -> QuerySet:
    """Those of these people who have set up no second factor of any type."""
    kept = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    sent = CodeFactor.objects.filter(user=OuterRef("pk"))
    return people.filter(~Exists(kept), ~Exists(sent))


def has_second_factor(user: Any) -> bool:
    """Whether somebody has a second factor that suffices; recovery codes alone are none.

    Codes by SMS or e-mail do not suffice for the insurer's own people (ASVS 5.0, 6.6: restricted).
    """
    return _enough(set(offered()) & set(registered(user)), user)


def is_compulsory(user: Any) -> bool:
    """Whether this person needs one: everybody, but for those who hold nothing but the roles excepted in the settings."""
    optional = settings.SECOND_FACTOR_OPTIONAL_FOR
    if not optional or not settings.SECOND_FACTOR_REQUIRED:
        return settings.SECOND_FACTOR_REQUIRED
    held = {row.preset for row in grants.grants_of(user)} | presets_in_stead(user)
    if apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user).exists():
        held.add("employee")
    return grants.is_staff(user) or not held or not held <= optional


def is_missing(user: Any) -> bool:
    """Whether somebody must set up a second factor before anything opens."""
    return not has_second_factor(user) and is_compulsory(user)


def suffices_without(user: Any, kind: str, *, further: bool = False) -> bool:
    """Whether `kind` can go: nothing is compulsory, or what stays suffices. `further`: another of that type stays."""
    left = set(offered()) & (set(registered(user)) - (set() if further else {kind}))
    return _enough(left, user) or not is_compulsory(user)


def _enough(kinds: set[FactorKind], user: Any) -> bool:
    """Whether these types would suffice for this person."""
    return bool(kinds & STRONG) or bool(kinds and not grants.is_staff(user))


def fingerprint(user: Any) -> str:
    """A digest of the password and of every factor: another one as soon as any of them is changed."""
    factors = Authenticator.objects.filter(user_id=user.pk).order_by("pk").values_list("pk", flat=True)
    codes = CodeFactor.objects.filter(user_id=user.pk).order_by("pk").values_list("pk", "to")
    parts = [str(user.pk), user.password, *map(str, factors), *(f"{pk} {to}" for pk, to in codes)]
    return hmac.new(settings.SECRET_KEY.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def remove_newer(user: Any, moment: datetime) -> list[str]:
    """Take away what was set up after `moment`, if what is older suffices by itself; returns the kinds that went.

    Within the caller's transaction, the account locked.
    """
    kept = Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
    sent = CodeFactor.objects.filter(user_id=user.pk)
    older = {
        *kept.filter(created_at__lte=moment).values_list("type", flat=True),
        *sent.filter(created__lte=moment).values_list("kind", flat=True),
    }
    if not _enough(set(offered()) & {FactorKind(kind) for kind in older}, user):
        return []
    newer, newer_sent = kept.filter(created_at__gt=moment), sent.filter(created__gt=moment)
    gone = [*newer.values_list("type", flat=True), *newer_sent.values_list("kind", flat=True)]
    newer.delete()
    newer_sent.delete()
    return gone


@transaction.atomic
def remove_all(user: Any) -> None:
    """Take every factor and every recovery code away, with the codes, proofs and trusted browsers that hang on them."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user_id=user.pk).delete()
    for model in (CodeFactor, SecurityCode, FreshProof, TrustedBrowser):
        model.objects.filter(user_id=user.pk).delete()


# --- Authenticator apps and recovery codes ----------------------------------------------------------


def check(user: Any, code: str, kinds: tuple[str, ...] = ("totp", "recovery_codes")) -> Authenticator | None:
    """The authenticator that `code` proves, used up by it; None for a wrong code and for a used one."""
    digits = plain(code)
    if digits is None:
        return None
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk, type__in=kinds)
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


# --- The demo ---------------------------------------------------------------------------------------


def enrol_demo_factor(user: Any) -> Authenticator:
    """Give a seeded user an authenticator whose secret follows from the installation's key and the address.

    Raises ImproperlyConfigured in production.
    """
    with transaction.atomic():
        row = store(user, demo_secret(user.email))
        new_recovery_codes(user).wrap().mark_as_viewed()
    return row


def receive_demo_codes(user: Any, number: str) -> CodeFactor:
    """Give a seeded user a number for codes by SMS. Raises ImproperlyConfigured in production."""
    _demo_only()
    return CodeFactor.objects.create(user=user, kind=CodeFactor.Kind.SMS, to=number)


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


def sent_code_now(user: Any) -> str:
    """The code of six digits sent to this user last, by SMS or e-mail, as it stands in the outbox. Demo and tests only.

    Empty if none was sent in the last ten minutes.
    """
    _demo_only()
    places = CodeFactor.objects.filter(user=user).values("to")
    since = timezone.now() - timedelta(minutes=10)
    sent = OutboxMessage.objects.filter(to__in=places, created__gt=since).order_by("-created")
    found = (re.search(r"(?<!\d)\d{6}(?!\d)", message.text) for message in sent)
    return next((match[0] for match in found if match), "")


def _demo_only() -> None:
    if settings.PRODUCTION:
        raise ImproperlyConfigured("Known second factors are for the demo and for tests.")
