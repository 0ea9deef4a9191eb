"""Absences of a company in sum, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from claims_files import absences
from permissions.policy import require_somewhere


class SiteFiguresSerializer(serializers.Serializer):
    """Calendar days of employment, and of them those lost (a day at 50 % is half a day)."""

    people = serializers.IntegerField()
    days = serializers.IntegerField()
    lost = serializers.DecimalField(max_digits=12, decimal_places=2, source="total")
    rate = serializers.DecimalField(max_digits=6, decimal_places=2, help_text="days lost in percent of days")


class FiguresSerializer(SiteFiguresSerializer):
    """The same, by cause: of the whole only, as on the page."""

    by_cause = serializers.SerializerMethodField()

    @extend_schema_field(
        serializers.DictField(child=serializers.DecimalField(max_digits=12, decimal_places=2))
    )
    def get_by_cause(self, figures: absences.Figures) -> dict[str, str]:
        return {cause.value: f"{days:.2f}" for cause, days in figures.lost.items()}


class MonthSerializer(serializers.Serializer):
    """A month by its first day."""

    month = serializers.DateField()
    figures = FiguresSerializer()


class GroupSerializer(serializers.Serializer):
    """A site; null: all smaller ones together."""

    site = serializers.CharField(allow_null=True)
    figures = SiteFiguresSerializer()


class SummarySerializer(serializers.Serializer):
    """Absences in sum; without months, and zero people, the group is smaller than `least`."""

    least = serializers.IntegerField()
    people = serializers.IntegerField()
    away_fully = serializers.IntegerField()
    away_partly = serializers.IntegerField()
    whole = FiguresSerializer()
    months = serializers.SerializerMethodField()
    sites = GroupSerializer(many=True)

    @extend_schema_field(MonthSerializer(many=True))
    def get_months(self, summary: absences.Summary) -> Any:
        rows = [{"month": month, "figures": figures} for month, figures in summary.months]
        return MonthSerializer(rows, many=True).data


class Absences(APIView):
    """Absences of a company in sum."""

    @extend_schema(responses=SummarySerializer)
    def get(self, request: Request, company_id: UUID) -> Response:
        """The last twelve months of those whose absences one sees in sum; groups of fewer than `least` stay hidden."""
        require_somewhere(request.user, absences.VIEW)
        company = get_object_or_404(absences.companies_of(request.user), pk=company_id)
        return Response(SummarySerializer(absences.of_company(company, request.user)).data)
