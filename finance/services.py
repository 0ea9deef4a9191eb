"""Business acts on premium invoices: issue, mark as paid, cancel, print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company, Contract
from core.errors import NotNow
from core.numbers import formatted
from core.parameters import value_on
from core.text import swiss_date
from finance import invoice_paper
from finance.models import InvoiceLine, InvoiceState, PremiumInvoice
from finance.premium import premium
from finance.qr_bill import QRBillError, reference_for
from permissions.audit import record
from permissions.policy import require
from permissions.scoped import locked

SERIES = "P"
# Premiums are invoiced by month, quarter or year.
LONGEST_PERIOD = timedelta(days=366)


@dataclass(frozen=True)
class LineData:
    """A line to invoice; without `amount` the premium is computed from payroll and rate."""

    persons_group: str
    payroll: Decimal
    rate_percent: Decimal
    amount: Decimal | None = None


@transaction.atomic
def issue_invoice(
    contract_id: UUID,
    *,
    by: Any,
    period_begin: date,
    period_end: date,
    lines: Sequence[LineData],
    issued: date | None = None,
    due: date | None = None,
) -> PremiumInvoice:
    """Issue the premium invoice of a contract for a period, in the language of the company.

    The due date follows from the parameter `invoice.payment_days` unless given. Raises OutOfReach, NotAllowed,
    NotNow (this period is invoiced already) and ValidationError by field.
    """
    contract = locked(Contract, contract_id)
    company = Company.unrestricted.get(pk=contract.company_id)
    require(by, "invoice.issue", company)
    _refuse_second(contract, period_begin, period_end)
    issued = issued or timezone.localdate()
    due = due or issued + timedelta(days=int(value_on("invoice.payment_days", issued)))
    _check_dates(contract, period_begin, period_end, issued, due)
    rows = _priced(lines, issued)
    total = sum((row.amount for row in rows), Decimal("0.00"))
    if total <= 0:
        raise ValidationError({"lines": [_("The premiums of an invoice add up to more than 0.00.")]})
    number = formatted(SERIES, issued.year)
    invoice = PremiumInvoice(
        number=number,
        company=company,
        contract=contract,
        period_begin=period_begin,
        period_end=period_end,
        issued=issued,
        due=due,
        total=total,
        reference=reference_for(number, company.uid),
        language=company.language,
        parties=_parties(company),
    )
    try:
        invoice_paper.bill_of(invoice)
    except QRBillError as error:
        raise ValidationError(str(error)) from error
    invoice.save(force_insert=True)
    for row in rows:
        row.invoice = invoice
    InvoiceLine.objects.bulk_create(rows)
    record(by, "invoice.issued", invoice, number=number, total=total)
    return invoice


def _refuse_second(contract: Contract, begin: date, end: date) -> None:
    """The contract is locked: whoever comes second sees the first one's invoice."""
    former = (
        PremiumInvoice.unrestricted.filter(contract=contract, period_begin=begin, period_end=end)
        .exclude(state=InvoiceState.CANCELLED)
        .first()
    )
    if former is not None:
        raise NotNow(
            _("This period is invoiced already: invoice %(number)s. Cancel that one first to issue it anew.")
            % {"number": former.number},
            code="period_invoiced",
        )


def _check_dates(contract: Contract, begin: date, end: date, issued: date, due: date) -> None:
    problems: dict[str, list[str]] = {}
    if end < begin:
        problems["period_end"] = [_("The period ends before it begins.")]
    elif begin < contract.begin or (contract.end and end > contract.end):
        last = swiss_date(contract.end) or _("open")
        problems["period_begin"] = [
            _("The contract runs from %(begin)s to %(end)s: the period has to lie within.")
            % {"begin": swiss_date(contract.begin), "end": last}
        ]
    elif end - begin > LONGEST_PERIOD:
        problems["period_end"] = [_("An invoice covers a year at most.")]
    if issued > timezone.localdate():
        problems["issued"] = [_("An invoice is not issued before its day.")]
    if due < issued:
        problems["due"] = [_("The due date lies before the invoice date.")]
    elif due > issued + LONGEST_PERIOD:
        problems["due"] = [_("Choose a date within a year.")]
    if problems:
        raise ValidationError(problems)


