"""Second factors besides authenticator app and passkey, and what proves them: codes, fresh proofs, trusted browsers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Record


class FactorKind(models.TextChoices):
    """The types of second factors, the stronger ones first; allauth keeps the first two and the recovery codes."""

    TOTP = "totp", _("Authenticator app")
    PASSKEY = "webauthn", _("Passkey or security key")
    SMS = "sms", _("SMS code")
    EMAIL = "email", _("E-mail code")
    RECOVERY = "recovery_codes", _("Recovery code")


class CodeFactor(Record):
    """Somebody receives codes at this number or address: confirmed by a code before the row is written."""

    class Kind(models.TextChoices):
        SMS = FactorKind.SMS.value, FactorKind.SMS.label
        EMAIL = FactorKind.EMAIL.value, FactorKind.EMAIL.label

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="code_factors")
    kind = models.CharField(max_length=5, choices=Kind)
    # E.164, or the e-mail address.
    to = models.CharField(max_length=254)
    last_used = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="code_factor_one_of_a_kind")]

    def __str__(self) -> str:
        return str(self.pk)


class SecurityCode(Record):
    """A code under way by SMS or e-mail: good once, for one purpose, in the session that asked for it.

    The code is made when it is sent; only its digest is kept.
    """

    MAX_ATTEMPTS = 5

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", "sign-in"
        PROOF = "proof", "fresh proof"
        SET_UP = "set_up", "set-up"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=CodeFactor.Kind)
    purpose = models.CharField(max_length=7, choices=Purpose)
    to = models.CharField(max_length=254)
    digest = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires"], name="security_code_age")]
        constraints = [
            models.CheckConstraint(condition=models.Q(attempts__lte=5), name="security_code_attempts_capped")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class FreshProof(Record):
    """A code (or the password) was given a moment ago for one act; the row goes when the act is done."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    act = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["created"], name="fresh_proof_age")]

    def __str__(self) -> str:
        return str(self.pk)


class TrustedBrowser(Record):
    """A browser in which no code is asked for at sign-in, for the days the insurer allows.

    Only the digest of its cookie is kept. `fingerprint` is of the password and the factors at that time: with any of
    them changed, the row is worth nothing.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_browsers"
    )
    digest = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=200, blank=True)
    last_used = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires"], name="trusted_browser_age")]

    def __str__(self) -> str:
        return str(self.pk)
