"""The API of activation letters: the contract manager orders them, a print service sends them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import HEADER, idempotent
from permissions.api_listing import ListForRight
from permissions.policy import require_somewhere, visible_to
from users import people, services
from users.api.access import UUID_PATTERN
from users.filters import ActivationFilter
from users.models import Activation


class ActivationSerializer(serializers.ModelSerializer):
    """A letter to a company's management; its code is in the letter alone."""

    state = serializers.ChoiceField(choices=Activation.State.choices, read_only=True)
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    ordered_by = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Activation
        fields = ("id", "created", "company", "ordered_by", "state", "expires", "printed", "used")
        read_only_fields = fields


class NewActivationSerializer(serializers.Serializer):
    """To whose management the letter goes."""

    company = serializers.UUIDField()


class ActivationViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """Activation letters to the companies where one grants user management."""

    serializer_class = ActivationSerializer
    list_action = "users.grant_management"
    filterset_class = ActivationFilter
    lookup_value_regex = UUID_PATTERN
    queryset = Activation._base_manager.none()

    def get_queryset(self) -> QuerySet[Activation]:
        """What the reader may order, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return people.activations(self.request.user)

    @extend_schema(
        request=NewActivationSerializer,
        responses={201: ActivationSerializer},
        parameters=[OpenApiParameter(HEADER, str, OpenApiParameter.HEADER)],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Order the letter, or order it again: the code of a former one is dead."""
        require_somewhere(request.user, "users.grant_management")
        serializer = NewActivationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        company = get_object_or_404(
            visible_to(request.user, "company.view"), pk=serializer.validated_data["company"]
        )
        made = services.order_activation(company.pk, by=request.user)
        return Response(ActivationSerializer(made).data, status=status.HTTP_201_CREATED)
