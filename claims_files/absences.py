"""Absences of a company in sum: by month, cause and site, for groups in which nobody can be made out.

Counted are calendar days times the degree of the incapacity, of everybody whom the reader sees as an employee, over
the twelve months before this one. A group of fewer people than `absences.least_group` is never shown, nor anything
from which it could be reckoned: small sites stand together, with the next larger one if they need it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import reading
from claims_files.models import ClaimFile, IncapacityPeriod
from companies.models import Company
from core.parameters import value_on
from permissions.policy import visible_to

VIEW = "person.view_absences"
MONTHS = 12
DAY = timedelta(days=1)
HUNDRED = Decimal(100)


class Cause(StrEnum):
    """All that an employer learns of why somebody is away."""

    ILLNESS = "illness"
    ACCIDENT = "accident"
    BIRTH = "birth"


CAUSES = {Cause.ILLNESS: _("Illness"), Cause.ACCIDENT: _("Accident"), Cause.BIRTH: _("Birth of a child")}


@dataclass(frozen=True, slots=True)
class Spell:
    """Days away, both included, of one degree in percent; `end` None: until today at least."""

    cause: Cause
    begin: date
    end: date | None
    degree: int


@dataclass(frozen=True, slots=True)
class Employed:
    """Somebody in the group: where he works, from when to when, and when he was away."""

    site: str
    begin: date
    end: date | None
    spells: tuple[Spell, ...] = ()

    def days(self, first: date, last: date) -> int:
        """For how many days of these he was employed."""
        begin, end = max(first, self.begin), min(last, self.end or last)
        return max((end - begin).days + 1, 0)


@dataclass
class Figures:
    """Days lost of the days of employment, by cause; both in calendar days."""

    people: int = 0
    days: int = 0
    lost: dict[Cause, Decimal] = field(default_factory=lambda: dict.fromkeys(Cause, Decimal(0)))

    @property
    def total(self) -> Decimal:
        """Days lost for any cause."""
        return sum(self.lost.values(), Decimal(0))

    @property
    def rate(self) -> Decimal:
        """Days lost in percent of the days of employment."""
        return self.total * HUNDRED / self.days if self.days else Decimal(0)

    def add(self, person: Employed, first: date, last: date) -> None:
        """Count somebody for these days; of days without employment nothing counts."""
        days = person.days(first, last)
        if not days:
            return
        self.people += 1
        self.days += days
        first, last = max(first, person.begin), min(last, person.end or last)
        for cause, lost in lost_days(person.spells, first, last).items():
            self.lost[cause] += lost


@dataclass(frozen=True)
class Group:
    """A site in the table by sites, or (`site` None) all small ones together."""

    site: str | None
    figures: Figures


@dataclass(frozen=True)
class Summary:
    """What a reader is shown. Without months the group is too small."""

    least: int
    months: list[tuple[date, Figures]] = field(default_factory=list)
    whole: Figures = field(default_factory=Figures)
    sites: list[Group] = field(default_factory=list)
    people: int = 0
    away_fully: int = 0
    away_partly: int = 0


def lost_days(spells: Iterable[Spell], first: date, last: date) -> dict[Cause, Decimal]:
    """Days lost within these days (both included), by cause; two causes on one day make no more than that day."""
    within = [each for each in spells if each.begin <= last and (each.end is None or each.end >= first)]
    edges = {first, last + DAY}
    for each in within:
        edges |= {max(each.begin, first), min(each.end or last, last) + DAY}
    found: dict[Cause, Decimal] = defaultdict(Decimal)
    ordered = sorted(edges)
    for begin, after in pairwise(ordered):
        left = 100
        for each in within:
            if each.begin <= begin and (each.end is None or each.end >= begin):
                counted = min(each.degree, left)
                left -= counted
                found[each.cause] += Decimal((after - begin).days * counted) / HUNDRED
    return dict(found)


def months_before(today: date) -> list[tuple[date, date]]:
    """The first and the last day of each of the twelve months before this one, the oldest first."""
    found = []
    first = today.replace(day=1)
    for _number in range(MONTHS):
        last = first - DAY
        first = last.replace(day=1)
        found.append((first, last))
    return found[::-1]


def summarize(group: list[Employed], today: date, least: int) -> Summary:
    """What may be said of this group today."""
    now = [each for each in group if each.days(today, today)]
    if len(now) < least:
        return Summary(least)
    months = []
    # From today backwards: a month with too few people ends it, or it would follow from the others.
    for first, last in reversed(months_before(today)):
        figures = _figures(group, first, last)
        if figures.people < least:
            break
        months.insert(0, (first, figures))
    whole, sites = Figures(), []
    if months:
        first, last = months[0][0], today.replace(day=1) - DAY
        whole = _figures(group, first, last)
        sites = _by_site(group, first, last, least)
    degrees = [sum(lost_days(each.spells, today, today).values(), Decimal(0)) for each in now]
    return Summary(
        least=least,
        months=months,
        whole=whole,
        sites=sites,
        people=len(now),
        away_fully=sum(degree == 1 for degree in degrees),
        away_partly=sum(0 < degree < 1 for degree in degrees),
    )


def _figures(group: Iterable[Employed], first: date, last: date) -> Figures:
    figures = Figures()
    for person in group:
        figures.add(person, first, last)
    return figures


def _by_site(group: list[Employed], first: date, last: date, least: int) -> list[Group]:
    """The sites with enough people, the largest first; one alone, or none, tells no more than the whole does."""
    of_site: dict[str, list[Employed]] = defaultdict(list)
    for person in group:
        if person.days(first, last):
            of_site[person.site].append(person)
    ordered = sorted(of_site.items(), key=lambda each: (-len(each[1]), each[0]))
    small: list[Employed] = []
    # The whole less the sites shown is what the others amount to: those are enough people, too, or there are none.
    while ordered and (len(ordered[-1][1]) < least or 0 < len(small) < least):
        small += ordered.pop()[1]
    found = [Group(site, _figures(people, first, last)) for site, people in ordered]
    if small:
        found.append(Group(None, _figures(small, first, last)))
    return found if len(found) > 1 else []


def companies_of(user: Any) -> QuerySet[Company]:
    """The companies of whose people `user` sees the absences in sum."""
    persons = visible_to(user, VIEW).order_by()
    return visible_to(user, "company.view").filter(pk__in=persons.values("company"))


def of_company(company: Company, user: Any, today: date | None = None) -> Summary:
    """The absences, in sum, of those of the company whom `user` sees that way: nobody sees himself in it.

    One company at a time: two sums that differ by a small company would tell of its people.
    """
    today = today or timezone.localdate()
    first = months_before(today)[0][0]
    rows = visible_to(user, VIEW).filter(
        Q(employment_end=None) | Q(employment_end__gte=first), company=company, employment_begin__lte=today
    )
    rows = rows.order_by()
    spells = _spells(rows.values("pk"), first, today)
    people = rows.values_list("pk", "site__name", "employment_begin", "employment_end")
    group = [Employed(site, begin, end, tuple(spells[pk])) for pk, site, begin, end in people]
    return summarize(group, today, least_group(today))


def least_group(today: date) -> int:
    """How many people a group has at least of which something is said."""
    return int(value_on("absences.least_group", today))


def _spells(persons: QuerySet[Any], first: date, today: date) -> dict[Any, list[Spell]]:
    """When each of them was away; a report that was taken back, or was the second of a case, counts for nothing.

    Once its claim file is closed, nobody tells how an open incapacity went on: it counts until that day.
    """
    touched = IncapacityPeriod.unrestricted.filter(Q(end=None) | Q(end__gte=first), begin__lte=today)
    rows = ClaimFile.unrestricted.filter(
        person__in=persons, pk__in=touched.values("claim_file"), withdrawal=""
    )
    rows = rows.exclude(outcome=ClaimFile.Outcome.DUPLICATE).order_by("event_date", "pk")
    claims = list(rows.only("pk", "person_id", "kind", "closed_at"))
    periods = reading.periods_of(claims)
    found: dict[Any, list[Spell]] = defaultdict(list)
    for claim in claims:
        closed = claim.closed_at and timezone.localdate(claim.closed_at)
        for each in periods[claim.pk]:
            end = each.end or (closed and max(closed, each.begin))
            found[claim.person_id].append(Spell(cause_of(claim.kind), each.begin, end, each.degree))
    return found


def cause_of(kind: str) -> Cause:
    """The cause that an employer learns of a kind of case."""
    known = ClaimFile.Kind(kind)
    if known.is_birth:
        return Cause.BIRTH
    return Cause.ACCIDENT if known.is_accident else Cause.ILLNESS
