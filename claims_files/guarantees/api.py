"""Cost guarantees over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims_files.api.things import ThingViewSet
from claims_files.bills.api import AskInput, FilesInput
from claims_files.guarantees import reading, services
from claims_files.guarantees.filters import GuaranteeFilter
from claims_files.guarantees.models import Guarantee, GuaranteeAnswer, GuaranteeOutcome
from core.idempotency import idempotent
from core.json_input import StrictJSONParser


class GuaranteeAnswerSerializer(serializers.ModelSerializer):
    """An answer as it was given: limits in francs, days and a date; what is not set is not limited."""

    by = serializers.CharField(source="by.name", read_only=True)
    letter = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = GuaranteeAnswer
        fields = (
            "number",
            "outcome",
            "amount",
            "days",
            "until",
            "conditions",
            "reason",
            "legal_remedy",
            "at",
            "by",
            "letter",
        )
        read_only_fields = fields


class GuaranteeSerializer(serializers.ModelSerializer):
    """A request for a cost guarantee with its answers, the one that stands first."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    person = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_file = serializers.PrimaryKeyRelatedField(read_only=True)
    documents = serializers.ListField(
        source="papers",
        child=serializers.UUIDField(),
        read_only=True,
        help_text="One that is held for the virus check can be opened once it is released.",
    )
    answers = GuaranteeAnswerSerializer(many=True, read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Guarantee
        fields = (
            "id",
            "url",
            "created",
            "number",
            "company",
            "person",
            "claim_file",
            "kind",
            "provider",
            "begin",
            "end",
            "estimate",
            "details",
            "for_provider",
            "state",
            "documents",
            "asked_note",
            "asked_due",
            "outcome",
            "answers",
        )
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, guarantee: Guarantee) -> str:
        address = "claims_files:api-guarantee-detail"
        return reverse(address, args=[guarantee.pk], request=self.context["request"])


class GuaranteeInput(serializers.Serializer):
    """A request in one of one's own claim files; for the health manager, what a provider asked for."""

    claim_file = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Guarantee.Kind.choices)
    provider = serializers.CharField(max_length=100)
    begin = serializers.DateField()
    end = serializers.DateField(required=False)
    estimate = serializers.DecimalField(max_digits=10, decimal_places=2, required=False)
    details = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    files = serializers.ListField(
        child=serializers.FileField(use_url=False, allow_empty_file=True),
        required=False,
        max_length=settings.DOCUMENT_MAX_FILES,
    )


class AnswerInput(serializers.Serializer):
    """How the insurer answers. `known`: the number of the last answer that was seen, to be sure that none came between."""

    outcome = serializers.ChoiceField(choices=GuaranteeOutcome.choices)
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, required=False)
    days = serializers.IntegerField(required=False)
    until = serializers.DateField(required=False)
    conditions = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    known = serializers.IntegerField(required=False)


class GuaranteeViewSet(ThingViewSet):
    """Cost guarantees: asked for by the insured person or for a provider, answered by the health manager, unknown to
    the employer."""

    serializer_class = GuaranteeSerializer
    parser_classes = (MultiPartParser, FormParser, StrictJSONParser)
    reading = reading
    filterset_class = GuaranteeFilter
    list_action = "guarantee.view"

    @extend_schema(
        request={"application/json": GuaranteeInput, "multipart/form-data": GuaranteeInput},
        responses={201: GuaranteeSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask for a cost guarantee, with its papers: all of it arrives, or nothing does."""
        values = self.given(GuaranteeInput, request)
        claim_id = values.pop("claim_file")
        return self.answer_with(services.request(claim_id, by=request.user, **values).pk, status=201)

    @extend_schema(request={"multipart/form-data": FilesInput}, responses=GuaranteeSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def papers(self, request: Request, pk: UUID) -> Response:
        """Send further papers of a request, or the one that was asked for."""
        values = self.given(FilesInput, request, "guarantee.request")
        return self.answer_with(services.add_papers(pk, values["files"], by=request.user).pk)

    @extend_schema(request=None, responses=GuaranteeSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back a request that is not answered yet."""
        return self.answer_with(services.withdraw(pk, by=request.user).pk)

    @extend_schema(request=AskInput, responses=GuaranteeSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def ask(self, request: Request, pk: UUID) -> Response:
        """Ask the insured person for a paper; due in ten days (a dated parameter) if not said."""
        values = self.given(AskInput, request, "guarantee.answer")
        return self.answer_with(services.ask(pk, by=request.user, **values).pk)

    @extend_schema(request=AnswerInput, responses=GuaranteeSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def answer(self, request: Request, pk: UUID) -> Response:
        """Answer a request, or replace the answer that stands. The insured person is told, with a letter."""
        values = self.given(AnswerInput, request, "guarantee.answer")
        return self.answer_with(services.answer(pk, by=request.user, **values).pk)
