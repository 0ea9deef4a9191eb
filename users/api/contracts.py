"""The API of one's own contract confirmations."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.negotiation import AnyContent
from users import corrections
from users.api.own import OwnView
from users.views.contracts import pdf_response


class OwnContractSerializer(serializers.Serializer):
    """Where the signed-in person is insured; by `person` its confirmation is addressed."""

    person = serializers.UUIDField(source="pk", read_only=True)
    company = serializers.UUIDField(source="company_id", read_only=True)
    company_name = serializers.CharField(source="company.name", read_only=True)
    insured_number = serializers.CharField(read_only=True)


class OwnContracts(OwnView):
    """Where one is insured."""

    serializer_class = OwnContractSerializer

    @extend_schema(responses=OwnContractSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Through which employers I am insured, by their names."""
        return Response(OwnContractSerializer(corrections.persons_of(request.user), many=True).data)


class OwnContractConfirmation(OwnView):
    """One's own contract confirmation."""

    serializer_class = OwnContractSerializer
    content_negotiation_class = AnyContent

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, person_id: UUID) -> HttpResponse:
        """The confirmation with my user name, as PDF, in the language of the request."""
        return pdf_response(request.user, person_id)
