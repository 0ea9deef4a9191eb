"""The API's description of itself as a file: the same for everybody, written once for each language and format."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response


class DescriptionView(SpectacularAPIView):
    """The description, for people signed in; `permission_classes` of the library's settings."""

    def _get_schema_response(self, request: Request) -> Response | HttpResponse:
        # Another version or language by the address is rare, and anybody's to invent: nothing is kept of it.
        if request.query_params.keys() - {"format"}:
            return super()._get_schema_response(request)
        renderer = request.accepted_renderer
        kind = renderer.media_type + (f"; charset={renderer.charset}" if renderer.charset else "")
        filename = self._get_filename(request, None)
        return HttpResponse(
            _written(type(renderer), get_language() or ""),
            content_type=kind,
            headers={"Content-Disposition": f'inline; filename="{filename}"'},
        )


@lru_cache(maxsize=16)
def _written(renderer: type[Any], language: str) -> bytes:
    """The whole description as this renderer writes it; `language` is the one that is active."""
    schema = DescriptionView.generator_class().get_schema(request=None, public=True)
    return renderer().render(schema, renderer.media_type, {})
