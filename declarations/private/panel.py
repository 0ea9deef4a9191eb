"""What the pages of a report say of the insured person's own part: to him, and to the company."""

from __future__ import annotations

from typing import Any

from declarations.models import Declaration
from declarations.private import services
from permissions.policy import can, can_somewhere


def panel_of(declaration: Declaration, user: Any) -> dict[str, Any]:
    """What `user` is shown: of his own case the way to his part, of a report of the company when it was asked for.

    Empty for everybody else, and for whoever looks on through somebody's eyes.
    """
    if declaration.person.user_id == user.pk:
        return _own(declaration, user)
    if declaration.side != Declaration.Side.EMPLOYER or not can(user, "declaration.edit", declaration):
        return {}
    status = status_of(declaration)
    may_ask = not (status["asked"] or status["answered"]) and services.why_not(declaration) is None
    return {"may_ask": may_ask, **status} if may_ask or status["asked"] or status["answered"] else {}


def status_of(declaration: Declaration) -> dict[str, Any]:
    """When the insured person was asked for his part, and when he answered: all that the company learns of it.

    What he adds of his own accord, it does not learn at all.
    """
    part = services.part_about(declaration)
    if part is None or not (part.asked_at or declaration.handed_over):
        return {"asked": None, "answered": None}
    part.declaration = declaration
    return {"asked": part.asked_at, "answered": services.answered_on(part)}


def _own(declaration: Declaration, user: Any) -> dict[str, Any]:
    if not can_somewhere(user, services.FILL):
        return {}
    part = services.part_about(declaration)
    may_begin = part is None and services.why_not(declaration) is None
    private = declaration.privacy == Declaration.Privacy.PRIVATE
    return {
        "own": True,
        "part": part,
        "may_begin": may_begin,
        "may_hand_over": declaration.is_draft and private and can(user, "declaration.edit", declaration),
    }
