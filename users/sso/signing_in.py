"""The way through the provider and back: whom its answer lets in, and whom not."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.db import IntegrityError, transaction
from django.utils import timezone

from permissions.audit import record
from permissions.grants import is_staff
from users.belonging import belongs, companies_with_grant, holds_more
from users.models.invitations import digest
from users.models.people import User
from users.sso import openid, saml
from users.sso.assertions import Asserted, NotBelieved
from users.sso.models import SsoAttempt, SsoConnection, SsoDomain, SsoIdentity


@dataclass(frozen=True)
class Welcome:
    """Somebody whom the provider has proven: the account, whether a second factor was given, where to go on."""

    user: User
    factor: bool
    next: str
    connection: SsoConnection


def domain_of(email: str) -> str:
    """The domain of an address, as domains are kept; empty if it has none."""
    return email.strip().lower().rpartition("@")[2] if "@" in email else ""


def connection_for(email: str) -> SsoConnection | None:
    """The active connection of the company whose domain this address has."""
    domain = SsoDomain.unrestricted.filter(domain=domain_of(email)).first()
    if domain is None:
        return None
    return SsoConnection.unrestricted.filter(company=domain.company_id, active=True).first()


def is_required_for(email: str) -> bool:
    """Whether addresses of this domain sign in through their company's provider only."""
    connection = connection_for(email)
    return connection is not None and connection.required


def must_use_provider(user: User) -> bool:
    """Whether this account may not sign in by itself: its company requires the provider."""
    connection = connection_for(user.email)
    if connection is None or not connection.required:
        return False
    return belongs(user, connection.company_id)


def may_move_to(user: User, email: str) -> bool:
    """Whether an account may take this address: who acts for a company that requires its provider stays within it.

    By the address the provider is asked for: with another one a password would do, also after the provider has
    closed the person. Who is insured and nothing else takes his own case along to an address of his own.
    """
    connection = connection_for(user.email)
    if connection is None or not connection.required:
        return True
    if connection.company_id not in companies_with_grant(user):
        return True
    domains = SsoDomain.unrestricted.filter(company=connection.company_id, domain=domain_of(email))
    return domains.exists()


def is_open(connection_id: Any) -> bool:
    """Whether there is such a connection, and it is active."""
    return SsoConnection.unrestricted.filter(pk=connection_id, active=True).exists()


def begin(connection_id: Any, *, email: str = "", next_page: str = "") -> tuple[SsoAttempt, str]:
    """Begin an attempt; returns it with the address of the provider to go to.

    Raises NotBelieved for a connection that is not (or no longer) active, Unreachable.
    """
    connection = SsoConnection.unrestricted.filter(pk=connection_id, active=True).first()
    if connection is None:
        raise NotBelieved("inactive")
    if connection.protocol == SsoConnection.Protocol.OIDC:
        way = openid.depart(connection, email)
    else:
        way = saml.depart(connection)
    attempt = SsoAttempt.objects.create(
        connection=connection,
        state=digest(way.state),
        nonce=way.nonce,
        verifier=get_adapter().encrypt(way.verifier) if way.verifier else "",
        next=next_page[:500],
    )
    return attempt, way.address


def claim(connection_id: Any, state: str, own: list[str] | None = None) -> SsoAttempt:
    """The attempt that this `state` belongs to, used up now. Raises NotBelieved for a second use.

    `own`: the ids of the attempts that this browser has begun; None where the browser shows itself later.
    """
    with transaction.atomic():
        rows = SsoAttempt.objects.select_for_update(of=("self",)).select_related("connection")
        attempt = rows.filter(state=digest(state), connection=connection_id).first()
        if attempt is None or (own is not None and str(attempt.pk) not in own):
            raise NotBelieved("state")
        if attempt.used or attempt.expires < timezone.now():
            raise NotBelieved("used" if attempt.used else "late")
        if not attempt.connection.active:
            raise NotBelieved("inactive")
        attempt.used = timezone.now()
        attempt.save(update_fields=["used"])
    return attempt


def redeem_code(connection_id: Any, state: str, own: list[str], *, code: str, issuer: str) -> Welcome:
    """OpenID Connect: the provider has sent the browser back with a code. Raises NotBelieved, Unreachable."""
    attempt = claim(connection_id, state, own)
    return admit(attempt, openid.redeem(attempt.connection, attempt, code=code, issuer=issuer))


