"""Drafts that are not sent: discarded, or given back to whoever had handed one over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow
from declarations.content import event_date
from declarations.forms import distributed
from declarations.models import Declaration, PrivatePart
from declarations.private import services as private
from declarations.services.cover import contract_on
from declarations.services.drafts import locked, refuse_sent
from declarations.services.handover import SEALED
from documents import services as papers
from documents.models import Stage
from permissions.audit import record
from permissions.policy import require, users_who_can

Privacy, Side = Declaration.Privacy, Declaration.Side


@transaction.atomic
def delete_draft(pk: UUID, *, by: Any) -> None:
    """Discard a draft with the papers in its folder, and with the own part that the insured person has not sent.

    One that he handed over, and that cannot be sent, goes back to him in place of that (`goes_back`). Raises
    OutOfReach, NotAllowed, NotNow once it was sent, or once he has sent what is to go along with it.
    """
    declaration = locked(pk)
    require(by, "declaration.edit", declaration)
    refuse_sent(declaration)
    if goes_back(declaration):
        _give_back(declaration, by=by)
        return
    refuse_loss(declaration)
    _discard(declaration, by=by)


def goes_back(draft: Declaration) -> bool:
    """Whether a draft that the company gives up becomes its insured person's own again.

    He handed it over, no contract covers it, so that it cannot be sent, and he can go on with it himself.
    """
    if not draft.is_draft or not draft.handed_over or not _uninsured(draft):
        return False
    return draft.person.user_id in users_who_can("declaration.create", draft.person)


def refuse_loss(draft: Declaration) -> None:
    """Raise NotNow where discarding a draft would lose what its insured person has sent for the insurer."""
    if not private.kept([draft]):
        return
    if _uninsured(draft):
        raise NotNow(
            _(
                "The insured person has sent something for the insurer with this draft: it cannot be deleted any more. "
                "No contract covers it: check the date, or ask your contract manager."
            ),
            code="holds_own_part",
        )
    raise NotNow(
        _(
            "The insured person has sent something for the insurer with this draft: it cannot be deleted any more. "
            "Send the report; what turns out to be a mistake can be taken back afterwards."
        ),
        code="holds_own_part",
    )


def _uninsured(draft: Declaration) -> bool:
    day = event_date(draft)
    return day is not None and contract_on(draft, day) is None


def _give_back(declaration: Declaration, *, by: Any) -> None:
    """The draft is the insured person's own again: his sealed answers and his papers stand in it as before."""
    # On the company, as long as it is the company's.
    record(by, "declaration.handed_back", declaration, number=declaration.number)
    part = (
        PrivatePart.unrestricted.select_for_update(of=("self",))
        .select_related("folder", "release")
        .get(declaration=declaration)
    )
    part.declaration = declaration
    answers = dict(declaration.set_aside)
    for values in declaration.parts.values():
        answers |= values
    answers |= {name: value for name, value in part.answers.items() if name in SEALED}
    for entry in part.handed:
        answers |= entry["values"]
    declaration.parts, declaration.set_aside = distributed(declaration.kind, answers)
    declaration.side, declaration.privacy = Side.EMPLOYEE, Privacy.PRIVATE
    declaration.handed_over, declaration.handed_kind = None, ""
    declaration.saved = timezone.now()
    declaration.version += 1
    # Who has a form of it open somewhere no longer holds the pen.
    declaration.saves = {}
    declaration.save()
    part.answers = {name: value for name, value in part.answers.items() if name not in SEALED}
    part.handed = []
    # In his own report nobody asks him.
    part.asked_by = part.asked_at = None
    part.save()
    private.bring_papers(part)
    papers.follow_case(declaration.folder_id, stage=Stage.PRIVATE)
    if not part.answers and part.release is None:
        # He has not begun one; the handing over alone made it.
        part.delete()


def discard_private_drafts(user: Any, *, by: Any) -> None:
    """Discard the drafts that only this person sees, with their papers: he removes them, or leaves.

    `by` is the id of who does it. Within the caller's transaction; each draft leaves its line.
    """
    own = Declaration.unrestricted.select_for_update().filter(
        created_by=user, privacy=Privacy.PRIVATE, state=Declaration.State.DRAFT
    )
    actor = get_user_model()._base_manager.filter(pk=by).first()
    for declaration in own.order_by("pk"):
        _discard(declaration, by=actor)


def _discard(declaration: Declaration, *, by: Any) -> None:
    record(by, "declaration.discarded", declaration, number=declaration.number)
    folder_id = declaration.folder_id
    private.discard(declaration)
    declaration.delete()
    papers.discard_folder(folder_id)
