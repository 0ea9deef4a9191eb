"""Keeping the deadlines of a claim file: reckoned anew whenever something happens in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from claims_files import course
from claims_files.certificates import as_papers
from claims_files.chain import missing_from
from claims_files.deadlines import Case, Due, Rule, Terms, deadlines_of
from claims_files.models import CertifiedPeriod, ClaimFile, ContractRule, Deadline, IncapacityPeriod
from claims_files.states import OVER
from core.dated import Dated, Values
from core.parameters import values_of
from documents.models import Document, Kind

CHAPTERS = ("ktg", "iv", "claims", "eo")
CHUNK = 1000
REMINDERS = "claims.deadline_reminder_days"


def keep_deadlines(claim: ClaimFile) -> None:
    """Let the kept deadlines be those that follow from the claim file as it is now; part of every act on it.

    What somebody has said to be done stays done; a later day of what comes again and again is a deadline of its own.
    """
    kept = {row.rule: row for row in Deadline.unrestricted.filter(claim_file=claim)}
    today = timezone.localdate()
    values = values_of(*CHAPTERS)
    found = [] if claim.state in OVER else deadlines_of(_case(claim), Terms(values, _own(claim)))
    due = {each.rule: each for each in found if each.lapses is None or each.lapses >= today}
    leads = values.on(REMINDERS, today).value
    for rule, each in due.items():
        _keep(kept.get(rule) or Deadline(claim_file=claim, rule=rule), each, claim, leads)
    gone = [row.pk for rule, row in kept.items() if rule not in due and row.done is None]
    if gone:
        Deadline.unrestricted.filter(pk__in=gone).delete()


def _keep(row: Deadline, due: Due, claim: ClaimFile, leads: dict[str, int]) -> None:
    lead = leads.get(due.rule)
    values = {
        "company_id": claim.company_id,
        "site_id": claim.site_id,
        "contract_id": claim.contract_id,
        "person_id": claim.person_id,
        "owner": due.owner,
        "audience": due.audience,
        "day": due.day,
        "lapses": due.lapses,
        "source": due.source,
        "remind_on": None if lead is None else due.day - timedelta(days=lead),
        "done": due.done,
        "done_by_id": None,
        "told": row.told,
    }
    if row.day != due.day:
        values["told"] = None
    if row.done_by_id and (due.rule != Rule.CERTIFICATE or row.day == due.day):
        values |= {"done": row.done, "done_by_id": row.done_by_id}
    if row._state.adding or any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _case(claim: ClaimFile) -> Case:
    periods = list(IncapacityPeriod.unrestricted.filter(claim_file=claim).order_by("-version", "begin"))
    incapacity = course.gapless(each for each in periods if each.version == periods[0].version)
    rows = list(CertifiedPeriod.unrestricted.filter(claim_file=claim, dropped_at=None))
    return Case(
        branch=claim.contract.branch,
        kind=claim.kind,
        waiting_days=claim.contract.waiting_days,
        event_date=claim.event_date,
        reported=timezone.localdate(claim.opened),
        course=incapacity,
        read=bool(rows),
        missing=missing_from(incapacity, as_papers(rows), today=timezone.localdate()),
        arrived=_arrived(claim, rows),
        employment_end=claim.person.employment_end,
    )


def _arrived(claim: ClaimFile, read: list[CertifiedPeriod]) -> date | None:
    """The day on which the last certificate arrived whose days nobody has read off it."""
    rows = Document.unrestricted.filter(claim_file=claim, kind=Kind.CERTIFICATE)
    rows = rows.exclude(pk__in=[each.document_id for each in read if each.document_id])
    # Days entered without saying from which paper are of one that was there.
    unnamed = [each.created for each in read if each.document_id is None]
    if unnamed:
        rows = rows.filter(created__gt=max(unnamed))
    last = rows.order_by("-created").values_list("created", flat=True).first()
    return timezone.localdate(last) if last else None


def _own(claim: ClaimFile) -> Values:
    rows = ContractRule.unrestricted.filter(contract=claim.contract_id)
    return Values(Dated(row.key, row.valid_from, row.number, row.source) for row in rows)


@transaction.atomic
def keep_deadlines_of(**which: Any) -> int:
    """The same for every claim file that is being dealt with and that `which` names (`person=…`, `contract=…`).

    Returns how many they are; part of the act that changed what they follow from.
    """
    rows = ClaimFile.unrestricted.filter(**which).exclude(state__in=OVER)
    number = 0
    for claim in rows.select_for_update(of=("self",)).select_related("contract", "person").order_by("pk"):
        keep_deadlines(claim)
        number += 1
    return number


def keep_all_deadlines() -> int:
    """The same for every claim file, a thousand at a time; what is near already counts as told. Returns how many.

    For an update that brings deadlines: nobody is told at once of all that has long been due.
    """
    number = 0
    for chunk in _chunks(ClaimFile.unrestricted.all()):
        with transaction.atomic():
            number += keep_deadlines_of(pk__in=chunk)
            near = Deadline.unrestricted.filter(claim_file__in=chunk, remind_on__lte=timezone.localdate())
            near.filter(told=None).update(told=timezone.now())
    return number


def keep_deadlines_of_contract(contract_id: Any) -> None:
    """The same for the claim files of a contract, a hundred at a time: who works in one of them need not wait for all."""
    for chunk in _chunks(ClaimFile.unrestricted.filter(contract=contract_id), size=100):
        keep_deadlines_of(pk__in=chunk)


def _chunks(rows: QuerySet[ClaimFile], size: int = CHUNK) -> Iterator[list[Any]]:
    keys = list(rows.exclude(state__in=OVER).order_by("pk").values_list("pk", flat=True))
    return (keys[start : start + size] for start in range(0, len(keys), size))
