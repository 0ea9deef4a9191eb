"""Access reviews: at regular times somebody looks at every right at a company, and confirms or drops it."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.ledger import Grant
from permissions.scoped import ScopedModel
from users.models.placed import PlacedModel

ONE = 1
# The heading of rights on single claim files, whatever role opens them.
SINGLE_FILES = "claim_file"


def usual_reminders() -> list[int]:
    """Two weeks and three days before the end."""
    return [14, 3]


class ReviewSettings(models.Model):
    """How often access is reviewed, and when it is reminded: one row, or the portal's own values."""

    class Months(models.IntegerChoices):
        MONTH = 1, _("every month")
        QUARTER = 3, _("every quarter")
        HALF = 6, _("every half year")
        YEAR = 12, _("every year")

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONE, editable=False)
    months = models.PositiveSmallIntegerField(
        _("Access is reviewed"),
        choices=Months,
        default=Months.QUARTER,
        help_text=_("A change counts from the next review on."),
    )
    days = models.PositiveSmallIntegerField(
        _("Days to decide"),
        default=30,
        validators=[MinValueValidator(7), MaxValueValidator(90)],
        help_text=_("From 7 to 90. A review that takes longer is overdue: the contract manager is told."),
    )
    reminders = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(60)]),
        verbose_name=_("Reminders"),
        default=usual_reminders,
        blank=True,
        help_text=_(
            "So many days before the end, by comma: 14, 3. On the last day and once overdue it is always reminded."
        ),
    )
    overdue_every = models.PositiveSmallIntegerField(
        _("Days between reminders once overdue"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )

    class Meta:
        verbose_name = _("settings of access reviews")
        verbose_name_plural = _("settings of access reviews")
        constraints = [models.CheckConstraint(condition=Q(id=ONE), name="review_settings_once")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def clean(self) -> None:
        """Reviews do not overlap, and reminders fall into them."""
        if self.months == self.Months.MONTH and self.days and self.days > 28:
            raise ValidationError({"days": _("With a review every month, 28 days at most.")})
        if self.days and any(day >= self.days for day in self.reminders or []):
            raise ValidationError({"reminders": _("Reminders fall into the days to decide.")})


class AccessReview(ScopedModel):
    """The review of all rights at one company, of one period."""

    class State(models.TextChoices):
        OPEN = "open", _("Under way")
        OVERDUE = "overdue", _("Overdue")
        # Everything is decided; the report is being made and signed.
        ENDED = "ended", _("Report follows")
        COMPLETED = "completed", _("Completed")
        UNFINISHED = "unfinished", _("Ended unfinished")

    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    begin = models.DateField()
    end = models.DateField()
    due = models.DateField()
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # Ended by the next one, before everything was decided.
    unfinished = models.BooleanField(default=False)
    reminded = models.DateField(null=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="review_company"),
            models.Index(fields=["due"], condition=Q(ended=None), name="review_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "begin"], name="review_once_a_period"),
            models.UniqueConstraint(fields=["company"], condition=Q(ended=None), name="review_open_once"),
            models.CheckConstraint(condition=Q(begin__lt=F("end")), name="review_period"),
            models.CheckConstraint(
                condition=Q(unfinished=False) | Q(ended__isnull=False), name="review_unfinished_ended"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> AccessReview.State:
        """Where the review stands now; `report` is to be loaded."""
        if self.ended is None:
            return self.State.OVERDUE if self.due < timezone.localdate() else self.State.OPEN
        if not hasattr(self, "report"):
            return self.State.ENDED
        return self.State.UNFINISHED if self.unfinished else self.State.COMPLETED


class ReviewReport(models.Model):
    """The signed report of a review that has ended, as it was made: every later copy is this one."""

    review = models.OneToOneField(
        AccessReview, on_delete=models.PROTECT, primary_key=True, related_name="report"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    certificate_sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.pk)


class ReviewedRight(PlacedModel):
    """One right in a review, as it was when somebody decided on it; until then as the ledger has it.

    `grant` is the outside name of its ledger row. `for_insurer`: nobody at the company can decide on it.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("To decide")
        CONFIRMED = "confirmed", _("Confirmed")
        DROPPED = "dropped", _("Removed")
        # Taken away otherwise, or over, before anybody decided on it here.
        GONE = "gone", _("Ended meanwhile")

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="rights")
    # A company with reviews is not deleted.
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    # Whose claim file it is: nobody decides on who sees his own case.
    person = models.ForeignKey(
        "companies.InsuredPerson", on_delete=models.CASCADE, null=True, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    grant = models.UUIDField()
    preset = models.CharField(max_length=40)
    extra_actions = ArrayField(models.CharField(max_length=60), default=list)
    withheld_actions = ArrayField(models.CharField(max_length=60), default=list)
    until = models.DateField(null=True)
    granted = models.DateTimeField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    for_insurer = models.BooleanField(default=False)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    scope_fields = {**PlacedModel.scope_fields, "person": "person_id"}

    class Meta(PlacedModel.Meta):
        indexes = [models.Index(fields=["review", "decision"], name="reviewed_decision")]
        constraints = [
            models.UniqueConstraint(fields=["review", "grant"], name="reviewed_once"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="reviewed_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(decision="open", decided=None) | (~Q(decision="open") & Q(decided__isnull=False)),
                name="reviewed_dated",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def heading(self) -> str:
        """Under what it stands in a review: its role, or all rights on single claim files, which make nobody HR."""
        return SINGLE_FILES if self.claim_file_id else self.preset

    @staticmethod
    def under(heading: str) -> Q:
        """The condition of the rights under one heading."""
        return Q(claim_file__isnull=False) if heading == SINGLE_FILES else Q(claim_file=None, preset=heading)

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to decide."""
        return self.decision == self.Decision.OPEN

    @property
    def version(self) -> str:
        """What the right amounts to, in a word: who decides says which one he saw."""
        words = [
            self.preset,
            *sorted(self.extra_actions),
            "-",
            *sorted(self.withheld_actions),
            str(self.until),
        ]
        return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]

    def take(self, row: Grant) -> None:
        """Write down what the ledger row amounts to now."""
        self.preset, self.until = row.preset, row.until
        self.extra_actions, self.withheld_actions = list(row.extra_actions), list(row.withheld_actions)
        self.granted, self.granted_by_id = row.granted, row.granted_by_id
