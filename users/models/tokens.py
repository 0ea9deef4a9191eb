"""API tokens: what a program shows instead of a session."""

from __future__ import annotations

import secrets
import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record

# Tells people and scanners of leaked secrets what it is.
PREFIX = "ep_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 238 random bits.
RANDOM_LENGTH, CHECK_LENGTH = 40, 6
# Of a token so much is kept in clear, to tell one from another in a list.
BEGINNING = len(PREFIX) + 4
LONGEST = timedelta(days=366)


def new_api_token() -> str:
    """A new token: the prefix, 40 random letters and digits, and 6 that check them."""
    random = "".join(secrets.choice(ALPHABET) for _letter in range(RANDOM_LENGTH))
    return f"{PREFIX}{random}{check_letters(random)}"


def check_letters(random: str) -> str:
    """The CRC-32 of a token's random part in base 62: tells a token from a mere look-alike without asking anybody."""
    value, letters = zlib.crc32(random.encode()), ""
    for _place in range(CHECK_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        letters = ALPHABET[digit] + letters
    return letters


def looks_like_api_token(text: str) -> bool:
    """Whether a text has the form of a token, its check letters included."""
    random, check = text[len(PREFIX) : -CHECK_LENGTH], text[-CHECK_LENGTH:]
    return (
        text.startswith(PREFIX)
        and len(random) == RANDOM_LENGTH
        and set(random) <= set(ALPHABET)
        and check_letters(random) == check
    )


class ApiToken(Record):
    """A credential for programs that act for a person: narrowed to chosen actions, and only for a time.

    Only the SHA-256 of the token is kept: it is shown once, when it is made.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=BEGINNING)
    actions = ArrayField(models.CharField(max_length=60))
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created"], name="api_token_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"], condition=models.Q(revoked=None), name="api_token_name_once"
            ),
            models.CheckConstraint(
                condition=models.Q(expires__gt=models.F("created"))
                & models.Q(expires__lte=models.F("created") + LONGEST),
                name="api_token_expires",
            ),
            models.CheckConstraint(condition=models.Q(actions__len__gt=0), name="api_token_has_actions"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> ApiToken.State:
        """Whether it opens anything now."""
        if self.revoked:
            return self.State.REVOKED
        return self.State.VALID if self.is_valid_at(timezone.now()) else self.State.EXPIRED

    def is_valid_at(self, moment: datetime) -> bool:
        """Neither revoked nor expired by then."""
        return self.revoked is None and self.expires > moment
