"""The policy run backwards: who may do this on that, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model, Q
from django.utils import timezone

from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, Grant, SiteGrant, StaffRole
from permissions.vocabulary import (
    CUSTOMER_PRESETS,
    GRANTABLE,
    LOCKS,
    MODELS_OF_NOUN,
    PERSON_PRESETS,
    STAFF_PRESETS,
    check_action,
    view_lock,
)

GRANT_TABLES: tuple[Any, ...] = (CompanyGrant, SiteGrant, ContractGrant, ClaimFileGrant)


@dataclass(frozen=True)
class Way:
    """One way to an action: the person, the preset, and the scope it stands on, since when and by whom."""

    user_id: Any
    preset: str
    scope_kind: str
    scope_id: Any
    granted: datetime | None = None
    granted_by_id: Any = None


def ways(action: str, obj: Model, user: Any = None) -> list[Way]:
    """Every way by which an active user may do `action` on `obj`; only those of `user` if given."""
    check_action(action)
    noun = action.split(".", maxsplit=1)[0]
    if obj._meta.label not in MODELS_OF_NOUN[noun]:
        raise LookupError(f"{action} does not speak of {obj._meta.label}.")
    if action in LOCKS:
        lock = view_lock(action, type(obj))
        if lock is None:
            raise LookupError(f"{obj._meta.label} has no lock for {action}.")
        part = lock.actions.get(getattr(obj, lock.column))
        return _of_part(part, obj, user) if part else []
    found = _of_part(action, obj, user)
    view = f"{noun}.view"
    if view != action and view_lock(view, type(obj)) is not None:
        seeing = {way.user_id for way in ways(view, obj, user)}
        found = [way for way in found if way.user_id in seeing]
    return found


def scope_ids(obj: Model) -> dict[str, Any]:
    """The scopes an object stands on: `{"company": id, "site": id, …}`, without the empty ones."""
    fields: dict[str, str] = obj.scope_fields  # type: ignore[attr-defined]
    ids = {kind: obj.pk if field == "pk" else getattr(obj, field) for kind, field in fields.items()}
    return {kind: value for kind, value in ids.items() if value is not None}


def _of_part(action: str, obj: Model, user: Any) -> list[Way]:
    scopes = scope_ids(obj)
    owner = None
    if "person" in scopes:
        person_model = apps.get_model("companies.InsuredPerson")
        owner = (
            person_model.unrestricted.filter(pk=scopes["person"]).values_list("user_id", flat=True).first()
        )
    found = []
    if not getattr(obj, "is_sealed", False):
        found = _granted(action, scopes) + _staff(action, scopes)
    if owner is not None:
        # Nobody handles his own case by a grant or a role.
        found = [way for way in found if way.user_id != owner]
        found += [
            Way(owner, preset, "person", scopes["person"])
            for preset, actions in PERSON_PRESETS.items()
            if action in actions
        ]
    if action == "company.view" and "member" in scopes:
        found += _members(scopes["member"])
    active = set(
        get_user_model()
        .objects.filter(pk__in={way.user_id for way in found}, is_active=True)
        .values_list("pk", flat=True)
    )
    return [way for way in found if way.user_id in active and (user is None or way.user_id == user.pk)]


def _holding(action: str) -> Q:
    presets = [name for name, actions in CUSTOMER_PRESETS.items() if action in actions]
    held = Q(permission__codename__in=presets)
    if action in GRANTABLE:
        held |= Q(extra_actions__contains=[action])
    return held & ~Q(withheld_actions__contains=[action])


def _in_force() -> Q:
    return Q(until=None) | Q(until__gte=timezone.localdate())


def _granted(action: str, scopes: dict[str, Any]) -> list[Way]:
    found = []
    for table in GRANT_TABLES:
        if table.SCOPE not in scopes:
            continue
        rows = table.objects.filter(_holding(action), _in_force(), content_object=scopes[table.SCOPE])
        found += [_way(row) for row in rows.select_related("permission")]
    return found


def _way(row: Grant) -> Way:
    return Way(row.user_id, row.preset, row.SCOPE, row.content_object_id, row.granted, row.granted_by_id)


def _staff(action: str, scopes: dict[str, Any]) -> list[Way]:
    presets = [name for name, actions in STAFF_PRESETS.items() if action in actions]
    roles = StaffRole.objects.filter(preset__in=presets)
    company = None
    if "company" in scopes:
        company = apps.get_model("companies.Company").unrestricted.filter(pk=scopes["company"]).first()
    return [
        Way(role.user_id, role.preset, "portfolio", scopes.get("company"), role.created, role.granted_by_id)
        for role in roles
        if role.all_companies
        or (
            company is not None
            and role.user_id
            == {
                "contract_manager": company.contract_manager_id,
                "health_manager": company.health_manager_id,
            }.get(role.preset)
        )
    ]


def _members(company_id: Any) -> list[Way]:
    """Those who see a company because they belong to something within it."""
    found = []
    within = {
        SiteGrant: {"content_object__company": company_id},
        ContractGrant: {"content_object__company": company_id},
        ClaimFileGrant: {"content_object__company": company_id},
    }
    for table, lookup in within.items():
        rows = table.objects.filter(_holding("company.view"), _in_force(), **lookup)
        found += [_way(row) for row in rows.select_related("permission")]
    persons = apps.get_model("companies.InsuredPerson").unrestricted.filter(
        company=company_id, user__isnull=False
    )
    found += [
        Way(user, "employee", "person", person) for person, user in persons.values_list("pk", "user_id")
    ]
    return found
