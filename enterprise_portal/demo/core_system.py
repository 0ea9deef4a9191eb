"""The insurer's core system in the demo: an account, a case with its number there, a statement issued there; and a refusal."""

from __future__ import annotations

from contextlib import suppress
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils import timezone

from claims_files.allowance import Line, Outcome
from claims_files.core_system import taking
from claims_files.models import ClaimFile
from claims_files.statements import reading, terms
from companies.models import InsuredPerson
from core.errors import NotNow
from permissions import grants
from users.models import User

EMAIL = "core@insurer.example"
SOURCE = "kern"


def make_core_system(users: dict[str, Any]) -> None:
    """Nadia's case bears a number there, and the first accepted case of her company was paid there."""
    core = User.objects.create_user(EMAIL, first_name="Core", last_name="System", language="de")
    grants.appoint(core, "core_system", all_companies=True)
    nadia = InsuredPerson.unrestricted.get(user=users["nadia"])
    cases = ClaimFile.unrestricted.filter(company=nadia.company_id)
    own = cases.filter(person=nadia).order_by("-opened").first()
    if own:
        _number(own, "K-0001", core)
    paid = cases.filter(state="accepted").exclude(person=nadia).order_by("number").first()
    if paid:
        _number(paid, "K-0002", core)
        _statement(paid, core)
    with suppress(NotNow):
        taking.take("decision", SOURCE, "E-0009", {"claim": "K-0003", "state": "accepted"}, by=core)


def _number(case: ClaimFile, key: str, core: Any) -> None:
    values = {"claim_number": case.number, "number": f"{case.opened.year}.{key[2:]}.7"}
    taking.take("number", SOURCE, key, values, by=core)


def _statement(case: ClaimFile, core: Any) -> None:
    """The days of the case so far with whole francs a day: the portal would reckon otherwise, and says so."""
    salary = terms.reported(case).get("annual_salary")
    days = reading.next_days(case, timezone.localdate())
    if salary is None or days is None:
        return
    found = terms.reckon(case, salary, *days)
    lines = [_line(line, found.daily.number) for line in found.lines]
    values = {
        "claim": "K-0002",
        "begin": days[0],
        "end": days[1],
        "annual_salary": salary,
        "daily": found.daily.number,
        "payee": "company",
        "account_end": "2957",
        "total": sum(line["amount"] for line in lines),
        "lines": lines,
    }
    taking.take("statement", SOURCE, "A-0001", values, by=core)


def _line(line: Line, daily: Decimal) -> dict[str, Any]:
    paid = line.outcome == Outcome.PAID
    rate = (daily * line.degree / 100).to_integral_value(ROUND_DOWN) if paid else Decimal(0)
    return {
        "kind": "allowance",
        "begin": line.begin,
        "end": line.end,
        "days": line.days,
        "degree": line.degree,
        "rate": rate,
        "amount": rate * line.days,
        "outcome": str(line.outcome),
        **({"codes": ["D01"]} if paid else {}),
    }
