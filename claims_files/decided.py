"""What the insurer has decided, as each side is shown it: page and API ask here what that side may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from claims_files import letters, plain, reading
from claims_files.models import ClaimFile, Cover, Decision, Outcome
from claims_files.plain import Plain
from claims_files.states import COVER_TONES, UNDECIDED, Move, law_of_claims, place_of, possible, remedy_until
from core.dated import Values
from permissions.policy import can


@dataclass(frozen=True)
class Shown:
    """One decision in words for one side: the employer is told no `reason` and no `remedy`, and given no letter."""

    decision: Decision
    holds: bool
    outcome: str
    reason: str
    reason_code: str
    codes: list[Plain]
    remedy: str
    until: date | None
    letter: Any


@dataclass(frozen=True)
class Insurance:
    """A contract that the case touches, where it stands, and what was decided on it, the newest first."""

    cover: Cover
    label: str
    tone: str
    decisions: list[Shown]

    @property
    def title(self) -> str:
        """The contract in words: two of one branch have two names."""
        return title_of(self.cover)

    @property
    def holds(self) -> Shown | None:
        """The decision that holds."""
        return self.decisions[0] if self.decisions else None


def title_of(cover: Cover) -> str:
    """The contract that a case touches, in words."""
    return f"{cover.contract.get_branch_display()}, {cover.contract.policy_number}"


def shown(claim: ClaimFile, side: str) -> list[Insurance]:
    """The contracts of a claim file with their decisions, as this side reads them."""
    law = law_of_claims()
    return [
        Insurance(
            cover=each.cover,
            label=str(each.cover.get_state_display()),
            tone=COVER_TONES[each.cover.state],
            decisions=[_shown(decision, decision is each.holds, side, law) for decision in each.decisions],
        )
        for each in reading.insurances_of([claim])[claim.pk]
    ]


def _shown(decision: Decision, holds: bool, side: str, law: Values) -> Shown:
    sealed = side != reading.EMPLOYER
    return Shown(
        decision=decision,
        holds=holds,
        outcome=str(decision.get_outcome_display()),
        reason=decision.reason if sealed else "",
        reason_code=str(decision.get_reason_code_display()) if decision.reason_code else "",
        codes=plain.explain(decision.codes, timezone.localdate(decision.at), kinds=plain.OF_DECISIONS)
        if sealed
        else [],
        remedy=letters.remedy_text(decision, law) if sealed else "",
        until=remedy_until(decision, law) if holds and sealed else None,
        letter=decision.letter_id if sealed else None,
    )


def declining(claim: ClaimFile) -> Decision | None:
    """The last decision of a claim that was declined by all its contracts; None in any other."""
    holding = [each.holds for each in reading.insurances_of([claim])[claim.pk] if each.holds]
    if not holding or any(each.outcome != Outcome.DECLINED for each in holding):
        return None
    return max(holding, key=lambda each: each.number)


def acts(user: Any, claim: ClaimFile) -> dict[str, bool]:
    """What can be decided in a claim file now, and whether a closed one can come back, by those who may."""
    if not can(user, "claim.decide", claim):
        return {}
    covers = [each.cover for each in reading.insurances_of([claim])[claim.pk]]
    moves = {
        move
        for cover in covers
        if cover.state in UNDECIDED
        for move in possible(place_of(cover, claim.state))
    }
    treats = all(cover.contract.branch != "ktg" for cover in covers if cover.state in UNDECIDED)
    return {
        "accept": Move.ACCEPT in moves,
        "accept_medical": Move.ACCEPT_MEDICAL in moves and treats,
        "leave_unclear": Move.LEAVE_UNCLEAR in moves,
        "decline": Move.DECLINE in moves,
        # Also of a refusal, where another contract still waits.
        "revise": any(Move.REVISE in possible(place_of(cover, claim.state)) for cover in covers),
        "relapse": claim.state == ClaimFile.State.CLOSED
        and claim.outcome in {"settled", "no_benefit", "declined"}
        and not ClaimFile.Kind(claim.kind).is_birth,
    }
