"""What is done with a return-to-work plan: propose a version, agree to it, remind of the day to look at it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import reading, states
from claims_files.models import ClaimFile
from claims_files.plans.models import Adaptation, ReturnPlan, ReturnStep
from claims_files.services.acting import Code, arrive, finish, locked
from core.errors import NotAllowed, NotNow, OutOfReach
from core.text import swiss_date
from permissions.audit import record
from permissions.policy import can, require
from permissions.reach import reach_of

MOST_STEPS = 12
LONGEST_NOTE = 500
# What lies further ahead was mistyped.
LATEST = timedelta(days=731)


@dataclass(frozen=True)
class Step:
    """From `begin` on work of `degree` percent of the usual (0–100), in `hours` a week if said."""

    begin: date
    degree: int
    hours: int | None = None


@transaction.atomic
def propose(
    claim_id: Any,
    *,
    steps: Iterable[Step],
    adaptations: Sequence[str] = (),
    note: str = "",
    review_on: date | None = None,
    known: int | None = None,
    by: Any,
) -> ReturnPlan:
    """Propose a plan, or a change of it: a further version of all of it, to which both sides are asked to agree.

    By the health manager or the company; whoever proposes for the company has agreed for it, if he may. `known`: the
    last version that the proposer has seen (0 for none). Raises OutOfReach, NotAllowed, NotNow where the claim is declined or closed,
    nobody is unable to work, or somebody was quicker, and ValidationError by field (`steps.0.begin`).
    """
    claim = locked(claim_id)
    require(by, "plan.propose", claim)
    _require_moment(claim)
    last = ReturnPlan.unrestricted.filter(claim_file=claim, current=True).first()
    if known is not None and known != (last.version if last else 0):
        raise _changed()
    wanted = sorted(steps, key=lambda step: step.begin)
    note = note.strip()
    _check(claim, wanted, adaptations, note, review_on)
    chosen = [each.value for each in Adaptation if each.value in adaptations]
    if last and (_steps_of(last), last.adaptations, last.note, last.review_on) == (
        wanted, chosen, note, review_on,
    ):  # fmt: skip
        raise ValidationError(_("Nothing is different from the plan that stands."), code="unchanged")
    ReturnPlan.unrestricted.filter(claim_file=claim, current=True).update(current=False)
    plan = ReturnPlan(
        claim_file=claim,
        version=last.version + 1 if last else 1,
        adaptations=chosen,
        note=note,
        review_on=review_on,
        by=by,
    )
    # Not by the side he reads on: a token of the insurer's that reads nothing sealed reads like the company.
    if can(by, "plan.agree", claim):
        plan.company_agreed, plan.company_agreed_by = plan.at, by
    plan.save(force_insert=True)
    ReturnStep.unrestricted.bulk_create(
        ReturnStep(plan=plan, begin=step.begin, degree=step.degree, hours=step.hours) for step in wanted
    )
    _tell(claim, Code.PLAN_PROPOSED, plan, by=by)
    record(by, "plan.proposed", claim, version=plan.version)
    return plan


@transaction.atomic
def agree(claim_id: Any, *, version: int, by: Any) -> ReturnPlan:
    """Agree to a version of the plan, as the insured person or for the company; each side once.

    Raises OutOfReach, NotAllowed, NotNow for a version that another one has replaced, or that this side agreed to.
    """
    claim = locked(claim_id)
    require(by, "plan.agree", claim)
    if reading.side_of(by, claim) == reading.INSURER:
        raise NotAllowed("plan.agree", claim)
    states.after(claim.state, states.Move.CHANGE)
    plan = ReturnPlan.unrestricted.filter(claim_file=claim, current=True).first()
    if plan is None:
        raise OutOfReach
    if plan.version != version:
        raise _changed()
    # Whose case it is says more than what is read: a token may leave out what is sealed.
    name = "person_agreed" if claim.person_id in reach_of(by).own_persons else "company_agreed"
    if getattr(plan, name):
        raise NotNow(_("Your side has agreed to this plan already."), code="agreed_already")
    setattr(plan, name, timezone.now())
    setattr(plan, f"{name}_by", by)
    plan.save(update_fields=[name, f"{name}_by"])
    _tell(claim, Code.PLAN_AGREED, plan, by=by)
    record(by, "plan.agreed", claim, version=plan.version)
    return plan


def due_for_review(today: date) -> QuerySet[ReturnPlan]:
    """The plans that are to be looked at again today, of open claim files, and of which nobody was reminded yet."""
    rows = ReturnPlan.unrestricted.filter(current=True, reminded=None, review_on__lte=today)
    return rows.exclude(claim_file__state__in=(ClaimFile.State.DECLINED, ClaimFile.State.CLOSED))


@transaction.atomic
def remind_of_review(plan_id: Any) -> None:
    """Tell everybody on the case that the day has come, once. Raises OutOfReach where there is nothing to tell any more."""
    found = ReturnPlan.unrestricted.filter(pk=plan_id).first()
    if found is None:
        raise OutOfReach
    claim = locked(found.claim_file_id)
    plan = due_for_review(timezone.localdate()).filter(pk=plan_id).first()
    if plan is None:
        raise OutOfReach
    plan.reminded = timezone.now()
    plan.save(update_fields=["reminded"])
    record(None, "plan.review_due", claim, version=plan.version)


def _changed() -> NotNow:
    return NotNow(
        _("Somebody has changed the plan in the meantime. Look at the version that stands now."),
        code="changed_by_another",
    )


def _require_moment(claim: ClaimFile) -> None:
    states.after(claim.state, states.Move.CHANGE)
    if not reading.periods_of([claim])[claim.pk]:
        raise NotNow(
            _("No incapacity for work is reported in this claim file: there is nothing to plan."),
            code="no_incapacity",
        )


def _steps_of(plan: ReturnPlan) -> list[Step]:
    rows = ReturnStep.unrestricted.filter(plan=plan).order_by("begin")
    return [Step(row.begin, row.degree, row.hours) for row in rows]


def _tell(claim: ClaimFile, code: str, plan: ReturnPlan, *, by: Any) -> None:
    tell = finish if can(by, "claim.request_paper", claim) else arrive
    tell(claim, code, by=by, facts={"version": plan.version})


def _check(
    claim: ClaimFile, steps: list[Step], adaptations: Sequence[str], note: str, review_on: date | None
) -> None:
    today = timezone.localdate()
    problems: dict[str, Any] = {}
    if not steps:
        problems["steps"] = _("Enter at least one step.")
    elif len(steps) > MOST_STEPS:
        problems["steps"] = _("Enter at most %(n)d steps.") % {"n": MOST_STEPS}
    for number, step in enumerate(steps):
        place = f"steps.{number}"
        if step.begin < claim.event_date or step.begin > today + LATEST:
            problems[f"{place}.begin"] = _("Choose a day from %(begin)s to %(end)s.") % {
                "begin": swiss_date(claim.event_date),
                "end": swiss_date(today + LATEST),
            }
        elif number and step.begin == steps[number - 1].begin:
            problems[f"{place}.begin"] = _("Another step begins on this day already.")
        if not 0 <= step.degree <= 100:
            problems[f"{place}.degree"] = _("Enter a whole number from 0 to 100.")
        if step.hours is not None and not 1 <= step.hours <= 60:
            problems[f"{place}.hours"] = _("Enter the hours a week as a whole number from 1 to 60.")
    if set(adaptations) - set(Adaptation.values):
        problems["adaptations"] = _("Choose from the list.")
    if len(note) > LONGEST_NOTE:
        problems["note"] = _("Shorten the text to %(n)d characters.") % {"n": LONGEST_NOTE}
    if review_on and not today <= review_on <= today + LATEST:
        problems["review_on"] = _("Choose a day from %(begin)s to %(end)s.") % {
            "begin": swiss_date(today),
            "end": swiss_date(today + LATEST),
        }
    if problems:
        raise ValidationError(problems)
