"""The policy run backwards: who may do this on that, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from core import planned
from permissions.in_force import DEPUTY, GRANT, given_before_leaving, has_left
from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, SiteGrant
from permissions.narrowing import Narrowing, narrowing_of, viewing
from permissions.vocabulary import (
    LOCKS,
    MODELS_OF_NOUN,
    NOT_BY_DEPUTY,
    PERSON_PRESETS,
    STAFF_PRESETS,
    check_action,
    effective,
    view_lock,
)

GRANT_TABLES: tuple[Any, ...] = (CompanyGrant, SiteGrant, ContractGrant, ClaimFileGrant)


@dataclass(frozen=True)
class Way:
    """One way to an action: the person, the preset, and the scope it stands on, since when and by whom.

    Of somebody who stands in for another, `deputy_for_id` is the other one; since when and by whom he was confirmed.
    """

    user_id: Any
    preset: str
    scope_kind: str
    scope_id: Any
    granted: datetime | None = None
    granted_by_id: Any = None
    deputy_for_id: Any = None


def ways(action: str, obj: Model, user: Any = None) -> list[Way]:
    """Every way by which an active user may do `action` on `obj`; only those of `user` if given."""
    return _ways(action, obj, user, None)


def ways_of_each(actions: Iterable[str], obj: Model) -> dict[str, list[Way]]:
    """`ways` to several actions on one object: all is read once, whatever the number of actions and people."""
    held = _rows(scope_ids(obj))
    return {action: _ways(action, obj, None, held) for action in actions}


def _ways(action: str, obj: Model, user: Any, held: list[tuple[Any, ...]] | None) -> list[Way]:
    """`held`: what is held on the object, where it was read before."""
    check_action(action)
    noun = action.split(".", maxsplit=1)[0]
    if obj._meta.label not in MODELS_OF_NOUN[noun]:
        raise LookupError(f"{action} does not speak of {obj._meta.label}.")
    if action in LOCKS:
        lock = view_lock(action, type(obj))
        if lock is None:
            raise LookupError(f"{obj._meta.label} has no lock for {action}.")
        part = lock.actions.get(getattr(obj, lock.column))
        return _of_part(part, obj, user, held) if part else []
    view = f"{noun}.view"
    locked = view != action and view_lock(view, type(obj)) is not None
    if locked and held is None:
        held = _rows(scope_ids(obj))
    found = _of_part(action, obj, user, held)
    if locked:
        seeing = {way.user_id for way in _ways(view, obj, user, held)}
        found = [way for way in found if way.user_id in seeing]
    return found


def scope_ids(obj: Model) -> dict[str, Any]:
    """The scopes an object stands on: `{"company": id, "site": id, …}`, without the empty ones."""
    fields: dict[str, str] = obj.scope_fields  # type: ignore[attr-defined]
    ids = {kind: obj.pk if field == "pk" else getattr(obj, field) for kind, field in fields.items()}
    return {kind: value for kind, value in ids.items() if value is not None}


def _of_part(action: str, obj: Model, user: Any, held: list[tuple[Any, ...]] | None) -> list[Way]:
    scopes = scope_ids(obj)
    if action != "company.view":
        # Whoever belongs to something within a company sees the company, and no more.
        scopes.pop("member", None)
        held = held and [row for row in held if row[0] not in WITHIN]
    rows = _rows(scopes) if held is None else held
    owners = {row[2] for row in rows if row[0] == "person"}
    sealed = getattr(obj, "is_sealed", False)
    found = []
    for kind, scope, user_id, preset, extra, withheld, granted, by, principal in rows:
        own = kind in {"person", "colleague"}
        # Nobody handles his own case by a grant or a role, nor does his deputy in his stead.
        if not own and (sealed or user_id in owners or principal in owners - {None}):
            continue
        if principal is not None and action in NOT_BY_DEPUTY:
            continue
        narrowing = narrowing_of(user_id)
        if narrowing is not None and action not in narrowing.actions:
            continue
        if action in _actions(kind, preset, extra, withheld):
            found.append(Way(user_id, preset, WITHIN.get(kind, kind), scope, granted, by, principal))
    viewed = viewing()
    if viewed is not None and not _both_see(viewed, found, owners, scopes):
        found = [way for way in found if way.user_id != viewed.user_id]
    return [way for way in found if user is None or way.user_id == user.pk]


def _both_see(viewed: Narrowing, found: list[Way], owners: set[Any], scopes: dict[str, Any]) -> bool:
    """Whether the one who looks on as somebody else may do it himself, at that company, on neither's own case."""
    both = {viewed.user_id, viewed.viewer_id}
    return (
        scopes.get("company") == viewed.company_id
        and not owners & both
        and any(way.user_id == viewed.viewer_id for way in found)
    )


