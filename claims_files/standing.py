"""Who has the ball in a claim file, what comes next and by when, in words for each side.

Sentences of the customer's side are written from what that side may know; the employer's is told nothing of papers
asked of the insured person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from claims_files.course import DAY
from claims_files.models import ClaimFile, Decision, OpenAnswers, PaperRequest
from claims_files.states import TONES, Phase, State, law_of_claims, phase, remedy_until, working_days_from
from core.dated import Values

Outcome = ClaimFile.Outcome


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
    phase: Phase | None = None


def standing(
    claim: ClaimFile,
    papers: Iterable[PaperRequest],
    side: str,
    today: date | None = None,
    *,
    answers: Iterable[OpenAnswers] = (),
    decisions: Iterable[Decision] = (),
    undecided: bool = False,
    periods: Iterable[Any] = (),
    law: Values | None = None,
) -> Standing:
    """Where `claim` stands for `side` (insurer, person or employer).

    `papers`, `answers`: the requests, and what was left for later, as that side may see them. `decisions`: the ones
    that hold; `undecided`: whether one of its contracts waits for one. `periods`: the course of the incapacity. `law`:
    the parameters of claims, where they are read already.
    """
    today = today or timezone.localdate()
    state = claim.employer_state if side == "employer" else claim.state
    asked = [paper for paper in papers if paper.state == PaperRequest.State.OPEN]
    law = law or law_of_claims()
    case = _Case(claim, state, asked, side, today, list(decisions), undecided, list(periods), law)
    tell = _for_insurer if side == "insurer" else _for_customer
    ball, next_step, expected = _of_answers(claim, state, list(answers), side, today) or tell(case)
    return Standing(
        state=state,
        label=str(State(state).label),
        tone=TONES[State(state)],
        ball=ball,
        ball_label=ball_label(ball),
        next_step=next_step,
        expected=expected,
        late=expected is not None and expected < today,
        phase=case.phase,
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
WAITS_FOR_PAPERS = frozenset({State.DOCUMENT_MISSING, State.UNCLEAR, State.ACCEPTED, State.MEDICAL_ONLY})
CLOSED = gettext_lazy("The claim file is closed. It stays readable here.")
CLOSED_WORDS = {
    Outcome.DUPLICATE: gettext_lazy("This case was reported twice: it goes on in the other claim file."),
    Outcome.TRANSFERRED: gettext_lazy("Another insurer is responsible: the case was handed over to it."),
}


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


@dataclass(frozen=True)
class _Case:
    """What the sentences are made from, as one side may know it."""

    claim: ClaimFile
    state: str
    asked: list[Any]
    side: str
    today: date
    decisions: list[Any]
    undecided: bool
    periods: list[Any]
    law: Values

    @property
    def phase(self) -> Phase | None:
        return phase(self.state, self.periods, self.today)

    @property
    def last_day(self) -> date | None:
        """The last day of the incapacity as told so far; None while it is open."""
        ends = [each.end for each in self.periods]
        return max(ends) if ends and None not in ends else None

    @property
    def still_open(self) -> list[Any]:
        """The decisions that are still open."""
        return [each for each in self.decisions if each.expected]

    @property
    def to_decide_by(self) -> date:
        """By when is decided, counted from the taking over."""
        since = self.claim.taken_over_at or self.claim.opened
        return working_days_from("claims.decision_working_days", since, self.law)

    @property
    def settled_by(self) -> date | None:
        """By when what is left is settled, once the incapacity is over."""
        key = "claims.settlement_working_days"
        return working_days_from(key, self.last_day, self.law) if self.last_day else None


def _for_customer(case: _Case) -> Told:
    claim, state, asked, today = case.claim, case.state, case.asked, case.today
    mine = [paper for paper in asked if paper.addressee == case.side]
    if mine and state in WAITS_FOR_PAPERS:
        words = ngettext("Send the missing document.", "Send the missing documents.", len(mine))
        return "you", words, min(paper.due for paper in mine)
    if asked and state == State.DOCUMENT_MISSING:
        return "employer", _("Your employer has been asked for a document."), min(p.due for p in asked)
    if state == State.RECEIVED:
        due = working_days_from("claims.take_over_working_days", claim.opened, case.law)
        return (
            "insurer",
            _("The insurer takes your report over. You need to do nothing."),
            _not_past(due, today),
        )
    if state == State.IN_PROGRESS:
        due = case.to_decide_by
        return "insurer", _("The insurer examines the claim and decides."), _not_past(due, today)
    if state == State.UNCLEAR:
        return _of_unclear(case)
    if state == State.ACCEPTED:
        return _of_accepted(case)
    if state == State.MEDICAL_ONLY:
        words = _(
            "The costs of treatment are paid; there is no daily allowance. Report every incapacity for work."
        )
        return "insurer", words, None
    if state == State.DECLINED:
        words = _("The decision has been made. Ask the health manager if anything in it is unclear.")
        return "nobody", words, None
    if state == State.CLOSED:
        return "nobody", CLOSED_WORDS.get(claim.outcome, CLOSED), None
    return "insurer", _("The insurer waits for a document."), None


def _of_unclear(case: _Case) -> Told:
    due = min((each.expected for each in case.still_open), default=None)
    if any(each.advances for each in case.still_open):
        words = _("The insurer is still clarifying what it decides. Benefits are advanced until then.")
    else:
        words = _("The insurer is still clarifying what it decides. No benefits are paid until then.")
    return "insurer", words, due and _not_past(due, case.today)


def _of_accepted(case: _Case) -> Told:
    if case.phase == Phase.BACK:
        words = _("The incapacity reported so far is over. The insurer settles what is left.")
        return "insurer", words, case.settled_by and _not_past(case.settled_by, case.today)
    words = _("Benefits are being settled. Report every change of the incapacity for work.")
    # By the day after the last one that was told, it is known how it went on.
    return "insurer", words, case.last_day and _not_past(case.last_day + DAY, case.today)


def _for_insurer(case: _Case) -> Told:
    claim, state, asked, today = case.claim, case.state, case.asked, case.today
    if state == State.RECEIVED:
        due = working_days_from("claims.take_over_working_days", claim.opened, case.law)
        return "you", _("Take the claim file over."), due
    if state == State.CLOSED:
        return "nobody", CLOSED_WORDS.get(claim.outcome, _("The claim file is closed.")), None
    if claim.arrived_at:
        return "you", _("Something new has arrived: look at it and decide how to go on."), None
    if asked and state in WAITS_FOR_PAPERS:
        first = min(asked, key=lambda paper: paper.due)
        if first.due < today:
            return "you", _("A requested document is overdue: remind, or decide without it."), first.due
        return first.addressee, _("Wait for the requested document."), first.due
    if state == State.IN_PROGRESS:
        due = case.to_decide_by
        return "you", _("Request what is missing, accept or decline."), due
    if case.still_open:
        return "you", _("Clarify what is open, then decide."), min(each.expected for each in case.still_open)
    if case.undecided:
        due = case.to_decide_by
        return "you", _("Decide on the other insurance, too."), due
    if case.phase == Phase.BACK:
        words = _("The incapacity reported so far is over: settle what is left, then close the claim file.")
        return "you", words, case.settled_by
    if state == State.ACCEPTED:
        words = _("Settle the benefits; close the claim file when everything is paid.")
        return "you", words, case.last_day and case.last_day + DAY
    if state == State.MEDICAL_ONLY:
        return "you", _("Pay the costs of treatment; close the claim file when everything is paid."), None
    until = max((day for each in case.decisions if (day := remedy_until(each, case.law))), default=None)
    return "you", _("Close the claim file once the legal remedy can no longer be used."), until


def _not_past(due: date, today: date) -> date | None:
    """A promise that was missed is not repeated to the customer."""
    return due if due >= today else None
