"""What somebody may read of a claim file: the side he stands on, and what that side is shown.

Three sides: the insurer, the insured person, the employer. What is between the first two (`claim.view_sealed`)
does not exist for the third: no request, no line, no state, no count of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from claims_files.models import (
    ClaimFile,
    ContractRule,
    Cover,
    Deadline,
    Decision,
    IncapacityCourse,
    IncapacityPeriod,
    OpenAnswers,
    PaperRequest,
    PrivateReport,
    Release,
    Report,
    TimelineEntry,
)
from claims_files.standing import Standing, standing
from claims_files.states import UNDECIDED, law_of_claims
from companies.models import Company, Contract
from companies.services import knows_closely
from core.parameters import value_on
from core.text import mask_ahv
from documents import services as documents
from documents.models import Document
from permissions import policy
from permissions.ledger import Deputy
from permissions.policy import can_each, require, visible_to
from permissions.reach import condition, reach_of

Audience = TimelineEntry.Audience

EMPLOYER, PERSON, INSURER = "employer", "person", "insurer"
Asked = TypeVar("Asked", PaperRequest, OpenAnswers)


def find(user: Any, claim_id: Any) -> ClaimFile:
    """The claim file with what its pages show of others.

    Raises OutOfReach (404), or NotAllowed (403) for somebody who knows its number only.
    """
    # Planning takes longer with every table: the company's managers are read where a page names them.
    rows = ClaimFile.unrestricted.select_related("health_manager", "person", "company", "contract", "site")
    return policy.find(user, rows, claim_id, "claim.view")


def find_for(user: Any, claim_id: Any, action: str) -> ClaimFile:
    """The claim file for the page of an act; raises as `find`, and NotAllowed without the right to the act."""
    claim = find(user, claim_id)
    require(user, action, claim)
    return claim


def papers(user: Any, claim_id: Any) -> QuerySet[PaperRequest]:
    """The requests of one claim file that `user` may know of."""
    claim = find(user, claim_id)
    rows = PaperRequest.unrestricted.filter(claim_file=claim)
    if side_of(user, claim) == EMPLOYER:
        rows = rows.filter(addressee=PaperRequest.Addressee.EMPLOYER)
    return rows


def listed(user: Any) -> QuerySet[ClaimFile]:
    """The claim files that `user` sees, with what a list shows of others."""
    return visible_to(user, "claim.view", everything())


def everything() -> QuerySet[ClaimFile]:
    """All claim files, for lists that ask the policy themselves (`permissions.paging.newest_page`)."""
    return ClaimFile.unrestricted.select_related("person", "company", "health_manager")


def for_the_insurer(queryset: QuerySet[ClaimFile], user: Any) -> QuerySet[ClaimFile]:
    """Those that `user` looks after at the insurer."""
    return visible_to(user, "claim.take_over", queryset)


def side_of(user: Any, claim: ClaimFile) -> str:
    """On which side of this claim file `user`, who sees it, stands."""
    return sides_of(user, [claim])[claim.pk]


def sides_of(user: Any, claims: Iterable[ClaimFile]) -> dict[Any, str]:
    """The side for each claim file, by key; one query."""
    claims = list(claims)
    sealed = can_each(user, "claim.view_sealed", claims)
    own = reach_of(user).own_persons
    return {
        claim.pk: EMPLOYER if claim.pk not in sealed else PERSON if claim.person_id in own else INSURER
        for claim in claims
    }


def shown_state(claim: ClaimFile, side: str) -> str:
    """The state as this side sees it."""
    return claim.employer_state if side == EMPLOYER else claim.state


def in_states(queryset: QuerySet[ClaimFile], user: Any, states: Iterable[str]) -> QuerySet[ClaimFile]:
    """The claim files that `user` is shown in one of these states: a filter must not tell more than the row."""
    states = list(states)
    sealed = condition(reach_of(user), "claim.view_sealed", ClaimFile)
    if not sealed:
        return queryset.filter(state__in=states)
    return queryset.filter(sealed & Q(state__in=states) | ~sealed & Q(employer_state__in=states))


def papers_of(user: Any, claims: Iterable[ClaimFile]) -> dict[Any, list[PaperRequest]]:
    """The paper requests that `user` may know of, by claim file, the earliest due first; two queries."""
    return _asked(PaperRequest, user, claims)


def answering_documents(user: Any, requests: Iterable[PaperRequest]) -> dict[Any, Document]:
    """The documents that answer these requests and that `user` may open, by the request's key; one query."""
    # One document may be the answer to several: asked of either side, it came once.
    answers = {each.pk: each.document_id for each in requests if each.document_id}
    found = documents.readable(user).in_bulk(set(answers.values())) if answers else {}
    return {request: found[document] for request, document in answers.items() if document in found}


