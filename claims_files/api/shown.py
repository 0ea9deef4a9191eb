"""How a claim file is told over the API, to each side what is its."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from claims_files import decided, reading
from claims_files.api.answers import OpenAnswersSerializer
from claims_files.api.deadlines import DeadlineSerializer
from claims_files.api.insurances import InsuranceSerializer, insurances
from claims_files.api.private import OwnPartOfClaimSerializer, own_part_of
from claims_files.models import (
    ClaimFile,
    IncapacityCourse,
    IncapacityPeriod,
    OpenAnswers,
    PaperRequest,
)


class PeriodSerializer(serializers.ModelSerializer):
    """Days of one degree of incapacity for work."""

    class Meta:
        model = IncapacityPeriod
        fields = ("begin", "end", "degree")
        read_only_fields = fields


class CourseSerializer(serializers.Serializer):
    """One version of the course of an incapacity: `change` is reported, extension or correction."""

    version = serializers.IntegerField()
    change = serializers.ChoiceField(choices=IncapacityCourse.Change.choices)
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.name", default=None, help_text="Empty once the account is deleted.")
    periods = PeriodSerializer(many=True)


def courses(claim: ClaimFile) -> list[dict[str, Any]]:
    """Every version of the course as the API tells it, the newest first."""
    rows = [
        {"version": row.version, "change": row.change, "at": row.at, "by": row.by, "periods": periods}
        for row, periods in reading.courses_of(claim)
    ]
    return CourseSerializer(rows, many=True).data


class PaperSerializer(serializers.ModelSerializer):
    """A requested paper."""

    document = serializers.SerializerMethodField(help_text="The answer, where one may open it.")
    title = serializers.CharField(
        help_text="In the reader's language, as the template of the request has it."
    )
    text = serializers.CharField(help_text="The same; empty without a template.")

    class Meta:
        model = PaperRequest
        fields = (
            "id",
            "created",
            "kind",
            "addressee",
            "title",
            "text",
            "note",
            "due",
            "reminded",
            "state",
            "settled_at",
            "document",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_document(self, paper: PaperRequest) -> UUID | None:
        answer = self.context["answers"].get(paper.pk)
        return answer.pk if answer else None


def told(user: Any, requests: list[PaperRequest]) -> list[dict[str, Any]]:
    """Requests as the API tells them to `user`."""
    return PaperSerializer(
        requests, many=True, context={"answers": reading.answering_documents(user, requests)}
    ).data


class ClaimFileSerializer(serializers.ModelSerializer):
    """A claim file in a list; `state` as its reader is shown it."""

    state = serializers.SerializerMethodField()
    person_name = serializers.CharField(source="person.name", read_only=True)
    company_name = serializers.CharField(source="company.name", read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = ClaimFile
        fields: tuple[str, ...] = (
            "id",
            "url",
            "number",
            "core_number",
            "kind",
            "state",
            "company",
            "company_name",
            "site",
            "contract",
            "person",
            "person_name",
            "event_date",
            "opened",
        )
        read_only_fields = fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sides: dict[Any, str] = {}
        self._links: dict[Any, dict[str, list[ClaimFile]]] = {}

    def side(self, claim: ClaimFile) -> str:
        """The reader's side; for a list all sides were found at once."""
        if claim.pk not in self._sides:
            listed: Any = (
                self.parent.instance if isinstance(self.parent, serializers.ListSerializer) else [claim]
            )
            self._sides.update(reading.sides_of(self.context["request"].user, listed))
        return self._sides[claim.pk]

    @extend_schema_field(serializers.ChoiceField(choices=ClaimFile.State.choices))
    def get_state(self, claim: ClaimFile) -> str:
        return reading.shown_state(claim, self.side(claim))

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, claim: ClaimFile) -> str:
        return reverse("claims_files:api-detail", args=[claim.pk], request=self.context["request"])


