"""Benefit statements over the API: to each side its copy, by the same rules as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from claims_files import reading as claims
from claims_files.allowance import Outcome, words
from claims_files.allowance.words import Explanation
from claims_files.api.plain import PlainSerializer
from claims_files.api.things import ThingViewSet
from claims_files.statements import copies, payroll, reading, services, telling
from claims_files.statements.filters import StatementFilter
from claims_files.statements.forms import ADJUSTMENTS
from claims_files.statements.models import Advance, Statement, WageType
from companies.services import companies
from core.idempotency import idempotent
from permissions.policy import can, find, require, require_somewhere

ISSUE = "statement.issue"
CODE = r"^([0-9A-Za-z.]{1,12})?$"
Money = {"max_digits": 12, "decimal_places": 2}


class FigureSerializer(serializers.Serializer):
    """A number in words: how it was reckoned, and `inputs`: the numbers behind it, explained in the same way."""

    name = serializers.CharField()
    value = serializers.CharField()
    formula = serializers.CharField()
    sentence = serializers.CharField()
    source = serializers.CharField()
    rounding = serializers.CharField()
    inputs = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_inputs(self, figure: Explanation) -> list[dict[str, Any]]:
        return FigureSerializer(figure.inputs, many=True).data  # type: ignore[return-value]


class CopyLineSerializer(serializers.Serializer):
    """A line of a statement; `taken_back`: it cancels one of the statement that is corrected."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    label = serializers.CharField()
    taken_back = serializers.BooleanField()
    begin = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    degree = serializers.IntegerField(allow_null=True)
    rate = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    amount = serializers.DecimalField(**Money)
    reason = serializers.CharField()
    explained = FigureSerializer(allow_null=True)
    codes = serializers.ListField(
        child=serializers.CharField(), help_text="Of the dictionary of plain words; empty for the employer."
    )


class SentenceSerializer(serializers.Serializer):
    """A sentence of the walk through a statement; `line`: the number of the line that it explains, from 1 on."""

    text = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class ChapterSerializer(serializers.Serializer):
    """A part of the walk."""

    key = serializers.CharField(source="anchor")
    title = serializers.CharField()
    sentences = SentenceSerializer(many=True)


class ToldSerializer(serializers.Serializer):
    """A statement in sentences, in the copy of the reader's side and in his language."""

    audience = serializers.CharField(help_text="Whose copy it is: employer or person.")
    chapters = ChapterSerializer(many=True)
    codes = PlainSerializer(many=True)


class StatementSerializer(serializers.ModelSerializer):
    """A statement in a list; amounts in francs."""

    company = serializers.PrimaryKeyRelatedField(read_only=True)
    person = serializers.PrimaryKeyRelatedField(read_only=True)
    claim_file = serializers.PrimaryKeyRelatedField(read_only=True)
    contract = serializers.PrimaryKeyRelatedField(read_only=True)
    corrects = serializers.PrimaryKeyRelatedField(read_only=True)
    person_name = serializers.CharField(source="person.name", read_only=True)
    claim_number = serializers.CharField(source="claim_file.number", read_only=True)
    from_core = serializers.BooleanField(read_only=True, help_text="Issued by the insurer's core system.")
    url = serializers.SerializerMethodField()

    class Meta:
        model = Statement
        fields = (
            "id", "url", "created", "number", "phase", "company", "person", "person_name", "claim_file", "claim_number",
            "contract", "corrects", "begin", "end", "annual_salary", "payee", "total", "issued_at", "from_core",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, statement: Statement) -> str:
        address = reverse("claims_files:api-statement-detail", args=[statement.pk])
        return self.context["request"].build_absolute_uri(address)


