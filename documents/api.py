"""Documents over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from core.json_input import StrictJSONParser
from core.negotiation import AnyContent
from core.paging import ApiPage
from documents import services
from documents.filters import DocumentFilter, HeldFilter
from documents.intake import FileRefused
from documents.models import Document, HandoverReceipt, HeldPaper, Kind, Merge, Visibility
from documents.preview import CONTENT_TYPE
from documents.services.merging import LEFT_OUT, MOST
from documents.viewer import picture_response
from documents.views import file_response
from permissions.paging import NewestPagination


class DocumentSerializer(serializers.ModelSerializer):
    """One document; `title` is empty for everybody but its sender."""

    title = serializers.SerializerMethodField()
    uploaded_by = serializers.CharField(source="uploaded_by.name", default="", read_only=True)
    content_url = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = (
            "id",
            "created",
            "folder",
            "company",
            "contract",
            "claim_file",
            "person",
            "visibility",
            "kind",
            "name",
            "title",
            "content_type",
            "size",
            "sha256",
            "pages",
            "photos",
            "preview",
            "uploaded_by",
            "content_url",
        )
        read_only_fields = fields

    def get_title(self, document: Document) -> str:
        user = self.context["request"].user
        return document.title if document.uploaded_by_id == user.pk else ""

    def get_content_url(self, document: Document) -> str:
        return reverse("documents:api-content", args=[document.pk], request=self.context["request"])


class ReceiptSerializer(serializers.ModelSerializer):
    """The neutral line of a paper handed over sealed."""

    class Meta:
        model = HandoverReceipt
        fields = ("id", "created", "folder", "size", "sha256", "photos")
        read_only_fields = fields


class HeldSerializer(serializers.ModelSerializer):
    """A file that was received and held for the virus check, and what became of it; its sender alone sees it."""

    class Meta:
        model = HeldPaper
        fields = ("id", "created", "folder", "size", "sha256", "state", "stopped", "released")
        read_only_fields = fields


class UploadSerializer(serializers.Serializer):
    """A file with its class."""

    folder = serializers.UUIDField()
    file = serializers.FileField(use_url=False, allow_empty_file=True, required=False)
    photos = serializers.ListField(
        child=serializers.FileField(use_url=False, allow_empty_file=True),
        required=False,
        help_text="In place of `file`: photos that become one PDF, a page each, in this order.",
    )
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.OTHER)
    title = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    confirm_class = serializers.BooleanField(
        default=False,
        help_text="The employer’s answer to 409 `looks_medical`: it is an administrative paper.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if ("file" in values) == bool(values.get("photos")):
            raise serializers.ValidationError({"file": _("Choose at least one file.")}, code="required")
        return values


class ReceivedSerializer(serializers.Serializer):
    """The answer to a file: the document, or the receipt of a paper handed over sealed, or that it is held."""

    document = DocumentSerializer(allow_null=True)
    receipt = ReceiptSerializer(allow_null=True)
    held = HeldSerializer(allow_null=True)


class ClassSerializer(serializers.Serializer):
    """Another class for a document."""

    visibility = serializers.ChoiceField(choices=Visibility.choices)


class SplitSerializer(serializers.Serializer):
    """Pages that become a document of their own."""

    pages = serializers.CharField(max_length=200, help_text="As people write them: `2-3, 5`.")
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.OTHER)


class SplitResultSerializer(serializers.Serializer):
    """The new document, or that it is held for the virus check."""

    document = DocumentSerializer(allow_null=True)
    held = HeldSerializer(allow_null=True)


class PageSerializer(serializers.Serializer):
    """Which page is looked at."""

    page = serializers.IntegerField(min_value=1, default=1)


class DocumentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """List, look at, send, open and classify documents."""

    serializer_class = DocumentSerializer
    parser_classes = (MultiPartParser, FormParser, StrictJSONParser)
    filterset_class = DocumentFilter
    pagination_class = NewestPagination
    list_action = "document.view"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Document]:
        return services.readable(self.request.user).select_related("uploaded_by")

    def still_sees(self, answer: Any) -> bool:
        """For an answer that is asked for again: whether the document, or the folder of the receipt, is in reach."""
        if answer["document"] is None:
            kept = answer.get("receipt") or answer["held"]
            return services.folders(self.request.user).filter(pk=kept["folder"]).exists()
        return self.get_queryset().filter(pk=answer["document"]["id"]).exists()

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={
            201: ReceivedSerializer,
            400: OpenApiResponse(description="The file is refused: why, and what to do."),
            409: OpenApiResponse(
                description="`looks_medical`: send it as `medical`, or with `confirm_class`. Nothing was stored."
            ),
        },
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Send one file into a folder, or several photos as one PDF."""
        serializer = UploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        folder, file, photos = (values.pop(name, None) for name in ("folder", "file", "photos"))
        try:
            if photos:
                received = services.combine(folder, photos, hold=True, by=request.user, **values)
            else:
                received = services.receive(folder, file, hold=True, by=request.user, **values)
        except FileRefused as refusal:
            return _refused(refusal)
        context = self.get_serializer_context()
        return Response(ReceivedSerializer(received, context=context).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, content_negotiation_class=AnyContent)
    def content(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The document's bytes."""
        document, reader = services.read(pk, by=request.user)
        return file_response(request, document, reader)

    @extend_schema(
        parameters=[OpenApiParameter("page", int, description="From 1, the default, to `pages`.")],
        responses={
            (200, CONTENT_TYPE): OpenApiTypes.BINARY,
            409: OpenApiResponse(description="This page cannot be drawn: `no_preview`."),
        },
    )
    @action(detail=True, content_negotiation_class=AnyContent)
    def picture(self, request: Request, pk: UUID) -> HttpResponseBase:
        """A page as a picture, for looking at: upright, without the file's metadata."""
        page = PageSerializer(data=request.query_params)
        page.is_valid(raise_exception=True)
        return picture_response(services.page_picture(pk, page.validated_data["page"], by=request.user))

    @extend_schema(responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY})
    @action(detail=True, content_negotiation_class=AnyContent)
    def thumbnail(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The first page, too small to be read: for lists."""
        return picture_response(services.thumbnail(pk, by=request.user))

    @extend_schema(request=SplitSerializer, responses={201: SplitResultSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def split(self, request: Request, pk: UUID) -> Response:
        """Split off pages into a new document, seen by the same circle or a smaller one; this one stays."""
        serializer = SplitSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            received = services.split_off(pk, by=request.user, **serializer.validated_data)
        except FileRefused as refusal:
            return _refused(refusal)
        return Response(
            SplitResultSerializer(received, context=self.get_serializer_context()).data,
            status=status.HTTP_201_CREATED,
        )

    @extend_schema(request=ClassSerializer, responses={200: DocumentSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def classify(self, request: Request, pk: UUID) -> Response:
        """Change who may see the document; 204 when that is no longer oneself."""
        serializer = ClassSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        document = services.classify(pk, by=request.user, **serializer.validated_data)
        if document is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self.get_serializer(document).data)


class HeldViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """What one sent oneself and the virus scanner has not let pass; the newest first. One of them: also what became of it."""

    serializer_class = HeldSerializer
    filterset_class = HeldFilter
    pagination_class = ApiPage
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[HeldPaper]:
        find = services.held_back if self.action == "list" else services.held_by
        return find(self.request.user)


class MergeInput(serializers.Serializer):
    """Which documents are put together, in their order, and how the new one is called."""

    documents = serializers.ListField(child=serializers.UUIDField(), min_length=2, max_length=MOST)
    name = serializers.CharField(max_length=100)


class MergePaperSerializer(serializers.Serializer):
    """One of the documents; `left_out` says why it is not in the new one."""

    document = serializers.UUIDField()
    left_out = serializers.ChoiceField(choices=[("", ""), *LEFT_OUT.items()])


class MergeSerializer(serializers.ModelSerializer):
    """Documents that are put together, and what came of it; seen by whoever asked for it."""

    papers = MergePaperSerializer(many=True)

    class Meta:
        model = Merge
        fields = ("id", "created", "folder", "name", "papers", "state", "problem", "done", "made")
        read_only_fields = fields


class MergesView(APIView):
    """Documents of a folder put together."""

    def get_queryset(self) -> QuerySet[Merge]:
        folder = get_object_or_404(services.folders(self.request.user), pk=self.kwargs["folder_id"])
        return services.merges_of(self.request.user, folder)

    @extend_schema(request=MergeInput, responses={201: MergeSerializer})
    @idempotent
    def post(self, request: Request, folder_id: UUID) -> Response:
        """Have documents put together into one PDF with an index; a job does it, and they stay as they are.

        The new document is as visible as the strictest of them. `problem` says why there is none.
        """
        serializer = MergeInput(data=request.data)
        get_object_or_404(services.folders(request.user, "document.upload"), pk=folder_id)
        serializer.is_valid(raise_exception=True)
        asked = services.request_merge(folder_id, by=request.user, **serializer.validated_data)
        return Response(MergeSerializer(asked).data, status=status.HTTP_201_CREATED)


class MergeView(APIView):
    """One of them."""

    @extend_schema(responses=MergeSerializer)
    def get(self, request: Request, folder_id: UUID, merge_id: UUID) -> Response:
        """How far it is, and what came of it."""
        folder = get_object_or_404(services.folders(request.user), pk=folder_id)
        return Response(
            MergeSerializer(get_object_or_404(services.merges_of(request.user, folder), pk=merge_id)).data
        )


def _refused(refusal: FileRefused) -> Response:
    asked = refusal.code == "looks_medical"
    return Response(
        {"detail": refusal.sentence, "code": refusal.code},
        status=status.HTTP_409_CONFLICT if asked else status.HTTP_400_BAD_REQUEST,
    )
