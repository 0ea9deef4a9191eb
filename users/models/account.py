"""What a person chooses about his own account: a new e-mail address, consents, the way of delivery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record


def email_change_expiry() -> datetime:
    """The end of a confirmation asked for now."""
    return timezone.now() + timedelta(hours=settings.EMAIL_CHANGE_HOURS)


class EmailChange(Record):
    """A new e-mail address asked for: confirmed by a link mailed to it, denied by one mailed to the former."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    former = models.EmailField()
    expires = models.DateTimeField(default=email_change_expiry)
    confirmed = models.DateTimeField(null=True, blank=True)
    # Cancelled by the person, replaced by another one, or ended together with all mailed links.
    ended = models.DateTimeField(null=True, blank=True)
    denied = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(confirmed=None, ended=None),
                name="email_change_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        """Whether it can still be confirmed."""
        return self.confirmed is None and self.ended is None and self.expires > timezone.now()


class EmailChangeLink(Record):
    """One mailed link of a change of address; only the digest of its token is kept."""

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", "confirm"
        DENY = "deny", "deny"

    change = models.ForeignKey(EmailChange, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=7, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class PersonalChoice(Record):
    """What a person consented to, or how he wants his papers, from this moment on.

    A new choice is a new row, never a change of the old one; without any, the first value holds.
    """

    class Subject(models.TextChoices):
        NEWS_BY_EMAIL = "news_by_email", _("Product information by e-mail")
        NEWS_BY_PHONE = "news_by_phone", _("Product information by phone")
        DELIVERY = "delivery", _("Delivery of documents")

    # By subject, the default first.
    VALUES: ClassVar[dict[str, tuple[str, ...]]] = {
        "news_by_email": ("no", "yes"),
        "news_by_phone": ("no", "yes"),
        "delivery": ("digital", "post"),
    }

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=20, choices=Subject)
    value = models.CharField(max_length=10)

    class Meta:
        indexes = [models.Index(fields=["user", "subject", "-created"], name="choice_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject__in=["news_by_email", "news_by_phone"], value__in=["no", "yes"])
                | models.Q(subject="delivery", value__in=["digital", "post"]),
                name="choice_value_fits",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
