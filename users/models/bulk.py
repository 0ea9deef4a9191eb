"""Lists of people to invite at once, between the file and the click that sends the invitations."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.models import Record

# What was brought is forgotten so much later, sent or not.
BULK_KEPT = timedelta(days=1)


def bulk_expiry() -> datetime:
    """When a list brought now is forgotten."""
    return timezone.now() + BULK_KEPT


class BulkInvitation(Record):
    """The rows of a file of people to invite, for the person who brought it alone; they are checked whenever he looks.

    The rows are encrypted (`users.bulk`): names and addresses of people whom nobody has invited yet.
    """

    class State(models.TextChoices):
        CHECKED = "checked", "checked"
        # A job is about to send what was chosen.
        SENDING = "sending", "sending"
        SENT = "sent", "sent"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sealed = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.CHECKED)
    # The rows chosen last were not as they had been looked at: nothing was sent.
    refused = models.BooleanField(default=False)
    expires = models.DateTimeField(default=bulk_expiry)

    class Meta:
        indexes = [models.Index(fields=["expires"], name="bulk_invitation_age")]

    def __str__(self) -> str:
        return str(self.pk)
