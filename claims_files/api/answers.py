"""What a report left for later, over the API."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claims_files import reading
from claims_files.models import OpenAnswers


class OpenAnswersSerializer(serializers.Serializer):
    """What the report left for later: whose answers, by when, and the questions in the words of the report."""

    addressee = serializers.ChoiceField(source="row.addressee", choices=OpenAnswers.Addressee.choices)
    due = serializers.DateField(source="row.due")
    reminded = serializers.DateTimeField(source="row.reminded", allow_null=True)
    questions = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_questions(self, left: reading.LeftOpen) -> list[str]:
        return [each["label"] for each in left.questions]


class RemindInput(serializers.Serializer):
    """Who is reminded of the answers that the report left for later."""

    addressee = serializers.ChoiceField(choices=OpenAnswers.Addressee.choices)
