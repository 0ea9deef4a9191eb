"""How invoices are narrowed down, alike on the page and in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from companies.models import Contract
from finance.models import InvoiceQuerySet, InvoiceState, PremiumInvoice
from permissions.policy import visible_to


def _contracts(request: Any) -> QuerySet[Contract]:
    """The contracts one may see; of all others a filter answers as if they did not exist."""
    if request is None:  # the API's schema is written without anybody asking
        return Contract._base_manager.none()
    return (
        visible_to(request.user, "contract.view")
        .select_related("company")
        .order_by("branch", "policy_number")
    )


def recent_years() -> list[tuple[str, str]]:
    """This year and the ten before: so long are invoices kept."""
    this = timezone.localdate().year
    return [(str(year), str(year)) for year in range(this, this - 11, -1)]


class _ContractField(django_filters.fields.ModelChoiceField):
    def label_from_instance(self, obj: Contract) -> str:
        return f"{obj.get_branch_display()} · {obj.policy_number}"


class _ContractFilter(django_filters.ModelChoiceFilter):
    field_class = _ContractField


class InvoiceFilter(django_filters.FilterSet):
    """State (overdue included), year of issue, company, contract."""

    state = django_filters.ChoiceFilter(
        label=_("State"), choices=InvoiceState.choices, method="by_state", empty_label=_("All states")
    )
    year = extend_schema_field(OpenApiTypes.INT)(
        django_filters.ChoiceFilter(
            label=_("Year"), field_name="issued__year", choices=recent_years, empty_label=_("All years")
        )
    )
    contract = _ContractFilter(label=_("Contract"), queryset=_contracts, empty_label=_("All contracts"))
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())

    class Meta:
        model = PremiumInvoice
        fields: list[str] = []

    def by_state(self, queryset: InvoiceQuerySet, _name: str, value: str) -> InvoiceQuerySet:
        """Overdue ones are stored as open: the queryset knows the difference."""
        return queryset.in_state(value)
