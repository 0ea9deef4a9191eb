"""Claim files over the API: the same acts by the same rules as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from claims_files import listing, openings, reading, services
from claims_files.api.answers import RemindInput
from claims_files.api.certificates import PaperActs
from claims_files.api.decided import DecidingActs
from claims_files.api.shown import (
    ClaimFileDetailSerializer,
    ClaimFileSerializer,
    CourseSerializer,
    PaperSerializer,
    courses,
    told,
)
from claims_files.course import Days
from claims_files.export import export_claims
from claims_files.filters import ClaimFilter
from claims_files.models import (
    REQUESTABLE,
    ClaimFile,
    PaperRequest,
)
from claims_files.plans.api import PlanActs
from core.idempotency import idempotent
from core.paging import ApiPage
from core.tables import CONTENT_TYPES, table_answer
from permissions.paging import NewestPagination
from permissions.policy import require_somewhere


class PaperInput(serializers.Serializer):
    """Ask for a paper."""

    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in REQUESTABLE])
    addressee = serializers.ChoiceField(choices=PaperRequest.Addressee.choices)
    due = serializers.DateField(required=False)
    note = serializers.ChoiceField(
        choices=PaperRequest.Note.choices, required=False, allow_blank=True, default=""
    )


class DaysInput(serializers.Serializer):
    """Days of one degree of incapacity, both included; 0 for days fully at work."""

    begin = serializers.DateField()
    end = serializers.DateField(required=False, allow_null=True, default=None)
    degree = serializers.IntegerField(min_value=0, max_value=100)


class CourseInput(serializers.Serializer):
    """The whole course, without a gap. `version`: the one it was made from; `confirmed`: unusual, and right."""

    periods = DaysInput(many=True, max_length=services.MOST_ROWS)
    version = serializers.IntegerField(required=False, min_value=1)
    confirmed = serializers.BooleanField(required=False, default=False)


class ReassignInput(serializers.Serializer):
    """Who looks after the claim file from now on; `known`: who did so when it was looked at, "" for nobody."""

    manager = serializers.UUIDField()
    known = serializers.CharField(required=False, allow_blank=True)


class CloseInput(serializers.Serializer):
    """How an accepted case ended; a declined one closes as declined."""

    outcome = serializers.ChoiceField(choices=ClaimFile.Outcome.choices, required=False)


class ReopenInput(serializers.Serializer):
    """Which request is open again."""

    paper = serializers.UUIDField()


class SettleInput(ReopenInput):
    """Which request is settled: the paper is here, or needed no longer."""

    received = serializers.BooleanField()
    document = serializers.UUIDField(
        required=False, help_text="The document that is the answer; without it the paper came by another way."
    )


class ClaimFilePagination(NewestPagination):
    """The newest first, page by cursor; in another order numbered pages, as on the page of the portal."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.numbered: ApiPage | None = None
        order = request.query_params.get("ordering", "")
        # A page of the other kind would be answered with the first one, again and again.
        foreign = ("after", "before") if order else ("page",)
        for name in foreign:
            if request.query_params.get(name):
                raise serializers.ValidationError(
                    {name: [_("Lists with “ordering” have numbered pages, all others have cursors.")]}
                )
        if not order:
            return super().paginate_queryset(queryset, request, view)
        if order not in listing.ORDERS:
            known = ", ".join(listing.ORDERS)
            raise serializers.ValidationError(
                {"ordering": [_("Choose one of these orders: %(known)s.") % {"known": known}]}
            )
        rows = listing.in_order(queryset, request.user, order)
        if rows is None:
            raise serializers.ValidationError(
                {"ordering": [_("There are more than 1’000 claims. Filter the list to sort it.")]}
            )
        self.numbered = ApiPage()
        return self.numbered.paginate_queryset(rows, request, view) or []

    def get_paginated_response(self, data: Any) -> Response:
        pages = self.numbered
        return pages.get_paginated_response(data) if pages else super().get_paginated_response(data)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        order = {
            "name": "ordering",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "enum": list(listing.ORDERS)},
            "description": "By person or day of the event instead of the newest first; up to 1,000 claim files.",
        }
        page = {
            "name": "page",
            "in": "query",
            "required": False,
            "schema": {"type": "integer"},
            "description": "With `ordering`: the number of the page.",
        }
        return [*super().get_schema_operation_parameters(view), order, page]


