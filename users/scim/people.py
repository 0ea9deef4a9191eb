"""The company's people for its directory: `Users`. The acts are those of user management, within the same limits."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from core.errors import OutOfReach
from core.text import fold
from permissions import grants
from permissions.audit import record
from permissions.holders import company_of, people_within
from permissions.policy import require
from users import tasks
from users.models import Invitation, ProvisionedUser, ScimToken, SsoDomain, User
from users.scim.errors import ScimError
from users.scim.expressions import member
from users.scim.schemas import USER
from users.services import end_sessions, has_anything
from users.services.closing import close_account
from users.services.deputies import end_deputies_at
from users.services.management_requests import withdraw_for_invitation, withdraw_for_row
from users.sso.signing_in import connection_for, domain_of

_NAMES = {"givenName": "first_name", "familyName": "last_name"}
_SPACES = re.compile(r"\s+")


def lock(token: ScimToken) -> Any:
    """The token's company, locked: what directories do to one company happens one after the other.

    Raises OutOfReach/NotAllowed if the token's maker no longer manages its users.
    """
    rows = apps.get_model("companies.Company").unrestricted.select_for_update(no_key=True)
    company = rows.get(pk=token.company_id)
    require(token.made_by, "users.manage", company)
    return company


def rows_of(token: ScimToken) -> Any:
    """The people that the directory sees: everybody with access to the company, or insured there and with one of its
    addresses, and whom it added."""
    _adopt(token)
    rows = ProvisionedUser.unrestricted.filter(company=token.company_id, deleted=None)
    return rows.select_related("user").order_by("created", "id")


def _adopt(token: ScimToken) -> None:
    """Give those a row who came by another way: invited, insured with an account of the company's domain."""
    known = ProvisionedUser.unrestricted.filter(company=token.company_id).values("user")
    insured = apps.get_model("companies.InsuredPerson").unrestricted.filter(
        company=token.company_id, user__isnull=False
    )
    found = set(
        people_within(token.made_by, company=token.company_id)
        .exclude(pk__in=known)
        .values_list("pk", flat=True)
    )
    # Who is insured and nothing else is nobody's colleague: his account is not shown to the employer, nor the
    # address of his own that he signs in with. One of the company's domains is no secret to its directory.
    domains = set(SsoDomain.unrestricted.filter(company=token.company_id).values_list("domain", flat=True))
    own = insured.exclude(user__in=known).values_list("user", "user__email")
    found |= {user for user, email in own if domain_of(email) in domains}
    new = [user for user in User.objects.filter(pk__in=found) if not grants.is_staff(user)]
    ProvisionedUser.unrestricted.bulk_create(
        [
            ProvisionedUser(
                company_id=token.company_id, user=user, first_name=user.first_name, last_name=user.last_name
            )
            for user in new
        ],
        ignore_conflicts=True,
    )


def find(token: ScimToken, key: str) -> ProvisionedUser:
    """One of the company's people. Raises OutOfReach."""
    try:
        found = rows_of(token).filter(pk=key).first()
    except ValidationError as error:
        raise OutOfReach from error
    if found is None:
        raise OutOfReach
    return found


# --- What is asked for ------------------------------------------------------------------------------


def wanted(data: Any, *, active: bool = True) -> dict[str, Any]:
    """The attributes of a body that we know, in one form; `active` where it says nothing of it. Raises ScimError."""
    if not isinstance(data, dict) or USER not in (member(data, "schemas") or []):
        raise ScimError(400, f"The body has to be of the schema {USER}.", "invalidSyntax")
    name = member(data, "name")
    if name is not None and not isinstance(name, dict):
        raise ScimError(400, "name is an object.", "invalidValue")
    found = {part: _text(member(name or {}, part), part, 60) for part in _NAMES}
    if not any(found.values()):
        formatted = _text(member(name or {}, "formatted"), "name.formatted", 120)
        shown = formatted or _text(member(data, "displayName"), "displayName", 120)
        first, _blank, last = shown.rpartition(" ")
        found = {"givenName": first[:60], "familyName": last[:60]}
    return {
        **found,
        "userName": _text(member(data, "userName"), "userName", 254).lower(),
        "externalId": _text(member(data, "externalId"), "externalId", 200) or None,
        "active": truth(member(data, "active"), active),
        "language": _text(member(data, "preferredLanguage"), "preferredLanguage", 40)[:2].lower(),
    }


