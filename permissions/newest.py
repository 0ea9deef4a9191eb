"""Lists of the newest, for any number of scopes, at a cost that does not grow with the table.

Ordering by date while filtering by many scopes lets the database walk the date index through everybody
else's rows: the less one may see, the slower it gets. Here each scope gives its own newest rows along an
index (scope, -created, -id), in one LATERAL; then the rows are fetched by key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from permissions.reach import NOTHING, condition, reach_of
from permissions.vocabulary import LOCKS, MODELS_OF_NOUN, check_action

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
            return cls(moment, UUID(key)) if moment.tzinfo else None
        except (ValueError, binascii.Error):
            return None


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
    `queryset` carries the filters (and select_related) but no slice; its order is replaced.
    """
    keys = _keys(queryset, user, action, cursor, limit, backwards)
    rows = {row.pk: row for row in queryset.filter(pk__in=keys).order_by()}
    return [rows[key] for key in keys if key in rows]


def count_up_to(queryset: QuerySet, user: Any, action: str, limit: int = COUNT_LIMIT) -> int:
    """How many such rows there are, counted to `limit` at most: an exact count reads them all."""
    return len(_keys(queryset, user, action, None, limit, False))


def _keys(
    queryset: QuerySet, user: Any, action: str, cursor: Cursor | None, limit: int, backwards: bool
) -> list[Any]:
    check_action(action)
    model = queryset.model
    if model._meta.label not in MODELS_OF_NOUN[action.split(".", maxsplit=1)[0]]:
        raise LookupError(f"{action} does not speak of {model._meta.label}.")
    if action in LOCKS:
        raise LookupError(f"{action} has a lock for every row: list it through visible_to().")
    reach = reach_of(user)
    scopes = reach.scopes(action)
    fields: dict[str, str] = model.scope_fields  # type: ignore[attr-defined]
    after = Q()
    if cursor:
        side = "gt" if backwards else "lt"
        after = Q(**{f"created__{side}": cursor.created}) | Q(
            created=cursor.created, **{f"id__{side}": cursor.id}
        )
        # The redundant bound lets the index start at the cursor.
        after &= Q(**{f"created__{side}e": cursor.created})
    order = ["created", "id"] if backwards else ["-created", "-id"]
    base = queryset.filter(after).order_by(*order).select_related(None).prefetch_related(None)
    if scopes.everywhere:
        rows = base.filter(condition(reach, action, model))
        return _forward(list(rows.values_list("pk", flat=True)[:limit]), backwards)
    person = fields.get("person")
    not_own = ~Q(**{f"{person}__in": reach.own_persons}) if person and reach.own_persons else Q()
    arms: list[tuple[str, list[Any], QuerySet]] = []
    for kind in ("company", "site", "contract"):
        if kind in fields and (ids := getattr(scopes, kind)):
            arms.append((fields[kind], list(ids), base.filter(not_own)))
    if person and scopes.own:
        arms.append((person, list(scopes.own), base))
    single = NOTHING
    if "claim_file" in fields and scopes.claim_file:
        single = Q(**{f"{fields['claim_file']}__in": scopes.claim_file})
    found = _run(model, arms, base.filter(single & not_own) if single != NOTHING else None, limit, backwards)
    return _forward(found, backwards)


def _forward(keys: list[Any], backwards: bool) -> list[Any]:
    return keys[::-1] if backwards else keys


def _run(
    model: Any,
    arms: list[tuple[str, list[Any], QuerySet]],
    single: QuerySet | None,
    limit: int,
    backwards: bool,
) -> list[Any]:
    connection = connections[model._base_manager.db]
    parts: list[str] = []
    params: list[Any] = []
    for column, ids, rows in arms:
        inner = rows.filter(**{column: RawSQL("scope.id", [])}).values("created", "id")[:limit]
        try:
            sql, inner_params = inner.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            continue
        parts.append(
            f"select slice.created, slice.id from unnest(%s::uuid[]) as scope(id) cross join lateral ({sql}) as slice"
        )
        params += [ids, *inner_params]
    if single is not None:
        # Single files are few and known by key: no walk along an index.
        try:
            inner = single.values("created", "id")[:limit]
            sql, inner_params = inner.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            pass
        else:
            parts.append(f"select slice.created, slice.id from ({sql}) as slice")
            params += inner_params
    if not parts:
        return []
    union = " union ".join(f"({part})" for part in parts)
    way = "asc" if backwards else "desc"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id from ({union}) as found order by created {way}, id {way} limit %s", [*params, limit]
        )
        return [row[0] for row in cursor.fetchall()]
