"""Thirty-six months of premium invoices for every contract, issued quarter by quarter or month by month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from companies.models import Company, Contract, InsuredPerson
from finance.models import PremiumInvoice
from finance.services import LineData, issue_invoice, mark_paid

MONTHS = 36
RATES = {"laa": ("0.8420", "1.3650"), "laac": ("0.1250",), "ktg": ("1.1800", "1.6400")}
ACCIDENTS = {
    "fr": ("Accidents professionnels", "Accidents non professionnels"),
    "de": ("Berufsunfälle", "Nichtberufsunfälle"),
    "it": ("Infortuni professionali", "Infortuni non professionali"),
}
GROUPS = {"laac": ("A",), "ktg": ("A", "B")}
# The current quarter of the daily allowance is invoiced so many days ago: something is always left to pay.
LATEST_INVOICE = timedelta(days=12)


def periods(today: date) -> list[tuple[date, date]]:
    """The last 36 months as quarters, oldest first: (first day, last day)."""
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    found = []
    for back in range(MONTHS // 3 - 1, -1, -1):
        months = first.year * 12 + first.month - 1 - 3 * back
        begin = date(months // 12, months % 12 + 1, 1)
        after = date((months + 3) // 12, (months + 3) % 12 + 1, 1)
        found.append((begin, after - timedelta(days=1)))
    return found


def make_invoices(
    random: Random, companies: dict[str, Company], by: Any, step: Callable[[int], None]
) -> None:
    """Issue them quarter by quarter as the contract manager `by`; the old ones are paid, a few are late.

    `step(n)` counts invoices.
    """
    contracts = [
        (contract, _payroll(company))
        for company in companies.values()
        for contract in Contract.unrestricted.filter(company=company)
        .select_related("company")
        .order_by("policy_number")
    ]
    for begin, end in periods(timezone.localdate()):
        for contract, payroll in contracts:
            if contract.in_force(begin):
                _issue(random, contract, payroll, begin, end, by)
                step(1)


def _payroll(company: Company) -> Decimal:
    people = InsuredPerson.unrestricted.filter(company=company)
    return people.aggregate(total=Sum("annual_salary"))["total"]


def _issue(random: Random, contract: Contract, payroll: Decimal, begin: date, end: date, by: Any) -> None:
    today = timezone.localdate()
    share = payroll / 4 * Decimal(random.randint(96, 104)) / 100
    groups = GROUPS.get(contract.branch) or ACCIDENTS[contract.company.language]
    lines = [
        LineData(group, (share / len(RATES[contract.branch])).quantize(Decimal("0.05")), Decimal(rate))
        for group, rate in zip(groups, RATES[contract.branch], strict=True)
    ]
    issued = min(begin, today)
    if contract.branch == "ktg" and begin <= today <= end:
        issued = max(begin, today - LATEST_INVOICE)
    invoice = issue_invoice(
        contract.pk, by=by, period_begin=begin, period_end=end, lines=lines, issued=issued
    )
    moment = timezone.make_aware(timezone.datetime(issued.year, issued.month, issued.day, 8, 0))
    PremiumInvoice.unrestricted.filter(pk=invoice.pk).update(created=moment)
    late = random.random() < 0.03
    if invoice.due < today and not (late and invoice.due > today - timedelta(days=200)):
        mark_paid(invoice.pk, by=by, paid_on=min(invoice.due - timedelta(days=random.randint(0, 12)), today))
