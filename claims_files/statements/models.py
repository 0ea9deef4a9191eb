"""Benefit statements with their lines, what a company advanced, and the wage types of its payroll."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel

IBAN_END = r"^([0-9A-Z]{4})?$"
# Of a bank transfer: signs of a number, without spaces, so that no sentence fits.
REFERENCE = r"^[0-9A-Z./-]{0,35}$"


class Statement(ScopedModel):
    """What is paid for a period of a claim, line by line; once issued the database refuses to change it.

    A draft is the insurer's own. `corrects`: the statement that this one takes back and replaces, days and all.
    `basis` holds the figures of the full daily allowance and of what is used up (`allowance.stored`), and under `core`
    where it comes from, if the insurer's core system issued it; `parties` how everybody was called on the day of issue.
    In francs.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ISSUED = "issued", _("Issued")

    class Payee(models.TextChoices):
        COMPANY = "company", _("The company")
        PERSON = "person", _("The insured person")

    number = models.CharField(_("statement number"), max_length=20, unique=True, null=True, blank=True)
    phase = models.CharField(_("status"), max_length=6, choices=State, default=State.DRAFT)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("companies.Site", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("companies.Contract", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="statements")
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    begin = models.DateField(_("from"))
    end = models.DateField(_("to"))
    annual_salary = models.DecimalField(_("salary of a year"), max_digits=11, decimal_places=2)
    # Which version of the course was reckoned with: an older one is not issued.
    course_version = models.PositiveSmallIntegerField()
    payee = models.CharField(_("paid to"), max_length=7, choices=Payee)
    account_end = models.CharField(_("last four digits of the account"), max_length=4, blank=True)
    basis = models.JSONField()
    parties = models.JSONField(default=dict, blank=True)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    # When and how it is paid, as far as the health manager says it.
    payment_date = models.DateField(_("payment date"), null=True, blank=True)
    payment_reference = models.CharField(_("reference of the payment"), max_length=35, blank=True)
    sha256 = models.CharField(
        max_length=64, blank=True, help_text="of the canonical JSON of all that is frozen"
    )

    scope_fields = {
        "company": "company_id",
        "site": "site_id",
        "contract": "contract_id",
        "claim_file": "claim_file_id",
        "person": "person_id",
    }

    class Meta(ScopedModel.Meta):
        verbose_name = _("benefit statement")
        verbose_name_plural = _("benefit statements")
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="statement_newest_company"),
            models.Index(fields=["site", "-created", "-id"], name="statement_newest_site"),
            models.Index(fields=["contract", "-created", "-id"], name="statement_newest_contract"),
            models.Index(fields=["person", "-created", "-id"], name="statement_newest_person"),
            models.Index(fields=["claim_file", "-created", "-id"], name="statement_newest_claim"),
            models.Index(fields=["-created", "-id"], name="statement_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["claim_file"], condition=Q(phase="draft"), name="statement_draft_once"
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(phase="issued"), name="statement_corrected_once"
            ),
            models.CheckConstraint(condition=Q(end__gte=F("begin")), name="statement_runs_forward"),
            models.CheckConstraint(
                condition=Q(phase="draft", number=None, issued_at=None, issued_by=None, sha256="")
                | Q(
                    phase="issued",
                    number__isnull=False,
                    issued_at__isnull=False,
                    issued_by__isnull=False,
                    sha256__regex=r"^[0-9a-f]{64}$",
                ),
                name="statement_issued_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(account_end__regex=IBAN_END), name="statement_account_is_four_digits"
            ),
            models.CheckConstraint(
                condition=Q(payment_reference__regex=REFERENCE), name="statement_reference_is_no_sentence"
            ),
            models.CheckConstraint(
                condition=~Q(phase="issued", payee="person") | ~Q(account_end=""),
                name="statement_person_has_account",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)

    @property
    def sealed(self) -> bool:
        """Whether it does not exist for the company: in the audit trail, too, a draft is the insurer's own."""
        return self.phase == self.State.DRAFT

    @property
    def from_core(self) -> bool:
        """Whether the insurer's core system issued it: its figures are that system's."""
        return "core" in self.basis


class StatementLine(ScopedModel):
    """Days of one degree with what is paid for them, an adjustment, or the taking back of an earlier line.

    `figure` explains the amount of days that were reckoned. `reason` is for the insured person and the insurer: it may
    speak of health.
    """

    class Kind(models.TextChoices):
        ALLOWANCE = "allowance", _("Daily allowance")
        HOSPITAL = "hospital", _("Deduction in hospital")
        OVER_COMPENSATION = "over_compensation", _("Deduction for over-compensation")
        SET_OFF = "set_off", _("Set off against premiums")
        DEDUCTION = "deduction", _("Other deduction")
        ADDITION = "addition", _("Addition")
        REVERSAL = "reversal", _("Reversed")

        @property
        def is_adjustment(self) -> bool:
            """Whether the health manager adds it by hand."""
            return self not in (self.ALLOWANCE, self.REVERSAL)

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    begin = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    degree = models.PositiveSmallIntegerField(null=True, blank=True)
    rate = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    # Of reckoned days: whether they are paid, else why not (`allowance.Outcome`).
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Codes of the insurer's dictionary of plain words, for the same two.
    codes = models.JSONField(default=list, blank=True)
    figure = models.JSONField(null=True, blank=True)
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(ScopedModel.Meta):
        verbose_name = _("line of a benefit statement")
        verbose_name_plural = _("lines of benefit statements")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "position"], name="statement_line_position_once"),
            models.UniqueConstraint(fields=["statement", "reverses"], name="statement_line_reversed_once"),
            models.CheckConstraint(
                condition=Q(kind="allowance", amount__gte=0)
                | Q(kind="addition", amount__gt=0)
                | Q(kind__in=["hospital", "over_compensation", "set_off", "deduction"], amount__lt=0)
                | Q(kind="reversal", reverses__isnull=False),
                name="statement_line_sign_follows_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["allowance", "reversal"]) | ~Q(reason=""),
                name="statement_adjustment_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.position}"


class Advance(ScopedModel):
    """What a company went on paying somebody for days of a case; a mistake is put right by a negative amount."""

    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="advances")
    begin = models.DateField(_("from"))
    end = models.DateField(_("to"))
    amount = models.DecimalField(_("amount"), max_digits=11, decimal_places=2)
    # What the form carried: the same form sent twice is one advance.
    key = models.UUIDField(editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta(ScopedModel.Meta):
        verbose_name = _("advance of the company")
        verbose_name_plural = _("advances of the company")
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "key"], name="advance_once"),
            models.CheckConstraint(condition=Q(end__gte=F("begin")), name="advance_runs_forward"),
            models.CheckConstraint(condition=~Q(amount=0), name="advance_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_file_id} {self.begin}"


class WageType(ScopedModel):
    """Under which code a company's payroll books a kind of line; where it says nothing, the insurer's parameter holds."""

    class Kind(models.TextChoices):
        LAA = "laa", _("Daily allowance of the accident insurance")
        KTG = "ktg", _("Daily sickness allowance")
        ADJUSTMENT = "adjustment", _("Adjustment")
        SET_OFF = "set_off", _("Set off against premiums")

    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(_("wage type"), max_length=12)

    class Meta(ScopedModel.Meta):
        verbose_name = _("wage type")
        verbose_name_plural = _("wage types")
        constraints = [
            models.UniqueConstraint(fields=["company", "kind"], name="wage_type_once"),
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9A-Za-z.]+$"), name="wage_type_form"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.code}"
