"""What the acts on a claim file have in common: lock, move, save, tell."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from claims_files.models import ClaimFile, Cover, OpenAnswers, PaperRequest, TimelineEntry
from claims_files.services.keeping import keep_deadlines
from claims_files.states import DECIDED, Move, after, for_employer, joint
from core.live import knock
from permissions import scoped
from permissions.policy import can, users_who_can

Audience = TimelineEntry.Audience
Code = TimelineEntry.Code


def locked(claim_id: Any) -> ClaimFile:
    return scoped.locked(ClaimFile, claim_id)


def right(action: str, core: bool) -> str:
    """The right that an act takes: of what was settled in the insurer's core system, the one to send it."""
    return "core.import" if core else action


def origin(core: bool) -> dict[str, Any]:
    """What the timeline keeps of an act that was settled in the insurer's core system."""
    return {"core": True} if core else {}


def open_papers(claim: ClaimFile) -> Any:
    return PaperRequest.unrestricted.filter(claim_file=claim, state=PaperRequest.State.OPEN)


def move(claim: ClaimFile, move: Move) -> None:
    reach(claim, after(claim.state, move, still_missing=open_papers(claim).exists()))


def reach(claim: ClaimFile, state: str) -> None:
    """Let the claim file be in this state from here on; saved by `finish` or `arrive`."""
    claim.state = state
    if state in DECIDED or state == ClaimFile.State.CLOSED:
        # Nobody waits any longer for what the report left for later.
        OpenAnswers.unrestricted.filter(claim_file=claim).delete()


def follow_covers(claim: ClaimFile) -> None:
    """Let the claim file follow the contracts it touches; saved by `finish`."""
    covers = Cover.unrestricted.filter(claim_file=claim)
    reach(claim, joint(covers, papers_open=open_papers(claim).exists()))


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
    worked_on(claim)
    enter(claim, code, by=by, audience=audience, facts=facts)
    knock_at(claim, audience)


def worked_on(claim: ClaimFile) -> None:
    """Save the claim file after an act of the insurer."""
    claim.arrived_at = None
    claim.last_activity = timezone.now()
    save(claim)


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
