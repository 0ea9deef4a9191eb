"""Deciding over the API, by the same rules as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from claims_files import services
from claims_files.api.shown import ClaimFileSerializer
from claims_files.models import ClaimFile, Decision, Outcome
from core.idempotency import idempotent


class DecidingInput(serializers.Serializer):
    """On which contract is decided, and what the decider has seen."""

    insurance = serializers.UUIDField(
        source="cover", required=False, help_text="Its `id`; without it all that are undecided."
    )
    known = serializers.IntegerField(
        required=False, min_value=0, help_text="The number of the last decision seen, 0 for none; else 409."
    )


class AcceptInput(DecidingInput):
    """Say yes."""

    medical_only = serializers.BooleanField(
        required=False, default=False, help_text="Costs of treatment only."
    )


class DeclineInput(DecidingInput):
    """Say no: why, and what the insured person can do about it."""

    reason = serializers.CharField(max_length=4000)
    reason_code = serializers.ChoiceField(choices=Decision.Reason.choices, required=False, allow_blank=True)
    legal_remedy = serializers.ChoiceField(
        choices=ClaimFile.Remedy.choices, required=False, help_text="Without it the one of the branch."
    )


class UnclearInput(DecidingInput):
    """Leave the decision open."""

    reason = serializers.CharField(max_length=4000)
    reason_code = serializers.ChoiceField(choices=Decision.Reason.choices, required=False, allow_blank=True)
    advances = serializers.BooleanField(help_text="Whether benefits are paid in advance until then.")
    expected = serializers.DateField(required=False)


class ReviseInput(serializers.Serializer):
    """Replace a decision by another one."""

    number = serializers.IntegerField(min_value=1, help_text="Of the decision to replace.")
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    reason_code = serializers.ChoiceField(choices=Decision.Reason.choices, required=False, allow_blank=True)
    legal_remedy = serializers.ChoiceField(choices=ClaimFile.Remedy.choices, required=False)
    advances = serializers.BooleanField(required=False)
    expected = serializers.DateField(required=False)


class CoverInput(serializers.Serializer):
    """A further contract that the case touches."""

    contract = serializers.UUIDField()


class UncoverInput(serializers.Serializer):
    """A contract that is not concerned."""

    insurance = serializers.UUIDField(source="cover")


class DuplicateInput(serializers.Serializer):
    """Where the case goes on."""

    original = serializers.CharField(max_length=20, help_text="The claim number of the other claim file.")


class HandOverInput(serializers.Serializer):
    """Which insurer is responsible."""

    insurer = serializers.CharField(max_length=80, help_text="Its name, which everybody on the case reads.")


class RelapseInput(serializers.Serializer):
    """Since when a closed case is back."""

    event_date = serializers.DateField()


class DecidingActs:
    """What the view set of claim files does when the insurer decides; it brings `_input` and `_answer`."""

    _input: Any
    _answer: Any

    @extend_schema(request=AcceptInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request: Request, pk: UUID) -> Response:
        """Accept the claim, or of it the costs of treatment only."""
        services.accept(pk, by=request.user, **self._input(AcceptInput, request))
        return self._answer()

    @extend_schema(request=DeclineInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def decline(self, request: Request, pk: UUID) -> Response:
        """Decline the claim with reason and legal remedy."""
        services.decline(pk, by=request.user, **self._input(DeclineInput, request))
        return self._answer()

    @extend_schema(request=UnclearInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"], url_path="leave-unclear")
    @idempotent
    def leave_unclear(self, request: Request, pk: UUID) -> Response:
        """Say that the decision is still open, and whether benefits are advanced."""
        services.leave_unclear(pk, by=request.user, **self._input(UnclearInput, request))
        return self._answer()

    @extend_schema(request=ReviseInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def revise(self, request: Request, pk: UUID) -> Response:
        """Replace a decision by another one; the replaced one stays readable."""
        services.revise(pk, by=request.user, **self._input(ReviseInput, request))
        return self._answer()

    @extend_schema(request=CoverInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"], url_path="add-insurance")
    @idempotent
    def add_insurance(self, request: Request, pk: UUID) -> Response:
        """Say that the case touches a further contract of the company."""
        services.add_cover(pk, by=request.user, **self._input(CoverInput, request))
        return self._answer()

    @extend_schema(request=UncoverInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"], url_path="remove-insurance")
    @idempotent
    def remove_insurance(self, request: Request, pk: UUID) -> Response:
        """Say that a contract is not concerned, as long as nothing was decided on it."""
        services.remove_cover(pk, by=request.user, **self._input(UncoverInput, request))
        return self._answer()

    @extend_schema(request=DuplicateInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def duplicate(self, request: Request, pk: UUID) -> Response:
        """Close the claim file: the case was reported twice and goes on in the other one."""
        services.close_as_duplicate(pk, by=request.user, **self._input(DuplicateInput, request))
        return self._answer()

    @extend_schema(request=HandOverInput, responses=ClaimFileSerializer)
    @action(detail=True, methods=["post"], url_path="hand-over")
    @idempotent
    def hand_over(self, request: Request, pk: UUID) -> Response:
        """Close the claim file: another insurer is responsible."""
        services.hand_over(pk, by=request.user, **self._input(HandOverInput, request))
        return self._answer()

    @extend_schema(request=RelapseInput, responses={201: ClaimFileSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def relapse(self, request: Request, pk: UUID) -> Response:
        """Open a new claim file, linked to this closed one, for a case that has come back."""
        new = services.reopen_as_relapse(pk, by=request.user, **self._input(RelapseInput, request))
        return self._answer(new.pk, status=201)
