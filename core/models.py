"""The base of every record: a key that says nothing, and the time it was made."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Record(models.Model):
    """A row addressed from outside by a random UUID: addresses can be neither guessed nor counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class OutboxMessage(Record):
    """A mail, text message or letter as it left the portal; kept in the demo only, to be read there."""

    class Kind(models.TextChoices):
        MAIL = "mail", "mail"
        SMS = "sms", "SMS"
        LETTER = "letter", "letter"

    kind = models.CharField(max_length=6, choices=Kind, default=Kind.MAIL)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    # The paper of a letter.
    pdf = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created"], name="outbox_newest")]

    def __str__(self) -> str:
        return self.subject


class DatedParameter(Record):
    """An amount, cap, deadline or rounding rule of the law or the house, valid from a day on.

    A new value is a new row, never a change of the old one: what was computed stays explainable.
    Read through `core.parameters.value_on`.
    """

    key = models.CharField(max_length=80)
    valid_from = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    value = models.JSONField(null=True, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="parameter_once_per_day"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=False, value__isnull=True)
                | models.Q(amount__isnull=True, value__isnull=False),
                name="parameter_is_amount_or_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.valid_from})"


class NumberRange(models.Model):
    """The last number given out in a series and year; see `core.numbers`."""

    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="one_range_per_series_and_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"


class IdempotentAnswer(models.Model):
    """The answer once given to somebody's `Idempotency-Key`, or to nobody's; see `core.idempotency`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=255)
    created = models.DateTimeField(default=timezone.now, editable=False)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], nulls_distinct=False, name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key
