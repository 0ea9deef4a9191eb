"""The audit trail over the API: reading it, and having it verified."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from permissions import checks
from permissions.api_listing import ListForRight
from permissions.log import lines_for
from permissions.trail import AuditCheck, AuditLine


class AuditEventSerializer(serializers.ModelSerializer):
    """One line of the audit trail: ids, words and numbers."""

    facts = serializers.SerializerMethodField()

    class Meta:
        model = AuditLine
        fields = ("id", "at", "event", "actor", "target_type", "target", "company", "person", "facts")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_facts(self, line: AuditLine) -> dict:
        return line.facts


class MomentField(django_filters.fields.IsoDateTimeField):
    """A moment in the one time zone that every database reads."""

    def clean(self, value: Any) -> datetime | None:
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    """Narrows by a moment."""

    field_class = MomentField


class AuditEventFilter(django_filters.FilterSet):
    """By event, by who did it, by what it was done on and its kind, by company, insured person and time."""

    event = django_filters.CharFilter()
    actor = django_filters.UUIDFilter()
    target_type = django_filters.CharFilter()
    target = django_filters.UUIDFilter()
    company = django_filters.UUIDFilter()
    person = django_filters.UUIDFilter()
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lte")

    class Meta:
        model = AuditLine
        fields: list[str] = []


class AuditEventViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """Who did what, the newest first."""

    serializer_class = AuditEventSerializer
    list_action = "audit.view"
    filterset_class = AuditEventFilter
    lookup_value_regex = "[0-9]{1,18}"
    queryset = AuditLine._base_manager.none()

    def get_queryset(self) -> QuerySet[AuditLine]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return lines_for(self.request.user)


class FindingSerializer(serializers.Serializer):
    """Something that is not as it was sealed: where, and what."""

    block = serializers.IntegerField(allow_null=True)
    line = serializers.IntegerField(allow_null=True)
    what = serializers.CharField()


class AuditCheckSerializer(serializers.ModelSerializer):
    """One verification of the whole trail: how far it is, and what it found."""

    findings = FindingSerializer(many=True, read_only=True)

    class Meta:
        model = AuditCheck
        fields = (
            "id",
            "created",
            "by",
            "state",
            "begun",
            "finished",
            "total",
            "lines",
            "blocks",
            "anchors",
            "found",
            "findings",
        )
        read_only_fields = fields
        extra_kwargs = {
            "total": {"help_text": "The sealed lines there were at the beginning."},
            "lines": {"help_text": "The lines read so far."},
            "anchors": {"help_text": "The heads in the anchor file that the blocks were compared with."},
            "found": {"help_text": "How many findings there are; `findings` has the first 200."},
        }


class AuditCheckFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(choices=AuditCheck.State.choices)

    class Meta:
        model = AuditCheck
        fields: list[str] = []


class AuditCheckViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """Verifications of the audit trail: started here, done by the worker."""

    serializer_class = AuditCheckSerializer
    list_action = "audit.verify"
    queryset = AuditCheck.objects.none()
    lookup_value_converter = "uuid"
    filterset_class = AuditCheckFilter

    def get_queryset(self) -> QuerySet[AuditCheck]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return checks.visible_to(self.request.user)

    @extend_schema(request=None, responses={201: AuditCheckSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Let the worker verify the whole trail; the one under way, if there is one."""
        started = checks.start(by=request.user)
        return Response(self.get_serializer(started).data, status=201)
