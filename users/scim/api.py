"""Tokens of companies' directories over the API."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from companies.services import companies
from core.idempotency import idempotent
from permissions.api_listing import ListForRight
from permissions.policy import require_somewhere
from users.api.proof import require_fresh_proof
from users.proofs import spend_proof
from users.scim import reading, tokens
from users.scim.filters import TokenFilter
from users.scim.models import ScimToken


class TokenSerializer(serializers.ModelSerializer):
    """A token without its text."""

    class Meta:
        model = ScimToken
        fields = ("id", "company", "name", "made_by", "created", "expires", "revoked", "used")
        read_only_fields = fields


class NewTokenSerializer(serializers.Serializer):
    """A token to make."""

    company = serializers.UUIDField()
    name = serializers.CharField(max_length=60)
    days = serializers.IntegerField(min_value=1, max_value=tokens.MOST_DAYS)


class MadeTokenSerializer(TokenSerializer):
    """A token just made: `token` is its text, which is nowhere kept and never shown again."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class TokenViewSet(ListForRight, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GenericViewSet):
    """The tokens of the companies whose users one sees, newest first."""

    serializer_class = TokenSerializer
    list_action = "users.view"
    filterset_class = TokenFilter
    queryset = ScimToken._base_manager.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return reading.tokens(self.request.user)

    @extend_schema(request=NewTokenSerializer, responses={201: MadeTokenSerializer})
    @idempotent(secret=True)
    def create(self, request: Request) -> Response:
        """Make a token, after a fresh code; the answer holds its text, this once.

        The same `Idempotency-Key` again is 409 with `code` `secret_shown_once`: the secret was not kept. Revoke the
        token and make another.
        """
        require_somewhere(request.user, tokens.MANAGE)
        require_fresh_proof(request, "directory")
        serializer = NewTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        company = get_object_or_404(companies(request.user), pk=values.pop("company"))
        token, text = tokens.make_token(company, by=request.user, **values)
        spend_proof(request, "directory")
        return Response({**TokenSerializer(token).data, "token": text}, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a token, at once."""
        tokens.revoke_token(self.get_object().pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
