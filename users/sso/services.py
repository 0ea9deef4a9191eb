"""The connection of a company to its provider: what is set up, confirmed, tested, switched on and off."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions.audit import record
from permissions.policy import require
from users.scim import tokens
from users.sso import openid, saml
from users.sso.assertions import NotBelieved
from users.sso.fetching import Unreachable, check_address
from users.sso.models import SsoAttempt, SsoConnection, SsoDomain, SsoIdentity

# Who keeps a connection: the contract manager.
MANAGE = "company.edit"
# The act for which a fresh proof is given.
ACT = "single_sign_on"
# Addresses that anybody gets prove no company.
FREEMAIL = frozenset(
    """
    aol.com bluemail.ch bluewin.ch fastmail.com freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
    googlemail.com hispeed.ch hotmail.ch hotmail.com hotmail.de hotmail.fr hotmail.it icloud.com laposte.net
    libero.it live.com live.fr mac.com mail.com mail.ru me.com msn.com orange.fr outlook.com outlook.de
    outlook.fr outlook.it posteo.de proton.me protonmail.ch protonmail.com sunrise.ch t-online.de tutanota.com
    virgilio.it wanadoo.fr web.de yahoo.com yahoo.de yahoo.fr yahoo.it yandex.com ymail.com zoho.com
    """.split()  # noqa: SIM905
)
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
PROTOCOLS = {SsoConnection.Protocol.OIDC: openid, SsoConnection.Protocol.SAML: saml}


@transaction.atomic
def save_connection(
    company: Any,
    *,
    by: Any,
    protocol: str,
    issuer: str,
    client_id: str = "",
    secret: str = "",
    metadata: str = "",
    trusts_factor: bool = False,
    factor_values: Iterable[str] = (),
) -> SsoConnection:
    """Set up or change how the company's people sign in through their provider.

    An empty `secret` leaves the one that is kept. Another provider, client, secret or metadata has to be tested
    and switched on again, and binds every account anew. Raises NotAllowed/OutOfReach, ValidationError by field.
    """
    company = _locked_company(company)
    require(by, MANAGE, company)
    found = SsoConnection.unrestricted.select_for_update().filter(company=company).first()
    connection = found or SsoConnection(company=company)
    before = (connection.protocol, connection.issuer, connection.client_id, connection.metadata)
    connection.protocol, connection.issuer, connection.client_id = protocol, issuer.strip(), client_id.strip()
    connection.metadata = metadata.strip()
    connection.trusts_factor = trusts_factor
    connection.factor_values = sorted({each.strip() for each in factor_values if each.strip()})
    if protocol == SsoConnection.Protocol.SAML:
        connection.client_id, connection.secret = "", ""
    elif secret:
        connection.secret = get_adapter().encrypt(secret)
    _check(connection)
    now = (connection.protocol, connection.issuer, connection.client_id, connection.metadata)
    if before != now or secret:
        connection.tested = connection.used = None
        connection.active = connection.required = False
        SsoAttempt.objects.filter(connection=connection.pk).delete()
    if before[:2] != now[:2]:
        SsoIdentity.objects.filter(connection=connection.pk).delete()
    connection.save()
    record(by, "sso.saved", company, protocol=protocol, trusts_factor=trusts_factor)
    return connection


def _check(connection: SsoConnection) -> None:
    if connection.trusts_factor and not connection.factor_values:
        raise ValidationError(
            {"factor_values": _("Say which values prove a second factor at the provider, for example mfa.")}
        )
    if connection.protocol == SsoConnection.Protocol.SAML:
        saml.check_metadata(connection)
    else:
        connection.metadata = ""
        try:
            check_address(connection.issuer)
        except Unreachable as error:
            raise ValidationError(
                {"issuer": _("Enter an address that begins with https://, as the provider publishes it.")}
            ) from error
        if not connection.client_id:
            raise ValidationError({"client_id": _("Enter the client ID that the provider has given out.")})
    connection.clean_fields(exclude=["company", "secret", "tested", "used"])


# --- Domains ----------------------------------------------------------------------------------------


@transaction.atomic
def add_domain(company: Any, domain: str, *, by: Any) -> SsoDomain:
    """Confirm that the addresses of this domain are the company's. Raises ValidationError by field."""
    company = _locked_company(company)
    require(by, MANAGE, company)
    domain = domain.strip().lower().removeprefix("@")
    if not _DOMAIN.fullmatch(domain) or len(domain) > 190:
        raise ValidationError({"domain": _("Enter a domain, for example company.example.")})
    if domain in FREEMAIL:
        raise ValidationError({"domain": _("Anybody can have an address there: it proves no company.")})
    row = SsoDomain(company=company, domain=domain, confirmed_by=by)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"domain": _("This domain is confirmed for a company already.")}) from error
    record(by, "sso.domain_confirmed", company)
    return row


