"""Filters of API lists: a parameter that nobody knows is refused, for the whole list would answer it wrongly."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings

# Of a made-up name no more than this is said back.
LONGEST_NAME = 60


class KnownFilters(DjangoFilterBackend):
    """The view's FilterSet; on lists an unknown query parameter is 400, with a sentence that names the known ones."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        if not getattr(view, "detail", False):
            known = self.known_parameters(queryset, view)
            if unknown := sorted(set(request.query_params) - set(known)):
                raise ValidationError({name[:LONGEST_NAME]: [_sentence(name, known)] for name in unknown})
        return super().filter_queryset(request, queryset, view)

    def known_parameters(self, queryset: QuerySet, view: Any) -> list[str]:
        """The names of filters, then those of pages and order as the view's pagination describes them."""
        filterset = self.get_filterset_class(view, queryset)
        names = list(filterset.base_filters) if filterset else []
        pages = view.paginator.get_schema_operation_parameters(view) if view.paginator else []
        return [*names, *(each["name"] for each in pages), api_settings.URL_FORMAT_OVERRIDE]


def _sentence(name: str, known: list[str]) -> str:
    return _("This list has no parameter “%(name)s”. It knows: %(known)s.") % {
        "name": name[:LONGEST_NAME],
        "known": ", ".join(known),
    }
