"""Other ways of a case: it touches a further contract, was reported twice, is another insurer's, or has come back."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile, Cover, Decision
from claims_files.reading import further_contracts
from claims_files.services.acting import Code, cancel_requests, finish, follow_covers, locked, move
from claims_files.services.reports import open_from_report
from claims_files.states import Move, after
from core.errors import NotNow, OutOfReach
from core.text import swiss_date
from documents import services as papers
from permissions.audit import record
from permissions.policy import require, visible_to

Outcome, State = ClaimFile.Outcome, ClaimFile.State
# The name of an insurer: no sentence, in which something of the case could stand.
INSURER_NAME = re.compile(r"[\w&.’' ()/+-]{2,80}")


@transaction.atomic
def add_cover(claim_id: Any, *, contract: Any, by: Any) -> Cover:
    """Say that the case touches a further contract of the company, in force on the day of the event (by its key).

    Raises OutOfReach for any other contract, NotNow in a file that is not being worked on, or if it is there already.
    """
    claim = locked(claim_id)
    require(by, "claim.decide", claim)
    _in_work(claim)
    if Cover.unrestricted.filter(claim_file=claim, contract=contract).exists():
        raise NotNow(_("This insurance is concerned already."), code="cover_there")
    found = next((each for each in further_contracts(claim) if each.pk == contract), None)
    if found is None:
        raise OutOfReach
    cover = Cover.unrestricted.create(claim_file=claim, contract=found)
    follow_covers(claim)
    if claim.state not in {State.ACCEPTED, State.MEDICAL_ONLY}:
        # What was declined by all is declined no longer: one of them has not decided yet.
        claim.decided_at = None
    finish(claim, Code.COVER_ADDED, by=by, facts={"branch": found.branch})
    record(by, "claim.cover_added", claim, contract=found.pk)
    return cover


@transaction.atomic
def remove_cover(claim_id: Any, *, cover: Any, by: Any) -> ClaimFile:
    """Say that a contract is not concerned, as long as nothing was decided on it; the file's own one stays.

    Raises OutOfReach, NotNow.
    """
    claim = locked(claim_id)
    require(by, "claim.decide", claim)
    _in_work(claim)
    found = Cover.unrestricted.filter(claim_file=claim, pk=cover).select_related("contract").first()
    if found is None:
        raise OutOfReach
    if found.contract_id == claim.contract_id or Decision.unrestricted.filter(cover=found).exists():
        raise NotNow(_("This insurance belongs to the case: decide on it instead."), code="cover_belongs")
    branch, contract = found.contract.branch, found.contract_id
    found.delete()
    follow_covers(claim)
    if claim.state == State.DECLINED:
        claim.decided_at = Decision.unrestricted.filter(claim_file=claim).latest("number").at
    finish(claim, Code.COVER_REMOVED, by=by, facts={"branch": branch})
    record(by, "claim.cover_removed", claim, contract=contract)
    return claim


def _in_work(claim: ClaimFile) -> None:
    if claim.state in {State.RECEIVED, State.CLOSED}:
        # Says why not.
        after(claim.state, Move.REVISE)


@transaction.atomic
def close_as_duplicate(claim_id: Any, *, original: Any, by: Any) -> ClaimFile:
    """Close an undecided claim file because the case was reported twice; `original` (its number) goes on.

    Raises ValidationError for a number that is not another case of the same person that goes on, NotNow once it is decided.
    """
    number = str(original).strip().upper()
    _lock_both(claim_id, number)
    claim = locked(claim_id)
    require(by, "claim.decide", claim)
    after(claim.state, Move.DUPLICATE)
    rows = ClaimFile.unrestricted.filter(number=number, person=claim.person_id)
    found = visible_to(by, "claim.decide", rows).exclude(pk=claim.pk).first()
    if found is None:
        raise ValidationError({"original": _("Enter the number of another claim file of the same person.")})
    if found.outcome in {Outcome.DUPLICATE, Outcome.TRANSFERRED, Outcome.WITHDRAWN}:
        raise ValidationError({"original": _("That case does not go on either. Enter the one that does.")})
    claim.duplicate_of = found
    _leave(claim, Move.DUPLICATE, Outcome.DUPLICATE)
    finish(claim, Code.DUPLICATE, by=by)
    record(by, "claim.duplicate", claim, original=found.pk)
    return claim


def _lock_both(claim_id: Any, number: str) -> None:
    """Lock a claim file and the other one of its person with this number, always in the same order.

    Of two that are closed at once, each as the other's duplicate, the slower one finds that the other does not go on.
    """
    person = ClaimFile.unrestricted.filter(pk=claim_id).values("person")
    both = ClaimFile.unrestricted.filter(Q(pk=claim_id) | Q(number=number, person__in=person))
    list(both.select_for_update().order_by("pk").values_list("pk"))


@transaction.atomic
def hand_over(claim_id: Any, *, insurer: str, by: Any) -> ClaimFile:
    """Close an undecided claim file because another insurer is responsible: its name, which everybody on the case reads.

    Raises ValidationError for what is no name, NotNow once it is decided.
    """
    claim = locked(claim_id)
    require(by, "claim.decide", claim)
    after(claim.state, Move.TRANSFER)
    name = " ".join(insurer.split())
    if not INSURER_NAME.fullmatch(name):
        raise ValidationError({"insurer": _("Enter the name of the insurer, and nothing else.")})
    claim.transferred_to = name
    _leave(claim, Move.TRANSFER, Outcome.TRANSFERRED)
    finish(claim, Code.TRANSFERRED, by=by)
    record(by, "claim.transferred", claim)
    return claim


def _leave(claim: ClaimFile, way: Move, outcome: str) -> None:
    move(claim, way)
    cancel_requests(claim)
    claim.closed_at = timezone.now()
    claim.outcome = outcome


# --- Relapse ------------------------------------------------------------------------------------

# How a case ended that can come back: it was decided.
ENDED = {Outcome.SETTLED, Outcome.NO_BENEFIT, Outcome.DECLINED}


@transaction.atomic
def reopen_as_relapse(claim_id: Any, *, event_date: date, by: Any) -> ClaimFile:
    """Open a new claim file for a closed case that has come back on `event_date`, linked to it, and take it over.

    A relapse belongs to the contract of the first event (UVV art. 11). Raises ValidationError for the day, NotNow
    unless the case is closed and decided, after a birth, or while a relapse of it is open.
    """
    claim = locked(claim_id)
    require(by, "claim.take_over", claim)
    if claim.state != State.CLOSED or claim.outcome not in ENDED:
        raise NotNow(
            _("Only a case that was decided and closed can come back. This one is worked on here."),
            code="not_closed",
        )
    kind = ClaimFile.Kind(claim.kind)
    if kind.is_birth:
        raise NotNow(_("After a birth there is no relapse."), code="no_relapse")
    running = ClaimFile.unrestricted.filter(relapse_of=claim).exclude(state=State.CLOSED).first()
    if running is not None:
        raise NotNow(
            _("A relapse of this case is open already: %(number)s.") % {"number": running.number},
            code="relapse_open",
        )
    if not claim.event_date < event_date <= timezone.localdate():
        raise ValidationError(
            {
                "event_date": _("Enter a day after %(day)s, not after today.")
                % {"day": swiss_date(claim.event_date)}
            }
        )
    folder = papers.open_folder(
        company=claim.company, site=claim.site, contract=claim.contract, person=claim.person
    )
    language = claim.person.language
    new = open_from_report(
        kind=ClaimFile.Kind.RELAPSE if kind.is_accident else kind,
        company=claim.company,
        site=claim.site,
        contract=claim.contract,
        person=claim.person,
        event_date=event_date,
        content=_content(claim, event_date, language),
        language=language,
        folder=folder,
        incapacity=(),
        relapse_of=claim,
        by=by,
    )
    new.health_manager = by
    new.taken_over_at = timezone.now()
    move(new, Move.TAKE_OVER)
    finish(new, Code.TAKEN_OVER, by=by)
    record(by, "claim.relapsed", new, relapse_of=claim.pk)
    return new


def _content(claim: ClaimFile, event_date: date, language: str) -> dict[str, Any]:
    """What was reported: nothing but that the case has come back, and since when."""
    with override(language):
        rows = [
            [gettext("Earlier claim number"), claim.number],
            [gettext("Back since"), swiss_date(event_date)],
            [gettext("Opened by"), gettext("the insurer")],
        ]
        title = gettext("Relapse")
    part = {"name": "event", "title": title, "audience": "all", "rows": rows}
    # Nobody sent it: there is no report with receipts to lead to.
    return {"parts": [part], "by_insurer": True}
