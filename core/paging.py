"""Pages of lists: counts stop at 1,000, because an exact count reads every row."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

COUNT_LIMIT = 1001


class CappedPaginator(Paginator):
    """Django's paginator with a count that stops at COUNT_LIMIT; for filtered or sorted lists."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[:COUNT_LIMIT].count() if hasattr(rows, "order_by") else len(rows)

    @property
    def count_exact(self) -> bool:
        """Whether `count` is the true number."""
        return self.count < COUNT_LIMIT


class ApiPage(PageNumberPagination):
    """`{"count", "count_exact", "next", "previous", "results"}`, 25 rows a page, 100 at most."""

    page_size_query_param = "page_size"
    max_page_size = 100
    django_paginator_class = CappedPaginator

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "count": self.page.paginator.count,
                "count_exact": self.page.paginator.count_exact,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)


def page_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI schema of a page of `schema`."""
    link = {"type": "string", "format": "uri", "nullable": True}
    return {
        "type": "object",
        "required": ["count", "count_exact", "results"],
        "properties": {
            "count": {"type": "integer", "description": "Counted to 1,001 at most."},
            "count_exact": {"type": "boolean"},
            "next": link,
            "previous": link,
            "results": schema,
        },
    }
