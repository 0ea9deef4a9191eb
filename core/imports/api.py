"""The API of tables, alike for every kind: bring, look, say yes, follow the work, forget."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from core.imports import running
from core.imports.kinds import Kind, Line, Outcome, Result
from core.imports.pages import rows_in
from core.json_input import StrictJSONParser
from core.models import TableImport
from core.tables import LONGEST_CELL, MOST_ROWS

# Rows of one answer.
PAGE = 200


class NewRowsSerializer(serializers.Serializer):
    """A table: a CSV or XLSX file, or rows of `{column: text}` in the columns of the file."""

    file = serializers.FileField(required=False, use_url=False, allow_empty_file=True)
    rows = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(max_length=LONGEST_CELL, allow_blank=True)),
        required=False,
        min_length=1,
        max_length=MOST_ROWS,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two, with columns that there are."""
        if len({"file", "rows"} & set(attrs)) != 1:
            raise ValidationError({"rows": _("Send either a file or rows.")})
        kind: Kind = self.context["kind"]
        if unknown := {name for row in attrs.get("rows", []) for name in row} - set(kind.columns):
            raise ValidationError(
                {
                    "rows": _("These columns are not read: %(columns)s.")
                    % {"columns": ", ".join(sorted(unknown))}
                }
            )
        return attrs


class NewImportSerializer(NewRowsSerializer):
    """A table for a company: a CSV or XLSX file, or rows of `{column: text}` in the columns of the file."""

    company = serializers.UUIDField()


class ImportProblemSerializer(serializers.Serializer):
    """Something wrong with a row; `column` is empty where it concerns the whole row."""

    column = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportChangeSerializer(serializers.Serializer):
    """What a row changes in one column."""

    column = serializers.CharField()
    old = serializers.CharField(allow_blank=True)
    new = serializers.CharField(allow_blank=True)


class ImportRowSerializer(serializers.Serializer):
    """A row: what is written in it, what it does, and after the yes what it has become."""

    row = serializers.IntegerField(help_text="Its number, as a spreadsheet shows it.")
    cells = serializers.DictField(child=serializers.CharField(allow_blank=True))
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    result = serializers.ChoiceField(choices=Result.choices, allow_blank=True)
    changes = ImportChangeSerializer(many=True)
    problems = ImportProblemSerializer(many=True)
    made = serializers.UUIDField(allow_null=True)


class TableImportSerializer(serializers.Serializer):
    """A table on its way; `done` of `total` rows of the step under way, and how many rows have which outcome."""

    id = serializers.UUIDField(source="pk")
    company = serializers.UUIDField(source="scope")
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=TableImport.State.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    ignored_columns = serializers.ListField(source="ignored", child=serializers.CharField())
    counts = serializers.SerializerMethodField()
    rows = serializers.SerializerMethodField()

    def get_counts(self, table: TableImport) -> dict[str, int]:
        """Rows by outcome, and `done` and `left_out` after the yes."""
        return running.counts(table)

    @extend_schema_field(ImportRowSerializer(many=True))
    def get_rows(self, table: TableImport) -> list[dict[str, Any]]:
        """One page of them, `?outcome=` and `?page=`; none while a job is at work."""
        if table.is_under_way:
            return []
        kind, asked = self.context["kind"], self.context["request"].query_params
        outcome = asked.get("outcome", "")
        if outcome and outcome not in Outcome.values:
            raise ValidationError(
                {"outcome": _("Choose one of: %(choices)s.") % {"choices": ", ".join(Outcome.values)}}
            )
        rows = rows_in(table, outcome) if outcome else table.rows.order_by("number")
        page = Paginator(rows, PAGE).get_page(asked.get("page"))
        return [ImportRowSerializer(_row(kind, line)).data for line in running.lines_of(page.object_list)]


def _row(kind: Kind, line: Line) -> dict[str, Any]:
    return {
        "row": line.number,
        "cells": line.cells,
        "outcome": line.outcome,
        "result": line.result,
        "changes": [{"column": column, "old": old, "new": new} for column, old, new in line.changes],
        "problems": [
            {"column": each.column, "code": each.code, "detail": kind.words(each)} for each in line.problems
        ],
        "made": line.made,
    }


class ImportViewSet(GenericViewSet):
    """Tables of one kind, one's own. They are forgotten a day after the last step."""

    kind: ClassVar[Kind]
    serializer_class = TableImportSerializer
    parser_classes = (StrictJSONParser, MultiPartParser)
    queryset = TableImport.objects.none()

    def get_queryset(self) -> QuerySet[TableImport]:
        """One's own."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return TableImport.objects.filter(
            user=self.request.user, kind=self.kind.name, expires__gt=timezone.now()
        )

    def get_serializer_context(self) -> dict[str, Any]:
        """With the kind."""
        return {**super().get_serializer_context(), "kind": self.kind}

    @extend_schema(
        request={"application/json": NewImportSerializer, "multipart/form-data": NewImportSerializer},
        responses={201: TableImportSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Bring a table and have it checked, a long one in the background: nothing is written to the records yet."""
        return self._bring(NewImportSerializer, request)

    def _bring(self, serializer_class: type[NewRowsSerializer], request: Request) -> Response:
        self.kind.require_somewhere(by=request.user)
        serializer = serializer_class(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        company = values.get("company")
        if "file" in values:
            table = running.bring(self.kind, company, values["file"], by=request.user)
        else:
            table = running.bring_rows(self.kind, company, values["rows"], by=request.user)
        return Response(self.get_serializer(table).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[
            OpenApiParameter("outcome", str, enum=Outcome.values, description="Rows with this outcome only."),
            OpenApiParameter("page", OpenApiTypes.INT, description="Of the rows."),
        ],
        responses=TableImportSerializer,
    )
    def retrieve(self, request: Request, pk: Any) -> Response:
        """How far the table is, and its rows."""
        return Response(self.get_serializer(running.find(self.kind, pk, by=request.user)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: Any) -> Response:
        """Forget the table; what was written stays. 409 (`under_way`) while it is being written."""
        running.discard(self.kind, pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=TableImportSerializer)
    def confirm(self, request: Request, pk: Any) -> Response:
        """The yes: write every row without fault, in the background (`state` is `running`). Said twice it counts once.

        409 (`nothing_to_write`) while the rows are being checked or if none is to be written.
        """
        return Response(self.get_serializer(running.confirm(self.kind, pk, by=request.user)).data)


class DictionaryImportViewSet(ImportViewSet):
    """Tables of a kind that belongs to no company."""

    @extend_schema(
        request={"application/json": NewRowsSerializer, "multipart/form-data": NewRowsSerializer},
        responses={201: TableImportSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Bring a table and have it checked, a long one in the background: nothing is written yet."""
        return self._bring(NewRowsSerializer, request)
