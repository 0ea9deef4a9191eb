"""What the health manager does with a claim file: take over, accept, decline, close, note what arrived."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile
from claims_files.services.acting import Code, cancel_requests, finish, locked, move
from claims_files.states import Move
from core.errors import NotNow
from permissions.audit import record
from permissions.policy import require


@transaction.atomic
def take_over(claim_id: Any, *, by: Any) -> ClaimFile:
    """Become the health manager of a new claim file. Of two at once the slower one gets NotNow."""
    claim = locked(claim_id)
    require(by, "claim.take_over", claim)
    move(claim, Move.TAKE_OVER)
    claim.health_manager = by
    claim.taken_over_at = timezone.now()
    finish(claim, Code.TAKEN_OVER, by=by)
    record(by, "claim.taken_over", claim)
    return claim


@transaction.atomic
def accept(claim_id: Any, *, by: Any) -> ClaimFile:
    """Accept the claim: the insurer pays what the contract promises."""
    claim = locked(claim_id)
    require(by, "claim.decide", claim)
    move(claim, Move.ACCEPT)
    claim.decided_at = timezone.now()
    finish(claim, Code.ACCEPTED, by=by)
    record(by, "claim.accepted", claim)
    return claim


@transaction.atomic
def decline(claim_id: Any, *, reason: str, legal_remedy: str, by: Any) -> ClaimFile:
    """Decline the claim with its reason (read by the insured person and the insurer) and the legal remedy.

    Open requests fall away. Raises ValidationError without reason or remedy.
    """
    claim = locked(claim_id)
    require(by, "claim.decide", claim)
    move(claim, Move.DECLINE)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Write why the claim is declined.")})
    if legal_remedy not in ClaimFile.Remedy.values:
        raise ValidationError({"legal_remedy": _("Choose the legal remedy.")})
    cancel_requests(claim)
    claim.decided_at = timezone.now()
    claim.declined_reason = reason
    claim.legal_remedy = legal_remedy
    finish(claim, Code.DECLINED, by=by, facts={"legal_remedy": legal_remedy})
    record(by, "claim.declined", claim, legal_remedy=legal_remedy)
    return claim


@transaction.atomic
def close(claim_id: Any, *, outcome: str = "", by: Any) -> ClaimFile:
    """Close a decided claim file; open requests fall away. A declined one closes as declined.

    Raises ValidationError for an accepted one without outcome.
    """
    claim = locked(claim_id)
    require(by, "claim.close", claim)
    declined = claim.state == ClaimFile.State.DECLINED
    move(claim, Move.CLOSE)
    outcome = ClaimFile.Outcome.DECLINED.value if declined else outcome
    if outcome not in ClaimFile.Outcome.values or (outcome == ClaimFile.Outcome.DECLINED) != declined:
        raise ValidationError({"outcome": _("Choose how the case ended.")})
    cancel_requests(claim)
    claim.closed_at = timezone.now()
    claim.outcome = outcome
    finish(claim, Code.CLOSED, by=by, facts={"outcome": outcome})
    record(by, "claim.closed", claim, outcome=outcome)
    return claim


@transaction.atomic
def note_seen(claim_id: Any, *, by: Any) -> ClaimFile:
    """Say that what arrived was looked at and ask for nothing more."""
    claim = locked(claim_id)
    require(by, "claim.take_over", claim)
    if claim.arrived_at is None:
        raise NotNow(_("Nothing is waiting to be looked at."), code="nothing_arrived")
    claim.arrived_at = None
    claim.save(update_fields=["arrived_at"])
    # Sealed papers may be among them: the line does not exist for the company.
    record(by, "claim.documents_seen", claim, sealed=True)
    return claim
