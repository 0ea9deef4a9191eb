"""Allowances of the state after a birth (EOG): the mother's and the other parent's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from django.utils.translation import gettext as _

from claims_files.allowance.days import Span, apart, is_day, months_after, period
from claims_files.allowance.figures import (
    ZERO,
    Figure,
    Refused,
    Roundings,
    Unit,
    amount,
    computed,
    given,
    less,
    lower,
    parameter,
    percent_of,
    summed,
)
from claims_files.allowance.sheet import Allowance, Outcome, Sheet
from claims_files.course import DAY
from core.dated import Values
from core.text import swiss_date

ALL = given("full_day", 100, Unit.PERCENT)


@dataclass(frozen=True, slots=True)
class Maternity:
    """`salary`: the average of a month before the birth. `resumed`: the first day at work again, even in part.

    `child_in_hospital`: for how many days on end from the birth on.
    """

    birth: date
    salary: Decimal
    resumed: date | None = None
    child_in_hospital: int = 0


@dataclass(frozen=True, slots=True)
class OtherParent:
    """`salary`: the average of a month before the leave. `weeks`: first days of whole weeks; `days`: days one by one."""

    birth: date
    salary: Decimal
    weeks: Sequence[date] = ()
    days: Sequence[date] = ()


def daily_rate(salary: Decimal, law: Values, day: date) -> Figure:
    """The allowance of a day: a share of a thirtieth of the monthly salary, rounded, at most the highest one."""
    monthly = given("average_salary", amount("salary", salary), Unit.CHF)
    month = parameter("days_in_month", law.on("eo.days_in_month", day), Unit.DAYS)
    percent = parameter("benefit_percent", law.on("eo.benefit_percent", day), Unit.PERCENT)
    most = parameter("max_daily_allowance", law.on("eo.max_daily_allowance", day), Unit.CHF)
    rounding = Roundings.read(law.on("eo.rounding", day).value).daily
    exact = percent_of(monthly, percent, month.number)
    share = computed("daily_uncapped", exact, Unit.CHF, "eo_daily", (monthly, month, percent), rounding)
    return lower("daily", "eo_lower", share, most)


def maternity_allowance(case: Maternity, law: Values, begin: date, end: date) -> Allowance:
    """The allowance of the days from `begin` to `end`, both included.

    Work resumed ends it early; a newborn child's long stay in hospital extends it. Where the highest allowance changes,
    each day has its own. Raises Refused.
    """
    period("period", begin, end)
    is_day("birth", case.birth)
    entitled = _maternity_days(case, law)
    last = case.birth + timedelta(days=int(entitled.number) - 1)
    ends = Figure(
        "last_day", last, Unit.DATE, "last_of_days", (given("birth", case.birth, Unit.DATE), entitled)
    )
    if case.resumed is not None:
        if is_day("resumed", case.resumed) <= case.birth:
            raise Refused("resumed", _("Work can be resumed after the birth only."))
        if case.resumed - DAY < last:
            last = case.resumed - DAY
            resumed, birth = given("resumed", case.resumed, Unit.DATE), given("birth", case.birth, Unit.DATE)
            ends = Figure("last_day", last, Unit.DATE, "day_before", (resumed,))
            days = Decimal((case.resumed - case.birth).days)
            entitled = computed("benefit_days_allowed", days, Unit.DAYS, "days_until", (birth, ends))
    sheet = Sheet("eo", Roundings.read(law.on("eo.rounding", case.birth).value))
    first, final = max(begin, case.birth), min(end, last)
    if first <= final:
        for start, stop, _row in law.stretches("eo.max_daily_allowance", first, final):
            sheet.pay(Span(start, stop, 100), sheet.rate(daily_rate(case.salary, law, start), ALL))
    if max(begin, last + DAY) <= end:
        sheet.leave(Span(max(begin, last + DAY), end, 0), Outcome.ENDED, ends)
    used = given("benefit_days_used", max(0, (final - case.birth).days + 1), Unit.DAYS)
    left = less("benefit_days_left", entitled, used)
    return sheet.done(daily_rate(case.salary, law, case.birth), ends, entitled, used, left)


def _maternity_days(case: Maternity, law: Values) -> Figure:
    days = parameter("benefit_days", law.on("eo.maternity_days", case.birth), Unit.DAYS)
    if type(case.child_in_hospital) is not int or case.child_in_hospital < 0:
        raise Refused("child_in_hospital", _("Enter a whole number of days."))
    if not case.child_in_hospital:
        return days
    least = parameter("hospital_minimum_days", law.on("eo.hospital_minimum_days", case.birth), Unit.DAYS)
    most = parameter("hospital_extension_days", law.on("eo.hospital_extension_days", case.birth), Unit.DAYS)
    stay = given("child_in_hospital", case.child_in_hospital, Unit.DAYS)
    more = min(stay.number, most.number) if stay.number >= least.number else ZERO
    extension = computed("extension", more, Unit.DAYS, "hospital_extension", (stay, least, most))
    return summed("benefit_days_allowed", (days, extension), Unit.DAYS)


def other_parent_allowance(case: OtherParent, law: Values, begin: date, end: date) -> Allowance:
    """The allowance of the leave taken from `begin` to `end`: by weeks, or by days with more for every five of them.

    Where the highest allowance changes, each day has its own. Raises Refused for days outside the months after the birth, days named twice, and more than there are.
    """
    period("period", begin, end)
    entitled = parameter("benefit_days", law.on("eo.other_parent_days", case.birth), Unit.DAYS)
    sheet = Sheet("parent", Roundings.read(law.on("eo.rounding", case.birth).value))
    used = 0
    for span, allowances in _counted(_leave(case, law), entitled, case, law):
        first, final = max(begin, span.begin), min(end, span.end)
        if span.begin <= end:
            used += int(allowances.number) - (span.end - final).days
        if first <= final:
            for start, stop, _row in law.stretches("eo.max_daily_allowance", first, final):
                rate = sheet.rate(daily_rate(case.salary, law, start), ALL)
                sheet.pay(Span(start, stop, 100), rate, days=allowances if span.days == 1 else None)
    counted = given("benefit_days_used", used, Unit.DAYS)
    left = less("benefit_days_left", entitled, counted)
    return sheet.done(daily_rate(case.salary, law, case.birth), entitled, counted, left)


def _counted(
    taken: list[Span], entitled: Figure, case: OtherParent, law: Values
) -> list[tuple[Span, Figure]]:
    """The leave with the allowances it brings: a week seven, every fifth single day more than one. Raises Refused."""
    single = parameter("single_days", law.on("eo.other_parent_single_days", case.birth), Unit.DAYS)
    extra = parameter("extra_days", law.on("eo.other_parent_extra_days", case.birth), Unit.DAYS)
    ones, found = 0, []
    for span in taken:
        allowances = given("days", span.days, Unit.DAYS)
        if span.days == 1:
            ones += 1
            if ones % int(single.number) == 0:
                more = allowances.number + extra.number
                allowances = computed("days", more, Unit.DAYS, "every_fifth", (allowances, single, extra))
        found.append((span, allowances))
    if sum(allowances.number for _span, allowances in found) > entitled.number:
        raise Refused(
            "leave",
            _("The leave has %(days)s daily allowances. Take out some days.")
            % {"days": int(entitled.number)},
        )
    return found


def _leave(case: OtherParent, law: Values) -> list[Span]:
    """The leave in its order. Raises Refused."""
    is_day("birth", case.birth)
    months = int(law.on("eo.other_parent_months", case.birth).value)
    last = months_after(case.birth, months)
    weeks = (Span(is_day("weeks", day), day + timedelta(days=6), 100) for day in case.weeks)
    ones = (Span(is_day("days", day), day, 100) for day in case.days)
    taken: list[Span] = apart("leave", chain(weeks, ones))
    if taken and (taken[0].begin < case.birth or taken[-1].end > last):
        raise Refused(
            "leave",
            _("The leave lies between the birth and the end of the %(months)s months after it (%(day)s).")
            % {"months": months, "day": swiss_date(last)},
        )
    return taken
