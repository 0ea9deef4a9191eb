"""Notifications over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from correspondence import notices, services
from correspondence.filters import NotificationFilter
from correspondence.models import Notification
from permissions.api_permission import InPerson


class NotificationSerializer(serializers.ModelSerializer):
    """That something happened; `text` in the reader's language, `page` where it is shown."""

    text = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField()
    page = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = ("id", "created", "event", "target_type", "target", "text", "number", "page", "read")
        read_only_fields = fields

    def _notice(self, notification: Notification) -> notices.Notice:
        known = self.context.setdefault("notices", {})
        if notification.pk not in known:
            parent = self.parent
            rows = parent.instance if isinstance(parent, serializers.ListSerializer) else [notification]
            made = notices.notices(self.context["request"].user, rows)
            known.update({notice.notification.pk: notice for notice in made})
        return known[notification.pk]

    def get_text(self, notification: Notification) -> str:
        return str(self._notice(notification).title)

    def get_number(self, notification: Notification) -> str:
        return self._notice(notification).number

    @extend_schema_field(OpenApiTypes.URI)
    def get_page(self, notification: Notification) -> str:
        return self.context["request"].build_absolute_uri(self._notice(notification).url)


class NotificationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """What I was told, the newest first."""

    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    permission_classes = (InPerson,)
    queryset = Notification.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Notification]:
        if getattr(self, "swagger_fake_view", False):
            return Notification.objects.none()
        return notices.for_user(self.request.user).order_by("-created", "-id")

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: UUID) -> Response:
        """Note that I read it."""
        return Response(self.get_serializer(services.mark_read(pk, by=request.user)).data)

    @extend_schema(
        request=None,
        responses=inline_serializer("ReadNotifications", {"read": serializers.IntegerField()}),
    )
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request, **_kwargs: Any) -> Response:
        """Note that I read all of them; answers how many were new."""
        return Response({"read": services.mark_all_read(by=request.user)})
