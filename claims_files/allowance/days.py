"""Days as they come in, checked, and cut where something changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from claims_files.allowance.figures import Refused
from claims_files.course import DAY, Days, gapless
from core.text import swiss_date

# A case of twenty years and more is a slip of the pen.
LONGEST = timedelta(days=7400)
# Days before and after them are slips of the pen, too.
FIRST, LAST = date(1900, 1, 1), date(2200, 12, 31)


class Other(StrEnum):
    """A benefit of somebody else for the same days."""

    ACCIDENT = "accident"
    DISABILITY = "disability"
    MATERNITY = "maternity"
    OTHER_PARENT = "other_parent"
    CARE = "care"
    ADOPTION = "adoption"


@dataclass(frozen=True, slots=True)
class Stay:
    """Days in hospital, both included."""

    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class Beside:
    """Days for which somebody else pays, both included."""

    kind: Other
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class Span:
    """Days of one degree on which nothing changes, both included."""

    begin: date
    end: date
    degree: int

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.begin).days + 1


def is_day(field: str, value: Any) -> date:
    """A date without a time, of our centuries. Raises Refused."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Refused(field, _("Enter a date."))
    if not FIRST <= value <= LAST:
        raise Refused(field, _("Check the year of this date."))
    return value


def is_degree(field: str, value: Any) -> None:
    """Refuse what is no degree of incapacity in percent."""
    if type(value) is not int or not 0 <= value <= 100:
        raise Refused(field, _("The degree of incapacity is a whole number from 0 to 100."))


def period(field: str, begin: Any, end: Any) -> None:
    """Refuse what is no period, is empty or far too long."""
    if is_day(field, end) < is_day(field, begin):
        raise Refused(field, _("The period cannot end before it begins. Check both dates."))
    if end - begin > LONGEST:
        raise Refused(field, _("The period is longer than twenty years. Check the year of both dates."))


def apart(field: str, periods: Iterable[Any]) -> list[Any]:
    """Periods (`begin`, `end`) in their order. Raises Refused for an empty one, and for two that share a day."""
    rows = list(periods)
    for row in rows:
        period(field, row.begin, row.end)
    rows.sort(key=lambda row: row.begin)
    for earlier, later in pairwise(rows):
        if later.begin <= earlier.end:
            raise Refused(
                field,
                _("Two periods overlap: the day %(day)s stands in both.") % {"day": swiss_date(later.begin)},
            )
    return rows


def spans(course: Iterable[Days], until: date) -> list[Span]:
    """The course as it counts until a day, in order, without a gap, in as few rows as possible.

    Only the last row may be open. Raises Refused for a degree that is none, an empty row, two rows for one day.
    """
    rows = list(course)
    for row in rows:
        is_degree("course", row.degree)
        is_day("course", row.begin)
    last = max((row.begin for row in rows), default=until)
    closed = [
        Span(row.begin, row.end or max(until, row.begin), row.degree)
        for row in rows
        if row.end or row.begin == last
    ]
    if len(closed) < len(rows):
        raise Refused("course", _("Only the last period may be open."))
    found: list[Span] = []
    for row in gapless(apart("course", closed)):
        assert row.end is not None
        if row.begin > until:
            break
        end = min(row.end, until)
        if found and found[-1].degree == row.degree:
            found[-1] = Span(found[-1].begin, end, row.degree)
        else:
            found.append(Span(row.begin, end, row.degree))
    return found


def cut(rows: Iterable[Span], days: Iterable[date]) -> list[Span]:
    """The same days, so that each of `days` begins a span."""
    borders = sorted(set(days))
    if not borders:
        return list(rows)
    found: list[Span] = []
    for row in rows:
        begin = row.begin
        for border in borders:
            if begin < border <= row.end:
                found.append(Span(begin, border - DAY, row.degree))
                begin = border
        found.append(row if begin == row.begin else Span(begin, row.end, row.degree))
    return found


def borders(periods: Iterable[Any]) -> Iterator[date]:
    """Where periods begin, and where what follows them begins."""
    for each in periods:
        yield each.begin
        yield each.end + DAY


def holding(periods: Iterable[Any], day: date) -> Any:
    """The first period that holds a day, or None."""
    return next((each for each in periods if each.begin <= day <= each.end), None)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, the month's last one where it has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1) - DAY
    return after.replace(day=min(day.day, after.day))


def year_begun(anniversary: date, day: date) -> date:
    """The first day of the year that holds `day`, of years that begin like `anniversary`.

    Whoever began on 29 February begins his years on 1 March where there is no such day.
    """
    for year in (day.year, day.year - 1):
        try:
            begun = anniversary.replace(year=year)
        except ValueError:
            begun = date(year, 3, 1)
        if begun <= day:
            return begun
    raise AssertionError(day)
