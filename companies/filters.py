"""How lists of companies and people are narrowed, for pages and API alike; ids are compared, never looked up."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Contract, InsuredPerson, Site
from core.fields import AHVField
from core.identifiers import BadIdentifier, check_ahv
from core.text import fold

EMPLOYMENT = [("employed", _("Employed")), ("left", _("Left"))]
SEARCH = {"type": "search"}


class PersonSearchField(forms.CharField):
    """A name or a number; an AHV number with a wrong digit is told apart from one that nobody has."""

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            check_ahv(typed or "")
        except BadIdentifier as problem:
            if problem.code == "checksum":
                raise AHVField().refuse(problem.code) from problem
        return typed


class PersonSearch(django_filters.CharFilter):
    """The search of insured persons."""

    field_class = PersonSearchField


class PersonFilter(django_filters.FilterSet):
    """Search and filters of insured persons."""

    q = PersonSearch(
        label=_("Name, insured number or AHV number"), method="search", widget=forms.TextInput(attrs=SEARCH)
    )
    site = django_filters.UUIDFilter(label=_("Site"), field_name="site_id")
    employment = django_filters.ChoiceFilter(
        label=_("Employment"), choices=EMPLOYMENT, method="in_employment", empty_label=_("All")
    )
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())

    class Meta:
        model = InsuredPerson
        fields: list[str] = []

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Every word in the name; or the insured number; or a whole AHV number (a part of one finds nobody)."""
        try:
            return queryset.filter(ahv_number=check_ahv(value))
        except BadIdentifier:
            pass
        words = Q()
        for word in fold(value).split():
            words &= Q(sort_key__contains=word)
        return queryset.filter(words | Q(insured_number__iexact=value.strip()))

    def in_employment(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Employed today, or not any more."""
        left = Q(employment_end__lt=timezone.localdate())
        return queryset.filter(left if value == "left" else ~left)


class CompanyFilter(django_filters.FilterSet):
    """Search of companies by name, UID or town."""

    q = django_filters.CharFilter(
        label=_("Name, UID or town"), method="search", widget=forms.TextInput(attrs=SEARCH)
    )

    class Meta:
        model = Company
        fields: list[str] = []

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        words = Q()
        for word in fold(value).split():
            words &= Q(sort_key__contains=word)
        return queryset.filter(words | Q(uid__istartswith=value.strip()) | Q(town__istartswith=value.strip()))


class SiteFilter(django_filters.FilterSet):
    """Filter of sites."""

    company = django_filters.UUIDFilter(field_name="company_id")

    class Meta:
        model = Site
        fields: list[str] = []


class ContractFilter(django_filters.FilterSet):
    """Filters of contracts."""

    company = django_filters.UUIDFilter(field_name="company_id")
    branch = django_filters.ChoiceFilter(choices=Contract.Branch.choices)

    class Meta:
        model = Contract
        fields: list[str] = []


def offer_sites(filterset: django_filters.FilterSet, sites: list[Any]) -> None:
    """Let the page choose among the sites; nothing to choose with fewer than two, too much with very many."""
    fields = filterset.form.fields
    if not 2 <= len(sites) <= 100:
        fields["site"].widget = forms.HiddenInput()
        return
    several = len({site.company_id for site in sites}) > 1
    names = [(site.pk, f"{site.company.name}, {site.name}" if several else site.name) for site in sites]
    fields["site"].widget = forms.Select(choices=[("", _("All")), *names])
