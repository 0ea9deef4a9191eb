"""What the acts on a claim file have in common: lock, move, save, tell."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from claims_files.models import ClaimFile, OpenAnswers, PaperRequest, TimelineEntry
from claims_files.services.keeping import keep_deadlines
from claims_files.states import Move, after, for_employer
from core.errors import OutOfReach
from core.live import knock
from permissions.policy import can, users_who_can

Audience = TimelineEntry.Audience
Code = TimelineEntry.Code
DECIDED = frozenset({ClaimFile.State.ACCEPTED, ClaimFile.State.DECLINED, ClaimFile.State.CLOSED})


def locked(claim_id: Any) -> ClaimFile:
    claim = ClaimFile.unrestricted.select_for_update().filter(pk=claim_id).first()
    if claim is None:
        raise OutOfReach
    return claim


def open_papers(claim: ClaimFile) -> Any:
    return PaperRequest.unrestricted.filter(claim_file=claim, state=PaperRequest.State.OPEN)


def move(claim: ClaimFile, move: Move) -> None:
    claim.state = after(claim.state, move, still_missing=open_papers(claim).exists())
    if claim.state in DECIDED:
        # Nobody waits any longer for what the report left for later.
        OpenAnswers.unrestricted.filter(claim_file=claim).delete()


def settle(paper: PaperRequest, state: str, document: Any = None) -> None:
    paper.state = state
    paper.settled_at = timezone.now()
    paper.document = document
    paper.save(update_fields=["state", "settled_at", "document"])


def cancel_requests(claim: ClaimFile) -> None:
    """Let the open requests fall away: nobody needs to send these papers any more."""
    for paper in open_papers(claim):
        settle(paper, PaperRequest.State.CANCELLED)


def finish(
    claim: ClaimFile, code: str, *, by: Any, audience: str = Audience.ALL, facts: dict[str, Any] | None = None
) -> None:
    """Save an act of the insurer on the file: nothing that arrived waits any longer, and the timeline tells it."""
    claim.arrived_at = None
    claim.last_activity = timezone.now()
    save(claim)
    enter(claim, code, by=by, audience=audience, facts=facts)
    knock_at(claim, audience)


def arrive(
    claim: ClaimFile, code: str, *, by: Any, audience: str = Audience.ALL, facts: dict[str, Any] | None = None
) -> None:
    """Save what came from a customer: it waits for the insurer until somebody has looked at it."""
    claim.last_activity = timezone.now()
    if not can(by, "claim.take_over", claim):
        claim.arrived_at = claim.last_activity
    save(claim)
    enter(claim, code, by=by, audience=audience, facts=facts)
    knock_at(claim, audience)


def save(claim: ClaimFile) -> None:
    asked = open_papers(claim).filter(addressee=PaperRequest.Addressee.EMPLOYER).exists()
    claim.employer_state = for_employer(claim.state, asked)
    claim.save()
    keep_deadlines(claim)


def enter(
    claim: ClaimFile, code: str, *, by: Any, audience: str, facts: dict[str, Any] | None = None
) -> None:
    TimelineEntry.unrestricted.create(
        claim_file=claim, actor=by, code=code, audience=audience, facts=facts or {}
    )


def knock_at(claim: ClaimFile, audience: str) -> None:
    """Knock at the open pages of those who may know: a knock for nothing visible would tell something."""
    action = "claim.view" if audience == Audience.ALL else "claim.view_sealed"
    knock(users_who_can(action, claim), "claims", claim.pk)


def audience_of(paper: PaperRequest | OpenAnswers) -> str:
    return Audience.ALL if paper.addressee == PaperRequest.Addressee.EMPLOYER else Audience.PERSON


def paper_facts(paper: PaperRequest) -> dict[str, Any]:
    return {"paper": str(paper.pk), "kind": paper.kind, "due": paper.due.isoformat()}
