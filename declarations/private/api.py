"""The insured person's own part over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

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

from claims_files.api.private import ReleaseSerializer
from claims_files.models import Release
from claims_files.services import hash_of
from core.idempotency import idempotent
from core.negotiation import AnyContent
from declarations.filters import OwnPartFilter
from declarations.models import Declaration, PrivatePart
from declarations.private import receipt, services
from declarations.private.forms import questions_of
from declarations.private.panel import status_of
from declarations.private.views import pdf_response, sealed_proof
from declarations.services.handover import hand_over
from permissions.paging import NewestPagination
from permissions.policy import visible_to
from users.api.proof import require_fresh_proof
from users.proofs import spending

VERSION = OpenApiParameter("version", OpenApiTypes.INT, description="Without it, what was sent last.")


class OwnPartStatusSerializer(serializers.Serializer):
    """All that the company learns of the insured person's own part: when it was asked for, when it was answered."""

    asked = serializers.DateTimeField(allow_null=True)
    answered = serializers.DateTimeField(allow_null=True)


class OwnReceiptSerializer(serializers.Serializer):
    """What was sent, and when."""

    version = serializers.IntegerField()
    at = serializers.DateTimeField(source="created")
    sha256 = serializers.CharField()


class OwnPartSerializer(serializers.ModelSerializer):
    """One's own part of a report; `state` is open, ready (goes with the report) or sent."""

    declaration = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_file = serializers.PrimaryKeyRelatedField(source="declaration.claim_file", read_only=True)
    kind = serializers.ChoiceField(
        source="declaration.kind", choices=Declaration.Kind.choices, read_only=True
    )
    number = serializers.CharField(source="declaration.number", read_only=True)

    class Meta:
        model = PrivatePart
        fields: tuple[str, ...] = (
            "id",
            "declaration",
            "claim_file",
            "kind",
            "number",
            "state",
            "asked_at",
            "answered_at",
            "version",
            "saved",
        )
        read_only_fields = fields


class OwnPartDetailSerializer(OwnPartSerializer):
    """With its answers by field, what is still wrong in them, the release and the receipts."""

    answers = serializers.SerializerMethodField()
    messages = serializers.SerializerMethodField()
    release = ReleaseSerializer(read_only=True, allow_null=True)
    receipts = serializers.SerializerMethodField()

    class Meta(OwnPartSerializer.Meta):
        fields = (*OwnPartSerializer.Meta.fields, "answers", "messages", "release", "receipts")
        read_only_fields = fields

    def get_answers(self, part: PrivatePart) -> dict[str, Any]:
        return questions_of(part.declaration, part.answers).stored()

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=serializers.CharField())))
    def get_messages(self, part: PrivatePart) -> dict[str, list[str]]:
        return questions_of(part.declaration, part.answers).messages()

    @extend_schema_field(OwnReceiptSerializer(many=True))
    def get_receipts(self, part: PrivatePart) -> Any:
        sent = receipt.versions(part) if part.declaration.claim_file_id else []
        return OwnReceiptSerializer(sent, many=True).data


class BeginInput(serializers.Serializer):
    """The report about oneself to which one adds something."""

    declaration = serializers.UUIDField()


class AnswersInput(serializers.Serializer):
    """Answers: the fields to change. `version`: the one they were made from."""

    values = serializers.DictField()
    version = serializers.IntegerField(required=False, min_value=1)


class InformersInput(serializers.Serializer):
    """Who may inform the insurer in this case."""

    informers = serializers.ListField(
        child=serializers.ChoiceField(choices=Release.Informer.choices), allow_empty=False, max_length=10
    )


class SignatureInput(InformersInput):
    """The own name under the text that was read; `sha256` is that of the text."""

    name = serializers.CharField(max_length=150)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")


class ReleaseTextSerializer(serializers.Serializer):
    """The text that would be signed, and its hash."""

    text = serializers.CharField()
    sha256 = serializers.CharField()


class OwnPartViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """One's own part of reports about oneself: nobody else has any, the insurer reads what was sent in the claim file."""

    serializer_class = OwnPartSerializer
    filterset_class = OwnPartFilter
    pagination_class = NewestPagination
    list_action = services.FILL
    queryset = PrivatePart._base_manager.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[PrivatePart]:
        """One's own."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return services.own_parts(self.request.user)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Answers only with a single part."""
        return OwnPartSerializer if self.action == "list" else OwnPartDetailSerializer

    def _answer(self, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_object()).data, status=code)

    def _given(self, serializer_class: Any) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    @extend_schema(request=BeginInput, responses={201: OwnPartDetailSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin one's own part of a report that one sees; begun already, it is the same one."""
        wanted = self._given(BeginInput)["declaration"]
        found = get_object_or_404(visible_to(request.user, "declaration.view"), pk=wanted)
        self.kwargs["pk"] = services.begin(found.pk, by=request.user).pk
        return self._answer(status.HTTP_201_CREATED)

    @extend_schema(request=AnswersInput, responses=OwnPartDetailSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Keep answers; wrong ones are kept as they are and named in `messages`."""
        part, given = self.get_object(), self._given(AnswersInput)
        services.save(part.pk, given["values"], by=request.user, version=given.get("version"))
        return self._answer()

    @extend_schema(
        request=None,
        responses={
            200: OwnPartDetailSerializer,
            400: OpenApiResponse(description="By field what is missing."),
            409: OpenApiResponse(description="The case is decided or closed."),
        },
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def send(self, request: Request, pk: UUID) -> Response:
        """Send it; before the report was sent, it goes along with it."""
        services.send(self.get_object().pk, by=request.user)
        return self._answer()

    @extend_schema(request=InformersInput, responses=ReleaseTextSerializer)
    @action(detail=True, methods=["post"], url_path="release-text")
    def release_text(self, request: Request, pk: UUID) -> Response:
        """The release with these informers, to be read before it is signed; keeps nothing."""
        part, given = self.get_object(), self._given(InformersInput)
        text = services.release_text(part, given["informers"], by=request.user)
        return Response({"text": text, "sha256": hash_of(text)})

    @extend_schema(request=SignatureInput, responses={201: ReleaseSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def release(self, request: Request, pk: UUID) -> Response:
        """Sign the release that was read, after a fresh code.

        Without one: 403 with `code` `fresh_proof_required` and the `page` where it is given, in the same session.
        """
        part, given = self.get_object(), self._given(SignatureInput)
        require_fresh_proof(request, "release")
        with spending(request, "release"):
            signed = services.sign(part.pk, by=request.user, **given)
        return Response(ReleaseSerializer(signed).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=OwnPartDetailSerializer)
    @action(detail=True, methods=["post"], url_path="withdraw-release")
    @idempotent
    def withdraw_release(self, request: Request, pk: UUID) -> Response:
        """Take the release back, for the future; the insurer is told."""
        services.withdraw_release(self.get_object().pk, by=request.user)
        return self._answer()

    @extend_schema(
        parameters=[VERSION],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=True, content_negotiation_class=AnyContent)
    def receipt(self, request: Request, pk: UUID) -> HttpResponse:
        """The receipt as PDF."""
        return pdf_response(self.get_object(), request.query_params.get("version", ""))

    @extend_schema(
        parameters=[VERSION],
        responses={
            200: OpenApiTypes.OBJECT,
            409: OpenApiResponse(description="Not sent, or not sealed yet: within a minute."),
        },
    )
    @action(detail=True)
    def proof(self, request: Request, pk: UUID) -> Response:
        """The proof that the audit trail holds the sending, for `scripts/check_receipt.py`."""
        return Response(sealed_proof(self.get_object(), request.query_params.get("version", "")))


class OwnPartActions:
    """What is done from a report: the company asks, the insured person hands over."""

    @extend_schema(request=None, responses=OwnPartStatusSerializer)
    @action(detail=True, methods=["post"], url_path="ask-own-part")
    @idempotent
    def ask_own_part(self: Any, request: Request, pk: UUID) -> Response:
        """Ask the insured person for his own part of a report of the company."""
        declaration = self.get_object()
        services.ask(declaration.pk, by=request.user)
        return Response(OwnPartStatusSerializer(status_of(declaration)).data)

    @extend_schema(request=None, responses=OwnPartSerializer)
    @action(detail=True, methods=["post"], url_path="hand-over")
    @idempotent
    def hand_over(self: Any, request: Request, pk: UUID) -> Response:
        """Hand one's own draft over to the company, which completes and sends it; answers with one's own part."""
        return Response(OwnPartSerializer(hand_over(self.get_object().pk, by=request.user)).data)
