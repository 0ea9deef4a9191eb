"""The API of user management: the same acts by the same rules as the pages. Foreign is nonexistent."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.errors import OutOfReach
from core.idempotency import idempotent
from permissions import grants
from permissions.api_listing import ListForRight
from permissions.explain import GRANT_TABLES
from permissions.holders import (
    SCOPE_KINDS,
    ended,
    grant_keys_within,
    grants_named,
    people_within,
    scope_of,
)
from permissions.policy import can, require_somewhere, visible_to
from permissions.vocabulary import CUSTOMER_PRESETS, GRANTABLE
from users import people, services
from users.filters import AccessRequestFilter, GrantFilter, InvitationFilter, PeopleFilter
from users.models import AccessRequest, Invitation, User

# A name of their own, for the one of their kind in the schema.
GRANTABLE_CHOICES = sorted(GRANTABLE)
PRESET_CHOICES = sorted(CUSTOMER_PRESETS)
UUID_PATTERN = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


# --- Grants --------------------------------------------------------------------------------------------


class GrantSerializer(serializers.Serializer):
    """One role of one person on one scope, with its deviations and its end."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    user = serializers.UUIDField(source="user_id", read_only=True)
    scope_kind = serializers.ChoiceField(source="SCOPE", choices=SCOPE_KINDS, read_only=True)
    scope = serializers.UUIDField(source="content_object_id", read_only=True)
    preset = serializers.ChoiceField(choices=PRESET_CHOICES, read_only=True)
    extra = serializers.ListField(child=serializers.CharField(), source="extra_actions", read_only=True)
    withheld = serializers.ListField(child=serializers.CharField(), source="withheld_actions", read_only=True)
    until = serializers.DateField(read_only=True, allow_null=True)
    granted = serializers.DateTimeField(read_only=True)
    granted_by = serializers.UUIDField(source="granted_by_id", read_only=True, allow_null=True)
    ended = serializers.SerializerMethodField(
        help_text="Whether it counts no longer: its end is past, or the person has left the company since."
    )

    def get_ended(self, row: Any) -> bool:
        return row.uuid in self.context["ended"]


def said(*rows: Any) -> Any:
    """Ledger rows as the API answers them; constant queries."""
    return GrantSerializer(rows, many=True, context={"ended": ended(rows)}).data


class RightsSerializer(serializers.Serializer):
    """A role with its deviations and its end."""

    preset = serializers.ChoiceField(choices=PRESET_CHOICES)
    extra = serializers.MultipleChoiceField(choices=GRANTABLE_CHOICES, required=False)
    withheld = serializers.MultipleChoiceField(choices=GRANTABLE_CHOICES, required=False)
    until = serializers.DateField(required=False, allow_null=True)


class NewGrantSerializer(RightsSerializer):
    """A grant to somebody who has an account."""

    user = serializers.UUIDField()
    scope_kind = serializers.ChoiceField(choices=SCOPE_KINDS)
    scope = serializers.UUIDField()


