"""The two copies of a statement: the company's without a word on health, the insured person's in full.

Pages, papers, the API and the export for payroll show a `Copy`, never a statement: what a copy does not hold, nobody
can print.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from claims_files.allowance import Figure, Outcome, words
from claims_files.allowance.stored import read
from claims_files.allowance.words import Explanation
from claims_files.models import ClaimFile
from claims_files.plain import OF_STATEMENTS, Plain
from claims_files.plain import explain as explain_codes
from claims_files.statements.models import Statement, StatementLine
from companies.models import Contract
from core.text import chf

Kind, Payee = StatementLine.Kind, Statement.Payee
EMPLOYER, PERSON = "employer", "person"
# Why days are not paid, as far as it says nothing of health or of other benefits: dates, degree, terms of the contract.
TELLABLE = {
    Outcome.PAID,
    Outcome.AT_WORK,
    Outcome.BEFORE,
    Outcome.WAITING,
    Outcome.NOT_WAITING,
    Outcome.BELOW,
    Outcome.EXHAUSTED,
}
# What the company books knows its own debts; of all other adjustments it learns the amount.
TOLD = {Kind.ALLOWANCE, Kind.SET_OFF}


@dataclass(frozen=True)
class CopyLine:
    """A line as one side reads it. `kind` is what payroll books it as: allowance, adjustment, set_off.

    `taken_back`: it cancels a line of the statement that is corrected.
    """

    id: Any
    kind: str
    label: str
    taken_back: bool
    begin: date | None
    end: date | None
    days: int | None
    degree: int | None
    rate: Decimal | None
    amount: Decimal
    reason: str
    figure: Figure | None
    codes: list[str]

    @property
    def explained(self) -> Explanation | None:
        """Where the amount comes from."""
        return words.explain(self.figure) if self.figure else None


@dataclass(frozen=True)
class Copy:
    """A statement as one side reads it, in the language of the moment. `account_end`: the last four digits."""

    statement: Statement
    audience: str
    title: str
    payee: str
    account_end: str
    lines: list[CopyLine]
    daily: Figure
    facts: list[Figure]
    corrects: str
    corrected_by: str
    remedy: str
    sha256: str
    payment_reference: str

    @property
    def codes(self) -> list[Plain]:
        """The codes of the lines in plain words, as they meant on the day of issue."""
        day = timezone.localdate(self.statement.issued_at or timezone.now())
        return explain_codes((code for line in self.lines for code in line.codes), day, kinds=OF_STATEMENTS)

    @property
    def daily_explained(self) -> Explanation:
        """Where the full daily allowance comes from."""
        return words.explain(self.daily)

    @property
    def facts_explained(self) -> list[Explanation]:
        """What is used up of the waiting period and of the duration, and what is left."""
        return [words.explain(each) for each in self.facts]


def copy_of(statement: Statement, lines: list[StatementLine], audience: str) -> Copy:
    """The copy for the employer or for the insured person (whose copy the insurer reads, too).

    `statement` comes from `reading.everything`.
    """
    whole = audience == PERSON
    to_person = statement.payee == Payee.PERSON
    later = next(iter(statement.later), None)
    return Copy(
        statement=statement,
        audience=audience,
        title=_("Correction of a benefit statement") if statement.corrects_id else _("Benefit statement"),
        payee=statement.get_payee_display(),
        # Where the insurer pays an insured person to, the employer never learns.
        account_end="" if to_person and not whole else statement.account_end,
        lines=[_line(line, whole) for line in lines],
        daily=read(statement.basis["daily"]),
        facts=[read(each) for each in statement.basis["facts"]],
        corrects=statement.corrects.number or "" if statement.corrects else "",
        corrected_by=later.number or "" if later else "",
        remedy=str(_remedy(statement.contract.branch).label) if whole else "",
        sha256=statement.sha256 if whole else "",
        payment_reference="" if to_person and not whole else statement.payment_reference,
    )


def _line(line: StatementLine, whole: bool) -> CopyLine:
    first = line.reverses or line
    kind = Kind(first.kind)
    told = whole or kind in TOLD
    tellable = kind != Kind.ALLOWANCE or whole or Outcome(first.outcome) in TELLABLE
    return CopyLine(
        id=line.pk,
        kind=kind if kind in TOLD else "adjustment",
        label=_label(first, kind)
        if told and tellable
        else _("not paid")
        if kind in TOLD
        else _("Adjustment"),
        taken_back=line.kind == Kind.REVERSAL,
        begin=line.begin if told else None,
        end=line.end if told else None,
        # Days in hospital say as much as their kind.
        days=line.days if told else None,
        degree=line.degree if told else None,
        rate=line.rate if told else None,
        amount=line.amount,
        reason=first.reason if whole else "",
        figure=read(line.figure) if line.figure and tellable else None,
        # A code of the insurer's may say as much as a reason.
        codes=first.codes if whole else [],
    )


def _label(line: StatementLine, kind: Kind) -> str:
    return words.outcome(Outcome(line.outcome)) if kind == Kind.ALLOWANCE else str(kind.label)


def _remedy(branch: str) -> ClaimFile.Remedy:
    """What one can do about a statement: a formal decision in social insurance, the courts in private one."""
    social = branch == Contract.Branch.LAA
    return ClaimFile.Remedy.FORMAL_DECISION if social else ClaimFile.Remedy.CIVIL_ACTION


def flattened(figure: Explanation, depth: int = 0) -> list[dict[str, Any]]:
    """An explanation and all behind it as rows, for paper."""
    row = {
        "depth": depth,
        "name": figure.name,
        "value": figure.value,
        "how": " · ".join(
            each for each in (figure.formula, figure.rounding, figure.sentence, figure.source) if each
        ),
    }
    return [row, *(each for behind in figure.inputs for each in flattened(behind, depth + 1))]


def total_of(copy: Copy) -> str:
    """The total as it is printed."""
    return chf(copy.statement.total)