class StatementDetailSerializer(StatementSerializer):
    """A statement in the copy of the reader's side, each number with its explanation in the reader's language."""

    audience = serializers.SerializerMethodField(help_text="Whose copy it is: employer or person.")
    account_end = serializers.SerializerMethodField(
        help_text="Last four digits of the account that is paid to."
    )
    payment_reference = serializers.SerializerMethodField(help_text="Of whoever is paid.")
    corrected_by = serializers.SerializerMethodField(help_text="Number of the statement that replaces it.")
    remedy = serializers.SerializerMethodField()
    sha256 = serializers.SerializerMethodField(
        help_text="Of all that is frozen; empty in the employer's copy."
    )
    daily = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()

    class Meta(StatementSerializer.Meta):
        fields = (
            *StatementSerializer.Meta.fields,
            "audience", "account_end", "payment_date", "payment_reference", "corrected_by", "remedy", "sha256", "daily",
            "facts", "lines",
        )  # fmt: skip
        read_only_fields = fields

    def _copy(self, statement: Statement) -> copies.Copy:
        if "copy" not in self.context:
            self.context["copy"] = _copy_for(self.context["request"].user, statement)
        return self.context["copy"]

    def get_audience(self, statement: Statement) -> str:
        return self._copy(statement).audience

    def get_account_end(self, statement: Statement) -> str:
        return self._copy(statement).account_end

    def get_payment_reference(self, statement: Statement) -> str:
        return self._copy(statement).payment_reference

    def get_corrected_by(self, statement: Statement) -> str:
        return self._copy(statement).corrected_by

    def get_remedy(self, statement: Statement) -> str:
        return self._copy(statement).remedy

    def get_sha256(self, statement: Statement) -> str:
        return self._copy(statement).sha256

    @extend_schema_field(FigureSerializer)
    def get_daily(self, statement: Statement) -> Any:
        return FigureSerializer(self._copy(statement).daily_explained).data

    @extend_schema_field(FigureSerializer(many=True))
    def get_facts(self, statement: Statement) -> Any:
        return FigureSerializer(self._copy(statement).facts_explained, many=True).data

    @extend_schema_field(CopyLineSerializer(many=True))
    def get_lines(self, statement: Statement) -> Any:
        return CopyLineSerializer(self._copy(statement).lines, many=True).data


def _copy_for(user: Any, statement: Statement) -> copies.Copy:
    """The copy of the reader's side."""
    audience = copies.PERSON if reading.reads_in_full(user, statement) else copies.EMPLOYER
    return copies.copy_of(statement, reading.lines_of(statement), audience)


class DraftInput(serializers.Serializer):
    """Which days of which claim file; salary and payee as reported, where they are not said."""

    claim_file = serializers.UUIDField()
    begin = serializers.DateField()
    end = serializers.DateField()
    annual_salary = serializers.DecimalField(max_digits=11, decimal_places=2, required=False)
    payee = serializers.ChoiceField(choices=Statement.Payee.choices, required=False)
    account_end = serializers.RegexField(r"^([0-9A-Za-z]{4})?$", required=False, allow_blank=True)
    take_back = serializers.BooleanField(
        required=False, default=False, help_text="Nothing takes the place of the statement that is corrected."
    )


class IssueInput(serializers.Serializer):
    """What is known of the payment; `seen`: the total that was looked at, 409 where it is another by now."""

    seen = serializers.DecimalField(**Money, required=False)
    payment_date = serializers.DateField(required=False)
    payment_reference = serializers.CharField(max_length=42, required=False, allow_blank=True)


class AdjustInput(serializers.Serializer):
    """A line added by hand: an amount above zero, deducted or added by its kind."""

    kind = serializers.ChoiceField(choices=ADJUSTMENTS)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2)
    reason = serializers.CharField(max_length=300)
    begin = serializers.DateField(required=False)
    end = serializers.DateField(required=False)


class DropInput(serializers.Serializer):
    """Which line is taken out again."""

    line = serializers.UUIDField()


