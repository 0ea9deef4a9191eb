"""How lists of claim files are narrowed, for pages and API alike; ids are compared, never looked up."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import reading
from claims_files.models import ClaimFile
from claims_files.openings import own_openings
from companies.services import people_named
from core.fields import SwissDateField
from core.text import fold
from permissions.reach import reach_of
from permissions.trail import AuditLine

# So many years back a bare number is looked for.
KEPT_YEARS = 12

# The saved views of the insurer's worklist.
VIEWS = [
    ("new", _("New")),
    ("arrived", _("Newly arrived")),
    ("expiring", _("Certificate to renew")),
    ("overdue", _("Document overdue")),
    ("quiet", _("Without contact for long")),
    ("mine", _("My claim files")),
    ("deputy", _("As a deputy")),
    ("portfolio", _("My companies")),
]
# The right by which they are answered (`reading.for_the_insurer`).
INSURERS = "claim.take_over"
# Those that only somebody needs who stands in for a colleague, or who reaches more than his own companies.
OF_SOME = frozenset({"deputy", "portfolio"})


def claim_numbers(text: str) -> Q | None:
    """The claim numbers that `text` may mean: `S-2026-04817`, its beginning, `2026-4817` or `4817`; None for a name."""
    sign = text.strip().upper().removeprefix("S").strip(" -")
    year, _dash, digits = sign.rpartition("-")
    if not digits.isdecimal() or len(digits) > 9 or (year and not (year.isdecimal() and len(year) == 4)):
        return None
    if year:
        return Q(number__startswith=f"S-{year}-{digits}") | Q(number=f"S-{year}-{int(digits):05d}")
    this = timezone.localdate().year
    numbers = [f"S-{each}-{int(digits):05d}" for each in range(this, this - KEPT_YEARS, -1)]
    return Q(number__in=numbers) | Q(number__startswith=f"S-{digits}-")


class SwissDateFilter(django_filters.Filter):
    """A date, read as people write it."""

    field_class = SwissDateField


class ClaimFilter(django_filters.FilterSet):
    """Search and filters of claim files; needs the request: a state is filtered as its reader is shown it."""

    q = django_filters.CharFilter(
        label=_("Person or number"), method="search", widget=forms.TextInput(attrs={"type": "search"})
    )
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=ClaimFile.State.choices, method="in_state", empty_label=_("All")
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ClaimFile.Kind.choices, empty_label=_("All"))
    site = django_filters.UUIDFilter(label=_("Site"), field_name="site_id")
    event_from = SwissDateFilter(label=_("Event from"), field_name="event_date", lookup_expr="gte")
    event_until = SwissDateFilter(label=_("Event until"), field_name="event_date", lookup_expr="lte")
    answers = django_filters.ChoiceFilter(
        label=_("Answers"),
        choices=[("open", _("Answers still due"))],
        method="with_answers",
        empty_label=_("All"),
    )
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())
    contract = django_filters.UUIDFilter(field_name="contract_id", widget=forms.HiddenInput())
    person = django_filters.UUIDFilter(field_name="person_id", widget=forms.HiddenInput())
    manager = django_filters.UUIDFilter(field_name="health_manager_id", widget=forms.HiddenInput())
    view = django_filters.ChoiceFilter(choices=VIEWS, method="saved_view", widget=forms.HiddenInput())

    class Meta:
        model = ClaimFile
        fields: list[str] = []

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """A claim number, ours whole or only its digits, the core system’s whole; else every word of the search at the begin of one of the name."""
        if numbers := claim_numbers(value):
            return queryset.filter(numbers | Q(core_number=value.strip()))
        if any(each.isdecimal() for each in value):
            # Nobody's name has digits.
            return queryset.filter(core_number=value.strip())
        people = people_named(self.request.user, "claim.view", value)
        if people is not None:
            return queryset.filter(person_id__in=people)
        words = Q()
        for word in fold(value).split():
            words &= Q(person_sort_key__startswith=word) | Q(person_sort_key__contains=f" {word}")
        return queryset.filter(words)

    def in_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return reading.in_states(queryset, self.request.user, [value])

    def with_answers(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """What the report left for later and somebody still owes: as far as the reader may know of it."""
        return reading.owing_answers(queryset, self.request.user)

    def saved_view(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """A view of the worklist; they tell what the insurer knows, so nobody else is answered."""
        queryset = reading.for_the_insurer(queryset, self.request.user)
        if value == "new":
            return queryset.filter(state=ClaimFile.State.RECEIVED)
        if value == "arrived":
            return queryset.filter(arrived_at__isnull=False)
        today = timezone.localdate()
        if value == "overdue":
            return reading.waiting_for_paper(queryset, today)
        if value == "expiring":
            return reading.expiring(queryset, today)
        if value == "quiet":
            return reading.quiet(queryset, today)
        going_on = queryset.exclude(state=ClaimFile.State.CLOSED)
        if value == "deputy":
            return going_on.filter(health_manager__in=reading.stood_in_for(self.request.user))
        if value == "portfolio":
            if reach_of(self.request.user).scopes(INSURERS).everywhere:
                return going_on.filter(company_id__in=reading.portfolio_of(self.request.user))
            return going_on.filter(company__health_manager=self.request.user)
        return going_on.filter(health_manager=self.request.user)


class OpeningFilter(django_filters.FilterSet):
    """Openings of one's own claim files, by claim file and by company."""

    claim_file = django_filters.UUIDFilter()
    company = django_filters.UUIDFilter()

    class Meta:
        model = AuditLine
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        chosen = self.form.cleaned_data
        names = {"claim_file": "pk", "company": "company_id"}
        narrowed = {names[name]: value for name, value in chosen.items() if value}
        return own_openings(self.request.user, **narrowed) if narrowed else queryset
