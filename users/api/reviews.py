"""The API of access reviews: which there are, the rights in them, deciding, the signed report."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from permissions.api_listing import ListForRight
from permissions.holders import SCOPE_KINDS
from permissions.policy import require, require_somewhere
from permissions.vocabulary import CUSTOMER_PRESETS
from users import reviews as reading
from users import services
from users.api.access import UUID_PATTERN
from users.filters import AccessReviewFilter, ReviewedRightFilter
from users.models import AccessReview, ReviewedRight
from users.models.reviews import SINGLE_FILES
from users.services import HAND_ON, Choice
from users.views.reviews import report_response

VIEW, MANAGE = "users.view", "users.manage"


class AccessReviewSerializer(serializers.ModelSerializer):
    """The review of all rights at one company, of one period."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    ended_by = serializers.PrimaryKeyRelatedField(read_only=True)
    state = serializers.ChoiceField(choices=AccessReview.State.choices, read_only=True)
    total = serializers.IntegerField(read_only=True, help_text="Rights in it that the reader sees.")
    left = serializers.IntegerField(read_only=True, help_text="Of these, how many are not decided yet.")
    report_sha256 = serializers.CharField(source="report.sha256", default=None, read_only=True)

    class Meta:
        model = AccessReview
        fields = (
            "id", "created", "company", "begin", "end", "due", "state", "total", "left", "ended", "ended_by",
            "report_sha256",
        )  # fmt: skip
        read_only_fields = fields


class ReviewedRightSerializer(serializers.Serializer):
    """One right in a review; what is still to decide as it is now, else as it was decided."""

    id = serializers.UUIDField(source="right.pk")
    review = serializers.UUIDField(source="right.review_id")
    user = serializers.UUIDField(source="right.user_id")
    grant = serializers.UUIDField(source="right.grant")
    scope_kind = serializers.ChoiceField(source="right.scope_kind", choices=SCOPE_KINDS)
    scope = serializers.UUIDField(source="right.scope.pk")
    preset = serializers.ChoiceField(source="right.preset", choices=sorted(CUSTOMER_PRESETS))
    extra = serializers.ListField(child=serializers.CharField(), source="right.extra_actions")
    withheld = serializers.ListField(child=serializers.CharField(), source="right.withheld_actions")
    until = serializers.DateField(source="right.until", allow_null=True)
    granted = serializers.DateTimeField(source="right.granted")
    version = serializers.CharField(source="right.version", help_text="Sent back with the decision.")
    changed = serializers.BooleanField(help_text="Whether it is another one than when the review began.")
    for_insurer = serializers.BooleanField(
        source="right.for_insurer", help_text="Whether it is left to the contract manager."
    )
    decision = serializers.ChoiceField(source="right.decision", choices=ReviewedRight.Decision.choices)
    decided = serializers.DateTimeField(source="right.decided", allow_null=True)
    decided_by = serializers.UUIDField(source="right.decided_by_id", allow_null=True)


class DecisionSerializer(serializers.Serializer):
    """Which right was seen."""

    version = serializers.CharField(max_length=16, help_text="As the right was read.")


class KeptRoleSerializer(serializers.Serializer):
    """A role, or all rights on single claim files; and how many undecided rights of it were seen."""

    preset = serializers.ChoiceField(
        choices=sorted({*CUSTOMER_PRESETS, SINGLE_FILES}),
        help_text="A role counts without its rights on single claim files; `claim_file` is all of those.",
    )
    number = serializers.IntegerField(min_value=1, max_value=999_999)


class AccessReviewViewSet(ListForRight, mixins.RetrieveModelMixin, GenericViewSet):
    """The access reviews at companies where one sees who has access."""

    serializer_class = AccessReviewSerializer
    list_action = VIEW
    filterset_class = AccessReviewFilter
    lookup_value_regex = UUID_PATTERN
    queryset = AccessReview._base_manager.none()

    def get_queryset(self) -> QuerySet[AccessReview]:
        """What the reader sees, the newest first."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return reading.reviews_for(self.request.user)

    @extend_schema(request=KeptRoleSerializer, responses=AccessReviewSerializer)
    @action(detail=True, methods=["post"], url_path="keep-role")
    def keep_role(self, request: Request, pk: Any) -> Response:
        """Confirm all rights of one role that are as when the review began; the others are decided singly."""
        require(request.user, MANAGE, self.get_object())
        serializer = KeptRoleSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        services.decide_rights(pk, {}, by=request.user, keep_role=values["preset"], number=values["number"])
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def report(self, request: Request, pk: Any) -> HttpResponse:
        """The signed report, byte by byte as it was signed; 404 before there is one."""
        return report_response(self.get_object())


class ReviewedRightViewSet(GenericViewSet):
    """The rights in access reviews."""

    serializer_class = ReviewedRightSerializer
    filterset_class = ReviewedRightFilter
    lookup_value_regex = UUID_PATTERN
    queryset = ReviewedRight._base_manager.none()

    def get_queryset(self) -> QuerySet[ReviewedRight]:
        """What the reader sees, by review, role and name."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return reading.all_rights(self.request.user)

    @extend_schema(responses=ReviewedRightSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The newest review first, then by role and name; without the right anywhere, 403."""
        require_somewhere(request.user, VIEW)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = reading.shown(request.user, page)
        return self.get_paginated_response(ReviewedRightSerializer(shown, many=True).data)

    @extend_schema(responses=ReviewedRightSerializer)
    def retrieve(self, request: Request, pk: Any) -> Response:
        """One right."""
        return self._one()

    def _one(self) -> Response:
        (entry,) = reading.shown(self.request.user, [self.get_object()])
        return Response(ReviewedRightSerializer(entry).data)

    def _decide(self, decision: str) -> Response:
        right = self.get_object()
        require(self.request.user, MANAGE, right)
        serializer = DecisionSerializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        choice = Choice(decision, serializer.validated_data["version"])
        services.decide_rights(right.review_id, {right.pk: choice}, by=self.request.user)
        return self._one()

    @extend_schema(request=DecisionSerializer, responses=ReviewedRightSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: Any) -> Response:
        """Confirm it, once; never one’s own."""
        return self._decide(ReviewedRight.Decision.CONFIRMED)

    @extend_schema(request=DecisionSerializer, responses=ReviewedRightSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: Any) -> Response:
        """Take it away, at once; user management only by the contract manager."""
        return self._decide(ReviewedRight.Decision.DROPPED)

    @extend_schema(request=DecisionSerializer, responses=ReviewedRightSerializer)
    @action(detail=True, methods=["post"], url_path="hand-on")
    def hand_on(self, request: Request, pk: Any) -> Response:
        """Leave the decision to the contract manager."""
        return self._decide(HAND_ON)
