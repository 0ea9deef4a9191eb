"""The API's description of itself, with what every operation has in common."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from users.refusals import RefusalSerializer


class PortalSchema(AutoSchema):
    """Every operation may be refused, and says how to go on."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction=direction)
        refusal = self._get_response_for_code(RefusalSerializer, "403", direction=direction)
        return {**bodies, "403": bodies.get("403", refusal)}