def _priced(lines: Sequence[LineData], day: date) -> list[InvoiceLine]:
    if not lines:
        raise ValidationError({"lines": [_("An invoice needs at least one line.")]})
    step = value_on("invoice.rounding_step", day)
    rows = []
    for position, line in enumerate(lines, start=1):
        amount = line.amount
        if amount is None:
            amount = premium(line.payroll, line.rate_percent, step)
        row = InvoiceLine(
            position=position,
            persons_group=line.persons_group.strip(),
            payroll=line.payroll,
            rate_percent=line.rate_percent,
            amount=amount,
        )
        try:
            row.full_clean(exclude=["invoice"], validate_unique=False)
        except ValidationError as error:
            raise ValidationError({"lines": error.messages}) from error
        rows.append(row)
    return rows


def _parties(company: Company) -> dict[str, Any]:
    brand = settings.BRAND
    parts = ("street", "house_number", "postcode", "town")
    return {
        "account": brand["qr_iban"],
        "creditor": {"name": brand["insurer"], **{part: brand[part] for part in parts}},
        "debtor": {
            "name": company.name,
            "country": company.country,
            **{part: getattr(company, part) for part in parts},
        },
    }


@transaction.atomic
def mark_paid(invoice_id: UUID, *, by: Any, paid_on: date | None = None) -> PremiumInvoice:
    """Say that the payment has arrived. Raises OutOfReach, NotAllowed, NotNow and ValidationError by field."""
    invoice = locked(PremiumInvoice, invoice_id)
    require_open(invoice, by=by)
    paid_on = paid_on or timezone.localdate()
    if not invoice.issued <= paid_on <= timezone.localdate():
        raise ValidationError(
            {
                "paid_on": [
                    _("The payment arrived between the invoice date %(issued)s and today.")
                    % {"issued": swiss_date(invoice.issued)}
                ]
            }
        )
    invoice.state, invoice.paid_on = InvoiceState.PAID, paid_on
    invoice.save(update_fields=["state", "paid_on"])
    record(by, "invoice.paid", invoice, paid_on=paid_on)
    return invoice


@transaction.atomic
def cancel_invoice(invoice_id: UUID, *, by: Any) -> PremiumInvoice:
    """Take an unpaid invoice back; its number stays used. Raises OutOfReach, NotAllowed, NotNow."""
    invoice = locked(PremiumInvoice, invoice_id)
    require_open(invoice, by=by)
    invoice.state, invoice.cancelled_on = InvoiceState.CANCELLED, timezone.localdate()
    invoice.save(update_fields=["state", "cancelled_on"])
    record(by, "invoice.cancelled", invoice)
    return invoice


_NOT_OPEN = {
    InvoiceState.PAID: gettext_lazy("This invoice is paid already."),
    InvoiceState.CANCELLED: gettext_lazy("This invoice was cancelled."),
}


def require_open(invoice: PremiumInvoice, *, by: Any) -> None:
    """Whether its state may be changed by this person, now. Raises OutOfReach, NotAllowed, NotNow."""
    require(by, "invoice.issue", invoice)
    if invoice.state != InvoiceState.OPEN:
        raise NotNow(_NOT_OPEN[InvoiceState(invoice.state)])


@transaction.atomic
def pdf(invoice: PremiumInvoice, *, by: Any) -> bytes:
    """The invoice as PDF with its QR-bill, in the invoice's language. Raises OutOfReach."""
    require(by, "invoice.view", invoice)
    content = invoice_paper.pdf_of(invoice)
    record(by, "invoice.printed", invoice)
    return content
