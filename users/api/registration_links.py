"""The API of what the contract manager does for people who come in: registration links, letters without an address."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from permissions.api_listing import ListForRight
from permissions.policy import require_somewhere, visible_to
from users import people, services
from users.api.access import UUID_PATTERN
from users.filters import RegistrationLinkFilter, WaitingLetterFilter
from users.models import PersonalLetter, RegistrationLink


class RegistrationLinkSerializer(serializers.ModelSerializer):
    """A link by which somebody newly insured registers; its token is in the mail alone."""

    state = serializers.ChoiceField(choices=RegistrationLink.State.choices, read_only=True)
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    person = serializers.PrimaryKeyRelatedField(read_only=True)
    sent_by = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = RegistrationLink
        fields = ("id", "created", "company", "person", "email", "sent_by", "state", "sent", "expires")
        read_only_fields = fields


class NewRegistrationLinkSerializer(serializers.Serializer):
    """To whom the link goes, and where."""

    person = serializers.UUIDField()
    email = serializers.CharField(max_length=254)


class RegistrationLinkViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """Registration links of insured persons of the companies where one grants user management."""

    serializer_class = RegistrationLinkSerializer
    list_action = "users.grant_management"
    filterset_class = RegistrationLinkFilter
    lookup_value_regex = UUID_PATTERN
    queryset = RegistrationLink._base_manager.none()

    def get_queryset(self) -> QuerySet[RegistrationLink]:
        """What the reader may send, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return people.registration_links(self.request.user)

    @extend_schema(request=NewRegistrationLinkSerializer, responses={201: RegistrationLinkSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Mail the link; a former one is dead. 409 with `account`, `left` or `minor`."""
        require_somewhere(request.user, "users.grant_management")
        serializer = NewRegistrationLinkSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        person = get_object_or_404(visible_to(request.user, "person.view"), pk=values["person"])
        made = services.send_registration_link(person.pk, email=values["email"], by=request.user)
        return Response(RegistrationLinkSerializer(made).data, status=status.HTTP_201_CREATED)


class WaitingLetterSerializer(serializers.ModelSerializer):
    """A letter that cannot be posted yet: the address is not whole, or the company wrote it lately."""

    person = serializers.PrimaryKeyRelatedField(
        read_only=True,
        allow_null=True,
        help_text="Whose address is missing; null: it is the company's.",
    )
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    address_entered = serializers.SerializerMethodField(
        help_text="When the company wrote the address that is to be checked; null: it waits for an address.",
    )

    class Meta:
        model = PersonalLetter
        fields = ("id", "kind", "waiting", "person", "company", "address_entered")
        read_only_fields = fields

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_address_entered(self, letter: PersonalLetter) -> str | None:
        """In the form in which `release` takes it."""
        entered = services.held_since(letter)
        return entered.isoformat() if entered else None


class ReleaseSerializer(serializers.Serializer):
    """Which address was checked with the person."""

    address_entered = serializers.DateTimeField(help_text="As the letter says it.")


class WaitingLetterViewSet(mixins.RetrieveModelMixin, GenericViewSet):
    """Letters that wait for an address or until it is checked, at companies where one grants user management."""

    serializer_class = WaitingLetterSerializer
    filterset_class = WaitingLetterFilter
    lookup_value_regex = UUID_PATTERN
    queryset = PersonalLetter.objects.none()

    def get_queryset(self) -> QuerySet[PersonalLetter]:
        """What the reader sees to, the oldest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return people.waiting_letters(self.request.user)

    @extend_schema(responses=WaitingLetterSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The oldest first; without the right anywhere, 403."""
        require_somewhere(request.user, "users.grant_management")
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(WaitingLetterSerializer(page, many=True).data)

    @extend_schema(request=ReleaseSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Post it: the address was checked with the person. 409 with `posted`, `no_address` or `changed`."""
        require_somewhere(request.user, "users.grant_management")
        serializer = ReleaseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.release_letter(pk, entered=serializer.validated_data["address_entered"], by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
