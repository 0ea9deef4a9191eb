"""What is kept for a moment only: input that arrived after the end of a session, the last mail to somebody who left."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models import Record


class KeptInput(Record):
    """A form that was sent when its session had ended, for the same person to find again; gone once it is shown.

    What was typed is encrypted (`users.kept_input`).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The address the form was sent to.
    action = models.CharField(max_length=500)
    sealed = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires"], name="kept_input_age")]

    def __str__(self) -> str:
        return str(self.pk)


class Farewell(Record):
    """Where the last mail goes: the account no longer knows its address. Gone with the mail."""

    class Way(models.TextChoices):
        WITHDRAWAL = "withdrawal", "withdrawal"
        INSURER = "insurer", "insurer"

    email = models.EmailField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    way = models.CharField(max_length=10, choices=Way)

    class Meta:
        indexes = [models.Index(fields=["created"], name="farewell_age")]

    def __str__(self) -> str:
        return str(self.pk)
