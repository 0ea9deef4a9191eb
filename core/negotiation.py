"""What a client says it accepts, where the answer is a file."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class AnyContent(BaseContentNegotiation):
    """The bytes are what they are: an `Accept: application/pdf` must not end in 406."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        # Refusals are still written as JSON.
        return renderers[0], renderers[0].media_type
