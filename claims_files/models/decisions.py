"""What the insurer decides: on each contract that a case touches for itself, and never twice in the same row."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class Outcome(models.TextChoices):
    """How the insurer decides on one contract."""

    ACCEPTED = "accepted", _("Accepted")
    MEDICAL_ONLY = "medical_only", _("Accepted: costs of treatment only")
    UNCLEAR = "unclear", _("Decision still open")
    DECLINED = "declined", _("Declined")


class Cover(ScopedModel):
    """A contract that a case touches, with where the decision on it stands.

    The state of the claim file follows from those of its covers (`claims_files.states.joint`).
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Not decided yet")
        ACCEPTED = Outcome.ACCEPTED.value, Outcome.ACCEPTED.label
        MEDICAL_ONLY = Outcome.MEDICAL_ONLY.value, Outcome.MEDICAL_ONLY.label
        UNCLEAR = Outcome.UNCLEAR.value, Outcome.UNCLEAR.label
        DECLINED = Outcome.DECLINED.value, Outcome.DECLINED.label

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="covers")
    contract = models.ForeignKey("companies.Contract", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)

    class Meta(ScopedModel.Meta):
        verbose_name = _("insurance of a case")
        verbose_name_plural = _("insurances of cases")
        ordering = ["created", "id"]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "contract"], name="cover_once_per_contract"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", *Outcome.values]), name="cover_state_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Decision(ScopedModel):
    """One decision on one contract, as it was made (trigger); only its letter is added afterwards.

    Taken back is a decision by the next one, which `replaces` it. `number` counts within the claim file.
    """

    class Reason(models.TextChoices):
        """What the employer may read of the reason, if anything: words of a list, which say nothing of health."""

        NONE = "", _("No reason is told")
        NOT_INSURED = "not_insured", _("The event is not insured by the contract")
        NOT_IN_FORCE = "not_in_force", _("The contract did not cover the person on that day")
        WITHIN_WAITING = "within_waiting", _("The incapacity ended within the waiting period")
        LATE = "late", _("The case was reported too late")
        ANOTHER = "another", _("Another insurer may be responsible")
        CLARIFYING = "clarifying", _("The facts are still being clarified")

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="decisions")
    cover = models.ForeignKey(Cover, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(_("decision"), max_length=20, choices=Outcome)
    reason_code = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    # For the insured person and the insurer: it may speak of health.
    reason = models.TextField(_("reason"), blank=True)
    # Codes of the insurer's dictionary of plain words; like the reason, they may speak of health.
    codes = models.JSONField(_("codes"), default=list, blank=True)
    legal_remedy = models.CharField(_("legal remedy"), max_length=20, choices=ClaimFile.Remedy, blank=True)
    # While the decision is open: whether benefits are paid in advance, and by when it is to be made.
    advances = models.BooleanField(null=True, blank=True)
    expected = models.DateField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    letter = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "number"], name="decision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="decision_number_from_one"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="decision_outcome_known"),
            models.CheckConstraint(
                condition=~Q(outcome="declined") | (~Q(reason="") & ~Q(legal_remedy="")),
                name="decision_declined_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(outcome="unclear", advances__isnull=False, expected__isnull=False) & ~Q(reason="")
                | ~Q(outcome="unclear") & Q(advances=None, expected=None),
                name="decision_unclear_says_how_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_file_id} {self.number}"
