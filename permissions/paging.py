"""Pages of the newest, for pages and API alike: keyset cursors, never offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.paging import COUNT_LIMIT, page_schema
from permissions.newest import Cursor, count_up_to, newest


@dataclass
class NewestPage:
    """One page of a list of the newest: rows, capped count, and the addresses of its neighbours (or None)."""

    rows: list[Any]
    count: int
    next_url: str | None
    previous_url: str | None

    @property
    def count_exact(self) -> bool:
        """Whether `count` is the true number."""
        return self.count < COUNT_LIMIT


def newest_page(queryset: QuerySet, request: HttpRequest, action: str, limit: int = 25) -> NewestPage:
    """The page that the request's `after` or `before` cursor asks for; the first one without.

    `queryset` carries the filters. A cursor that cannot be read counts as none.
    """
    after = Cursor.read(request.GET.get("after", ""))
    before = None if after else Cursor.read(request.GET.get("before", ""))
    rows = newest(queryset, request.user, action, after or before, limit + 1, backwards=before is not None)
    more = len(rows) > limit
    rows = (rows[1:] if before else rows[:-1]) if more else rows
    here = request.build_absolute_uri()
    here = remove_query_param(remove_query_param(here, "after"), "before")
    has_next = bool(rows) and (more if before is None else True)
    has_previous = bool(rows) and (more if before is not None else after is not None)
    return NewestPage(
        rows=rows,
        count=count_up_to(queryset, request.user, action),
        next_url=replace_query_param(here, "after", str(Cursor.of(rows[-1]))) if has_next else None,
        previous_url=replace_query_param(here, "before", str(Cursor.of(rows[0]))) if has_previous else None,
    )


def line_page(lines: QuerySet, request: HttpRequest, limit: int = 50) -> NewestPage:
    """The page of lines of the audit trail that the request's `after` or `before` (a line's number) asks for."""
    after, before = _number(request, "after"), _number(request, "before")
    if after is not None:
        rows = list(lines.filter(pk__lt=after).order_by("-id")[: limit + 1])
        older, newer, rows = len(rows) > limit, True, rows[:limit]
    elif before is not None:
        rows = list(lines.filter(pk__gt=before).order_by("id")[: limit + 1])
        older, newer, rows = True, len(rows) > limit, rows[:limit][::-1]
    else:
        rows = list(lines.order_by("-id")[: limit + 1])
        older, newer, rows = len(rows) > limit, False, rows[:limit]
    return NewestPage(
        rows=rows,
        count=lines.order_by()[:COUNT_LIMIT].count(),
        next_url=_beside(request, "after", rows[-1].pk) if rows and older else None,
        previous_url=_beside(request, "before", rows[0].pk) if rows and newer else None,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _beside(request: HttpRequest, name: str, number: int) -> str:
    query = request.GET.copy()
    for place in ("after", "before"):
        query.pop(place, None)
    query[name] = str(number)
    return f"?{query.urlencode()}"


class NewestPagination(BasePagination):
    """DRF's pagination for lists of the newest; the view names its action as `list_action`."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        try:
            limit = min(max(int(request.query_params.get("page_size", 25)), 1), 100)
        except ValueError:
            limit = 25
        self.page = newest_page(queryset, request, view.list_action, limit)
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "count": self.page.count,
                "count_exact": self.page.count_exact,
                "next": self.page.next_url,
                "previous": self.page.previous_url,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": kind}, "description": text}
            for name, kind, text in (
                ("after", "string", "Cursor from `next`."),
                ("before", "string", "Cursor from `previous`."),
                ("page_size", "integer", "1 to 100, default 25."),
            )
        ]
