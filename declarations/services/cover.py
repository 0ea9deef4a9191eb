"""Which contract covers a report."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext

from claims_files.models import ClaimFile
from companies.models import Contract
from core.text import swiss_date
from declarations.models import Declaration

Kind = Declaration.Kind


def branch_of(kind: str) -> Contract.Branch:
    """The branch that covers a kind: accident insurance, or the daily allowance for illness and birth."""
    return Contract.Branch.LAA if Kind(kind).is_accident else Contract.Branch.KTG


def contract_on(declaration: Declaration, day: date) -> Contract | None:
    """The contract that covers a case that began on `day`.

    A relapse belongs to the contract of the accident that it goes back to, where the portal knows it (UVV art. 11);
    every other case to the one of the right branch in force on that day.
    """
    if earlier := earlier_claim(declaration):
        return earlier.contract
    return contract_for(declaration.company_id, declaration.kind, day)


def contract_for(company_id: Any, kind: str, day: date) -> Contract | None:
    """The company's contract of the right branch for a kind in force on `day`."""
    rows = Contract.unrestricted.filter(company=company_id, branch=branch_of(kind), begin__lte=day)
    return next((row for row in rows.order_by("-begin", "policy_number") if row.in_force(day)), None)


def earlier_claim(declaration: Declaration) -> ClaimFile | None:
    """The accident that a relapse goes back to, by the number it names; None where the portal does not know it."""
    number = (declaration.parts.get("event") or {}).get("old_number", "")
    if declaration.kind != Kind.RELAPSE or not number:
        return None
    # The number of somebody else's case is an answer like any other, and says nothing.
    rows = ClaimFile.unrestricted.filter(number=number, person=declaration.person_id).select_related(
        "contract"
    )
    return next((claim for claim in rows if Kind(claim.kind).is_accident), None)


def no_contract(declaration: Declaration, day: date) -> str:
    """The sentence for a day on which nothing is insured."""
    return gettext(
        "%(company)s had no contract for “%(branch)s” in force on %(day)s. Check the date, or ask your contract "
        "manager."
    ) % {
        "company": declaration.company,
        "branch": branch_of(declaration.kind).label,
        "day": swiss_date(day),
    }
