"""What a calculation gives: lines that leave out no day, each with its amount or the reason why nothing is paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from claims_files.allowance.days import Span
from claims_files.allowance.figures import (
    EXACT,
    ZERO,
    Figure,
    Roundings,
    Unit,
    computed,
    given,
    percent_of,
    summed,
)

# A rule of this name and an outcome says why a line has no amount.
NOT_PAID = "not_paid_"


class Outcome(StrEnum):
    """Whether days are paid, else why not."""

    PAID = "paid"
    AT_WORK = "at_work"
    BEFORE = "before"
    WAITING = "waiting"
    NOT_WAITING = "not_waiting"
    BELOW = "below"
    BESIDE = "beside"
    LATE = "late"
    NOT_CERTIFIED = "not_certified"
    EXHAUSTED = "exhausted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Line:
    """Days of one degree and one outcome, both included; `days` is how many allowances that is."""

    begin: date
    end: date
    days: int
    degree: int
    outcome: Outcome
    amount: Figure


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rate of a full day, every day of the period in a line, the total, and what is used up of what.

    `facts` are figures by name: `waiting_left`, `benefit_days_used` and so on.
    """

    daily: Figure
    lines: tuple[Line, ...]
    total: Figure
    facts: tuple[Figure, ...] = ()

    def fact(self, name: str) -> Figure:
        """A figure of `facts` by its name."""
        return next(figure for figure in self.facts if figure.name == name)


@dataclass
class Sheet:
    """Lines in the making, all by the same law (“uvg”, “ktg”, “eo”, “parent”) and from the same rates."""

    law: str
    roundings: Roundings
    lines: list[Line] = field(default_factory=list)
    _rates: dict[tuple[int, Figure], Figure] = field(default_factory=dict)

    def rate(self, daily: Figure, share: Figure) -> Figure:
        """What a day is worth of which so many percent are paid: the degree of incapacity, or what a rule made of it."""
        # A rate keeps its full day, so the id of that one is never another's.
        key = (id(daily), share)
        if key not in self._rates:
            rule = f"{share.rule or self.law}_day"
            self._rates[key] = computed(
                "day_rate", percent_of(daily, share), Unit.CHF, rule, (daily, share), self.roundings.day
            )
        return self._rates[key]

    def pay(
        self, span: Span, rate: Figure, deduction: Figure | None = None, *, days: Figure | None = None
    ) -> None:
        """A line of days that are paid, less a deduction a day; `days` where they are more than those of the span."""
        days = days or given("days", span.days, Unit.DAYS)
        if deduction is None:
            exact = EXACT.multiply(days.number, rate.number)
            figure = computed("line", exact, Unit.CHF, f"{self.law}_line", (days, rate), self.roundings.line)
        else:
            exact = EXACT.multiply(days.number, EXACT.subtract(rate.number, deduction.number))
            inputs = (days, rate, deduction)
            figure = computed("line", exact, Unit.CHF, "line_less", inputs, self.roundings.line)
        self.lines.append(Line(span.begin, span.end, int(days.number), span.degree, Outcome.PAID, figure))

    def leave(self, span: Span, outcome: Outcome, *reasons: Figure) -> None:
        """A line of days that are not paid, with the figures that are the reason."""
        figure = Figure("line", ZERO, Unit.CHF, f"{NOT_PAID}{outcome}", reasons)
        self.lines.append(Line(span.begin, span.end, span.days, span.degree, outcome, figure))

    def done(self, daily: Figure, *facts: Figure) -> Allowance:
        """The lines added up, in the order of their days."""
        lines = tuple(sorted(self.lines, key=lambda line: line.begin))
        total = summed("total", (line.amount for line in lines if line.amount.value))
        return Allowance(daily, lines, total, facts)
