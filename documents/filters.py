"""How lists of documents are narrowed, for the archive and the API alike; ids are compared, never looked up."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import SwissDateField
from documents.models import Document, HeldPaper, Kind, Visibility


class SwissDateFilter(django_filters.Filter):
    """A date, read as people write it."""

    field_class = SwissDateField


class DocumentFilter(django_filters.FilterSet):
    """Filters of the archive and the API."""

    q = django_filters.CharFilter(
        label=_("File name"),
        field_name="name",
        lookup_expr="icontains",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Type of document"), choices=Kind.choices, empty_label=_("All")
    )
    received_from = SwissDateFilter(label=_("Received from"), field_name="created", lookup_expr="date__gte")
    received_until = SwissDateFilter(label=_("Received until"), field_name="created", lookup_expr="date__lte")
    visibility = django_filters.ChoiceFilter(choices=Visibility.choices, widget=forms.HiddenInput())
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())
    site = django_filters.UUIDFilter(field_name="site_id", widget=forms.HiddenInput())
    folder = django_filters.UUIDFilter(field_name="folder_id", widget=forms.HiddenInput())
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id", widget=forms.HiddenInput())
    contract = django_filters.UUIDFilter(field_name="contract_id", widget=forms.HiddenInput())
    person = django_filters.UUIDFilter(field_name="person_id", widget=forms.HiddenInput())

    class Meta:
        model = Document
        fields: list[str] = []


class HeldFilter(django_filters.FilterSet):
    """Filters of what is held."""

    company = django_filters.UUIDFilter(field_name="folder__company_id")
    folder = django_filters.UUIDFilter(field_name="folder_id")
    state = django_filters.ChoiceFilter(choices=HeldPaper.State.choices)

    class Meta:
        model = HeldPaper
        fields: list[str] = []
