"""What the insured person told the insurer alone, as the API tells it to those two."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claims_files import reading
from claims_files.models import ClaimFile, PrivateReport, Release


class ReleaseSerializer(serializers.ModelSerializer):
    """A release from secrecy as it was signed; `sha256` is that of `text` as UTF-8."""

    informers = serializers.ListField(child=serializers.ChoiceField(choices=Release.Informer.choices))

    class Meta:
        model = Release
        fields = ("id", "text", "language", "informers", "sha256", "signed_at", "withdrawn_at")
        read_only_fields = fields


class PrivateReportSerializer(serializers.ModelSerializer):
    """A version of the insured person's own part: its parts with their rows, in the words he read."""

    at = serializers.DateTimeField(source="created")
    parts = serializers.SerializerMethodField()

    class Meta:
        model = PrivateReport
        fields = ("version", "at", "language", "sha256", "parts")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_parts(self, report: PrivateReport) -> list[dict[str, Any]]:
        return [{"title": part["title"], "rows": part["rows"]} for part in report.content["parts"]]


class OwnPartOfClaimSerializer(serializers.Serializer):
    """The versions of the own part and the releases, the newest first."""

    versions = PrivateReportSerializer(many=True)
    releases = ReleaseSerializer(many=True)


def own_part_of(claim: ClaimFile, side: str) -> Any:
    """The same for one side; None where there is nothing, and always for the employer."""
    reports, releases = reading.private_of(claim, side)
    if not reports and not releases:
        return None
    return OwnPartOfClaimSerializer({"versions": reports, "releases": releases}).data
