"""The insured person's own part of a report, as he fills it in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel


class PrivatePart(ScopedModel):
    """What the insured person adds to a report for the insurer alone: answers on his health, a release, papers.

    He alone opens the row. What is sent freezes into `claims_files.models.PrivateReport`. The employer learns when
    it was asked for and when it was answered, by the report.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        # The report itself has not been sent: it goes along with it.
        READY = "ready", _("Goes with the report")
        SENT = "sent", _("Sent")

    declaration = models.OneToOneField("declarations.Declaration", on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.OPEN)
    # By field. Answers to questions that another kind of report puts are kept, and not sent.
    answers = models.JSONField(default=dict, blank=True)
    # What he had answered for the insurer in a report that he then handed over; parts as in a frozen report.
    handed = models.JSONField(default=list, blank=True)
    # His papers until they go to the insurer, while the report is a draft of the company; then they lie with the case.
    folder = models.OneToOneField(
        "documents.Folder", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    release = models.OneToOneField(
        "claims_files.Release", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved = models.DateTimeField(default=timezone.now)

    scope_fields = {"company": "company_id", "person": "person_id"}
    # In the audit trail its lines stand on the person alone.
    sealed = True

    class Meta(ScopedModel.Meta):
        verbose_name = _("own part of a report")
        verbose_name_plural = _("own parts of reports")
        indexes = [models.Index(fields=["person", "-created", "-id"], name="private_part_newest_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(asked_by=None, asked_at=None) | Q(asked_by__isnull=False, asked_at__isnull=False),
                name="private_part_asked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(answered_at__isnull=False),
                name="private_part_answered_has_date",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def papers(self) -> Any:
        """The folder in which his papers lie now."""
        return self.folder or self.declaration.folder
