"""The API's description of itself, with what every operation has in common."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from core.idempotency import HEADER, honours_keys
from users.refusals import RefusalSerializer

KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A word of your own for this request. Sent again within 24 hours, it gets the first answer, and the "
    "act happens once; with other content it is 409 (`idempotency_mismatch`).",
)


class PortalSchema(AutoSchema):
    """Every operation may be refused, and says how to go on; those that honour a key for repetition name it."""

    def get_override_parameters(self) -> list[Any]:
        """The header `Idempotency-Key` where the act honours it."""
        return [*super().get_override_parameters(), *([KEY] if self._honours_keys() else [])]

    def _honours_keys(self) -> bool:
        return honours_keys(
            getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        )

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction=direction)
        refusals = {
            code: bodies.get(code)
            or self._get_response_for_code(RefusalSerializer, code, direction=direction)
            for code in ("401", "403", *(["409"] if self._honours_keys() else []))
        }
        return {**bodies, **refusals}
