"""A request that the insurer take over the costs of a treatment, and its answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from claims_files.models.papers import PaperRequest
from permissions.scoped import ScopedModel


class GuaranteeOutcome(models.TextChoices):
    """How the insurer answers."""

    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    DECLINED = "declined", _("Not granted")


class Guarantee(ScopedModel):
    """A request for a cost guarantee in a claim file; it is between the insured person and the insurer.

    For the employer it does not exist: what is asked for says how somebody is. Amounts are in francs.
    """

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", _("Hospital stay")
        OPERATION = "operation", _("Operation without a stay")
        REHABILITATION = "rehabilitation", _("Rehabilitation")
        THERAPY = "therapy", _("Therapy")
        AID = "aid", _("Medical aid")
        DENTAL = "dental", _("Dental treatment")
        TRANSPORT = "transport", _("Travel and transport")
        OTHER = "other", _("Other treatment")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for an answer")
        ASKED = "asked", _("Document missing")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Taken back")

    number = models.CharField(_("number"), max_length=20, unique=True)
    # What the form carried: the same form sent twice is one request.
    key = models.UUIDField(editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="guarantees")
    kind = models.CharField(_("kind of treatment"), max_length=14, choices=Kind)
    provider = models.CharField(_("who treats"), max_length=100)
    begin = models.DateField(_("from"))
    end = models.DateField(_("to"), null=True, blank=True)
    estimate = models.DecimalField(
        _("estimated amount"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    # It may speak of health: for the insured person and the insurer.
    details = models.TextField(_("what it is about"), blank=True)
    # The health manager entered what a hospital or another provider asked for.
    for_provider = models.BooleanField(default=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The keys of its papers in the folder of the case; one held for the virus check has its key already.
    papers = models.JSONField(default=list, blank=True)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.WAITING)
    # Papers that came in since the insurer last did something with the request.
    arrived_at = models.DateTimeField(null=True, blank=True)
    asked_note = models.CharField(_("note"), max_length=20, choices=PaperRequest.Note, blank=True)
    asked_due = models.DateField(_("due date"), null=True, blank=True)
    # Of the answer that stands: the last one.
    outcome = models.CharField(_("answer"), max_length=10, choices=GuaranteeOutcome, blank=True)

    scope_fields = {"company": "company_id", "person": "person_id"}
    # In the audit trail, too, it does not exist for the company.
    sealed = True

    class Meta(ScopedModel.Meta):
        verbose_name = _("cost guarantee")
        verbose_name_plural = _("cost guarantees")
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="guarantee_newest_company"),
            models.Index(fields=["person", "-created", "-id"], name="guarantee_newest_person"),
            models.Index(fields=["state", "-created", "-id"], name="guarantee_state"),
            models.Index(fields=["-created", "-id"], name="guarantee_newest"),
            models.Index(fields=["claim_file"], name="guarantee_of_claim"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "key"], name="guarantee_sent_once"),
            models.CheckConstraint(
                condition=Q(estimate=None) | Q(estimate__gt=0), name="guarantee_estimate_positive"
            ),
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gte=F("begin")), name="guarantee_ends_after_begin"
            ),
            models.CheckConstraint(
                condition=(Q(state="asked", asked_due__isnull=False) & ~Q(asked_note=""))
                | (~Q(state="asked") & Q(asked_due=None, asked_note="")),
                name="guarantee_asked_has_note_and_date",
            ),
            models.CheckConstraint(
                condition=Q(state="answered", outcome__in=GuaranteeOutcome.values)
                | (~Q(state="answered") & Q(outcome="")),
                name="guarantee_answered_has_outcome",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def label(self) -> str:
        """Where it stands, in a word: of an answered one the answer."""
        return str(self.get_outcome_display() if self.outcome else self.get_state_display())

    @property
    def overdue(self) -> bool:
        """Whether a paper that was asked for is not here after its due date."""
        return self.asked_due is not None and self.asked_due < timezone.localdate()


class GuaranteeAnswer(ScopedModel):
    """One answer as it was given (trigger); only its letter is added afterwards. A later one replaces it.

    Limits: what is not set is not limited. `number` counts within the request.
    """

    guarantee = models.ForeignKey(Guarantee, on_delete=models.PROTECT, related_name="answers")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(_("answer"), max_length=10, choices=GuaranteeOutcome)
    amount = models.DecimalField(_("at most"), max_digits=10, decimal_places=2, null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    # For the insured person and the insurer: it may speak of health.
    reason = models.TextField(_("reason"), blank=True)
    legal_remedy = models.CharField(_("legal remedy"), max_length=20, choices=ClaimFile.Remedy, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    letter = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("answer to a cost guarantee")
        verbose_name_plural = _("answers to cost guarantees")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["guarantee", "number"], name="guarantee_answer_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="guarantee_answer_from_one"),
            models.CheckConstraint(
                condition=Q(outcome__in=GuaranteeOutcome.values), name="guarantee_answer_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="granted", reason="", legal_remedy="")
                | (Q(outcome__in=["partly", "declined"]) & ~Q(reason="") & ~Q(legal_remedy="")),
                name="guarantee_refused_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="declined") | Q(amount=None, days=None, until=None, conditions=""),
                name="guarantee_declined_has_no_limits",
            ),
            models.CheckConstraint(
                condition=(Q(amount=None) | Q(amount__gt=0)) & (Q(days=None) | Q(days__gt=0)),
                name="guarantee_limits_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guarantee_id} {self.number}"
