"""What is done with claim files: open, take over, request papers, decide, close."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import (
    REQUESTABLE,
    ClaimFile,
    IncapacityPeriod,
    PaperRequest,
    Report,
    TimelineEntry,
)
from claims_files.states import Move, after, for_employer, paper_due
from core.errors import NotNow, OutOfReach
from core.live import knock
from core.numbers import formatted
from documents import services as papers
from documents.models import ALWAYS_MEDICAL, Stage
from permissions.audit import record
from permissions.policy import can, require, users_who_can

Audience = TimelineEntry.Audience
Code = TimelineEntry.Code

PART_AUDIENCES = {"all", "person"}
# A paper that is due later than this was mistyped.
LATEST_DUE = timedelta(days=366)


def canonical(content: Any) -> bytes:
    """JSON in one form only (keys sorted, no spaces, UTF-8): what the hash of a report is taken of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def open_from_report(
    *,
    kind: str,
    company: Any,
    site: Any,
    contract: Any,
    person: Any,
    event_date: date,
    content: dict[str, Any],
    language: str,
    folder: Any,
    incapacity: Iterable[dict[str, Any]],
    by: Any,
) -> ClaimFile:
    """Open a claim file from what was reported; part of the act that submits, which records it.

    `content` is frozen as version 1 of the report; its form stands at `claims_files.models.Report`.
    `incapacity` has `begin`, `end` (None: open) and `degree` (1–100). The folder follows the claim file.
    Raises RuntimeError outside a transaction, ValidationError for a content of another form.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A claim file was opened outside a transaction.")
    _check_content(content, language)
    now = timezone.now()
    claim = ClaimFile.unrestricted.create(
        number=formatted("S", timezone.localdate(now).year),
        kind=ClaimFile.Kind(kind),
        company=company,
        site=site,
        contract=contract,
        person=person,
        person_sort_key=person.sort_key,
        event_date=event_date,
        opened=now,
        last_activity=now,
    )
    Report.unrestricted.create(
        claim_file=claim,
        version=1,
        content=content,
        language=language,
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
    )
    IncapacityPeriod.unrestricted.bulk_create(
        IncapacityPeriod(claim_file=claim, version=1, **period) for period in incapacity
    )
    TimelineEntry.unrestricted.create(
        claim_file=claim,
        at=now,
        actor=by,
        code=TimelineEntry.Code.OPENED,
        audience=TimelineEntry.Audience.ALL,
    )
    papers.follow_case(folder.pk, claim_file=claim, contract=contract, stage=Stage.SENT)
    _knock(claim, Audience.ALL)
    return claim


def _check_content(content: dict[str, Any], language: str) -> None:
    """Raise ValidationError unless every part says who may read it: an unmarked part must not slip through."""
    parts = content.get("parts") if isinstance(content, dict) else None
    good = isinstance(parts, list) and all(
        isinstance(part, dict)
        and part.get("audience") in PART_AUDIENCES
        and isinstance(part.get("title"), str)
        and isinstance(part.get("rows"), list)
        and all(isinstance(row, list | tuple) and len(row) == 2 for row in part["rows"])
        for part in parts
    )
    if not good or language not in dict(settings.LANGUAGES):
        raise ValidationError(
            "The content of a report has another form than claims_files.models.Report says."
        )


# --- Acts of the health manager -----------------------------------------------------------------


@transaction.atomic
def take_over(claim_id: Any, *, by: Any) -> ClaimFile:
    """Become the health manager of a new claim file. Of two at once the slower one gets NotNow."""
    claim = _locked(claim_id)
    require(by, "claim.take_over", claim)
    _move(claim, Move.TAKE_OVER)
    claim.health_manager = by
    claim.taken_over_at = timezone.now()
    _finish(claim, Code.TAKEN_OVER, by=by)
    record(by, "claim.taken_over", claim)
    return claim


@transaction.atomic
def request_paper(
    claim_id: Any, *, kind: str, addressee: str, by: Any, due: date | None = None, note: str = ""
) -> PaperRequest:
    """Ask the employer or the insured person for a paper, due in some days (dated parameter) if not said.

    Medical papers are asked of the insured person only. Raises ValidationError by field, NotNow when the file
    is decided and closed, or the same paper is already asked for.
    """
    claim = _locked(claim_id)
    require(by, "claim.request_paper", claim)
    _move(claim, Move.REQUEST_PAPER)
    due = due or paper_due()
    _check_request(kind, addressee, due, note)
    to_employer = addressee == PaperRequest.Addressee.EMPLOYER
    if _open_papers(claim).filter(kind=kind, addressee=addressee).exists():
        raise NotNow(_("This document has been requested already and is not here yet."), code="already_asked")
    paper = PaperRequest.unrestricted.create(
        claim_file=claim,
        company_id=claim.company_id if to_employer else None,
        person_id=claim.person_id,
        kind=kind,
        addressee=addressee,
        note=note,
        due=due,
        requested_by=by,
    )
    _finish(claim, Code.PAPER_REQUESTED, by=by, audience=_audience(paper), facts=_paper_facts(paper))
    # On the request, not on the claim file: what is asked of the person stands on no company.
    record(by, "claim.paper_requested", paper, claim_file=claim.pk, kind=kind, addressee=addressee, due=due)
    return paper


@transaction.atomic
def settle_paper(paper_id: Any, *, received: bool, by: Any) -> PaperRequest:
    """Say that a requested paper came by another way (`received`), or is needed no longer."""
    paper = PaperRequest.unrestricted.filter(pk=paper_id).first()
    if paper is None:
        raise OutOfReach
    claim = _locked(paper.claim_file_id)
    require(by, "claim.request_paper", claim)
    paper.refresh_from_db()
    if paper.state != PaperRequest.State.OPEN:
        raise NotNow(_("This request is settled already."), code="paper_settled")
    _settle(paper, PaperRequest.State.RECEIVED if received else PaperRequest.State.CANCELLED)
    _move(claim, Move.PAPER_SETTLED)
    code = Code.PAPER_RECEIVED if received else Code.PAPER_CANCELLED
    _finish(claim, code, by=by, audience=_audience(paper), facts=_paper_facts(paper))
    record(by, "claim.paper_settled", paper, claim_file=claim.pk, kind=paper.kind, received=received)
    return paper


@transaction.atomic
def accept(claim_id: Any, *, by: Any) -> ClaimFile:
    """Accept the claim: the insurer pays what the contract promises."""
    claim = _locked(claim_id)
    require(by, "claim.decide", claim)
    _move(claim, Move.ACCEPT)
    claim.decided_at = timezone.now()
    _finish(claim, Code.ACCEPTED, by=by)
    record(by, "claim.accepted", claim)
    return claim


@transaction.atomic
def decline(claim_id: Any, *, reason: str, legal_remedy: str, by: Any) -> ClaimFile:
    """Decline the claim with its reason (read by the insured person and the insurer) and the legal remedy.

    Open requests fall away. Raises ValidationError without reason or remedy.
    """
    claim = _locked(claim_id)
    require(by, "claim.decide", claim)
    _move(claim, Move.DECLINE)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Write why the claim is declined.")})
    if legal_remedy not in ClaimFile.Remedy.values:
        raise ValidationError({"legal_remedy": _("Choose the legal remedy.")})
    for paper in _open_papers(claim):
        _settle(paper, PaperRequest.State.CANCELLED)
    claim.decided_at = timezone.now()
    claim.declined_reason = reason
    claim.legal_remedy = legal_remedy
    _finish(claim, Code.DECLINED, by=by, facts={"legal_remedy": legal_remedy})
    record(by, "claim.declined", claim, legal_remedy=legal_remedy)
    return claim


@transaction.atomic
def close(claim_id: Any, *, outcome: str = "", by: Any) -> ClaimFile:
    """Close a decided claim file; open requests fall away. A declined one closes as declined.

    Raises ValidationError for an accepted one without outcome.
    """
    claim = _locked(claim_id)
    require(by, "claim.close", claim)
    declined = claim.state == ClaimFile.State.DECLINED
    _move(claim, Move.CLOSE)
    outcome = ClaimFile.Outcome.DECLINED.value if declined else outcome
    if outcome not in ClaimFile.Outcome.values or (outcome == ClaimFile.Outcome.DECLINED) != declined:
        raise ValidationError({"outcome": _("Choose how the case ended.")})
    for paper in _open_papers(claim):
        _settle(paper, PaperRequest.State.CANCELLED)
    claim.closed_at = timezone.now()
    claim.outcome = outcome
    _finish(claim, Code.CLOSED, by=by, facts={"outcome": outcome})
    record(by, "claim.closed", claim, outcome=outcome)
    return claim


@transaction.atomic
def note_seen(claim_id: Any, *, by: Any) -> ClaimFile:
    """Say that the papers that arrived were looked at and ask for nothing more."""
    claim = _locked(claim_id)
    require(by, "claim.take_over", claim)
    if claim.arrived_at is None:
        raise NotNow(_("No document is waiting to be looked at."), code="nothing_arrived")
    claim.arrived_at = None
    claim.save(update_fields=["arrived_at"])
    # Sealed papers may be among them: the line does not exist for the company.
    record(by, "claim.documents_seen", claim, sealed=True)
    return claim


# --- Reactions ----------------------------------------------------------------------------------


def document_arrived(line: Any, document: Any) -> None:
    """A document arrived in a folder: settle the requests of its kind and tell those who may know.

    Part of the act `document.received`; drafts have no claim file yet.
    """
    if document.claim_file_id is None:
        return
    claim = _locked(document.claim_file_id)
    sender = document.uploaded_by
    told: set[str] = set()
    asked = _open_papers(claim).filter(kind=document.kind)
    if document.sealed:
        # For the employer it does not exist: what he was asked for stays open until somebody settles it.
        asked = asked.filter(addressee=PaperRequest.Addressee.PERSON)
    for paper in asked:
        _settle(paper, PaperRequest.State.RECEIVED, document)
        _move(claim, Move.PAPER_SETTLED)
        told.add(_audience(paper))
        _enter(claim, Code.PAPER_RECEIVED, by=sender, audience=_audience(paper), facts=_paper_facts(paper))
    audience = Audience.PERSON if document.sealed else Audience.ALL
    if not told & {audience, Audience.ALL}:
        facts = {"document": str(document.pk), "kind": document.kind}
        _enter(claim, Code.DOCUMENT_RECEIVED, by=sender, audience=audience, facts=facts)
    told.add(audience)
    claim.last_activity = timezone.now()
    if sender is None or not can(sender, "claim.take_over", claim):
        claim.arrived_at = claim.last_activity
    _save(claim)
    _knock(claim, Audience.ALL if Audience.ALL in told else audience)


def document_classified(line: Any, document: Any) -> None:
    """Who sees a document changed: who reads of its arrival changes with it."""
    audience = Audience.PERSON if document.sealed else Audience.ALL
    entries = TimelineEntry.unrestricted.filter(
        claim_file=document.claim_file_id, code=Code.DOCUMENT_RECEIVED, facts__document=str(document.pk)
    )
    entries.update(audience=audience)


# --- What the acts have in common ---------------------------------------------------------------


def _locked(claim_id: Any) -> ClaimFile:
    claim = ClaimFile.unrestricted.select_for_update().filter(pk=claim_id).first()
    if claim is None:
        raise OutOfReach
    return claim


def _open_papers(claim: ClaimFile) -> Any:
    return PaperRequest.unrestricted.filter(claim_file=claim, state=PaperRequest.State.OPEN)


def _move(claim: ClaimFile, move: Move) -> None:
    claim.state = after(claim.state, move, still_missing=_open_papers(claim).exists())


def _settle(paper: PaperRequest, state: str, document: Any = None) -> None:
    paper.state = state
    paper.settled_at = timezone.now()
    paper.document = document
    paper.save(update_fields=["state", "settled_at", "document"])


def _finish(
    claim: ClaimFile, code: str, *, by: Any, audience: str = Audience.ALL, facts: dict[str, Any] | None = None
) -> None:
    """Save an act of the insurer on the file: nothing that arrived waits any longer, and the timeline tells it."""
    claim.arrived_at = None
    claim.last_activity = timezone.now()
    _save(claim)
    _enter(claim, code, by=by, audience=audience, facts=facts)
    _knock(claim, audience)


def _save(claim: ClaimFile) -> None:
    asked = _open_papers(claim).filter(addressee=PaperRequest.Addressee.EMPLOYER).exists()
    claim.employer_state = for_employer(claim.state, asked)
    claim.save()


def _enter(
    claim: ClaimFile, code: str, *, by: Any, audience: str, facts: dict[str, Any] | None = None
) -> None:
    TimelineEntry.unrestricted.create(
        claim_file=claim, actor=by, code=code, audience=audience, facts=facts or {}
    )


def _knock(claim: ClaimFile, audience: str) -> None:
    """Knock at the open pages of those who may know: a knock for nothing visible would tell something."""
    action = "claim.view" if audience == Audience.ALL else "claim.view_sealed"
    knock(users_who_can(action, claim), "claims", claim.pk)


def _audience(paper: PaperRequest) -> str:
    return Audience.ALL if paper.addressee == PaperRequest.Addressee.EMPLOYER else Audience.PERSON


def _paper_facts(paper: PaperRequest) -> dict[str, Any]:
    return {"paper": str(paper.pk), "kind": paper.kind, "due": paper.due.isoformat()}


def _check_request(kind: str, addressee: str, due: date, note: str) -> None:
    problems = {}
    if kind not in REQUESTABLE:
        problems["kind"] = _("Choose the type of document from the list.")
    if addressee not in PaperRequest.Addressee.values:
        problems["addressee"] = _("Choose whom you ask.")
    elif addressee == PaperRequest.Addressee.EMPLOYER and kind in ALWAYS_MEDICAL:
        problems["addressee"] = _("Medical papers are asked of the insured person, never of the employer.")
    if due < timezone.localdate():
        problems["due"] = _("Choose a date from today on.")
    elif due > timezone.localdate() + LATEST_DUE:
        problems["due"] = _("Choose a date within a year.")
    if note not in PaperRequest.Note.values:
        problems["note"] = _("Choose a note from the list.")
    if problems:
        raise ValidationError(problems)
