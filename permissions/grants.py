"""Granting and revoking: the only door to the ledger, and the only room that knows guardian.

Granting is itself limited: `users.manage` is held apart from reading; its holder grants customer-side
actions only on scopes where he holds it, never to himself, never wider than his scope; only who holds
`users.grant_management` (the contract manager) grants `users.manage`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import reach
from permissions.audit import record
from permissions.explain import GRANT_TABLES
from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, Grant, SiteGrant, StaffRole
from permissions.policy import can, require
from permissions.vocabulary import CUSTOMER_PRESETS, GRANTABLE, ONLY_BY, PRESETS

TABLE_OF_MODEL: dict[str, type[Grant]] = {
    "companies.Company": CompanyGrant,
    "companies.Site": SiteGrant,
    "companies.Contract": ContractGrant,
    "claims_files.ClaimFile": ClaimFileGrant,
}


def effective(preset: str, extra: Iterable[str] = (), withheld: Iterable[str] = ()) -> set[str]:
    """The actions that a preset with its deviations amounts to."""
    return (set(PRESETS[preset]) | set(extra)) - set(withheld)


@transaction.atomic
def grant(
    scope: Model,
    *,
    to: Any,
    preset: str,
    by: Any,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
) -> Grant:
    """Let `to` hold `preset` on `scope` (company, site, contract or claim file).

    Raises NotAllowed/OutOfReach if `by` may not grant there, or not this; ValidationError for words
    that cannot be granted and for a person of the insurer. Granting again replaces the deviations.
    """
    extra, withheld = sorted(set(extra)), sorted(set(withheld))
    scope = _locked(scope)
    _check_limits(by, scope, to, preset, extra, withheld, until)
    return write(scope, to=to, preset=preset, by=by, extra=extra, withheld=withheld, until=until)


def write(
    scope: Model,
    *,
    to: Any,
    preset: str,
    by: Any,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
) -> Grant:
    """Write the ledger row and its audit line without asking; for `grant` and for acts decided before.

    Such an act is the acceptance of an invitation: the rights were decided when it was sent.
    """
    table = TABLE_OF_MODEL[scope._meta.label]
    values = {
        "extra_actions": list(extra),
        "withheld_actions": list(withheld),
        "until": until,
        "granted_by": by,
    }
    row, _new = table.objects.update_or_create(
        user=to,
        permission=_permission(type(scope), preset),
        content_object=scope,
        defaults={**values, "granted": timezone.now()},
    )
    reach.forget()
    record(
        by,
        "access.granted",
        scope,
        user=to.pk,
        preset=preset,
        extra=list(extra),
        withheld=list(withheld),
        until=until.isoformat() if until else None,
    )
    return row


@transaction.atomic
def revoke(row: Grant, *, by: Any) -> None:
    """Take a grant back.

    Raises NotNow if it is the company's last one with user management, OutOfReach if somebody else was faster.
    """
    scope = _locked(row.content_object)
    table = type(row)
    row = table.objects.filter(pk=row.pk).select_related("permission").first()
    if row is None:
        raise OutOfReach
    require(by, "users.manage", scope)
    if "users.manage" in effective(row.preset, row.extra_actions, row.withheld_actions):
        if not can(by, ONLY_BY["users.manage"], scope) and row.user_id != by.pk:
            raise NotAllowed(ONLY_BY["users.manage"], scope)
        _keep_one_manager(scope, row)
    user_id = row.user_id
    row.delete()
    reach.forget()
    record(by, "access.revoked", scope, user=user_id, preset=row.preset)


def grants_on(scopes: dict[str, Iterable[Any]]) -> list[Grant]:
    """The ledger rows on these scopes, `{"company": ids, "site": ids, …}`, with person and scope loaded."""
    rows: list[Grant] = []
    for table in GRANT_TABLES:
        if ids := list(scopes.get(table.SCOPE, ())):
            found = table.objects.filter(content_object__in=ids)
            rows += found.select_related("permission", "user", "granted_by", "content_object").order_by(
                "granted"
            )
    return rows


def grants_of(user: Any) -> list[Grant]:
    """All ledger rows of one person, with their scope loaded."""
    rows: list[Grant] = []
    for table in GRANT_TABLES:
        rows += table.objects.filter(user=user).select_related("permission", "content_object", "granted_by")
    return rows


@transaction.atomic
def appoint(user: Any, preset: str, *, by: Any = None, all_companies: bool = False) -> StaffRole:
    """Give somebody a role at the insurer. By a command or by a holder of `settings.manage`; None is the command."""
    if by is not None:
        company_wide = reach.reach_of(by).scopes("settings.manage")
        if not company_wide.everywhere or by.pk == user.pk:
            raise NotAllowed("settings.manage")
    role, _new = StaffRole.objects.update_or_create(
        user=user, defaults={"preset": preset, "all_companies": all_companies, "granted_by": by}
    )
    reach.forget()
    record(by, "staff.appointed", user, preset=preset, all_companies=all_companies)
    return role


def _check_limits(
    by: Any, scope: Model, to: Any, preset: str, extra: list[str], withheld: list[str], until: date | None
) -> None:
    require(by, "users.manage", scope)
    if to.pk == by.pk:
        raise NotAllowed("users.manage", scope)
    if preset not in CUSTOMER_PRESETS:
        raise ValidationError({"preset": _("Choose one of the roles in the list.")})
    if unknown := set(extra) - GRANTABLE:
        raise ValidationError(
            {"extra": _("This right cannot be granted: %(right)s.") % {"right": ", ".join(unknown)}}
        )
    for action in effective(preset, extra, withheld) & set(ONLY_BY):
        if not can(by, ONLY_BY[action], scope):
            raise NotAllowed(ONLY_BY[action], scope)
    if until is not None and until < timezone.localdate():
        raise ValidationError({"until": _("Choose a date from today on.")})
    if StaffRole.objects.filter(user=to).exists():
        raise ValidationError({"email": _("People of the insurer receive their role from the insurer.")})


def _keep_one_manager(scope: Model, leaving: Grant) -> None:
    today = timezone.localdate()
    others = [
        row
        for row in type(leaving)
        .objects.filter(content_object=scope, user__is_active=True)
        .select_related("permission")
        if row.pk != leaving.pk
        and (row.until is None or row.until >= today)
        and "users.manage" in effective(row.preset, row.extra_actions, row.withheld_actions)
    ]
    if not others and isinstance(leaving, CompanyGrant):
        raise NotNow(
            _("This is the company’s last administrator. Let the contract manager name another one first."),
            code="last_administrator",
        )


def _locked(scope: Model) -> Model:
    """The scope, read again under a row lock: grants on one scope are decided one after the other."""
    found = type(scope)._base_manager.select_for_update(of=("self",)).filter(pk=scope.pk).first()
    if found is None:
        raise OutOfReach
    return found


def _permission(model: type[Model], preset: str) -> Permission:
    content_type = ContentType.objects.get_for_model(model)
    permission, _new = Permission.objects.get_or_create(
        content_type=content_type, codename=preset, defaults={"name": preset}
    )
    return permission
