"""Benefit statements as they are read, a case's forecast, and the ledger of what its company advanced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet, Sum
from django.utils import timezone

from claims_files import reading as claims
from claims_files.allowance import Line
from claims_files.course import DAY
from claims_files.models import ClaimFile, Cover, Decision
from claims_files.openings import note_opening
from claims_files.statements import terms
from claims_files.statements.models import Advance, Statement, StatementLine, WageType
from companies.models import Company
from core.errors import OutOfReach
from core.parameters import value_on
from permissions import policy
from permissions.policy import can, visible_to

State, Kind = Statement.State, StatementLine.Kind
ZERO, CENT = Decimal(0), Decimal("0.01")
# A case of two years has some thirty.
MOST = 200


def everything() -> QuerySet[Statement]:
    """All statements, for lists that ask the policy themselves (`permissions.paging.newest_page`).

    `later`: the one that corrects each, if there is one.
    """
    people = ("person", "company", "claim_file", "contract", "corrects")
    return Statement.unrestricted.select_related(*people).prefetch_related(
        Prefetch("corrections", Statement.unrestricted.filter(phase=State.ISSUED), to_attr="later")
    )


def find(user: Any, statement_id: Any) -> Statement:
    """The statement. Raises OutOfReach; a draft is there for the insurer alone."""
    return policy.find(user, everything(), statement_id, "statement.view")


def open_for(user: Any, statement_id: Any) -> Statement:
    """The statement, opened: of whoever else than the insured person opens it, his case keeps the line."""
    statement = find(user, statement_id)
    note_opening(statement.claim_file, by=user, right=("statement.view", statement))
    return statement


def find_for(user: Any, statement_id: Any, action: str) -> Statement:
    """The statement for the page of an act; raises as `find`, and NotAllowed without the right to the act."""
    return policy.find(user, everything(), statement_id, "statement.view", action)


def find_case(user: Any, claim_id: Any) -> ClaimFile:
    """The claim file for whoever sees its statements.

    Who does not see claim files knows of those only of which a statement was issued: the others are out of reach.
    """
    rows = ClaimFile.unrestricted.select_related("person", "company", "contract", "health_manager")
    claim = policy.find(user, rows, claim_id, "statement.read")
    if not can(user, "claim.view", claim) and not issued(claim).exists():
        raise OutOfReach
    return claim


def reads_in_full(user: Any, statement: Statement) -> bool:
    """Whether `user` reads the insured copy: what is between the insured person and the insurer."""
    return claims.side_of(user, statement.claim_file) != claims.EMPLOYER


def sides_of(user: Any, statements: Iterable[Statement]) -> dict[Any, str]:
    """The side on which `user` stands, by statement; two queries."""
    statements = list(statements)
    sides = claims.sides_of(user, {each.claim_file_id: each.claim_file for each in statements}.values())
    return {each.pk: sides[each.claim_file_id] for each in statements}


def lines_of(statement: Statement) -> list[StatementLine]:
    """The lines in their order; asks for no right."""
    rows = StatementLine.unrestricted.filter(statement=statement).select_related("reverses")
    return list(rows.order_by("position"))


def issued(claim: ClaimFile) -> QuerySet[Statement]:
    """The issued statements of a case, the oldest first; asks for no right."""
    return Statement.unrestricted.filter(claim_file=claim, phase=State.ISSUED).order_by("issued_at", "id")


def standing(claim: ClaimFile) -> list[Statement]:
    """Those that no later one has corrected."""
    gone = issued(claim).exclude(corrects=None).values("corrects")
    return list(issued(claim).exclude(pk__in=gone))


def of_case(user: Any, claim: ClaimFile) -> list[Statement]:
    """The statements of a case that `user` sees, the newest first; a draft for the insurer."""
    rows = visible_to(user, "statement.view", everything().filter(claim_file=claim))
    return list(rows.order_by("-created", "-id")[:MOST])


def frozen(statement: Statement) -> dict[str, Any]:
    """All that an issued statement consists of, for its hash."""
    return {
        "number": statement.number,
        "corrects": str(statement.corrects_id or ""),
        "issued_at": statement.issued_at.isoformat() if statement.issued_at else "",
        "period": [statement.begin.isoformat(), statement.end.isoformat()],
        "annual_salary": str(statement.annual_salary),
        "payee": [statement.payee, statement.account_end],
        "basis": statement.basis,
        "parties": statement.parties,
        "lines": [
            {
                "kind": line.kind,
                "days": [str(line.begin or ""), str(line.end or ""), line.days, line.degree],
                "rate": str(line.rate or ""),
                "amount": str(line.amount),
                "outcome": line.outcome,
                "reason": line.reason,
                "figure": line.figure,
                "reverses": str(line.reverses_id or ""),
                **({"codes": line.codes} if line.codes else {}),
            }
            for line in lines_of(statement)
        ],
        "total": str(statement.total),
        **_payment(statement),
    }


def _payment(statement: Statement) -> dict[str, Any]:
    """What is said of the payment, if anything: statements of before it could be said have no word of it."""
    said = [str(statement.payment_date or ""), statement.payment_reference]
    return {"payment": said} if any(said) else {}


# --- Before the statement, and beside it ----------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """A statement that stands, and what the same days would come to today, adjustments aside."""

    statement: Statement
    paid: Decimal
    today: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """What would be paid more (or less, below zero) today; None where it cannot be reckoned."""
        return None if self.today is None else self.today - self.paid


@dataclass(frozen=True)
class Forecast:
    """What is to be expected for the days that no statement has covered; `problem` says why it cannot be reckoned."""

    begin: date | None = None
    end: date | None = None
    lines: tuple[Line, ...] = ()
    problem: str = ""

    @property
    def total(self) -> Decimal:
        """What the lines come to, in francs."""
        return sum((paid_for(line) for line in self.lines), ZERO)


def paid_for(line: Line) -> Decimal:
    """What is paid for a line: whole centimes by the rounding rules as seeded, and where a product rounds nowhere, too."""
    return line.amount.number.quantize(CENT, ROUND_HALF_UP)


def uncovered(claim: ClaimFile, until: date) -> list[tuple[date, date]]:
    """The days of the course that stand in no statement, up to `until`: those before and between the statements, too."""
    course = claims.periods_of([claim])[claim.pk]
    if not course:
        return []
    begin, last = course[0].begin, min(course[-1].end or until, until)
    found = []
    for each in sorted(standing(claim), key=lambda statement: statement.begin):
        found.append((begin, min(each.begin - DAY, last)))
        begin = max(begin, each.end + DAY)
    return [(first, end) for first, end in [*found, (begin, last)] if first <= end]


def next_days(claim: ClaimFile, until: date) -> tuple[date, date] | None:
    """The first days without a statement for which something is paid, up to `until`; None where all have one."""
    found = uncovered(claim, until)
    if len(found) < 2:
        return found[0] if found else None
    salary = known_salary(claim)
    try:
        owed = (days for days in found if salary and terms.reckon(claim, salary, *days).total.number)
        return next(owed, found[-1])
    except ValidationError:
        return found[0]


class Ground(StrEnum):
    """Why something is paid on a claim now, if it is."""

    ACCEPTED = "accepted"
    # The decision is still open, and says that benefits are advanced.
    ADVANCE = "advance"
    NOTHING = "nothing"


def ground(claim: ClaimFile) -> Ground:
    """On what an allowance is paid on this claim, or was until it was closed: what was decided on its own contract."""
    if claim.state == ClaimFile.State.CLOSED and claim.outcome != ClaimFile.Outcome.SETTLED:
        return Ground.NOTHING
    cover = Cover.unrestricted.filter(claim_file=claim, contract=claim.contract_id).first()
    if cover is None or cover.state not in {Cover.State.ACCEPTED, Cover.State.UNCLEAR}:
        return Ground.NOTHING
    if cover.state == Cover.State.ACCEPTED:
        return Ground.ACCEPTED
    holds = Decision.unrestricted.filter(cover=cover).latest("number")
    return Ground.ADVANCE if holds.advances else Ground.NOTHING


def payable(claim: ClaimFile) -> bool:
    """Whether an allowance is paid on this claim, or was until it was closed."""
    return ground(claim) is not Ground.NOTHING


def forecast(claim: ClaimFile) -> Forecast:
    """By the engine, up to the end of this month: what was reported, the course as it is known today, the contract."""
    over = claim.state in {
        ClaimFile.State.DECLINED,
        ClaimFile.State.MEDICAL_ONLY,
        ClaimFile.State.CLOSED,
    }
    found = [] if over else uncovered(claim, month_end(timezone.localdate()))
    if not found:
        return Forecast()
    begin, end = found[0][0], found[-1][1]
    salary, known = known_salary(claim), terms.known_of(claim)
    if salary is None:
        return Forecast(begin, end, problem="salary")
    try:
        reckoned = [terms.reckon(claim, salary, *days, known) for days in found]
    except ValidationError as error:
        return Forecast(begin, end, problem=" ".join(error.messages))
    return Forecast(begin, end, tuple(line for each in reckoned for line in each.lines))


def known_salary(claim: ClaimFile) -> Decimal | None:
    """The salary of a year that the report says, else the one that the newest statement was reckoned with."""
    return terms.reported(claim).get("annual_salary") or last_salary(claim)


def last_salary(claim: ClaimFile) -> Decimal | None:
    """The salary that the newest statement was reckoned with."""
    row = issued(claim).last()
    return row.annual_salary if row else None


def has_draft(claim: ClaimFile) -> bool:
    """Whether there is a draft of this case; asks for no right."""
    return Statement.unrestricted.filter(claim_file=claim, phase=State.DRAFT).exists()


def latest(claim: ClaimFile) -> Statement | None:
    """The draft of a case, else its newest statement; asks for no right."""
    draft = Statement.unrestricted.filter(claim_file=claim, phase=State.DRAFT).first()
    return draft or issued(claim).last()


def compared(claim: ClaimFile) -> list[Compared]:
    """The statements that stand beside what the engine says of their days now: course or decision may have changed."""
    statements, known, owed = standing(claim), terms.known_of(claim), payable(claim)
    reckoned = StatementLine.unrestricted.filter(statement__in=statements, kind=Kind.ALLOWANCE)
    paid = dict(reckoned.values_list("statement").annotate(sum=Sum("amount")).order_by())
    found = []
    for each in statements:
        try:
            lines = terms.reckon(claim, each.annual_salary, each.begin, each.end, known).lines if owed else ()
            today = sum((paid_for(line) for line in lines), ZERO)
        except ValidationError:
            today = None
        found.append(Compared(each, paid.get(each.pk, ZERO), today))
    return found


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


# --- The company's books --------------------------------------------------------------------------


@dataclass(frozen=True)
class Ledger:
    """What a company advanced in a case, what statements paid to it cover, and what is open; in francs."""

    advances: list[Advance]
    statements: list[Statement]
    advanced: Decimal
    covered: Decimal

    @property
    def open(self) -> Decimal:
        """What is not covered yet; below zero more was paid than advanced."""
        return self.advanced - self.covered

    @property
    def beyond(self) -> Decimal:
        """What statements paid beyond what was advanced."""
        return max(-self.open, ZERO)


def ledger(claim: ClaimFile) -> Ledger:
    """The advances of a case against its statements paid to the company; asks for no right."""
    advances = list(
        Advance.unrestricted.filter(claim_file=claim).select_related("by").order_by("begin", "created")
    )
    paid = list(issued(claim).filter(payee=Statement.Payee.COMPANY))
    advanced = sum((each.amount for each in advances), ZERO)
    return Ledger(advances, paid, advanced, sum((each.total for each in paid), ZERO))


def wage_types(companies: Iterable[Any], day: date | None = None) -> dict[Any, dict[str, str]]:
    """By company id the code of each kind of line: the company's own, else the insurer's; two queries."""
    house = value_on("payroll.wage_types", day or timezone.localdate())
    found: dict[Any, dict[str, str]] = {key: {**house} for key in companies}
    for row in WageType.unrestricted.filter(company__in=list(found)):
        found[row.company_id][row.kind] = row.code
    return found


def own_wage_types(company: Company) -> dict[str, str]:
    """The codes that the company set itself."""
    return dict(WageType.unrestricted.filter(company=company).values_list("kind", "code"))


def company_of(companies: set[Any]) -> Company | None:
    """The company, where there is only one."""
    return Company.unrestricted.get(pk=next(iter(companies))) if len(companies) == 1 else None
