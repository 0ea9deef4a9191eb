"""The course of an incapacity for work as days with a degree: pure, no database.

A course is a list of `Days`, in order and without a gap: days at work between two periods stand in it with
0 percent. What nobody has spoken of yet lies after its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from core.text import swiss_date

DAY = timedelta(days=1)
# A daily allowance is paid for at most 730 days: a longer single period is a slip of the pen.
LONGEST = timedelta(days=731)
# A return in steps is planned some weeks ahead.
AHEAD = timedelta(days=92)


@dataclass(frozen=True)
class Days:
    """Days of one degree of incapacity in percent, both included; `end` None: open; 0: fully at work."""

    begin: date
    end: date | None
    degree: int


def gapless(periods: Iterable[Any]) -> list[Days]:
    """The course of kept periods (`begin`, `end`, `degree`), with the days at work between them."""
    found: list[Days] = []
    for period in sorted(periods, key=lambda each: each.begin):
        last = found[-1] if found else None
        if last and last.end and period.begin > last.end + DAY:
            found.append(Days(last.end + DAY, period.begin - DAY, 0))
        found.append(Days(period.begin, period.end, period.degree))
    return found


def merged(course: Iterable[Days]) -> list[Days]:
    """The same days in as few rows as possible, without days at work before the first and after the last one."""
    found: list[Days] = []
    for days in course:
        if found and found[-1].degree == days.degree:
            found[-1] = Days(found[-1].begin, days.end, days.degree)
        else:
            found.append(days)
    while found and found[-1].degree == 0:
        found.pop()
    while found and found[0].degree == 0:
        found.pop(0)
    return found


def faults(course: list[Days], *, earliest: date, today: date) -> Iterator[tuple[int, str, str]]:
    """What is wrong with a course as somebody typed it: (row, field, sentence), from the first row on."""
    for number, days in enumerate(course):
        if days.end and days.end < days.begin:
            yield number, "end", _("The period cannot end before it begins. Check both dates.")
        elif days.end and days.end - days.begin > LONGEST:
            yield number, "end", _("This period is longer than two years. Check the year of both dates.")
        if days.begin > today + AHEAD:
            yield (
                number,
                "begin",
                _("This day lies too far ahead. Enter a date not after %(limit)s.")
                % {"limit": swiss_date(today + AHEAD)},
            )
    if course and course[0].begin < earliest:
        yield (
            0,
            "begin",
            _("The incapacity cannot begin before the day of the event (%(day)s).")
            % {"day": swiss_date(earliest)},
        )
    for number, (earlier, later) in enumerate(pairwise(course), start=1):
        if earlier.end is None:
            yield (
                number - 1,
                "end",
                _("Only the last period may be open. Enter the day before the next one begins."),
            )
        elif later.begin <= earlier.end:
            yield (
                number,
                "begin",
                _("This period overlaps with the one until %(end)s. A day has only one degree.")
                % {"end": swiss_date(earlier.end)},
            )
        elif later.begin > earlier.end + DAY:
            yield (
                number,
                "begin",
                _(
                    "Nothing is said about the days after %(end)s. Begin on %(next)s, or add a period of 0 %% for "
                    "days fully at work."
                )
                % {"end": swiss_date(earlier.end), "next": swiss_date(earlier.end + DAY)},
            )


def extends(before: list[Days], after: list[Days], *, spoken: date) -> bool:
    """Whether `after` changes no day of which `before` speaks; of an open end it speaks until the day `spoken`."""
    if not before:
        return True
    known = before[-1].end or max(spoken, before[-1].begin)
    return list(_until(before, known)) == list(_until(after, known))


def _until(course: list[Days], last: date) -> Iterator[Days]:
    """The days up to and including `last`."""
    for days in course:
        if days.begin <= last:
            yield Days(days.begin, last if days.end is None else min(days.end, last), days.degree)


def earliest_rise(before: list[Days], after: list[Days]) -> date | None:
    """The first day on which `after` has a higher degree than `before`; None if there is none."""
    days = [days.begin for days in (*before, *after)]
    ends = [days.end + DAY for days in (*before, *after) if days.end]
    for day in sorted({*days, *ends}):
        if degree_on(after, day) > degree_on(before, day):
            return day
    return None


def outlasts(course: Iterable[Days], begin: date, days: int, *, today: date) -> bool:
    """Whether an incapacity goes on after the `days` first days from `begin` on; an open one lasts until today at least."""
    last = begin + (days - 1) * DAY
    return any(each.degree and (each.end or today) > last for each in course)


def degree_on(course: Iterable[Days], day: date) -> int:
    """The degree on a day, 0 where nothing is said."""
    return next(
        (days.degree for days in course if days.begin <= day and (days.end is None or day <= days.end)), 0
    )


def longest_full(course: Iterable[Days], *, today: date) -> Days | None:
    """The longest stretch of 100 percent, an open one up to today."""
    full = [
        Days(days.begin, days.end or max(today, days.begin), days.degree)
        for days in course
        if days.degree == 100
    ]
    return max(full, key=lambda days: (days.end or today) - days.begin, default=None)
