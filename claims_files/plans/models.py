"""A return-to-work plan: versions that carry the whole of it, each to be agreed by the insured person and the company."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class Adaptation(models.TextChoices):
    """How work is adapted for a time: words of a list, which say nothing of health."""

    SHORTER_DAYS = "shorter_days", _("Shorter days")
    MORE_BREAKS = "more_breaks", _("More breaks")
    NO_LIFTING = "no_lifting", _("No heavy lifting")
    SITTING = "sitting", _("Mostly sitting work")
    STANDING = "standing", _("Mostly standing or walking work")
    OTHER_TASKS = "other_tasks", _("Other tasks for a time")
    WORKPLACE = "workplace", _("Adapted workplace or tools")
    HOME = "home", _("Work from home")
    NO_NIGHT = "no_night", _("No night or shift work")
    HELP = "help", _("Help from colleagues")


class ReturnPlan(ScopedModel):
    """One version of the plan of a claim file. What it says never changes (trigger): a later one takes its place.

    Both sides agree to a version, not to the plan: a change asks them again. For every side that sees the claim file.
    """

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="return_plans")
    version = models.PositiveSmallIntegerField(default=1)
    # Whether no later version has taken its place.
    current = models.BooleanField(default=True)
    adaptations = models.JSONField(_("adaptations"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    # The day on which all look at the plan again; when they were reminded of it.
    review_on = models.DateField(_("look at it again on"), null=True, blank=True)
    reminded = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person_agreed = models.DateTimeField(null=True, blank=True)
    person_agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    company_agreed = models.DateTimeField(null=True, blank=True)
    company_agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("return-to-work plan")
        verbose_name_plural = _("return-to-work plans")
        ordering = ["-version"]
        indexes = [
            models.Index(
                fields=["review_on"], condition=Q(current=True, reminded=None), name="plan_to_review"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "version"], name="plan_version_once"),
            models.UniqueConstraint(
                fields=["claim_file"], condition=Q(current=True), name="plan_one_is_current"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="plan_version_from_one"),
            models.CheckConstraint(
                condition=Q(person_agreed=None, person_agreed_by=None)
                | Q(person_agreed__isnull=False, person_agreed_by__isnull=False),
                name="plan_person_agreed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(company_agreed=None, company_agreed_by=None)
                | Q(company_agreed__isnull=False, company_agreed_by__isnull=False),
                name="plan_company_agreed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_file_id} v{self.version}"

    @property
    def agreed(self) -> bool:
        """Whether both sides have agreed to this version."""
        return self.person_agreed is not None and self.company_agreed is not None

    @property
    def adapted(self) -> list[str]:
        """The adaptations in words, in the order of the list."""
        return [str(each.label) for each in Adaptation if each.value in self.adaptations]


class ReturnStep(ScopedModel):
    """From a day on so much work: in percent of the usual work, and in hours a week if said."""

    plan = models.ForeignKey(ReturnPlan, on_delete=models.PROTECT, related_name="steps")
    begin = models.DateField(_("from"))
    degree = models.PositiveSmallIntegerField(_("work in percent"))
    hours = models.PositiveSmallIntegerField(_("hours a week"), null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = _("step of a return-to-work plan")
        verbose_name_plural = _("steps of return-to-work plans")
        ordering = ["begin"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "begin"], name="plan_step_begins_once"),
            models.CheckConstraint(condition=Q(degree__range=(0, 100)), name="plan_step_is_percent"),
            models.CheckConstraint(condition=Q(hours=None) | Q(hours__range=(1, 60)), name="plan_step_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.begin}: {self.degree} %"
