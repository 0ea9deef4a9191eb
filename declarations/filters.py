"""Filters of lists of reports, for page and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import SwissDateField
from core.text import fold
from declarations.models import Declaration, PrivatePart
from permissions.policy import visible_to


class SwissDateFilter(django_filters.DateFilter):
    """A date filter that reads Swiss dates."""

    field_class = SwissDateField


def _persons(request: Any) -> Any:
    return visible_to(getattr(request, "user", None), "person.view")


class DeclarationFilter(django_filters.FilterSet):
    """By status, kind, person, number, day begun, and by where the report belongs."""

    state = django_filters.ChoiceFilter(label=_("Status"), choices=Declaration.State.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Declaration.Kind.choices)
    person = django_filters.ModelChoiceFilter(label=_("Insured person"), queryset=_persons)
    company = django_filters.UUIDFilter(field_name="company_id")
    site = django_filters.UUIDFilter(field_name="site_id")
    contract = django_filters.UUIDFilter(field_name="contract_id")
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id")
    number = django_filters.CharFilter(label=_("Report number"), lookup_expr="icontains")
    begun_from = SwissDateFilter(label=_("Begun from"), field_name="created", lookup_expr="date__gte")
    begun_until = SwissDateFilter(label=_("Begun until"), field_name="created", lookup_expr="date__lte")

    class Meta:
        model = Declaration
        fields: list[str] = []


class OwnPartFilter(django_filters.FilterSet):
    """One's own parts: by state, and by where the report belongs."""

    state = django_filters.ChoiceFilter(label=_("Status"), choices=PrivatePart.State.choices)
    company = django_filters.UUIDFilter(field_name="company_id")
    declaration = django_filters.UUIDFilter(field_name="declaration_id")
    claim_file = django_filters.UUIDFilter(field_name="declaration__claim_file_id")

    class Meta:
        model = PrivatePart
        fields: list[str] = []


class DraftFilter(django_filters.FilterSet):
    """The drafts page: by kind and name."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=Declaration.Kind.choices, empty_label=_("All kinds")
    )
    name = django_filters.CharFilter(label=_("Name"), method="by_name", widget=forms.TextInput)

    class Meta:
        model = Declaration
        fields: list[str] = []

    def by_name(self, rows: Any, _name: str, value: str) -> Any:
        """Every word has to stand in the person's name."""
        for word in fold(value).split():
            rows = rows.filter(person__sort_key__contains=word)
        return rows
