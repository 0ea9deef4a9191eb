"""Numbers that explain themselves: each knows its name, unit, rule, source, and the numbers it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _

from core.dated import Dated
from core.text import number

# What is computed depends on no setting of the caller's thread.
EXACT = Context(prec=34, rounding=ROUND_HALF_UP)
ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
# Beyond it stands a slip of the pen.
LARGEST = Decimal(100_000_000)


class Refused(ValueError):
    """This input cannot be computed with; `field` names it, the message is a sentence for whoever entered it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Unit(StrEnum):
    """What a number counts."""

    CHF = "chf"
    PERCENT = "percent"
    DAYS = "days"
    HOURS = "hours"
    MONTHS = "months"
    WEEKS = "weeks"
    DATE = "date"


class Way(StrEnum):
    """Which way an amount between two steps goes; a half goes up (away from zero)."""

    UP = "up"
    DOWN = "down"
    HALF_UP = "half_up"


_WAYS = {Way.UP: ROUND_CEILING, Way.DOWN: ROUND_FLOOR, Way.HALF_UP: ROUND_HALF_UP}


@dataclass(frozen=True, slots=True)
class Rounding:
    """To multiples of `step` francs (0.05: five centimes), one way."""

    step: Decimal
    way: Way = Way.HALF_UP

    def __post_init__(self) -> None:
        if not self.step > ZERO:
            raise Refused("rounding", _("The rounding step must be greater than zero."))

    def __call__(self, amount: Decimal) -> Decimal:
        """The nearest multiple in this way."""
        steps = EXACT.divide(amount, self.step).to_integral_value(rounding=_WAYS[self.way])
        return EXACT.multiply(steps, self.step)


@dataclass(frozen=True, slots=True)
class Roundings:
    """Where a product rounds: the rate of a full day, the rate of a day at its degree, the amount of a line.

    None: not there. A total is never rounded: it is the sum of the lines that are printed.
    """

    daily: Rounding | None = None
    day: Rounding | None = None
    line: Rounding | None = None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Roundings:
        """From a dated parameter: `{"daily": {"step": "0.05", "way": "up"}, "day": null, "line": null}`."""
        return cls(
            **{
                place: Rounding(Decimal(rule["step"]), Way(rule["way"]))
                for place, rule in kept.items()
                if rule is not None
            }
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a calculation, and all that explains it.

    `name` and `rule` are keys of `claims_files.allowance.words`. `inputs` are the numbers of the rule's formula;
    `exact` is its result before `rounding`. `source` is what the parameter's row says; a rule's own source stands with
    its words. Without rule and source it was handed in: a salary, a day.
    """

    name: str
    value: Decimal | date
    unit: Unit
    rule: str = ""
    inputs: tuple[Figure, ...] = ()
    source: str = ""
    exact: Decimal | None = None
    rounding: Rounding | None = None

    @property
    def number(self) -> Decimal:
        """The value of what is no date."""
        assert isinstance(self.value, Decimal)
        return self.value

    @property
    def day(self) -> date:
        """The value of what is a date."""
        assert isinstance(self.value, date)
        return self.value


def given(name: str, value: Decimal | int | date, unit: Unit, source: str = "") -> Figure:
    """A number that nothing computes."""
    return Figure(name, Decimal(value) if isinstance(value, int) else value, unit, source=source)


def parameter(name: str, row: Dated, unit: Unit) -> Figure:
    """A number of the law or the house, as it is on the day."""
    return Figure(name, row.value, unit, source=row.source)


def computed(
    name: str,
    exact: Decimal,
    unit: Unit,
    rule: str,
    inputs: tuple[Figure, ...],
    rounding: Rounding | None = None,
) -> Figure:
    """The result of a rule, rounded if the product says so."""
    if rounding is None:
        return Figure(name, exact, unit, rule, inputs)
    return Figure(name, rounding(exact), unit, rule, inputs, exact=exact, rounding=rounding)


def percent_of(amount: Figure, percent: Figure, parts: Decimal = ONE) -> Decimal:
    """So many percent of an amount, or of one of its equal parts: of a day of the year.

    One division, the last: a limit of rounding is met exactly or not at all.
    """
    return EXACT.divide(EXACT.multiply(amount.number, percent.number), EXACT.multiply(HUNDRED, parts))


def lower(name: str, rule: str, one: Figure, other: Figure) -> Figure:
    """The lower of an amount and its limit."""
    return Figure(name, min(one.number, other.number), one.unit, rule, (one, other))


def summed(name: str, parts: Iterable[Figure], unit: Unit = Unit.CHF) -> Figure:
    """What figures are together."""
    inputs = tuple(parts)
    return computed(name, reduce(EXACT.add, (each.number for each in inputs), ZERO), unit, "sum", inputs)


def less(name: str, whole: Figure, part: Figure, rule: str = "less") -> Figure:
    """What is left of a whole, never below zero."""
    left = max(ZERO, EXACT.subtract(whole.number, part.number))
    return computed(name, left, whole.unit, rule, (whole, part))


def amount(field: str, value: Any, *, most: Decimal = LARGEST) -> Decimal:
    """An amount as it may come in: a Decimal, not below zero. Raises Refused."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise Refused(field, _("Enter an amount in figures."))
    if not ZERO <= value <= most:
        raise Refused(field, _("The amount must lie between 0 and %(most)s.") % {"most": number(most)})
    return value
