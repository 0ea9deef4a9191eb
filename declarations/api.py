"""Claim reports over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from claims_files import openings
from claims_files.models import ClaimFile
from core.idempotency import idempotent
from core.imports.api import ImportViewSet
from core.negotiation import AnyContent
from declarations import services
from declarations.content import IN_PROGRESS, progress, values_for
from declarations.facts import deadline_for, finding_of
from declarations.filters import DeclarationFilter
from declarations.imports import CASES
from declarations.models import Declaration
from declarations.private.api import OwnPartActions, OwnPartStatusSerializer
from declarations.private.panel import panel_of
from declarations.receipt import versions
from declarations.views.receipts import pdf_response, sealed_proof
from declarations.walk import walk
from permissions.paging import NewestPagination
from permissions.policy import visible_to

VERSION = OpenApiParameter(
    "version", OpenApiTypes.INT, description="Of an amendment: its number; without it, what was sent first."
)


class DeclarationSerializer(serializers.ModelSerializer):
    """One report: its state, and whose it is."""

    person_name = serializers.CharField(source="person.name", read_only=True)
    created_by = serializers.CharField(source="created_by.name", read_only=True)
    claim_number = serializers.CharField(source="claim_file.number", default=None, read_only=True)

    class Meta:
        model = Declaration
        fields = (
            "id",
            "number",
            "created",
            "saved",
            "kind",
            "state",
            "side",
            "company",
            "site",
            "contract",
            "person",
            "person_name",
            "folder",
            "created_by",
            "guided",
            "version",
            "sent",
            "claim_file",
            "claim_number",
            "content_sha256",
        )
        read_only_fields = fields


class PartStateSerializer(serializers.Serializer):
    """How far a part is: `todo`, `in_progress`, `complete`, `optional`; messages say by field what is wrong.

    `later`: the questions without an answer that may follow after sending; `blocks`: something is wrong or needed at
    once, the report cannot be sent.
    """

    part = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    later = serializers.ListField(child=serializers.CharField())
    blocks = serializers.BooleanField()
    messages = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class StepSerializer(serializers.Serializer):
    """A page of the walk through a draft, one question a page: the part, the questions on it, what it is called."""

    part = serializers.CharField()
    questions = serializers.ListField(child=serializers.CharField())
    title = serializers.CharField()


class FindingSerializer(serializers.Serializer):
    """The answers of a part speak against the kind; `to` is the one meant, `must`: the draft cannot be sent so."""

    part = serializers.CharField()
    sentence = serializers.CharField()
    to = serializers.CharField()
    must = serializers.BooleanField()


class DeadlineSerializer(serializers.Serializer):
    """By when the report has to be sent: a day if there is one; `late`: it was or is after it."""

    rule = serializers.CharField()
    day = serializers.DateField(allow_null=True)
    late = serializers.BooleanField()
    meaning = serializers.CharField()


class ChangeSerializer(serializers.Serializer):
    """One answer that an amendment changed, in words."""

    title = serializers.CharField()
    label = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class SentVersionSerializer(serializers.Serializer):
    """A version of a sent report: 1 is what was sent first."""

    version = serializers.IntegerField(source="number")
    at = serializers.DateTimeField(source="report.created")
    by = serializers.CharField(source="report.by.name", default=None)
    sha256 = serializers.CharField(source="report.sha256")


class VersionSerializer(SentVersionSerializer):
    """A version with what it changed; sealed changes for who may read them."""

    changes = ChangeSerializer(many=True)


class DeclarationDetailSerializer(DeclarationSerializer):
    """One report with the answers its reader may see: for a draft the state of its parts, once sent its versions."""

    answers = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    finding = serializers.SerializerMethodField()
    deadline = serializers.SerializerMethodField()
    versions = serializers.SerializerMethodField()
    own_part = serializers.SerializerMethodField()

    class Meta(DeclarationSerializer.Meta):
        fields = (
            *DeclarationSerializer.Meta.fields,
            "answers",
            "parts",
            "steps",
            "finding",
            "deadline",
            "versions",
            "own_part",
        )
        read_only_fields = fields

    @extend_schema_field(OwnPartStatusSerializer(allow_null=True))
    def get_own_part(self, declaration: Declaration) -> Any:
        panel = panel_of(declaration, self.context["request"].user)
        return OwnPartStatusSerializer(panel).data if "asked" in panel else None

    @extend_schema_field(VersionSerializer(many=True))
    def get_versions(self, declaration: Declaration) -> Any:
        if declaration.is_draft:
            return []
        return VersionSerializer(versions(declaration, self.context["request"].user), many=True).data

    def get_answers(self, declaration: Declaration) -> dict[str, Any]:
        return values_for(declaration, self.context["request"].user)

    @extend_schema(responses=PartStateSerializer(many=True))
    def get_parts(self, declaration: Declaration) -> list[dict[str, Any]]:
        if not declaration.is_draft:
            return []
        return [part_state(each) for each in progress(declaration)]

    @extend_schema(responses=StepSerializer(many=True))
    def get_steps(self, declaration: Declaration) -> list[dict[str, Any]]:
        if not declaration.is_draft:
            return []
        return [
            {"part": page.part, "questions": page.fields, "title": page.title} for page in walk(declaration)
        ]

    @extend_schema(responses=FindingSerializer(allow_null=True))
    def get_finding(self, declaration: Declaration) -> dict[str, Any] | None:
        found = finding_of(declaration) if declaration.is_draft else None
        return found and asdict(found)

    @extend_schema(responses=DeadlineSerializer(allow_null=True))
    def get_deadline(self, declaration: Declaration) -> dict[str, Any] | None:
        found = deadline_for(declaration)
        return found and asdict(found)


class KindSerializer(serializers.Serializer):
    """What a draft is to report."""

    kind = serializers.ChoiceField(choices=Declaration.Kind.choices)


class NewDeclarationSerializer(serializers.Serializer):
    """Who and what a new report is about. `guided`: its pages put one question each."""

    person = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Declaration.Kind.choices)
    guided = serializers.BooleanField(required=False)


class WaySerializer(serializers.Serializer):
    """How the pages of a draft put its questions: one each, or those of a part together."""

    guided = serializers.BooleanField()


class PartSerializer(serializers.Serializer):
    """Answers of one part: the fields to change. `version`: the report's version they were made from."""

    values = serializers.DictField()
    version = serializers.IntegerField(required=False, min_value=1)


