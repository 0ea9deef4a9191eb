"""The API of many people at once: a list to invite, checked row by row before anything is sent, and the table as a file."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from core.json_input import StrictJSONParser
from core.tables import CONTENT_TYPES, LONGEST_CELL, MOST_ROWS, table_answer
from permissions.holders import SCOPE_KINDS, people_within
from permissions.policy import require_somewhere
from permissions.vocabulary import CUSTOMER_PRESETS
from users import bulk, services
from users.filters import PeopleFilter
from users.models import BulkInvitation
from users.services.exports import VIEW


def _cell() -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_CELL, required=False, allow_blank=True)


class NewRowSerializer(serializers.Serializer):
    """A row as text, in the words of the file; `role` also as the name of the preset, `place` also as an id."""

    email = _cell()
    first_name = _cell()
    last_name = _cell()
    language = _cell()
    role = _cell()
    place = _cell()
    until = _cell()


class NewListSerializer(serializers.Serializer):
    """People to invite: a CSV or XLSX file, or rows."""

    file = serializers.FileField(required=False, use_url=False, allow_empty_file=True)
    rows = NewRowSerializer(many=True, required=False, min_length=1, max_length=MOST_ROWS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two."""
        if len({"file", "rows"} & set(attrs)) != 1:
            raise ValidationError({"rows": _("Send either a file or rows.")})
        return attrs


class ProblemSerializer(serializers.Serializer):
    """Something wrong in one cell."""

    column = serializers.ChoiceField(choices=list(bulk.COLUMNS))
    code = serializers.ChoiceField(choices=list(bulk.SENTENCES))
    detail = serializers.CharField(source="words")


class ListRowSerializer(serializers.Serializer):
    """A row: what it means as far as it is understood, what is wrong with it, and after sending its invitation."""

    row = serializers.IntegerField(help_text="Its number, as a spreadsheet shows it.")
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    preset = serializers.ChoiceField(choices=[*sorted(CUSTOMER_PRESETS), ""])
    scope_kind = serializers.ChoiceField(choices=[*SCOPE_KINDS, ""])
    scope = serializers.UUIDField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    problems = ProblemSerializer(many=True)
    invitation = serializers.UUIDField(allow_null=True)


class ListSerializer(serializers.Serializer):
    """A list of people to invite, with every row."""

    id = serializers.UUIDField(source="pk")
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=BulkInvitation.State.choices)
    ignored_columns = serializers.ListField(child=serializers.CharField())
    rows = ListRowSerializer(many=True)


class ChosenSerializer(serializers.Serializer):
    """The rows to invite."""

    rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=9_999_999), min_length=1, max_length=MOST_ROWS
    )


def _answer(row: BulkInvitation, by: Any) -> dict[str, Any]:
    kept = bulk.unseal(row)
    if row.state == BulkInvitation.State.SENT:
        rows = [_outcome(each) for each in bulk.outcomes(kept)]
    else:
        rows = [_line(each) for each in bulk.check(kept, by)]
    values = {name: getattr(row, name) for name in ("pk", "created", "expires", "state")}
    return ListSerializer({**values, "ignored_columns": kept.ignored, "rows": rows}).data


def _line(line: bulk.Line) -> dict[str, Any]:
    return {
        **line.cells,
        "row": line.number,
        "preset": line.preset,
        "scope_kind": bulk.kind_of(line.scope) if line.scope is not None else "",
        "scope": getattr(line.scope, "pk", None),
        "until": line.until,
        "problems": line.problems,
        "invitation": None,
    }


def _outcome(outcome: bulk.Outcome) -> dict[str, Any]:
    return {
        **outcome.cells,
        "row": outcome.number,
        "preset": outcome.preset,
        "scope_kind": "",
        "scope": None,
        "until": None,
        "problems": outcome.problems,
        "invitation": outcome.invitation or None,
    }


class BulkInvitationViewSet(GenericViewSet):
    """Lists of people to invite, one's own. They are forgotten after a day."""

    serializer_class = ListSerializer
    parser_classes = (StrictJSONParser, MultiPartParser)
    queryset = BulkInvitation.objects.none()

    def get_queryset(self) -> QuerySet[BulkInvitation]:
        """One's own."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return BulkInvitation.objects.filter(user=self.request.user, expires__gt=timezone.now())

    @extend_schema(
        request={"application/json": NewListSerializer, "multipart/form-data": NewListSerializer},
        responses={201: ListSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Bring a list and have it checked: nobody is invited yet."""
        require_somewhere(request.user, bulk.MANAGE)
        serializer = NewListSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        if "file" in values:
            row = services.bring_list(values["file"], by=request.user)
        else:
            row = services.bring_rows(values["rows"], by=request.user)
        return Response(_answer(row, request.user), status=status.HTTP_201_CREATED)

    @extend_schema(responses=ListSerializer)
    def retrieve(self, request: Request, pk: Any) -> Response:
        """The list, checked anew; once it is sent, what became of each row."""
        return Response(_answer(services.find_list(pk, by=request.user), request.user))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: Any) -> Response:
        """Forget the list; what was sent stays sent."""
        services.discard_list(pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ChosenSerializer, responses=ListSerializer)
    def send(self, request: Request, pk: Any) -> Response:
        """Invite the people of these rows, all of them or nobody; many in the background (`state` is `sending`).

        Once only: sent again it answers with what became of the first time. 409 (`list_changed`) if one of the rows is
        not without fault.
        """
        services.find_list(pk, by=request.user)
        serializer = ChosenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        row = services.send_list(pk, rows=serializer.validated_data["rows"], by=request.user)
        return Response(_answer(row, request.user))


class UserExport(APIView):
    """The table of user management as a file."""

    @extend_schema(
        parameters=[
            OpenApiParameter("table", str, OpenApiParameter.PATH, enum=sorted(CONTENT_TYPES)),
            OpenApiParameter("q", str, description="Name or e-mail address."),
            OpenApiParameter("preset", str, enum=sorted(CUSTOMER_PRESETS)),
            OpenApiParameter("company", OpenApiTypes.UUID),
        ],
        responses={(200, content_type): OpenApiTypes.BINARY for content_type in CONTENT_TYPES.values()},
    )
    def get(self, request: Request, table: str) -> HttpResponse:
        """Everybody with access to what one sees, a row per right, as CSV or XLSX; the trail says who saved it."""
        require_somewhere(request.user, VIEW)
        if table not in CONTENT_TYPES:
            raise Http404
        found = PeopleFilter(request.query_params, queryset=people_within(request.user), request=request)
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        body = services.export_people(
            found.qs, table, by=request.user, company=found.form.cleaned_data.get("company")
        )
        return table_answer(body, table, "users")