@transaction.atomic
def remove_domain(domain_id: Any, *, by: Any) -> None:
    """Take a domain back: its addresses sign in by password again. Raises OutOfReach, NotAllowed."""
    row = SsoDomain.unrestricted.select_for_update(of=("self",)).filter(pk=domain_id).first()
    if row is None:
        raise OutOfReach
    require(by, MANAGE, row.company)
    row.delete()
    record(by, "sso.domain_removed", row.company)


# --- Testing, on and off ----------------------------------------------------------------------------


def test(connection_id: Any, *, by: Any) -> str:
    """Try the connection out; empty if all is well, else why not, in one word. Only what passed can be switched on.

    The provider is asked outside a transaction: it may be slow.
    """
    connection = _connection(connection_id)
    require(by, MANAGE, connection.company)
    problem = ""
    try:
        PROTOCOLS[SsoConnection.Protocol(connection.protocol)].try_out(connection)
    except (Unreachable, NotBelieved) as error:
        problem = error.code
    with transaction.atomic():
        now = _locked(connection.pk)
        require(by, MANAGE, now.company)
        same = (now.issuer, now.client_id, now.secret, now.metadata) == (
            connection.issuer,
            connection.client_id,
            connection.secret,
            connection.metadata,
        )
        if not same:
            raise NotNow(_("The connection was changed meanwhile. Test it again."), code="changed")
        # What works for others goes on working: a failed test only keeps from switching on.
        if not problem or not now.active:
            now.tested = None if problem else timezone.now()
            now.save(update_fields=["tested"])
        record(by, "sso.tested", now.company, passed=not problem, problem=problem)
    return problem


@transaction.atomic
def activate(connection_id: Any, *, by: Any) -> SsoConnection:
    """Let the company's people sign in through the provider. Raises NotNow before the test and without a domain."""
    connection = _locked(connection_id)
    require(by, MANAGE, connection.company)
    if connection.tested is None:
        raise NotNow(_("Test the connection first."), code="not_tested")
    if not SsoDomain.unrestricted.filter(company=connection.company_id).exists():
        raise NotNow(_("Confirm a domain of the company first."), code="no_domain")
    connection.active = True
    connection.save(update_fields=["active"])
    record(by, "sso.activated", connection.company)
    return connection


@transaction.atomic
def deactivate(connection_id: Any, *, by: Any) -> SsoConnection:
    """Close the way through the provider; everybody signs in by password again, those of a compulsory one too."""
    connection = _locked(connection_id)
    require(by, MANAGE, connection.company)
    connection.active = connection.required = False
    connection.save(update_fields=["active", "required"])
    SsoAttempt.objects.filter(connection=connection).delete()
    record(by, "sso.deactivated", connection.company)
    return connection


@transaction.atomic
def require_provider(connection_id: Any, required: bool, *, by: Any) -> SsoConnection:
    """Make the provider compulsory for the company's people, or leave the password beside it.

    Raises NotNow before somebody has signed in through it: nobody is locked out by a connection that does not work.
    """
    connection = _locked(connection_id)
    require(by, MANAGE, connection.company)
    if required and not connection.active:
        raise NotNow(_("Switch the connection on first."), code="not_active")
    if required and connection.used is None:
        raise NotNow(
            _("Nobody has signed in through this connection yet. Let somebody of the company do so first."),
            code="not_used",
        )
    connection.required = required
    connection.save(update_fields=["required"])
    if required:
        record(by, "sso.required", connection.company)
    else:
        record(by, "sso.released", connection.company)
    return connection


@transaction.atomic
def remove_connection(connection_id: Any, *, by: Any) -> None:
    """Take the connection away, with its secret, the bindings of accounts and the tokens of the directory.

    The domains stay confirmed. Switching off (`deactivate`) leaves the directory its tokens.
    """
    connection = _locked(connection_id)
    require(by, MANAGE, connection.company)
    company = connection.company
    connection.delete()
    tokens.end_tokens_of_company(company, by=by)
    record(by, "sso.removed", company)


def forget(user: Any) -> None:
    """An account is closed: nobody at a provider is it any longer. Within the caller's transaction."""
    SsoIdentity.objects.filter(user=user).delete()


def _connection(connection_id: Any) -> SsoConnection:
    rows = SsoConnection.unrestricted.select_related("company")
    found = rows.filter(pk=connection_id).first()
    if found is None:
        raise OutOfReach
    return found


def _locked(connection_id: Any) -> SsoConnection:
    rows = SsoConnection.unrestricted.select_for_update(of=("self",)).select_related("company")
    found = rows.filter(pk=connection_id).first()
    if found is None:
        raise OutOfReach
    return found


def _locked_company(company: Any) -> Any:
    rows = apps.get_model("companies.Company").unrestricted.select_for_update(no_key=True)
    found = rows.filter(pk=company.pk).first()
    if found is None:
        raise OutOfReach
    return found