def answers_of(user: Any, claims: Iterable[ClaimFile]) -> dict[Any, list[OpenAnswers]]:
    """What the reports of these claim files left for later, as far as `user` may know, by key; two queries."""
    return _asked(OpenAnswers, user, claims)


def _asked(model: type[Asked], user: Any, claims: Iterable[ClaimFile]) -> dict[Any, list[Asked]]:
    """What is asked of one side or the other: the employer knows of what is asked of him alone."""
    sides = sides_of(user, claims)
    found: dict[Any, list[Asked]] = defaultdict(list)
    for row in model.unrestricted.filter(claim_file__in=list(sides)).order_by("due", "created"):
        if sides[row.claim_file_id] != EMPLOYER or row.addressee == PaperRequest.Addressee.EMPLOYER:
            found[row.claim_file_id].append(row)
    return found


@dataclass(frozen=True)
class LeftOpen:
    """What one side has yet to answer: the questions in the words, and the `language`, in which the report was sent."""

    row: OpenAnswers
    questions: list[dict[str, str]]
    language: str


def course_untold(claim: ClaimFile) -> bool:
    """Whether nobody has told anything of the course of the incapacity yet."""
    told = IncapacityPeriod.unrestricted.filter(claim_file=claim).exists()
    return not told and not IncapacityCourse.unrestricted.filter(claim_file=claim, version__gt=1).exists()


def still_open(claim: ClaimFile, report: Report) -> list[dict[str, str]]:
    """The questions that this version of the report leaves for later; once it was told, the course answers its own."""
    asked = report.content.get("open", [])
    if all(each["part"] != "incapacity" for each in asked) or course_untold(claim):
        return asked
    return [each for each in asked if each["part"] != "incapacity"]


def left_open(claim: ClaimFile, rows: list[OpenAnswers]) -> list[LeftOpen]:
    """The questions behind each of `rows` (`answers_of`)."""
    if not rows:
        return []
    report = Report.unrestricted.filter(claim_file=claim).latest("version")
    asked = still_open(claim, report)
    return [
        LeftOpen(row, [each for each in asked if each["addressee"] == row.addressee], report.language)
        for row in rows
    ]


def periods_of(claims: Iterable[ClaimFile]) -> dict[Any, list[IncapacityPeriod]]:
    """The current course of incapacity of each claim file, by key; fitness and dates are for every side."""
    found: dict[Any, list[IncapacityPeriod]] = defaultdict(list)
    rows = IncapacityPeriod.unrestricted.filter(claim_file__in=[claim.pk for claim in claims])
    for period in rows.order_by("claim_file", "version", "begin"):
        course = found[period.claim_file_id]
        if course and course[-1].version != period.version:
            course.clear()
        course.append(period)
    return found


def courses_of(claim: ClaimFile) -> list[tuple[IncapacityCourse, list[IncapacityPeriod]]]:
    """Every version of the course with its periods, the newest first; fitness and dates are for every side."""
    periods: dict[int, list[IncapacityPeriod]] = defaultdict(list)
    for period in IncapacityPeriod.unrestricted.filter(claim_file=claim).order_by("begin"):
        periods[period.version].append(period)
    rows = IncapacityCourse.unrestricted.filter(claim_file=claim).select_related("by").order_by("-version")
    return [(row, periods[row.version]) for row in rows]


