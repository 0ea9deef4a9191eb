"""What comes by letter: activation codes of companies, initial passwords, PUKs."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record
from permissions.scoped import ScopedModel

# Without letters and digits that look alike; 32 signs, five bits each.
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def new_code(groups: int = 4) -> str:
    """A code to be typed from paper: groups of four signs with hyphens, twenty random bits each."""
    return "-".join("".join(secrets.choice(SIGNS) for _sign in range(4)) for _group in range(groups))


def read_code(typed: str) -> str:
    """A code as people type it (small letters, blanks, O for 0) in its one form, without hyphens."""
    return "".join(typed.split()).replace("-", "").upper().translate(LOOKALIKES)


def new_puk() -> str:
    """A PUK: twelve random digits in groups of four (forty bits, behind a slow hash)."""
    digits = f"{secrets.randbelow(10**12):012d}"
    return f"{digits[:4]} {digits[4:8]} {digits[8:]}"


def activation_expiry() -> datetime:
    """The end of an activation code ordered now."""
    return timezone.now() + timedelta(days=settings.ACTIVATION_DAYS)


class Activation(ScopedModel):
    """A letter to the management of a company with the code that makes its first administrator.

    The code is made when the letter is printed; only its digest is kept (eighty random bits need no slow hash).
    """

    class State(models.TextChoices):
        OPEN = "open", _("On its way")
        EXPIRED = "expired", _("Expired")
        USED = "used", _("Used")
        WITHDRAWN = "withdrawn", _("Replaced")

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    expires = models.DateTimeField(default=activation_expiry)
    digest = models.CharField(max_length=64, null=True, unique=True)
    printed = models.DateTimeField(null=True)
    withdrawn = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)
    # When terms and privacy notice were accepted, and the invitation that followed.
    accepted = models.DateTimeField(null=True)
    invitation = models.ForeignKey("users.Invitation", on_delete=models.SET_NULL, null=True, related_name="+")

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["company", "-created"], name="activation_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(used=None, withdrawn=None),
                name="activation_open_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> Activation.State:
        """Where the letter stands now."""
        if self.used:
            return self.State.USED
        if self.withdrawn:
            return self.State.WITHDRAWN
        return self.State.EXPIRED if self.expires < timezone.now() else self.State.OPEN


class PersonalLetter(Record):
    """A letter to one person: with initial password and PUK, or with a new PUK alone."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("Initial password and PUK")
        PUK = "puk", _("PUK")

    kind = models.CharField(max_length=6, choices=Kind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters")
    # Whose access it opens; None for a PUK of somebody who is not insured.
    person = models.ForeignKey(
        "companies.InsuredPerson", on_delete=models.CASCADE, null=True, related_name="+"
    )
    printed = models.DateTimeField(null=True)
    # Since when it waits for a whole address, and the company whose contract manager is told.
    waiting = models.DateTimeField(null=True)
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created"], name="letter_user"),
            models.Index(fields=["company"], condition=~models.Q(waiting=None), name="letter_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Puk(Record):
    """The PUK of an account, as slow hash; a new letter replaces it, one use ends it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    hash = models.CharField(max_length=200)
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)
