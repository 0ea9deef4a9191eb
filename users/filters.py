"""Filters of user management, for page and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from core.text import fold
from permissions.holders import people_within
from permissions.policy import visible_to
from permissions.vocabulary import CUSTOMER_PRESETS, PRESET_NAMES
from users.models import User


def _companies(request: Any) -> QuerySet:
    return visible_to(request.user, "users.view").order_by("sort_key")


class PeopleFilter(django_filters.FilterSet):
    """People with access, by name or e-mail, role and company; never beyond the reader's reach."""

    q = django_filters.CharFilter(label=_("Name or e-mail"))
    preset = django_filters.ChoiceFilter(
        label=_("Role"),
        choices=[(name, PRESET_NAMES[name]) for name in CUSTOMER_PRESETS],
        empty_label=_("All roles"),
    )
    company = extend_schema_field(OpenApiTypes.UUID)(
        django_filters.ModelChoiceFilter(
            label=_("Company"), queryset=_companies, empty_label=_("All companies")
        )
    )

    class Meta:
        model = User
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        chosen = self.form.cleaned_data
        company = chosen.get("company")
        people = people_within(
            self.request.user, company=company.pk if company else None, preset=chosen.get("preset") or ""
        )
        if words := fold(chosen.get("q") or ""):
            for word in words.split():
                people = people.filter(Q(sort_key__contains=word) | Q(email__icontains=word))
        return people
