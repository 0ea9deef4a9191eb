"""What somebody keeps for himself: views of the worklist, and the address of his calendar."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Record


class WorklistView(Record):
    """A view of the worklist that somebody saved under a name: its filters, never what they find."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="worklist_views"
    )
    name = models.CharField(_("name"), max_length=40)
    filters = models.JSONField(default=dict)

    class Meta:
        ordering = ["created", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="worklist_view_name_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CalendarFeed(Record):
    """The secret address under which somebody's calendar fetches his deadlines.

    Only the SHA-256 of the secret is kept: the address is shown once, when it is made.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    last_used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)
