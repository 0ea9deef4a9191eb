"""Premium invoices and their lines."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.text import percent
from permissions.scoped import ScopedModel


class InvoiceState(models.TextChoices):
    """What people see. Only open, paid and cancelled are stored: overdue follows from the due date."""

    OPEN = "open", pgettext_lazy("invoice", "Open")
    OVERDUE = "overdue", pgettext_lazy("invoice", "Overdue")
    PAID = "paid", pgettext_lazy("invoice", "Paid")
    CANCELLED = "cancelled", pgettext_lazy("invoice", "Cancelled")


class InvoiceQuerySet(models.QuerySet):
    """Reading invoices by what is due."""

    def in_state(self, state: str, today: date | None = None) -> InvoiceQuerySet:
        """Those that show `state` (an `InvoiceState`) on `today`."""
        today = today or timezone.localdate()
        if state == InvoiceState.OVERDUE:
            return self.filter(state=InvoiceState.OPEN, due__lt=today)
        if state == InvoiceState.OPEN:
            return self.filter(state=InvoiceState.OPEN, due__gte=today)
        return self.filter(state=state)

    def unpaid(self) -> InvoiceQuerySet:
        """Open and overdue ones: what is still owed."""
        return self.filter(state=InvoiceState.OPEN)


class PremiumInvoice(ScopedModel):
    """An invoice for the premiums of one contract and period. Once issued, only its state changes."""

    STORED = (InvoiceState.OPEN, InvoiceState.PAID, InvoiceState.CANCELLED)

    number = models.CharField(_("invoice number"), max_length=20, unique=True)
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, related_name="premium_invoices"
    )
    contract = models.ForeignKey(
        "companies.Contract",
        on_delete=models.PROTECT,
        related_name="premium_invoices",
        verbose_name=_("contract"),
    )
    period_begin = models.DateField(_("period from"))
    period_end = models.DateField(_("period to"))
    issued = models.DateField(_("invoice date"))
    due = models.DateField(_("due date"))
    state = models.CharField(_("state"), max_length=10, choices=InvoiceState, default=InvoiceState.OPEN)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    total = models.DecimalField(_("total in CHF"), max_digits=11, decimal_places=2)
    reference = models.CharField(_("payment reference"), max_length=27, unique=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    # Account, creditor and debtor as they were on the day of issue: an invoice printed again reads the same.
    parties = models.JSONField()

    scope_fields = {"company": "company_id", "contract": "contract_id"}

    unrestricted = models.Manager.from_queryset(InvoiceQuerySet)()

    class Meta(ScopedModel.Meta):
        verbose_name = _("premium invoice")
        verbose_name_plural = _("premium invoices")
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="invoice_newest_of_company"),
            models.Index(fields=["contract", "-created", "-id"], name="invoice_newest_of_contract"),
            models.Index(fields=["-created", "-id"], name="invoice_newest"),
            models.Index(
                fields=["company", "due"],
                name="invoice_unpaid",
                include=["total"],
                condition=models.Q(state="open"),
            ),
        ]
        constraints = [
            # A second click, or two people at once, must not ask for the same premium twice.
            models.UniqueConstraint(
                fields=["contract", "period_begin", "period_end"],
                condition=~models.Q(state="cancelled"),
                name="invoice_once_per_period",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "paid", "cancelled"]),
                name="invoice_state_is_stored_one",
            ),
            models.CheckConstraint(
                condition=models.Q(period_end__gte=models.F("period_begin")),
                name="invoice_period_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(due__gte=models.F("issued")), name="invoice_due_after_issue"
            ),
            models.CheckConstraint(condition=models.Q(total__gt=0), name="invoice_total_is_positive"),
            models.CheckConstraint(
                condition=models.Q(reference__regex=r"^\d{27}$"), name="invoice_reference_form"
            ),
            models.CheckConstraint(
                condition=models.Q(state="paid", paid_on__isnull=False)
                | (~models.Q(state="paid") & models.Q(paid_on__isnull=True)),
                name="invoice_paid_has_its_day",
            ),
            models.CheckConstraint(
                condition=models.Q(state="cancelled", cancelled_on__isnull=False)
                | (~models.Q(state="cancelled") & models.Q(cancelled_on__isnull=True)),
                name="invoice_cancelled_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def shown_state(self) -> InvoiceState:
        """The state as people see it today."""
        if self.state == InvoiceState.OPEN and self.due < timezone.localdate():
            return InvoiceState.OVERDUE
        return InvoiceState(self.state)

    @property
    def tone(self) -> str:
        """The tone of the state's tag."""
        return {"open": "info", "overdue": "err", "paid": "ok", "cancelled": "mute"}[self.shown_state]

    @property
    def is_payable(self) -> bool:
        """Whether money is still expected."""
        return self.state == InvoiceState.OPEN


class InvoiceLine(models.Model):
    """One group of persons on an invoice: payroll, rate, premium."""

    invoice = models.ForeignKey(PremiumInvoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    persons_group = models.CharField(_("group of persons"), max_length=80)
    payroll = models.DecimalField(_("payroll total in CHF"), max_digits=13, decimal_places=2)
    rate_percent = models.DecimalField(_("premium rate in percent"), max_digits=7, decimal_places=4)
    amount = models.DecimalField(_("premium in CHF"), max_digits=11, decimal_places=2)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once"),
            models.CheckConstraint(
                condition=models.Q(payroll__gte=0), name="invoice_line_payroll_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(rate_percent__gte=0, rate_percent__lte=100),
                name="invoice_line_rate_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.persons_group

    @property
    def rate(self) -> str:
        """The rate as printed, without idle zeros: “1.246 %”."""
        return percent(f"{self.rate_percent.normalize():f}")
