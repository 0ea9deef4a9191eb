"""Premium invoices over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from core.negotiation import AnyContent
from finance import services
from finance.filters import InvoiceFilter
from finance.invoice_paper import file_name
from finance.models import InvoiceLine, InvoiceState, PremiumInvoice
from finance.services import LineData
from finance.views import pdf_response
from permissions.api_listing import ListForRight
from permissions.paging import NewestPagination
from permissions.policy import require_somewhere, visible_to


class InvoiceLineSerializer(serializers.ModelSerializer):
    """One group of persons on an invoice."""

    class Meta:
        model = InvoiceLine
        fields = ("position", "persons_group", "payroll", "rate_percent", "amount")


class PremiumInvoiceSerializer(serializers.ModelSerializer):
    """One premium invoice. `state` is overdue once the due date of an open one has passed."""

    state = serializers.ChoiceField(source="shown_state", choices=InvoiceState.choices, read_only=True)
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    contract = serializers.PrimaryKeyRelatedField(read_only=True)
    policy_number = serializers.CharField(source="contract.policy_number", read_only=True)
    account = serializers.CharField(source="parties.account", read_only=True)
    lines = InvoiceLineSerializer(many=True, read_only=True)

    class Meta:
        model = PremiumInvoice
        fields = (
            "id",
            "created",
            "number",
            "company",
            "contract",
            "policy_number",
            "period_begin",
            "period_end",
            "issued",
            "due",
            "state",
            "paid_on",
            "cancelled_on",
            "total",
            "reference",
            "account",
            "language",
            "lines",
        )
        read_only_fields = fields


class NewLineSerializer(serializers.Serializer):
    """A line to invoice; without `amount` the premium is payroll times rate, rounded."""

    persons_group = serializers.CharField(max_length=80)
    payroll = serializers.DecimalField(max_digits=13, decimal_places=2, min_value=0)
    rate_percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)
    amount = serializers.DecimalField(max_digits=11, decimal_places=2, required=False)


class NewInvoiceSerializer(serializers.Serializer):
    """An invoice to issue."""

    contract = serializers.UUIDField()
    period_begin = serializers.DateField()
    period_end = serializers.DateField()
    issued = serializers.DateField(required=False)
    due = serializers.DateField(required=False)
    lines = NewLineSerializer(many=True, allow_empty=False, max_length=200)


class PaidSerializer(serializers.Serializer):
    """When the payment arrived; today if not said."""

    paid_on = serializers.DateField(required=False)


class PremiumInvoiceViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """List, look at, print; for the contract manager also issue, mark as paid, cancel."""

    serializer_class = PremiumInvoiceSerializer
    filterset_class = InvoiceFilter
    pagination_class = NewestPagination
    list_action = "invoice.view"
    queryset = PremiumInvoice._base_manager.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[PremiumInvoice]:
        """What this person may see, with the lines."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return (
            visible_to(self.request.user, "invoice.view")
            .select_related("contract", "company__contract_manager")
            .prefetch_related(Prefetch("lines", InvoiceLine.objects.order_by("position")))
        )

    @extend_schema(
        request=NewInvoiceSerializer,
        responses={201: PremiumInvoiceSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Issue an invoice (contract manager)."""
        require_somewhere(request.user, "invoice.issue")
        serializer = NewInvoiceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        contract = get_object_or_404(visible_to(request.user, "contract.view"), pk=values.pop("contract"))
        lines = [LineData(**line) for line in values.pop("lines")]
        made = services.issue_invoice(contract.pk, by=request.user, lines=lines, **values)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, content_negotiation_class=AnyContent)
    def pdf(self, request: Request, pk: Any) -> HttpResponse:
        """The invoice with its QR-bill as PDF."""
        found = self.get_object()
        return pdf_response(services.pdf(found, by=request.user), file_name(found))

    @extend_schema(request=PaidSerializer, responses=PremiumInvoiceSerializer)
    @action(detail=True, methods=["post"], url_path="mark-paid")
    def mark_paid(self, request: Request, pk: Any) -> Response:
        """Say that the payment has arrived (contract manager)."""
        serializer = PaidSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        found = services.mark_paid(self.get_object().pk, by=request.user, **serializer.validated_data)
        return Response(self.get_serializer(found).data)

    @extend_schema(request=None, responses=PremiumInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any) -> Response:
        """Take an unpaid invoice back (contract manager)."""
        found = services.cancel_invoice(self.get_object().pk, by=request.user)
        return Response(self.get_serializer(found).data)
