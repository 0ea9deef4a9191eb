"""Deadlines of claim files, and what contracts rule otherwise, over the API."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from claims_files import due_list, reading, services
from claims_files.deadlines import OF_CONTRACT
from claims_files.models import ContractRule, Deadline
from core.idempotency import idempotent
from core.paging import ApiPage


class DeadlineSerializer(serializers.ModelSerializer):
    """A deadline of a claim file: kept on `day` at the latest. `title`, `otherwise` and `source` are words to read."""

    claim_file = serializers.UUIDField(source="claim_file_id", read_only=True)
    title = serializers.CharField(source="get_rule_display", read_only=True)
    otherwise = serializers.SerializerMethodField(help_text="What happens if it is not kept.")
    source = serializers.SerializerMethodField()
    overdue = serializers.SerializerMethodField()

    class Meta:
        model = Deadline
        fields = (
            "id", "claim_file", "rule", "title", "owner", "day", "lapses", "overdue", "done", "otherwise", "source",
        )  # fmt: skip
        read_only_fields = fields

    def _row(self, deadline: Deadline) -> due_list.Row:
        return due_list.rows_of([deadline], timezone.localdate())[0]

    def get_otherwise(self, deadline: Deadline) -> str:
        return self._row(deadline).otherwise

    def get_source(self, deadline: Deadline) -> str:
        return self._row(deadline).source

    def get_overdue(self, deadline: Deadline) -> bool:
        return self._row(deadline).overdue


class DeadlineViewSet(mixins.ListModelMixin, GenericViewSet):
    """The deadlines that one may know of and that are not done, the earliest first."""

    serializer_class = DeadlineSerializer
    filterset_class = due_list.DeadlineFilter
    pagination_class = ApiPage
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Deadline]:
        return reading.deadlines(self.request.user, timezone.localdate())

    @extend_schema(
        request=None,
        responses={
            200: DeadlineSerializer,
            409: OpenApiResponse(description="Done already, or comes by itself."),
        },
    )
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: UUID) -> Response:
        """Say that what had to happen has happened."""
        row = get_object_or_404(reading.known_deadlines(request.user), pk=pk)
        return Response(DeadlineSerializer(services.finish_deadline(row.pk, by=request.user)).data)


class ContractRuleSerializer(serializers.ModelSerializer):
    """What a contract rules otherwise than everybody's parameter, from a day on."""

    contract = serializers.UUIDField(source="contract_id")
    key = serializers.ChoiceField(choices=list(OF_CONTRACT.items()))

    class Meta:
        model = ContractRule
        fields = ("id", "contract", "key", "valid_from", "number", "source")
        read_only_fields = ("id",)


class ContractRuleViewSet(mixins.ListModelMixin, GenericViewSet):
    """Deadlines that contracts rule otherwise; set by the contract manager."""

    serializer_class = ContractRuleSerializer
    filterset_class = due_list.ContractRuleFilter
    pagination_class = ApiPage
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[ContractRule]:
        return reading.contract_rules(self.request.user)

    @extend_schema(responses={201: ContractRuleSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Let a number hold from a day on; open claim files of the contract are reckoned anew."""
        serializer = ContractRuleSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        rule = services.set_contract_rule(values.pop("contract_id"), by=request.user, **values)
        return Response(ContractRuleSerializer(rule).data, status=201)
