"""What the API says besides to somebody who lacks a right: who gives it, and how to ask. As the page does."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from users import people


class AskBodySerializer(serializers.Serializer):
    """The body to send; `company` is null where one of several has to be chosen."""

    action = serializers.CharField()
    company = serializers.UUIDField(allow_null=True)


class AskSerializer(serializers.Serializer):
    """The one request that asks for the right."""

    method = serializers.CharField()
    url = serializers.CharField()
    body = AskBodySerializer()


class AskableCompanySerializer(serializers.Serializer):
    """A company at which the right can be asked for."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class RefusalSerializer(serializers.Serializer):
    """A refusal (403). From `action` on only where a right is missing (`code`: `not_allowed`).

    `page` only where a fresh code is asked for (`fresh_proof_required`): the page where it is given.
    """

    detail = serializers.CharField(help_text="The sentence to show.")
    code = serializers.CharField()
    page = serializers.CharField(required=False)
    action = serializers.CharField(required=False, help_text="The missing right.")
    right = serializers.CharField(required=False, help_text="The right in words; empty if it has none.")
    who = serializers.CharField(required=False, help_text="Who can give it, as part of a sentence.")
    can_ask = serializers.BooleanField(required=False, help_text="Whether it can be asked for now.")
    waiting = serializers.BooleanField(required=False, help_text="Asked for already, not answered yet.")
    why_not = serializers.ChoiceField(
        choices=["insurer", "reserved", "nowhere"],
        required=False,
        allow_blank=True,
        help_text="Why it cannot be asked for: one is of the insurer; it is reserved for the insurer; one belongs to no company.",
    )
    companies = AskableCompanySerializer(many=True, required=False)
    ask = AskSerializer(required=False, allow_null=True, help_text="Null where it cannot be asked for.")


def way_out(user: Any, action: str, target: Any = None) -> dict[str, Any]:
    """The fields of RefusalSerializer from `action` on, for `user` who was refused `action` on `target`."""
    found = people.whom_to_ask(user, action, target)
    can_ask = bool(found["action"]) and not found["waiting"]
    companies = []
    if can_ask:
        # None: it may be asked for at any of them.
        companies = [each for each in people.companies_of(user) if found["scope"] in {None, each.pk}]
    body = {"action": found["action"], "company": found["scope"]}
    return {
        "action": action,
        "right": str(found["right"]),
        "who": found["who"],
        "can_ask": can_ask,
        "waiting": found["waiting"],
        "why_not": found["why_not"],
        "companies": [{"id": each.pk, "name": each.name} for each in companies],
        "ask": {"method": "POST", "url": reverse("access-request-list"), "body": body} if can_ask else None,
    }
