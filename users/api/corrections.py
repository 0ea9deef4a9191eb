"""The API of requests for corrections: one's own, and those that a contract manager answers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.idempotency import idempotent
from permissions.api_permission import InPerson
from permissions.policy import visible_to
from users import corrections, services
from users.api.access import UUID_PATTERN
from users.filters import CorrectionRequestFilter
from users.models import CorrectionRequest


class CorrectionRequestSerializer(serializers.ModelSerializer):
    """Somebody asks to have something corrected about him."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    user = serializers.PrimaryKeyRelatedField(read_only=True)
    answered_by = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = CorrectionRequest
        fields = (
            "id",
            "created",
            "number",
            "user",
            "company",
            "subject",
            "wanted",
            "state",
            "answer",
            "answered",
            "answered_by",
        )
        read_only_fields = fields


class NewCorrectionRequestSerializer(serializers.Serializer):
    """What is wrong, and what it should be (needless for a deletion)."""

    company = serializers.UUIDField()
    subject = serializers.ChoiceField(choices=CorrectionRequest.Subject.choices)
    wanted = serializers.CharField(max_length=500, required=False, allow_blank=True)


class AnswerSerializer(serializers.Serializer):
    """The contract manager's answer."""

    answer = serializers.CharField(max_length=500)


class CorrectionRequestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """One's own requests, and those that one answers."""

    serializer_class = CorrectionRequestSerializer
    # One's own requests belong to the account; which token may read them nobody could choose.
    permission_classes = (InPerson,)
    filterset_class = CorrectionRequestFilter
    lookup_value_regex = UUID_PATTERN
    queryset = CorrectionRequest._base_manager.none()

    def get_queryset(self) -> QuerySet[CorrectionRequest]:
        """What concerns the reader, newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        if self.request.auth is not None:
            # One's own are one's own: a program sees what it is scoped to.
            return corrections.requests_to_answer(self.request.user)
        return corrections.requests_for(self.request.user)

    def get_permissions(self) -> list[Any]:
        """A program asks for nothing in the person's name."""
        return [InPerson()] if self.action == "create" else super().get_permissions()

    @extend_schema(
        request=NewCorrectionRequestSerializer,
        responses={201: CorrectionRequestSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask for a correction; asking again while it is open gives the same request."""
        serializer = NewCorrectionRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        company = get_object_or_404(visible_to(request.user, "company.view"), pk=values.pop("company"))
        made = services.request_correction(request.user, company, **values)
        return Response(CorrectionRequestSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AnswerSerializer, responses=CorrectionRequestSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: Any) -> Response:
        """Answer a request, once."""
        serializer = AnswerSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = services.answer_correction(pk, serializer.validated_data["answer"], by=request.user)
        return Response(CorrectionRequestSerializer(asked).data)
