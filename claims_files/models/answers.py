"""What a report left for later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from claims_files.models.papers import PaperRequest
from permissions.scoped import ScopedModel


class OpenAnswers(ScopedModel):
    """How many questions of a report one side has yet to answer, and by when; gone when they are, or on a decision.

    Which ones stands in `content["open"]` of the latest report. As with a requested paper, what is left to the
    insured person does not exist for the employer: then `company` is empty.
    """

    Addressee = PaperRequest.Addressee

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="open_answers")
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    addressee = models.CharField(max_length=10, choices=Addressee)
    count = models.PositiveSmallIntegerField()
    due = models.DateField(_("due date"))
    reminded = models.DateTimeField(null=True, blank=True)
    # When those who answer were told that the day has come.
    told = models.DateTimeField(null=True, blank=True)

    scope_fields = {"company": "company_id", "person": "person_id"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("open answers")
        verbose_name_plural = _("open answers")
        ordering = ["due", "created"]
        indexes = [models.Index(fields=["due"], condition=Q(told=None), name="answers_not_told")]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "addressee"], name="answers_once_per_side"),
            models.CheckConstraint(
                condition=Q(addressee="employer", company__isnull=False)
                | Q(addressee="person", company=None),
                name="answers_of_person_without_company",
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="answers_at_least_one"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def overdue(self) -> bool:
        """Whether the day by which the answers were to follow is over."""
        return self.due < timezone.localdate()
