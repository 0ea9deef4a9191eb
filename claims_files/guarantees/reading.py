"""Cost guarantees as they are read: by the insured person and by the insurer, by nobody else."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from claims_files import states
from claims_files.guarantees.models import Guarantee, GuaranteeAnswer
from claims_files.models import ClaimFile
from claims_files.openings import note_opening
from documents import services as documents
from documents.models import Document, HeldPaper
from permissions import policy
from permissions.policy import can, visible_to

State = Guarantee.State
OFFERED = 50


def everything() -> QuerySet[Guarantee]:
    """All of them, for lists that ask the policy themselves (`permissions.paging.newest_page`)."""
    answers = GuaranteeAnswer.unrestricted.select_related("by", "letter").order_by("-number")
    return Guarantee.unrestricted.select_related(
        "person", "company", "claim_file__contract", "entered_by"
    ).prefetch_related(Prefetch("answers", answers))


def find(user: Any, guarantee_id: Any) -> Guarantee:
    """The request with what its page shows of others. Raises OutOfReach."""
    return policy.find(user, everything(), guarantee_id, "guarantee.view")


def open_for(user: Any, guarantee_id: Any) -> Guarantee:
    """The same, opened: of whoever else than the insured person opens it, his case keeps the line."""
    guarantee = find(user, guarantee_id)
    note_opening(guarantee.claim_file, by=user, right=("guarantee.view", guarantee))
    return guarantee


def find_for(user: Any, guarantee_id: Any, action: str) -> Guarantee:
    """The request for the page of an act; raises as `find`, and NotAllowed without the right to the act."""
    return policy.find(user, everything(), guarantee_id, "guarantee.view", action)


def place_of(user: Any, claim_id: Any) -> ClaimFile:
    """The claim file in which `user` asks for a guarantee. Raises OutOfReach, NotAllowed."""
    rows = ClaimFile.unrestricted.select_related("person", "company", "contract")
    return policy.find(user, rows, claim_id, "guarantee.request")


def askable(user: Any, claim: ClaimFile) -> bool:
    """Whether `user` may ask for a guarantee in this claim file, and now."""
    return states.Move.CHANGE in states.possible(claim.state) and can(user, "guarantee.request", claim)


def papers_of(user: Any, guarantee: Guarantee) -> list[Document]:
    """The papers of a request that `user` may open, in the order in which they came."""
    return list(documents.readable(user).filter(pk__in=guarantee.papers).order_by("created", "id"))


def held_of(guarantee: Guarantee) -> list[HeldPaper]:
    """What was sent with a request and is no document yet, or never: state, time and size; asks for no right."""
    rows = HeldPaper.unrestricted.filter(document_id__in=guarantee.papers)
    return list(rows.exclude(state=HeldPaper.State.RELEASED).order_by("created", "id"))


def of_claim(user: Any, claim: ClaimFile) -> list[Guarantee]:
    """The requests of a claim file, the newest first; none for the employer."""
    rows = visible_to(user, "guarantee.view", Guarantee.unrestricted.filter(claim_file=claim))
    return list(rows.order_by("-created", "-id")[:OFFERED])


def asked_of(user: Any) -> QuerySet[Guarantee]:
    """The requests for which `user` has to send another paper as the insured person, the earliest due first."""
    rows = Guarantee.unrestricted.select_related("claim_file").filter(state=State.ASKED, person__user=user.pk)
    return visible_to(user, "guarantee.request", rows).order_by("asked_due", "created")
