"""One's own API tokens over the API. A token does not make another one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from permissions.api_permission import InPerson
from permissions.vocabulary import ACTIONS, NOT_BY_TOKEN
from users import services
from users.api.proof import require_fresh_proof
from users.models import ApiToken
from users.proofs import spend_proof

# A name of their own, for the one of their kind in the schema.
TOKEN_ACTIONS = [action for action in sorted(ACTIONS) if action not in NOT_BY_TOKEN]


class ApiTokenSerializer(serializers.ModelSerializer):
    """A token without its secret: `beginning` tells it from others."""

    actions = serializers.ListField(child=serializers.CharField(), read_only=True)
    state = serializers.ChoiceField(choices=ApiToken.State.choices, read_only=True)

    class Meta:
        model = ApiToken
        fields = (
            "id",
            "created",
            "name",
            "beginning",
            "actions",
            "state",
            "expires",
            "last_used",
            "revoked",
        )
        read_only_fields = fields


class MadeApiTokenSerializer(ApiTokenSerializer):
    """A token just made, with its secret: it is in this answer and in no other."""

    token = serializers.SerializerMethodField()

    class Meta(ApiTokenSerializer.Meta):
        fields = (*ApiTokenSerializer.Meta.fields, "token")

    def get_token(self, token: ApiToken) -> str:
        return self.context["text"]


class NewApiTokenSerializer(serializers.Serializer):
    """What it is for, what it may do, and for how many days; a longest term is set by the insurer."""

    name = serializers.CharField(max_length=60)
    actions = serializers.MultipleChoiceField(choices=TOKEN_ACTIONS, allow_empty=False)
    days = serializers.IntegerField(min_value=1, max_value=365, default=30)


class ApiTokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """One's own API tokens."""

    serializer_class = ApiTokenSerializer
    permission_classes = (InPerson,)
    queryset = ApiToken.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[ApiToken]:
        """The newest first."""
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return ApiToken.objects.filter(user=self.request.user).order_by("-created", "-id")

    @extend_schema(request=NewApiTokenSerializer, responses={201: MadeApiTokenSerializer})
    @idempotent(secret=True)
    def create(self, request: Request) -> Response:
        """Make a token; needs a fresh code, as on its page. Its text is in this answer only.

        The same `Idempotency-Key` again is 409 with `code` `secret_shown_once`: the secret was not kept. Revoke the
        token and make another.
        """
        require_fresh_proof(request, "token")
        serializer = NewApiTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token, text = services.create_token(request.user, **serializer.validated_data)
        spend_proof(request, "token")
        made = MadeApiTokenSerializer(token, context={"text": text})
        return Response(made.data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a token, at once; it stays in the list as revoked."""
        services.revoke_token(pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