def _actions(kind: str, preset: str, extra: list[str], withheld: list[str]) -> set[str]:
    if kind in {"person", "colleague"}:
        return PERSON_PRESETS[preset]
    return STAFF_PRESETS[preset] if kind == "portfolio" else effective(preset, extra, withheld)


# What stands within a company: as it is asked for, and as a way calls it.
WITHIN = {
    "within_site": "site",
    "within_contract": "contract",
    "within_claim_file": "claim_file",
    "colleague": "person",
}


def _rows(scopes: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(kind, scope id, user id, preset, extra actions, withheld actions, granted, granted by, in whose stead) of all
    who hold anything on these scopes today; the active ones.
    """
    arms, params = [], {"today": timezone.localdate(), **scopes, "company": scopes.get("company")}
    for table in GRANT_TABLES:
        scope, company = _place(table)
        kind = table.SCOPE
        held = f"""g.content_object_id, g.user_id, p.codename, g.extra_actions, g.withheld_actions, g.granted,
                g.granted_by_id, {company}
            from {table._meta.db_table} g join auth_permission p on p.id = g.permission_id
            join {scope} s on s.id = g.content_object_id
            where {GRANT} and not {given_before_leaving("g.user_id", company, "g.granted")}"""
        if kind in scopes:
            arms.append(f"select '{kind}', {held} and g.content_object_id = %({kind})s")
        if "member" in scopes and kind != "company":
            arms.append(f"select 'within_{kind}', {held} and s.company_id = %(member)s")
    nothing = "'{}'::varchar[], '{}'::varchar[]"
    for kind, scope in (("person", "id"), ("colleague", "company_id")):
        if (named := {"colleague": "member"}.get(kind, kind)) in scopes:
            left = has_left("s.user_id", "s.company_id")
            arms.append(
                f"""select '{kind}', s.id, s.user_id, case when {left} then 'former_employee' else 'employee' end,
                    {nothing}, null::timestamptz, null::uuid, s.company_id
                from companies_insuredperson s where s.{scope} = %({named})s"""
            )
    arms.append(
        f"""select 'portfolio', %(company)s::uuid, r.user_id, r.preset, {nothing}, r.created, r.granted_by_id, null::uuid
           from permissions_staffrole r left join companies_company s on s.id = %(company)s
                and ((r.preset = 'contract_manager' and s.contract_manager_id = r.user_id)
                  or (r.preset = 'health_manager' and s.health_manager_id = r.user_id))
           where r.all_companies or s.id is not null"""
    )
    columns = "kind, scope, user_id, preset, extra, withheld, granted, granted_by, company"
    query = f"""with held ({columns}) as ({" union all ".join(arms)}),
        everybody as (
            select kind, scope, user_id, preset, extra, withheld, granted, granted_by, null::uuid as principal from held
            union all
            select h.kind, h.scope, d.deputy_id, h.preset, h.extra, h.withheld, d.confirmed, d.confirmed_by_id, h.user_id
            from held h
            join permissions_deputy d on d.principal_id = h.user_id and d.company_id is not distinct from h.company
            join users_user u on u.id = h.user_id and u.is_active
            where h.kind not in ('person', 'colleague') and {DEPUTY}
              and case h.kind when 'portfolio' then {_SAME_ROLE} else {_holds_something()} end
        )
        select e.* from everybody e join users_user u on u.id = e.user_id where u.is_active
        order by e.granted nulls last"""
    return planned.rows(query, params)


# Whether the deputy `d` has the role that he would step into.
_SAME_ROLE = (
    "exists (select 1 from permissions_staffrole r where r.user_id = d.deputy_id and r.preset = h.preset)"
)


def _holds_something() -> str:
    """Whether the deputy `d` holds anything of his own at the company: whoever does not any more stands in for nobody."""
    found = []
    for table in GRANT_TABLES:
        scope, company = _place(table)
        found.append(
            f"""exists (select 1 from {table._meta.db_table} g join {scope} s on s.id = g.content_object_id
                where g.user_id = d.deputy_id and {company} = h.company and {GRANT}
                    and not {given_before_leaving("d.deputy_id", "h.company", "g.granted")})"""
        )
    return f"({' or '.join(found)})"


def _place(table: Any) -> tuple[str, str]:
    """The table of a grant's scope, and the column of its company, as `s`."""
    scope = table._meta.get_field("content_object").related_model._meta.db_table
    return scope, "s.id" if table.SCOPE == "company" else "s.company_id"
