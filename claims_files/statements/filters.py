"""How lists of statements are narrowed, for pages, API and the export alike; ids are compared, never looked up."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims_files.filters import SwissDateFilter
from claims_files.statements.models import Statement
from core.text import fold


class StatementFilter(django_filters.FilterSet):
    """Search and filters of statements."""

    q = django_filters.CharFilter(
        label=_("Person or number"), method="search", widget=forms.TextInput(attrs={"type": "search"})
    )
    issued_from = SwissDateFilter(label=_("Issued from"), field_name="issued_at", lookup_expr="date__gte")
    issued_until = SwissDateFilter(label=_("Issued until"), field_name="issued_at", lookup_expr="date__lte")
    payee = django_filters.ChoiceFilter(
        label=_("Paid to"), choices=Statement.Payee.choices, empty_label=_("All")
    )
    phase = django_filters.ChoiceFilter(choices=Statement.State.choices, widget=forms.HiddenInput())
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())
    person = django_filters.UUIDFilter(field_name="person_id", widget=forms.HiddenInput())
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id", widget=forms.HiddenInput())

    class Meta:
        model = Statement
        fields: list[str] = []

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The beginning of a statement's or claim file's number, or every word in the person's name."""
        words = Q()
        for word in fold(value).split():
            words &= Q(person__sort_key__contains=word)
        numbers: Any = value.strip()
        return queryset.filter(
            words | Q(number__istartswith=numbers) | Q(claim_file__number__istartswith=numbers)
        )
