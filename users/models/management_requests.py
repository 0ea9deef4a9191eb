"""User management that waits for a second person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from users.models.placed import PlacedModel


class ManagementRequest(PlacedModel):
    """Somebody asks that another one may manage users: it comes into force once a second person has confirmed it.

    For the holder of a ledger row (`user`, and `grant`, the row's outside name), or for somebody who was invited.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for confirmation")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        # Taken back by whoever asked, replaced by a newer one, or gone with the access that it was to widen.
        WITHDRAWN = "withdrawn", _("Withdrawn")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    grant = models.UUIDField(null=True)
    invitation = models.ForeignKey("users.Invitation", on_delete=models.CASCADE, null=True, related_name="+")
    # Where somebody who manages users already is to do so for longer: the new end, empty for none.
    prolongs = models.BooleanField(default=False)
    until = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    answered = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        indexes = [models.Index(fields=["company", "-created"], name="management_request_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["grant"], condition=Q(state="open"), name="management_asked_once_of_grant"
            ),
            models.UniqueConstraint(
                fields=["invitation"], condition=Q(state="open"), name="management_asked_once_of_invitation"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, grant__isnull=False, invitation=None)
                | Q(user=None, grant=None, invitation__isnull=False),
                name="management_request_of_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (
                    (Q(asked_by=None) | ~Q(answered_by=F("asked_by")))
                    & (Q(user=None) | ~Q(answered_by=F("user")))
                ),
                name="management_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def name(self) -> str:
        """The name of whoever is to manage users."""
        holder = self.user or self.invitation
        return holder.name if holder is not None else ""
