"""Registrations of insured persons by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.models import Record


def confirmation_expiry() -> datetime:
    """The end of a confirmation link asked for now."""
    return timezone.now() + timedelta(hours=settings.CONFIRMATION_HOURS)


class Registration(Record):
    """What somebody typed to register, whoever he is.

    Number and date of birth are compared only after the e-mail address is confirmed, in a job, and are forgotten
    then: whether they are right shows in nothing but a letter to the address on record.
    """

    number = models.CharField(max_length=30, blank=True)
    birth_date = models.DateField(null=True)
    email = models.EmailField()
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="fr")
    # When terms and privacy notice were accepted.
    accepted = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64, null=True, unique=True)
    sent = models.DateTimeField(null=True)
    expires = models.DateTimeField(default=confirmation_expiry)
    confirmed = models.DateTimeField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="registrations"
    )

    class Meta:
        indexes = [models.Index(fields=["created"], name="registration_age")]

    def __str__(self) -> str:
        return str(self.pk)
