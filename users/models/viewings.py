"""Views of the portal as somebody else sees it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel

LIFE = timedelta(minutes=15)
NOTE_LENGTH = 300


def viewing_end() -> datetime:
    """When a view that begins now ends at the latest; it is never prolonged."""
    return timezone.now() + LIFE


class Viewing(ScopedModel):
    """Somebody looks at the portal as another person sees it, at one company: read only, for a reason, a short time.

    Kept for the person looked as and for whoever sees who has access there. The text of the reason stands here alone.
    """

    class Reason(models.TextChoices):
        QUESTION = "question", _("The person asked for help")
        RIGHTS = "rights", _("To check what the person’s rights show")
        FAULT = "fault", _("To follow up a fault that was reported")
        OTHER = "other", _("Another reason")

    # It goes with the account of the one it is about; who looked is owed to him as long.
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    viewed = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("what it is about"), max_length=NOTE_LENGTH, blank=True)
    ends = models.DateTimeField(default=viewing_end)
    ended = models.DateTimeField(null=True, blank=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="viewing_company"),
            models.Index(fields=["viewed", "-created"], name="viewing_viewed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["viewer"], condition=Q(ended=None), name="viewing_one_at_a_time"),
            models.CheckConstraint(condition=~Q(viewer=F("viewed")), name="viewing_of_another"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def minutes_left(self) -> int:
        """Whole minutes until the end, the begun one counted."""
        return max(0, -(-int((self.ends - timezone.now()).total_seconds()) // 60))

    @property
    def until(self) -> Any:
        """When it ended, or will at the latest."""
        return self.ended or self.ends
