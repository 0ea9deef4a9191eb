"""The deadlines of a claim file, reckoned from what is known of it: pure, no database, no clock.

Every number of days is a dated parameter, or a rule of the contract where that one differs. Days are days of the
calendar in the insurer's time zone: no hour is reckoned with, so nothing moves when the clocks do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from claims_files.allowance.days import months_after
from claims_files.course import DAY, Days, degree_on
from core.dated import Values


class Rule(TextChoices):
    """What has to happen by a day."""

    NOTICE = "notice", _("Report the case to the insurer")
    CERTIFICATE = "certificate", _("Send a current certificate of incapacity")
    EXPIRY = "expiry", _("The known incapacity for work ends")
    DISABILITY = "disability", _("Register with the disability insurance (IV)")
    BENEFIT_END = "benefit_end", _("The daily allowance ends")
    TRANSFER = "transfer", _("Move to individual insurance")


class Owner(TextChoices):
    """Whose deadline it is."""

    EMPLOYER = "employer", _("Employer")
    PERSON = "person", _("Insured person")
    INSURER = "insurer", _("Insurer")


class Audience(TextChoices):
    """Who may know of it. What says how somebody is, or what he sends the insurer, is none of the employer's business."""

    ALL = "all", _("everybody who sees the claim file")
    PERSON = "person", _("the insured person and the insurer")


OTHERWISE = {
    Rule.NOTICE: _("Benefits may be paid only from the day of the report on."),
    Rule.CERTIFICATE: _("Benefits may be interrupted until it is here."),
    Rule.EXPIRY: _("Nothing is paid for later days until they are reported, with a certificate."),
    Rule.DISABILITY: _("A pension begins six months after the registration at the earliest."),
    Rule.BENEFIT_END: _("Nothing is paid for later days."),
    Rule.TRANSFER: _("The right to move without a new health check lapses."),
}
OWNERS = {
    Rule.NOTICE: Owner.EMPLOYER,
    Rule.CERTIFICATE: Owner.PERSON,
    Rule.EXPIRY: Owner.PERSON,
    Rule.DISABILITY: Owner.PERSON,
    Rule.BENEFIT_END: Owner.INSURER,
    Rule.TRANSFER: Owner.PERSON,
}
FOR_ALL = frozenset({Rule.NOTICE, Rule.EXPIRY, Rule.BENEFIT_END})

# Where a day comes from that no rule gives; kept in English, shown in the reader's language.
CERTIFIED = gettext_noop("The last day on the certificates so far")
REPORTED = gettext_noop("The incapacity for work as reported so far")

# What somebody says is done. The others are done by what arrives, or simply come.
BY_HAND = frozenset({Rule.CERTIFICATE, Rule.DISABILITY, Rule.TRANSFER})

# What a contract may rule otherwise than the parameter of the same name.
OF_CONTRACT = {
    "ktg.notice_days": _("Days to report a case"),
    "claims.certificate_months": _("Months between two certificates"),
    "ktg.benefit_days": _("Days of benefit, the waiting period included"),
    "ktg.individual_transfer_days": _("Days to move to individual insurance"),
}

BIRTHS = frozenset({"maternity", "other_parent"})


@dataclass(frozen=True)
class Case:
    """What is known of a claim file.

    Of certificates: `read`, whether days were read off any; if so `missing`, the first day for which none is there
    (`chain.missing_from`); `arrived`, the day on which the last one came whose days nobody has read off it.
    """

    branch: str
    kind: str
    waiting_days: int
    event_date: date
    reported: date
    course: Sequence[Days] = ()
    read: bool = False
    missing: date | None = None
    arrived: date | None = None
    employment_end: date | None = None


@dataclass(frozen=True)
class Terms:
    """The numbers that hold: those of the contract before those of everybody."""

    values: Values
    own: Values

    def number(self, key: str, day: date) -> tuple[int, str]:
        """The number that holds on `day`, and who says so. Raises ParameterMissing."""
        try:
            found = self.own.on(key, day)
        except LookupError:
            found = self.values.on(key, day)
        return int(found.value), found.source


@dataclass(frozen=True)
class Due:
    """A deadline: the last day on which it is kept.

    `lapses`: the last day on which it matters; an incapacity known to end before needs no certificate after it.
    `done`: the day on which it was kept, as far as that follows from the case.
    """

    rule: Rule
    day: date
    source: str
    lapses: date | None = None
    done: date | None = None

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return OWNERS[self.rule]

    @property
    def audience(self) -> Audience:
        """Who may know of it."""
        return Audience.ALL if self.rule in FOR_ALL else Audience.PERSON


