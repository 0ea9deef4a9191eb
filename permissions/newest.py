"""Lists of the newest, for any number of scopes, at a cost that does not grow with the table.

Ordering by date while filtering by many scopes lets the database walk the date index through everybody
else's rows: the less one may see, the slower it gets. Here each scope gives its own newest rows along an
index (scope, -created, -id), in one LATERAL; then the rows are fetched by key.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import Exact, In
from django.db.models.sql.where import AND, WhereNode

from permissions.policy import ASKED
from permissions.reach import KINDS, Reach, condition, not_hidden, not_own, reach_of, seen_beside
from permissions.vocabulary import LOCKS, MODELS_OF_NOUN, check_action, view_lock

COUNT_LIMIT = 1001


@dataclass(frozen=True)
class Cursor:
    """The place after a row in the order (-created, -id)."""

    created: datetime
    id: UUID

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.created.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def of(cls, row: Any) -> Cursor:
        """The cursor at a row."""
        return cls(row.created, row.pk)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor written as `text`, None if it is not one."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            created, _, key = raw.partition("|")
            moment = datetime.fromisoformat(created)
            # In the one time zone that every database reads.
            return cls(moment.astimezone(UTC), UUID(key)) if moment.tzinfo else None
        except (ValueError, OverflowError, binascii.Error):
            return None


@dataclass(frozen=True)
class _Arm:
    """Rows reached through scopes of one kind; `column` None: through none, for staff over all companies."""

    column: str | None
    ids: list[Any]
    rows: QuerySet


def newest(
    queryset: QuerySet,
    user: Any,
    action: str,
    cursor: Cursor | None = None,
    limit: int = 25,
    *,
    backwards: bool = False,
) -> list[Any]:
    """The newest `limit` rows of `queryset` on which `user` may do `action`, after `cursor`.

    With `backwards`, the last `limit` rows before the cursor. Always in the order (-created, -id).
    `queryset` carries the filters (and select_related) but no slice; its order is replaced. A filter
    across a to-many relation goes through `Exists`: a join would give a row several times.
    """
    base = queryset.filter(_after(cursor, backwards)).order_by(
        *(["created", "id"] if backwards else ["-created", "-id"])
    )
    keys = _run(queryset.model, _arms(base, user, action), limit, backwards)
    if backwards:
        keys.reverse()
    # The keys were found under all conditions: asking them again of every row costs more than reading it.
    unfiltered = queryset.order_by()
    unfiltered.query.where = WhereNode()
    rows = {row.pk: row for row in unfiltered.filter(pk__in=keys)}
    return [rows[key] for key in keys if key in rows]


def count_up_to(queryset: QuerySet, user: Any, action: str, limit: int = COUNT_LIMIT) -> int:
    """How many such rows there are, counted to `limit` at most: an exact count reads them all.

    Every kind of scope is counted to the limit without order, across its scopes, so that reading stops
    at `limit` rows however many scopes there are.
    """
    connection = connections[queryset.db]
    arms = _arms(queryset.order_by(), user, action)
    parts, params = [], []
    for arm in arms:
        compiled = _compiled(arm, ["id"], limit, connection)
        if compiled is not None:
            parts.append(f"({compiled[0]} limit %s)")
            params += [*compiled[1], limit]
    if not parts:
        return 0
    with connection.cursor() as cursor:
        # `union` drops a row that several kinds of scope reach.
        rows = " union ".join(parts)
        cursor.execute(
            f"select count(*) from (select id from ({rows}) as found limit %s) as counted", [*params, limit]
        )
        return cursor.fetchone()[0]


def _after(cursor: Cursor | None, backwards: bool) -> Q:
    if cursor is None:
        return Q()
    side = "gt" if backwards else "lt"
    after = Q(**{f"created__{side}": cursor.created}) | Q(
        created=cursor.created, **{f"id__{side}": cursor.id}
    )
    # The redundant bound lets the index start at the cursor.
    return after & Q(**{f"created__{side}e": cursor.created})


def _arms(base: QuerySet, user: Any, action: str) -> list[_Arm]:
    """The policy's condition taken apart by kind of scope: their union is `visible_to`, no more and no less."""
    check_action(action)
    model: Any = base.model
    if model._meta.label not in MODELS_OF_NOUN[action.split(".", maxsplit=1)[0]]:
        raise LookupError(f"{action} does not speak of {model._meta.label}.")
    reach = reach_of(user)
    base = _unasked(base.select_related(None).prefetch_related(None), user, action)
    base = base.filter(seen_beside(reach, action, model))
    if named := _named(base):
        return [replace(named, rows=named.rows.filter(condition(reach, action, model)))]
    if action not in LOCKS:
        return _arms_of(reach, action, base.filter(not_hidden(reach, action, model)))
    lock = view_lock(action, model)
    if lock is None:
        raise LookupError(f"{model._meta.label} has no lock for {action}.")
    arms: list[_Arm] = []
    for value, part in lock.actions.items():
        arms += _arms_of(reach, part, base.filter(**{lock.column: value}))
    return arms