class SavedPartSerializer(PartStateSerializer):
    """A part after saving."""

    values = serializers.DictField()
    version = serializers.IntegerField()


class AmendSerializer(serializers.Serializer):
    """Answers of one part of a sent report: the fields to change. `version`: the one they were made from."""

    part = serializers.CharField(max_length=40)
    values = serializers.DictField()
    version = serializers.IntegerField(required=False, min_value=1)


class WithdrawSerializer(serializers.Serializer):
    """Why a report is taken back."""

    reason = serializers.ChoiceField(choices=ClaimFile.Withdrawal.choices)


def part_state(each: Any) -> dict[str, Any]:
    """The state of a part with what is wrong in it."""
    return {
        "part": each.part,
        "title": each.title,
        "state": each.state,
        "later": each.later,
        "blocks": each.blocks,
        "messages": each.messages if each.state == IN_PROGRESS else {},
    }


class DeclarationViewSet(
    OwnPartActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GenericViewSet
):
    """List, look at, begin, fill in, send and discard claim reports."""

    serializer_class = DeclarationSerializer
    filterset_class = DeclarationFilter
    pagination_class = NewestPagination
    list_action = "declaration.view"
    queryset = Declaration._base_manager.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Declaration]:
        """The reports this person may see, drafts and sent ones."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = visible_to(self.request.user, "declaration.view")
        return rows.select_related("person", "company", "created_by", "claim_file", "folder", "contract")

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Answers only with a single report."""
        return DeclarationSerializer if self.action == "list" else DeclarationDetailSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One report. Of a sent one, who else than the insured person opens it is noted for him."""
        declaration = self.get_object()
        if not declaration.is_draft:
            right = ("declaration.view", declaration)
            openings.note_opening(declaration.claim_file, by=request.user, right=right)
        return Response(self.get_serializer(declaration).data)

    @extend_schema(request=NewDeclarationSerializer, responses={201: DeclarationDetailSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin a draft."""
        serializer = NewDeclarationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        person = get_object_or_404(
            visible_to(request.user, "person.view"), pk=serializer.validated_data["person"]
        )
        given = serializer.validated_data
        made = services.start(person, given["kind"], by=request.user, guided=given.get("guided"))
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Declaration) -> None:
        """Discard a draft; one that was handed over and that no contract covers goes back to the insured person."""
        services.delete_draft(instance.pk, by=self.request.user)

    @extend_schema(
        request=PartSerializer,
        responses={200: SavedPartSerializer},
        parameters=[OpenApiParameter("part", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["patch"], url_path="parts/<slug:part>")
    def parts(self, request: Request, pk: UUID, part: str) -> Response:
        """Keep answers of one part; wrong ones are kept as they are and named in `messages`."""
        serializer = PartSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        saved = services.save_part(
            self.get_object().pk, part, given["values"], by=request.user, version=given.get("version")
        )
        state = next(each for each in progress(saved.declaration) if each.part == part)
        values = saved.declaration.parts.get(part) or {}
        return Response({**part_state(state), "values": values, "version": saved.declaration.version})

    @extend_schema(request=KindSerializer, responses={200: DeclarationDetailSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def kind(self, request: Request, pk: UUID) -> Response:
        """Report something else with the draft; the answers stay."""
        found = self.get_object()
        serializer = KindSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.change_kind(found.pk, serializer.validated_data["kind"], by=request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=WaySerializer, responses={200: DeclarationSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def way(self, request: Request, pk: UUID) -> Response:
        """Choose how the pages of the draft put its questions."""
        serializer = WaySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.guide(self.get_object().pk, by=request.user, **serializer.validated_data)
        return Response(DeclarationSerializer(self.get_object(), context=self.get_serializer_context()).data)

    @extend_schema(
        request=None,
        responses={
            200: DeclarationDetailSerializer,
            400: OpenApiResponse(description="Parts in which something is wrong or needed at once."),
            409: OpenApiResponse(description="It was sent before; the sentence names the claim file."),
        },
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, pk: UUID) -> Response:
        """Send the report: a claim file is opened."""
        services.submit(self.get_object().pk, by=request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        request=AmendSerializer,
        responses={
            201: SentVersionSerializer,
            400: OpenApiResponse(description="By field what is wrong, or that nothing is different."),
            409: OpenApiResponse(
                description="A draft, the other side’s, decided, or amended in the meantime."
            ),
        },
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def amend(self, request: Request, pk: UUID) -> Response:
        """Amend one part of a sent report: a further version of it."""
        serializer = AmendSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        declaration = self.get_object()
        services.amend(
            declaration.pk, given["part"], given["values"], by=request.user, version=given.get("version")
        )
        # Without what changed: answers to a key are kept for a day, and health data not twice.
        made = versions(declaration, request.user)[0]
        return Response(SentVersionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=WithdrawSerializer, responses={200: DeclarationSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take a sent report back before it is decided on; its claim file is closed."""
        serializer = WithdrawSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.withdraw(self.get_object().pk, by=request.user, **serializer.validated_data)
        return Response(DeclarationSerializer(self.get_object(), context=self.get_serializer_context()).data)

    @extend_schema(request=None, responses={201: DeclarationDetailSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def copy(self, request: Request, pk: UUID) -> Response:
        """Begin a draft for the same person with what a new case has in common with this one."""
        made = services.copy(self.get_object().pk, by=request.user)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[VERSION], responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, content_negotiation_class=AnyContent)
    def receipt(self, request: Request, pk: UUID) -> HttpResponse:
        """The receipt of a report that was sent, or of one of its amendments, as PDF."""
        return pdf_response(self.get_object(), request.user, request.query_params.get("version", ""))

    @extend_schema(
        parameters=[VERSION],
        responses={
            200: OpenApiTypes.OBJECT,
            409: OpenApiResponse(description="A draft, or not sealed yet: within a minute."),
        },
    )
    @action(detail=True)
    def proof(self, request: Request, pk: UUID) -> Response:
        """The proof that the audit trail holds the sending, for `scripts/check_receipt.py`."""
        typed = request.query_params.get("version", "")
        return Response(sealed_proof(self.get_object(), request.user, typed))


class CaseImportViewSet(ImportViewSet):
    """Tables of cases to report: each row becomes a draft, none is sent by itself."""

    kind = CASES
