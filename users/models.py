"""People: accounts, invitations, requests for access."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record
from core.text import fold
from permissions.scoped import ScopedModel


class UserManager(BaseUserManager):
    """Makes accounts; allauth looks people up through it."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account with an identifier number of its own."""
        user = self.model(email=email.strip().lower(), **fields)
        user.identifier = user.identifier or new_identifier()
        user.sort_key = fold(f"{user.last_name} {user.first_name}")
        user.set_password(password)
        user.save(using=self._db)
        return user


def new_identifier() -> str:
    """A free identifier number: the insurer's prefix, 7 random digits and their Luhn check digit."""
    while True:
        digits = f"{secrets.randbelow(10_000_000):07d}"
        identifier = f"{settings.IDENTIFIER_PREFIX}{digits}{luhn_digit(digits)}"
        if not User.objects.filter(identifier=identifier).exists():
            return identifier


def luhn_digit(digits: str) -> int:
    """The check digit of ISO/IEC 7812-1 for a string of digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


class User(AbstractBaseUser, Record):
    """Somebody who signs in. What he may do stands in the policy alone."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), unique=True)
    identifier = models.CharField(_("user name"), max_length=20, unique=True)
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    sort_key = models.CharField(max_length=140, editable=False, default="")
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    function = models.CharField(_("function"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name

    # Django would answer every question with yes for a superuser before asking any backend.
    is_superuser = False
    is_staff = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        """First letters of the names."""
        return f"{self.first_name[:1]}{self.last_name[:1]}".upper()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.first_name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the policy (through the authentication backend): `user.has_perm("claim.view", claim_file)`."""
        from permissions.backend import PolicyBackend

        return PolicyBackend().has_perm(self, perm, obj)

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)


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


class AccessRequest(ScopedModel):
    """Somebody asks for a right that he does not have; an administrator answers with one click."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_requests"
    )
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered = models.DateTimeField(null=True, blank=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["user", "company", "action"],
                condition=models.Q(state="open"),
                name="access_asked_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
