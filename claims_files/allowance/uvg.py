"""Daily allowance of the accident insurance (UVG art. 16 and 17, UVV art. 22 to 27). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from claims_files.allowance.days import (
    Beside,
    Other,
    Span,
    Stay,
    apart,
    borders,
    cut,
    holding,
    is_day,
    months_after,
    period,
    spans,
)
from claims_files.allowance.figures import (
    EXACT,
    Figure,
    Refused,
    Roundings,
    Unit,
    computed,
    given,
    lower,
    parameter,
    percent_of,
)
from claims_files.allowance.sheet import Allowance, Outcome, Sheet
from claims_files.course import DAY, Days
from core.dated import Values
from core.text import swiss_date


class Household(StrEnum):
    """Whom somebody in hospital has to care for (UVV art. 27)."""

    ALONE = "alone"
    SUPPORTING = "supporting"
    WITH_CHILDREN = "with_children"


@dataclass(frozen=True, slots=True)
class Accident:
    """What is known of an accident and the incapacity after it.

    `salary` is that of a year (`allowance.earnings`). `last_day`: the day before a pension, or of the death.
    `birth_date` is needed of trainees only, `household` of whoever was in hospital. Unemployed people are paid in full, by half or not at all.
    """

    day: date
    salary: Figure
    course: Sequence[Days]
    last_day: date | None = None
    trainee: bool = False
    birth_date: date | None = None
    unemployed: bool = False
    hospital: Sequence[Stay] = ()
    household: Household | None = None
    beside: Sequence[Beside] = ()


def accident_allowance(case: Accident, law: Values, begin: date, end: date) -> Allowance:
    """The allowance of the days from `begin` to `end`, both included, by the law as it was on the day of the accident.

    Raises Refused for input that cannot be computed with, ParameterMissing where the law is not known.
    """
    period("period", begin, end)
    is_day("day", case.day)
    course = spans(case.course, end)
    if course and course[0].begin < case.day:
        raise Refused(
            "course",
            _("The incapacity cannot begin before the day of the event (%(day)s).")
            % {"day": swiss_date(case.day)},
        )
    hospital, beside = apart("hospital", case.hospital), apart("beside", case.beside)
    first = _first_paid_day(case, law)
    daily = daily_rate(case, law)
    sheet = Sheet("uvg", Roundings.read(law.on("uvg.rounding", case.day).value))
    ended = [] if case.last_day is None else [is_day("last_day", case.last_day) + DAY]
    days = [begin, first.day, *ended, *borders(hospital), *borders(beside)]
    excluded = law.on("uvg.not_beside", case.day)
    for span in cut(course, days):
        if span.begin < begin:
            continue
        other = holding(beside, span.begin)
        if span.degree == 0:
            sheet.leave(span, Outcome.AT_WORK)
        elif case.last_day and span.begin > case.last_day:
            sheet.leave(span, Outcome.ENDED, given("last_day", case.last_day, Unit.DATE))
        elif span.begin < first.day:
            sheet.leave(span, Outcome.BEFORE, first)
        elif other and other.kind in excluded.value:
            sheet.leave(span, Outcome.BESIDE, _beside(other, excluded.source))
        else:
            _pay(sheet, case, law, span, daily, in_hospital=bool(holding(hospital, span.begin)))
    return sheet.done(daily, first)


def _beside(other: Beside, source: str) -> Figure:
    return given(f"beside_{Other(other.kind)}", other.begin, Unit.DATE, source)


def _first_paid_day(case: Accident, law: Values) -> Figure:
    after = parameter("days_after_accident", law.on("uvg.first_paid_day", case.day), Unit.DAYS)
    day = case.day + timedelta(days=int(after.number))
    return Figure(
        "first_paid_day", day, Unit.DATE, "uvg_first_day", (given("accident_day", case.day, Unit.DATE), after)
    )


def daily_rate(case: Accident, law: Values) -> Figure:
    """The allowance of a day of full incapacity, with the cap by year or by day and a trainee's minimum."""
    on = case.day
    percent = parameter("benefit_percent", law.on("uvg.benefit_percent", on), Unit.PERCENT)
    year = parameter("days_in_year", law.on("uvg.days_in_year", on), Unit.DAYS)
    rounding = Roundings.read(law.on("uvg.rounding", on).value).daily
    of_day = _earnings_of_day(case, law, year)
    if of_day is not None:
        exact = percent_of(of_day, percent)
        return computed("daily", exact, Unit.CHF, "uvg_daily_of_day", (of_day, percent), rounding)
    most = parameter("max_annual_salary", law.on("uvg.max_annual_salary", on), Unit.CHF)
    insured = lower("insured_salary", "uvg_lower", case.salary, most)
    exact = percent_of(insured, percent, year.number)
    return computed("daily", exact, Unit.CHF, "uvg_daily", (insured, year, percent), rounding)


