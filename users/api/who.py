"""Over the API: who can see a thing, and why; what somebody can see; who looked at the portal as whom."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.errors import OutOfReach
from permissions.holders import SCOPE_KINDS
from permissions.vocabulary import PRESETS
from users import people, services, who
from users.filters import ViewingFilter
from users.models import User, Viewing

# What a way can stand on: a scope of a grant, the own person, or a role at the insurer.
WAY_KINDS = ("person", "portfolio", *SCOPE_KINDS)


class ReasonSerializer(serializers.Serializer):
    """One way to the thing: the role, the scope it stands on, since when and by whom; as whose deputy."""

    role = serializers.ChoiceField(choices=sorted(PRESETS), source="preset")
    stands_on = serializers.ChoiceField(choices=WAY_KINDS, source="scope_kind")
    where = serializers.CharField(help_text="The scope in words.")
    since = serializers.DateTimeField(allow_null=True)
    granted_by = serializers.UUIDField(source="granted_by_id", allow_null=True)
    deputy_for = serializers.UUIDField(source="deputy_for_id", allow_null=True)


class HolderSerializer(serializers.Serializer):
    """One person who can see the thing, or knows of it."""

    user = serializers.UUIDField(source="user.pk")
    name = serializers.CharField(source="user.name")
    group = serializers.ChoiceField(
        choices=[who.YOU, who.COMPANY, who.INSURER], help_text="Seen from the reader."
    )
    actions = serializers.ListField(child=serializers.CharField())
    why = ReasonSerializer(source="reasons", many=True)


class WhoCanSee(GenericAPIView):
    """Who can see a claim file, document, invoice, claim report or company, and why; for those who see it."""

    serializer_class = HolderSerializer
    queryset = User.objects.none()

    @extend_schema(
        responses=HolderSerializer(many=True),
        parameters=[OpenApiParameter("kind", str, "path", enum=sorted(who.KINDS))],
    )
    def get(self, request: Request, kind: str, object_id: Any) -> Response:
        """By name, a page at a time."""
        answer = who.ask(request.user, kind, object_id)
        page = self.paginate_queryset(answer.people()) or []
        return self.get_paginated_response(HolderSerializer(answer.holders(page), many=True).data)


class PlaceSerializer(serializers.Serializer):
    """A scope on which a right is held."""

    scope_kind = serializers.ChoiceField(choices=SCOPE_KINDS, source="kind")
    scope = serializers.UUIDField(source="id")
    name = serializers.CharField()


class SeenSerializer(serializers.Serializer):
    """One right of somebody, and where he holds it; an empty list is a no."""

    action = serializers.CharField()
    right = serializers.CharField(source="words")
    places = PlaceSerializer(many=True)


class WhatSomebodySees(APIView):
    """What somebody can see and do, on the scopes on which the reader sees who has access."""

    @extend_schema(responses=SeenSerializer(many=True))
    def get(self, request: Request, user_id: Any) -> Response:
        """Every right that a customer's people can hold."""
        person = people.person_within(request.user, user_id)
        if person is None:
            raise OutOfReach
        rights = [right for area in who.sees(request.user, person) for right in area.rights]
        return Response(SeenSerializer(rights, many=True).data)


class ViewingSerializer(serializers.ModelSerializer):
    """Somebody looked at the portal as another person sees it."""

    class Meta:
        model = Viewing
        fields = ("id", "created", "viewer", "viewed", "company", "reason", "note", "ends", "ended")
        read_only_fields = fields


class ViewingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Who looked at the portal as whom, and why: as oneself, and where one sees who has access. Newest first."""

    serializer_class = ViewingSerializer
    filterset_class = ViewingFilter
    queryset = Viewing._base_manager.none()

    def get_queryset(self) -> QuerySet[Viewing]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return services.viewings_for(self.request.user)
