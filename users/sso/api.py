"""Connections to companies' providers, and companies' domains, over the API. Secrets go in and never come out."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from companies.services import companies
from core.idempotency import HEADER, idempotent
from permissions.api_listing import ListForRight
from permissions.policy import require, require_somewhere
from users.api.proof import require_fresh_proof
from users.proofs import spend_proof
from users.sso import openid, reading, saml, services
from users.sso.filters import ConnectionFilter, DomainFilter
from users.sso.models import SsoConnection, SsoDomain

ONCE = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER)


class ConnectionSerializer(serializers.ModelSerializer):
    """How the people of a company sign in through its provider, with what its administrator needs of us."""

    has_secret = serializers.BooleanField(source="secret", read_only=True)
    answer_address = serializers.SerializerMethodField(
        help_text="Redirect address (OpenID Connect), ACS (SAML)."
    )
    entity_id = serializers.SerializerMethodField(help_text="SAML: entity id and address of our metadata.")
    portal_link = serializers.SerializerMethodField(help_text="Begins a sign-in.")

    class Meta:
        model = SsoConnection
        fields = (
            "id",
            "company",
            "protocol",
            "issuer",
            "client_id",
            "has_secret",
            "trusts_factor",
            "factor_values",
            "active",
            "required",
            "tested",
            "used",
            "answer_address",
            "entity_id",
            "portal_link",
        )
        read_only_fields = fields

    def get_answer_address(self, connection: SsoConnection) -> str:
        if connection.protocol == SsoConnection.Protocol.SAML:
            return saml.answer_address(connection)
        return openid.callback_address(connection)

    def get_entity_id(self, connection: SsoConnection) -> str:
        return saml.entity_id(connection) if connection.protocol == SsoConnection.Protocol.SAML else ""

    def get_portal_link(self, connection: SsoConnection) -> str:
        return openid.portal_link(connection)


class SavedConnectionSerializer(serializers.Serializer):
    """What is set up; an empty `secret` leaves the one that is kept."""

    protocol = serializers.ChoiceField(choices=SsoConnection.Protocol.choices)
    issuer = serializers.CharField(max_length=500, required=False, allow_blank=True)
    client_id = serializers.CharField(max_length=200, required=False, allow_blank=True)
    secret = serializers.CharField(
        max_length=500, required=False, allow_blank=True, write_only=True, trim_whitespace=False
    )
    metadata = serializers.CharField(max_length=saml.MOST_CHARACTERS, required=False, allow_blank=True)
    trusts_factor = serializers.BooleanField(required=False)
    factor_values = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=20
    )


class NewConnectionSerializer(SavedConnectionSerializer):
    """The connection of a company."""

    company = serializers.UUIDField()


class RequiredSerializer(serializers.Serializer):
    """Whether the provider is compulsory."""

    required = serializers.BooleanField()


class TestedSerializer(serializers.Serializer):
    """The outcome of a test."""

    passed = serializers.BooleanField()
    problem = serializers.CharField(help_text="One word; empty if it passed.")


class ConnectionViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """The connections of the companies whose users one sees, newest first."""

    serializer_class = ConnectionSerializer
    list_action = reading.VIEW
    filterset_class = ConnectionFilter
    queryset = SsoConnection._base_manager.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return reading.connections(self.request.user)

    def _managed(self) -> SsoConnection:
        found = self.get_object()
        require(self.request.user, services.MANAGE, found.company)
        require_fresh_proof(self.request, services.ACT)
        return found

    def _answer(self, connection: SsoConnection, code: int = status.HTTP_200_OK) -> Response:
        """What the act has made of it; the code given for the act is used up."""
        spend_proof(self.request, services.ACT)
        return Response(ConnectionSerializer(connection).data, status=code)

    @extend_schema(request=NewConnectionSerializer, responses={201: ConnectionSerializer}, parameters=[ONCE])
    @idempotent
    def create(self, request: Request) -> Response:
        """Set up a company's connection, or replace what is set up; after a fresh code."""
        require_somewhere(request.user, services.MANAGE)
        require_fresh_proof(request, services.ACT)
        serializer = NewConnectionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = {"issuer": "", **serializer.validated_data}
        company = get_object_or_404(companies(request.user), pk=values.pop("company"))
        made = services.save_connection(company, by=request.user, **values)
        return self._answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=SavedConnectionSerializer(partial=True), responses=ConnectionSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is named; what is not named stays. After a fresh code."""
        found = self._managed()
        serializer = SavedConnectionSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        names = ("protocol", "issuer", "client_id", "metadata", "trusts_factor", "factor_values")
        values = {name: getattr(found, name) for name in names} | serializer.validated_data
        return self._answer(services.save_connection(found.company, by=request.user, **values))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take the connection away. After a fresh code."""
        services.remove_connection(self._managed().pk, by=request.user)
        spend_proof(request, services.ACT)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=TestedSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: Any = None) -> Response:
        """Ask the provider whether it answers as it should."""
        problem = services.test(self._managed().pk, by=request.user)
        return Response({"passed": not problem, "problem": problem})

    @extend_schema(request=None, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: Any = None) -> Response:
        """Switch it on: tested, and with a domain."""
        return self._answer(services.activate(self._managed().pk, by=request.user))

    @extend_schema(request=None, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: Any = None) -> Response:
        """Switch it off: everybody signs in by password again."""
        return self._answer(services.deactivate(self._managed().pk, by=request.user))

    @extend_schema(request=RequiredSerializer, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"])
    def required(self, request: Request, pk: Any = None) -> Response:
        """Make it compulsory, or leave the password beside it."""
        found = self._managed()
        serializer = RequiredSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self._answer(
            services.require_provider(found.pk, serializer.validated_data["required"], by=request.user)
        )


class DomainSerializer(serializers.ModelSerializer):
    """A domain that is confirmed to be a company's."""

    class Meta:
        model = SsoDomain
        fields = ("id", "company", "domain", "confirmed_by", "created")
        read_only_fields = fields


class NewDomainSerializer(serializers.Serializer):
    """A domain to confirm."""

    company = serializers.UUIDField()
    domain = serializers.CharField(max_length=190)


class DomainViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """The domains of the companies whose users one sees."""

    serializer_class = DomainSerializer
    list_action = reading.VIEW
    filterset_class = DomainFilter
    queryset = SsoDomain._base_manager.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return reading.domains(self.request.user)

    @extend_schema(request=NewDomainSerializer, responses={201: DomainSerializer}, parameters=[ONCE])
    @idempotent
    def create(self, request: Request) -> Response:
        """Confirm a domain. After a fresh code."""
        require_somewhere(request.user, services.MANAGE)
        require_fresh_proof(request, services.ACT)
        serializer = NewDomainSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        company = get_object_or_404(companies(request.user), pk=serializer.validated_data["company"])
        row = services.add_domain(company, serializer.validated_data["domain"], by=request.user)
        spend_proof(request, services.ACT)
        return Response(DomainSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a domain back. After a fresh code."""
        found = self.get_object()
        require(request.user, services.MANAGE, found.company)
        require_fresh_proof(request, services.ACT)
        services.remove_domain(found.pk, by=request.user)
        spend_proof(request, services.ACT)
        return Response(status=status.HTTP_204_NO_CONTENT)
