"""The chain of certificates: which days of an incapacity they cover, and what is the matter with them. Pure.

Reckoned in stretches between the days on which something changes. Where certificates name different degrees, the one
issued last holds; the same degree said twice is no matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims_files.course import DAY, Days, degree_on
from core.text import swiss_date


@dataclass(frozen=True)
class Certified:
    """Days of one degree on a certificate, both included; `known`: the day it was issued, or else entered."""

    begin: date
    end: date
    degree: int
    issued: date | None
    known: date


class Fault(StrEnum):
    """What can be the matter with days of a chain."""

    GAP = "gap"
    OVERLAP = "overlap"
    DIFFERS = "differs"
    BACKDATED = "backdated"
    EXPIRES = "expires"


@dataclass(frozen=True)
class Finding:
    """Something the matter with the days from `begin` to `end`, both included.

    `degrees`: of an overlap those that are named, the one that holds last; where the certificate differs from what was
    reported, its degree and the reported one (0: at work, or nothing reported).
    """

    fault: Fault
    begin: date
    end: date
    degrees: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """The finding in a sentence that says what to do."""
        days = (self.end - self.begin).days + 1
        facts = {"begin": swiss_date(self.begin), "end": swiss_date(self.end), "days": days}
        return _SENTENCES[self.fault](days, self.degrees) % facts


@dataclass(frozen=True)
class Chain:
    """The certified days with the degree that holds, the last of them, and what is the matter."""

    covered: tuple[Days, ...]
    until: date | None
    findings: tuple[Finding, ...]


def chain(
    course: Sequence[Days],
    certified: Iterable[Certified],
    *,
    today: date,
    backdating: int | None,
    warning: int,
) -> Chain:
    """Lay the certificates over the course of an incapacity.

    `backdating`: so many days before its date a certificate is recognised without question (None: however many);
    `warning`: so many days before the last certified day it is said. Days ahead are no gap yet.
    """
    papers = sorted(certified, key=lambda each: (each.known, each.begin))
    covered: list[Days] = []
    findings: list[Finding] = []
    for first, last in _stretches(course, papers, today, backdating):
        reported = degree_on(course, first)
        here = [paper for paper in papers if paper.begin <= first <= paper.end]
        if not here:
            if reported and first <= today:
                findings.append(Finding(Fault.GAP, first, last))
            continue
        holds = here[-1].degree
        covered.append(Days(first, last, holds))
        if len(named := list(dict.fromkeys(paper.degree for paper in here))) > 1:
            named.remove(holds)
            findings.append(Finding(Fault.OVERLAP, first, last, (*named, holds)))
        if holds != reported:
            findings.append(Finding(Fault.DIFFERS, first, last, (holds, reported)))
        if all(first < _recognised_from(paper, backdating) for paper in here):
            findings.append(Finding(Fault.BACKDATED, first, last))
    until = max((paper.end for paper in papers), default=None)
    goes_on = bool(course) and until is not None and (course[-1].end is None or course[-1].end > until)
    if until is not None and goes_on and today <= until <= today + timedelta(days=warning):
        findings.append(Finding(Fault.EXPIRES, until, until))
    return Chain(tuple(_joined_days(covered)), until, tuple(_joined(findings)))


def missing_from(course: Sequence[Days], certified: Iterable[Certified], *, today: date) -> date | None:
    """The first of the days in a row without a certificate in which today lies, or else of the next such days.

    None where none is missing from today on; when the incapacity is over, its last day counts instead of today. Days
    that a later certificate has left behind, or before the first one, are findings of the chain and nothing to wait for.
    """
    papers = sorted(certified, key=lambda each: each.begin)
    unable = _joined_days([Days(days.begin, days.end, 100) for days in course if days.degree])
    over = unable[-1].end if unable else None
    since = min(today, over or today)
    for days in unable:
        begin = days.begin
        for paper in papers:
            last = min(paper.begin - DAY, days.end or paper.begin)
            if days.begin < begin <= last and since <= last:
                return begin
            begin = max(begin, paper.end + DAY)
        if days.end is None or max(begin, since) <= days.end:
            return begin
    return None


def _stretches(
    course: Sequence[Days], papers: Sequence[Certified], today: date, backdating: int | None
) -> list[tuple[date, date]]:
    """The days of which anything is said, cut where anything changes; what is open goes on until today."""
    cuts: set[date] = set()
    for days in course:
        cuts |= {days.begin, (days.end or max(today, days.begin)) + DAY}
    for paper in papers:
        cuts |= {paper.begin, paper.end + DAY}
        if paper.begin < (from_then := _recognised_from(paper, backdating)) <= paper.end:
            cuts.add(from_then)
    # Days until today may be missing, later ones not yet.
    if cuts and min(cuts) <= today < max(cuts):
        cuts.add(today + DAY)
    return [(first, following - DAY) for first, following in pairwise(sorted(cuts))]


def _recognised_from(paper: Certified, backdating: int | None) -> date:
    """The first day for which a certificate is recognised without question."""
    if paper.issued is None or backdating is None:
        return paper.begin
    return paper.issued - timedelta(days=backdating)


def _joined(findings: list[Finding]) -> list[Finding]:
    """The same matter on days in a row said once, by fault and day."""
    order = list(Fault)
    found: list[Finding] = []
    for finding in sorted(findings, key=lambda each: (order.index(each.fault), each.begin)):
        last = found[-1] if found else None
        if (
            last
            and (last.fault, last.degrees) == (finding.fault, finding.degrees)
            and last.end + DAY == finding.begin
        ):
            found[-1] = Finding(last.fault, last.begin, finding.end, last.degrees)
        else:
            found.append(finding)
    return found


def _joined_days(covered: Sequence[Days]) -> list[Days]:
    found: list[Days] = []
    for days in covered:
        last = found[-1] if found else None
        if last and last.end and last.degree == days.degree and last.end + DAY == days.begin:
            found[-1] = Days(last.begin, days.end, days.degree)
        else:
            found.append(days)
    return found


# --- In words -------------------------------------------------------------------------------------


def words_of(covered: Iterable[Days]) -> str:
    """The certified days in words: the label of their drawing."""
    parts = [
        _("%(degree)d %% from %(begin)s to %(end)s")
        % {"degree": days.degree, "begin": swiss_date(days.begin), "end": swiss_date(days.end)}
        for days in covered
        if days.end
    ]
    return (
        _("Certified: %(periods)s.") % {"periods": "; ".join(parts)} if parts else _("Nothing is certified.")
    )


def _gap(days: int, degrees: tuple[int, ...]) -> str:
    return ngettext(
        "No certificate is known for %(begin)s (%(days)d day).",
        "No certificate is known for %(begin)s to %(end)s (%(days)d days).",
        days,
    )


def _overlap(days: int, degrees: tuple[int, ...]) -> str:
    sentence = _(
        "For %(begin)s to %(end)s the certificates name different degrees: %(degrees)s. The one issued last holds."
    )
    return sentence.replace("%(degrees)s", ", ".join(f"{degree} %%" for degree in degrees))


def _differs(days: int, degrees: tuple[int, ...]) -> str:
    certified, reported = degrees
    sentence = _("For %(begin)s to %(end)s the certificate says %(degree)s, and no incapacity is reported.")
    if reported:
        sentence = _(
            "For %(begin)s to %(end)s the certificate says %(degree)s, and %(reported)s is reported."
        )
    return sentence.replace("%(degree)s", f"{certified} %%").replace("%(reported)s", f"{reported} %%")


def _backdated(days: int, degrees: tuple[int, ...]) -> str:
    return _(
        "The days %(begin)s to %(end)s lie long before the date of the certificate. The insurer mostly recognises them "
        "only with a reason from the doctor."
    )


def _expires(days: int, degrees: tuple[int, ...]) -> str:
    return _(
        "The last certificate ends on %(end)s. Send the next one before, if the incapacity for work goes on."
    )


_SENTENCES = {
    Fault.GAP: _gap,
    Fault.OVERLAP: _overlap,
    Fault.DIFFERS: _differs,
    Fault.BACKDATED: _backdated,
    Fault.EXPIRES: _expires,
}
