"""The claim file: one case at the insurer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel


class CaseKind(models.TextChoices):
    """What is reported. The list for reports and claim files; what follows from a kind is asked of it."""

    ILLNESS = "illness", _("Illness")
    ACCIDENT = "accident", _("Accident")
    MINOR_ACCIDENT = "minor_accident", _("Minor accident")
    RELAPSE = "relapse", _("Relapse after an accident")
    DENTAL = "dental", _("Damage to teeth")
    OCCUPATIONAL_DISEASE = "occupational_disease", _("Occupational disease")
    SEVERE_ACCIDENT = "severe_accident", _("Severe accident or death")
    MATERNITY = "maternity", _("Maternity")
    OTHER_PARENT = "other_parent", _("Leave of the other parent")

    @property
    def is_birth(self) -> bool:
        """Whether a child is born: nobody is ill, nobody had an accident."""
        return self in (self.MATERNITY, self.OTHER_PARENT)

    @property
    def is_accident(self) -> bool:
        """Whether the accident insurance (UVG) covers it; occupational diseases are equal to accidents there."""
        return self != self.ILLNESS and not self.is_birth


class ClaimFile(ScopedModel):
    """One case at the insurer: opened by a report, decided, closed.

    What changes its state stands in `claims_files.states`. `employer_state` is the state as the employer
    sees it: where nothing but a paper of the insured person is missing, the file is in progress to him.
    """

    Kind = CaseKind

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        IN_PROGRESS = "in_progress", _("In progress")
        DOCUMENT_MISSING = "document_missing", _("Document missing")
        UNCLEAR = "unclear", _("Decision still open")
        ACCEPTED = "accepted", _("Accepted")
        MEDICAL_ONLY = "medical_only", _("Accepted: costs of treatment only")
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
        DUPLICATE = "duplicate", _("Reported twice")
        TRANSFERRED = "transferred", _("Handed over to another insurer")

    class Withdrawal(models.TextChoices):
        MISTAKE = "mistake", _("Reported by mistake")
        TWICE = "twice", _("Reported twice")
        ELSEWHERE = "elsewhere", _("Another insurer is responsible")
        NO_CLAIM = "no_claim", _("No benefits are claimed")
        OTHER = "other", _("Another reason")

    number = models.CharField(_("claim number"), max_length=20, unique=True)
    # As the insurer's core system calls the case.
    core_number = models.CharField(
        _("number at the insurer"), max_length=40, unique=True, null=True, blank=True, editable=False
    )
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
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)
    # Why whoever reported it took the report back: words of a list, which say nothing of health.
    withdrawal = models.CharField(_("reason"), max_length=20, choices=Withdrawal, blank=True)
    # The closed case that has come back in this one.
    relapse_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="relapses"
    )
    # Where a case that was reported twice goes on; which insurer a case was handed over to: its name, nothing else.
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates"
    )
    transferred_to = models.CharField(_("insurer"), max_length=80, blank=True)

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
            models.Index(
                fields=["company", "-created", "-id"],
                condition=Q(arrived_at__isnull=False),
                name="claim_arrived_company",
            ),
            # Those nobody has touched for long, among the ones that are being dealt with.
            models.Index(fields=["last_activity"], condition=~Q(state="closed"), name="claim_quiet"),
            models.Index(
                fields=["company", "last_activity"], condition=~Q(state="closed"), name="claim_quiet_company"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="claim_kind_known"),
            models.CheckConstraint(
                condition=Q(employer_state=F("state"))
                | Q(state="document_missing", employer_state="in_progress"),
                name="claim_employer_state_follows",
            ),
            models.CheckConstraint(
                condition=Q(state="received", taken_over_at=None)
                | (~Q(state="received") & Q(taken_over_at__isnull=False, health_manager__isnull=False))
                # Taken back before anybody took it over.
                | Q(state="closed", taken_over_at=None) & ~Q(withdrawal=""),
                name="claim_in_work_has_manager",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "medical_only", "declined"])
                | Q(decided_at__isnull=False),
                name="claim_decided_has_date",
            ),
            models.CheckConstraint(
                condition=(Q(state="closed", closed_at__isnull=False) & ~Q(outcome=""))
                | (~Q(state="closed") & Q(closed_at=None, outcome="")),
                name="claim_closed_has_date_and_outcome",
            ),
            models.CheckConstraint(
                condition=Q(withdrawal="") | Q(state="closed", outcome="withdrawn", decided_at=None),
                name="claim_withdrawn_undecided",
            ),
            models.CheckConstraint(
                condition=Q(outcome="duplicate", duplicate_of__isnull=False)
                | ~Q(outcome="duplicate") & Q(duplicate_of=None),
                name="claim_duplicate_names_the_other",
            ),
            models.CheckConstraint(
                condition=(Q(outcome="transferred") & ~Q(transferred_to=""))
                | ~Q(outcome="transferred") & Q(transferred_to=""),
                name="claim_transferred_names_insurer",
            ),
            models.CheckConstraint(
                condition=~Q(duplicate_of=F("id")) & ~Q(relapse_of=F("id")), name="claim_not_linked_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.number
