"""Claim files: what the insurer does with a report."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel


class ClaimFile(ScopedModel):
    """One case at the insurer: opened by a report, decided, closed."""

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

    number = models.CharField(_("claim number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("status"), max_length=20, choices=State, default=State.RECEIVED)
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
        ]

    def __str__(self) -> str:
        return self.number