class GrantViewSet(GenericViewSet):
    """Grants on everything on which one sees who has access."""

    serializer_class = GrantSerializer
    filterset_class = GrantFilter
    lookup_value_regex = UUID_PATTERN
    queryset = GRANT_TABLES[0].objects.none()

    def get_queryset(self) -> QuerySet:
        """The names of the grants within the reader's reach, of all kinds of scope."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return grant_keys_within(self.request.user)

    @extend_schema(responses=GrantSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The newest first; without the right anywhere, 403."""
        require_somewhere(request.user, "users.view")
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        rows = grants_named([each["uuid"] for each in page])
        return self.get_paginated_response(said(*rows))

    def _row(self, pk: Any) -> Any:
        row = grants.find(pk)
        if not can(self.request.user, "users.view", row.content_object):
            raise OutOfReach
        return row

    def still_sees(self, answer: Any) -> bool:
        """For an answer that is asked for again: raises OutOfReach where its grant is out of reach by now."""
        return bool(self._row(answer["id"]))

    @extend_schema(responses=GrantSerializer)
    def retrieve(self, request: Request, pk: Any) -> Response:
        """One grant."""
        return Response(said(self._row(pk))[0])

    @extend_schema(
        request=NewGrantSerializer,
        responses={201: GrantSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Give a role to somebody who has an account; others are invited. User management waits for a second person."""
        require_somewhere(request.user, "users.manage")
        serializer = NewGrantSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        scope = scope_of(values.pop("scope_kind"), values.pop("scope"), request.user, "users.view")
        person = people.person_within(request.user, values.pop("user"))
        if scope is None or person is None:
            raise OutOfReach
        row = services.give_access(scope, to=person, by=request.user, **values)
        return Response(said(row)[0], status=status.HTTP_201_CREATED)

    @extend_schema(request=RightsSerializer(partial=True), responses=GrantSerializer)
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Change role, deviations or end; what is not named stays. New user management waits for a second person."""
        row = self._row(pk)
        serializer = RightsSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = {
            "preset": row.preset,
            "extra": row.extra_actions,
            "withheld": row.withheld_actions,
            "until": row.until,
            **serializer.validated_data,
        }
        return Response(said(services.change_grant(row.uuid, by=request.user, **values))[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: Any) -> Response:
        """Take access away, at once."""
        services.remove_access(pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- People --------------------------------------------------------------------------------------------


class UserSerializer(serializers.Serializer):
    """Somebody with access to what the reader sees, with his grants there."""

    id = serializers.UUIDField(source="person.pk")
    email = serializers.EmailField(source="person.email")
    first_name = serializers.CharField(source="person.first_name")
    last_name = serializers.CharField(source="person.last_name")
    is_active = serializers.BooleanField(source="person.is_active")
    last_login = serializers.DateTimeField(source="person.last_login", allow_null=True)
    second_factor = serializers.BooleanField(source="has_factor")
    grants = serializers.SerializerMethodField()

    @extend_schema_field(GrantSerializer(many=True))
    def get_grants(self, entry: people.Entry) -> Any:
        over = {right["uuid"] for right in entry.rights if right["ended"]}
        rows = [right["row"] for right in entry.rights]
        return GrantSerializer(rows, many=True, context={"ended": over}).data


class UserViewSet(GenericViewSet):
    """Who has access to the same information as I do."""

    serializer_class = UserSerializer
    filterset_class = PeopleFilter
    lookup_value_regex = UUID_PATTERN
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        """People within the reader's reach."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return people_within(self.request.user)

    def still_sees(self, answer: Any) -> bool:
        """Whether a letter ordered before may still be ordered by the reader."""
        return services.may_order_puk(self.kwargs["pk"], by=self.request.user)

    @extend_schema(responses=UserSerializer(many=True))
    def list(self, request: Request) -> Response:
        """By name; without the right anywhere, 403."""
        require_somewhere(request.user, "users.view")
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        found = people.entries(request.user, page, company=request.query_params.get("company") or None)
        return self.get_paginated_response(UserSerializer(found, many=True).data)

    @extend_schema(responses=UserSerializer)
    def retrieve(self, request: Request, pk: Any) -> Response:
        """One person."""
        person = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(UserSerializer(people.entries(request.user, [person])[0]).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: Any) -> Response:
        """Delete a closed account with everything personal; reports and documents stay, without the name."""
        services.delete_account(pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: Any) -> Response:
        """Close the account, at once and everywhere."""
        services.deactivate(pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: None})
    @action(detail=True, methods=["post"], url_path="puk-letter")
    @idempotent
    def puk_letter(self, request: Request, pk: Any) -> Response:
        """Order a letter with a new PUK; the former one dies when it is printed.

        For the contract manager; for people of the insurer and administrators the insurer's superuser, too. Without a whole
        address the letter waits for one.
        """
        services.order_puk(pk, by=request.user)
        return Response(status=status.HTTP_202_ACCEPTED)


# --- Invitations ---------------------------------------------------------------------------------------


class InvitationSerializer(serializers.ModelSerializer):
    """A grant promised to an address."""

    scope = serializers.UUIDField(source="scope.pk", read_only=True)
    scope_kind = serializers.ChoiceField(choices=SCOPE_KINDS, read_only=True)
    extra = serializers.ListField(child=serializers.CharField(), source="extra_actions", read_only=True)
    withheld = serializers.ListField(child=serializers.CharField(), source="withheld_actions", read_only=True)
    state = serializers.ChoiceField(choices=Invitation.State.choices, read_only=True)
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    invited_by = serializers.PrimaryKeyRelatedField(read_only=True)
    accepted_by = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Invitation
        fields = (
            "id",
            "created",
            "email",
            "first_name",
            "last_name",
            "language",
            "company",
            "scope_kind",
            "scope",
            "preset",
            "extra",
            "withheld",
            "until",
            "state",
            "expires",
            "invited_by",
            "accepted",
            "accepted_by",
        )
        read_only_fields = fields


class NewInvitationSerializer(RightsSerializer):
    """Somebody to invite."""

    email = serializers.EmailField()
    first_name = serializers.CharField(max_length=60)
    last_name = serializers.CharField(max_length=60)
    language = serializers.ChoiceField(choices=["de", "fr", "it", "en"], required=False)
    scope_kind = serializers.ChoiceField(choices=SCOPE_KINDS)
    scope = serializers.UUIDField()


class InvitationViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """Invitations on everything on which one sees who has access."""

    serializer_class = InvitationSerializer
    list_action = "users.view"
    filterset_class = InvitationFilter
    lookup_value_regex = UUID_PATTERN
    queryset = Invitation._base_manager.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        """What the reader sees, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return people.invitations(self.request.user)

    @extend_schema(
        request=NewInvitationSerializer,
        responses={201: InvitationSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Invite somebody; he gets a link by e-mail. User management waits for a second person."""
        require_somewhere(request.user, "users.manage")
        serializer = NewInvitationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        scope = scope_of(values.pop("scope_kind"), values.pop("scope"), request.user, "users.view")
        if scope is None:
            raise OutOfReach
        made = services.invite(scope, by=request.user, **values)
        return Response(InvitationSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: Any) -> Response:
        """Mail a new link; its days begin anew."""
        return Response(InvitationSerializer(services.resend(pk, by=request.user)).data)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: Any) -> Response:
        """Take the invitation back; its links are dead."""
        return Response(InvitationSerializer(services.withdraw_invitation(pk, by=request.user)).data)


# --- Requests for access -------------------------------------------------------------------------------


class AccessRequestSerializer(serializers.ModelSerializer):
    """Somebody asks for a right at a company."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    user = serializers.PrimaryKeyRelatedField(read_only=True)
    answered_by = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_number = serializers.SerializerMethodField(
        help_text="For a single claim file: its number, for whoever asked and whoever sees numbers there."
    )

    class Meta:
        model = AccessRequest
        fields = (
            "id",
            "created",
            "user",
            "company",
            "action",
            "claim_number",
            "state",
            "answered",
            "answered_by",
            "reason",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_claim_number(self, asked: AccessRequest) -> str:
        reader = self.context["request"].user
        known = reader.pk == asked.user_id or services.knows_claims(reader, asked.company_id)
        return asked.claim_number if known else ""


class NewAccessRequestSerializer(serializers.Serializer):
    """What is asked for, and where. With `claim_number` (`claim.view` only) that single claim file."""

    company = serializers.UUIDField()
    action = serializers.ChoiceField(choices=GRANTABLE_CHOICES)
    claim_number = serializers.CharField(required=False, allow_blank=True, max_length=20)


class DeclineAccessSerializer(serializers.Serializer):
    """Why access is declined, if one wants to say it."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class AccessRequestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """One's own requests, and those of the people one sees in user management."""

    serializer_class = AccessRequestSerializer
    filterset_class = AccessRequestFilter
    lookup_value_regex = UUID_PATTERN
    queryset = AccessRequest._base_manager.none()

    def get_queryset(self) -> QuerySet[AccessRequest]:
        """What concerns the reader, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return people.requests_for(self.request.user)

    @extend_schema(request=NewAccessRequestSerializer, responses={201: AccessRequestSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask for a right; asking again while it is open gives the same request."""
        serializer = NewAccessRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        company = get_object_or_404(visible_to(request.user, "company.view"), pk=values["company"])
        made = services.request_access(
            request.user, company, values["action"], claim_number=values.get("claim_number", "")
        )
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def _answer(self, pk: Any, approve: bool, reason: str = "") -> Response:
        asked = services.answer_request(pk, approve=approve, by=self.request.user, reason=reason)
        return Response(self.get_serializer(asked).data)

    @extend_schema(request=None, responses=AccessRequestSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: Any) -> Response:
        """Give what was asked for."""
        return self._answer(pk, True)

    @extend_schema(request=DeclineAccessSerializer, responses=AccessRequestSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: Any) -> Response:
        """Decline it, with a reason if one wants to."""
        serializer = DeclineAccessSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self._answer(pk, False, serializer.validated_data.get("reason", ""))

    @extend_schema(request=None, responses=AccessRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: Any) -> Response:
        """Take back what one asked for oneself."""
        return Response(self.get_serializer(services.withdraw_request(pk, by=request.user)).data)
