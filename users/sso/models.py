"""The connection of a company to its provider, its domains, and whom the provider has named so far."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record
from permissions.scoped import ScopedModel

# How long somebody may take at his provider.
ATTEMPT_LASTS = timedelta(minutes=10)


def attempt_expiry() -> datetime:
    """The end of an attempt that begins now."""
    return timezone.now() + ATTEMPT_LASTS


class SsoConnection(ScopedModel):
    """How the people of a company sign in through its provider; at most one for each company."""

    class Protocol(models.TextChoices):
        OIDC = "oidc", "OpenID Connect"
        SAML = "saml", "SAML 2.0"

    company = models.OneToOneField("companies.Company", on_delete=models.CASCADE, related_name="+")
    protocol = models.CharField(_("protocol"), max_length=4, choices=Protocol)
    # OpenID Connect: the issuer's address. SAML: the provider's entity id.
    issuer = models.CharField(_("issuer"), max_length=500)
    client_id = models.CharField(_("client ID"), max_length=200, blank=True)
    # Encrypted like the secrets of authenticator apps (`users.adapters.MFAAdapter`).
    secret = models.TextField(blank=True)
    # SAML: what the provider published about itself, as XML.
    metadata = models.TextField(_("metadata"), blank=True)
    trusts_factor = models.BooleanField(default=False)
    # The values of amr, acr or the authentication context that say so.
    factor_values = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    active = models.BooleanField(default=False)
    required = models.BooleanField(default=False)
    # When the present settings passed their test; None after each change of them.
    tested = models.DateTimeField(null=True)
    # When somebody last signed in through it with the present settings.
    used = models.DateTimeField(null=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(active=False) | models.Q(tested__isnull=False),
                name="sso_active_is_tested",
            ),
            models.CheckConstraint(
                condition=models.Q(required=False) | models.Q(active=True), name="sso_required_is_active"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SsoDomain(ScopedModel):
    """A domain of e-mail addresses that the insurer has confirmed to be this company's, and nobody else's."""

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    domain = models.CharField(_("domain"), max_length=190, unique=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(domain__regex=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"), name="sso_domain_form"
            )
        ]

    def __str__(self) -> str:
        return self.domain


class SsoIdentity(Record):
    """Who an account is at the provider: bound at the first sign-in, the same ever after."""

    connection = models.ForeignKey(SsoConnection, on_delete=models.CASCADE, related_name="identities")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=500)
    used = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "subject"], name="sso_subject_once"),
            models.UniqueConstraint(fields=["connection", "user"], name="sso_account_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SsoAttempt(Record):
    """One way to the provider and back; used once, by the browser that began it.

    Of what must not be guessed only the digest is kept: `state` of the parameter (OpenID Connect) or of the
    request's id (SAML), `ticket` of what leads from the posted SAML answer back into the browser's session.
    """

    connection = models.ForeignKey(SsoConnection, on_delete=models.CASCADE, related_name="attempts")
    state = models.CharField(max_length=64, unique=True)
    nonce = models.CharField(max_length=64, blank=True)
    # The proof key of the code (RFC 7636), encrypted.
    verifier = models.TextField(blank=True)
    next = models.CharField(max_length=500, blank=True)
    expires = models.DateTimeField(default=attempt_expiry)
    used = models.DateTimeField(null=True)
    ticket = models.CharField(max_length=64, null=True, unique=True)
    # What the provider has said, between the posted answer and the session.
    subject = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=254, blank=True)
    factor = models.BooleanField(default=False)
    # The digest of the assertion's id: none counts twice.
    assertion = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "assertion"], name="sso_assertion_once"),
        ]
        indexes = [models.Index(fields=["created"], name="sso_attempt_age")]

    def __str__(self) -> str:
        return str(self.pk)