def _text(value: Any, name: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise ScimError(400, f"{name} is a text of at most {longest} characters.", "invalidValue")
    return _SPACES.sub(" ", value).strip()


def truth(value: Any, otherwise: bool) -> bool:
    """A boolean, also as the text that some directories send. Raises ScimError."""
    if value is None:
        return otherwise
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ScimError(400, "active is true or false.", "invalidValue")
    return value


# --- Acts -------------------------------------------------------------------------------------------


@transaction.atomic
def create(token: ScimToken, data: Any) -> ProvisionedUser:
    """Add somebody: an account without password and without any right, or his own account if he has one.

    Without a sign-in of the company he is mailed a link to choose a password. That an account existed before
    is not told. Raises ScimError: 409 `uniqueness` for somebody the directory has already.
    """
    company = lock(token)
    values = wanted(data)
    email = values["userName"]
    _check_address(token, email)
    known = rows_of(token)
    if known.filter(user__email=email).exists():
        raise ScimError(409, "This userName is taken.", "uniqueness")
    _check_external_id(token, values["externalId"])
    user = User.objects.select_for_update().filter(email=email).first()
    made = user is None
    if user is None:
        user = _new_account(email, values)
    row = ProvisionedUser.unrestricted.filter(company=company, user=user).first()
    row = row or ProvisionedUser(company=company, user=user, made_account=made)
    row.deleted, row.external_id, row.modified = None, values["externalId"], timezone.now()
    row.first_name, row.last_name, row.active = values["givenName"], values["familyName"], True
    if row.closed_account:
        _open_account(token, row)
    row.save()
    record(token.made_by, "provisioning.created", company, user=user.pk)
    if not values["active"]:
        _close(token, row)
    elif made and connection_for(email) is None:
        tasks.send_password_link.defer(user_id=str(user.pk), new=True)
    return row


def _check_address(token: ScimToken, email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise ScimError(400, "userName is an e-mail address.", "invalidValue") from error
    domains = SsoDomain.unrestricted.filter(company=token.company_id, domain=domain_of(email))
    if not domains.exists():
        raise ScimError(
            400, "userName is an address of a domain that the insurer has confirmed.", "invalidValue"
        )


def _check_external_id(token: ScimToken, value: str | None, row: ProvisionedUser | None = None) -> None:
    others = ProvisionedUser.unrestricted.filter(company=token.company_id, external_id=value, deleted=None)
    if row is not None:
        others = others.exclude(pk=row.pk)
    if value is not None and others.exists():
        raise ScimError(409, "This externalId is taken.", "uniqueness")


def _new_account(email: str, values: dict[str, Any]) -> User:
    languages = {code for code, _name in settings.LANGUAGES}
    language = values["language"] if values["language"] in languages else settings.LANGUAGE_CODE
    user = User.objects.create_user(
        email,
        None,
        first_name=values["givenName"],
        last_name=values["familyName"] or email.partition("@")[0][:60],
        language=language,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def replace(token: ScimToken, key: str, data: Any) -> ProvisionedUser:
    """Bring somebody to what the body says; what it leaves out is emptied, `active` stays. Raises ScimError, OutOfReach."""
    company = lock(token)
    row = find(token, key)
    values = wanted(data, active=row.active)
    if values["userName"] != row.user.email:
        raise ScimError(400, "userName is set once: the person changes the address.", "mutability")
    _check_external_id(token, values["externalId"], row)
    names = {column: values[part] for part, column in _NAMES.items()}
    changed = {name for name, value in names.items() if getattr(row, name) != value}
    if changed or row.external_id != values["externalId"]:
        for name, value in names.items():
            setattr(row, name, value)
        row.external_id = values["externalId"]
        _save(row)
        _rename(row)
        record(token.made_by, "provisioning.edited", company, user=row.user_id, fields=sorted(changed))
    if row.active and not values["active"]:
        _close(token, row)
    elif values["active"] and not row.active:
        _open(token, row)
    return row


def _rename(row: ProvisionedUser) -> None:
    """The account bears the names too, as long as it is this company's alone: made for it, and nowhere else."""
    user = row.user
    if not row.made_account or _is_elsewhere(row) or not row.last_name:
        return
    user.first_name, user.last_name = row.first_name, row.last_name
    user.sort_key = fold(f"{user.last_name} {user.first_name}")
    user.save(update_fields=["first_name", "last_name", "sort_key"])


def _is_elsewhere(row: ProvisionedUser) -> bool:
    """Whether the account has to do with others than this company: other companies, the insurer, being insured."""
    user = row.user
    others = ProvisionedUser.unrestricted.filter(user=user, deleted=None, active=True)
    return (
        grants.is_staff(user)
        or others.exclude(company=row.company_id).exists()
        or any(company_of(each) != row.company_id for each in grants.grants_of(user))
        or apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user).exists()
    )


@transaction.atomic
def delete(token: ScimToken, key: str) -> None:
    """Take somebody out of the directory's sight, and his access with it. Raises OutOfReach."""
    company = lock(token)
    row = find(token, key)
    if row.active:
        _close(token, row)
    row.deleted, row.external_id = timezone.now(), None
    _save(row)
    record(token.made_by, "provisioning.deleted", company, user=row.user_id)


def _close(token: ScimToken, row: ProvisionedUser) -> None:
    """Take this company's access away, at once; close the account if nothing else is held.

    Raises NotAllowed for whom the maker may not touch (himself, who manages users), NotNow for the last administrator.
    """
    user = User.objects.select_for_update().get(pk=row.user_id)
    for grant in grants.grants_of(user):
        if company_of(grant) == row.company_id:
            grants.revoke(grant, by=token.made_by)
            withdraw_for_row(grant)
    end_deputies_at(row.company, user, by=token.made_by)
    now = timezone.now()
    for invitation in Invitation.unrestricted.filter(
        company=row.company_id, email=user.email, accepted=None, withdrawn=None
    ):
        invitation.withdrawn = now
        invitation.save(update_fields=["withdrawn"])
        withdraw_for_invitation(invitation)
        record(token.made_by, "invitation.withdrawn", invitation)
    row.active = False
    others = ProvisionedUser.unrestricted.filter(user=user, active=True, deleted=None).exclude(pk=row.pk)
    # One that waits for a letter is an insured person's to be: not the company's to close.
    waits = user.initial_password_until is not None
    if user.is_active and not (waits or has_anything(user) or others.exists()):
        close_account(user)
        record(token.made_by, "user.deactivated", user)
        row.closed_account = True
    else:
        end_sessions(user)
    row.user = user
    _save(row)
    record(token.made_by, "provisioning.closed", row.company, user=user.pk)


def _open(token: ScimToken, row: ProvisionedUser) -> None:
    """Let somebody in again; his rights do not come back by it."""
    row.active = True
    if row.closed_account:
        _open_account(token, row)
    _save(row)
    record(token.made_by, "provisioning.opened", row.company, user=row.user_id)


def _open_account(token: ScimToken, row: ProvisionedUser) -> None:
    """Open the account that the directory had closed; one that somebody else has closed stays so."""
    user = User.objects.select_for_update().get(pk=row.user_id)
    if not user.is_active:
        user.is_active, user.deactivated_at = True, None
        user.save(update_fields=["is_active", "deactivated_at"])
        record(token.made_by, "user.reactivated", user)
    row.user, row.closed_account = user, False


def _save(row: ProvisionedUser) -> None:
    row.modified = timezone.now()
    row.save()
