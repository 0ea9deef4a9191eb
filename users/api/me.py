"""The API of the signed-in person."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from core.fields import PhoneField, phone_countries
from permissions.api_permission import ChangedInPerson
from users import services, summary
from users.api.proof import require_fresh_proof
from users.forms.account import COUNTRY_REFUSED
from users.models import User
from users.proofs import spend_proof


class RightSerializer(serializers.Serializer):
    """One thing somebody holds, in words."""

    role = serializers.CharField()
    where = serializers.CharField()
    sentence = serializers.CharField()
    until = serializers.DateField(allow_null=True)


class PhoneSerializerField(serializers.CharField):
    """A telephone number as the page reads it; kept as E.164, empty to remove it."""

    def to_internal_value(self, data: Any) -> str:
        field = PhoneField(
            required=False,
            countries=phone_countries,
            error_messages={"country": COUNTRY_REFUSED},
        )
        return field.clean(super().to_internal_value(data))


class MeSerializer(serializers.ModelSerializer):
    """The signed-in person. Only language, theme and telephone number can be changed here."""

    phone = PhoneSerializerField(required=False, allow_blank=True)
    rights = serializers.SerializerMethodField()

    class Meta:
        model = get_user_model()
        fields = (
            "id",
            "email",
            "identifier",
            "first_name",
            "last_name",
            "phone",
            "language",
            "theme",
            "rights",
        )
        read_only_fields = ("id", "email", "identifier", "first_name", "last_name")

    @extend_schema_field(RightSerializer(many=True))
    def get_rights(self, user: User) -> Any:
        return RightSerializer(summary.rights_of(user), many=True).data


class Me(GenericAPIView):
    """The signed-in person and what he may do."""

    serializer_class = MeSerializer
    permission_classes = (ChangedInPerson,)
    pagination_class = None
    filter_backends: list[Any] = []

    def get(self, request: Request) -> Response:
        """Who is signed in."""
        return Response(self.get_serializer(request.user).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change language, theme or telephone number; the number needs a fresh code, as on its page.

        Without one: 403 with `code` `fresh_proof_required` and the `page` where it is given, in the same session.
        """
        serializer = self.get_serializer(request.user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        if "phone" in values:
            require_fresh_proof(request, "phone")
        with transaction.atomic():
            services.set_preferences(
                request.user,
                language=values.get("language", request.user.language),
                theme=values.get("theme", request.user.theme),
            )
            if "phone" in values:
                keep = request.session.session_key or ""
                services.set_phone(request.user, values["phone"], keep=keep)
        if "phone" in values:
            spend_proof(request, "phone")
        return Response(self.get_serializer(request.user).data)
