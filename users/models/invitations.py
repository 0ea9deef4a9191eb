"""Invitations and their mailed links."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record
from permissions.scoped import ScopedModel


def new_token() -> str:
    """A token for a link in a mail: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_expiry() -> datetime:
    """The end of a link sent now."""
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


class Invitation(ScopedModel):
    """A grant promised to an e-mail address; accepted, it becomes an account with that grant.

    Of `site`, `contract` and `claim_file` at most one is set: it narrows the scope from the company to that.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Invited")
        EXPIRED = "expired", _("Expired")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    email = models.EmailField(_("e-mail"))
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey("companies.Site", on_delete=models.CASCADE, null=True, related_name="+")
    contract = models.ForeignKey("companies.Contract", on_delete=models.CASCADE, null=True, related_name="+")
    claim_file = models.ForeignKey(
        "claims_files.ClaimFile", on_delete=models.CASCADE, null=True, related_name="+"
    )
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

    scope_fields = {
        "company": "company_id",
        "site": "site_id",
        "contract": "contract_id",
        "claim_file": "claim_file_id",
    }

    class Meta(ScopedModel.Meta):
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
    def scope(self) -> Any:
        """What the promised grant stands on."""
        return self.claim_file or self.contract or self.site or self.company

    @property
    def scope_kind(self) -> str:
        """The kind of the scope, as in the ledger."""
        kinds = ("claim_file", "contract", "site")
        return next((kind for kind in kinds if getattr(self, f"{kind}_id")), "company")

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
