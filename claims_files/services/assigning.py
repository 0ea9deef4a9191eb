"""Who looks after a claim file: handed over to another health manager."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile
from claims_files.services.acting import Code, finish, locked
from core.errors import NotNow
from permissions.audit import record
from permissions.holders import holders_of_role
from permissions.policy import can, require, users_who_can

ACTION = "claim.take_over"


def health_managers() -> QuerySet:
    """The accounts to which a claim file can be handed over, by name."""
    return holders_of_role("health_manager")


def who_looks_after(claim: ClaimFile) -> set[Any]:
    """The ids of those at the insurer who are told of a claim file.

    Its health manager, as long as he is there; else the one of the company; else all who may take it over.
    """
    for manager in (claim.health_manager, claim.company.health_manager):
        if manager is not None and can(manager, ACTION, claim):
            return {manager.pk}
    return users_who_can(ACTION, claim)


@transaction.atomic
def reassign(claim_id: Any, *, to: Any, known: str | None = None, by: Any) -> ClaimFile:
    """Let somebody else look after the claim file: a new one waits for him to take it over, the others go on with him.

    `to` is the id of a health manager who reaches it, in his own right or as a deputy. Raises OutOfReach, NotAllowed,
    ValidationError for anybody else, NotNow when it is closed, or he looks after it already. `known`: the id of whom
    the page showed as looking after it ("" for nobody); NotNow where it is somebody else by now.
    """
    claim = locked(claim_id)
    require(by, ACTION, claim)
    if claim.state == ClaimFile.State.CLOSED:
        raise NotNow(_("This claim file is closed: nobody looks after it any more."), code="state_closed")
    manager = health_managers().filter(pk=to).first()
    if manager is None:
        raise ValidationError({"manager": _("Choose one of the health managers.")})
    if claim.health_manager_id == manager.pk:
        raise NotNow(
            _("%(name)s looks after this claim file already.") % {"name": manager.name}, code="same_manager"
        )
    if known is not None and known != str(claim.health_manager_id or ""):
        raise NotNow(
            _("Somebody else has handed this claim file over in the meantime. Look at it again."),
            code="changed_by_another",
        )
    if not can(manager, ACTION, claim):
        raise ValidationError(
            {"manager": _("%(name)s does not look after this company.") % {"name": manager.name}}
        )
    former, arrived = claim.health_manager_id, claim.arrived_at
    claim.health_manager = manager
    finish(claim, Code.REASSIGNED, by=by)
    if arrived:
        # Handing on is not looking: what arrived still waits, for the new one.
        claim.arrived_at = arrived
        claim.save(update_fields=["arrived_at"])
    record(by, "claim.reassigned", claim, user=manager.pk, former=former)
    return claim
