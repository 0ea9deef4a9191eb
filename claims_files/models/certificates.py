"""What medical certificates say: on which days somebody cannot work, and to what degree."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class CertifiedPeriod(ScopedModel):
    """Days of one degree that a certificate covers, as somebody read them off it; never anything of the cause.

    Entered once and not changed: a wrong one is dropped and another one entered. What is read off a sealed paper does
    not exist for the employer until the health manager confirms the days: until then `company` is empty.
    """

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="certified_periods")
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    begin = models.DateField(_("first day"))
    end = models.DateField(_("last day"))
    degree = models.PositiveSmallIntegerField(_("degree in percent"))
    # The date beside the signature; without it nobody can say whether the certificate is back-dated.
    issued = models.DateField(_("date of the certificate"), null=True, blank=True)
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    # When it was said that the last certificate of the case ends soon.
    told = models.DateTimeField(null=True, blank=True)

    scope_fields = {"company": "company_id", "person": "person_id"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("certified period")
        verbose_name_plural = _("certified periods")
        ordering = ["begin", "created"]
        indexes = [
            models.Index(fields=["claim_file", "begin"], name="certified_of_claim"),
            # Those that end soon, among all.
            models.Index(fields=["end"], condition=Q(dropped_at=None), name="certified_ends"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("begin")), name="certified_ends_after_begin"),
            models.CheckConstraint(condition=Q(degree__range=(1, 100)), name="certified_degree_is_percent"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, company__isnull=False),
                name="certified_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None, dropped_by=None)
                | Q(dropped_at__isnull=False, dropped_by__isnull=False),
                name="certified_dropped_by_somebody",
            ),
            # The same days once; what the employer knows of and what he does not are apart.
            models.UniqueConstraint(
                fields=["claim_file", "begin", "end", "degree", "company"],
                condition=Q(dropped_at=None),
                nulls_distinct=False,
                name="certified_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begin}–{self.end}: {self.degree} %"
