"""Which contract covers a report."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from companies.models import Contract
from declarations.models import Declaration

Kind = Declaration.Kind
BRANCH_OF_KIND = {Kind.ILLNESS: Contract.Branch.KTG, Kind.ACCIDENT: Contract.Branch.LAA}


def contract_on(declaration: Declaration, day: date) -> Contract | None:
    """The company's contract of the right branch in force on `day`: sickness allowance, or accident insurance."""
    rows = Contract.unrestricted.filter(
        company=declaration.company_id, branch=BRANCH_OF_KIND[Kind(declaration.kind)], begin__lte=day
    )
    return next((row for row in rows.order_by("-begin", "policy_number") if row.in_force(day)), None)


def no_contract(declaration: Declaration, day: date) -> str:
    """The sentence for a day on which nothing is insured."""
    branch = Contract.Branch(BRANCH_OF_KIND[Kind(declaration.kind)]).label
    return gettext(
        "%(company)s had no contract for “%(branch)s” in force on %(day)s. Check the date, or ask your contract "
        "manager."
    ) % {"company": declaration.company, "branch": branch, "day": f"{day:%d.%m.%Y}"}