class StatementViewSet(ThingViewSet):
    """Benefit statements: drawn up and issued by the health manager, read by each side in its copy."""

    serializer_class = StatementSerializer
    reading = reading
    filterset_class = StatementFilter
    list_action = "statement.view"

    def get_serializer_class(self) -> Any:
        # After an act without its lines: answers to a key are kept for a day, and reasons not twice.
        return StatementSerializer if self.action == "list" else StatementDetailSerializer

    @extend_schema(request=DraftInput, responses={201: StatementSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Reckon a draft for days of an accepted claim. Days that were paid already make it a correction."""
        values = self.given(DraftInput, request)
        made = services.draft(values.pop("claim_file"), by=request.user, **values)
        return self.answer_with(made.pk, status=201)

    @extend_schema(request=AdjustInput, responses={201: StatementSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def adjust(self, request: Request, pk: UUID) -> Response:
        """Add a line by hand to a draft."""
        services.adjust(pk, by=request.user, **self.given(AdjustInput, request, ISSUE))
        return self.answer_with(pk, status=201)

    @extend_schema(request=DropInput, responses=StatementSerializer)
    @action(detail=True, methods=["post"], url_path="drop-adjustment")
    @idempotent
    def drop_adjustment(self, request: Request, pk: UUID) -> Response:
        """Take a line out of a draft that was added by hand."""
        services.drop_adjustment(pk, self.given(DropInput, request, ISSUE)["line"], by=request.user)
        return self.answer_with(pk)

    @extend_schema(responses=ToldSerializer)
    @action(detail=True, methods=["get"])
    def explained(self, request: Request, pk: UUID) -> Response:
        """The statement in sentences. Who else than the insured person opens it is noted for him."""
        copy = _copy_for(request.user, reading.open_for(request.user, pk))
        told = {"audience": copy.audience, "chapters": telling.walk(copy), "codes": copy.codes}
        return Response(ToldSerializer(told).data)

    @extend_schema(request=IssueInput, responses=StatementSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def issue(self, request: Request, pk: UUID) -> Response:
        """Number and freeze a draft; the insured person and the company are told."""
        services.issue(pk, by=request.user, **self.given(IssueInput, request, ISSUE))
        return self.answer_with(pk)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Throw a draft away."""
        reading.find_for(request.user, pk, ISSUE)
        services.discard(pk, by=request.user)
        return Response(status=204)


class StatementExport(APIView):
    """Issued statements for the payroll program."""

    @extend_schema(
        parameters=[
            OpenApiParameter("table", str, OpenApiParameter.PATH, enum=sorted(payroll.KINDS)),
            OpenApiParameter("q", str, description="Name or number."),
            *(OpenApiParameter(name, OpenApiTypes.UUID) for name in ("company", "person", "claim_file")),
            *(OpenApiParameter(name, OpenApiTypes.DATE) for name in ("issued_from", "issued_until")),
            OpenApiParameter("payee", str, enum=Statement.Payee.values),
        ],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, table: str) -> HttpResponse:
        """A row for each line of the employer's copies with its wage type, as CSV, XLSX or JSON; the trail says who saved it."""
        require_somewhere(request.user, payroll.RIGHT)
        if table not in payroll.KINDS:
            raise Http404
        found = StatementFilter(request.query_params, queryset=reading.everything(), request=request)
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        return payroll.export(found.qs, table, by=request.user)


class ForecastLineSerializer(serializers.Serializer):
    """Days that are to be expected: paid, or not paid and why."""

    begin = serializers.DateField()
    end = serializers.DateField()
    days = serializers.IntegerField()
    degree = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=[(each.value, each.value) for each in Outcome])
    amount = serializers.DecimalField(source="amount.number", **Money)
    explained = serializers.SerializerMethodField()

    @extend_schema_field(FigureSerializer)
    def get_explained(self, line: Any) -> Any:
        return FigureSerializer(words.explain(line.amount)).data


class AdvanceSerializer(serializers.ModelSerializer):
    """What a company went on paying for days of a case."""

    class Meta:
        model = Advance
        fields = ("id", "created", "begin", "end", "amount")
        read_only_fields = fields


class ComparedSerializer(serializers.Serializer):
    """A statement that stands, and what its days would come to today: they differ where the course has changed."""

    statement = serializers.UUIDField(source="statement.pk")
    paid = serializers.DecimalField(**Money)
    today = serializers.DecimalField(allow_null=True, **Money)
    difference = serializers.DecimalField(allow_null=True, **Money)


class BenefitsSerializer(serializers.Serializer):
    """What is to be expected in a case, how its statements stand, and what its company advanced; in francs."""

    begin = serializers.DateField(allow_null=True, help_text="First day that no statement has covered.")
    end = serializers.DateField(allow_null=True)
    forecast = ForecastLineSerializer(many=True)
    problem = serializers.CharField(help_text="Why nothing can be forecast; “salary”: no salary is known.")
    compared = ComparedSerializer(many=True)
    advances = AdvanceSerializer(many=True)
    advanced = serializers.DecimalField(**Money)
    covered = serializers.DecimalField(**Money)
    open = serializers.DecimalField(**Money)


class BenefitsOfCase(APIView):
    """Forecast and ledger of a case."""

    @extend_schema(responses=BenefitsSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Forecast up to the end of this month, statements compared with what is known today, ledger of advances."""
        claim = reading.find_case(request.user, pk)
        # The course of the case is told to those who see the claim file.
        seen = can(request.user, "claim.view", claim)
        forecast = reading.forecast(claim) if seen else reading.Forecast()
        ledger = reading.ledger(claim)
        answer = {
            "begin": forecast.begin,
            "end": forecast.end,
            "forecast": forecast.lines,
            "problem": forecast.problem,
            "compared": reading.compared(claim) if seen else [],
            "advances": ledger.advances,
            "advanced": ledger.advanced,
            "covered": ledger.covered,
            "open": ledger.open,
        }
        return Response(BenefitsSerializer(answer).data)


class AdvanceInput(serializers.Serializer):
    """What was paid for these days; below zero it puts an earlier advance right."""

    begin = serializers.DateField()
    end = serializers.DateField()
    amount = serializers.DecimalField(max_digits=9, decimal_places=2)


class AdvancesOfCase(APIView):
    """The advances of a case."""

    def still_sees(self, answer: Any) -> bool:
        """Whether the case is still within reach."""
        return can(self.request.user, payroll.RIGHT, claims.everything().get(pk=self.kwargs["pk"]))

    @extend_schema(request=AdvanceInput, responses={201: AdvanceSerializer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Note what the company went on paying."""
        require(request.user, payroll.RIGHT, reading.find_case(request.user, pk))
        serializer = AdvanceInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = services.record_advance(pk, by=request.user, **serializer.validated_data)
        return Response(AdvanceSerializer(made).data, status=201)


class WageTypesSerializer(serializers.Serializer):
    """The code of each kind of line; what is left out stays, an empty one goes back to the insurer's."""

    def get_fields(self) -> dict[str, Any]:
        field = {"required": False, "allow_blank": True}
        return {kind: serializers.RegexField(CODE, **field) for kind in WageType.Kind.values}


class WageTypesOfCompany(APIView):
    """Under which codes a company's payroll books statements."""

    @extend_schema(responses=WageTypesSerializer)
    def get(self, request: Request, company_id: UUID) -> Response:
        """The codes that hold: the company's own, else the insurer's."""
        company = self._company(request, company_id)
        return Response(WageTypesSerializer(reading.wage_types([company.pk])[company.pk]).data)

    @extend_schema(request=WageTypesSerializer, responses=WageTypesSerializer)
    def patch(self, request: Request, company_id: UUID) -> Response:
        """Set codes of the company."""
        company = self._company(request, company_id)
        serializer = WageTypesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.set_wage_types(company.pk, serializer.validated_data, by=request.user)
        return self.get(request, company_id)

    def _company(self, request: Request, company_id: UUID) -> Any:
        return find(request.user, companies(request.user), company_id, payroll.RIGHT)