def course_version(claim: ClaimFile) -> int:
    """The number of the version of the course that holds now."""
    row = IncapacityCourse.unrestricted.filter(claim_file=claim).order_by("-version").first()
    return row.version if row else 1


def further_contracts(claim: ClaimFile) -> list[Contract]:
    """The contracts of the company in force on the day of the event that the case does not touch yet."""
    touched = Cover.unrestricted.filter(claim_file=claim).values("contract")
    rows = Contract.unrestricted.filter(company=claim.company_id).exclude(pk__in=touched)
    return [each for each in rows.exclude(pk=claim.contract_id) if each.in_force(claim.event_date)]


def touched_too(claim: ClaimFile) -> list[Contract]:
    """The contracts that an event touches besides its own: after an accident the supplementary insurance.

    Of one for some groups of persons only nobody knows yet whether it covers this one: the health manager adds it.
    """
    if claim.contract.branch != Contract.Branch.LAA:
        return []
    found = further_contracts(claim)
    return [each for each in found if each.branch == Contract.Branch.LAAC and not each.persons_groups]


@dataclass(frozen=True)
class Insurance:
    """A contract that the case touches: where the decision on it stands, and all decisions, the newest first."""

    cover: Cover
    decisions: list[Decision]

    @property
    def holds(self) -> Decision | None:
        """The decision that holds."""
        return self.decisions[0] if self.decisions else None


def insurances_of(claims: Iterable[ClaimFile]) -> dict[Any, list[Insurance]]:
    """The contracts that each claim file touches, with their decisions, by key; two queries. For every side.

    The `reason` of a decision is for the insured person and the insurer alone: whoever shows it asks for the side.
    """
    keys = [claim.pk for claim in claims]
    made: dict[Any, list[Decision]] = defaultdict(list)
    rows = Decision.unrestricted.filter(claim_file__in=keys).select_related("by", "replaces")
    for decision in rows.order_by("-number"):
        made[decision.cover_id].append(decision)
    found: dict[Any, list[Insurance]] = defaultdict(list)
    covers = Cover.unrestricted.filter(claim_file__in=keys).select_related("contract")
    for cover in covers.order_by("created", "id"):
        found[cover.claim_file_id].append(Insurance(cover, made[cover.pk]))
    return found


def standing_of(user: Any, claims: Iterable[ClaimFile]) -> dict[Any, Standing]:
    """Where each claim file stands for `user`, by key; some queries, however many there are."""
    claims = list(claims)
    sides, papers, answers = sides_of(user, claims), papers_of(user, claims), answers_of(user, claims)
    insurances, periods, law = insurances_of(claims), periods_of(claims), law_of_claims()
    return {
        claim.pk: standing(
            claim,
            papers[claim.pk],
            sides[claim.pk],
            answers=answers[claim.pk],
            decisions=[each.holds for each in insurances[claim.pk] if each.holds],
            undecided=any(each.cover.state in UNDECIDED for each in insurances[claim.pk]),
            periods=periods[claim.pk],
            law=law,
        )
        for claim in claims
    }


def linked(user: Any, claim: ClaimFile) -> dict[str, list[ClaimFile]]:
    """The claim files that this one is linked to, as far as `user` sees them: where it came from, where it went on."""
    rows = visible_to(user, "claim.view", ClaimFile.unrestricted.select_related("company"))
    keys = [key for key in (claim.relapse_of_id, claim.duplicate_of_id) if key]
    found = {each.pk: each for each in rows.filter(pk__in=keys)} if keys else {}
    others = rows.filter(Q(relapse_of=claim) | Q(duplicate_of=claim)).order_by("opened", "id")
    after = list(others)
    return {
        "relapse_of": [found[claim.relapse_of_id]] if claim.relapse_of_id in found else [],
        "duplicate_of": [found[claim.duplicate_of_id]] if claim.duplicate_of_id in found else [],
        "relapses": [each for each in after if each.relapse_of_id == claim.pk],
        "duplicates": [each for each in after if each.duplicate_of_id == claim.pk],
    }


