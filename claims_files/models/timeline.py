"""What happened in a claim file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class TimelineEntry(ScopedModel):
    """Something that happened in a claim file, for people to read. `facts`: ids, codes and dates only."""

    class Code(models.TextChoices):
        OPENED = "opened", _("Report received")
        TAKEN_OVER = "taken_over", _("Claim file taken over")
        PAPER_REQUESTED = "paper_requested", _("Document requested")
        PAPER_RECEIVED = "paper_received", _("Requested document received")
        PAPER_REOPENED = "paper_reopened", _("Document asked for again")
        PAPER_CANCELLED = "paper_cancelled", _("Document no longer needed")
        DOCUMENT_RECEIVED = "document_received", _("Document received")
        AMENDED = "amended", _("Report amended")
        ANSWERS_REMINDED = "answers_reminded", _("Reminder of open answers")
        PRIVATE_PART = "private_part", _("Own part of the insured person received")
        RELEASE_WITHDRAWN = "release_withdrawn", _("Release from secrecy taken back")
        INCAPACITY = "incapacity", _("Incapacity for work changed")
        ACCEPTED = "accepted", _("Claim accepted")
        DECLINED = "declined", _("Claim declined")
        CLOSED = "closed", _("Claim file closed")
        WITHDRAWN = "withdrawn", _("Report withdrawn")
        PAPER_REMINDED = "paper_reminded", _("Reminder of a requested document")
        PAPER_OVERDUE = "paper_overdue", _("Requested document is overdue")
        CERTIFIED = "certified", _("Days of a certificate entered")
        CERTIFICATE_CONFIRMED = "certificate_ok", _("Days of a certificate confirmed")
        CERTIFICATE_DROPPED = "certificate_dropped", _("Days of a certificate taken out")
        STATEMENT_ISSUED = "statement_issued", _("Benefit statement issued")
        UNCLEAR = "unclear", _("Decision still open")
        MEDICAL_ONLY = "medical_only", _("Accepted: costs of treatment only")
        REVISED = "revised", _("Decision replaced by another one")
        LETTER = "letter", _("Letter on the decision")
        COVER_ADDED = "cover_added", _("Another insurance is concerned")
        COVER_REMOVED = "cover_removed", _("An insurance is not concerned")
        DUPLICATE = "duplicate", _("Case reported twice: closed")
        TRANSFERRED = "transferred", _("Case handed over to another insurer")
        RELAPSE = "relapse", _("The case has come back in a new claim file")
        REASSIGNED = "reassigned", _("Claim file handed over to another health manager")
        DEADLINE_DONE = "deadline_done", _("Deadline done")
        CORE_NUMBER = "core_number", _("Claim number of the core system noted")
        PLAN_PROPOSED = "plan_proposed", _("Return-to-work plan proposed")
        PLAN_AGREED = "plan_agreed", _("Return-to-work plan agreed to")
        GUARANTEE_REQUESTED = "guarantee_requested", _("Cost guarantee requested")
        GUARANTEE_COMPLETED = "guarantee_completed", _("Document for a cost guarantee received")
        GUARANTEE_ASKED = "guarantee_asked", _("Document for a cost guarantee requested")
        GUARANTEE_ANSWERED = "guarantee_answered", _("Cost guarantee answered")
        GUARANTEE_WITHDRAWN = "guarantee_withdrawn", _("Request for a cost guarantee taken back")

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
