"""Bearer tokens of companies' directories: made, revoked, recognised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow
from permissions.audit import record
from permissions.policy import can, find
from users.models.invitations import digest, new_token
from users.scim.models import ScimToken

MANAGE = "users.manage"
# So that a token found in somebody's files can be recognised for what it is.
PREFIX = "scim_"
MOST_DAYS = 365
MOST_TOKENS = 10
# The last use is written down at most this often.
PRECISION = timedelta(minutes=1)


@transaction.atomic
def make_token(company: Any, *, name: str, days: int, by: Any) -> tuple[ScimToken, str]:
    """A new token of a company and its text, which is shown now and never again.

    It lives `days` days (365 at most) and acts for `by`. Raises NotAllowed/OutOfReach, ValidationError by
    field, NotNow while ten others are open.
    """
    rows = apps.get_model("companies.Company").unrestricted.select_for_update(no_key=True)
    company = find(by, rows, company.pk, MANAGE)
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": _("Choose between 1 and 365 days.")})
    others = ScimToken.unrestricted.filter(company=company, revoked=None, expires__gt=timezone.now())
    if others.count() >= MOST_TOKENS:
        raise NotNow(_("There are ten tokens already. Revoke one that is not used."), code="too_many")
    text = PREFIX + new_token()
    token = ScimToken(
        company=company,
        name=name.strip(),
        digest=digest(text),
        made_by=by,
        expires=timezone.now() + timedelta(days=days),
    )
    token.clean_fields(exclude=["company", "made_by", "revoked", "used"])
    token.save(force_insert=True)
    record(by, "scim.token_made", token, days=days)
    return token, text


@transaction.atomic
def revoke_token(token_id: Any, *, by: Any) -> ScimToken:
    """End a token at once. Raises OutOfReach, NotAllowed, NotNow once it was revoked."""
    rows = ScimToken.unrestricted.select_for_update(of=("self",)).select_related("company")
    token = find(by, rows, token_id, MANAGE)
    if token.revoked:
        raise NotNow(_("This token was revoked already."), code="revoked")
    token.revoked = timezone.now()
    token.save(update_fields=["revoked"])
    record(by, "scim.token_revoked", token)
    return token


def end_tokens_of_company(company: Any, *, by: Any) -> None:
    """The company no longer has the provider whose directory these tokens are for: end all of them.

    Within the caller's transaction, which has looked whether `by` may end that.
    """
    rows = ScimToken.unrestricted.select_for_update(of=("self",))
    for token in rows.filter(company=company, revoked=None, expires__gt=timezone.now()):
        token.revoked = timezone.now()
        token.save(update_fields=["revoked"])
        record(by, "scim.token_revoked", token)


def end_tokens(user: Any) -> int:
    """Let all tokens that a person has made die, within the caller's transaction; returns how many."""
    return ScimToken.unrestricted.filter(made_by=user, revoked=None).update(revoked=timezone.now())


def recognise(text: str) -> ScimToken | None:
    """The open token with this text, its maker active and still managing users of the company; else None."""
    rows = ScimToken.unrestricted.select_related("company", "made_by")
    token = rows.filter(digest=digest(text)).first()
    if token is None or not token.open or not can(token.made_by, MANAGE, token.company):
        return None
    now = timezone.now()
    if token.used is None or token.used < now - PRECISION:
        ScimToken.unrestricted.filter(pk=token.pk).update(used=now)
    return token
