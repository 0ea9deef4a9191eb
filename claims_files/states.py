"""The course of a claim file: which move is possible when, who has the ball, what comes next.

The one place of it: pages, API and services ask here. Sentences of the customer's side are written from what
that side may know; the employer's is told nothing of papers asked of the insured person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from claims_files.models import ClaimFile, OpenAnswers, PaperRequest
from core.errors import NotNow
from core.parameters import value_on

State = ClaimFile.State


class Move(StrEnum):
    """What the insurer does with a claim file, the arrival of a requested paper, and what the customer does.

    `change`: the report is amended, or the course of the incapacity goes on; the insurer does the latter, too.
    """

    TAKE_OVER = "take_over"
    REQUEST_PAPER = "request_paper"
    PAPER_SETTLED = "paper_settled"
    ACCEPT = "accept"
    DECLINE = "decline"
    CLOSE = "close"
    CHANGE = "change"
    WITHDRAW = "withdraw"


# The whole course. What is not here is not possible. `paper_settled`: a requested paper came, or is needed
# no longer; with others still open the file stays where it is (`after`).
COURSE: dict[tuple[str, Move], str] = {
    (State.RECEIVED, Move.TAKE_OVER): State.IN_PROGRESS,
    (State.IN_PROGRESS, Move.REQUEST_PAPER): State.DOCUMENT_MISSING,
    (State.IN_PROGRESS, Move.ACCEPT): State.ACCEPTED,
    (State.IN_PROGRESS, Move.DECLINE): State.DECLINED,
    (State.DOCUMENT_MISSING, Move.REQUEST_PAPER): State.DOCUMENT_MISSING,
    (State.DOCUMENT_MISSING, Move.PAPER_SETTLED): State.IN_PROGRESS,
    (State.DOCUMENT_MISSING, Move.DECLINE): State.DECLINED,
    # While benefits run, further certificates are asked for: that does not take the decision back.
    (State.ACCEPTED, Move.REQUEST_PAPER): State.ACCEPTED,
    (State.ACCEPTED, Move.PAPER_SETTLED): State.ACCEPTED,
    (State.ACCEPTED, Move.CLOSE): State.CLOSED,
    (State.DECLINED, Move.CLOSE): State.CLOSED,
    **{
        (state, Move.CHANGE): state
        for state in (State.RECEIVED, State.IN_PROGRESS, State.DOCUMENT_MISSING, State.ACCEPTED)
    },
    **{
        (state, Move.WITHDRAW): State.CLOSED
        for state in (State.RECEIVED, State.IN_PROGRESS, State.DOCUMENT_MISSING)
    },
}

POSSIBLE = {
    State.RECEIVED: gettext_lazy("This claim file has not been taken over yet. Take it over first."),
    State.IN_PROGRESS: gettext_lazy(
        "This claim file is in progress. You can request a document, accept or decline."
    ),
    State.DOCUMENT_MISSING: gettext_lazy(
        "A document is still missing. You can wait for it, request another one, withdraw the request, or decline."
    ),
    State.ACCEPTED: gettext_lazy(
        "This claim has been accepted. You can request a document or close the claim file."
    ),
    State.DECLINED: gettext_lazy(
        "This claim has been declined. All that is left is to close the claim file."
    ),
    State.CLOSED: gettext_lazy("This claim file is closed. Nothing in it can be changed any more."),
}

_DECIDED = gettext_lazy(
    "The insurer has decided on this claim: the report cannot be taken back any more. Ask the health manager."
)
# What is said of moves that are not the insurer's.
REFUSED = {
    (State.DECLINED, Move.CHANGE): gettext_lazy(
        "This claim has been declined: nothing in it can be changed any more. Ask the health manager."
    ),
    (State.ACCEPTED, Move.WITHDRAW): _DECIDED,
    (State.DECLINED, Move.WITHDRAW): _DECIDED,
}

TONES = {
    State.RECEIVED: "wait",
    State.IN_PROGRESS: "info",
    State.DOCUMENT_MISSING: "warn",
    State.ACCEPTED: "ok",
    State.DECLINED: "err",
    State.CLOSED: "mute",
}


def after(state: str, move: Move, *, still_missing: bool = False) -> str:
    """The state that `move` leads to; NotNow with what is possible instead where it leads nowhere.

    `still_missing`: other requested papers stay open.
    """
    found = COURSE.get((state, move))
    if found is None:
        sentence = REFUSED.get((State(state), move), POSSIBLE[State(state)])
        raise NotNow(sentence, code=f"state_{state}")
    if move == Move.PAPER_SETTLED and still_missing:
        return state
    return found


def possible(state: str) -> set[Move]:
    """The moves that lead somewhere from `state`."""
    return {move for (origin, move) in COURSE if origin == state}


def for_employer(state: str, employer_papers_open: bool) -> str:
    """The state as the employer sees it: what is missing from the insured person is none of his business."""
    if state == State.DOCUMENT_MISSING and not employer_papers_open:
        return State.IN_PROGRESS
    return state


# --- Deadlines ----------------------------------------------------------------------------------


def working_day_after(day: date, days: int) -> date:
    """The working day (Monday to Friday; holidays differ by canton and are not counted out) `days` after `day`."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def paper_due(today: date | None = None) -> date:
    """By when a paper requested today is due."""
    today = today or timezone.localdate()
    return today + timedelta(days=int(value_on("claims.paper_due_days", today)))


