"""Bills and receipts over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims_files import plain
from claims_files.api.plain import PlainSerializer
from claims_files.api.things import ThingViewSet
from claims_files.bills import reading, services
from claims_files.bills.filters import BillFilter
from claims_files.bills.models import CURRENCIES, Bill, EarlierResult
from claims_files.models import ClaimFile, PaperRequest
from core.idempotency import idempotent
from core.json_input import StrictJSONParser


class BillSerializer(serializers.ModelSerializer):
    """A bill or receipt; what is reckoned is in francs."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    person = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_file = serializers.PrimaryKeyRelatedField(read_only=True)
    contract = serializers.PrimaryKeyRelatedField(read_only=True)
    statement = serializers.PrimaryKeyRelatedField(read_only=True)
    health_manager = serializers.CharField(source="health_manager.name", default=None, read_only=True)
    documents = serializers.SerializerMethodField()
    held = serializers.SerializerMethodField(
        help_text="How many files are held for the virus check, or were stopped by it."
    )
    url = serializers.SerializerMethodField()

    class Meta:
        model = Bill
        fields = (
            "id",
            "url",
            "created",
            "number",
            "company",
            "person",
            "claim_file",
            "contract",
            "kind",
            "amount",
            "currency",
            "provider",
            "date",
            "paid_already",
            "state",
            "health_manager",
            "documents",
            "held",
            "asked_note",
            "asked_due",
            "processed_at",
            "version",
            "result",
            "francs",
            "covered",
            "own_share",
            "paid",
            "explanation",
            "codes",
            "legal_remedy",
            "statement",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_documents(self, bill: Bill) -> list[UUID]:
        return [paper.document_id for paper in bill.papers.all() if paper.document_id]

    def get_held(self, bill: Bill) -> int:
        return sum(paper.document_id is None for paper in bill.papers.all())

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, bill: Bill) -> str:
        return reverse("claims_files:api-bill-detail", args=[bill.pk], request=self.context["request"])


class EarlierResultSerializer(serializers.ModelSerializer):
    """A result of a bill that was corrected, as it stood."""

    statement = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = EarlierResult
        fields = (
            "version",
            "processed_at",
            "result",
            "francs",
            "covered",
            "own_share",
            "paid",
            "explanation",
            "codes",
            "legal_remedy",
            "statement",
        )
        read_only_fields = fields


class FilesInput(serializers.Serializer):
    """The papers of a bill."""

    files = serializers.ListField(
        child=serializers.FileField(use_url=False, allow_empty_file=True),
        allow_empty=False,
        max_length=settings.DOCUMENT_MAX_FILES,
    )


class BillInput(FilesInput):
    """A bill of one's own, for one of one's claim files or else for a contract that covers oneself."""

    claim_file = serializers.UUIDField(required=False)
    contract = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=Bill.Kind.choices)
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)
    currency = serializers.ChoiceField(choices=CURRENCIES, default=CURRENCIES[0])
    provider = serializers.CharField(max_length=100)
    date = serializers.DateField()
    paid_already = serializers.BooleanField()

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if len({"claim_file", "contract"} & set(values)) != 1:
            raise serializers.ValidationError({"claim_file": [_("Choose what the bill is about.")]})
        return values


class AskInput(serializers.Serializer):
    """What is the matter with the paper, and until when a better one is due."""

    note = serializers.ChoiceField(choices=[choice for choice in PaperRequest.Note.choices if choice[0]])
    due = serializers.DateField(required=False)


class ProcessInput(serializers.Serializer):
    """What of a bill is paid, in francs. `francs` is the bill itself, of one in another currency."""

    francs = serializers.DecimalField(max_digits=10, decimal_places=2, required=False)
    covered = serializers.DecimalField(max_digits=10, decimal_places=2)
    own_share = serializers.DecimalField(max_digits=10, decimal_places=2, required=False)
    explanation = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    codes = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, max_length=plain.MOST_CODES
    )
    legal_remedy = serializers.ChoiceField(choices=ClaimFile.Remedy.choices, required=False, allow_blank=True)
    statement = serializers.FileField(use_url=False, required=False)


class CorrectInput(ProcessInput):
    """Another result of a processed bill; `version`: of the one that is corrected, to be sure that none came between."""

    version = serializers.IntegerField(required=False)


class BillViewSet(ThingViewSet):
    """Bills and receipts: sent by the insured person, processed by the health manager, unknown to the employer."""

    serializer_class = BillSerializer
    parser_classes = (MultiPartParser, FormParser, StrictJSONParser)
    reading = reading
    filterset_class = BillFilter
    list_action = "bill.view"

    @extend_schema(request={"multipart/form-data": BillInput}, responses={201: BillSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Send a bill with its papers: all of it arrives, or nothing does."""
        values = self.given(BillInput, request)
        names = {"claim_file": "claim_id", "contract": "contract_id"}
        given = {names.get(name, name): value for name, value in values.items()}
        return self.answer_with(services.submit(by=request.user, **given).pk, status=201)

    @extend_schema(request={"multipart/form-data": FilesInput}, responses=BillSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def papers(self, request: Request, pk: UUID) -> Response:
        """Send further papers of a bill, or the better one that was asked for."""
        values = self.given(FilesInput, request, "bill.submit")
        return self.answer_with(services.add_papers(pk, values["files"], by=request.user).pk)

    @extend_schema(request=None, responses=BillSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back a bill that is not in work yet."""
        return self.answer_with(services.withdraw(pk, by=request.user).pk)

    @extend_schema(request=None, responses=BillSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def take(self, request: Request, pk: UUID) -> Response:
        """Take a bill into work."""
        return self.answer_with(services.take(pk, by=request.user).pk)

    @extend_schema(request=AskInput, responses=BillSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def ask(self, request: Request, pk: UUID) -> Response:
        """Ask the insured person for a better paper; due in ten days (a dated parameter) if not said."""
        values = self.given(AskInput, request, "bill.process")
        return self.answer_with(services.ask(pk, by=request.user, **values).pk)

    @extend_schema(
        request={"application/json": ProcessInput, "multipart/form-data": ProcessInput},
        responses=BillSerializer,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def process(self, request: Request, pk: UUID) -> Response:
        """Say what of a bill is paid: what is covered, less the own share. The insured person is told."""
        values = self.given(ProcessInput, request, "bill.process")
        return self.answer_with(services.process(pk, by=request.user, **values).pk)

    @extend_schema(
        request={"application/json": CorrectInput, "multipart/form-data": CorrectInput},
        responses=BillSerializer,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def correct(self, request: Request, pk: UUID) -> Response:
        """Replace the result of a processed bill; the explanation says what was corrected. The insured person is told."""
        values = self.given(CorrectInput, request, "bill.process")
        return self.answer_with(services.correct(pk, by=request.user, **values).pk)

    @extend_schema(responses=PlainSerializer(many=True))
    @action(detail=True, url_path="plain-words", pagination_class=None, filterset_class=None)
    def plain_words(self, request: Request, pk: UUID) -> Response:
        """The codes of the result in plain words, as they held on the day of the bill."""
        bill = reading.open_for(request.user, pk)
        return Response(PlainSerializer(plain.explain(bill.codes, bill.date), many=True).data)

    @extend_schema(responses=EarlierResultSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def earlier(self, request: Request, pk: UUID) -> Response:
        """The results that were corrected, the last one first; for the health manager."""
        bill = reading.open_for(request.user, pk, "bill.process")
        return Response(EarlierResultSerializer(reading.earlier_results(request.user, bill), many=True).data)
