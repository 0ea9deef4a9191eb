"""Papers: what the insurer asks for, and what arrives."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import REQUESTABLE, ClaimFile, PaperRequest, RequestTemplate, TimelineEntry
from claims_files.services.acting import (
    Audience,
    Code,
    audience_of,
    enter,
    finish,
    knock_at,
    locked,
    move,
    open_papers,
    paper_facts,
    save,
    settle,
)
from claims_files.states import Move, paper_due
from core.errors import NotNow, OutOfReach
from documents.models import ALWAYS_MEDICAL
from documents.services import readable
from permissions.audit import record
from permissions.policy import can, require

# A paper that is due later than this was mistyped.
LATEST_DUE = timedelta(days=366)


@transaction.atomic
def request_paper(
    claim_id: Any,
    *,
    kind: str,
    addressee: str,
    by: Any,
    due: date | None = None,
    note: str = "",
    template: RequestTemplate | None = None,
) -> PaperRequest:
    """Ask the employer or the insured person for a paper, due in some days (dated parameter) if not said.

    With a `template` in its words (`services.request_from`), of which the request keeps a copy. Medical papers are asked of the insured person only. Raises ValidationError by field, NotNow when the file
    is decided and closed, or the same paper is already asked for.
    """
    claim = locked(claim_id)
    require(by, "claim.request_paper", claim)
    move(claim, Move.REQUEST_PAPER)
    due = due or paper_due()
    _check_request(kind, addressee, due, note)
    to_employer = addressee == PaperRequest.Addressee.EMPLOYER
    if open_papers(claim).filter(kind=kind, addressee=addressee).exists():
        raise NotNow(_("This document has been requested already and is not here yet."), code="already_asked")
    paper = PaperRequest.unrestricted.create(
        claim_file=claim,
        company_id=claim.company_id if to_employer else None,
        person_id=claim.person_id,
        kind=kind,
        addressee=addressee,
        note=note,
        template=template,
        words=template.words() if template else {},
        due=due,
        requested_by=by,
    )
    finish(claim, Code.PAPER_REQUESTED, by=by, audience=audience_of(paper), facts=paper_facts(paper))
    # On the request, not on the claim file: what is asked of the person stands on no company.
    record(by, "claim.paper_requested", paper, claim_file=claim.pk, kind=kind, addressee=addressee, due=due)
    return paper


@transaction.atomic
def settle_paper(paper_id: Any, *, received: bool, document_id: Any = None, by: Any) -> PaperRequest:
    """Say that a requested paper is here (`received`), or is needed no longer.

    `document_id`: the document of the claim file that is the answer; without it the paper came by another way. Raises
    OutOfReach for a document that is not in the claim file.
    """
    paper, claim = _locked_request(paper_id, by)
    if paper.state != PaperRequest.State.OPEN:
        raise NotNow(_("This request is settled already."), code="paper_settled")
    document = None
    if document_id is not None:
        document = readable(by).filter(pk=document_id, claim_file=claim).first()
        if document is None:
            raise OutOfReach
        if not received:
            raise ValidationError({"document": _("A request that is withdrawn has no answer.")})
    settle(paper, PaperRequest.State.RECEIVED if received else PaperRequest.State.CANCELLED, document)
    move(claim, Move.PAPER_SETTLED)
    code = Code.PAPER_RECEIVED if received else Code.PAPER_CANCELLED
    finish(claim, code, by=by, audience=audience_of(paper), facts=paper_facts(paper))
    # The company reads the line on what it was asked for; a sealed document does not exist for it.
    named = document and not (document.sealed and paper.company_id)
    answer: dict[str, Any] = {"document": document.pk} if document and named else {}
    record(
        by, "claim.paper_settled", paper, claim_file=claim.pk, kind=paper.kind, received=received, **answer
    )
    return paper


@transaction.atomic
def reopen_paper(paper_id: Any, *, by: Any) -> PaperRequest:
    """Undo that a request was settled, by hand or by itself: the paper is missing again. What arrived stays.

    Raises NotNow for a request that is open, or when the same paper has been asked for again meanwhile.
    """
    paper, claim = _locked_request(paper_id, by)
    if paper.state == PaperRequest.State.OPEN:
        raise NotNow(_("This request is open."), code="paper_open")
    if open_papers(claim).filter(kind=paper.kind, addressee=paper.addressee).exists():
        raise NotNow(_("This document has been requested already and is not here yet."), code="already_asked")
    # Asked for again is asked for: it is possible when a request is.
    move(claim, Move.REQUEST_PAPER)
    paper.state, paper.settled_at, paper.document = PaperRequest.State.OPEN, None, None
    if paper.due < timezone.localdate():
        paper.due = paper_due()
    # Asked for anew, it is reminded of anew.
    paper.reminded = paper.told = None
    paper.save(update_fields=["state", "settled_at", "document", "due", "reminded", "told"])
    finish(claim, Code.PAPER_REOPENED, by=by, audience=audience_of(paper), facts=paper_facts(paper))
    record(by, "claim.paper_reopened", paper, claim_file=claim.pk, kind=paper.kind, due=paper.due)
    return paper


def _locked_request(paper_id: Any, by: Any) -> tuple[PaperRequest, ClaimFile]:
    """A request with its claim file, for whoever may ask for papers there. Raises OutOfReach, NotAllowed."""
    paper = PaperRequest.unrestricted.filter(pk=paper_id).first()
    if paper is None:
        raise OutOfReach
    claim = locked(paper.claim_file_id)
    require(by, "claim.request_paper", claim)
    paper.refresh_from_db()
    return paper, claim


def document_arrived(line: Any, document: Any) -> None:
    """A document arrived in a folder: settle the requests of its kind and tell those who may know.

    Part of the act `document.received`; drafts have no claim file yet.
    """
    if document.claim_file_id is None:
        return
    claim = locked(document.claim_file_id)
    sender = document.uploaded_by
    told: set[str] = set()
    asked = open_papers(claim).filter(kind=document.kind)
    if document.sealed:
        # For the employer it does not exist: what he was asked for stays open until somebody settles it.
        asked = asked.filter(addressee=PaperRequest.Addressee.PERSON)
    for paper in asked:
        settle(paper, PaperRequest.State.RECEIVED, document)
        move(claim, Move.PAPER_SETTLED)
        told.add(audience_of(paper))
        enter(claim, Code.PAPER_RECEIVED, by=sender, audience=audience_of(paper), facts=paper_facts(paper))
    audience = Audience.PERSON if document.sealed else Audience.ALL
    if not told & {audience, Audience.ALL}:
        facts = {"document": str(document.pk), "kind": document.kind}
        enter(claim, Code.DOCUMENT_RECEIVED, by=sender, audience=audience, facts=facts)
    told.add(audience)
    claim.last_activity = timezone.now()
    if sender is None or not can(sender, "claim.take_over", claim):
        claim.arrived_at = claim.last_activity
    save(claim)
    knock_at(claim, Audience.ALL if Audience.ALL in told else audience)


def document_classified(line: Any, document: Any) -> None:
    """Who sees a document changed: who reads of its arrival changes with it."""
    audience = Audience.PERSON if document.sealed else Audience.ALL
    entries = TimelineEntry.unrestricted.filter(
        claim_file=document.claim_file_id, code=Code.DOCUMENT_RECEIVED, facts__document=str(document.pk)
    )
    entries.update(audience=audience)


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
