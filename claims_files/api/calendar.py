"""The secret address of one's own calendar over the API: with a session only, for it opens more than any token."""

from __future__ import annotations

from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from claims_files import services
from claims_files.models import CalendarFeed
from core.idempotency import idempotent
from permissions.api_permission import InPerson
from users.api.proof import require_fresh_proof
from users.proofs import spending


class CalendarSerializer(serializers.Serializer):
    """Since when there is an address, and when it was fetched last; null: not at all."""

    made = serializers.DateTimeField(allow_null=True)
    last_used = serializers.DateTimeField(allow_null=True)


class MadeCalendarSerializer(CalendarSerializer):
    """The address just made: it is in this answer and in no other."""

    address = serializers.URLField()


class Calendar(APIView):
    """The address under which one's own calendar fetches deadlines."""

    permission_classes = (InPerson,)

    @extend_schema(responses=CalendarSerializer)
    def get(self, request: Request) -> Response:
        """Whether there is an address; it itself is not kept."""
        return Response(
            CalendarSerializer(_told(CalendarFeed.objects.filter(user=request.user.pk).first())).data
        )

    @extend_schema(request=None, responses={201: MadeCalendarSerializer})
    @idempotent(secret=True)
    @sensitive_variables("secret")
    def post(self, request: Request) -> Response:
        """Make the address, or another one: the one before stops working at once. Needs a fresh code.

        The same `Idempotency-Key` again is 409 with `code` `secret_shown_once`: the secret was not kept.
        """
        require_fresh_proof(request, "calendar")
        with spending(request, "calendar"):
            feed, secret = services.make_feed(request.user)  # type: ignore[arg-type]
        address = request.build_absolute_uri(reverse("claims_files:feed", args=[secret]))
        made = MadeCalendarSerializer({**_told(feed), "address": address})
        return Response(made.data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None, 409: OpenApiResponse(description="There is none.")})
    def delete(self, request: Request) -> Response:
        """Let the address work no longer."""
        services.end_feed(request.user)  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)


def _told(feed: CalendarFeed | None) -> dict[str, object]:
    return {"made": feed and feed.created, "last_used": feed and feed.last_used}
