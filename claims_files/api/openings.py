"""Who opened one's own claim files, over the API."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from claims_files import openings
from claims_files.filters import OpeningFilter
from core.paging import ApiPage
from permissions.policy import require_somewhere
from permissions.trail import AuditLine


class OpeningSerializer(serializers.Serializer):
    """One opening of a claim file, or of a document in it, in words."""

    id = serializers.IntegerField(source="number", help_text="The number of the line in the audit trail.")
    at = serializers.DateTimeField()
    claim_file = serializers.UUIDField(source="claim.pk", allow_null=True, default=None)
    who = serializers.CharField(help_text="Empty once the account is deleted.")
    role = serializers.CharField()
    house = serializers.CharField(help_text="The company, or the insurer.")
    what = serializers.CharField()
    why = serializers.CharField()


class OpeningViewSet(GenericViewSet):
    """Who opened one's own claim files and the documents in them, when, and by which right."""

    serializer_class = OpeningSerializer
    filterset_class = OpeningFilter
    pagination_class = ApiPage

    def get_queryset(self) -> QuerySet[AuditLine]:
        return openings.own_openings(self.request.user)

    def list(self, request: Request) -> Response:
        """The newest first. For insured persons: 403 for everybody else."""
        require_somewhere(request.user, "claim.view_readers")
        lines = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        rows = openings.told(request.user, lines)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)
