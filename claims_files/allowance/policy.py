"""The terms of a daily sickness allowance: all of them by the policy, the house's own where it says nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from claims_files.allowance.days import Other
from claims_files.allowance.figures import HUNDRED, Figure, Refused, Roundings, Unit, amount, given, parameter
from core.dated import Values

BY_POLICY = _("Contract terms")


class Waiting(StrEnum):
    """How often the waiting period is waited."""

    CASE = "case"
    CALENDAR_YEAR = "calendar_year"
    SERVICE_YEAR = "service_year"


@dataclass(frozen=True, slots=True)
class Duration:
    """For how many days is paid: in a case, or within so many days (`window`).

    `less_waiting`: the waiting period is taken off. `in_proportion`: a day that is paid in part counts in part.
    """

    days: Figure
    window: Figure | None = None
    less_waiting: bool = False
    in_proportion: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms that a case is computed by."""

    level: Figure
    waiting_days: Figure
    waiting_degree: Figure
    minimum_degree: Figure
    days_in_year: Figure
    duration: Duration
    backdating_days: Figure
    notice_days: Figure
    roundings: Roundings
    not_beside: frozenset[Other]
    max_salary: Figure | None = None
    waiting: Waiting = Waiting.CASE


def per_case(law: Values, day: date, days: int | None = None) -> Duration:
    """Contract law: 730 days of a case less the waiting period, days that are paid in part counting in full."""
    return Duration(_term("benefit_days", days, law, "ktg.benefit_days", day, Unit.DAYS), less_waiting=True)


def within(law: Values, day: date, days: int, window: int) -> Duration:
    """Contract law: so many days within so many, such as 730 within 900."""
    return Duration(
        _term("benefit_days", days, law, "ktg.benefit_days", day, Unit.DAYS),
        given("benefit_window", window, Unit.DAYS, BY_POLICY),
    )


def by_kvg(law: Values, day: date) -> Duration:
    """The law of health insurance: 720 days within 900, days that are paid in part counting in part."""
    return Duration(
        parameter("benefit_days", law.on("kvg.benefit_days", day), Unit.DAYS),
        parameter("benefit_window", law.on("kvg.benefit_window_days", day), Unit.DAYS),
        in_proportion=True,
    )


def policy_on(
    law: Values,
    day: date,
    *,
    level: Decimal,
    waiting_days: int,
    waiting: Waiting = Waiting.CASE,
    duration: Duration | None = None,
    max_salary: Decimal | None = None,
    minimum_degree: int | None = None,
    waiting_degree: int | None = None,
    days_in_year: int | None = None,
    roundings: Roundings | None = None,
    not_beside: frozenset[Other] | None = None,
) -> Policy:
    """The terms of a policy: level in percent, waiting period in days; what is left out is as the house has it on `day`.

    A minimum degree of its own counts for the waiting period too, unless that one has another.
    """
    amount("level", level, most=HUNDRED)
    if days_in_year not in {None, 360, 365}:
        raise Refused("days_in_year", gettext("The year has 360 or 365 days."))
    short = law.on("ktg.short_waiting_days", day).value
    notice = "ktg.notice_days_short_waiting" if waiting_days <= short else "ktg.notice_days_long_waiting"
    minimum = _term("minimum_degree", minimum_degree, law, "ktg.minimum_degree_percent", day, Unit.PERCENT)
    counted = waiting_degree if waiting_degree is not None else minimum_degree
    kinds = law.on("ktg.not_beside", day).value if not_beside is None else not_beside
    return Policy(
        level=given("benefit_percent", level, Unit.PERCENT, BY_POLICY),
        waiting_days=_days("waiting_days", waiting_days),
        waiting_degree=_term("waiting_degree", counted, law, "ktg.waiting_degree_percent", day, Unit.PERCENT),
        minimum_degree=minimum,
        days_in_year=_term("days_in_year", days_in_year, law, "ktg.days_in_year", day, Unit.DAYS),
        duration=duration or per_case(law, day),
        backdating_days=parameter(
            "backdating_days", law.on("ktg.certificate_backdating_days", day), Unit.DAYS
        ),
        notice_days=parameter("notice_days", law.on(notice, day), Unit.DAYS),
        roundings=roundings or Roundings.read(law.on("ktg.rounding", day).value),
        not_beside=frozenset(Other(kind) for kind in kinds),
        max_salary=None
        if max_salary is None
        else given("max_annual_salary", amount("max_salary", max_salary), Unit.CHF, BY_POLICY),
        waiting=waiting,
    )


def _term(name: str, own: int | None, law: Values, key: str, day: date, unit: Unit) -> Figure:
    return parameter(name, law.on(key, day), unit) if own is None else given(name, own, unit, BY_POLICY)


def _days(name: str, days: int) -> Figure:
    amount(name, Decimal(days), most=Decimal(1000))
    return given(name, days, Unit.DAYS, BY_POLICY)
