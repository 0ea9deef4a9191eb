"""Invitations and their mailed links."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record
from users.models.placed import PlacedModel


def new_token() -> str:
    """A token for a link in a mail: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_expiry() -> datetime:
    """The end of a link sent now."""
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


class Invitation(PlacedModel):
    """A grant promised to an e-mail address; accepted, it becomes an account with that grant."""

    class State(models.TextChoices):
        OPEN = "open", _("Invited")
        EXPIRED = "expired", _("Expired")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    email = models.EmailField(_("e-mail"))
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    preset = models.CharField(max_length=40)
    extra_actions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    withheld_actions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    until = models.DateField(null=True, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sent = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(default=invitation_expiry)
    accepted = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn = models.DateTimeField(null=True, blank=True)

    class Meta(PlacedModel.Meta):
        indexes = [models.Index(fields=["company", "-created"], name="invitation_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["email", "company", "site", "contract", "claim_file", "preset"],
                condition=models.Q(accepted=None, withdrawn=None),
                nulls_distinct=False,
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(site=None, contract=None)
                | models.Q(site=None, claim_file=None)
                | models.Q(contract=None, claim_file=None),
                name="invitation_one_scope",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def state(self) -> Invitation.State:
        """Where the invitation stands now."""
        if self.withdrawn:
            return self.State.WITHDRAWN
        if self.accepted:
            return self.State.ACCEPTED
        return self.State.EXPIRED if self.expires < timezone.now() else self.State.OPEN


class InvitationLink(Record):
    """One mailed link of an invitation; only the digest of its token is kept."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField(default=invitation_expiry)

    def __str__(self) -> str:
        return str(self.pk)