def timeline_of(claim: ClaimFile, side: str) -> list[TimelineEntry]:
    """What happened, the newest first, as far as this side may know."""
    audiences = [Audience.ALL]
    if side != EMPLOYER:
        audiences.append(Audience.PERSON)
    if side == INSURER:
        audiences.append(Audience.INSURER)
    rows = TimelineEntry.unrestricted.filter(claim_file=claim, audience__in=audiences)
    return list(rows.select_related("actor").order_by("-at", "-id"))


def report_of(claim: ClaimFile, side: str, user: Any) -> tuple[Report | None, list[dict[str, Any]]]:
    """The latest report and the parts of it that this side may read; AHV numbers whole only for who knows the person."""
    versions = versions_of(claim, side, user)
    if not versions:
        return None, []
    report = versions[0].report
    parts = report.content["parts"]
    shown = [part for part in parts if side != EMPLOYER or part["audience"] == "all"]
    if not knows_closely(user, claim.person):
        shown = [
            {**part, "rows": [[label, mask_ahv(value)] for label, value in part["rows"]]} for part in shown
        ]
    return report, shown


@dataclass(frozen=True)
class Version:
    """A version of the report as one side knows it: `number` counts those it knows of; `changes` it may read."""

    number: int
    report: Report
    changes: list[dict[str, Any]]


def versions_of(claim: ClaimFile, side: str, user: Any) -> list[Version]:
    """The versions of the report, the newest first. One that changed sealed answers only is not the employer's."""
    closely = knows_closely(user, claim.person)
    found: list[Version] = []
    for report in Report.unrestricted.filter(claim_file=claim).select_related("by").order_by("version"):
        changes = [
            each if closely else {**each, "old": mask_ahv(each["old"]), "new": mask_ahv(each["new"])}
            for each in report.content.get("changes", [])
            if side != EMPLOYER or each["audience"] == "all"
        ]
        if changes or report.version == 1:
            found.append(Version(len(found) + 1, report, changes))
    return found[::-1]


def private_of(claim: ClaimFile, side: str) -> tuple[list[PrivateReport], list[Release]]:
    """What the insured person told the insurer alone: the versions of his own part, and the releases he signed.

    The newest first. For the employer there is neither.
    """
    if side == EMPLOYER:
        return [], []
    reports = PrivateReport.unrestricted.filter(claim_file=claim).select_related("by").order_by("-version")
    releases = Release.unrestricted.filter(claim_file=claim).select_related("signed_by")
    return list(reports), list(releases.order_by("-signed_at"))


def waiting_for_paper(queryset: QuerySet[ClaimFile], day: Any) -> QuerySet[ClaimFile]:
    """The claim files with a requested paper that is overdue on `day`; for the insurer's worklist."""
    overdue = PaperRequest.unrestricted.filter(state=PaperRequest.State.OPEN, due__lt=day)
    return queryset.filter(pk__in=overdue.values("claim_file"))


def owing_answers(queryset: QuerySet[ClaimFile], user: Any) -> QuerySet[ClaimFile]:
    """The claim files whose report left answers for later that nobody has given yet.

    The employer learns of those that he owes himself; of what the insured person owes, he and the insurer.
    """
    claim = ClaimFile.unrestricted.filter(pk=OuterRef("claim_file"))
    known = Q(addressee=OpenAnswers.Addressee.EMPLOYER) | Exists(visible_to(user, "claim.view_sealed", claim))
    rows = OpenAnswers.unrestricted.filter(known, Exists(visible_to(user, "claim.view", claim)))
    # Their keys: few wait for answers, and to walk along these is shorter than along all that somebody reaches.
    return queryset.filter(pk__in=list(rows.order_by().values_list("claim_file", flat=True).distinct()))


