"""A bill or receipt, the papers that belong to it, and what the insurer paid."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from claims_files.models.papers import PaperRequest
from permissions.scoped import ScopedModel

FRANCS = "CHF"
# As bills come in: the francs first, then the neighbours', then the others by letter (ISO 4217).
CURRENCIES = (
    FRANCS, "EUR", "GBP", "USD", "AED", "ALL", "AUD", "BAM", "BGN", "BRL", "CAD", "CNY", "CZK", "DKK", "HKD", "HUF",
    "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "LKR", "MAD", "MKD", "MXN", "NOK", "NZD", "PHP", "PLN", "QAR",
    "RON", "RSD", "SEK", "SGD", "THB", "TND", "TRY", "UAH", "VND", "ZAR",
)  # fmt: skip


class Bill(ScopedModel):
    """A bill or receipt of an insured person, for a claim file or, without one, for a contract that covers him.

    It is between him and the insurer: for the employer it does not exist, nor does its folder. Amounts are in
    `currency`; what the insurer reckons is in francs.
    """

    class Kind(models.TextChoices):
        DOCTOR = "doctor", _("Doctor or therapist")
        HOSPITAL = "hospital", _("Hospital")
        MEDICINE = "medicine", _("Medicine")
        AID = "aid", _("Medical aid")
        PRESCRIPTION = "prescription", _("Prescription")
        COST_PLAN = "cost_plan", _("Cost plan")
        ABROAD = "abroad", _("Treatment abroad")
        TRAVEL = "travel", _("Travel and transport")
        OTHER = "other", _("Other bill")

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        IN_WORK = "in_work", _("In work")
        ASKED = "asked", _("Document missing")
        PROCESSED = "processed", _("Processed")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Result(models.TextChoices):
        FULL = "full", _("Paid in full")
        PART = "part", _("Paid in part")
        DECLINED = "declined", _("Not paid")

    number = models.CharField(_("number"), max_length=20, unique=True)
    # What the form carried: the same form sent twice is one bill.
    key = models.UUIDField(editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("companies.Contract", on_delete=models.PROTECT, related_name="+")
    claim_file = models.ForeignKey(
        ClaimFile, on_delete=models.PROTECT, null=True, blank=True, related_name="bills"
    )
    folder = models.ForeignKey("documents.Folder", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default=FRANCS)
    provider = models.CharField(_("issued by"), max_length=100)
    # The name without case and accents: by it the same bill is noticed again.
    provider_key = models.CharField(max_length=140, editable=False)
    date = models.DateField(_("date of the bill"))
    paid_already = models.BooleanField(_("paid already"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.SENT)
    health_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Papers that came in since the insurer last did something with the bill.
    arrived_at = models.DateTimeField(null=True, blank=True)
    asked_note = models.CharField(_("note"), max_length=20, choices=PaperRequest.Note.choices, blank=True)
    asked_due = models.DateField(_("due date"), null=True, blank=True)
    # Of the result that stands; those before it are `EarlierResult`s.
    processed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveSmallIntegerField(default=1, help_text="of the result; more than 1 is corrected")
    result = models.CharField(_("result"), max_length=10, choices=Result, blank=True)
    francs = models.DecimalField(_("bill in francs"), max_digits=10, decimal_places=2, null=True, blank=True)
    covered = models.DecimalField(
        _("covered by the insurance"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    own_share = models.DecimalField(_("own share"), max_digits=10, decimal_places=2, null=True, blank=True)
    paid = models.DecimalField(_("paid out"), max_digits=10, decimal_places=2, null=True, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)
    # Of tariff and reason, as the dictionary of plain words explains them.
    codes = models.JSONField(_("codes"), default=list, blank=True)
    legal_remedy = models.CharField(
        _("legal remedy"), max_length=20, choices=ClaimFile.Remedy.choices, blank=True
    )
    statement = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope_fields = {"company": "company_id", "person": "person_id"}
    # In the audit trail, too, it does not exist for the company.
    sealed = True

    class Meta(ScopedModel.Meta):
        verbose_name = _("bill or receipt")
        verbose_name_plural = _("bills and receipts")
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="bill_newest_company"),
            models.Index(fields=["person", "-created", "-id"], name="bill_newest_person"),
            models.Index(fields=["state", "-created", "-id"], name="bill_state"),
            models.Index(fields=["-created", "-id"], name="bill_newest"),
            models.Index(fields=["claim_file"], name="bill_of_claim"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="bill_sent_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bill_amount_positive"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="bill_currency_form"),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "withdrawn"], health_manager=None)
                | Q(state__in=["in_work", "asked", "processed"], health_manager__isnull=False),
                name="bill_in_work_has_manager",
            ),
            models.CheckConstraint(
                condition=(Q(state="asked", asked_due__isnull=False) & ~Q(asked_note=""))
                | (~Q(state="asked") & Q(asked_due=None, asked_note="")),
                name="bill_asked_has_note_and_date",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="processed",
                    processed_at__isnull=False,
                    francs__gt=0,
                    covered__range=(0, F("francs")),
                    own_share__range=(0, F("covered")),
                    paid=F("covered") - F("own_share"),
                )
                | (
                    ~Q(state="processed")
                    & Q(processed_at=None, result="", francs=None, covered=None, own_share=None, paid=None)
                ),
                name="bill_processed_is_reckoned",
            ),
            models.CheckConstraint(
                condition=Q(result="")
                | Q(result="full", paid=F("francs"))
                | (Q(result="part", paid__gt=0, paid__lt=F("francs")) & ~Q(explanation=""))
                | (Q(result="declined", paid=0) & ~Q(explanation="")),
                name="bill_result_follows_payment",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | (Q(version__gt=1, state="processed") & ~Q(explanation="")),
                name="bill_corrected_is_explained",
            ),
            models.CheckConstraint(
                condition=Q(francs=None) | ~Q(currency=FRANCS) | Q(francs=F("amount")),
                name="bill_in_francs_is_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def in_francs(self) -> bool:
        """Whether the bill itself is in francs."""
        return self.currency == FRANCS

    @property
    def not_covered(self) -> Decimal | None:
        """What of a processed bill the insurance does not cover, in francs."""
        return None if self.francs is None or self.covered is None else self.francs - self.covered

    @property
    def corrected(self) -> bool:
        """Whether the result that stands has replaced another one."""
        return self.version > 1

    @property
    def overdue(self) -> bool:
        """Whether a paper that was asked for is not here after its due date."""
        return self.asked_due is not None and self.asked_due < timezone.localdate()


class BillPaper(ScopedModel):
    """A paper that belongs to a bill; a paper belongs to one bill only.

    One that was held for the virus check has no document until it is released.
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="papers")
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    held = models.OneToOneField(
        "documents.HeldPaper", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("paper of a bill")
        verbose_name_plural = _("papers of bills")
        constraints = [
            models.CheckConstraint(
                condition=Q(document__isnull=False) | Q(held__isnull=False), name="bill_paper_is_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return str(self.document_id or self.held_id)


class EarlierResult(ScopedModel):
    """A result of a bill that was corrected, as it stood; the database refuses to change or remove it.

    The health manager reads it; the insured person is shown the result that stands.
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="earlier_results")
    version = models.PositiveSmallIntegerField()
    processed_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=10, choices=Bill.Result)
    francs = models.DecimalField(max_digits=10, decimal_places=2)
    covered = models.DecimalField(max_digits=10, decimal_places=2)
    own_share = models.DecimalField(max_digits=10, decimal_places=2)
    paid = models.DecimalField(max_digits=10, decimal_places=2)
    explanation = models.TextField(blank=True)
    codes = models.JSONField(default=list, blank=True)
    legal_remedy = models.CharField(max_length=20, choices=ClaimFile.Remedy.choices, blank=True)
    statement = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("earlier result of a bill")
        verbose_name_plural = _("earlier results of bills")
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "version"], name="bill_result_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.version}"

    @property
    def not_covered(self) -> Decimal:
        """What of the bill the insurance did not cover then, in francs."""
        return self.francs - self.covered
