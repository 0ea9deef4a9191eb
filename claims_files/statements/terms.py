"""From a claim file to the allowance engine: what is known of the case, the terms of its contract, a period."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from claims_files import reading
from claims_files.allowance import (
    Accident,
    Allowance,
    Illness,
    Refused,
    accident_allowance,
    earnings,
    policy_on,
    sickness_allowance,
)
from claims_files.models import ClaimFile, IncapacityPeriod, Report
from claims_files.statements.models import Statement
from companies.models import Contract
from core.dated import ParameterMissing, Values
from core.parameters import values_of
from core.text import parse_money

Payee = Statement.Payee
# The positions of whoever learns a trade, as the declaration has them: they have a lowest insured salary (UVV art. 23,
# paragraph 6).
TRAINEES = frozenset({"apprentice", "trainee"})


@dataclass(frozen=True)
class Known:
    """What is read once for a case: its course as it is now, the law, and whether the report names a trainee."""

    course: list[IncapacityPeriod]
    law: Values
    trainee: bool


def known_of(claim: ClaimFile) -> Known:
    """The same, read anew; three queries."""
    trainee = bool(reported(claim).get("trainee"))
    return Known(reading.periods_of([claim])[claim.pk], values_of("uvg", "ktg"), trainee)


def reckon(
    claim: ClaimFile, salary: Decimal, begin: date, end: date, known: Known | None = None
) -> Allowance:
    """The allowance of these days by the contract of the claim; `salary` of a year, in francs.

    Raises ValidationError by field (`annual_salary`, `begin`) where it cannot be reckoned.
    """
    known = known or known_of(claim)
    course, law = known.course, known.law
    branch = claim.contract.branch
    if claim.kind in {ClaimFile.Kind.MATERNITY, ClaimFile.Kind.OTHER_PARENT}:
        raise ValidationError(
            _("The state’s allowance after a birth is paid by the compensation office, not by this contract.")
        )
    if branch == Contract.Branch.LAAC:
        raise ValidationError(_("The portal does not reckon supplementary accident insurance yet."))
    try:
        of_year = earnings.by_year(salary)
        if branch == Contract.Branch.LAA:
            learns = {"trainee": known.trainee, "birth_date": claim.person.birth_date}
            found = accident_allowance(Accident(claim.event_date, of_year, course, **learns), law, begin, end)
        else:
            terms = {"level": claim.contract.benefit_rate, "waiting_days": claim.contract.waiting_days}
            policy = policy_on(law, claim.event_date, **terms)
            found = sickness_allowance(Illness(of_year, course), policy, begin, end)
    except Refused as refusal:
        field = "annual_salary" if refusal.field == "annual_salary" else "begin"
        raise ValidationError({field: [str(refusal)]}) from refusal
    except ParameterMissing as missing:
        raise ValidationError(
            _("The law of the day of the event is not known to the portal: enter its amounts first.")
        ) from missing
    if not found.lines:
        raise ValidationError({"begin": [_("The incapacity for work says nothing of these days.")]})
    return found


def reported(claim: ClaimFile) -> dict[str, Any]:
    """What the frozen report says of the salary of a year (Decimal), of the payee, and whether it names a trainee."""
    report = Report.unrestricted.filter(claim_file=claim).order_by("-version").first()
    values: dict[str, Any] = {}
    for part in report.content["parts"] if report else ():
        values |= part.get("values", {})
    found: dict[str, Any] = {}
    with suppress(ValueError):
        found["annual_salary"] = parse_money(str(values.get("annual_salary", "")))
    if values.get("payee") in {"employer", "person"}:
        found["payee"] = Payee.PERSON if values["payee"] == "person" else Payee.COMPANY
    if values.get("position") in TRAINEES:
        found["trainee"] = True
    return found
