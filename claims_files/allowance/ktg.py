"""Daily sickness allowance by contract (VVG) or by the law of health insurance (KVG art. 72). Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from claims_files.allowance.days import (
    Beside,
    Span,
    apart,
    borders,
    cut,
    holding,
    is_day,
    is_degree,
    period,
    spans,
    year_begun,
)
from claims_files.allowance.figures import (
    EXACT,
    HUNDRED,
    Figure,
    Refused,
    Unit,
    computed,
    given,
    less,
    lower,
    percent_of,
)
from claims_files.allowance.policy import BY_POLICY, Duration, Policy, Waiting
from claims_files.allowance.sheet import Allowance, Outcome, Sheet
from claims_files.course import DAY, Days

# More days than any case has.
SPENT = 10_000


@dataclass(frozen=True, slots=True)
class Illness:
    """What is known of an illness and its incapacity, from its first day on.

    `salary` is that of a year (`allowance.earnings`). `waited`: days already waited before this course, in the same case
    or, by the year, in the year in which this incapacity began. `drawn`: days already paid that count towards the
    duration. `certified`: the day of the first certificate; `notified`: the day on which the insurer was told; None: in
    time. `employed_since` is needed where the waiting period is by year of service.
    """

    salary: Figure
    course: Sequence[Days]
    waited: int = 0
    drawn: Sequence[Span] = ()
    certified: date | None = None
    notified: date | None = None
    last_day: date | None = None
    employed_since: date | None = None
    beside: Sequence[Beside] = ()


def sickness_allowance(case: Illness, policy: Policy, begin: date, end: date) -> Allowance:
    """The allowance of the days from `begin` to `end`, both included; what was before them is counted along.

    Raises Refused for input that cannot be computed with.
    """
    period("period", begin, end)
    daily = daily_rate(case.salary, policy)
    course = spans(case.course, end)
    _check(case, course)
    walk = _Walk(case, policy, course)
    found = list(_endured(walk.pieces([begin]), case, policy))
    sheet = Sheet("ktg", policy.roundings)
    for span, outcome, reasons in found:
        if span.begin < begin:
            continue
        if outcome is Outcome.PAID:
            sheet.pay(span, sheet.rate(daily, given("degree", span.degree, Unit.PERCENT)))
        else:
            sheet.leave(span, outcome, *reasons)
    paid = [span for span, outcome, _reasons in found if outcome is Outcome.PAID]
    return sheet.done(daily, *walk.facts(), *_duration_facts(paid, case, policy, end))


def _check(case: Illness, course: list[Span]) -> None:
    if type(case.waited) is not int or case.waited < 0:
        raise Refused("waited", _("Enter a whole number of days."))
    for span in case.drawn:
        is_degree("drawn", span.degree)
    if course and any(span.end >= course[0].begin for span in case.drawn):
        raise Refused("drawn", _("Days that were paid earlier lie before this incapacity."))


def daily_rate(salary: Figure, policy: Policy) -> Figure:
    """The allowance of a day of full incapacity."""
    insured = salary
    if policy.max_salary is not None:
        insured = lower("insured_salary", "ktg_lower", salary, policy.max_salary)
    exact = percent_of(insured, policy.level, policy.days_in_year.number)
    inputs = (insured, policy.days_in_year, policy.level)
    return computed("daily", exact, Unit.CHF, "ktg_daily", inputs, policy.roundings.daily)


Piece = tuple[Span, Outcome, tuple[Figure, ...]]


@dataclass
class _Walk:
    """Goes through the days of an incapacity and waits."""

    case: Illness
    policy: Policy
    course: list[Span]
    # Days left to wait, by the year (or the case) in which an incapacity began.
    left: dict[date | None, int] = field(default_factory=dict)
    # The year of the incapacity under way.
    year: date | None = None

    def pieces(self, days: list[date]) -> Iterator[Piece]:
        """Every day of the course with what becomes of it, the duration of the benefit aside."""
        case, policy = self.case, self.policy
        beside = [each for each in apart("beside", case.beside) if each.kind in policy.not_beside]
        begun = next((row.begin for row in self.course if row.degree), None)
        certified, notified = self._counted_from(begun), self._told_on(begun)
        starts = [each for each in (certified, notified) if each]
        if case.last_day:
            starts.append(is_day("last_day", case.last_day) + DAY)
        under_way = False
        for span in cut(self.course, [*days, *starts, *borders(beside)]):
            other = holding(beside, span.begin)
            if span.degree == 0:
                under_way = False
                yield span, Outcome.AT_WORK, ()
            elif case.last_day and span.begin > case.last_day:
                yield span, Outcome.ENDED, (given("last_day", case.last_day, Unit.DATE),)
            elif certified and span.begin < certified:
                yield (
                    span,
                    Outcome.NOT_CERTIFIED,
                    (given("counted_from", certified, Unit.DATE), policy.backdating_days),
                )
            elif other:
                yield (
                    span,
                    Outcome.BESIDE,
                    (given(f"beside_{other.kind}", other.begin, Unit.DATE, BY_POLICY),),
                )
            else:
                if not under_way:
                    self._begin(span.begin)
                    under_way = True
                yield from self._wait(span, notified)

    def _begin(self, day: date) -> None:
        """An incapacity begins: it waits on the account of its year, however long it lasts."""
        policy, case = self.policy, self.case
        if policy.waiting is Waiting.CALENDAR_YEAR:
            self.year = date(day.year, 1, 1)
        elif policy.waiting is Waiting.SERVICE_YEAR:
            if case.employed_since is None:
                raise Refused(
                    "employed_since",
                    _("Enter the start of the employment: the waiting period is by year of service."),
                )
            self.year = year_begun(is_day("employed_since", case.employed_since), day)
        total = int(policy.waiting_days.number)
        self.left.setdefault(self.year, max(0, total - (0 if self.left else case.waited)))

    def _wait(self, span: Span, notified: date | None) -> Iterator[Piece]:
        policy, left = self.policy, self.left[self.year]
        if left and span.degree >= policy.waiting_degree.number:
            waited = min(left, span.days)
            self.left[self.year] = left - waited
            last = span.begin + timedelta(days=waited - 1)
            yield Span(span.begin, last, span.degree), Outcome.WAITING, (policy.waiting_days,)
            if waited == span.days:
                return
            span = Span(last + DAY, span.end, span.degree)
        elif left:
            yield span, Outcome.NOT_WAITING, (policy.waiting_days, policy.waiting_degree)
            return
        if span.degree < policy.minimum_degree.number:
            yield span, Outcome.BELOW, (given("degree", span.degree, Unit.PERCENT), policy.minimum_degree)
        elif notified and span.begin < notified:
            yield span, Outcome.LATE, (given("notified", notified, Unit.DATE), policy.notice_days)
        else:
            yield span, Outcome.PAID, ()

    def _counted_from(self, begun: date | None) -> date | None:
        """The first day that counts where the first certificate reaches back too far."""
        if begun is None or self.case.certified is None:
            return None
        earliest = is_day("certified", self.case.certified) - timedelta(
            days=int(self.policy.backdating_days.number)
        )
        return earliest if earliest > begun else None

    def _told_on(self, begun: date | None) -> date | None:
        """The day from which is paid where the insurer was told too late."""
        if begun is None or self.case.notified is None:
            return None
        limit = begun + timedelta(days=int(self.policy.notice_days.number))
        return self.case.notified if is_day("notified", self.case.notified) > limit else None

    def facts(self) -> tuple[Figure, ...]:
        """What is waited and left to wait, by the last incapacity."""
        total = self.policy.waiting_days
        unbegun = max(0, int(total.number) - self.case.waited)
        left = given("waiting_left", self.left.get(self.year, unbegun), Unit.DAYS)
        return total, less("waiting_used", total, left), left


def _share(span: Span, duration: Duration) -> int:
    """How much of a day counts towards the duration, in hundredths."""
    return span.degree if duration.in_proportion else 100


def allowed_days(policy: Policy) -> Figure:
    """For how many days is paid at most."""
    duration = policy.duration
    if not duration.less_waiting:
        return duration.days
    return less("benefit_days_allowed", duration.days, policy.waiting_days, "duration_less_waiting")


def _endured(pieces: Iterator[Piece], case: Illness, policy: Policy) -> Iterator[Piece]:
    """The same days, those after the end of the benefit marked."""
    duration, allowed = policy.duration, allowed_days(policy)
    drawn = apart("drawn", case.drawn)
    window = None if duration.window is None else int(duration.window.number)
    meter = _Meter(int(allowed.number) * 100, window)
    for span in drawn:
        meter.add(span, _share(span, duration))
    reasons = (allowed,) if duration.window is None else (allowed, duration.window)
    for span, outcome, why in pieces:
        if outcome is not Outcome.PAID:
            yield span, outcome, why
            continue
        for part, paid in meter.split(span, _share(span, duration)):
            yield part, Outcome.PAID if paid else Outcome.EXHAUSTED, () if paid else reasons


@dataclass
class _Meter:
    """Counts what is paid, in hundredths of days, in all or within the last `window` days."""

    most: int
    window: int | None
    used: int = 0
    # What is within the window still: spans with what each of their days counts.
    _past: deque[tuple[Span, int]] = field(default_factory=deque)

    def add(self, span: Span, share: int) -> None:
        """Days that are paid."""
        self.used += span.days * share
        # What counts nothing leaves no room when it leaves the window.
        if self.window is not None and share:
            self._past.append((span, share))

    def split(self, span: Span, share: int) -> Iterator[tuple[Span, bool]]:
        """The days of a span that are still paid, and those that are not."""
        rest: Span | None = span
        begin, before = span.begin, None
        while rest:
            self._forget(rest.begin)
            fit = max(0, self.most - self.used) // share
            paid = fit > 0
            days = min(rest.days, fit if paid else self._until_room(rest.begin, share))
            part, rest = _divided(rest, days)
            if paid:
                self.add(part, share)
            if before not in {None, paid}:
                yield Span(begin, part.begin - DAY, span.degree), not paid
                begin = part.begin
            before = paid
        yield Span(begin, span.end, span.degree), bool(before)

    def _until_room(self, day: date, share: int) -> int:
        """For how many days, `day` the first of them, nothing is paid because of what was."""
        if self.window is None:
            return SPENT
        over = self.used + share - self.most
        for span, each in self._past:
            # The first days of this span leave the window on `free` and the days after it.
            free = (span.begin + timedelta(days=self.window) - day).days
            needed = -(-over // each)
            if needed <= span.days:
                return free + needed - 1
            over -= span.days * each
        return SPENT

    def _forget(self, day: date) -> None:
        """Leave out what lies before the window that ends on `day`."""
        if self.window is None:
            return
        first = day - timedelta(days=self.window - 1)
        while self._past and self._past[0][0].begin < first:
            span, share = self._past.popleft()
            gone, kept = _divided(span, min(span.days, (first - span.begin).days))
            self.used -= gone.days * share
            if kept:
                self._past.appendleft((kept, share))


def _divided(span: Span, days: int) -> tuple[Span, Span | None]:
    """The first days of a span, and the rest of it."""
    if days >= span.days:
        return span, None
    last = span.begin + timedelta(days=days - 1)
    return Span(span.begin, last, span.degree), Span(last + DAY, span.end, span.degree)


def _duration_facts(paid: list[Span], case: Illness, policy: Policy, end: date) -> tuple[Figure, ...]:
    """What of the duration is allowed, used and left on the last day computed."""
    duration, allowed = policy.duration, allowed_days(policy)
    window = duration.window
    first = None if window is None else end - timedelta(days=int(window.number) - 1)
    hundredths = 0
    for span in (*case.drawn, *paid):
        begin = span.begin if first is None else max(span.begin, first)
        hundredths += max(0, (min(span.end, end) - begin).days + 1) * _share(span, duration)
    used = given("benefit_days_used", EXACT.divide(Decimal(hundredths), HUNDRED), Unit.DAYS)
    return allowed, used, less("benefit_days_left", allowed, used)
