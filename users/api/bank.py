"""The API of bank details: entering one's own, and approving or declining them at the insurer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.errors import OutOfReach
from core.idempotency import idempotent
from permissions.api_permission import ChangedInPerson
from permissions.policy import can
from users import bank, services
from users.api.access import UUID_PATTERN
from users.api.own import OwnView
from users.api.proof import require_fresh_proof
from users.filters import BankDetailsFilter
from users.forms.details import AccountNumberField
from users.models import BankDetails
from users.models.bank import HOLDER_LENGTH
from users.proofs import spending


class AccountNumberSerializerField(serializers.CharField):
    """An IBAN as the page reads it."""

    def to_internal_value(self, data: Any) -> str:
        return AccountNumberField().clean(super().to_internal_value(data))


class BankDetailsSerializer(serializers.ModelSerializer):
    """Where benefits are paid to; of the account the last four digits."""

    person = serializers.PrimaryKeyRelatedField(read_only=True)
    company = serializers.PrimaryKeyRelatedField(read_only=True)
    decided_by = serializers.PrimaryKeyRelatedField(read_only=True)
    holder = serializers.CharField(
        read_only=True,
        help_text="Empty for what was declined, taken back or replaced before it was approved.",
    )

    class Meta:
        model = BankDetails
        fields: tuple[str, ...] = (
            "id",
            "created",
            "person",
            "company",
            "holder",
            "last_four",
            "state",
            "reason",
            "decided",
            "decided_by",
        )
        read_only_fields = fields


class BankDetailsToDecideSerializer(BankDetailsSerializer):
    """The same; with the whole account for whoever approves it, as long as it waits."""

    iban = serializers.SerializerMethodField()

    class Meta(BankDetailsSerializer.Meta):
        fields = (*BankDetailsSerializer.Meta.fields, "iban")
        read_only_fields = fields

    def get_iban(self, row: BankDetails) -> str | None:
        shown = row.is_waiting and can(self.context["request"].user, "bank.approve", row)
        return row.iban if shown else None


class NewBankDetailsSerializer(serializers.Serializer):
    """Holder and account."""

    holder = serializers.CharField(max_length=HOLDER_LENGTH)
    iban = AccountNumberSerializerField(
        max_length=60, help_text="Of an account in the single euro payments area, with or without blanks."
    )


class DeclineSerializer(serializers.Serializer):
    """Why they are declined; the person reads it."""

    reason = serializers.CharField(max_length=500)


class OwnBankDetails(OwnView):
    """Where benefits are paid to me."""

    serializer_class = NewBankDetailsSerializer

    def still_sees(self, answer: Any) -> bool:
        """The answer is about the person himself: whose key it is."""
        return True

    def _insured(self, request: Request) -> None:
        if not bank.is_insured(request.user):
            raise OutOfReach

    @extend_schema(responses=BankDetailsSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What is valid, what waits for approval, what was declined last. 404 for whoever is not insured."""
        self._insured(request)
        return Response(BankDetailsSerializer(bank.own_details(request.user), many=True).data)

    @extend_schema(request=NewBankDetailsSerializer, responses={201: BankDetailsSerializer(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """Enter them; they wait for the insurer’s approval and replace what waited before. Needs a fresh code.

        One request for each employment whose payments it is about.
        """
        self._insured(request)
        require_fresh_proof(request, "bank")
        values = self.values(request)
        with spending(request, "bank"):
            entered = services.enter_bank_details(request.user, **values)
        return Response(BankDetailsSerializer(entered, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Take back what waits; what is valid stays."""
        self._insured(request)
        services.withdraw_bank_details(request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BankDetailsViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Bank details that one sees: the insurer’s people, of their companies; the person, his own."""

    permission_classes = (ChangedInPerson,)
    filterset_class = BankDetailsFilter
    lookup_value_regex = UUID_PATTERN
    queryset = BankDetails._base_manager.none()

    def get_queryset(self) -> QuerySet[BankDetails]:
        """What the reader sees, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return bank.details_for(self.request.user)

    def get_serializer_class(self) -> Any:
        return BankDetailsSerializer if self.action == "list" else BankDetailsToDecideSerializer

    @extend_schema(request=None, responses=BankDetailsToDecideSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: Any) -> Response:
        """Approve what waits, once; the former details end. Never by whoever entered it."""
        return Response(self.get_serializer(services.approve_bank_details(pk, by=request.user)).data)

    @extend_schema(request=DeclineSerializer, responses=BankDetailsToDecideSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: Any) -> Response:
        """Decline what waits, once, and say why."""
        serializer = DeclineSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        row = services.decline_bank_details(pk, serializer.validated_data["reason"], by=request.user)
        return Response(self.get_serializer(row).data)
