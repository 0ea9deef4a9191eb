"""Plain words over the API: a code explained, and the dictionary loaded."""

from __future__ import annotations

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from claims_files import plain
from claims_files.models import Term
from claims_files.term_imports import TERMS
from core.imports.api import DictionaryImportViewSet


class PlainSerializer(serializers.Serializer):
    """A code and what it means, in the reader's language; `text` is empty where nobody has explained it yet."""

    code = serializers.CharField()
    kind = serializers.CharField(help_text="tariff, reason or decision; empty for an unknown code.")
    text = serializers.CharField()


class PlainWords(APIView):
    """What a code means."""

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=Term.Kind.values),
            OpenApiParameter(
                "on", OpenApiTypes.DATE, description="The day on which it holds; today if not said."
            ),
        ],
        responses=PlainSerializer,
    )
    def get(self, request: Request, kind: str, word: str) -> Response:
        """A code in plain words, as they hold on a day; 404 for a code that nobody has explained."""
        asked = serializers.DateField(required=False)
        on = request.query_params.get("on")
        day = asked.run_validation(on) if on else timezone.localdate()
        (found,) = plain.explain([word.upper()], day, kinds=[kind])
        if not found.text:
            raise Http404
        return Response(PlainSerializer(found).data)


class TermImportViewSet(DictionaryImportViewSet):
    """Tables of codes in plain words."""

    kind = TERMS
