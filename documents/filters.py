"""How lists of documents are narrowed; ids are compared, never looked up."""

import django_filters
from django.utils.translation import gettext_lazy as _

from documents.models import Document, Kind


class DocumentFilter(django_filters.FilterSet):
    """Filters of the archive and the API."""

    folder = django_filters.UUIDFilter(field_name="folder_id")
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id")
    contract = django_filters.UUIDFilter(field_name="contract_id")
    person = django_filters.UUIDFilter(field_name="person_id")
    kind = django_filters.ChoiceFilter(label=_("Type of document"), choices=Kind.choices)
    received_from = django_filters.DateFilter(field_name="created", lookup_expr="date__gte")
    received_until = django_filters.DateFilter(field_name="created", lookup_expr="date__lte")

    class Meta:
        model = Document
        fields: list[str] = []
