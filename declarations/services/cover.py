"""Which contract covers a report."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from companies.models import Contract
from declarations.models import Declaration

Kind = Declaration.Kind


def branch_of(kind: str) -> Contract.Branch:
    """The branch that covers a kind: accident insurance, or the daily allowance for illness and birth."""
    return Contract.Branch.LAA if Kind(kind).is_accident else Contract.Branch.KTG


def contract_on(declaration: Declaration, day: date) -> Contract | None:
    """The company's contract of the right branch in force on `day`: sickness allowance, or accident insurance."""
    rows = Contract.unrestricted.filter(
        company=declaration.company_id, branch=branch_of(declaration.kind), begin__lte=day
    )
    return next((row for row in rows.order_by("-begin", "policy_number") if row.in_force(day)), None)


def no_contract(declaration: Declaration, day: date) -> str:
    """The sentence for a day on which nothing is insured."""
    branch = branch_of(declaration.kind).label
    return gettext(
        "%(company)s had no contract for “%(branch)s” in force on %(day)s. Check the date, or ask your contract "
        "manager."
    ) % {"company": declaration.company, "branch": branch, "day": f"{day:%d.%m.%Y}"}
