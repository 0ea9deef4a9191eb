"""How lists of bills are narrowed, for pages and API alike; ids are compared, never looked up."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims_files.bills import reading
from claims_files.bills.models import Bill
from core.text import fold
from permissions.policy import can_somewhere

# The saved views of the insurer's queue.
VIEWS = [
    ("new", _("New bills")),
    ("arrived", _("Document arrived")),
    ("mine", _("My bills")),
    ("asked", _("Document missing")),
]


class BillFilter(django_filters.FilterSet):
    """Search and filters of bills; needs the request: one view is of one's own."""

    q = django_filters.CharFilter(
        label=_("Number or issued by"),
        method="search",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = django_filters.ChoiceFilter(label=_("Status"), choices=Bill.State.choices, empty_label=_("All"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Bill.Kind.choices, empty_label=_("All"))
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())
    person = django_filters.UUIDFilter(field_name="person_id", widget=forms.HiddenInput())
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id", widget=forms.HiddenInput())
    view = django_filters.ChoiceFilter(choices=VIEWS, method="saved_view", widget=forms.HiddenInput())

    class Meta:
        model = Bill
        fields: list[str] = []

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        # Whoever sees his own bills alone has no person to look for.
        if self.request is None or can_somewhere(self.request.user, "bill.process"):
            self.filters["q"].label = _("Person, number or issued by")

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The beginning of a number, or every word of the search in the person's name or in the provider's."""
        words = Q()
        for word in fold(value).split():
            words &= Q(person__sort_key__contains=word) | Q(provider_key__contains=word)
        return queryset.filter(words | Q(number__istartswith=value.strip()))

    def saved_view(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "new":
            return reading.waiting(queryset)
        if value == "arrived":
            return queryset.filter(arrived_at__isnull=False, state=Bill.State.IN_WORK)
        if value == "asked":
            return queryset.filter(state=Bill.State.ASKED)
        return queryset.filter(
            health_manager=self.request.user, state__in=[Bill.State.IN_WORK, Bill.State.ASKED]
        )
