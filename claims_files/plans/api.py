"""Return-to-work plans over the API, by the same rules as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from claims_files import openings
from claims_files.plans import reading, services
from claims_files.plans.models import Adaptation, ReturnPlan, ReturnStep
from core.idempotency import idempotent


class StepSerializer(serializers.ModelSerializer):
    """From a day on so much work, in percent of the usual, and in hours a week if said."""

    class Meta:
        model = ReturnStep
        fields = ("begin", "degree", "hours")
        read_only_fields = fields


class PlanSerializer(serializers.ModelSerializer):
    """One version of a return-to-work plan; it says nothing of health."""

    steps = StepSerializer(many=True, read_only=True)
    adaptations = serializers.ListField(
        child=serializers.ChoiceField(choices=Adaptation.choices), read_only=True
    )
    by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = ReturnPlan
        fields = (
            "version",
            "current",
            "steps",
            "adaptations",
            "note",
            "review_on",
            "at",
            "by",
            "person_agreed",
            "company_agreed",
        )
        read_only_fields = fields


class StepInput(serializers.Serializer):
    """From a day on so much work."""

    begin = serializers.DateField()
    degree = serializers.IntegerField(min_value=0, max_value=100)
    hours = serializers.IntegerField(min_value=1, max_value=60, required=False, allow_null=True)


class PlanInput(serializers.Serializer):
    """A plan, all of it. `known`: the last version that was seen, 0 for none; else 409."""

    steps = serializers.ListField(child=StepInput(), min_length=1, max_length=services.MOST_STEPS)
    adaptations = serializers.ListField(
        child=serializers.ChoiceField(choices=Adaptation.choices), required=False, max_length=len(Adaptation)
    )
    note = serializers.CharField(
        max_length=services.LONGEST_NOTE, required=False, allow_blank=True, help_text="No diagnosis."
    )
    review_on = serializers.DateField(required=False, allow_null=True)
    known = serializers.IntegerField(required=False, min_value=0)


class AgreeInput(serializers.Serializer):
    """To which version one agrees."""

    version = serializers.IntegerField(min_value=1)


class PlanActs:
    """What the view set of claim files does with return-to-work plans; it brings `_input` and `get_object`."""

    _input: Any
    get_object: Any

    @extend_schema(responses=PlanSerializer(many=True))
    @action(detail=True, url_path="return-plans", pagination_class=None, filterset_class=None)
    def return_plans(self, request: Request, pk: UUID) -> Response:
        """All versions of the plan, the one that stands first."""
        claim = self.get_object()
        openings.note_opening(claim, by=request.user)
        return Response(PlanSerializer(reading.versions_of(claim), many=True).data)

    @extend_schema(request=PlanInput, responses={201: PlanSerializer})
    @action(detail=True, methods=["post"], url_path="propose-return-plan")
    @idempotent
    def propose_return_plan(self, request: Request, pk: UUID) -> Response:
        """Propose a plan, or a change of it, to which both sides are asked to agree."""
        values = self._input(PlanInput, request)
        steps = [services.Step(**step) for step in values.pop("steps")]
        services.propose(pk, steps=steps, by=request.user, **values)
        return Response(PlanSerializer(reading.versions_of(self.get_object())[0]).data, status=201)

    @extend_schema(request=AgreeInput, responses=PlanSerializer)
    @action(detail=True, methods=["post"], url_path="agree-return-plan")
    @idempotent
    def agree_return_plan(self, request: Request, pk: UUID) -> Response:
        """Agree to a version, as the insured person or for the company."""
        services.agree(pk, by=request.user, **self._input(AgreeInput, request))
        return Response(PlanSerializer(reading.versions_of(self.get_object())[0]).data)
