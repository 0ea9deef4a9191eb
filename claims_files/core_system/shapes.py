"""What the core system sends, field by field; unknown names are refused, for a slip of the pen must not be overlooked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from claims_files.allowance import Outcome
from claims_files.core_system import acts
from claims_files.core_system.models import CoreArrival
from claims_files.models import ClaimFile, Decision, Statement, StatementLine
from claims_files.models import Outcome as Decided
from claims_files.plain import check_codes

Kind, Line = CoreArrival.Kind, StatementLine.Kind
ID_WORDS = _(
    "At most 64 letters, digits, dots, hyphens, underscores and colons; the first one a letter or digit."
)
EXTERNAL_ID = RegexValidator(r"\A[0-9A-Za-z][0-9A-Za-z._:-]{0,63}\Z", ID_WORDS)
SOURCE = RegexValidator(r"\A[a-z0-9][a-z0-9-]{0,19}\Z", _("At most 20 small letters, digits and hyphens."))
NUMBER = RegexValidator(
    r"\A[0-9A-Za-z](?:[0-9A-Za-z ./_-]{0,38}[0-9A-Za-z])?\Z",
    _("At most 40 letters, digits, blanks, dots, slashes and hyphens."),
)
LINES = [kind for kind in Line.values if kind != Line.REVERSAL]
MOST_LINES = 200
CODES = "Codes of the dictionary of plain words, for the insured person and the insurer."
DAY = timedelta(days=1)
# What is said beside each decision; a correction always says why. Anything else would be lost without a word.
REASONED = frozenset({"reason", "reason_code", "legal_remedy"})
SAID = {
    Decided.ACCEPTED.value: {"policy", "codes"},
    Decided.MEDICAL_ONLY.value: {"policy", "codes"},
    Decided.UNCLEAR.value: {"policy", "codes", "reason", "reason_code", "advances", "expected"},
    Decided.DECLINED.value: {"policy", "codes", *REASONED},
    acts.CLOSED: {"end"},
}


def _word(label: str, values: Any, **options: Any) -> serializers.RegexField:
    """One of a list of words; the list stands in the description."""
    pattern = r"\A(?:" + "|".join(values) + r")\Z"
    said = {"invalid": _("One of: %(words)s.") % {"words": ", ".join(values)}}
    return serializers.RegexField(
        pattern, help_text=f"{label}: {', '.join(values)}.", error_messages=said, **options
    )


class CodesField(serializers.ListField):
    """Codes of the insurer's dictionary of plain words: read by the insured person and the insurer."""

    child = serializers.CharField(max_length=30)

    def to_internal_value(self, data: Any) -> list[str]:
        try:
            return check_codes(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class Strict(serializers.Serializer):
    """Refuses what it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({str(name): [_("This is not known here.")] for name in unknown})
        return super().to_internal_value(data)


class Replacing(Strict):
    """Something that may correct an earlier one of its kind."""

    replaces = serializers.CharField(
        required=False, validators=[EXTERNAL_ID], help_text="Id of the earlier one that this one corrects."
    )


class CoreNumberInput(Replacing):
    """The core system's number of a claim file. Its id stands for the claim file in what follows."""

    claim_number = serializers.CharField(max_length=20, help_text="The portal's claim number: S-2026-04817.")
    number = serializers.CharField(validators=[NUMBER], help_text="The core system's claim number.")


class CoreDecisionInput(Replacing):
    """What was decided, or that the case was closed. `policy`: of one insurance of the case; else all that are undecided."""

    claim = serializers.CharField(
        validators=[EXTERNAL_ID], help_text="Id under which the claim number came in."
    )
    state = _word("What was decided", acts.STATES)
    policy = serializers.CharField(
        max_length=40, required=False, help_text="Policy of the one insurance decided on."
    )
    end = _word("How a closed case ended", ClaimFile.Outcome.values, required=False)
    reason = serializers.CharField(
        max_length=4000,
        required=False,
        help_text="For the insured person and the insurer: it may speak of health.",
    )
    reason_code = _word(
        "What the employer is told", [each for each in Decision.Reason.values if each], required=False
    )
    legal_remedy = _word("Legal remedy, else that of the branch", ClaimFile.Remedy.values, required=False)
    codes = CodesField(required=False, help_text=CODES)
    advances = serializers.BooleanField(
        required=False, help_text="Whether benefits are advanced while it is unclear."
    )
    expected = serializers.DateField(required=False, help_text="By when an unclear case is decided on.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        state = values["state"]
        if state == Decided.UNCLEAR and "advances" not in values:
            raise serializers.ValidationError(
                {"advances": [_("Say whether benefits are advanced meanwhile.")]}
            )
        said = {"claim", "state", "replaces"} | SAID[state]
        if "replaces" in values and state != acts.CLOSED:
            said |= REASONED
        if lost := sorted(set(values) - said):
            words = _("This does not go with what was decided: leave it out.")
            raise serializers.ValidationError({name: [words] for name in lost})
        return values


class CoreLineInput(Strict):
    """A line of a statement. Of days the period, their number, the degree and the rate of a day (francs)."""

    kind = _word("Kind of line", LINES, default=Line.ALLOWANCE.value)
    begin = serializers.DateField(required=False)
    end = serializers.DateField(required=False)
    days = serializers.IntegerField(min_value=0, max_value=3660, required=False)
    degree = serializers.IntegerField(min_value=0, max_value=100, required=False)
    rate = serializers.DecimalField(max_digits=9, decimal_places=4, min_value=Decimal(0), required=False)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="Below zero for deductions.")
    outcome = _word("Of days, why they are (not) paid", [each.value for each in Outcome], required=False)
    reason = serializers.CharField(
        max_length=300,
        required=False,
        help_text="Why it is adjusted: for the insured person and the insurer.",
    )
    codes = CodesField(required=False, help_text=CODES)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        problems: dict[str, Any] = {}
        begin, end, amount = values.get("begin"), values.get("end"), values["amount"]
        if values["kind"] == Line.ALLOWANCE:
            values.setdefault("outcome", Outcome.PAID.value)
            problems |= self._of_days(values, begin, end)
            if amount < 0 or bool(amount) != (values["outcome"] == Outcome.PAID):
                problems["amount"] = [
                    _("Days that are paid have an amount, others none; it is not below zero.")
                ]
        else:
            if not values.get("reason"):
                problems["reason"] = [_("Write in a sentence why the amount is adjusted.")]
            if amount == 0 or (amount > 0) != (values["kind"] == Line.ADDITION):
                problems["amount"] = [_("An addition is above zero, a deduction below.")]
            if (begin is None) != (end is None) or (begin and end and end < begin):
                problems["end"] = [_("Enter both days, or none. The last one is not before the first one.")]
        if problems:
            raise serializers.ValidationError(problems)
        return values

    def _of_days(self, values: dict[str, Any], begin: date | None, end: date | None) -> dict[str, Any]:
        wanted = ("begin", "end", "days", "degree", "rate")
        needed = wanted if values["outcome"] == Outcome.PAID else wanted[:4]
        missing: dict[str, Any] = {
            name: [_("Needed for days of daily allowance.")] for name in needed if name not in values
        }
        if missing or begin is None or end is None:
            return missing
        if end < begin:
            return {"end": [_("The period cannot end before it begins. Check both dates.")]}
        if values["days"] > (end - begin + DAY).days:
            return {"days": [_("There are fewer days in this period.")]}
        return {}


class CoreStatementInput(Replacing):
    """A benefit statement as it was issued: its figures are taken over, not reckoned anew. In francs."""

    claim = serializers.CharField(
        validators=[EXTERNAL_ID], help_text="Id under which the claim number came in."
    )
    begin = serializers.DateField()
    end = serializers.DateField()
    annual_salary = serializers.DecimalField(
        max_digits=9, decimal_places=2, help_text="Insured salary of a year."
    )
    daily = serializers.DecimalField(
        max_digits=9, decimal_places=4, min_value=Decimal(0), help_text="Full daily allowance."
    )
    payee = _word("Who was paid", Statement.Payee.values)
    account_end = serializers.RegexField(
        r"\A[0-9A-Z]{4}\Z", required=False, help_text="Last four digits of the account; needed for `person`."
    )
    total = serializers.DecimalField(
        max_digits=12, decimal_places=2, help_text="Sum of the lines that are sent."
    )
    waiting_left = serializers.IntegerField(min_value=0, max_value=3660, required=False)
    benefit_days_left = serializers.IntegerField(min_value=0, max_value=3660, required=False)
    lines = CoreLineInput(many=True, allow_empty=False, max_length=MOST_LINES)


SHAPES: dict[str, type[Replacing]] = {
    Kind.NUMBER: CoreNumberInput,
    Kind.DECISION: CoreDecisionInput,
    Kind.STATEMENT: CoreStatementInput,
}