def _earnings_of_day(case: Accident, law: Values, year: Figure) -> Figure | None:
    """The insured earnings of a day, where the day decides and not the year: by the cap, or as a trainee's minimum."""
    capped = law.on("uvg.cap", case.day).value["by"] == "day"
    if not capped and not case.trainee:
        return None
    earned = computed(
        "earnings_of_day",
        EXACT.divide(case.salary.number, year.number),
        Unit.CHF,
        "earnings_of_day",
        (case.salary, year),
    )
    most = parameter("max_daily_salary", law.on("uvg.max_daily_salary", case.day), Unit.CHF)
    if case.trainee:
        least = _trainee_minimum(case, law, most)
        if least.number > earned.number:
            return Figure("insured_of_day", least.number, Unit.CHF, "higher", (earned, least))
    if not capped or earned.number <= most.number:
        return None
    return lower("insured_of_day", "uvg_lower", earned, most)


def _trainee_minimum(case: Accident, law: Values, most: Figure) -> Figure:
    if case.birth_date is None:
        raise Refused(
            "birth_date", _("Enter the date of birth: the minimum of trainees depends on their age.")
        )
    age = law.on("uvg.trainee_age", case.day).value
    grown = months_after(is_day("birth_date", case.birth_date), int(age) * 12) <= case.day
    key = "uvg.trainee_minimum_percent" if grown else "uvg.young_trainee_minimum_percent"
    share = parameter("trainee_percent", law.on(key, case.day), Unit.PERCENT)
    return computed("trainee_minimum", percent_of(most, share), Unit.CHF, "percent_of_highest", (most, share))


def _pay(sheet: Sheet, case: Accident, law: Values, span: Span, daily: Figure, *, in_hospital: bool) -> None:
    share = _share(case, law, span.degree) if case.unemployed else given("degree", span.degree, Unit.PERCENT)
    if not share.value:
        sheet.leave(span, Outcome.BELOW, *share.inputs)
        return
    rate = sheet.rate(daily, share)
    deduction = None
    if in_hospital and case.household is not Household.WITH_CHILDREN:
        deduction = _hospital(rate, case, law, sheet.roundings)
    sheet.pay(span, rate, deduction)


def _share(case: Accident, law: Values, degree: int) -> Figure:
    """How much of the allowance somebody unemployed has at a degree: all, half or nothing."""
    half = parameter("half_above", law.on("uvg.unemployed_half_above_percent", case.day), Unit.PERCENT)
    full = parameter("full_above", law.on("uvg.unemployed_full_above_percent", case.day), Unit.PERCENT)
    share = 100 if degree > full.number else 50 if degree > half.number else 0
    inputs = (given("degree", degree, Unit.PERCENT), half, full)
    return computed("paid_share", Decimal(share), Unit.PERCENT, "unemployed", inputs)


def _hospital(rate: Figure, case: Accident, law: Values, roundings: Roundings) -> Figure:
    """What board and lodging in hospital take off a day."""
    if case.household is None:
        raise Refused(
            "household", _("Say whom the person cares for: the deduction in hospital depends on it.")
        )
    percent = parameter(
        "hospital_percent", law.on(f"uvg.hospital_percent_{case.household}", case.day), Unit.PERCENT
    )
    most = parameter("hospital_max", law.on(f"uvg.hospital_max_{case.household}", case.day), Unit.CHF)
    exact = min(percent_of(rate, percent), most.number)
    return computed("hospital_deduction", exact, Unit.CHF, "hospital", (rate, percent, most), roundings.day)
