"""Requests for access."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel


class AccessRequest(ScopedModel):
    """Somebody asks for a right that he does not have; an administrator answers with one click."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Taken back")
        # The person received it without an answer to this request.
        GIVEN = "given", _("Given otherwise")
        # Nobody answered in time, or the person no longer belongs to the company.
        LAPSED = "lapsed", _("Lapsed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_requests"
    )
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=60)
    # For a single claim file: the number as somebody was told it. Nothing says whether there is one.
    claim_number = models.CharField(_("claim number"), max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # When it ended, in whatever way.
    answered = models.DateTimeField(null=True, blank=True)
    # Why it was declined: read by the person alone, in the portal.
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["user", "company", "action", "claim_number"],
                condition=models.Q(state="open"),
                name="access_asked_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
