"""What follows from each kind of thing that the core system sends. The claim file is locked, the right is asked for.

Decisions go through the services and the course of the health manager's acts; the figures of a statement are taken
over as they came.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from claims_files import services as claims
from claims_files.allowance import Outcome as DayOutcome
from claims_files.allowance.figures import Figure, Unit, given
from claims_files.allowance.sheet import NOT_PAID
from claims_files.allowance.stored import kept
from claims_files.allowance.words import CORE
from claims_files.core_system.models import CoreArrival
from claims_files.models import ClaimFile, Cover, Outcome, Statement, StatementLine
from claims_files.reading import course_version
from claims_files.services.acting import Audience, Code, enter, knock_at, origin
from claims_files.statements import checks, reading, services
from core.errors import NotNow
from permissions.audit import record

CLOSED = ClaimFile.State.CLOSED.value
STATES = (*Outcome.values, CLOSED)
# So far from days × rate an amount may be (francs) and still be said to come from it: rounding to five centimes.
ROUNDED = Decimal("0.05")


def note_number(
    claim: ClaimFile, values: dict[str, Any], earlier: CoreArrival | None, *, by: Any, **_sent: Any
) -> dict[str, Any]:
    """Note how the core system calls the case; each number once at the insurer."""
    number = values["number"]
    before = earlier.claim_file if earlier and earlier.claim_file_id != claim.pk else None
    if before:
        before.core_number = None
        before.save(update_fields=["core_number"])
        knock_at(before, Audience.ALL)
        record(by, "claim.core_number_removed", before)
    if claim.core_number and not (earlier and earlier.claim_file_id == claim.pk):
        raise NotNow(
            _(
                "This claim file bears the number %(number)s already. A new one names the id of the earlier one in "
                "“replaces”."
            )
            % {"number": claim.core_number},
            code="has_number",
        )
    claim.core_number = number
    try:
        with transaction.atomic():
            claim.save(update_fields=["core_number"])
    except IntegrityError as error:
        raise NotNow(_("Another claim file bears this number."), code="number_taken") from error
    enter(claim, Code.CORE_NUMBER, by=by, audience=Audience.ALL, facts=origin(True))
    knock_at(claim, Audience.ALL)
    record(by, "claim.core_number_noted", claim)
    return {}


def decide(
    claim: ClaimFile, values: dict[str, Any], earlier: CoreArrival | None, *, by: Any, **_sent: Any
) -> dict[str, Any]:
    """Decide or close as the core system did. With `earlier` its decisions are replaced."""
    state, before = values["state"], claims.last_number(claim)
    try:
        if state == CLOSED:
            if earlier:
                raise ValidationError({"replaces": _("Closing replaces no decision.")})
            claims.close(claim.pk, outcome=values.get("end", ""), core=True, by=by)
        elif earlier:
            _revise(claim, values, earlier, by)
        else:
            _decide(claim, values, by)
    except ValidationError as error:
        raise _named(error, {"outcome": "end" if state == CLOSED else "state"}) from error
    return {"decisions": list(range(before + 1, claims.last_number(claim) + 1))}


def _decide(claim: ClaimFile, values: dict[str, Any], by: Any) -> None:
    state = values["state"]
    given: dict[str, Any] = {"cover": _cover(claim, values.get("policy", "")), "core": True, "by": by}
    given["codes"] = values.get("codes", ())
    told = {"reason": values.get("reason", ""), "reason_code": values.get("reason_code", "")}
    if state == Outcome.UNCLEAR:
        claims.leave_unclear(
            claim.pk, advances=values["advances"], expected=values.get("expected"), **told, **given
        )
    elif state == Outcome.DECLINED:
        claims.decline(claim.pk, legal_remedy=values.get("legal_remedy", ""), **told, **given)
    else:
        claims.accept(claim.pk, medical_only=state == Outcome.MEDICAL_ONLY, **given)


def _revise(claim: ClaimFile, values: dict[str, Any], earlier: CoreArrival, by: Any) -> None:
    if not earlier.decisions:
        raise ValidationError({"replaces": _("A closed claim file is not opened again.")})
    if values.get("policy"):
        raise ValidationError({"policy": _("The insurances are those of what is replaced: leave it out.")})
    names = ("reason", "reason_code", "legal_remedy", "advances", "expected", "codes")
    said = {name: values[name] for name in names if name in values}
    for number in earlier.decisions:
        claims.revise(claim.pk, number=number, outcome=values["state"], core=True, by=by, **said)


def _cover(claim: ClaimFile, policy: str) -> Any:
    """The insurance of the case with this policy; none where all that is undecided is decided on."""
    if not policy:
        return None
    found = Cover.unrestricted.filter(claim_file=claim, contract__policy_number=policy).first()
    if found is None:
        raise ValidationError({"policy": _("The case does not touch this policy.")})
    return found.pk


def _named(error: ValidationError, names: dict[str, str]) -> ValidationError:
    """The same with the names that the sender knows."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({names.get(name, name): messages for name, messages in error.error_dict.items()})


# --- Statements -----------------------------------------------------------------------------------


