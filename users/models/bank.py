"""Bank details: where the insurer pays benefits to an insured person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.text import fold
from permissions.scoped import ScopedModel

# Where the insurer pays to: the countries of the single euro payments area (European Payments Council,
# EPC409-09), by the first letters of their accounts.
COUNTRIES = (
    "CH", "LI", "AD", "AL", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR",
    "HU", "IE", "IS", "IT", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS",
    "SE", "SI", "SK", "SM", "VA",
)  # fmt: skip
# The longest name of a holder that a payment carries (ISO 20022, Swiss payment standards).
HOLDER_LENGTH = 70


class BankDetails(ScopedModel):
    """An account that an insured person entered; paid to only once somebody at the insurer has approved it.

    What never was approved loses account and holder as soon as it is settled: the last digits stay, to be recognised.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for approval")
        VALID = "valid", _("Valid")
        # Valid once, until a newer one was approved.
        FORMER = "former", _("Replaced")
        DECLINED = "declined", _("Declined")
        # Taken back by the person, or with the end of the account, or replaced before anybody approved it.
        WITHDRAWN = "withdrawn", _("Withdrawn")

    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    # Who entered it; nobody any more once the account is deleted.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    holder = models.CharField(_("account holder"), max_length=HOLDER_LENGTH, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    last_four = models.CharField(max_length=4)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided = models.DateTimeField(null=True)

    scope_fields = {"company": "company_id", "person": "person_id"}

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["company", "-created", "-id"], name="bank_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state="waiting"), name="bank_waiting_once"
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(state="valid"), name="bank_valid_once"),
            models.CheckConstraint(
                condition=Q(user=None) | Q(decided_by=None) | ~Q(decided_by=F("user")), name="bank_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["valid", "former", "declined"]) | Q(decided__isnull=False),
                name="bank_decision_dated",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["waiting", "valid", "former"]) & ~Q(iban="") & ~Q(holder=""))
                | Q(state__in=["declined", "withdrawn"], iban="", holder=""),
                name="bank_known_while_used",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(reason=""), name="bank_declined_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def masked(self) -> str:
        """The account as it is shown: its last four digits."""
        return f"•••• {self.last_four}"

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has still to approve it."""
        return self.state == self.State.WAITING

    @property
    def holder_differs(self) -> bool:
        """Whether the holder's name lacks the person's last name: worth a second look."""
        return fold(self.person.last_name) not in fold(self.holder)
