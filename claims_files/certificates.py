"""The chain of certificates of a claim file as each side may read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from claims_files import course
from claims_files.chain import Certified, Chain, chain
from claims_files.models import CertifiedPeriod, ClaimFile, IncapacityPeriod
from claims_files.reading import EMPLOYER
from claims_files.states import OVER, Move, possible
from companies.models import Contract
from core.errors import OutOfReach
from core.parameters import value_on
from documents import services as documents
from documents.models import Document
from permissions.policy import can


def certified_of(claim: ClaimFile, side: str) -> list[CertifiedPeriod]:
    """The days read off certificates, the earliest first, as far as this side knows of them."""
    return list(_known(claim, side).filter(dropped_at=None).order_by("begin", "created"))


def find(claim: ClaimFile, side: str, period_id: Any) -> CertifiedPeriod:
    """One of them, or one that was taken out. Raises OutOfReach for days of another claim file, or unknown to this side."""
    found = _known(claim, side).filter(pk=period_id).first()
    if found is None:
        raise OutOfReach
    return found


def _known(claim: ClaimFile, side: str) -> QuerySet[CertifiedPeriod]:
    rows = CertifiedPeriod.unrestricted.filter(claim_file=claim)
    return rows.filter(company__isnull=False) if side == EMPLOYER else rows


def is_certified(claim: ClaimFile) -> bool:
    """Whether certificates belong to such a case at all: not to a birth, and not to a few days after a small accident."""
    return not ClaimFile.Kind(claim.kind).is_birth and claim.kind != ClaimFile.Kind.MINOR_ACCIDENT


def chain_of(
    claim: ClaimFile, side: str, periods: list[IncapacityPeriod], certified: list[CertifiedPeriod]
) -> Chain:
    """The chain that these certified days make over the course of the incapacity (`reading.periods_of`).

    How far back a certificate reaches is a rule of the sickness allowance; accident insurance knows none. The employer
    reads days and degree: when a certificate was issued is none of it.
    """
    today = timezone.localdate()
    backdating = None
    if side != EMPLOYER and claim.contract.branch == Contract.Branch.KTG:
        backdating = int(value_on("ktg.certificate_backdating_days", claim.event_date))
    papers = as_papers(certified)
    reported = course.gapless(periods) if is_certified(claim) or papers else []
    warning = int(value_on("claims.certificate_warning_days", today))
    return chain(reported, papers, today=today, backdating=backdating, warning=warning)


def as_papers(rows: Iterable[CertifiedPeriod]) -> list[Certified]:
    """Days read off certificates as the chain reckons with them; where no date of issue is known, that of entry."""
    return [
        Certified(
            each.begin, each.end, each.degree, each.issued, each.issued or timezone.localdate(each.created)
        )
        for each in rows
    ]


def unread(user: Any, claim: ClaimFile, certified: list[CertifiedPeriod]) -> list[Document]:
    """The certificates in the folder of which nobody has said yet which days they cover, the newest first."""
    said = {each.document_id for each in certified}
    rows = documents.readable(user).filter(claim_file=claim, kind="certificate").order_by("-created", "-id")
    return [document for document in rows if document.pk not in said]


def ending(today: date, days: int) -> QuerySet[CertifiedPeriod]:
    """The last certified days of their claim files that end within `days` from `today` while the incapacity goes on.

    Along the index of the days on which certificates end: however many claim files there are.
    """
    rows = CertifiedPeriod.unrestricted.filter(dropped_at=None)
    later = rows.filter(claim_file=OuterRef("claim_file"), end__gt=OuterRef("end"))
    course = IncapacityPeriod.unrestricted.filter(claim_file=OuterRef("claim_file")).order_by()
    newest = course.values("claim_file").annotate(newest=Max("version")).values("newest")[:1]
    goes_on = course.filter(Q(end=None) | Q(end__gt=OuterRef("end")), version=Subquery(newest))
    soon = rows.filter(end__range=(today, today + timedelta(days=days)))
    return soon.filter(~Exists(later), Exists(goes_on)).order_by()


def expiring(queryset: QuerySet[ClaimFile], today: date, days: int) -> QuerySet[ClaimFile]:
    """The claim files whose last certificate ends so soon and in which somebody waits for the next one; for lists."""
    return queryset.filter(pk__in=ending(today, days).values("claim_file")).exclude(state__in=OVER)


def last_certified(claim: ClaimFile) -> date | None:
    """The last day that a certificate covers, as far as its days were read off."""
    rows = CertifiedPeriod.unrestricted.filter(claim_file=claim, dropped_at=None)
    return rows.aggregate(last=Max("end"))["last"]


def ends_of(claims: Iterable[ClaimFile], today: date) -> dict[Any, date]:
    """The last certified day of those of these claim files in which it is near, by key; two queries."""
    keys = [claim.pk for claim in claims if claim.state not in OVER]
    days = int(value_on("claims.certificate_warning_days", today))
    return dict(ending(today, days).filter(claim_file__in=keys).values_list("claim_file", "end"))


def shown(user: Any, claim: ClaimFile, side: str, periods: list[IncapacityPeriod]) -> dict[str, Any]:
    """What a page shows of the chain: rows with the paper where one may open it, findings, what may be done.

    Of a row the employer sees days and degree.
    """
    certified = certified_of(claim, side)
    found = chain_of(claim, side, periods, certified)
    by_key = {each.document_id for each in certified if each.document_id}
    papers = {each.pk: each for each in documents.readable(user).filter(pk__in=by_key)} if by_key else {}
    open_now = Move.CHANGE in possible(claim.state)
    judges = open_now and can(user, "claim.request_paper", claim)
    return {
        "chain": found,
        "certified": [
            {
                "period": each,
                "document": papers.get(each.document_id),
                "may_confirm": judges and each.confirmed_at is None,
                "may_drop": judges
                or (open_now and each.confirmed_at is None and each.entered_by_id == user.pk),
            }
            for each in certified
        ],
        "unread": unread(user, claim, certified) if open_now else [],
        "may_enter": open_now and can(user, "claim.edit_incapacity", claim),
    }