class ClaimFileDetailSerializer(ClaimFileSerializer):
    """A claim file with its course; what is sealed is absent for the employer."""

    health_manager = serializers.CharField(source="health_manager.name", default=None, read_only=True)
    standing = serializers.SerializerMethodField()
    incapacity = serializers.SerializerMethodField()
    incapacity_versions = serializers.SerializerMethodField()
    papers = serializers.SerializerMethodField()
    open_answers = serializers.SerializerMethodField()
    deadlines = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    report = serializers.SerializerMethodField()
    own_part = serializers.SerializerMethodField()
    insurances = serializers.SerializerMethodField()
    declined_reason = serializers.SerializerMethodField()
    legal_remedy = serializers.SerializerMethodField()
    relapse_of = serializers.SerializerMethodField(help_text="Claim numbers, where one sees the claim file.")
    relapses = serializers.SerializerMethodField()
    duplicate_of = serializers.SerializerMethodField()
    duplicates = serializers.SerializerMethodField()
    documents_url = serializers.SerializerMethodField()

    class Meta(ClaimFileSerializer.Meta):
        fields = (
            *ClaimFileSerializer.Meta.fields,
            "health_manager",
            "standing",
            "incapacity",
            "incapacity_versions",
            "papers",
            "open_answers",
            "deadlines",
            "timeline",
            "report",
            "own_part",
            "taken_over_at",
            "decided_at",
            "insurances",
            "declined_reason",
            "legal_remedy",
            "relapse_of",
            "relapses",
            "duplicate_of",
            "duplicates",
            "transferred_to",
            "closed_at",
            "outcome",
            "withdrawal",
            "documents_url",
        )
        read_only_fields = fields

    @extend_schema_field(OwnPartOfClaimSerializer(allow_null=True))
    def get_own_part(self, claim: ClaimFile) -> Any:
        return own_part_of(claim, self.side(claim))

    def _papers(self, claim: ClaimFile) -> list[PaperRequest]:
        return reading.papers_of(self.context["request"].user, [claim])[claim.pk]

    def _answers(self, claim: ClaimFile) -> list[OpenAnswers]:
        return reading.answers_of(self.context["request"].user, [claim])[claim.pk]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_standing(self, claim: ClaimFile) -> dict[str, Any]:
        found = reading.standing_of(self.context["request"].user, [claim])[claim.pk]
        return {
            "ball": found.ball,
            "next_step": found.next_step,
            "expected": found.expected,
            "phase": found.phase.value if found.phase else None,
        }

    @extend_schema_field(PeriodSerializer(many=True))
    def get_incapacity(self, claim: ClaimFile) -> Any:
        return PeriodSerializer(reading.periods_of([claim])[claim.pk], many=True).data

    @extend_schema_field(CourseSerializer(many=True))
    def get_incapacity_versions(self, claim: ClaimFile) -> Any:
        return courses(claim)

    @extend_schema_field(PaperSerializer(many=True))
    def get_papers(self, claim: ClaimFile) -> Any:
        return told(self.context["request"].user, self._papers(claim))

    @extend_schema_field(OpenAnswersSerializer(many=True))
    def get_open_answers(self, claim: ClaimFile) -> Any:
        return OpenAnswersSerializer(reading.left_open(claim, self._answers(claim)), many=True).data

    @extend_schema_field(DeadlineSerializer(many=True))
    def get_deadlines(self, claim: ClaimFile) -> Any:
        user = self.context["request"].user
        return DeadlineSerializer(reading.deadlines_of(user, claim, timezone.localdate()), many=True).data

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_timeline(self, claim: ClaimFile) -> list[dict[str, Any]]:
        return [
            {
                "at": entry.at,
                "code": entry.code,
                "kind": entry.facts.get("kind"),
                "core": entry.facts.get("core", False),
                "actor": entry.actor.name if entry.actor else None,
            }
            for entry in reading.timeline_of(claim, self.side(claim))
        ]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_report(self, claim: ClaimFile) -> dict[str, Any] | None:
        user = self.context["request"].user
        report, parts = reading.report_of(claim, self.side(claim), user)
        if report is None:
            return None
        versions = reading.versions_of(claim, self.side(claim), user)
        whole = len(parts) == len(report.content["parts"])
        return {
            # Counted as the reader knows them: a version with sealed changes only is not the employer's.
            "version": versions[0].number,
            "versions": [
                {
                    "version": each.number,
                    "at": each.report.created,
                    "by": each.report.by.name if each.report.by else None,
                    "changes": [
                        {name: change[name] for name in ("title", "label", "old", "new")}
                        for change in each.changes
                    ],
                }
                for each in versions
            ],
            "language": report.language,
            # The hash would let the employer try guesses at what is sealed.
            "sha256": report.sha256 if whole else None,
            "parts": [
                {"name": part.get("name"), "title": part["title"], "rows": part["rows"]} for part in parts
            ],
        }

    @extend_schema_field(InsuranceSerializer(many=True))
    def get_insurances(self, claim: ClaimFile) -> Any:
        return insurances(claim, self.side(claim))

    def get_declined_reason(self, claim: ClaimFile) -> str:
        found = decided.declining(claim)
        return found.reason if found and self.side(claim) != reading.EMPLOYER else ""

    def get_legal_remedy(self, claim: ClaimFile) -> str:
        found = decided.declining(claim)
        return found.legal_remedy if found else ""

    def _linked(self, claim: ClaimFile, way: str) -> list[str]:
        if claim.pk not in self._links:
            self._links[claim.pk] = reading.linked(self.context["request"].user, claim)
        return [other.number for other in self._links[claim.pk][way]]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_relapse_of(self, claim: ClaimFile) -> str | None:
        return next(iter(self._linked(claim, "relapse_of")), None)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_relapses(self, claim: ClaimFile) -> list[str]:
        return self._linked(claim, "relapses")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_duplicate_of(self, claim: ClaimFile) -> str | None:
        return next(iter(self._linked(claim, "duplicate_of")), None)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_duplicates(self, claim: ClaimFile) -> list[str]:
        return self._linked(claim, "duplicates")

    @extend_schema_field(OpenApiTypes.URI)
    def get_documents_url(self, claim: ClaimFile) -> str:
        address = reverse("documents:api-list", request=self.context["request"])
        return f"{address}?claim_file={claim.pk}"
