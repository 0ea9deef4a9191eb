"""Granting and revoking: the only door to the ledger, and the only room that knows guardian.

Granting is itself limited: `users.manage` is held apart from reading; its holder grants customer-side
actions only on scopes where he holds it, never to himself, never wider than his scope; only who holds
`users.grant_management` (the contract manager) grants `users.manage`, and never alone: a second person has asked for
it or confirms it (decision 0017).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import reach
from permissions.audit import record
from permissions.explain import GRANT_TABLES, ways
from permissions.holders import departed, ended
from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, Grant, SiteGrant, StaffRole
from permissions.policy import can, require
from permissions.vocabulary import (
    CONFIRMED_BY,
    CUSTOMER_PRESETS,
    GRANTABLE,
    ONLY_BY,
    STAFF_PRESETS,
    effective,
)

TABLE_OF_MODEL: dict[str, Any] = {
    "companies.Company": CompanyGrant,
    "companies.Site": SiteGrant,
    "companies.Contract": ContractGrant,
    "claims_files.ClaimFile": ClaimFileGrant,
}

# Instead of a right that would open nothing.
HAS_LEFT = _(
    "This person’s employment at the company has ended: access would not count. Give it from the first day of a new"
    " employment on, or invite who works on without one with another e-mail address."
)


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
    second: Any = None,
) -> Grant:
    """Let `to` hold `preset` on `scope` (company, site, contract or claim file).

    `second` is the other person behind user management: who asked for it, or confirmed it. Raises
    NotAllowed/OutOfReach if `by` may not grant there, or not this, or not alone; ValidationError for words
    that cannot be granted and for a person of the insurer. Granting again replaces the deviations, by
    the rules of taking away (`revoke`) where actions fall away.
    """
    extra, withheld = sorted(set(extra)), sorted(set(withheld))
    scope = _locked(scope)
    check_limits(by, scope, preset, extra, withheld, until, to=to)
    table = TABLE_OF_MODEL[scope._meta.label]
    before = table.objects.filter(content_object=scope, user=to, permission__codename=preset).first()
    _check_second(before, scope, preset, extra, withheld, until, by=by, second=second)
    if before is not None:
        _check_removal(scope, before, _lost(before, preset, extra, withheld, until), by=by)
    return write(
        scope, to=to, preset=preset, by=by, extra=extra, withheld=withheld, until=until, second=second
    )


def write(
    scope: Model,
    *,
    to: Any,
    preset: str,
    by: Any,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
    invitation: Model | None = None,
    second: Any = None,
) -> Grant:
    """Write the ledger row and its audit line without asking; for `grant` and for promises made before.

    With `invitation`, the act is its acceptance by `to`; without, the granting by `by`.
    """
    if preset not in CUSTOMER_PRESETS:
        raise LookupError(f"{preset} is not held by grant.")
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
    facts = {
        "user": to.pk,
        "preset": preset,
        "extra": list(extra),
        "withheld": list(withheld),
        "until": until.isoformat() if until else None,
        **_named(second),
    }
    if invitation is not None:
        record(to, "invitation.accepted", invitation, **facts)
    else:
        record(by, "access.granted", scope, **facts)
    return row


@transaction.atomic
def change(
    row: Grant,
    *,
    preset: str,
    by: Any,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
    second: Any = None,
    confirmation: tuple[Any, Model] | None = None,
) -> Grant:
    """Give a ledger row another preset, other deviations or another end, in place; `second` as in `grant`.

    With `confirmation`, who confirms and the request, the act is that confirmation and not a change besides. By the rules of granting for what it becomes and of taking away (`revoke`) for what falls away. Raises as
    those do, and ValidationError if the person holds the other preset there already.
    """
    extra, withheld = sorted(set(extra)), sorted(set(withheld))
    scope = _locked(row.content_object)
    table: Any = type(row)
    row = table.objects.filter(pk=row.pk).select_related("permission", "user").first()
    if row is None:
        raise OutOfReach
    # What the row gives already stays only for as long as it was given.
    held = limited(row) if until == row.until else set()
    check_limits(by, scope, preset, extra, withheld, until, to=row.user, held=held)
    _check_second(row, scope, preset, extra, withheld, until, by=by, second=second)
    _check_removal(scope, row, _lost(row, preset, extra, withheld, until), by=by)
    permission = _permission(type(scope), preset)
    twin = table.objects.filter(user=row.user, content_object=scope, permission=permission)
    if twin.exclude(pk=row.pk).exists():
        raise ValidationError({"preset": _("This person has this role here already.")})
    before = row.preset
    row.permission, row.extra_actions, row.withheld_actions = permission, extra, withheld
    row.until, row.granted_by, row.granted = until, by, timezone.now()
    row.save()
    reach.forget()
    facts = {
        "user": row.user_id,
        "before": before,
        "preset": preset,
        "extra": extra,
        "withheld": withheld,
        "until": until.isoformat() if until else None,
        **_named(second),
    }
    if confirmation is not None:
        confirmer, request = confirmation
        record(confirmer, "management.confirmed", request, giver=by.pk, **facts)
    else:
        record(by, "access.changed", scope, **facts)
    return row


def find(uuid: Any) -> Grant:
    """The ledger row with this outside name, with person and scope loaded; asks for no right.

    Raises OutOfReach if there is none.
    """
    for table in GRANT_TABLES:
        rows = table.objects.select_related("permission", "user", "content_object", "granted_by")
        if row := rows.filter(uuid=uuid).first():
            return row
    raise OutOfReach


@transaction.atomic
def revoke(row: Grant, *, by: Any) -> None:
    """Take a grant back.

    User management is taken by its holder himself or by the contract manager. Raises NotAllowed/OutOfReach
    for others, NotNow if it is the company's last one, OutOfReach if somebody else was faster.
    """
    scope = _locked(row.content_object)
    table: Any = type(row)
    row = table.objects.filter(pk=row.pk).select_related("permission").first()
    if row is None:
        raise OutOfReach
    require(by, "users.manage", scope)
    _check_removal(scope, row, limited(row), by=by)
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


def grants_at(company: Any) -> list[Grant]:
    """The ledger rows in force on a company (its id) and on what is within it, with person and scope; asks for no right."""
    rows: list[Grant] = []
    in_force = Q(until=None) | Q(until__gte=timezone.localdate())
    for table in GRANT_TABLES:
        place = "content_object" if table is CompanyGrant else "content_object__company"
        found = table.objects.filter(in_force, **{place: company})
        rows += found.select_related("permission", "user", "granted_by", "content_object").order_by("granted")
    return rows


def companies_with_grants(*, before: date) -> list[Any]:
    """The ids of the companies on which, or on what is within them, somebody was given a right before a day."""
    found: set[Any] = set()
    for table in GRANT_TABLES:
        place = "content_object" if table is CompanyGrant else "content_object__company"
        found |= set(table.objects.filter(granted__date__lt=before).values_list(place, flat=True).distinct())
    return sorted(found)


def grants_of(user: Any) -> list[Grant]:
    """All ledger rows of one person, with their scope loaded."""
    rows: list[Grant] = []
    for table in GRANT_TABLES:
        found = table.objects.filter(user=user).select_related("permission", "content_object", "granted_by")
        rows += found.order_by("granted", "uuid")
    return rows


@transaction.atomic
def appoint(user: Any, preset: str, *, by: Any = None, all_companies: bool = False) -> StaffRole:
    """Give somebody a role at the insurer. By a command or by a holder of `settings.manage`; None is the command."""
    if by is not None:
        reach.forget()
        company_wide = reach.reach_of(by).scopes("settings.manage")
        if not company_wide.everywhere or by.pk == user.pk:
            raise NotAllowed("settings.manage")
    if preset not in STAFF_PRESETS:
        raise ValidationError({"preset": _("Choose one of the roles in the list.")})
    if any(table.objects.filter(user=user).exists() for table in GRANT_TABLES):
        raise ValidationError({"email": _("Somebody of a customer’s company has no role at the insurer.")})
    role, _new = StaffRole.objects.update_or_create(
        user=user, defaults={"preset": preset, "all_companies": all_companies, "granted_by": by}
    )
    reach.forget()
    record(by, "staff.appointed", user, preset=preset, all_companies=all_companies)
    return role


def check_limits(
    by: Any,
    scope: Model,
    preset: str,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
    *,
    to: Any = None,
    held: Iterable[str] = (),
) -> None:
    """The limits of granting, for `grant` and for a promise to somebody who has no account yet (`to` None).

    `held` are actions that the row in question gives already. Raises NotAllowed/OutOfReach if `by` may not
    grant there, or not this, or to himself; ValidationError for words that cannot be granted, a date gone
    by, and a person of the insurer; NotNow (`left`) for who has left the company.
    """
    require(by, "users.manage", scope)
    if to is not None and to.pk == by.pk:
        raise NotAllowed("users.manage", scope)
    if to is not None:
        check_employed(to, scope)
    if preset not in CUSTOMER_PRESETS:
        raise ValidationError({"preset": _("Choose one of the roles in the list.")})
    if unknown := (set(extra) | set(withheld)) - GRANTABLE:
        raise ValidationError(
            {"extra": _("This right cannot be granted: %(right)s.") % {"right": ", ".join(unknown)}}
        )
    for action in (effective(preset, extra, withheld) & set(ONLY_BY)) - set(held):
        if not can(by, ONLY_BY[action], scope):
            raise NotAllowed(ONLY_BY[action], scope)
    if until is not None and until < timezone.localdate():
        raise ValidationError({"until": _("Choose a date from today on.")})
    if to is not None and StaffRole.objects.filter(user=to).exists():
        raise ValidationError({"email": _("People of the insurer receive their role from the insurer.")})


def has_left(user: Any, company: Any) -> bool:
    """Whether somebody has left a company (its id): nothing that he were given there would count."""
    return (user.pk, company) in departed([user.pk])


def check_employed(user: Any, scope: Model) -> None:
    """Raise NotNow (`left`) if somebody has left the company of a scope: what he were given there would not count."""
    if has_left(user, getattr(scope, "company_id", scope.pk)):
        raise NotNow(HAS_LEFT, code="left")


def given_anew(
    before: Grant | None, preset: str, extra: Iterable[str], withheld: Iterable[str], until: date | None
) -> set[str]:
    """The actions that take two people, of those that this role would give: newly, again, or for longer than `before`."""
    wanted = effective(preset, extra, withheld) & set(ONLY_BY)
    if before is None or not in_force(before) or prolongs(before, until):
        return wanted
    return wanted - _limited(before)


def prolongs(before: Grant, until: date | None) -> bool:
    """Whether a ledger row would last longer with this end."""
    return before.until is not None and (until is None or until > before.until)


def _check_second(
    before: Grant | None,
    scope: Model,
    preset: str,
    extra: Iterable[str],
    withheld: Iterable[str],
    until: date | None,
    *,
    by: Any,
    second: Any,
) -> None:
    """Raise NotAllowed where one person alone would give what takes two."""
    if given_anew(before, preset, extra, withheld, until) and (second is None or second.pk == by.pk):
        raise NotAllowed(CONFIRMED_BY, scope)


def _named(second: Any) -> dict[str, Any]:
    return {} if second is None else {"second": second.pk}


def limited(row: Grant) -> set[str]:
    """The actions of a ledger row in force that not every manager of users may give or take."""
    return _limited(row) if in_force(row) else set()


def _limited(row: Grant) -> set[str]:
    """The actions of a ledger row that not every manager of users may give or take."""
    return effective(row.preset, row.extra_actions, row.withheld_actions) & set(ONLY_BY)


def _lost(
    row: Grant, preset: str, extra: Iterable[str], withheld: Iterable[str], until: date | None
) -> set[str]:
    """The limited actions that a row in force would lose, at once or by an earlier end."""
    if not in_force(row):
        return set()
    sooner = until is not None and (row.until is None or until < row.until)
    return _limited(row) - (set() if sooner else effective(preset, extra, withheld))


def _check_removal(scope: Model, row: Grant, lost: set[str], *, by: Any) -> None:
    """Raise NotAllowed if `by` may not take these actions from the row, NotNow if the last manager would go."""
    for action in lost:
        if row.user_id != by.pk and not can(by, ONLY_BY[action], scope):
            raise NotAllowed(ONLY_BY[action], scope)
    if "users.manage" in lost and isinstance(row, CompanyGrant):
        _keep_one_manager(scope, row.user_id)


def keep_managers_without(user: Any, *, company: Any = None) -> None:
    """For whoever leaves all companies, or one (its id): raise NotNow if one would be left without an administrator.

    Locks those companies, so that of two who leave at once one stays.
    """
    rows = CompanyGrant.objects.filter(user=user).select_related("permission", "content_object")
    if company is not None:
        rows = rows.filter(content_object=company)
    for row in sorted(rows, key=lambda row: row.content_object_id):
        if "users.manage" in limited(row):
            _keep_one_manager(_locked(row.content_object), user.pk)


def in_force(row: Grant) -> bool:
    """Whether a ledger row counts today: its day is not past, and its holder has not left the company since."""
    return not ended([row])


def _keep_one_manager(company: Any, leaving: Any) -> None:
    # As the policy counts: the insurer's people, and who has left the company, are no administrators of it.
    others = any(
        way.user_id != leaving and way.scope_kind == "company" and way.preset in CUSTOMER_PRESETS
        for way in ways("users.manage", company)
    )
    if not others:
        raise NotNow(
            _("This is the company’s last administrator. Let the contract manager name another one first."),
            code="last_administrator",
        )


def _locked(scope: Model) -> Model:
    """The scope, read again under a row lock: grants on one scope are decided one after the other."""
    # Without locking the key: cases may be opened meanwhile, and nobody who locks people first waits in a ring.
    rows = type(scope)._base_manager.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=scope.pk).first()
    if found is None:
        raise OutOfReach
    # Whoever waited for the lock may have lost his own right meanwhile.
    reach.forget()
    return found


def _permission(model: type[Model], preset: str) -> Permission:
    content_type = ContentType.objects.get_for_model(model)
    permission, _new = Permission.objects.get_or_create(
        content_type=content_type, codename=preset, defaults={"name": preset}
    )
    return permission


def staff_roles() -> QuerySet[StaffRole]:
    """All roles at the insurer; asks for no right."""
    return StaffRole.objects.all()


def is_staff(user: Any) -> bool:
    """Whether a person has a role at the insurer."""
    return StaffRole.objects.filter(user=user.pk).exists()
