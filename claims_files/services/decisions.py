"""What the health manager does with a claim file besides deciding: take over, close, note what arrived."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile, Cover
from claims_files.services.acting import Code, cancel_requests, finish, locked, move, origin, right
from claims_files.states import ACCEPTED_ENDS, DECLINED_ENDS, UNDECIDED, Move
from core.errors import NotNow
from permissions.audit import record
from permissions.policy import require

Outcome = ClaimFile.Outcome


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
def close(claim_id: Any, *, outcome: str = "", core: bool = False, by: Any) -> ClaimFile:
    """Close a decided claim file; open requests fall away. A declined one closes as declined.

    Raises ValidationError for an accepted one without outcome, NotNow while a contract waits for its decision. `core`:
    it was closed in the insurer's core system, whose right it then takes.
    """
    claim = locked(claim_id)
    require(by, right("claim.close", core), claim)
    declined = claim.state == ClaimFile.State.DECLINED
    move(claim, Move.CLOSE)
    if Cover.unrestricted.filter(claim_file=claim, state__in=UNDECIDED).exists():
        raise NotNow(
            _("One insurance of this case is still undecided. Decide on it before you close the claim file."),
            code="cover_undecided",
        )
    outcome = Outcome.DECLINED.value if declined else outcome
    if outcome not in (DECLINED_ENDS if declined else ACCEPTED_ENDS):
        raise ValidationError({"outcome": _("Choose how the case ended.")})
    cancel_requests(claim)
    claim.closed_at = timezone.now()
    claim.outcome = outcome
    finish(claim, Code.CLOSED, by=by, facts={"outcome": outcome, **origin(core)})
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