def issue(
    claim: ClaimFile,
    values: dict[str, Any],
    earlier: CoreArrival | None,
    *,
    source: str,
    external_id: str,
    by: Any,
) -> dict[str, Any]:
    """Issue a statement with the core system's own figures; a correction takes the lines of the earlier one back.

    One that pays nothing is taken over on a claim on which nothing is owed any more, too: nobody else could take back
    what the core system had paid before.
    """
    corrected = earlier.statement if earlier else None
    if corrected is None or any(line["amount"] > 0 for line in values["lines"]):
        checks.check_payable(claim)
    _check(claim, values)
    checks.check_correction(corrected, values["payee"], take_back=False)
    _check_days(claim, values, corrected)
    statement = Statement.unrestricted.create(
        company_id=claim.company_id,
        site_id=claim.site_id,
        contract_id=claim.contract_id,
        person_id=claim.person_id,
        claim_file=claim,
        corrects=corrected,
        begin=values["begin"],
        end=values["end"],
        annual_salary=values["annual_salary"],
        course_version=course_version(claim),
        payee=values["payee"],
        account_end=values.get("account_end", ""),
        basis={
            "daily": kept(given("daily", values["daily"], Unit.CHF, CORE)),
            "facts": [
                kept(given(name, values[name], Unit.DAYS, CORE))
                for name in ("waiting_left", "benefit_days_left")
                if name in values
            ],
            "ground": reading.ground(claim),
            "core": {"source": source, "id": external_id},
        },
        total=0,
        drafted_by=by,
    )
    lines = [*services.reversals(corrected), *(_line(each) for each in values["lines"])]
    for position, line in enumerate(lines, start=1):
        line.statement, line.position = statement, position
    StatementLine.unrestricted.bulk_create(lines)
    statement.total = sum((line.amount for line in lines), Decimal(0))
    statement.save(update_fields=["total"])
    services.freeze(statement, claim, facts=origin(True), by=by)
    return {"statement": statement, "differs": _differs(claim, statement)}


def _check(claim: ClaimFile, values: dict[str, Any]) -> None:
    checks.check(
        claim,
        values["begin"],
        values["end"],
        values["annual_salary"],
        values["payee"],
        values.get("account_end", ""),
    )
    if values["payee"] == Statement.Payee.PERSON and not values.get("account_end"):
        raise ValidationError({"account_end": _("Say the last four digits of the account that was paid to.")})
    total = sum((line["amount"] for line in values["lines"]), Decimal(0))
    if total != values["total"]:
        raise ValidationError({"total": _("The lines come to %(sum)s, not to this total.") % {"sum": total}})
    outside = [
        line
        for line in values["lines"]
        if line.get("begin") and not values["begin"] <= line["begin"] <= line["end"] <= values["end"]
    ]
    if outside:
        raise ValidationError({"lines": _("The days of every line lie within those of the statement.")})


def _check_days(claim: ClaimFile, values: dict[str, Any], corrected: Statement | None) -> None:
    """Raise NotNow where a draft of the portal is open, or another statement covers these days."""
    if Statement.unrestricted.filter(claim_file=claim, phase=Statement.State.DRAFT).exists():
        raise NotNow(
            _(
                "The health manager is drawing up a statement of this case in the portal. Once it is issued or "
                "discarded, send this again."
            ),
            code="draft_open",
        )
    standing = reading.standing(claim)
    if corrected and all(each.pk != corrected.pk for each in standing):
        raise NotNow(_("The earlier one was replaced already. Name the last one."), code="already_replaced")
    others = [each for each in standing if corrected is None or each.pk != corrected.pk]
    numbers = [
        str(each.number) for each in others if each.begin <= values["end"] and values["begin"] <= each.end
    ]
    if numbers:
        raise NotNow(
            _("Days of this statement stand in %(numbers)s. A correction names its id in “replaces”.")
            % {"numbers": ", ".join(numbers)},
            code="days_paid",
        )


def _line(sent: dict[str, Any]) -> StatementLine:
    reckoned = sent["kind"] == StatementLine.Kind.ALLOWANCE
    return StatementLine(
        kind=sent["kind"],
        begin=sent.get("begin"),
        end=sent.get("end"),
        days=sent.get("days"),
        degree=sent.get("degree"),
        rate=sent.get("rate"),
        amount=sent["amount"],
        outcome=sent.get("outcome", "") if reckoned else "",
        reason=sent.get("reason", ""),
        codes=sent.get("codes", []),
        figure=kept(figure) if reckoned and (figure := _figure(sent)) else None,
    )


def _figure(sent: dict[str, Any]) -> Figure | None:
    """The amount of days: why nothing is paid, or from its factors where they come to it, or as it is.

    None of days before the entitlement: since when it is paid is not sent.
    """
    days, rate, amount = sent["days"], sent.get("rate"), sent["amount"]
    if sent["outcome"] == DayOutcome.BEFORE:
        return None
    if sent["outcome"] != DayOutcome.PAID:
        return Figure("line", amount, Unit.CHF, f"{NOT_PAID}{sent['outcome']}")
    if rate is not None and abs(days * rate - amount) < ROUNDED:
        inputs = (given("days", days, Unit.DAYS, CORE), given("day_rate", rate, Unit.CHF, CORE))
        return Figure("line", amount, Unit.CHF, "core_line", inputs)
    return Figure("line", amount, Unit.CHF, "core_amount")


def _differs(claim: ClaimFile, statement: Statement) -> bool | None:
    """Whether the portal would have reckoned something else for these days; None where it cannot."""
    found = [each.difference for each in reading.compared(claim) if each.statement.pk == statement.pk]
    return None if not found or found[0] is None else bool(found[0])
