"""Small makers of premium invoices, issued through the service by a contract manager."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from companies.models import Contract
from finance import services
from finance.models import PremiumInvoice
from finance.services import LineData


def make_invoice(
    contract: Contract, by: Any, *, begin: date = date(2026, 1, 1), **given: Any
) -> PremiumInvoice:
    """The invoice of a quarter; `state` paid or cancelled does that too, `overdue=True` dates it back."""
    state, overdue = given.pop("state", "open"), given.pop("overdue", False)
    if overdue:
        given.setdefault("issued", date.today() - timedelta(days=60))
    amount = given.pop("amount", Decimal("12152.40"))
    lines = given.pop("lines", None) or [LineData("All staff", Decimal(1482000), Decimal("0.82"), amount)]
    invoice = services.issue_invoice(
        contract.pk,
        by=by,
        period_begin=begin,
        period_end=given.pop("end", begin + timedelta(days=89)),
        lines=lines,
        **given,
    )
    if state == "paid":
        invoice = services.mark_paid(invoice.pk, by=by)
    elif state == "cancelled":
        invoice = services.cancel_invoice(invoice.pk, by=by)
    return invoice
