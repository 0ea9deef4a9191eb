"""How notifications are narrowed over the API."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from correspondence.models import Notification
from correspondence.notices import WORDS


class NotificationFilter(django_filters.FilterSet):
    """Read or not, by event, by company."""

    # A choice: what is neither of the two words is refused, as a boolean field it would be dropped.
    read = extend_schema_field(OpenApiTypes.BOOL)(
        django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="is_read")
    )
    event = django_filters.ChoiceFilter(choices=[(event, event) for event in WORDS])
    company = django_filters.UUIDFilter()

    class Meta:
        model = Notification
        fields: list[str] = []

    def is_read(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(read__isnull=value == "false")
