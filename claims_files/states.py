"""The course of a claim file: which move is possible when, where it leads, and which days follow from it.

The one place of it: pages, API and services ask here. Its words for each side: `claims_files.standing`.

A case may touch several contracts (`Cover`), each decided for itself: `COURSE` is the course of one of them, and
`joint` says what follows for the claim file. What runs after the acceptance is not kept, it follows from the days
of incapacity and today (`phase`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy

from claims_files.models import ClaimFile, Cover, Decision, GuaranteeAnswer, Outcome
from core.dated import Values
from core.errors import NotNow
from core.parameters import value_on, values_of

State = ClaimFile.State


class Move(StrEnum):
    """What the insurer does with a claim file, the arrival of a requested paper, and what the customer does.

    `change`: the report is amended, or the course of the incapacity goes on; the insurer does the latter, too.
    `revise`: a decision is replaced by another one, which says where that leads.
    """

    TAKE_OVER = "take_over"
    REQUEST_PAPER = "request_paper"
    PAPER_SETTLED = "paper_settled"
    ACCEPT = "accept"
    ACCEPT_MEDICAL = "accept_medical"
    LEAVE_UNCLEAR = "leave_unclear"
    DECLINE = "decline"
    REVISE = "revise"
    CLOSE = "close"
    DUPLICATE = "duplicate"
    TRANSFER = "transfer"
    CHANGE = "change"
    WITHDRAW = "withdraw"


# The whole course. What is not here is not possible. `paper_settled`: a requested paper came, or is needed
# no longer; with others still open the file stays where it is (`after`).
COURSE: dict[tuple[str, Move], str] = {
    (State.RECEIVED, Move.TAKE_OVER): State.IN_PROGRESS,
    (State.IN_PROGRESS, Move.REQUEST_PAPER): State.DOCUMENT_MISSING,
    (State.IN_PROGRESS, Move.ACCEPT): State.ACCEPTED,
    (State.IN_PROGRESS, Move.ACCEPT_MEDICAL): State.MEDICAL_ONLY,
    (State.IN_PROGRESS, Move.LEAVE_UNCLEAR): State.UNCLEAR,
    (State.IN_PROGRESS, Move.DECLINE): State.DECLINED,
    (State.DOCUMENT_MISSING, Move.REQUEST_PAPER): State.DOCUMENT_MISSING,
    (State.DOCUMENT_MISSING, Move.PAPER_SETTLED): State.IN_PROGRESS,
    (State.DOCUMENT_MISSING, Move.LEAVE_UNCLEAR): State.UNCLEAR,
    (State.DOCUMENT_MISSING, Move.DECLINE): State.DECLINED,
    (State.UNCLEAR, Move.ACCEPT): State.ACCEPTED,
    (State.UNCLEAR, Move.ACCEPT_MEDICAL): State.MEDICAL_ONLY,
    (State.UNCLEAR, Move.DECLINE): State.DECLINED,
    # While benefits run, or are clarified, further papers are asked for: that does not take the decision back.
    **{
        (state, move): state
        for state in (State.UNCLEAR, State.ACCEPTED, State.MEDICAL_ONLY)
        for move in (Move.REQUEST_PAPER, Move.PAPER_SETTLED)
    },
    **{
        (state, Move.REVISE): state
        for state in (State.UNCLEAR, State.ACCEPTED, State.MEDICAL_ONLY, State.DECLINED)
    },
    **{(state, Move.CLOSE): State.CLOSED for state in (State.ACCEPTED, State.MEDICAL_ONLY, State.DECLINED)},
    **{
        (state, Move.CHANGE): state
        for state in (
            State.RECEIVED,
            State.IN_PROGRESS,
            State.DOCUMENT_MISSING,
            State.UNCLEAR,
            State.ACCEPTED,
            State.MEDICAL_ONLY,
        )
    },
    **{
        (state, Move.WITHDRAW): State.CLOSED
        for state in (State.RECEIVED, State.IN_PROGRESS, State.DOCUMENT_MISSING)
    },
    **{
        (state, move): State.CLOSED
        for state in (State.IN_PROGRESS, State.DOCUMENT_MISSING, State.UNCLEAR)
        for move in (Move.DUPLICATE, Move.TRANSFER)
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
    State.UNCLEAR: gettext_lazy(
        "The decision on this claim is still open. You can request a document, accept or decline."
    ),
    State.ACCEPTED: gettext_lazy(
        "This claim has been accepted. You can request a document, replace the decision or close the claim file."
    ),
    State.MEDICAL_ONLY: gettext_lazy(
        "The costs of treatment of this claim have been accepted. You can request a document, replace the decision "
        "or close the claim file."
    ),
    State.DECLINED: gettext_lazy(
        "This claim has been declined. You can replace the decision or close the claim file."
    ),
    State.CLOSED: gettext_lazy("This claim file is closed. Nothing in it can be changed any more."),
}

DECIDED_SENTENCE = gettext_lazy(
    "The insurer has decided on this claim: the report cannot be taken back any more. Ask the health manager."
)
# What is said of moves that are not the insurer's.
REFUSED = {
    (State.DECLINED, Move.CHANGE): gettext_lazy(
        "This claim has been declined: nothing in it can be changed any more. Ask the health manager."
    ),
    **{
        (state, Move.WITHDRAW): DECIDED_SENTENCE
        for state in (State.UNCLEAR, State.ACCEPTED, State.MEDICAL_ONLY, State.DECLINED)
    },
}

TONES = {
    State.RECEIVED: "wait",
    State.IN_PROGRESS: "info",
    State.DOCUMENT_MISSING: "warn",
    State.UNCLEAR: "warn",
    State.ACCEPTED: "ok",
    State.MEDICAL_ONLY: "ok",
    State.DECLINED: "err",
    State.CLOSED: "mute",
}
# Of one contract: until it is decided on, it waits.
COVER_TONES = {**TONES, Cover.State.PENDING: "wait"}
DECIDED = frozenset({State.ACCEPTED, State.MEDICAL_ONLY, State.DECLINED})
# Nobody waits for anything in a claim file that is declined or closed, nor of an incapacity where none is paid for.
OVER = frozenset({State.MEDICAL_ONLY, State.DECLINED, State.CLOSED})
UNDECIDED = frozenset({Cover.State.PENDING, Cover.State.UNCLEAR})
# What the employer may be told of a decision, if anything: nothing that contradicts the outcome he reads beside it.
REASONS = {
    Outcome.ACCEPTED: frozenset({Decision.Reason.NONE}),
    Outcome.MEDICAL_ONLY: frozenset({Decision.Reason.NONE, Decision.Reason.WITHIN_WAITING}),
    Outcome.UNCLEAR: frozenset({Decision.Reason.NONE, Decision.Reason.ANOTHER, Decision.Reason.CLARIFYING}),
    Outcome.DECLINED: frozenset(Decision.Reason) - {Decision.Reason.CLARIFYING},
}
# How a case ends that was decided; the other ends are acts of their own.
ACCEPTED_ENDS = (ClaimFile.Outcome.SETTLED, ClaimFile.Outcome.NO_BENEFIT, ClaimFile.Outcome.WITHDRAWN)
DECLINED_ENDS = (ClaimFile.Outcome.DECLINED,)


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


def place_of(cover: Cover, state: str) -> str:
    """Where one contract stands in the course, in a claim file of this state."""
    if state in {State.RECEIVED, State.CLOSED}:
        return state
    if cover.state != Cover.State.PENDING:
        return cover.state
    return state if state == State.DOCUMENT_MISSING else State.IN_PROGRESS


def joint(covers: Iterable[Cover], *, papers_open: bool) -> str:
    """The state of a claim file by those of its contracts: the best that one of them says.

    Accepted goes before costs of treatment only, that before a decision still open, that before what nobody has
    decided on; declined is the claim once all of them are. `papers_open`: whether requested papers are missing.
    """
    said = {cover.state for cover in covers}
    for best in (State.ACCEPTED, State.MEDICAL_ONLY, State.UNCLEAR):
        if best in said:
            return best
    if Cover.State.PENDING in said:
        return State.DOCUMENT_MISSING if papers_open else State.IN_PROGRESS
    return State.DECLINED


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


def working_days_from(key: str, since: Any, law: Values) -> date:
    """The working day that lies as many days after `since` as the parameter `key` said on that day."""
    day = timezone.localdate(since) if isinstance(since, datetime) else since
    return working_day_after(day, int(law.on(key, day).value))


def paper_due(today: date | None = None) -> date:
    """By when a paper requested today is due."""
    today = today or timezone.localdate()
    return today + timedelta(days=int(value_on("claims.paper_due_days", today)))


def answers_due(today: date | None = None) -> date:
    """By when the answers are to follow that a report sent today leaves for later."""
    today = today or timezone.localdate()
    return today + timedelta(days=int(value_on("claims.answers_due_days", today)))


def decision_due(today: date | None = None) -> date:
    """By when a decision left open today is to be made."""
    today = today or timezone.localdate()
    return today + timedelta(days=int(value_on("claims.unclear_days", today)))


def law_of_claims() -> Values:
    """The dated parameters of claims, read once: a page of many claims or decisions asks them of each."""
    return values_of("claims")


def remedy_until(decision: Decision | GuaranteeAnswer, law: Values) -> date | None:
    """The last day of the objection, counted from the day after the decision; None where the law sets no such day.

    One that falls on a weekend is the next working day (ATSG art. 38, paragraph 3).
    """
    if decision.legal_remedy != ClaimFile.Remedy.OBJECTION:
        return None
    day = timezone.localdate(decision.at)
    last = day + timedelta(days=int(law.on("claims.objection_days", day).value))
    return working_day_after(last - timedelta(days=1), 1)


# --- What runs after the acceptance ---------------------------------------------------------------


class Phase(TextChoices):
    """What runs after the acceptance, by the days of incapacity; nothing of it is kept."""

    RUNNING = "benefit_running", gettext_lazy("Fully incapable of work")
    PARTIAL = "partial_return", gettext_lazy("Partly back at work")
    BACK = "return_complete", gettext_lazy("Back at work")


def phase(state: str, periods: Iterable[Any], today: date) -> Phase | None:
    """What runs in an accepted claim today; None in any other, or where the incapacity has not begun."""
    course = sorted(periods, key=lambda each: each.begin)
    if state != State.ACCEPTED or not course or course[0].begin > today:
        return None
    current = [each for each in course if each.begin <= today and (each.end is None or today <= each.end)]
    if not current:
        return Phase.BACK
    return Phase.RUNNING if current[-1].degree == 100 else Phase.PARTIAL
