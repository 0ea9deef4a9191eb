"""Who holds what within somebody's reach: the reading side of the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from permissions.explain import GRANT_TABLES
from permissions.in_force import BACK_SINCE, LEFT
from permissions.ledger import Grant, StaffRole
from permissions.policy import can, visible_to
from permissions.reach import own_companies
from permissions.vocabulary import VIEW_OF_MODEL

SCOPE_KINDS = tuple(table.SCOPE for table in GRANT_TABLES)


def _rows(table: Any, user: Any, action: str, company: Any) -> QuerySet:
    scope = table._meta.get_field("content_object").related_model
    within = visible_to(user, action, scope._base_manager.all())
    if company is not None:
        within = within.filter(**{scope.scope_fields["company"]: company})
    return table.objects.filter(content_object__in=within.order_by())


def people_within(
    user: Any, action: str = "users.view", *, company: Any = None, preset: str = ""
) -> QuerySet:
    """The people with a grant on any scope on which `user` may do `action`; by name.

    Narrowed to one company (its id) and to those who hold a certain preset there.
    """
    found = Q(pk__in=[])
    for table in GRANT_TABLES:
        rows = _rows(table, user, action, company).filter(user=OuterRef("pk"))
        if preset:
            rows = rows.filter(permission__codename=preset)
        found |= Q(Exists(rows))
    return get_user_model().objects.filter(found).order_by("sort_key", "pk")


def holders_of_role(preset: str, *, current: Any = None) -> QuerySet:
    """The active people with this role at the insurer, by name; asks for no right.

    `current` is the id of an account that stands somewhere with this role: it may stay whatever became of it.
    """
    holds = Q(is_active=True, staff_role__preset=preset)
    return get_user_model().objects.filter(holds | Q(pk=current)).order_by("sort_key", "pk")


def holds_at(user: Any, company: Any) -> bool:
    """Whether somebody holds anything of his own at a company today; asks for no right."""
    return company.pk in own_companies(user)


def company_of(row: Any) -> Any:
    """The id of the company in which a ledger row stands."""
    return row.content_object_id if row.SCOPE == "company" else row.content_object.company_id


def departed(people: Iterable[Any]) -> set[tuple[Any, Any]]:
    """Of these people (ids), who has left which company: nothing that they are given there counts; asks for no right."""
    given_from = _given_from(set(people))
    return {place for place, day in given_from.items() if day == date.max}


def ended(rows: Iterable[Grant]) -> set[UUID]:
    """Of these ledger rows, the names of those that count no longer: their day is past, or their holder has left since."""
    rows, today = list(rows), timezone.localdate()
    given_from = _given_from({row.user_id for row in rows})
    return {
        row.uuid
        for row in rows
        if (row.until is not None and row.until < today)
        or timezone.localdate(row.granted) < given_from.get((row.user_id, company_of(row)), date.min)
    }


def in_force(rows: Iterable[Grant]) -> list[Grant]:
    """Of these ledger rows, those that count today."""
    rows = list(rows)
    over = ended(rows)
    return [row for row in rows if row.uuid not in over]


def _given_from(users: set[Any]) -> dict[tuple[Any, Any], date]:
    """By user and company (ids), for who has left it once: from which day on what he was given there counts."""
    if not users:
        return {}
    table = apps.get_model("companies.InsuredPerson")._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"select p.user_id, p.company_id, {LEFT}, {BACK_SINCE} from {table} p"  # noqa: S608
            " where p.user_id = any(%(users)s) group by p.user_id, p.company_id",
            {"users": list(users), "today": timezone.localdate()},
        )
        found = cursor.fetchall()
    return {
        (user, company): date.max if left else back for user, company, left, back in found if left or back
    }


def role_of(user: Any) -> str | None:
    """Somebody's role at the insurer; asks for no right."""
    return StaffRole.objects.filter(user=user).values_list("preset", flat=True).first()


def grants_within(
    user: Any, people: Any, action: str = "users.view", *, company: Any = None
) -> dict[Any, list[Grant]]:
    """The ledger rows of these people on scopes on which `user` may do `action`, by the person's id."""
    ids = [person.pk for person in people]
    found: dict[Any, list[Grant]] = defaultdict(list)
    for table in GRANT_TABLES:
        rows = _rows(table, user, action, company).filter(user__in=ids)
        for row in rows.select_related("permission", "content_object", "granted_by").order_by("granted"):
            found[row.user_id].append(row)
    return found


def scope_of(kind: str, key: Any, user: Any, action: str) -> Any:
    """The scope of this kind (`company`, `site`, `contract`, `claim_file`) on which `user` may do `action`; None if none."""
    try:
        key = UUID(str(key))
    except ValueError:
        return None
    for table in GRANT_TABLES:
        if kind == table.SCOPE:
            model = table._meta.get_field("content_object").related_model
            rows = visible_to(user, action, model._base_manager.all()).filter(pk=key)
            # Nobody learns of a claim file by managing who sees it.
            return next((row for row in rows if _seen(user, row)), None)
    return None


def _seen(user: Any, row: Any) -> bool:
    return any(can(user, view, row) for view in VIEW_OF_MODEL[row._meta.label])


def grant_keys_within(
    user: Any,
    action: str = "users.view",
    *,
    company: Any = None,
    person: Any = None,
    preset: str = "",
    kind: str = "",
) -> QuerySet:
    """The outside names of all ledger rows on scopes on which `user` may do `action`, newest first: `{"uuid": …}`.

    Narrowed to one company and what is within it, to a person, to a preset and to a kind of scope.
    """
    arms = []
    for table in GRANT_TABLES:
        rows = _rows(table, user, action, company)
        if person is not None:
            rows = rows.filter(user=person)
        if preset:
            rows = rows.filter(permission__codename=preset)
        if kind and kind != table.SCOPE:
            rows = rows.none()
        arms.append(rows.order_by().values("uuid", "granted"))
    return arms[0].union(*arms[1:], all=True).order_by("-granted", "uuid")


def grants_named(uuids: list[Any]) -> list[Grant]:
    """The ledger rows with these outside names, in this order, with person and scope loaded; asks for no right."""
    found: dict[Any, Grant] = {}
    for table in GRANT_TABLES:
        rows = table.objects.filter(uuid__in=uuids)
        for row in rows.select_related("permission", "user", "content_object", "granted_by"):
            found[row.uuid] = row
    return [found[uuid] for uuid in uuids if uuid in found]
