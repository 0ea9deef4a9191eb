"""The base of every record: a key that says nothing, and the time it was made."""

import uuid

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

    class Meta:
        indexes = [models.Index(fields=["-created"], name="outbox_newest")]

    def __str__(self) -> str:
        return self.subject