def deadlines_of(case: Case, terms: Terms) -> list[Due]:
    """All deadlines of a claim file that is being dealt with, the earliest first."""
    found = [*_notice(case, terms), *_of_incapacity(case, terms), *_transfer(case, terms)]
    return sorted(found, key=lambda due: (due.day, due.rule))


def _notice(case: Case, terms: Terms) -> Iterator[Due]:
    """Accidents are reported “without delay” (UVG art. 45): no day is named, so none is shown."""
    if case.branch != "ktg" or case.kind != "illness":
        return
    begin = case.course[0].begin if case.course else case.event_date
    try:
        own = terms.own.on("ktg.notice_days", begin)
        days, source = int(own.value), own.source
    except LookupError:
        short, _source = terms.number("ktg.short_waiting_days", begin)
        length = "short" if case.waiting_days <= short else "long"
        days, source = terms.number(f"ktg.notice_days_{length}_waiting", begin)
    yield Due(Rule.NOTICE, begin + days * DAY, source, done=case.reported)


def _of_incapacity(case: Case, terms: Terms) -> Iterator[Due]:
    if case.kind in BIRTHS:
        # Nobody is ill: the leave has an end of its own.
        if case.kind == "maternity":
            days, source = terms.number("eo.maternity_days", case.event_date)
            yield _ends(case.event_date + (days - 1) * DAY, source)
        return
    if not any(days.degree for days in case.course):
        return
    begin, end = _under_way(case.course, terms), case.course[-1].end
    following = _certificate(case, begin, terms)
    # The end that is known comes first: by then a certificate is due anyway, or the person is back.
    if following and (end is None or following.day <= end):
        yield following
    if end is not None:
        yield Due(Rule.EXPIRY, end, REPORTED, lapses=end)
    months, source = terms.number("iv.registration_months", begin)
    registration = months_after(begin, months)
    over = end if end is not None and end < registration else None
    yield Due(Rule.DISABILITY, registration, source, lapses=over)
    if case.branch == "ktg":
        yield from _benefit_end(case, terms, end)


def _certificate(case: Case, begin: date, terms: Terms) -> Due | None:
    """The next one is due on the last certified day; where nobody has read any, so many months after the last one came.

    One that came and was not read yet may reach further than those that were. None where no day is missing.
    """
    months, source = terms.number("claims.certificate_months", begin)
    arrived = max(begin, case.arrived) if case.arrived else None
    unread = Due(Rule.CERTIFICATE, months_after(arrived or begin, months), source)
    if not case.read:
        return unread
    if case.missing is None:
        return None
    if degree_on(case.course, case.missing - DAY):
        due = Due(Rule.CERTIFICATE, case.missing - DAY, CERTIFIED)
    else:
        # Unable to work anew, after days at work.
        due = Due(Rule.CERTIFICATE, months_after(case.missing, months), source)
    return unread if arrived and unread.day > due.day else due


def _benefit_end(case: Case, terms: Terms, end: date | None) -> Iterator[Due]:
    """The last paid day: the contract's number of days counts from the first one, the waiting period included.

    Every day of at least the smallest degree counts as a whole one (VVG); the last degree is taken to go on.
    """
    first = case.course[0].begin
    left, source = terms.number("ktg.benefit_days", first)
    smallest, _source = terms.number("ktg.minimum_degree_percent", first)
    for part in case.course:
        if part.degree < smallest:
            continue
        last = part.begin + (left - 1) * DAY
        if part.end is None or part is case.course[-1] or last <= part.end:
            yield _ends(last, source, known=end)
            return
        left -= (part.end - part.begin).days + 1


def _ends(last: date, source: str, known: date | None = None) -> Due:
    """What simply comes matters until it has come, or until it cannot come any more."""
    return Due(Rule.BENEFIT_END, last, source, lapses=min(last, known or last))


def _transfer(case: Case, terms: Terms) -> Iterator[Due]:
    if case.branch != "ktg" or case.employment_end is None:
        return
    days, source = terms.number("ktg.individual_transfer_days", case.employment_end)
    yield Due(Rule.TRANSFER, case.employment_end + days * DAY, source)


def _under_way(course: Sequence[Days], terms: Terms) -> date:
    """The first day of the incapacity under way: so many days at work (IVV art. 29ter) end the one before."""
    unable = [days for days in course if days.degree]
    begin = unable[0].begin
    least, _source = terms.number("iv.interruption_days", begin)
    for earlier, later in pairwise(unable):
        if earlier.end and (later.begin - earlier.end - DAY).days >= least:
            begin = later.begin
    return begin
