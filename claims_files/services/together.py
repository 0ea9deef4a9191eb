"""One act on many claim files: each by itself, as if somebody had done it one by one, and what could not be done said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from claims_files import reading
from claims_files.models import ClaimFile, OpenAnswers, PaperRequest
from claims_files.services.answers import remind_of_answers, reminded_today
from claims_files.services.assigning import reassign
from claims_files.services.decisions import take_over
from claims_files.services.reminders import remind as remind_of_papers
from claims_files.states import POSSIBLE
from core.errors import NotAllowed, NotNow, OutOfReach

# More at once nobody looks through.
MOST = 100


class Act(TextChoices):
    """What is done with many at once."""

    TAKE_OVER = "take_over", _("Take over")
    ASSIGN = "assign", _("Hand over")
    REMIND = "remind", _("Remind")


@dataclass(frozen=True)
class Result:
    """What became of one claim file: `sentence` says why it was not done, or is empty."""

    claim_id: Any
    done: bool
    sentence: Any = ""


def remind(claim_id: Any, *, by: Any) -> None:
    """Ask everybody again for what he still owes to this claim file. Raises NotNow where nobody can be reminded today."""
    rows = OpenAnswers.unrestricted.filter(claim_file=claim_id).order_by("addressee")
    sides = list(rows.values_list("addressee", flat=True))
    ways: list[Callable[[], Any]] = [partial(remind_of_papers, claim_id, by=by)]
    ways += [partial(remind_of_answers, claim_id, addressee=side, by=by) for side in sides]
    refusals = []
    for way in ways:
        try:
            with transaction.atomic():
                way()
        except NotNow as refusal:
            refusals.append(refusal)
    if len(refusals) == len(ways):
        today = (each for each in refusals if each.code == "reminded_today")
        raise next(today, NotNow(NOTHING, code="nothing_open"))


NOTHING = _("Nothing is open that somebody could be reminded of.")
ACTS: dict[str, Callable[..., Any]] = {Act.TAKE_OVER: take_over, Act.ASSIGN: reassign, Act.REMIND: remind}


def act_on_each(act: str, claim_ids: Iterable[Any], *, by: Any, to: Any = None) -> list[Result]:
    """Do one act on each of these claim files, in a transaction each; done twice, the second time does nothing.

    `to` is the new health manager's id, for handing over. Raises ValidationError for an unknown act, none or too many
    claim files.
    """
    keys = list(dict.fromkeys(claim_ids))
    if act not in ACTS:
        raise ValidationError({"act": _("Choose what is to be done.")})
    if not keys:
        raise ValidationError({"claim_files": _("Choose at least one claim file.")})
    if len(keys) > MOST:
        raise ValidationError({"claim_files": _("Choose at most %(most)d claim files.") % {"most": MOST}})
    values = {"to": to} if act == Act.ASSIGN else {}
    return [_one(ACTS[act], key, by, values) for key in keys]


def _one(act: Callable[..., Any], key: Any, by: Any, values: dict[str, Any]) -> Result:
    try:
        with transaction.atomic():
            act(key, by=by, **values)
    except OutOfReach:
        return Result(key, done=False, sentence=_("This claim file does not exist, or you do not see it."))
    except NotAllowed:
        return Result(key, done=False, sentence=_("You have no right for this."))
    except NotNow as error:
        return Result(key, done=False, sentence=error.sentence)
    except ValidationError as error:
        return Result(key, done=False, sentence=" ".join(error.messages))
    return Result(key, done=True)


def foreseen(act: str, claims: list[ClaimFile], *, by: Any) -> dict[Any, Any]:
    """For each claim file, by key, why the act would not be done; empty where nothing speaks against it."""
    if act == Act.REMIND:
        answers = reading.answers_of(by, claims)
        papers = reading.papers_of(by, claims)
        return {claim.pk: _not_reminded([*answers[claim.pk], *_open(papers[claim.pk])]) for claim in claims}
    if act == Act.TAKE_OVER:
        return {
            claim.pk: ""
            if claim.state == ClaimFile.State.RECEIVED
            else POSSIBLE[ClaimFile.State(claim.state)]
            for claim in claims
        }
    closed = POSSIBLE[ClaimFile.State.CLOSED]
    return {claim.pk: closed if claim.state == ClaimFile.State.CLOSED else "" for claim in claims}


def _open(papers: Iterable[PaperRequest]) -> list[PaperRequest]:
    return [paper for paper in papers if paper.state == PaperRequest.State.OPEN]


def _not_reminded(rows: list[Any]) -> Any:
    if not rows:
        return NOTHING
    return _("They were reminded today already.") if all(reminded_today(row) for row in rows) else ""
