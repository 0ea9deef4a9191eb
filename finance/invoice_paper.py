"""The premium invoice on paper: what stands where, in the invoice's language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from core import pdf
from core.text import NBSP, chf, money, phone, swiss_date
from finance.models import InvoiceState, PremiumInvoice
from finance.qr_bill import Address, QRBill


def bill_of(invoice: PremiumInvoice) -> QRBill:
    """The QR-bill, with the parties of the day of issue. Raises QRBillError where it could not be paid."""
    period = f"{swiss_date(invoice.period_begin)} - {swiss_date(invoice.period_end)}"
    return QRBill(
        account=invoice.parties["account"],
        creditor=Address(**invoice.parties["creditor"]),
        amount=invoice.total,
        debtor=Address(**invoice.parties["debtor"]),
        reference=invoice.reference,
        message=f"{invoice.number}, {period}",
    )


def file_name(invoice: PremiumInvoice) -> str:
    """The name under which the paper is saved, in its language."""
    with translation.override(invoice.language):
        return f"{_('Premium invoice')} {invoice.number}.pdf"


def pdf_of(invoice: PremiumInvoice) -> bytes:
    """The paper; printed again in the same state it is the same to the byte."""
    with translation.override(invoice.language):
        return pdf.render("premium_invoice", paper_of(invoice), invoice.language, moment=invoice.created)


def paper_of(invoice: PremiumInvoice) -> dict[str, Any]:
    """The data of `templates/pdf/premium_invoice.typ` in the active language."""
    bill = bill_of(invoice)
    brand = settings.BRAND
    sender = [brand["insurer"], *bill.creditor.lines()[1:]]
    period = f"{swiss_date(invoice.period_begin)} – {swiss_date(invoice.period_end)}"
    title = _("Premium invoice")
    return {
        "insurer": pdf.letterhead(*sender[1:]),
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{title} {invoice.number}"},
        "sender": " · ".join(sender),
        "recipient": bill.debtor.lines(),
        "title": title,
        "number": invoice.number,
        "facts": [
            {"label": _("Invoice number"), "value": invoice.number},
            {"label": _("Invoice date"), "value": swiss_date(invoice.issued)},
            {"label": _("Customer number"), "value": invoice.company.uid},
            {"label": _("Policy"), "value": invoice.contract.policy_number},
            {"label": _("Period"), "value": period},
            {"label": _("Due date"), "value": swiss_date(invoice.due)},
        ],
        "notice": _notice(invoice),
        "intro": _("For the period from %(begin)s to %(end)s we invoice the following premiums.")
        % {"begin": swiss_date(invoice.period_begin), "end": swiss_date(invoice.period_end)},
        "columns": {
            "branch": _("Insurance"),
            "group": _("Group of persons"),
            "basis": _("Payroll total in CHF"),
            "rate": _("Rate"),
            "amount": _("Premium in CHF"),
        },
        "lines": [
            {
                "branch": invoice.contract.get_branch_display(),
                "policy": _("Policy %(number)s") % {"number": invoice.contract.policy_number},
                "group": line.persons_group,
                "basis": money(line.payroll),
                "rate": line.rate,
                "amount": money(line.amount),
            }
            for line in invoice.lines.all()
        ],
        "total": {
            "label": _("Total to pay by %(due)s") % {"due": swiss_date(invoice.due)}
            if invoice.is_payable
            else _("Total"),
            "amount": chf(invoice.total),
        },
        "pay": _how_to_pay() if invoice.is_payable else None,
        "contact": _contact(invoice),
        "bill": _printed_bill(invoice, bill) if invoice.is_payable else None,
    }


def _notice(invoice: PremiumInvoice) -> str:
    if invoice.state == InvoiceState.PAID:
        return _("Paid on %(day)s. Nothing is left to pay.") % {"day": swiss_date(invoice.paid_on)}
    if invoice.state == InvoiceState.CANCELLED:
        return _("Cancelled on %(day)s. Please do not pay this invoice.") % {
            "day": swiss_date(invoice.cancelled_on)
        }
    return ""


def _how_to_pay() -> dict[str, Any]:
    return {
        "title": _("How to pay"),
        "steps": [
            _(
                "Scan the QR code below with your banking app, or copy account and reference into e-banking. "
                "The reference assigns your payment: please do not change it."
            ),
            _("You see the state of this invoice at any time in the portal, under Premium invoices."),
        ],
    }


def _contact(invoice: PremiumInvoice) -> dict[str, Any]:
    manager = invoice.company.contract_manager
    lines = [settings.BRAND["hotline"], settings.BRAND["email"]]
    if manager is not None:
        lines = [
            f"{manager.name}, {_('contract manager')}",
            phone(manager.phone) or settings.BRAND["hotline"],
            manager.email,
        ]
    return {"title": _("Questions about this invoice?"), "lines": lines}


def _printed_bill(invoice: PremiumInvoice, bill: QRBill) -> dict[str, Any]:
    alternative = _("QR code to pay %(amount)s") % {"amount": chf(invoice.total).replace(NBSP, " ")}
    return {**bill.printed(invoice.language), "alt": alternative}
