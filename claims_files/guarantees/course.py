"""Which move is possible with a request for a cost guarantee when, and where it leads: the one place of it."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from claims_files.guarantees.models import Guarantee, GuaranteeOutcome
from core.errors import NotNow

State = Guarantee.State


class Move(StrEnum):
    """`complete`: papers came; `answer`: the first time, or again to replace the answer that stands."""

    COMPLETE = "complete"
    WITHDRAW = "withdraw"
    ASK = "ask"
    ANSWER = "answer"


COURSE: dict[tuple[str, Move], str] = {
    (State.WAITING, Move.COMPLETE): State.WAITING,
    (State.ASKED, Move.COMPLETE): State.WAITING,
    (State.WAITING, Move.WITHDRAW): State.WITHDRAWN,
    (State.ASKED, Move.WITHDRAW): State.WITHDRAWN,
    (State.WAITING, Move.ASK): State.ASKED,
    (State.WAITING, Move.ANSWER): State.ANSWERED,
    (State.ASKED, Move.ANSWER): State.ANSWERED,
    (State.ANSWERED, Move.ANSWER): State.ANSWERED,
}

POSSIBLE = {
    State.WAITING: _(
        "This request waits for an answer. A document can be added or asked for, and it can be answered."
    ),
    State.ASKED: _("A document is missing. The request can be answered without it, or when it is here."),
    State.ANSWERED: _("This request is answered. Only another answer can replace the one that stands."),
    State.WITHDRAWN: _("This request was taken back. Nothing is done with it any more."),
}

TONES = {
    State.WAITING: "wait",
    State.ASKED: "warn",
    State.WITHDRAWN: "mute",
    GuaranteeOutcome.GRANTED: "ok",
    GuaranteeOutcome.PARTLY: "ok",
    GuaranteeOutcome.DECLINED: "err",
}


def after(state: str, move: Move) -> str:
    """The state that `move` leads to; NotNow with what is possible instead where it leads nowhere."""
    found = COURSE.get((state, move))
    if found is None:
        raise NotNow(POSSIBLE[State(state)], code=f"state_{state}")
    return found


def possible(state: str) -> set[Move]:
    """The moves that lead somewhere from `state`."""
    return {move for (origin, move) in COURSE if origin == state}


def tone_of(guarantee: Guarantee) -> str:
    """The tone of the word that says where a request stands."""
    return TONES[guarantee.outcome or guarantee.state]