def answers_due(today: date | None = None) -> date:
    """By when the answers are to follow that a report sent today leaves for later."""
    today = today or timezone.localdate()
    return today + timedelta(days=int(value_on("claims.answers_due_days", today)))


# --- Who has the ball -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Where a claim file stands, in words for one side.

    `ball` is you, insurer, employer, person or nobody; `expected` the day by which the next step is due.
    """

    state: str
    label: str
    tone: str
    ball: str
    ball_label: str
    next_step: str
    expected: date | None = None
    late: bool = False


def standing(
    claim: ClaimFile,
    papers: Iterable[PaperRequest],
    side: str,
    today: date | None = None,
    *,
    answers: Iterable[OpenAnswers] = (),
) -> Standing:
    """Where `claim` stands for `side` (insurer, person or employer).

    `papers`, `answers`: the requests, and what was left for later, as that side may see them.
    """
    today = today or timezone.localdate()
    state = claim.employer_state if side == "employer" else claim.state
    asked = [paper for paper in papers if paper.state == PaperRequest.State.OPEN]
    tell = _for_insurer if side == "insurer" else _for_customer
    ball, next_step, expected = _of_answers(claim, state, list(answers), side, today) or tell(
        claim, state, asked, side, today
    )
    return Standing(
        state=state,
        label=str(State(state).label),
        tone=TONES[State(state)],
        ball=ball,
        ball_label=ball_label(ball),
        next_step=next_step,
        expected=expected,
        late=expected is not None and expected < today,
    )


def ball_label(ball: str) -> str:
    """Who has the ball, in words."""
    return {
        "you": _("It is your turn"),
        "insurer": _("With the insurer"),
        "employer": _("With the employer"),
        "person": _("With the insured person"),
        "nobody": _("Nothing to do"),
    }[ball]


Told = tuple[str, str, date | None]


def _of_answers(claim: ClaimFile, state: str, answers: list[Any], side: str, today: date) -> Told | None:
    """What the answers mean that a report left for later; requested papers, and what has arrived, go before them."""
    if not answers or state not in {State.RECEIVED, State.IN_PROGRESS}:
        return None
    first = min(answers, key=lambda each: each.due)
    if side == "insurer":
        if state == State.RECEIVED or claim.arrived_at:
            return None
        if first.due < today:
            return "you", _("Answers to the report are overdue: remind, or decide without them."), first.due
        return first.addressee, _("Wait for the answers that the report left for later."), first.due
    mine = [each.due for each in answers if each.addressee == side]
    if mine:
        return "you", _("Answer what the report left open."), min(mine)
    return None


def _for_customer(claim: ClaimFile, state: str, asked: list[Any], side: str, today: date) -> Told:
    mine = [paper for paper in asked if paper.addressee == side]
    if mine and state in {State.DOCUMENT_MISSING, State.ACCEPTED}:
        words = ngettext("Send the missing document.", "Send the missing documents.", len(mine))
        return "you", words, min(paper.due for paper in mine)
    if asked and state == State.DOCUMENT_MISSING:
        return "employer", _("Your employer has been asked for a document."), min(p.due for p in asked)
    if state == State.RECEIVED:
        due = _working("claims.take_over_working_days", claim.opened)
        return (
            "insurer",
            _("The insurer takes your report over. You need to do nothing."),
            _not_past(due, today),
        )
    if state == State.IN_PROGRESS:
        due = _working("claims.decision_working_days", claim.taken_over_at or claim.opened)
        return "insurer", _("The insurer examines the claim and decides."), _not_past(due, today)
    if state == State.ACCEPTED:
        return (
            "insurer",
            _("Benefits are being settled. Report every change of the incapacity for work."),
            None,
        )
    if state == State.DECLINED:
        words = _("The decision has been made. Ask the health manager if anything in it is unclear.")
        return "nobody", words, None
    if state == State.CLOSED:
        return "nobody", _("The claim file is closed. It stays readable here."), None
    return "insurer", _("The insurer waits for a document."), None


def _for_insurer(claim: ClaimFile, state: str, asked: list[Any], side: str, today: date) -> Told:
    if state == State.RECEIVED:
        due = _working("claims.take_over_working_days", claim.opened)
        return "you", _("Take the claim file over."), due
    if state == State.CLOSED:
        return "nobody", _("The claim file is closed."), None
    if claim.arrived_at:
        return "you", _("Something new has arrived: look at it and decide how to go on."), None
    if asked and state in {State.DOCUMENT_MISSING, State.ACCEPTED}:
        first = min(asked, key=lambda paper: paper.due)
        if first.due < today:
            return "you", _("A requested document is overdue: remind, or decide without it."), first.due
        return first.addressee, _("Wait for the requested document."), first.due
    if state == State.IN_PROGRESS:
        due = _working("claims.decision_working_days", claim.taken_over_at or claim.opened)
        return "you", _("Request what is missing, accept or decline."), due
    if state == State.ACCEPTED:
        return "you", _("Settle the benefits; close the claim file when everything is paid."), None
    return "you", _("Close the claim file once the legal remedy can no longer be used."), None


def _working(key: str, since: Any) -> date:
    day = timezone.localdate(since)
    return working_day_after(day, int(value_on(key, day)))


def _not_past(due: date, today: date) -> date | None:
    """A promise that was missed is not repeated to the customer."""
    return due if due >= today else None
