"""How lists of cost guarantees are narrowed, for pages and API alike; ids are compared, never looked up."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims_files.guarantees.models import Guarantee
from core.text import fold
from permissions.policy import can_somewhere


class GuaranteeFilter(django_filters.FilterSet):
    """Search and filters of cost guarantees."""

    q = django_filters.CharFilter(
        label=_("Number"),
        method="search",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=Guarantee.State.choices, empty_label=_("All")
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Guarantee.Kind.choices, empty_label=_("All"))
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())
    person = django_filters.UUIDFilter(field_name="person_id", widget=forms.HiddenInput())
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id", widget=forms.HiddenInput())

    class Meta:
        model = Guarantee
        fields: list[str] = []

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        # Whoever sees his own alone has no person to look for.
        if self.request is None or can_somewhere(self.request.user, "guarantee.answer"):
            self.filters["q"].label = _("Person or number")

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The beginning of a number, or every word of the search in the person's name."""
        words = Q()
        for word in fold(value).split():
            words &= Q(person__sort_key__contains=word)
        return queryset.filter(words | Q(number__istartswith=value.strip()))
