"""Return-to-work plans as they are read; whoever reads a claim file reads its plan (`claim.view`)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from claims_files import reading, states
from claims_files.models import ClaimFile
from claims_files.plans.models import ReturnPlan, ReturnStep
from core.errors import OutOfReach
from permissions.policy import can, visible_to
from permissions.reach import reach_of


def versions_of(claim: ClaimFile) -> list[ReturnPlan]:
    """All versions of the plan with their steps, the one that stands first; two queries. Asks for no right."""
    rows = ReturnPlan.unrestricted.filter(claim_file=claim).select_related(
        "by", "person_agreed_by", "company_agreed_by"
    )
    steps = Prefetch("steps", ReturnStep.unrestricted.order_by("begin"))
    return list(rows.prefetch_related(steps).order_by("-version"))


def version_of(claim: ClaimFile, version: int) -> ReturnPlan:
    """One version. Raises OutOfReach."""
    found = next((plan for plan in versions_of(claim) if plan.version == version), None)
    if found is None:
        raise OutOfReach
    return found


def shown(user: Any, claim: ClaimFile, side: str, periods: Any) -> dict[str, Any]:
    """What a page of the claim file shows of its plan, and what the reader may do with it now."""
    plans = versions_of(claim)
    plan = plans[0] if plans else None
    possible = states.Move.CHANGE in states.possible(claim.state)
    agreed = plan and {
        reading.PERSON: plan.person_agreed,
        reading.EMPLOYER: plan.company_agreed,
    }.get(side, plan.at)
    return {
        "plan": plan,
        "earlier_plans": plans[1:],
        "may_propose": possible and bool(periods) and can(user, "plan.propose", claim),
        "may_agree": possible and plan is not None and not agreed and can(user, "plan.agree", claim),
    }


def to_agree(user: Any) -> QuerySet[ReturnPlan]:
    """The plans to which `user` is asked to agree, as the insured person or for his company, the oldest first."""
    own = Q(claim_file__person__in=reach_of(user).own_persons)
    waiting = Q(own, person_agreed=None) | Q(~own, company_agreed=None)
    claims = visible_to(user, "plan.agree", ClaimFile.unrestricted.filter(pk=OuterRef("claim_file")))
    rows = ReturnPlan.unrestricted.filter(waiting, Exists(claims), current=True)
    rows = rows.exclude(claim_file__state__in=(ClaimFile.State.DECLINED, ClaimFile.State.CLOSED))
    return rows.select_related("claim_file__person").order_by("at", "id")
