"""Own views of the worklist, and one act on many claim files, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from claims_files import listing, services
from claims_files.filters import ClaimFilter
from claims_files.models import WorklistView
from claims_files.services.together import MOST
from core.idempotency import idempotent
from core.paging import ApiPage
from permissions.policy import require_somewhere


class WorklistViewSerializer(serializers.ModelSerializer):
    """A view of the worklist under a name; `filters` are those of the list of claim files, and `sort`."""

    filters = serializers.DictField(child=serializers.CharField(max_length=200))

    class Meta:
        model = WorklistView
        fields = ("id", "name", "filters")
        read_only_fields = ("id",)

    def validate_filters(self, value: dict[str, str]) -> dict[str, str]:
        """Only what the list knows."""
        unknown = sorted(set(value) - {*ClaimFilter.base_filters, "sort"})
        if unknown:
            raise serializers.ValidationError(
                _("The list has no such filters: %(names)s.") % {"names": ", ".join(unknown)}
            )
        if value and not (kept := listing.kept_filters(value)):
            raise serializers.ValidationError(_("The list cannot be filtered so. Check the values."))
        return kept if value else {}


class WorklistViewViewSet(mixins.ListModelMixin, GenericViewSet):
    """One's own views of the worklist."""

    serializer_class = WorklistViewSerializer
    pagination_class = ApiPage
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[WorklistView]:
        return WorklistView.objects.filter(user=self.request.user.pk).order_by("created", "id")

    @extend_schema(responses={201: WorklistViewSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Save a view; one of this name gets the new filters."""
        require_somewhere(request.user, "claim.take_over")
        serializer = WorklistViewSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        view = services.save_view(request.user, **serializer.validated_data)  # type: ignore[arg-type]
        return Response(WorklistViewSerializer(view).data, status=201)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Remove a view of one's own."""
        services.remove_view(pk, by=request.user)  # type: ignore[arg-type]
        return Response(status=204)


class TogetherInput(serializers.Serializer):
    """One act on many claim files; `manager` is who gets them, for `assign`."""

    act = serializers.ChoiceField(choices=services.Act.choices)
    claim_files = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST)
    manager = serializers.UUIDField(required=False)


class TogetherResultSerializer(serializers.Serializer):
    """What became of one claim file."""

    claim_file = serializers.UUIDField(source="claim_id")
    done = serializers.BooleanField()
    sentence = serializers.CharField(help_text="Why it was not done.")


class Together(APIView):
    """One act on many claim files, each by itself."""

    @extend_schema(request=TogetherInput, responses=TogetherResultSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Do it on each; what could not be done is said of each. Sent twice, the second time nothing happens."""
        require_somewhere(request.user, "claim.take_over")
        serializer = TogetherInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        results = services.act_on_each(
            values["act"], values["claim_files"], by=request.user, to=values.get("manager")
        )
        return Response(TogetherResultSerializer(results, many=True).data)
