"""Claim files: what the insurer does with a report, and what was reported."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import Kind as PaperKind
from permissions.scoped import ScopedModel

# What a health manager may ask for; “other” is no request anybody could fulfil.
REQUESTABLE = (
    PaperKind.CERTIFICATE,
    PaperKind.MEDICAL_REPORT,
    PaperKind.BILL,
    PaperKind.WAGE_STATEMENT,
    PaperKind.ID_COPY,
    PaperKind.ACCIDENT_SHEET,
)


class ClaimFile(ScopedModel):
    """One case at the insurer: opened by a report, decided, closed.

    What changes its state stands in `claims_files.states`. `employer_state` is the state as the employer
    sees it: where nothing but a paper of the insured person is missing, the file is in progress to him.
    """

    class Kind(models.TextChoices):
        ILLNESS = "illness", _("Illness")
        ACCIDENT = "accident", _("Accident")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        IN_PROGRESS = "in_progress", _("In progress")
        DOCUMENT_MISSING = "document_missing", _("Document missing")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        CLOSED = "closed", _("Closed")

    class Remedy(models.TextChoices):
        OBJECTION = "objection", _("Objection within 30 days (accident insurance law, ATSG art. 52)")
        CIVIL_ACTION = "civil_action", _("Civil action in court (insurance contract law)")
        FORMAL_DECISION = "formal_decision", _("Formal decision on request (ATSG art. 51)")

    class Outcome(models.TextChoices):
        SETTLED = "settled", _("Benefits settled")
        NO_BENEFIT = "no_benefit", _("Closed without benefits")
        WITHDRAWN = "withdrawn", _("Report withdrawn")
        DECLINED = "declined", _("Claim declined")

    number = models.CharField(_("claim number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("status"), max_length=20, choices=State, default=State.RECEIVED)
    employer_state = models.CharField(max_length=20, choices=State, default=State.RECEIVED, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="claim_files")
    site = models.ForeignKey("companies.Site", on_delete=models.PROTECT, related_name="claim_files")
    contract = models.ForeignKey("companies.Contract", on_delete=models.PROTECT, related_name="claim_files")
    person = models.ForeignKey(
        "companies.InsuredPerson", on_delete=models.PROTECT, related_name="claim_files"
    )
    person_sort_key = models.CharField(max_length=140, editable=False)
    health_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    event_date = models.DateField(_("date of the event"))
    opened = models.DateTimeField(default=timezone.now)
    taken_over_at = models.DateTimeField(null=True, blank=True)
    # Papers that came in since the insurer last did something with the file.
    arrived_at = models.DateTimeField(null=True, blank=True)
    last_activity = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    # For the insured person and the insurer: a reason may speak of health. The employer learns the outcome.
    declined_reason = models.TextField(_("reason"), blank=True)
    legal_remedy = models.CharField(_("legal remedy"), max_length=20, choices=Remedy, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)

    scope_fields = {
        "company": "company_id",
        "site": "site_id",
        "contract": "contract_id",
        "claim_file": "pk",
        "person": "person_id",
    }

    class Meta(ScopedModel.Meta):
        verbose_name = _("claim file")
        verbose_name_plural = _("claim files")
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="claim_newest_company"),
            models.Index(fields=["site", "-created", "-id"], name="claim_newest_site"),
            models.Index(fields=["contract", "-created", "-id"], name="claim_newest_contract"),
            models.Index(fields=["person", "-created", "-id"], name="claim_newest_person"),
            models.Index(fields=["-created", "-id"], name="claim_newest"),
            # The same walks within a state: as the employer is shown it, and as it is.
            models.Index(fields=["company", "employer_state", "-created", "-id"], name="claim_shown_company"),
            models.Index(fields=["company", "state", "-created", "-id"], name="claim_state_company"),
            models.Index(fields=["state", "-created", "-id"], name="claim_state"),
            # The insurer's worklist.
            models.Index(fields=["health_manager", "-created", "-id"], name="claim_manager"),
            models.Index(
                fields=["-created", "-id"], condition=Q(arrived_at__isnull=False), name="claim_arrived"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(employer_state=F("state"))
                | Q(state="document_missing", employer_state="in_progress"),
                name="claim_employer_state_follows",
            ),
            models.CheckConstraint(
                condition=Q(state="received", taken_over_at=None)
                | (~Q(state="received") & Q(taken_over_at__isnull=False, health_manager__isnull=False)),
                name="claim_in_work_has_manager",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined")
                | (~Q(declined_reason="") & ~Q(legal_remedy="") & Q(decided_at__isnull=False)),
                name="claim_declined_with_reason_and_remedy",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(decided_at__isnull=False), name="claim_accepted_has_date"
            ),
            models.CheckConstraint(
                condition=(Q(state="closed", closed_at__isnull=False) & ~Q(outcome=""))
                | (~Q(state="closed") & Q(closed_at=None, outcome="")),
                name="claim_closed_has_date_and_outcome",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Report(ScopedModel):
    """What was declared, frozen: labels and values in the words its sender saw, never changed (trigger).

    `content` is `{"parts": [{"name", "title", "audience": "all"|"person", "rows": [[label, value], …]}, …]}`.
    A part for “person” is sealed: the insured person and the insurer read it, the employer does not.
    """

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    sha256 = models.CharField(max_length=64, help_text="of the canonical JSON of `content`")

    class Meta(ScopedModel.Meta):
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "version"], name="report_version_once"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="report_hash_form"),
            models.CheckConstraint(condition=Q(version__gte=1), name="report_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_file_id} v{self.version}"


class IncapacityPeriod(ScopedModel):
    """Days of one degree of incapacity for work; `end` None: open. Each version carries the whole course."""

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="incapacity_periods")
    version = models.PositiveSmallIntegerField(default=1)
    begin = models.DateField(_("begin"))
    end = models.DateField(_("end"), null=True, blank=True)
    degree = models.PositiveSmallIntegerField(_("degree in percent"))

    class Meta(ScopedModel.Meta):
        verbose_name = _("period of incapacity for work")
        verbose_name_plural = _("periods of incapacity for work")
        ordering = ["begin"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim_file", "version", "begin"], name="period_begins_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gte=F("begin")), name="period_ends_after_begin"
            ),
            models.CheckConstraint(condition=Q(degree__range=(1, 100)), name="period_degree_is_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.begin}: {self.degree} %"


class PaperRequest(ScopedModel):
    """A paper the insurer asked for, with a due date.

    What is asked of the insured person does not exist for the employer: then `company` is empty, and
    with it every way by which somebody of the company would reach the row.
    """

    class Addressee(models.TextChoices):
        EMPLOYER = "employer", _("The employer")
        PERSON = "person", _("The insured person (the employer does not see it)")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RECEIVED = "received", _("Received")
        CANCELLED = "cancelled", _("Cancelled")

    class Note(models.TextChoices):
        """A sentence that goes with the request; chosen, not typed: free text gives health data away."""

        NONE = "", _("No note")
        LEGIBLE = "legible", _("The copy we have cannot be read: please send a legible one.")
        COMPLETE = "complete", _("Pages are missing: please send the complete document.")
        SIGNED = "signed", _("Please send it signed.")
        CURRENT = "current", _("The one we have has expired: please send the current one.")

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="paper_requests")
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("type of document"), max_length=20, choices=PaperKind)
    addressee = models.CharField(_("whom do you ask?"), max_length=10, choices=Addressee)
    note = models.CharField(_("note"), max_length=20, choices=Note, blank=True)
    due = models.DateField(_("due date"))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope_fields = {"company": "company_id", "person": "person_id"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("requested document")
        verbose_name_plural = _("requested documents")
        ordering = ["due", "created"]
        indexes = [
            models.Index(fields=["claim_file", "state", "due"], name="paper_of_claim"),
            models.Index(fields=["due", "claim_file"], condition=Q(state="open"), name="paper_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["claim_file", "kind", "addressee"],
                condition=Q(state="open"),
                name="paper_asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(addressee="employer", company__isnull=False)
                | Q(addressee="person", company=None),
                name="paper_of_person_without_company",
            ),
            models.CheckConstraint(
                condition=Q(addressee="person") | ~Q(kind__in=["medical_report", "bill"]),
                name="paper_medical_asked_of_person",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="paper_settled_has_date",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def overdue(self) -> bool:
        """Whether it is still open after its due date."""
        return self.state == self.State.OPEN and self.due < timezone.localdate()


class TimelineEntry(ScopedModel):
    """Something that happened in a claim file, for people to read. `facts`: ids, codes and dates only."""

    class Code(models.TextChoices):
        OPENED = "opened", _("Report received")
        TAKEN_OVER = "taken_over", _("Claim file taken over")
        PAPER_REQUESTED = "paper_requested", _("Document requested")
        PAPER_RECEIVED = "paper_received", _("Requested document received")
        PAPER_CANCELLED = "paper_cancelled", _("Document no longer needed")
        DOCUMENT_RECEIVED = "document_received", _("Document received")
        ACCEPTED = "accepted", _("Claim accepted")
        DECLINED = "declined", _("Claim declined")
        CLOSED = "closed", _("Claim file closed")

    class Audience(models.TextChoices):
        ALL = "all", _("everybody who sees the claim file")
        PERSON = "person", _("the insured person and the insurer")
        INSURER = "insurer", _("the insurer")

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(max_length=20, choices=Code)
    facts = models.JSONField(default=dict, blank=True)
    # Closed by default: whoever widens the circle says so.
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.INSURER)

    class Meta(ScopedModel.Meta):
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["claim_file", "-at", "-id"], name="timeline_of_claim")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.code}"