def _unasked(rows: Any, user: Any, action: str) -> QuerySet:
    """The rows without the condition that `visible_to` put on them for the same question: it is asked here again.

    Twice the same condition makes the database expect next to no rows, and walk another way.
    """
    who, what, added = rows._hints.get(ASKED, (None, "", []))
    if (who, what) != (getattr(user, "pk", None), action):
        return rows
    where = rows.query.where
    rows = rows.all()
    rows.query.where = where.create(
        [child for child in where.children if child not in added], where.connector, where.negated
    )
    return rows


# Scopes that a filter may name, the narrowest first.
NARROWEST = ("claim_file", "person", "site", "contract", "company")


def _named(rows: QuerySet) -> _Arm | None:
    """The rows along the narrowest scope that their filters name themselves, by `=` or `IN` a list; None if none.

    That walk is shorter than along everything that the person reaches: the site chosen on the page, the
    people whose names were searched.
    """
    model: Any = rows.model
    found = {_column_of(lookup, model): lookup for lookup in _lookups(rows.query.where)}
    for kind in NARROWEST:
        column = model.scope_fields.get(kind)
        lookup = found.get(model._meta.pk.attname if column == "pk" else column)
        if lookup is not None:
            ids = lookup.rhs if lookup.lookup_name == "in" else [lookup.rhs]
            rest = rows.all()
            # The walk says it already.
            rest.query.where = _except(rows.query.where, lookup)
            return _Arm(column, list(dict.fromkeys(ids)), rest)
    return None


def _lookups(node: Any) -> Iterator[Any]:
    """The lookups that must all hold, with values known beforehand."""
    if isinstance(node, WhereNode):
        if node.connector == AND and not node.negated:
            for child in node.children:
                yield from _lookups(child)
    elif (isinstance(node, Exact) and isinstance(node.rhs, UUID)) or (
        isinstance(node, In) and isinstance(node.rhs, list | tuple | set | frozenset)
    ):
        yield node


def _column_of(lookup: Any, model: Any) -> str:
    target = getattr(lookup.lhs, "target", None)
    return target.attname if target is not None and lookup.lhs.alias == model._meta.db_table else ""


def _except(node: WhereNode, lookup: Any) -> WhereNode:
    children = [
        _except(child, lookup) if isinstance(child, WhereNode) else child
        for child in node.children
        if child is not lookup
    ]
    return node.create(children, node.connector, node.negated)


def _arms_of(reach: Reach, action: str, base: QuerySet) -> list[_Arm]:
    scopes = reach.scopes(action)
    fields: dict[str, str] = base.model.scope_fields
    granted = base.filter(not_own(reach, action, base.model))
    arms = []
    if scopes.everywhere:
        arms.append(_Arm(None, [], granted))
    else:
        for kind in KINDS:
            if kind in fields and (ids := getattr(scopes, kind)):
                arms.append(_Arm(fields[kind], list(ids), granted))
    if "person" in fields and scopes.own:
        arms.append(_Arm(fields["person"], list(scopes.own), base))
    return arms


def _compiled(arm: _Arm, columns: list[str], limit: int, connection: Any) -> tuple[str, list[Any]] | None:
    """SQL and parameters of an arm's rows, at most `limit` for each scope; None if there can be none."""
    rows = arm.rows
    if arm.column is not None:
        rows = rows.filter(**{arm.column: RawSQL("scope.id", [])})
    try:
        sql, params = rows.values(*columns)[:limit].query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    names = ", ".join(f"slice.{column}" for column in columns)
    if arm.column is None:
        return f"select {names} from ({sql}) as slice", list(params)
    lateral = f"select {names} from unnest(%s::uuid[]) as scope(id) cross join lateral ({sql}) as slice"
    return lateral, [arm.ids, *params]


def _run(model: Any, arms: list[_Arm], limit: int, backwards: bool) -> list[Any]:
    connection = connections[model._base_manager.db]
    parts: list[str] = []
    params: list[Any] = []
    for arm in arms:
        compiled = _compiled(arm, ["created", "id"], limit, connection)
        if compiled is not None:
            parts.append(f"({compiled[0]})")
            params += compiled[1]
    if not parts:
        return []
    # `union` drops a row that several kinds of scope reach.
    union = " union ".join(parts)
    way = "asc" if backwards else "desc"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id from ({union}) as found order by created {way}, id {way} limit %s", [*params, limit]
        )
        return [row[0] for row in cursor.fetchall()]
