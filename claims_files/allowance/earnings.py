"""The salary of a year from what stands on a payslip. Pure; amounts before deductions (gross)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from claims_files.allowance.figures import (
    EXACT,
    HUNDRED,
    ZERO,
    Figure,
    Refused,
    Unit,
    amount,
    computed,
    given,
    percent_of,
    summed,
)

MONTHS = given("months", 12, Unit.MONTHS)
WEEKS = given("weeks", 52, Unit.WEEKS)


def by_year(salary: Decimal) -> Figure:
    """A salary that is known for the year."""
    return given("annual_salary", amount("annual_salary", salary), Unit.CHF)


def by_month(
    salary: Decimal,
    *,
    thirteenth: Decimal = ZERO,
    child_allowance: Decimal = ZERO,
    bonus: Decimal = ZERO,
) -> Figure:
    """Twelve monthly salaries and child allowances, with the 13th salary and the bonus of a year (UVV art. 22)."""
    parts = [_times_months("monthly_salary", salary)]
    if child_allowance:
        parts.append(_times_months("child_allowance", child_allowance))
    return _together(parts, thirteenth, bonus)


def by_hour(
    rate: Decimal,
    weekly_hours: Decimal,
    *,
    holiday_percent: Decimal = ZERO,
    thirteenth_percent: Decimal = ZERO,
    child_allowance: Decimal = ZERO,
    bonus: Decimal = ZERO,
) -> Figure:
    """The wage of 52 weeks, holiday pay in percent of it, the 13th salary in percent of both."""
    amount("weekly_hours", weekly_hours, most=Decimal(100))
    inputs = (
        given("hourly_wage", amount("hourly_wage", rate), Unit.CHF),
        given("weekly_hours", weekly_hours, Unit.HOURS),
        WEEKS,
    )
    wage = EXACT.multiply(EXACT.multiply(rate, weekly_hours), WEEKS.number)
    parts = [computed("wages_of_year", wage, Unit.CHF, "by_hour", inputs)]
    for name, percent in (("holiday_pay", holiday_percent), ("thirteenth_salary", thirteenth_percent)):
        if percent:
            share = given(f"{name}_percent", amount(f"{name}_percent", percent, most=HUNDRED), Unit.PERCENT)
            base = summed("wages_so_far", parts) if len(parts) > 1 else parts[0]
            exact = percent_of(base, share)
            parts.append(computed(name, exact, Unit.CHF, "percent_of_wages", (base, share)))
    if child_allowance:
        parts.append(_times_months("child_allowance", child_allowance))
    return _together(parts, ZERO, bonus)


def by_average(salaries: Sequence[Decimal]) -> Figure:
    """A varying salary: the average of the last months known, at most twelve, for a year."""
    if not 1 <= len(salaries) <= 12:
        raise Refused("salaries", _("Enter the salaries of one to twelve months."))
    parts = tuple(given("monthly_salary", amount("salaries", each), Unit.CHF) for each in salaries)
    earned = summed("salaries_of_months", parts)
    inputs = (earned, given("months_counted", len(parts), Unit.MONTHS), MONTHS)
    exact = EXACT.divide(EXACT.multiply(earned.number, MONTHS.number), Decimal(len(parts)))
    return computed("annual_salary", exact, Unit.CHF, "by_average", inputs)


def _together(parts: list[Figure], thirteenth: Decimal, bonus: Decimal) -> Figure:
    for name, value in (("thirteenth_salary", thirteenth), ("bonus", bonus)):
        if value:
            parts.append(given(name, amount(name, value), Unit.CHF))
    return summed("annual_salary", parts)


def _times_months(name: str, value: Decimal) -> Figure:
    single = given(name, amount(name, value), Unit.CHF)
    exact = EXACT.multiply(value, MONTHS.number)
    return computed(f"{name}_of_year", exact, Unit.CHF, "by_month", (single, MONTHS))
