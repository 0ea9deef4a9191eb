"""What is done with cost guarantees: ask for one, send papers, take back; ask for a paper, answer, answer otherwise.

In no audit line, notice or mail is there a provider, a kind, an amount or a word of what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import states, tasks
from claims_files.course import LONGEST
from claims_files.guarantees.course import Move, after
from claims_files.guarantees.letters import letter_of
from claims_files.guarantees.models import Guarantee, GuaranteeAnswer, GuaranteeOutcome
from claims_files.letters import remedy_for
from claims_files.models import ClaimFile, Outcome, PaperRequest
from claims_files.services import acting
from claims_files.services.acting import Audience, Code
from claims_files.states import paper_due
from claims_files.taking_in import take_in
from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from core.numbers import formatted
from core.text import swiss_date
from documents import services as papers
from documents.models import Folder, Kind, Visibility
from documents.services import Received
from permissions.audit import record
from permissions.policy import require, users_who_can
from permissions.reach import reach_of
from permissions.scoped import locked

TOPIC = "guarantees"
CENT, HIGHEST = Decimal("0.01"), Decimal("99999999.99")
# What is due, or lies ahead, further than this was mistyped.
LATEST_DUE = timedelta(days=366)
LONGEST_WORDS = 2000
# What an answer consists of.
ANSWERED = ("outcome", "amount", "days", "until", "conditions", "reason")


@transaction.atomic
def request(
    claim_id: Any,
    *,
    kind: str,
    provider: str,
    begin: date,
    end: date | None = None,
    estimate: Decimal | None = None,
    details: str = "",
    files: Iterable[File] = (),
    key: UUID | None = None,
    by: Any,
) -> Guarantee:
    """Ask the insurer to take over the costs of a treatment: for oneself, or as health manager for a provider.

    `estimate` is in francs. The request and all its papers arrive, or nothing does; what the virus scanner says nothing
    of is held. `key`: the same key again gives the same request. Raises OutOfReach, NotAllowed, NotNow in a claim file
    that is declined or closed, and ValidationError by field.
    """
    # The folder first, like sending papers into it: the other way round they would wait in a ring.
    folder = Folder.unrestricted.select_for_update().filter(claim_file=claim_id).first()
    claim = acting.locked(claim_id)
    require(by, "guarantee.request", claim)
    key = key or uuid4()
    if known := Guarantee.unrestricted.filter(claim_file=claim, key=key).first():
        return known
    states.after(claim.state, states.Move.CHANGE)
    _check(claim, kind, provider, begin, end, estimate, details)
    guarantee = Guarantee(
        number=formatted("G", timezone.localdate().year),
        key=key,
        company_id=claim.company_id,
        person_id=claim.person_id,
        claim_file=claim,
        kind=kind,
        provider=provider.strip(),
        begin=begin,
        end=end,
        estimate=estimate,
        details=details.strip(),
        for_provider=not _is_own(claim, by),
        entered_by=by,
    )
    if files := list(files):
        assert folder is not None
        _receive(guarantee, folder.pk, files, by=by)
    guarantee.save(force_insert=True)
    _arrive(guarantee, Code.GUARANTEE_REQUESTED, by=by)
    record(by, "guarantee.requested", guarantee, claim_file=claim.pk)
    return guarantee


@transaction.atomic
def add_papers(guarantee_id: Any, files: Iterable[File], *, by: Any) -> Guarantee:
    """Send further papers of a request that waits, or the one that was asked for. Raises ValidationError at `files`."""
    guarantee = locked(Guarantee, guarantee_id)
    require(by, "guarantee.request", guarantee)
    state = after(guarantee.state, Move.COMPLETE)
    folder = Folder.unrestricted.select_for_update().get(claim_file=guarantee.claim_file_id)
    here = guarantee.papers
    _receive(guarantee, folder.pk, files, by=by)
    if guarantee.papers == here:
        # The same click again.
        return guarantee
    if _is_own(guarantee, by):
        guarantee.arrived_at = timezone.now()
    _reach(guarantee, state)
    _arrive(guarantee, Code.GUARANTEE_COMPLETED, by=by)
    record(by, "guarantee.completed", guarantee, claim_file=guarantee.claim_file_id)
    return guarantee


@transaction.atomic
def withdraw(guarantee_id: Any, *, by: Any) -> Guarantee:
    """Take a request back that is not answered; its papers stay. The health manager takes back what he entered himself."""
    guarantee = locked(Guarantee, guarantee_id)
    require(by, "guarantee.request", guarantee)
    require_own(guarantee, by=by)
    _reach(guarantee, after(guarantee.state, Move.WITHDRAW))
    _arrive(guarantee, Code.GUARANTEE_WITHDRAWN, by=by)
    record(by, "guarantee.withdrawn", guarantee, claim_file=guarantee.claim_file_id)
    return guarantee


def require_own(guarantee: Guarantee, *, by: Any) -> None:
    """Raise NotAllowed for the health manager where the insured person asked himself: that is declined, not taken back."""
    if not guarantee.for_provider and not _is_own(guarantee, by):
        raise NotAllowed("guarantee.request", guarantee)


def _is_own(row: Guarantee | ClaimFile, by: Any) -> bool:
    """Whether it is about `by` himself. Not asked by a right: a token may hold one of his and not the other."""
    return row.person_id in reach_of(by).own_persons


# --- Acts of the health manager -----------------------------------------------------------------


@transaction.atomic
def ask(guarantee_id: Any, *, note: str, due: date | None = None, by: Any) -> Guarantee:
    """Ask the insured person for a paper, due in some days (dated parameter) if not said. Raises ValidationError."""
    guarantee = locked(Guarantee, guarantee_id)
    require(by, "guarantee.answer", guarantee)
    state = after(guarantee.state, Move.ASK)
    due = due or paper_due()
    problems: dict[str, Any] = {}
    if not note or note not in PaperRequest.Note.values:
        problems["note"] = _("Choose a note from the list.")
    if due < timezone.localdate():
        problems["due"] = _("Choose a date from today on.")
    elif due > timezone.localdate() + LATEST_DUE:
        problems["due"] = _("Choose a date within a year.")
    if problems:
        raise ValidationError(problems)
    guarantee.arrived_at = None
    _reach(guarantee, state, note=note, due=due)
    _worked_on(guarantee, Code.GUARANTEE_ASKED, by=by)
    record(by, "guarantee.asked", guarantee, claim_file=guarantee.claim_file_id, due=due)
    return guarantee


@transaction.atomic
def answer(
    guarantee_id: Any,
    *,
    outcome: str,
    amount: Decimal | None = None,
    days: int | None = None,
    until: date | None = None,
    conditions: str = "",
    reason: str = "",
    known: int | None = None,
    by: Any,
) -> Guarantee:
    """Answer a request, or replace the answer that stands; the one before stays readable. Its letter follows by itself.

    `amount` (francs at most), `days`, `until` and `conditions` limit what is granted. What is not granted in full needs
    a reason, read by the insured person and the insurer; the legal remedy goes with the branch. Limits of a refusal, and
    the reason of a full guarantee, are left out. `known`: the number of the last answer that the answerer has seen (0 for
    none). Raises ValidationError by field, NotNow where it is not the
    moment or somebody was quicker.
    """
    guarantee = locked(Guarantee, guarantee_id)
    require(by, "guarantee.answer", guarantee)
    state = after(guarantee.state, Move.ANSWER)
    last = GuaranteeAnswer.unrestricted.filter(guarantee=guarantee).order_by("-number").first()
    if known is not None and known != (last.number if last else 0):
        raise NotNow(
            _("Somebody else has answered this request in the meantime. Look at it again."),
            code="changed_by_another",
        )
    declined = outcome == GuaranteeOutcome.DECLINED
    made = GuaranteeAnswer(
        guarantee=guarantee,
        number=last.number + 1 if last else 1,
        outcome=outcome,
        amount=None if declined else amount,
        days=None if declined else days,
        until=None if declined else until,
        conditions="" if declined else conditions.strip(),
        reason="" if outcome == GuaranteeOutcome.GRANTED else reason.strip(),
        by=by,
    )
    _check_answer(guarantee, made)
    if last and all(getattr(last, name) == getattr(made, name) for name in ANSWERED):
        raise ValidationError(_("Nothing is different from the answer that stands."), code="unchanged")
    if outcome != GuaranteeOutcome.GRANTED:
        made.legal_remedy = remedy_for(guarantee.claim_file.contract.branch, Outcome.DECLINED)
    made.save(force_insert=True)
    guarantee.arrived_at = None
    guarantee.outcome = outcome
    _reach(guarantee, state)
    _worked_on(guarantee, Code.GUARANTEE_ANSWERED, by=by)
    tasks.file_guarantee_letter.defer(answer_id=str(made.pk))
    record(by, "guarantee.answered", guarantee, claim_file=guarantee.claim_file_id, number=made.number)
    return guarantee


@transaction.atomic
def file_letter(answer_id: Any) -> GuaranteeAnswer:
    """Make the letter on an answer and lay it into the folder of the case, sealed; once, however often it is asked for.

    Raises OutOfReach.
    """
    found = GuaranteeAnswer.unrestricted.select_related("guarantee").filter(pk=answer_id).first()
    if found is None:
        raise OutOfReach
    claim_id = found.guarantee.claim_file_id
    # The folder first, as everywhere; whoever makes the same letter waits here.
    folder = Folder.unrestricted.select_for_update().get(claim_file=claim_id)
    row = GuaranteeAnswer.unrestricted.select_related("by", "guarantee__claim_file__contract").get(
        pk=found.pk
    )
    if row.letter_id is not None:
        return row
    name, letter = letter_of(row)
    row.letter = papers.issue(
        folder,
        letter.pdf,
        name=name,
        pages=letter.pages,
        kind=Kind.COST_GUARANTEE,
        visibility=Visibility.MEDICAL,
        by=row.by,
    )
    row.save(update_fields=["letter"])
    _knock_at(row.guarantee)
    return row


# --- What the acts have in common ---------------------------------------------------------------


def _receive(guarantee: Guarantee, folder_id: Any, files: Iterable[File], *, by: Any) -> None:
    """Take the papers in; filed as any other paper: they settle no request of the claim file itself."""

    def free(received: Received) -> bool:
        # The paper that is to be replaced does not replace itself.
        return guarantee.state != Guarantee.State.ASKED or str(received.paper.pk) not in guarantee.papers

    received = take_in(folder_id, files, kind=Kind.OTHER, field="files", hold=True, free=free, by=by)
    keys = [str(each.paper.pk) for each in received]
    guarantee.papers = list(dict.fromkeys([*guarantee.papers, *keys]))


def _reach(guarantee: Guarantee, state: str, *, note: str = "", due: date | None = None) -> None:
    guarantee.state, guarantee.asked_note, guarantee.asked_due = state, note, due
    guarantee.save()


def _arrive(guarantee: Guarantee, code: str, *, by: Any) -> None:
    """Tell the claim file, for those who may know, what came from outside; its papers may have changed it meanwhile."""
    claim = acting.locked(guarantee.claim_file_id)
    acting.arrive(claim, code, by=by, audience=Audience.PERSON, facts=_facts(guarantee))
    _knock_at(guarantee)


def _worked_on(guarantee: Guarantee, code: str, *, by: Any) -> None:
    claim = acting.locked(guarantee.claim_file_id)
    acting.finish(claim, code, by=by, audience=Audience.PERSON, facts=_facts(guarantee))
    _knock_at(guarantee)


def _facts(guarantee: Guarantee) -> dict[str, Any]:
    return {"guarantee": str(guarantee.pk)}


def _knock_at(guarantee: Guarantee) -> None:
    knock(users_who_can("guarantee.view", guarantee), TOPIC, guarantee.pk)


def _check(
    claim: ClaimFile,
    kind: str,
    provider: str,
    begin: date,
    end: date | None,
    estimate: Decimal | None,
    details: str,
) -> None:
    problems: dict[str, Any] = {}
    if kind not in Guarantee.Kind.values:
        problems["kind"] = _("Choose what kind of treatment it is.")
    if not 0 < len(provider.strip()) <= 100:
        problems["provider"] = _("Enter who treats: hospital, clinic, shop or therapist.")
    latest = timezone.localdate() + LATEST_DUE
    if begin < claim.event_date:
        problems["begin"] = _("The treatment cannot begin before the day of the event (%(day)s).") % {
            "day": swiss_date(claim.event_date)
        }
    elif begin > latest:
        problems["begin"] = _("Choose a date within a year.")
    if end and end < begin:
        problems["end"] = _("The period cannot end before it begins. Check both dates.")
    elif end and end - begin > LONGEST:
        problems["end"] = _("This period is longer than two years. Check the year of both dates.")
    if estimate is not None and not CENT <= estimate <= HIGHEST:
        problems["estimate"] = _("Enter the estimated amount, for example 8’500.00.")
    if len(details.strip()) > LONGEST_WORDS:
        problems["details"] = _("Shorten the text to %(n)d characters.") % {"n": LONGEST_WORDS}
    if problems:
        raise ValidationError(problems)


def _check_answer(guarantee: Guarantee, made: GuaranteeAnswer) -> None:
    problems: dict[str, Any] = {}
    if made.outcome not in GuaranteeOutcome.values:
        problems["outcome"] = _("Choose the answer.")
    elif made.outcome != GuaranteeOutcome.GRANTED and not made.reason:
        problems["reason"] = _("Write why the costs are not taken over in full.")
    if made.amount is not None and not CENT <= made.amount <= HIGHEST:
        problems["amount"] = _("Enter the highest amount, for example 8’500.00.")
    if made.days is not None and not 1 <= made.days <= LONGEST.days:
        problems["days"] = _("Enter a number of days from 1 to %(n)d.") % {"n": LONGEST.days}
    if made.until and not guarantee.begin <= made.until <= guarantee.begin + LONGEST:
        problems["until"] = _(
            "Choose a date within two years from the beginning of the treatment (%(day)s)."
        ) % {"day": swiss_date(guarantee.begin)}
    for name in ("conditions", "reason"):
        if len(getattr(made, name)) > LONGEST_WORDS:
            problems[name] = _("Shorten the text to %(n)d characters.") % {"n": LONGEST_WORDS}
    if problems:
        raise ValidationError(problems)
