"""The door of the insurer's core system, and the journal of what came through it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from claims_files.core_system import reading, shapes, taking
from claims_files.core_system.filters import ArrivalFilter
from claims_files.core_system.models import CoreArrival
from core.errors import NotNow, api_exception_handler
from permissions.api_listing import ListForRight
from permissions.paging import NewestPagination
from permissions.policy import require_somewhere, visible_to

Kind = CoreArrival.Kind
MOST_ROWS = 500


class TakenSerializer(serializers.Serializer):
    """What became of it here. `differs`: the portal would have reckoned something else; null where it cannot reckon."""

    kind = serializers.CharField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    claim_file = serializers.UUIDField(source="claim_file_id")
    statement = serializers.UUIDField(source="statement_id", allow_null=True)
    decisions = serializers.ListField(child=serializers.IntegerField())
    differs = serializers.BooleanField(allow_null=True)


class _Door(APIView):
    """One thing under the core system's own id: sent again it answers the same and does nothing."""

    kind: str

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_somewhere(request.user, taking.RIGHT)

    def _take(self, request: Request, source: str, external_id: str) -> Response:
        arrival, new = taken(self.kind, source, external_id, request.data, by=request.user)
        return Response(TakenSerializer(arrival).data, status=201 if new else 200)


ANSWERS = {200: TakenSerializer, 201: TakenSerializer}


class CoreNumber(_Door):
    """Claim numbers of the core system."""

    kind = Kind.NUMBER

    @extend_schema(request=shapes.CoreNumberInput, responses=ANSWERS)
    def put(self, request: Request, source: str, external_id: str) -> Response:
        """Note the core system's number of a claim file. 409 where the file or the number belongs together otherwise."""
        return self._take(request, source, external_id)


class CoreDecision(_Door):
    """Decisions of the core system."""

    kind = Kind.DECISION

    @extend_schema(request=shapes.CoreDecisionInput, responses=ANSWERS)
    def put(self, request: Request, source: str, external_id: str) -> Response:
        """Decide or close as it was settled there. 409 while the file is not ready for it: send it again later."""
        return self._take(request, source, external_id)


class CoreStatement(_Door):
    """Benefit statements of the core system."""

    kind = Kind.STATEMENT

    @extend_schema(request=shapes.CoreStatementInput, responses=ANSWERS)
    def put(self, request: Request, source: str, external_id: str) -> Response:
        """Issue a statement with the figures as they come. 409 before the claim number, or before it is accepted."""
        return self._take(request, source, external_id)


class CoreRowInput(serializers.Serializer):
    """A row of a batch: its kind, its id, and what the door of its kind takes."""

    kind = serializers.CharField(help_text=f"One of: {', '.join(Kind.values)}.")
    external_id = serializers.CharField()
    content = serializers.DictField()


class CoreBatchInput(serializers.Serializer):
    """Rows in the order in which they are taken over."""

    rows = CoreRowInput(many=True, allow_empty=False, max_length=MOST_ROWS)


class CoreRowResult(serializers.Serializer):
    """What became of a row: the status that its door would have answered, and the answer."""

    kind = serializers.CharField()
    external_id = serializers.CharField()
    status = serializers.IntegerField()
    result = serializers.DictField()


class CoreBatchResult(serializers.Serializer):
    """One result for each row, in their order."""

    results = CoreRowResult(many=True)


class CoreBatch(APIView):
    """Many things at once."""

    @extend_schema(request=CoreBatchInput, responses={200: CoreBatchResult})
    def post(self, request: Request, source: str) -> Response:
        """Take up to 500 rows over, each in a transaction of its own; a refused row stops no other."""
        require_somewhere(request.user, taking.RIGHT)
        serializer = CoreBatchInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        results = [self._row(request, source, row) for row in serializer.validated_data["rows"]]
        return Response({"results": results})

    def _row(self, request: Request, source: str, row: dict[str, Any]) -> dict[str, Any]:
        kind, external_id = row["kind"], row["external_id"]
        try:
            if kind not in Kind.values:
                raise Invalid({"kind": _("One of: %(words)s.") % {"words": ", ".join(Kind.values)}})
            arrival, new = taken(kind, source, external_id, row["content"], by=request.user)
        except (NotNow, Invalid, Http404, PermissionDenied, serializers.ValidationError) as refusal:
            answer = api_exception_handler(refusal, {"request": request})
            status, result = answer.status_code, answer.data
        else:
            status, result = (201 if new else 200), dict(TakenSerializer(arrival).data)
        return {"kind": kind, "external_id": external_id, "status": status, "result": result}


def taken(kind: str, source: str, external_id: str, content: Any, *, by: Any) -> tuple[CoreArrival, bool]:
    """Check what was sent, then take it over; what is wrong in it stands in the journal by its names."""
    for name, value, validator in (
        ("source", source, shapes.SOURCE),
        ("external_id", external_id, shapes.EXTERNAL_ID),
    ):
        try:
            validator(value)
        except Invalid as error:
            raise Invalid({name: error.messages}) from error
    serializer = shapes.SHAPES[kind](data=content)
    if not serializer.is_valid():
        names = [str(name) for name in serializer.errors if name in serializer.fields]
        taking.note_refusal(kind, source, external_id, CoreArrival.Refusal.INVALID, names, by=by)
        raise serializers.ValidationError(serializer.errors)
    return taking.take(kind, source, external_id, serializer.validated_data, by=by)


# --- The journal ----------------------------------------------------------------------------------


class CoreArrivalSerializer(serializers.ModelSerializer):
    """What came in under an id, and how often it was refused; `fields_named`: the names of wrong or differing values."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_number = serializers.SerializerMethodField(help_text="For whoever sees claim numbers; else empty.")
    kind = serializers.CharField()
    refusal = serializers.CharField()
    fields_named = serializers.ListField(child=serializers.CharField(), source="fields")

    class Meta:
        model = CoreArrival
        fields = (
            "id", "created", "source", "kind", "external_id", "company", "claim_number", "taken", "refused", "refusal",
            "fields_named", "times_refused", "differs",
        )  # fmt: skip
        read_only_fields = fields

    def get_claim_number(self, arrival: CoreArrival) -> str:
        if "known" not in self.context:
            rows = getattr(self.parent, "instance", None) or [arrival]
            self.context["known"] = reading.numbers_for(self.context["request"].user, rows)
        return self.context["known"].get(arrival.claim_file_id, "")


class CoreArrivalViewSet(ListForRight, GenericViewSet):
    """The journal of the core system, the newest first."""

    serializer_class = CoreArrivalSerializer
    filterset_class = ArrivalFilter
    pagination_class = NewestPagination
    list_action = reading.RIGHT

    def get_queryset(self) -> QuerySet[CoreArrival]:
        return visible_to(self.request.user, reading.RIGHT, reading.everything())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What came in from the core system and what was refused; 403 without the right to see it."""
        return super().list(request, *args, **kwargs)
