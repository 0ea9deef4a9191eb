"""What was decided on each contract of a case, as the API tells it to one side."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from claims_files import decided
from claims_files.api.plain import PlainSerializer
from claims_files.models import ClaimFile, Cover, Decision, Outcome


class DecisionSerializer(serializers.Serializer):
    """One decision on one contract; a replaced one stays readable. The employer gets neither reason nor letter."""

    number = serializers.IntegerField(source="decision.number")
    outcome = serializers.ChoiceField(source="decision.outcome", choices=Outcome.choices)
    holds = serializers.BooleanField()
    replaces = serializers.IntegerField(source="decision.replaces.number", allow_null=True, default=None)
    at = serializers.DateTimeField(source="decision.at")
    reason_code = serializers.ChoiceField(
        source="decision.reason_code", choices=Decision.Reason.choices, help_text="What everybody is told."
    )
    reason = serializers.CharField(help_text="Of the letter; empty for the employer.")
    codes = PlainSerializer(many=True, help_text="Of the dictionary of plain words; empty for the employer.")
    legal_remedy = serializers.ChoiceField(
        source="decision.legal_remedy", choices=[("", ""), *ClaimFile.Remedy.choices]
    )
    legal_remedy_text = serializers.CharField(source="remedy")
    remedy_until = serializers.DateField(source="until", allow_null=True)
    advances = serializers.BooleanField(
        source="decision.advances", allow_null=True, help_text="While open: whether benefits are advanced."
    )
    expected = serializers.DateField(source="decision.expected", allow_null=True)
    letter = serializers.UUIDField(allow_null=True, help_text="The document; null until it is filed.")


class InsuranceSerializer(serializers.Serializer):
    """A contract that the case touches, and what was decided on it, the newest first."""

    id = serializers.UUIDField(source="cover.pk")
    contract = serializers.UUIDField(source="cover.contract_id")
    policy_number = serializers.CharField(source="cover.contract.policy_number")
    branch = serializers.CharField(source="cover.contract.branch")
    state = serializers.ChoiceField(source="cover.state", choices=Cover.State.choices)
    decisions = DecisionSerializer(many=True)


def insurances(claim: ClaimFile, side: str) -> list[dict[str, Any]]:
    """The contracts of a claim file as the API tells them to one side."""
    return InsuranceSerializer(decided.shown(claim, side), many=True).data
