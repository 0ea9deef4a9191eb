"""How the journal of the core system is narrowed, for page and API alike."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims_files.core_system.models import CoreArrival


class ArrivalFilter(django_filters.FilterSet):
    """By id, kind, what became of it, source and company."""

    q = django_filters.CharFilter(
        label=_("Id at the core system"),
        field_name="external_id",
        lookup_expr="startswith",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=CoreArrival.Kind.choices, empty_label=_("All")
    )
    result = django_filters.ChoiceFilter(
        label=_("Result"),
        choices=[("taken", _("Taken over")), ("refused", _("Refused"))],
        method="by_result",
        empty_label=_("All"),
    )
    source = django_filters.CharFilter(widget=forms.HiddenInput())
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())

    class Meta:
        model = CoreArrival
        fields: list[str] = []

    def by_result(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """`refused`: where the last that was heard of it is a refusal."""
        refused = Q(refused__isnull=False) & (Q(taken=None) | Q(refused__gt=F("taken")))
        return queryset.filter(refused) if value == "refused" else queryset.filter(taken__isnull=False)
