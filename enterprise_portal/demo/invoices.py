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
GROUPS = {
    "laa": ("Occupational accidents", "Non-occupational accidents"),
    "laac": ("A",),
    "ktg": ("A", "B"),
}


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
    """Issue them as the contract manager `by`; the old ones are paid, a few are late. `step(n)` counts invoices."""
    today = timezone.localdate()
    for company in companies.values():
        payroll = InsuredPerson.unrestricted.filter(company=company).aggregate(total=Sum("annual_salary"))[
            "total"
        ]
        for contract in Contract.unrestricted.filter(company=company).order_by("policy_number"):
            for begin, end in periods(today):
                if contract.in_force(begin):
                    _issue(random, contract, payroll, begin, end, by)
                    step(1)


def _issue(random: Random, contract: Contract, payroll: Decimal, begin: date, end: date, by: Any) -> None:
    today = timezone.localdate()
    share = payroll / 4 * Decimal(random.randint(96, 104)) / 100
    lines = [
        LineData(group, (share / len(RATES[contract.branch])).quantize(Decimal("0.05")), Decimal(rate))
        for group, rate in zip(GROUPS[contract.branch], RATES[contract.branch], strict=False)
    ]
    issued = min(begin, today)
    invoice = issue_invoice(
        contract.pk, by=by, period_begin=begin, period_end=end, lines=lines, issued=issued
    )
    moment = timezone.make_aware(timezone.datetime(issued.year, issued.month, issued.day, 8, 0))
    PremiumInvoice.unrestricted.filter(pk=invoice.pk).update(created=moment)
    late = random.random() < 0.03
    if invoice.due < today and not (late and invoice.due > today - timedelta(days=200)):
        mark_paid(invoice.pk, by=by, paid_on=min(invoice.due - timedelta(days=random.randint(0, 12)), today))
