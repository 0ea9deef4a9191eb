"""What the insured person tells the insurer alone: the versions of his own part, and the releases he signed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class Release(ScopedModel):
    """A release from the duty of secrecy for one case, signed by the insured person in the portal.

    What was signed never changes (trigger); taking it back is a date beside it. Without a claim file it has not
    reached the insurer yet: it goes there with the insured person's own part.
    """

    class Informer(models.TextChoices):
        """Who may inform the insurer; a release names them, nobody else is released."""

        DOCTORS = "doctors", _("The doctors and therapists who treat me or treated me in this case")
        HOSPITALS = "hospitals", _("The hospitals and clinics in which I was treated in this case")
        PHARMACIES = "pharmacies", _("The pharmacies and suppliers of aids in this case")
        ACCIDENT = "accident", _("The accident insurer or the health insurer that pays for the treatment")
        DISABILITY = "disability", _("The disability insurance (IV)")
        PENSION = "pension", _("The pension fund")

    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    claim_file = models.ForeignKey(
        ClaimFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    informers = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64, help_text="of `text` as UTF-8")
    signed_at = models.DateTimeField(default=timezone.now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = _("release from secrecy")
        verbose_name_plural = _("releases from secrecy")
        indexes = [models.Index(fields=["claim_file", "signed_at"], name="release_of_claim")]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="release_hash_form"),
            models.CheckConstraint(condition=~Q(text=""), name="release_says_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("signed_at")),
                name="release_withdrawn_after_signing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def named(self) -> list[str]:
        """The released ones in words."""
        return [str(self.Informer(each).label) for each in self.informers]


class PrivateReport(ScopedModel):
    """A version of the insured person's own part as it was sent, frozen (trigger); the employer knows of none.

    `content` has the form of `Report`, each part for the audience “person”, and the `release` that goes with it.
    """

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    sha256 = models.CharField(max_length=64, help_text="of the canonical JSON of `content`")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("own part of the insured person")
        verbose_name_plural = _("own parts of insured persons")
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "version"], name="private_report_version_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="private_report_hash_form"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="private_report_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_file_id} v{self.version}"
