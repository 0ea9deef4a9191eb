"""Geometry and sentence of the absence strip: the degree of incapacity for work over time.

Pure: no database, no template. A period is anything with `begin`, `end` (None: open) and `degree`
(percent, 0–100), or such a triple; both days count. The drawing is 160 × 24 units: time runs to the right, the
height of a bar is the degree (100 % = 18 units), full return to work is a line of 2 units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text import swiss_date

WIDTH = 160
BASE = 20
FULL = 18
GAP = 1.0
LIST_DAYS = 84
SHORTEST_DAYS = 28


@dataclass(frozen=True, slots=True)
class Period:
    """Days of one degree of incapacity; `end` None means that nobody has said yet."""

    begin: date
    end: date | None
    degree: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the strip; `kind` is "full", "partial" or "back" (at work)."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Strip:
    """What the template draws, and the same in words for those who do not see it."""

    bars: tuple[Bar, ...]
    today_x: float | None
    sentence: str
    begin: date | None
    end: date | None


def _period(source: object) -> Period:
    if isinstance(source, tuple):
        begin, end, degree = source
    else:
        begin, end, degree = source.begin, source.end, source.degree  # type: ignore[attr-defined]
    return Period(begin, end, round(degree))


def _clean(periods: Iterable[object], today: date) -> list[Period]:
    """Periods by begin, without overlap: where two claim the same day the later one holds."""
    ordered = sorted((_period(each) for each in periods), key=lambda each: each.begin)
    cleaned: list[Period] = []
    for number, period in enumerate(ordered):
        end = period.end
        if number + 1 < len(ordered):
            eve = ordered[number + 1].begin - timedelta(days=1)
            end = eve if end is None else min(end, eve)
        if end is None or end >= period.begin:
            cleaned.append(Period(period.begin, end, period.degree))
    return cleaned


def _window(periods: list[Period], today: date, days: int | None) -> tuple[date, date]:
    """First and last day drawn: `days` around today, or the whole case when `days` is None."""
    first = periods[0].begin
    last = max([today, *(each.end or today for each in periods)])
    if days is None:
        return first, max(last, first + timedelta(days=SHORTEST_DAYS - 1))
    if (last - first).days < days:
        return first, first + timedelta(days=days - 1)
    # A long case: today stands at nine tenths, what lies before the window is cut off.
    begin = today - timedelta(days=round(days * 0.9))
    begin = max(first, min(begin, last - timedelta(days=1)))
    return begin, begin + timedelta(days=days - 1)


def _stretches(periods: list[Period], today: date) -> list[tuple[date, date, int]]:
    """(first day, last day, degree) of the periods, with the days at work between and after them as degree 0."""
    result = []
    for number, period in enumerate(periods):
        end = period.end or max(today, period.begin)
        result.append((period.begin, end, period.degree))
        following = periods[number + 1].begin - timedelta(days=1) if number + 1 < len(periods) else today
        if following > end:
            result.append((end + timedelta(days=1), following, 0))
    return result


def sentence(periods: Iterable[object], today: date) -> str:
    """The strip in words, complete with dates: the label of the drawing."""
    cleaned = _clean(periods, today)
    if not cleaned:
        return _("No incapacity for work recorded.")
    parts = []
    for period in cleaned:
        values: dict[str, object] = {"degree": period.degree, "begin": swiss_date(period.begin)}
        if period.end is None:
            parts.append(_("%(degree)d %% since %(begin)s, no end date") % values)
            continue
        days = (period.end - period.begin).days + 1
        values |= {"end": swiss_date(period.end), "days": days}
        parts.append(
            ngettext(
                "%(degree)d %% from %(begin)s to %(end)s (%(days)d day)",
                "%(degree)d %% from %(begin)s to %(end)s (%(days)d days)",
                days,
            )
            % values
        )
    text = _("Incapacity for work: %(periods)s.") % {"periods": "; ".join(parts)}
    last = cleaned[-1]
    if last.degree and last.end is not None and last.end < today:
        back = swiss_date(last.end + timedelta(days=1))
        text += " " + _("Fully back at work since %(date)s.") % {"date": back}
    return text


def strip(periods: Iterable[object], today: date, days: int | None = LIST_DAYS) -> Strip:
    """Draw `periods` as seen `today`; `days` is the width of the window, None the whole case."""
    periods = list(periods)
    words = sentence(periods, today)
    cleaned = _clean(periods, today)
    if not cleaned:
        return Strip((), None, words, None, None)
    begin, end = _window(cleaned, today, days)
    bars = _bars(_stretches(cleaned, today), begin, end)
    return Strip(bars, _place_of(today, begin, end), words, begin, end)


def strip_beside(periods: Iterable[object], beside: Strip, today: date, words: str) -> Strip:
    """Draw closed `periods` in the window of another strip, nothing between them; `words` is the label of the drawing."""
    if beside.begin is None or beside.end is None:
        return Strip((), None, words, None, None)
    stretches = [(each.begin, each.end or today, each.degree) for each in _clean(periods, today)]
    bars = _bars(stretches, beside.begin, beside.end)
    return Strip(bars, _place_of(today, beside.begin, beside.end), words, beside.begin, beside.end)


def _place_of(today: date, begin: date, end: date) -> float | None:
    """Where the end of today lies in the window; None outside of it."""
    if not begin <= today <= end:
        return None
    unit = WIDTH / ((end - begin).days + 1)
    return round(min(((today - begin).days + 1) * unit, WIDTH - 0.5), 1)


def _bars(stretches: Iterable[tuple[date, date, int]], begin: date, end: date) -> tuple[Bar, ...]:
    """The rectangles of (first day, last day, degree) in the window from `begin` to `end`."""
    unit = WIDTH / ((end - begin).days + 1)
    bars = []
    for first, last, degree in stretches:
        left = max(0.0, (first - begin).days * unit)
        right = min(float(WIDTH), ((last - begin).days + 1) * unit)
        if right <= left:
            continue
        width = max(right - left - GAP, min(right - left, 1.0))
        height = 2.0 if degree == 0 else max(2.0, FULL * degree / 100)
        kind = "full" if degree >= 100 else "partial" if degree else "back"
        # A day among years is narrower than what is drawn: it stays to be seen all the same.
        drawn = max(round(width, 1), 0.1)
        bars.append(Bar(round(left, 1), round(BASE - height, 1), drawn, round(height, 1), kind))
    return tuple(bars)
