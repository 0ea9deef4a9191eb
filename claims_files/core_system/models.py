"""What came in from the insurer's core system, and what was refused."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from claims_files.statements.models import Statement
from permissions.scoped import ScopedModel


class CoreArrival(ScopedModel):
    """A thing of the core system under its id: taken over once, and how often it was refused before or since.

    It holds ids, words of lists and hashes: what was sent stands in the claim file alone. `digests`: of each value that
    was sent, so that the same again is told from something else. `replaces`: the earlier thing that this one corrects.
    """

    class Kind(models.TextChoices):
        NUMBER = "number", _("Claim number")
        DECISION = "decision", _("Decision")
        STATEMENT = "statement", _("Benefit statement")

    class Refusal(models.TextChoices):
        INVALID = "invalid", _("Values are wrong or missing")
        MISSING = "missing", _("What it refers to has not come in yet")
        NOT_NOW = "not_now", _("The claim file is not there yet, or past it")
        DIFFERS = "differs", _("The same id came in earlier with other content")
        TAKEN = "taken", _("It belongs to something else already")

    source = models.CharField(_("source"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    external_id = models.CharField(_("id at the core system"), max_length=64)
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claim_file = models.ForeignKey(
        ClaimFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    statement = models.OneToOneField(
        Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="core_arrival"
    )
    # The numbers of the decisions that were made, within the claim file.
    decisions = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    digests = models.JSONField(default=dict, blank=True)
    # Of a statement: whether the portal would have reckoned something else; None where it cannot reckon.
    differs = models.BooleanField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken = models.DateTimeField(null=True, blank=True)
    refused = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=10, choices=Refusal, blank=True)
    # The names of the values that were wrong, or that differ.
    fields = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    times_refused = models.PositiveIntegerField(default=0)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("arrival from the core system")
        verbose_name_plural = _("arrivals from the core system")
        indexes = [
            models.Index(fields=["-created", "-id"], name="core_newest"),
            models.Index(fields=["company", "-created", "-id"], name="core_newest_company"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "external_id"], name="core_arrival_once"),
            models.CheckConstraint(
                condition=Q(taken=None) | Q(claim_file__isnull=False, company__isnull=False),
                name="core_arrival_taken_has_claim",
            ),
            models.CheckConstraint(
                condition=Q(refused=None, refusal="", times_refused=0)
                | Q(refused__isnull=False, times_refused__gte=1) & ~Q(refusal=""),
                name="core_arrival_refused_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(kind="statement") | Q(taken=None) | Q(statement__isnull=False),
                name="core_arrival_statement_is_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.external_id}"

    @property
    def refused_last(self) -> bool:
        """Whether the last that was heard of it is a refusal."""
        return self.refused is not None and (self.taken is None or self.refused > self.taken)
