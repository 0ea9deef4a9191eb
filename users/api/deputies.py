"""The API of deputies, and of user management that waits for a second person."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.errors import OutOfReach
from core.idempotency import idempotent
from permissions.api_permission import ChangedInPerson
from permissions.holders import holds_at
from permissions.ledger import Deputy
from permissions.policy import visible_to
from users import deputies, management_requests, people, services
from users.api.access import UUID_PATTERN
from users.filters import DeputyFilter, ManagementRequestFilter
from users.models import ManagementRequest, User


class DeputySerializer(serializers.ModelSerializer):
    """Somebody stands in for somebody else, both days included."""

    principal = serializers.PrimaryKeyRelatedField(read_only=True)
    deputy = serializers.PrimaryKeyRelatedField(read_only=True)
    company = serializers.PrimaryKeyRelatedField(
        read_only=True, help_text="Empty where it is about a role at the insurer."
    )
    named_by = serializers.PrimaryKeyRelatedField(read_only=True)
    confirmed_by = serializers.PrimaryKeyRelatedField(read_only=True)
    ended_by = serializers.PrimaryKeyRelatedField(read_only=True)
    state = serializers.ChoiceField(choices=Deputy.State.choices, read_only=True)

    class Meta:
        model = Deputy
        fields = (
            "id",
            "created",
            "principal",
            "deputy",
            "company",
            "begin",
            "until",
            "state",
            "named_by",
            "confirmed",
            "confirmed_by",
            "ended",
            "ended_by",
        )
        read_only_fields = fields


class NewDeputySerializer(serializers.Serializer):
    """Who stands in for whom; without `principal`, for oneself."""

    principal = serializers.UUIDField(required=False)
    deputy = serializers.EmailField(help_text="The e-mail address of the deputy.")
    company = serializers.UUIDField(
        required=False, help_text="Not named where it is about a role at the insurer."
    )
    begin = serializers.DateField()
    until = serializers.DateField()


class DeputyViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, GenericViewSet):
    """One's own deputies and for whom one stands in; those of the people one sees in user management."""

    permission_classes = (ChangedInPerson,)
    serializer_class = DeputySerializer
    filterset_class = DeputyFilter
    lookup_value_regex = UUID_PATTERN
    queryset = Deputy._base_manager.none()

    def get_queryset(self) -> QuerySet[Deputy]:
        """What concerns the reader, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        # A token opens what its actions open: one's own belong to the person.
        user = self.request.user
        return deputies.known_to(user) if self.request.auth is None else deputies.within(user)

    @extend_schema(request=NewDeputySerializer, responses={201: DeputySerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Name a deputy. For oneself at a company it is a proposal, unless one manages users there; else it counts at once."""
        serializer = NewDeputySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        user = request.user
        principal = _principal(user, values.get("principal"))
        company = None
        if values.get("company") is not None:
            company = get_object_or_404(visible_to(user, "company.view"), pk=values["company"])
            if not holds_at(principal, company):
                # First of all: whoever holds nothing there does not learn who does.
                raise ValidationError({"principal": deputies.NOBODY})
            deputy = deputies.colleague(values["deputy"], company, reader=user)
        else:
            deputy = deputies.of_same_role(principal).filter(email=values["deputy"].lower()).first()
            if deputy is None:
                raise OutOfReach
        row = services.name_deputy(
            principal, deputy, company=company, begin=values["begin"], until=values["until"], by=user
        )
        return Response(DeputySerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=DeputySerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: Any) -> Response:
        """Confirm a proposal; by whoever manages users at the company, never the deputy himself."""
        return Response(DeputySerializer(services.confirm_deputy(pk, by=request.user)).data)

    @extend_schema(request=None, responses=DeputySerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: Any) -> Response:
        """End it at once, or decline a proposal."""
        return Response(DeputySerializer(services.end_deputy(pk, by=request.user)).data)


def _principal(reader: User, key: Any) -> User:
    """For whom a deputy is named. Raises OutOfReach for somebody whom the reader does not see in user management."""
    if key is None or key == reader.pk:
        return reader
    found = people.person_within(reader, key) or deputies.of_insurer(reader, key)
    if found is None:
        raise OutOfReach
    return found


# --- User management by two people ------------------------------------------------------------------


class ManagementRequestSerializer(serializers.ModelSerializer):
    """Somebody is to manage users: for the holder of a grant, or for somebody who was invited."""

    user = serializers.PrimaryKeyRelatedField(read_only=True)
    invitation = serializers.PrimaryKeyRelatedField(read_only=True)
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    site = serializers.PrimaryKeyRelatedField(read_only=True)
    contract = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_file = serializers.PrimaryKeyRelatedField(read_only=True)
    asked_by = serializers.PrimaryKeyRelatedField(read_only=True)
    answered_by = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = ManagementRequest
        fields = (
            "id",
            "created",
            "user",
            "grant",
            "invitation",
            "company",
            "site",
            "contract",
            "claim_file",
            "prolongs",
            "until",
            "state",
            "asked_by",
            "answered",
            "answered_by",
        )
        read_only_fields = fields


class NewManagementRequestSerializer(serializers.Serializer):
    """The grant whose holder is to manage users."""

    grant = serializers.UUIDField()


class ManagementRequestViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, GenericViewSet):
    """User management that waits, or waited, for a second person, where one sees who has access."""

    permission_classes = (ChangedInPerson,)
    serializer_class = ManagementRequestSerializer
    filterset_class = ManagementRequestFilter
    lookup_value_regex = UUID_PATTERN
    queryset = ManagementRequest._base_manager.none()

    def get_queryset(self) -> QuerySet[ManagementRequest]:
        """What the reader sees, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return management_requests.within(self.request.user)

    @extend_schema(request=NewManagementRequestSerializer, responses={201: ManagementRequestSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask that the holder of a grant may manage users; asking again while it is open gives the same request."""
        serializer = NewManagementRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = services.request_management(serializer.validated_data["grant"], by=request.user)
        return Response(ManagementRequestSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ManagementRequestSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: Any) -> Response:
        """Confirm it; never by who asked, nor by who is to manage users."""
        return Response(ManagementRequestSerializer(services.confirm_management(pk, by=request.user)).data)

    @extend_schema(request=None, responses=ManagementRequestSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: Any) -> Response:
        """Decline it; whoever asked takes it back so."""
        return Response(ManagementRequestSerializer(services.decline_management(pk, by=request.user)).data)