class ClaimFileViewSet(
    PaperActs, DecidingActs, PlanActs, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet
):
    """List and read claim files, and do with them what the health manager does."""

    serializer_class = ClaimFileSerializer
    filterset_class = ClaimFilter
    pagination_class = ClaimFilePagination
    list_action = "claim.view"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[ClaimFile]:
        return reading.listed(self.request.user)

    def get_serializer_class(self) -> Any:
        return ClaimFileSerializer if self.action == "list" else ClaimFileDetailSerializer

    def get_object(self) -> ClaimFile:
        return reading.find(self.request.user, self.kwargs["pk"])

    def _answer(self, key: UUID | None = None, status: int = 200) -> Response:
        """Without what was reported: answers to a key are kept for a day, and health data not twice."""
        claim = reading.find(self.request.user, key) if key else self.get_object()
        shown = ClaimFileSerializer(claim, context=self.get_serializer_context())
        return Response(shown.data, status=status)

    def _input(self, serializer_class: Any, request: Request) -> dict[str, Any]:
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One claim file. Who else than the insured person opens it is noted for him."""
        claim = self.get_object()
        openings.note_opening(claim, by=request.user)
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=None, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"], url_path="take-over")
    @idempotent
    def take_over(self, request: Request, pk: UUID) -> Response:
        """Become the health manager of a new claim file."""
        services.take_over(pk, by=request.user)
        return self._answer()

    @extend_schema(request=ReassignInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"], url_path="reassign")
    @idempotent
    def reassign(self, request: Request, pk: UUID) -> Response:
        """Let another health manager look after the claim file."""
        values = self._input(ReassignInput, request)
        services.reassign(pk, to=values["manager"], known=values.get("known"), by=request.user)
        return self._answer()

    @extend_schema(request=PaperInput, responses={201: PaperSerializer})
    @action(detail=True, methods=["post"], url_path="request-paper")
    @idempotent
    def request_paper(self, request: Request, pk: UUID) -> Response:
        """Ask for a paper; due in ten days (a dated parameter) if not said."""
        paper = services.request_paper(pk, by=request.user, **self._input(PaperInput, request))
        return Response(told(request.user, [paper])[0], status=201)

    @extend_schema(request=CloseInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, pk: UUID) -> Response:
        """Close a decided claim file."""
        services.close(pk, by=request.user, **self._input(CloseInput, request))
        return self._answer()

    @extend_schema(
        request=CourseInput,
        responses={
            201: CourseSerializer,
            409: OpenApiResponse(
                description="Declined or closed; changed by somebody else (`changed_by_another`); possible, but "
                "unusual (`unusual`): send it again with `confirmed`."
            ),
        },
    )
    @action(detail=True, methods=["post"], url_path="change-incapacity")
    @idempotent
    def change_incapacity(self, request: Request, pk: UUID) -> Response:
        """Extend or correct the course of the incapacity: a further version of all of it."""
        values = self._input(CourseInput, request)
        rows = sorted((Days(**row) for row in values.pop("periods")), key=lambda days: days.begin)
        services.change_incapacity(pk, rows, by=request.user, **values)
        return Response(courses(self.get_object())[0], status=201)

    @extend_schema(request=SettleInput, responses=PaperSerializer)
    @action(detail=True, methods=["post"], url_path="settle-paper")
    @idempotent
    def settle_paper(self, request: Request, pk: UUID) -> Response:
        """Say that a requested paper is here, and which document it is, or that it is needed no longer."""
        values = self._input(SettleInput, request)
        paper = get_object_or_404(reading.papers(request.user, pk), pk=values.pop("paper"))
        answer = values.pop("document", None)
        settled = services.settle_paper(paper.pk, document_id=answer, by=request.user, **values)
        return Response(told(request.user, [settled])[0])

    @extend_schema(request=ReopenInput, responses=PaperSerializer)
    @action(detail=True, methods=["post"], url_path="reopen-paper")
    @idempotent
    def reopen_paper(self, request: Request, pk: UUID) -> Response:
        """Undo that a request was settled: the paper is missing again."""
        values = self._input(ReopenInput, request)
        paper = get_object_or_404(reading.papers(request.user, pk), pk=values["paper"])
        return Response(told(request.user, [services.reopen_paper(paper.pk, by=request.user)])[0])

    @extend_schema(request=RemindInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def remind(self, request: Request, pk: UUID) -> Response:
        """Ask one side again for the answers that the report left for later."""
        services.remind_of_answers(pk, by=request.user, **self._input(RemindInput, request))
        return self._answer()

    @extend_schema(request=None, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def seen(self, request: Request, pk: UUID) -> Response:
        """Say that the papers that arrived were looked at."""
        services.note_seen(pk, by=request.user)
        return self._answer()


class ClaimExport(APIView):
    """The list of claim files as a file."""

    @extend_schema(
        parameters=[
            OpenApiParameter("table", str, OpenApiParameter.PATH, enum=sorted(CONTENT_TYPES)),
            OpenApiParameter("q", str, description="Name or claim number."),
            *(
                OpenApiParameter(name, OpenApiTypes.UUID)
                for name in ("company", "contract", "person", "site")
            ),
            *(OpenApiParameter(name, str) for name in ("state", "kind", "event_from", "event_until", "view")),
        ],
        responses={(200, content_type): OpenApiTypes.BINARY for content_type in CONTENT_TYPES.values()},
    )
    def get(self, request: Request, table: str) -> HttpResponse:
        """The claim files one sees, the newest first, as CSV or XLSX; the trail says who saved it."""
        require_somewhere(request.user, "claim.view")
        if table not in CONTENT_TYPES:
            raise Http404
        found = ClaimFilter(request.query_params, queryset=reading.everything(), request=request)
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        return table_answer(export_claims(found.qs, table, by=request.user), table, "claims")
