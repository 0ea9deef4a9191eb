"""What was declared in a claim file: the frozen reports, and the course of the incapacity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class Report(ScopedModel):
    """What was declared, frozen: labels and values in the words its sender saw, never changed (trigger).

    `content` is `{"parts": [{"name", "title", "audience": "all"|"person", "rows": [[label, value], …]}, …]}`.
    A part for “person” is sealed: the insured person and the insurer read it, the employer does not.
    An amendment is a further version; `content` then has the `sha256` it `replaces`, and in `changes` what is
    different: `{"title", "label", "old", "new", "audience"}`. `open` lists the questions left for later:
    `{"part", "title", "field", "label", "addressee": "employer"|"person"}`. `by_insurer`: nobody sent it, the insurer
    opened the claim file.
    """

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    sha256 = models.CharField(max_length=64, help_text="of the canonical JSON of `content`")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

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


class IncapacityCourse(ScopedModel):
    """One version of the course of an incapacity: who said it, when, and how it differs from the one before.

    Its days are the periods of the same version. Neither is ever changed (trigger): a later one takes its place.
    """

    class Change(models.TextChoices):
        REPORTED = "reported", _("Reported")
        EXTENSION = "extension", _("Extension")
        CORRECTION = "correction", _("Correction")

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="incapacity_courses")
    version = models.PositiveSmallIntegerField(default=1)
    change = models.CharField(max_length=10, choices=Change)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("course of an incapacity for work")
        verbose_name_plural = _("courses of incapacity for work")
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "version"], name="course_version_once"),
            models.CheckConstraint(
                condition=Q(version=1, change="reported") | (Q(version__gt=1) & ~Q(change="reported")),
                name="course_first_is_reported",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_file_id} v{self.version}"


class IncapacityPeriod(ScopedModel):
    """Days of one degree of incapacity for work; `end` None: open. Each version carries the whole course.

    Days at work between two periods are not kept: they are the days of which no period speaks.
    """

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