def take_answer(connection_id: Any, answer: str) -> str:
    """SAML: the provider has let the browser post its answer; returns the ticket that leads on into the session.

    The posted answer comes without the session's cookie (SameSite), so whose browser it is shows afterwards.
    """
    connection = SsoConnection.unrestricted.filter(pk=connection_id, active=True).first()
    if connection is None:
        raise NotBelieved("inactive")
    request_id, asserted = saml.read_answer(connection, answer)
    attempt = claim(connection_id, request_id)
    ticket = secrets.token_urlsafe(32)
    attempt.subject, attempt.email, attempt.factor = asserted.subject, asserted.email, asserted.factor
    attempt.assertion, attempt.ticket = digest(asserted.assertion), digest(ticket)
    try:
        with transaction.atomic():
            attempt.save(update_fields=["subject", "email", "factor", "assertion", "ticket"])
    except IntegrityError as error:
        raise NotBelieved("replayed") from error
    return ticket


def redeem_ticket(ticket: str, own: list[str]) -> Welcome:
    """SAML: the browser that began the attempt comes with the ticket; it counts once. Raises NotBelieved."""
    with transaction.atomic():
        rows = SsoAttempt.objects.select_for_update(of=("self",)).select_related("connection")
        attempt = rows.filter(ticket=digest(ticket)).first()
        if attempt is None or str(attempt.pk) not in own or attempt.expires < timezone.now():
            raise NotBelieved("state")
        attempt.ticket = None
        attempt.save(update_fields=["ticket"])
    return admit(attempt, Asserted(attempt.subject, attempt.email, attempt.factor))


def admit(attempt: SsoAttempt, asserted: Asserted) -> Welcome:
    """The account of whom the provider names, bound to him from the first time on. Rights are never given here.

    Raises NotBelieved: a foreign domain, no account among the company's people, somebody of the
    insurer, another subject than the one that is bound.
    """
    try:
        with transaction.atomic():
            user = _account(attempt.connection_id, asserted)
    except NotBelieved as error:
        raise NotBelieved(error.code, asserted.email) from error
    # One company's provider does not stand in for the second factor of what is another's, or the person's own.
    factor = asserted.factor and not holds_more(user, attempt.connection.company_id)
    return Welcome(user, factor, attempt.next, attempt.connection)


def _account(connection_id: Any, asserted: Asserted) -> User:
    connection = SsoConnection.unrestricted.select_for_update().get(pk=connection_id)
    if not connection.active:
        raise NotBelieved("inactive")
    email = asserted.email.strip().lower()
    domains = SsoDomain.unrestricted.filter(company=connection.company_id, domain=domain_of(email))
    if email.count("@") != 1 or not email.isascii() or not domains.exists():
        raise NotBelieved("foreign_domain")
    # Whoever waits for a letter has shown nothing but a mailbox yet, and the company keeps that, too.
    user = User.objects.filter(email=email, is_active=True, initial_password_until=None).first()
    if user is None or is_staff(user) or not belongs(user, connection.company_id):
        raise NotBelieved("no_account")
    bound = list(connection.identities.filter(user=user)) + list(
        connection.identities.filter(subject=asserted.subject)
    )
    if any(each.user_id != user.pk or each.subject != asserted.subject for each in bound):
        raise NotBelieved("other_subject")
    now = timezone.now()
    if bound:
        SsoIdentity.objects.filter(pk=bound[0].pk).update(used=now)
    else:
        SsoIdentity.objects.create(connection=connection, user=user, subject=asserted.subject)
        record(user, "user.provider_linked", user, connection=connection.pk)
    connection.used = now
    connection.save(update_fields=["used"])
    return user


@transaction.atomic
def refused(code: str, *, email: str = "") -> None:
    """Record that a provider's answer let nobody in."""
    user = User.objects.filter(email=email.strip().lower()).first() if email else None
    record(None, "user.sign_in_failed", user, stage="provider", reason=code)


def forget_old(before: Any) -> None:
    """Forget attempts begun before this moment; a replayed answer is refused by its age by then."""
    SsoAttempt.objects.filter(created__lt=before).delete()


def published() -> Any:
    """The connections whose description of ourselves anybody may read: it holds two addresses of ours."""
    return SsoConnection.unrestricted.all()
