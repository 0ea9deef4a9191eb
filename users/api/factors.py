"""The API of one's own second factors: which there are, renaming a passkey, removing one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import OutOfReach
from users import second_factor, services
from users.api.own import OwnView
from users.api.proof import require_fresh_proof
from users.models import FactorKind
from users.proofs import FACTORS, spend_proof
from users.views.factors import factors_of

OWN_KINDS = [(kind.value, kind.label) for kind in FactorKind if kind != FactorKind.RECOVERY]


class SecondFactorSerializer(serializers.Serializer):
    """One second factor; never a secret."""

    id = serializers.CharField(
        read_only=True,
        help_text="`totp`, `sms`, `email`, or the id of a passkey: by it the factor is addressed.",
    )
    kind = serializers.ChoiceField(choices=OWN_KINDS, read_only=True)
    name = serializers.CharField(
        max_length=60, help_text="The name of a passkey; of a number or address what may be shown of it."
    )
    usable = serializers.BooleanField(
        read_only=True, help_text="Whether the insurer offers this type at present."
    )
    last_used = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When a factor of this type was last used."
    )


class SecondFactorsSerializer(serializers.Serializer):
    """One's own second factors, and what could be set up; never a secret."""

    compulsory = serializers.BooleanField(
        help_text="Whether this account needs one: the last one stays then."
    )
    offered = serializers.ListField(
        child=serializers.ChoiceField(choices=OWN_KINDS), help_text="The types the insurer offers."
    )
    recovery_codes_left = serializers.IntegerField()
    factors = SecondFactorSerializer(many=True)


class SecondFactors(OwnView):
    """One's own second factors."""

    serializer_class = SecondFactorsSerializer

    def get(self, request: Request) -> Response:
        """One's own second factors, without any secret. They are set up on the pages, where the device is at hand."""
        recovery = second_factor.recovery_codes(request.user)
        found = {
            "compulsory": second_factor.is_compulsory(request.user),
            "offered": second_factor.offered(),
            "recovery_codes_left": len(recovery.get_unused_codes()) if recovery else 0,
            "factors": factors_of(request.user),
        }
        return Response(self.get_serializer(found).data)


class SecondFactor(OwnView):
    """One of one's own second factors."""

    serializer_class = SecondFactorSerializer

    @extend_schema(request=SecondFactorSerializer, responses=SecondFactorSerializer)
    def patch(self, request: Request, factor: str) -> Response:
        """Rename a passkey; needs a fresh code.

        Without one: 403 with `code` `fresh_proof_required` and the `page` where it is given, in the same session.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.find_passkey(request.user, factor)
        require_fresh_proof(request, FACTORS)
        services.rename_passkey(request.user, factor, serializer.validated_data["name"])
        spend_proof(request, FACTORS)
        return Response(self.get_serializer(_find(request, factor)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, factor: str) -> Response:
        """Remove a factor; needs a fresh code, as renaming does. 409 for the last one of an account that needs one."""
        _find(request, factor)
        require_fresh_proof(request, FACTORS)
        services.remove_factor(request.user, factor, keep=request.session.session_key or "")
        spend_proof(request, FACTORS)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _find(request: Request, factor: str) -> dict[str, Any]:
    found = next((each for each in factors_of(request.user) if each["id"] == factor), None)
    if found is None:
        raise OutOfReach
    return found
