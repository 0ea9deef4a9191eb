"""What is done with benefit statements: draft, adjust, issue, discard; what a company advanced, its wage types.

Each act locks the claim file first: of two at once the slower one finds what the faster one did.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import reading as claim_reading
from claims_files.allowance import Line
from claims_files.allowance.stored import kept
from claims_files.models import ClaimFile
from claims_files.services.acting import Code, finish, locked
from claims_files.services.reports import canonical
from claims_files.statements import checks, parties, reading, terms
from claims_files.statements.checks import HIGHEST
from claims_files.statements.models import (
    Advance,
    Statement,
    StatementLine,
    WageType,
)
from claims_files.statements.reading import CENT, Ground
from companies.models import Company
from core.errors import NotNow, OutOfReach
from core.numbers import formatted
from core.text import swiss_date
from permissions.audit import record
from permissions.policy import find, require
from users.models import BankDetails

State, Payee, Kind = Statement.State, Statement.Payee, StatementLine.Kind
CODE = re.compile(r"[0-9A-Za-z.]{1,12}")
CODE_WORDS = _("Enter a wage type of up to 12 letters, digits and dots.")
DEDUCTED = {Kind.HOSPITAL, Kind.OVER_COMPENSATION, Kind.SET_OFF, Kind.DEDUCTION}


@transaction.atomic
def draft(
    claim_id: Any,
    *,
    begin: date,
    end: date,
    annual_salary: Decimal | None = None,
    payee: str = "",
    account_end: str = "",
    take_back: bool = False,
    by: Any,
) -> Statement:
    """Reckon the days from `begin` to `end` of a claim that pays; the draft takes the place of an earlier one.

    Salary (a year, francs) and payee are those of the report where nothing is said. Days of an issued statement make
    the draft a correction of it, for all its days; adjustments made by hand are carried over. `account_end`: the last
    four digits of the company's account. `take_back`: nothing takes the place of what is corrected; so it is wherever
    nothing is owed any more. Raises NotNow, ValidationError by field.
    """
    claim = locked(claim_id)
    require(by, "statement.issue", claim)
    ground = reading.ground(claim)
    if not reading.standing(claim):
        checks.check_payable(claim)
    known, account_end = terms.reported(claim), account_end.strip().upper()
    salary = annual_salary if annual_salary is not None else known.get("annual_salary")
    payee = payee or known.get("payee", Payee.COMPANY)
    checks.check(claim, begin, end, salary, payee, account_end)
    corrected, begin, end = _days(claim, begin, end)
    if corrected and corrected.from_core:
        raise NotNow(
            _("%(number)s comes from the insurer’s core system and is corrected there.")
            % {"number": corrected.number},
            code="from_core",
        )
    take_back = take_back or ground is Ground.NOTHING
    checks.check_correction(corrected, payee, take_back=take_back)
    assert salary is not None
    if take_back:
        assert corrected is not None
        begin, end, salary = corrected.begin, corrected.end, corrected.annual_salary
        basis: dict[str, Any] = {each: corrected.basis[each] for each in ("daily", "facts")}
        reckoned = []
    else:
        found = terms.reckon(claim, salary, begin, end)
        basis = {"daily": kept(found.daily), "facts": [kept(each) for each in found.facts]}
        reckoned = [_reckoned(line) for line in found.lines]
    earlier = Statement.unrestricted.filter(claim_file=claim, phase=State.DRAFT).first()
    same = earlier is not None and earlier.corrects_id == getattr(corrected, "pk", None)
    source = earlier if same else None if take_back else corrected
    carried = _adjustments(source) if source else []
    if earlier:
        earlier.delete()
    statement = Statement.unrestricted.create(
        company_id=claim.company_id,
        site_id=claim.site_id,
        contract_id=claim.contract_id,
        person_id=claim.person_id,
        claim_file=claim,
        corrects=corrected,
        begin=begin,
        end=end,
        annual_salary=salary,
        course_version=claim_reading.course_version(claim),
        payee=payee,
        account_end=account_end if payee == Payee.COMPANY else "",
        basis={**basis, "ground": ground, "take_back": take_back},
        total=0,
        drafted_by=by,
    )
    lines = [*reversals(corrected), *reckoned, *carried]
    for position, line in enumerate(lines, start=1):
        line.statement, line.position = statement, position
    StatementLine.unrestricted.bulk_create(lines)
    _add_up(statement)
    record(by, "statement.drafted", statement, claim_file=claim.pk)
    return statement


@transaction.atomic
def adjust(
    statement_id: Any,
    *,
    kind: str,
    amount: Decimal,
    reason: str,
    begin: date | None = None,
    end: date | None = None,
    key: UUID | None = None,
    by: Any,
) -> StatementLine:
    """Add a line by hand to a draft: `amount` above zero, deducted or added by its kind, with its reason.

    `key`: the same line sent again with the same key is the one that stands already.
    """
    statement = _draft(statement_id, by)
    problems: dict[str, Any] = {}
    if kind not in Kind.values or not Kind(kind).is_adjustment:
        problems["kind"] = _("Choose what the adjustment is.")
    if not CENT <= amount <= HIGHEST:
        problems["amount"] = _("Enter an amount above zero, for example 480.50.")
    if not 0 < len(reason.strip()) <= 300:
        problems["reason"] = _("Write in a sentence why the amount is adjusted.")
    if (begin is None) != (end is None) or (begin and end and end < begin):
        problems["end"] = _("Enter both days, or none. The last one is not before the first one.")
    if problems:
        raise ValidationError(problems)
    line_id = _sent(key, statement.pk, kind, amount, reason, begin, end)
    if known := StatementLine.unrestricted.filter(statement=statement, pk=line_id).first():
        return known
    last = StatementLine.unrestricted.filter(statement=statement).order_by("-position").first()
    line = StatementLine.unrestricted.create(
        id=line_id,
        statement=statement,
        position=last.position + 1 if last else 1,
        kind=kind,
        begin=begin,
        end=end,
        amount=-amount if kind in DEDUCTED else amount,
        reason=reason.strip(),
    )
    _add_up(statement)
    record(by, "statement.adjusted", statement)
    return line


@transaction.atomic
def drop_adjustment(statement_id: Any, line_id: Any, *, by: Any) -> Statement:
    """Take a line that was added by hand out of a draft again."""
    statement = _draft(statement_id, by)
    rows = StatementLine.unrestricted.filter(statement=statement, pk=line_id)
    line = rows.exclude(kind__in=[Kind.ALLOWANCE, Kind.REVERSAL]).first()
    if line is None:
        raise OutOfReach
    line.delete()
    _add_up(statement)
    record(by, "statement.adjusted", statement)
    return statement


@transaction.atomic
def discard(statement_id: Any, *, by: Any) -> None:
    """Throw a draft away."""
    statement = _draft(statement_id, by)
    record(by, "statement.discarded", statement, claim_file=statement.claim_file_id)
    statement.delete()


@transaction.atomic
def issue(
    statement_id: Any,
    *,
    seen: Decimal | None = None,
    payment_date: date | None = None,
    payment_reference: str = "",
    by: Any,
) -> Statement:
    """Number a draft, freeze it, and tell the person and the company. Of two at once the slower one gets NotNow.

    `seen`: the total that was looked at. `payment_date` and `payment_reference`: when it is paid, and under which
    number of the bank, if known. Refused where somebody has changed the draft meanwhile, where decision or course have
    changed since, where its days were paid by another one, and where nobody has approved an account of the person who is
    to be paid. Raises ValidationError by field.
    """
    statement = _draft(statement_id, by)
    claim = statement.claim_file
    if seen is not None and seen != statement.total:
        raise NotNow(
            _("Somebody else has changed this draft in the meantime. Look at it again."),
            code="changed_by_another",
        )
    checks.check_ground(statement, reading.ground(claim))
    if statement.total < 0 and not statement.corrects_id:
        raise NotNow(
            _("More is deducted than is paid for these days. Take an adjustment out, or reckon more days."),
            code="below_zero",
        )
    checks.set_payment(statement, payment_date, payment_reference)
    if statement.course_version != claim_reading.course_version(claim):
        raise NotNow(
            _("The incapacity for work has changed since this draft was made. Draw it up anew."),
            code="course_changed",
        )
    standing = reading.standing(claim)
    if statement.corrects_id and all(each.pk != statement.corrects_id for each in standing):
        raise _paid_meanwhile()
    others = [each for each in standing if each.pk != statement.corrects_id]
    if any(each.begin <= statement.end and statement.begin <= each.end for each in others):
        raise _paid_meanwhile()
    if statement.payee == Payee.PERSON:
        before = statement.corrects if statement.basis.get("take_back") else None
        # What is taken back needs no account that holds today.
        statement.account_end = before.account_end if before else _account_of(claim)
    return freeze(statement, claim, by=by)


def freeze(
    statement: Statement, claim: ClaimFile, *, facts: dict[str, Any] | None = None, by: Any
) -> Statement:
    """Number a draft and tell of it; from here on the database refuses to change it. Asks for no right.

    `facts`: what the timeline keeps besides the number.
    """
    now = timezone.now()
    statement.number = formatted("B", timezone.localdate(now).year)
    statement.issued_at, statement.issued_by, statement.phase = now, by, State.ISSUED
    statement.parties = parties.of(claim, by)
    statement.sha256 = hashlib.sha256(canonical(reading.frozen(statement))).hexdigest()
    statement.save()
    finish(claim, Code.STATEMENT_ISSUED, by=by, facts={"statement": statement.number, **(facts or {})})
    record(by, "statement.issued", statement, sha256=statement.sha256, corrects=statement.corrects_id)
    return statement


# --- The company's side ---------------------------------------------------------------------------


@transaction.atomic
def record_advance(
    claim_id: Any, *, begin: date, end: date, amount: Decimal, key: UUID | None = None, by: Any
) -> Advance:
    """Note what the company went on paying for these days; below zero it puts an earlier one right.

    `key`: the same advance sent again with the same key is one. Raises ValidationError by field.
    """
    claim = reading.find_case(by, claim_id)
    locked(claim.pk)
    require(by, "statement.payroll", claim)
    key = _sent(key, begin, end, amount)
    if known := Advance.unrestricted.filter(claim_file=claim, key=key).first():
        return known
    problems: dict[str, Any] = {}
    if not CENT <= abs(amount) <= HIGHEST:
        problems["amount"] = _(
            "Enter what was paid, for example 4’800.00; with a minus to put a mistake right."
        )
    if end < begin:
        problems["end"] = _("The period cannot end before it begins. Check both dates.")
    elif begin < claim.event_date:
        problems["begin"] = _("The incapacity cannot begin before the day of the event (%(day)s).") % {
            "day": swiss_date(claim.event_date)
        }
    if problems:
        raise ValidationError(problems)
    advance = Advance.unrestricted.create(
        company_id=claim.company_id, claim_file=claim, begin=begin, end=end, amount=amount, key=key, by=by
    )
    record(by, "statement.advanced", claim, begin=begin, end=end)
    return advance


@transaction.atomic
def set_wage_types(company_id: Any, codes: dict[str, str], *, by: Any) -> Company:
    """Say under which codes the company's payroll books each kind of line; an empty code goes back to the insurer's.

    Raises ValidationError by kind.
    """
    company = find(by, Company.unrestricted.select_for_update(no_key=True), company_id, "statement.payroll")
    wrong = {kind: CODE_WORDS for kind, code in codes.items() if code and not CODE.fullmatch(code)}
    if wrong or not set(codes) <= set(WageType.Kind.values):
        raise ValidationError(wrong or CODE_WORDS)
    for kind, code in codes.items():
        rows = WageType.unrestricted.filter(company=company, kind=kind)
        rows.delete()
        if code:
            WageType.unrestricted.create(company=company, kind=kind, code=code)
    record(by, "statement.wage_types_set", company)
    return company


# --- What the acts have in common -----------------------------------------------------------------


def _draft(statement_id: Any, by: Any) -> Statement:
    """The draft, its claim file locked before it. Raises NotNow for one that is issued."""
    claim_id = Statement.unrestricted.filter(pk=statement_id).values_list("claim_file", flat=True).first()
    if claim_id is None:
        raise OutOfReach
    claim = locked(claim_id)
    statement = find(
        by, Statement.unrestricted.select_for_update(of=["self"]), statement_id, "statement.issue"
    )
    if statement.phase == State.ISSUED:
        raise NotNow(
            _("This statement was issued as %(number)s. What is wrong in it is put right by a correction.")
            % {"number": statement.number},
            code="issued",
        )
    statement.claim_file = claim
    return statement


def _sent(key: UUID | None, *content: Any) -> UUID:
    """What a form of this key makes with this content: the same twice is one, something else is another.

    The page that one goes back to in the browser still has the key of what it sent.
    """
    return uuid5(key, "|".join(str(each) for each in content)) if key else uuid4()


def _paid_meanwhile() -> NotNow:
    return NotNow(
        _("Days of this draft were paid meanwhile by another statement. Draw it up anew."),
        code="paid_meanwhile",
    )


def _days(claim: ClaimFile, begin: date, end: date) -> tuple[Statement | None, date, date]:
    """Which standing statement these days correct, and the days of the draft: all of that one, too."""
    standing = reading.standing(claim)
    touched = [each for each in standing if each.begin <= end and begin <= each.end]
    if len(touched) == 1:
        begin, end = min(begin, touched[0].begin), max(end, touched[0].end)
        touched = [each for each in standing if each.begin <= end and begin <= each.end]
    if len(touched) > 1:
        numbers = ", ".join(str(each.number) for each in touched)
        raise ValidationError(
            {
                "begin": [
                    _("These days stand in %(numbers)s: correct one after the other.") % {"numbers": numbers}
                ]
            }
        )
    return (touched[0] if touched else None), begin, end


def _reckoned(line: Line) -> StatementLine:
    rate = next((each.number for each in line.amount.inputs if each.name == "day_rate"), None)
    return StatementLine(
        kind=Kind.ALLOWANCE,
        begin=line.begin,
        end=line.end,
        days=line.days,
        degree=line.degree,
        rate=rate,
        amount=reading.paid_for(line),
        outcome=str(line.outcome),
        figure=kept(line.amount),
    )


def reversals(corrected: Statement | None) -> Iterator[StatementLine]:
    """Every line of what is corrected with the opposite sign; what that one took back itself stays taken back."""
    if corrected is None:
        return
    for line in StatementLine.unrestricted.filter(statement=corrected).exclude(kind=Kind.REVERSAL):
        if line.amount:
            yield StatementLine(
                kind=Kind.REVERSAL,
                begin=line.begin,
                end=line.end,
                days=line.days,
                degree=line.degree,
                rate=line.rate,
                amount=-line.amount,
                outcome=line.outcome,
                reverses=line,
            )


def _adjustments(statement: Statement) -> list[StatementLine]:
    """Copies of the lines that were added by hand."""
    rows = StatementLine.unrestricted.filter(statement=statement)
    fields = ("kind", "begin", "end", "amount", "reason")
    found: Iterable[Any] = rows.exclude(kind__in=[Kind.ALLOWANCE, Kind.REVERSAL]).values(*fields)
    return [StatementLine(**values) for values in found]


def _add_up(statement: Statement) -> None:
    amounts = StatementLine.unrestricted.filter(statement=statement).values_list("amount", flat=True)
    statement.total = sum(amounts, Decimal(0))
    statement.save(update_fields=["total"])


def _account_of(claim: ClaimFile) -> str:
    row = BankDetails.unrestricted.filter(person=claim.person_id, state=BankDetails.State.VALID).first()
    if row is None:
        raise NotNow(
            _(
                "The insured person has no approved bank details yet. Ask for them, or draw the statement up for the "
                "company."
            ),
            code="no_account",
        )
    return row.last_four
