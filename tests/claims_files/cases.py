"""Cases for the allowance engine, as short as they can be written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from claims_files.allowance import Accident, Illness, earnings
from claims_files.course import Days
from core.dated import Dated, Values
from core.parameters import LAW

SEEDED = Values(rule.dated() for rule in LAW)


def day(text):
    return date.fromisoformat(text)


def law(**changed):
    """The law as seeded, some of it as a product has it: `uvg_cap={"by": "day"}`."""
    own = [Dated(key.replace("_", ".", 1), date(2017, 1, 1), value, "Test") for key, value in changed.items()]
    return Values([*(rule.dated() for rule in LAW), *own])


def accident(*rows, salary=Decimal(68_000), on="2026-03-01", **fields):
    return Accident(day(on), earnings.by_year(salary), course(*rows), **fields)


def illness(*rows, salary=Decimal(73_000), **fields):
    return Illness(earnings.by_year(salary), course(*rows), **fields)


def course(*rows):
    """Rows of (begin, end or None, degree)."""
    return [Days(day(begin), end and day(end), degree) for begin, end, degree in rows]


def seen(allowance):
    """The lines as somebody reads them: first day, allowances, outcome, amount."""
    return [
        (f"{line.begin:%d.%m.}", line.days, str(line.outcome), f"{line.amount.value:.2f}") for line in allowance.lines
    ]  # fmt: skip


YEAR = (day("2026-01-01"), day("2026-12-31"))
