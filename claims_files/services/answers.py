"""Answers that a report left for later: kept with a due date, asked for again, gone with a decision."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile, OpenAnswers, Report
from claims_files.reading import still_open
from claims_files.services.acting import Code, audience_of, finish, locked
from claims_files.states import answers_due
from core.errors import NotNow
from permissions import scoped
from permissions.audit import record
from permissions.policy import require

Addressee = OpenAnswers.Addressee


def note_open(claim: ClaimFile) -> None:
    """Keep how many answers each side still owes to the latest version of the report; a due date once given stays.

    Part of the act that freezes a version or tells the course. After the decision nobody waits for them.
    """
    report = Report.unrestricted.filter(claim_file=claim).order_by("-version").first()
    left = Counter(each["addressee"] for each in still_open(claim, report)) if report else Counter()
    if claim.decided_at is not None:
        left.clear()
    for addressee in Addressee.values:
        rows = OpenAnswers.unrestricted.filter(claim_file=claim, addressee=addressee)
        if not left[addressee]:
            rows.delete()
        elif not rows.update(count=left[addressee]):
            to_employer = addressee == Addressee.EMPLOYER
            OpenAnswers.unrestricted.create(
                claim_file=claim,
                company_id=claim.company_id if to_employer else None,
                person_id=claim.person_id,
                addressee=addressee,
                count=left[addressee],
                due=answers_due(),
            )


@transaction.atomic
def remind_of_answers(claim_id: Any, *, addressee: str, by: Any) -> OpenAnswers:
    """Ask one side again for the answers that it still owes; once a day.

    Raises OutOfReach, NotAllowed, NotNow where nothing is open, or when they were reminded today already.
    """
    claim = locked(claim_id)
    require(by, "claim.request_paper", claim)
    row = OpenAnswers.unrestricted.filter(claim_file=claim, addressee=addressee).first()
    if row is None:
        raise NotNow(_("No answer is open any more."), code="nothing_open")
    if reminded_today(row):
        raise NotNow(_("They were reminded today already."), code="reminded_today")
    row.reminded = timezone.now()
    row.save(update_fields=["reminded"])
    finish(claim, Code.ANSWERS_REMINDED, by=by, audience=audience_of(row))
    # On the row, not on the claim file: what is asked of the person stands on no company.
    record(by, "claim.answers_reminded", row, claim_file=claim.pk, addressee=addressee)
    return row


def reminded_today(row: OpenAnswers) -> bool:
    """Whether this side was reminded today: once a day is enough."""
    return row.reminded is not None and timezone.localdate(row.reminded) == timezone.localdate()


@transaction.atomic
def tell_of_due_answers(row_id: Any) -> None:
    """Tell those who still owe answers that the day has come, once. Raises OutOfReach where nothing is open."""
    row = scoped.locked(OpenAnswers, row_id)
    if row.told is not None or row.due > timezone.localdate():
        return
    row.told = timezone.now()
    row.save(update_fields=["told"])
    record(None, "claim.answers_due", row, claim_file=row.claim_file_id, addressee=row.addressee)
