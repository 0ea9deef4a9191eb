"""Refusals and their answers: out of reach 404, not allowed 403, not the moment 409, bad input 400.

Services raise; pages (`enterprise_portal.middleware.RefusalMiddleware`) and the API
(`api_exception_handler`) answer with the same status and the same sentence.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404


class OutOfReach(Http404):
    """The thing does not exist for this person; answered exactly like one that does not exist at all."""


class NotAllowed(PermissionDenied):
    """Within reach, but the act is not among this person's rights.

    `action` names the missing right, `target` the object it was asked on (None for a whole section),
    so that the page can offer to ask for it.
    """

    def __init__(self, action: str, target: Any = None) -> None:
        super().__init__(action)
        self.action = action
        self.target = target


class NotNow(Exception):
    """Allowed, but not at this moment: the sentence says why and what is possible instead."""

    def __init__(self, sentence: Any, code: str = "not_now") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def validation_detail(error: ValidationError) -> dict[str, list[str]]:
    """The messages of a ValidationError by field, `non_field_errors` for the whole form."""
    if hasattr(error, "error_dict"):
        return {
            ("non_field_errors" if field == "__all__" else field): list(messages)
            for field, messages in error.message_dict.items()
        }
    return {"non_field_errors": list(error.messages)}


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Any:
    """DRF's answer to an exception: `{"detail": sentence, "code": code}`, or messages by field for bad input.

    A missing right is recorded, and the answer says besides who gives it and how to ask. The rooms that know
    are named in the settings: functions of the person, the action and what it was refused on.
    """
    # DRF reads its settings while its views load: importing them here keeps the start free of a circle.
    from django.conf import settings
    from django.utils.module_loading import import_string
    from rest_framework import exceptions, status
    from rest_framework.response import Response
    from rest_framework.views import exception_handler, set_rollback

    if isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(validation_detail(exc))
    if isinstance(exc, NotNow):
        set_rollback()
        return Response({"detail": str(exc.sentence), "code": exc.code}, status=status.HTTP_409_CONFLICT)
    if isinstance(exc, NotAllowed):
        set_rollback()
        asked = (context["request"].user, exc.action, exc.target)
        import_string(settings.RECORD_REFUSAL)(*asked)
        denied = exceptions.PermissionDenied()
        return Response(
            {
                "detail": str(denied.detail),
                "code": "not_allowed",
                **import_string(settings.WAY_OUT_OF_REFUSAL)(*asked),
            },
            status=status.HTTP_403_FORBIDDEN,
        )
    response = exception_handler(exc, context)
    if response is not None and isinstance(response.data, dict) and set(response.data) == {"detail"}:
        detail = response.data["detail"]
        response.data = {"detail": detail, "code": getattr(detail, "code", "error")}
    return response
