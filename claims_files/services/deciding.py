"""Deciding: on each contract of a case for itself, in rows that never change; taken back is a decision by the next.

Each decision has its letter, which is made and filed right afterwards (`claims_files.tasks.file_letter`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import tasks
from claims_files.letters import letter_of, remedy_for
from claims_files.models import ClaimFile, Cover, Decision, Outcome, TimelineEntry
from claims_files.plain import check_codes
from claims_files.services.acting import (
    Audience,
    Code,
    cancel_requests,
    enter,
    follow_covers,
    knock_at,
    locked,
    origin,
    right,
    worked_on,
)
from claims_files.states import DECIDED, REASONS, UNDECIDED, Move, after, decision_due, place_of
from companies.models import Contract
from core.errors import NotNow, OutOfReach
from documents import services as papers
from documents.models import Folder, Kind, Visibility
from permissions.audit import record
from permissions.policy import require

MOVES = {
    Outcome.ACCEPTED: Move.ACCEPT,
    Outcome.MEDICAL_ONLY: Move.ACCEPT_MEDICAL,
    Outcome.UNCLEAR: Move.LEAVE_UNCLEAR,
    Outcome.DECLINED: Move.DECLINE,
}
CODES = {
    Outcome.ACCEPTED: Code.ACCEPTED,
    Outcome.MEDICAL_ONLY: Code.MEDICAL_ONLY,
    Outcome.UNCLEAR: Code.UNCLEAR,
    Outcome.DECLINED: Code.DECLINED,
}
# A decision that is expected later than this was mistyped.
LATEST_EXPECTED = timedelta(days=366)


@dataclass(frozen=True)
class Said:
    """What a decision says, of one contract or of several: `models.Decision` has the meaning of each."""

    outcome: str
    reason: str = ""
    reason_code: str = ""
    legal_remedy: str = ""
    advances: bool | None = None
    expected: date | None = None
    codes: tuple[str, ...] = ()


def accept(
    claim_id: Any,
    *,
    medical_only: bool = False,
    cover: Any = None,
    known: int | None = None,
    at: datetime | None = None,
    codes: Iterable[str] = (),
    core: bool = False,
    by: Any,
) -> ClaimFile:
    """Accept the claim: the insurer pays what the contract promises, or of it the costs of treatment only.

    `cover`: the key of the one contract that is decided on; without it all that are undecided. `known`: the number
    of the last decision that the decider has seen (0 for none). `at`: when it was decided, if that is entered later.
    `codes`: of the insurer's dictionary of plain words. `core`: it was decided in the insurer's core system, whose right
    it then takes.
    Raises ValidationError, OutOfReach for a foreign cover, NotNow where it is not the moment or somebody was quicker.
    """
    outcome = Outcome.MEDICAL_ONLY if medical_only else Outcome.ACCEPTED
    return _decide(
        claim_id, Said(outcome, codes=tuple(codes)), cover=cover, known=known, at=at, core=core, by=by
    )


def leave_unclear(
    claim_id: Any,
    *,
    reason: str,
    advances: bool,
    reason_code: str = "",
    expected: date | None = None,
    cover: Any = None,
    known: int | None = None,
    codes: Iterable[str] = (),
    core: bool = False,
    by: Any,
) -> ClaimFile:
    """Say that the decision is still open, why, and whether benefits are paid in advance; expected in some days
    (dated parameter) if not said. The rest as for `accept`.
    """
    said = Said(
        Outcome.UNCLEAR,
        reason,
        reason_code,
        advances=advances,
        expected=expected or decision_due(),
        codes=tuple(codes),
    )
    return _decide(claim_id, said, cover=cover, known=known, core=core, by=by)


def decline(
    claim_id: Any,
    *,
    reason: str,
    legal_remedy: str = "",
    reason_code: str = "",
    cover: Any = None,
    known: int | None = None,
    at: datetime | None = None,
    codes: Iterable[str] = (),
    core: bool = False,
    by: Any,
) -> ClaimFile:
    """Decline the claim with its reason (read by the insured person and the insurer) and the legal remedy.

    `legal_remedy`: empty for the one that goes with the branch; `reason_code` is what the employer is told. Once all
    contracts are declined, open requests fall away. The rest as for `accept`.
    """
    said = Said(Outcome.DECLINED, reason, reason_code, legal_remedy, codes=tuple(codes))
    return _decide(claim_id, said, cover=cover, known=known, at=at, core=core, by=by)


@transaction.atomic
def revise(
    claim_id: Any,
    *,
    number: int,
    outcome: str,
    reason: str = "",
    reason_code: str = "",
    legal_remedy: str = "",
    advances: bool | None = None,
    expected: date | None = None,
    codes: Iterable[str] = (),
    core: bool = False,
    by: Any,
) -> ClaimFile:
    """Replace decision `number` by another one; the replaced one stays readable.

    Raises ValidationError by field, OutOfReach for an unknown number, NotNow in a closed file, or when another decision
    on the same insurance came after it. `codes` and `core` as for `accept`.
    """
    claim = locked(claim_id)
    require(by, right("claim.decide", core), claim)
    before = (
        Decision.unrestricted.filter(claim_file=claim, number=number)
        .select_related("cover__contract")
        .first()
    )
    if before is None:
        raise OutOfReach
    after(place_of(before.cover, claim.state), Move.REVISE)
    # Also one that followed without replacing it: an open decision is followed by the final one.
    if Decision.unrestricted.filter(cover=before.cover, number__gt=number).exists():
        raise NotNow(
            _("Somebody else has replaced this decision in the meantime."), code="changed_by_another"
        )
    if outcome not in Outcome.values:
        raise ValidationError({"outcome": _("Choose the decision.")})
    unclear = outcome == Outcome.UNCLEAR
    said = Said(
        outcome,
        reason,
        reason_code,
        legal_remedy,
        advances=bool(advances) if unclear else None,
        expected=(expected or decision_due()) if unclear else None,
        codes=tuple(codes),
    )
    _check(said, [before.cover])
    made = _keep(claim, before.cover, said, by=by, replaces=before)
    enter(claim, Code.REVISED, by=by, audience=Audience.ALL, facts=_facts(made, core))
    _conclude(claim)
    record(by, "claim.revised", claim, number=made.number, replaces=before.number, outcome=outcome)
    return claim


@transaction.atomic
def _decide(
    claim_id: Any,
    said: Said,
    *,
    cover: Any,
    known: int | None,
    at: datetime | None = None,
    core: bool = False,
    by: Any,
) -> ClaimFile:
    claim = locked(claim_id)
    require(by, right("claim.decide", core), claim)
    covers = list(Cover.unrestricted.filter(claim_file=claim).select_related("contract"))
    chosen = [each for each in covers if each.pk == cover] if cover else _undecided(covers, said.outcome)
    if not chosen:
        raise OutOfReach
    if known is not None and known != last_number(claim):
        raise NotNow(
            _("Somebody else has decided in this claim file in the meantime. Look at it again."),
            code="changed_by_another",
        )
    for each in chosen:
        after(place_of(each, claim.state), MOVES[Outcome(said.outcome)])
    _check(said, chosen)
    made = [_keep(claim, each, said, by=by, at=at) for each in chosen]
    for decision in made:
        enter(claim, CODES[Outcome(said.outcome)], by=by, audience=Audience.ALL, facts=_facts(decision, core))
    _conclude(claim, at)
    facts: dict[str, Any] = {"outcome": said.outcome, "decisions": [each.number for each in made]}
    if said.outcome == Outcome.DECLINED:
        record(by, "claim.declined", claim, **facts, legal_remedy=made[0].legal_remedy)
    elif said.outcome == Outcome.UNCLEAR:
        record(by, "claim.unclear", claim, **facts)
    else:
        record(by, "claim.accepted", claim, **facts)
    return claim


def _undecided(covers: list[Cover], outcome: str) -> list[Cover]:
    """What is decided on where nothing was named: all that waits; one that is decided says why it cannot be."""
    pending = [each for each in covers if each.state == Cover.State.PENDING]
    waiting = pending if outcome == Outcome.UNCLEAR else [each for each in covers if each.state in UNDECIDED]
    return waiting or covers[:1]


def last_number(claim: ClaimFile) -> int:
    """The number of the last decision in the claim file, 0 while there is none."""
    numbers = (
        Decision.unrestricted.filter(claim_file=claim).order_by("-number").values_list("number", flat=True)
    )
    return numbers.first() or 0


def _keep(
    claim: ClaimFile,
    cover: Cover,
    said: Said,
    *,
    by: Any,
    replaces: Decision | None = None,
    at: datetime | None = None,
) -> Decision:
    """Keep one decision and have its letter made."""
    made = Decision.unrestricted.create(
        claim_file=claim,
        cover=cover,
        number=last_number(claim) + 1,
        outcome=said.outcome,
        reason=said.reason.strip(),
        reason_code=said.reason_code,
        legal_remedy=said.legal_remedy or remedy_for(cover.contract.branch, said.outcome),
        advances=said.advances,
        expected=said.expected,
        codes=check_codes(said.codes),
        replaces=replaces,
        at=at or timezone.now(),
        by=by,
    )
    cover.state = said.outcome
    cover.save(update_fields=["state"])
    tasks.file_letter.defer(decision_id=str(made.pk))
    return made


def _conclude(claim: ClaimFile, at: datetime | None = None) -> None:
    """Let the claim file follow its contracts, save it, and knock."""
    follow_covers(claim)
    claim.decided_at = (at or timezone.now()) if claim.state in DECIDED else None
    if claim.state == ClaimFile.State.DECLINED:
        cancel_requests(claim)
    worked_on(claim)
    knock_at(claim, Audience.ALL)


def _facts(decision: Decision, core: bool) -> dict[str, Any]:
    return {
        "decision": decision.number,
        "outcome": decision.outcome,
        "branch": decision.cover.contract.branch,
        "legal_remedy": decision.legal_remedy,
        **origin(core),
    }


def _check(said: Said, covers: list[Cover]) -> None:
    problems = {}
    if said.outcome == Outcome.DECLINED and not said.reason.strip():
        problems["reason"] = _("Write why the claim is declined.")
    if said.outcome == Outcome.UNCLEAR:
        if not said.reason.strip():
            problems["reason"] = _("Write what has to be clarified.")
        if not said.expected or said.expected < timezone.localdate():
            problems["expected"] = _("Choose a date from today on.")
        elif said.expected > timezone.localdate() + LATEST_EXPECTED:
            problems["expected"] = _("Choose a date within a year.")
    if said.outcome == Outcome.MEDICAL_ONLY and any(not _treats(each.contract) for each in covers):
        problems["outcome"] = _(
            "Only an accident insurance pays costs of treatment. Decide on each insurance."
        )
    if said.reason_code not in Decision.Reason.values:
        problems["reason_code"] = _("Choose what the employer is told.")
    elif said.reason_code not in REASONS[Outcome(said.outcome)]:
        problems["reason_code"] = _("This reason does not go with the decision. Choose another one, or none.")
    if said.legal_remedy and said.legal_remedy not in ClaimFile.Remedy.values:
        problems["legal_remedy"] = _("Choose the legal remedy.")
    elif said.legal_remedy and said.outcome == Outcome.UNCLEAR:
        problems["legal_remedy"] = _("While the decision is open there is no legal remedy against it.")
    if problems:
        raise ValidationError(problems)


def _treats(contract: Contract) -> bool:
    return contract.branch in {Contract.Branch.LAA, Contract.Branch.LAAC}


# --- The letter ---------------------------------------------------------------------------------


@transaction.atomic
def file_letter(decision_id: Any) -> Decision:
    """Make the letter on a decision and lay it into the folder of the case, sealed; once, however often it is asked for.

    The employer learns the outcome on the pages of the claim file, without a paper. Raises OutOfReach.
    """
    found = Decision.unrestricted.filter(pk=decision_id).first()
    if found is None:
        raise OutOfReach
    # The folder first, like sending papers into it: the other way round they would wait in a ring.
    folder = Folder.unrestricted.select_for_update().get(claim_file=found.claim_file_id)
    claim = locked(found.claim_file_id)
    decision = Decision.unrestricted.select_related("cover__contract", "by", "replaces").get(pk=found.pk)
    if decision.letter_id is not None:
        return decision
    name, letter = letter_of(decision, claim)
    decision.letter = papers.issue(
        folder,
        letter.pdf,
        name=name,
        pages=letter.pages,
        kind=Kind.LETTER,
        visibility=Visibility.MEDICAL,
        by=decision.by,
    )
    decision.save(update_fields=["letter"])
    facts = {"decision": decision.number, "branch": decision.cover.contract.branch}
    TimelineEntry.unrestricted.create(
        claim_file=claim, actor=None, code=Code.LETTER, audience=Audience.PERSON, facts=facts
    )
    knock_at(claim, Audience.PERSON)
    return decision
