"""Reminders of requested papers: by the health manager, and once by the portal when the due date is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import PaperRequest
from claims_files.services.acting import (
    Audience,
    Code,
    audience_of,
    enter,
    knock_at,
    locked,
    open_papers,
    paper_facts,
    save,
)
from core.errors import NotNow, OutOfReach
from core.parameters import value_on
from permissions.audit import record
from permissions.policy import require


@transaction.atomic
def remind(claim_id: Any, by: Any) -> list[PaperRequest]:
    """Remind of the requested papers of a claim file that are not here yet, each once a day; one act for the file.

    Returns those that were reminded of. Raises OutOfReach, NotAllowed, NotNow where none is open, or all were reminded
    of today.
    """
    claim = locked(claim_id)
    require(by, "claim.request_paper", claim)
    papers = list(open_papers(claim).order_by("due", "created"))
    if not papers:
        raise NotNow(_("No requested document is missing any more."), code="nothing_open")
    now = timezone.now()
    today = timezone.localdate(now)
    left = [paper for paper in papers if not paper.reminded or timezone.localdate(paper.reminded) != today]
    if not left:
        raise NotNow(_("They were reminded today already."), code="reminded_today")
    for paper in left:
        paper.reminded = now
        paper.save(update_fields=["reminded"])
        enter(claim, Code.PAPER_REMINDED, by=by, audience=audience_of(paper), facts=paper_facts(paper))
        # On the request, not on the claim file: what is asked of the person stands on no company.
        record(by, "claim.paper_reminded", paper, claim_file=claim.pk, kind=paper.kind)
    # What has arrived goes on waiting: many files are reminded of at once without looking into them.
    claim.last_activity = now
    save(claim)
    told = {audience_of(paper) for paper in left}
    knock_at(claim, Audience.ALL if Audience.ALL in told else Audience.PERSON)
    return left


def unreminded(today: date) -> QuerySet[PaperRequest]:
    """The papers that are overdue for so long that the portal reminds by itself, and of which nobody has since."""
    days = timedelta(days=int(value_on("claims.paper_reminder_days", today)))
    rows = PaperRequest.unrestricted.filter(state="open", told=None, due__lte=today - days)
    reminded = Q(reminded__isnull=False, reminded_on__gt=F("due"))
    return rows.annotate(reminded_on=TruncDate("reminded")).exclude(reminded)


@transaction.atomic
def tell_of_overdue(paper_id: Any) -> None:
    """Tell those who were asked that a paper is overdue, once. Raises OutOfReach where nobody waits for it any more."""
    paper = PaperRequest.unrestricted.filter(pk=paper_id).first()
    if paper is None:
        raise OutOfReach
    claim = locked(paper.claim_file_id)
    if not unreminded(timezone.localdate()).filter(pk=paper_id).exists():
        raise OutOfReach
    paper.refresh_from_db()
    paper.told = timezone.now()
    paper.save(update_fields=["told"])
    audience = audience_of(paper)
    enter(claim, Code.PAPER_OVERDUE, by=None, audience=audience, facts=paper_facts(paper))
    record(None, "claim.paper_overdue", paper, claim_file=claim.pk, kind=paper.kind)
    knock_at(claim, audience)
