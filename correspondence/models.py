"""Notifications: that something happened, never what.

A row holds an event's name and the key of its thing. The words are made while somebody reads, from what he
may see at that moment (`correspondence.notices`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Record


class Notification(Record):
    """Somebody is told of an event."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    event = models.CharField(max_length=80)
    target_type = models.CharField(max_length=60, blank=True)
    target = models.UUIDField(null=True, blank=True)
    company = models.UUIDField(null=True, blank=True)
    read = models.DateTimeField(_("read"), null=True, blank=True)
    # Whether the mail “something new” that covers it has left.
    mailed = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["user", "-created", "-id"], name="notification_newest"),
            models.Index(fields=["user"], condition=Q(read=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.event