def expiring(queryset: QuerySet[ClaimFile], day: date) -> QuerySet[ClaimFile]:
    """The claim files whose certificate, or known incapacity, ends within the days in which it is reminded of.

    And those whose certificate has ended meanwhile: they are the most urgent ones. An incapacity that is over is none.
    """
    # With the company, which follows anyway: so each company is walked along its own few deadlines.
    ending = Deadline.unrestricted.filter(
        claim_file=OuterRef("pk"),
        company=OuterRef("company"),
        rule__in=[Deadline.Rule.CERTIFICATE, Deadline.Rule.EXPIRY],
        done=None,
        remind_on__lte=day,
    ).filter(Q(lapses=None) | Q(lapses__gte=day))
    return queryset.filter(Exists(ending))


def quiet(queryset: QuerySet[ClaimFile], day: date) -> QuerySet[ClaimFile]:
    """The claim files, not closed, in which nothing has happened for more days than a dated parameter says."""
    since = day - timedelta(days=int(value_on("claims.quiet_days", day)))
    begin = timezone.make_aware(datetime.combine(since, time.min))
    return queryset.exclude(state=ClaimFile.State.CLOSED).filter(last_activity__lt=begin)


def stood_in_for(user: Any) -> list[Any]:
    """The ids of those at the insurer for whom somebody stands in today."""
    today = timezone.localdate()
    rows = Deputy.unrestricted.filter(
        deputy=user.pk, company=None, begin__lte=today, until__gte=today, ended=None, confirmed__isnull=False
    )
    return list(rows.values_list("principal", flat=True))


def portfolio_of(user: Any) -> list[Any]:
    """The ids of the companies that name somebody as their health manager."""
    rows = visible_to(user, "company.view", Company.unrestricted.filter(health_manager=user.pk))
    return list(rows.values_list("pk", flat=True))


def known_deadlines(user: Any) -> QuerySet[Deadline]:
    """All deadlines that somebody may know of."""
    return visible_to(user, "deadline.view", Deadline.unrestricted.all())


def contract_rules(user: Any) -> QuerySet[ContractRule]:
    """What the contracts that somebody sees rule otherwise, the newest value of each first."""
    contracts = visible_to(user, "contract.view", Contract.unrestricted.all())
    rows = ContractRule.unrestricted.filter(contract__in=contracts.values("pk"))
    return rows.order_by("contract", "key", "-valid_from")


def deadlines(user: Any, day: date) -> QuerySet[Deadline]:
    """The deadlines that somebody may know of, neither done nor without object on `day`, the earliest first."""
    rows = known_deadlines(user).filter(Q(lapses=None) | Q(lapses__gte=day), done=None)
    return rows.select_related("claim_file__person", "company").order_by("day", "id")


def deadlines_of(user: Any, claim: ClaimFile, day: date) -> list[Deadline]:
    """The deadlines of one claim file that somebody may know of, those that were kept included."""
    rows = known_deadlines(user).filter(claim_file=claim)
    rows = rows.filter(Q(lapses=None) | Q(lapses__gte=day) | Q(done__isnull=False))
    return list(rows.select_related("done_by").order_by("day", "id"))


def asked_of(user: Any) -> QuerySet[PaperRequest]:
    """The open requests that `user` can fulfil: asked of him as the insured person, or of his company."""
    reach = reach_of(user)
    asked = Q(addressee=PaperRequest.Addressee.PERSON, person__in=reach.own_persons)
    if reach.staff_preset is None:
        # The companies first, along their index; then each claim file by its key.
        companies = reach.scopes("company.view").member | reach.scopes("company.view").company
        of_company = Q(addressee=PaperRequest.Addressee.EMPLOYER, company__in=companies)
        asked |= of_company & ~Q(person__in=reach.own_persons)
    seen = visible_to(user, "claim.view", ClaimFile.unrestricted.filter(pk=OuterRef("claim_file")))
    rows = PaperRequest.unrestricted.filter(asked, Exists(seen), state=PaperRequest.State.OPEN)
    return rows.select_related("claim_file__person")
