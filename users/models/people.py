"""Accounts."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import Record
from core.text import fold


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


def read_identifier(typed: str) -> str:
    """An identifier number as people write it (`ep 1234 5678`) in its one form; empty if it is none."""
    bare = "".join(typed.split()).replace("-", "").replace(".", "").upper()
    prefix = settings.IDENTIFIER_PREFIX.upper()
    digits = bare.removeprefix(prefix)
    if not bare.startswith(prefix) or len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return ""
    return f"{settings.IDENTIFIER_PREFIX}{digits}" if luhn_digit(digits[:-1]) == int(digits[-1]) else ""


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

    class News(models.TextChoices):
        CLAIMS = "claims", _("Claims and reports")
        DOCUMENTS = "documents", _("New documents")
        INVOICES = "invoices", _("Premium invoices")
        ACCESS = "access", _("Access and requests")

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
    # When everything personal was removed; the row stays for the records that name it.
    erased = models.DateTimeField(null=True, blank=True, editable=False)
    # Kinds of news that he reads in the portal only, without a mail.
    unmailed = ArrayField(models.CharField(max_length=10, choices=News), default=list, blank=True)
    # Set as long as the password is the one of the letter: until when it opens anything.
    initial_password_until = models.DateTimeField(null=True, blank=True)
    # Wrong passwords and codes since the first of them within a day; enough of them lock the account.
    failures = models.PositiveSmallIntegerField(default=0)
    failures_since = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(erased=None) | models.Q(is_active=False), name="user_erased_is_closed"
            )
        ]

    def __str__(self) -> str:
        return self.name

    # Django would answer every question with yes for a superuser before asking any backend.
    is_superuser = False
    is_staff = False

    @property
    def name(self) -> str:
        """First and last name; words for somebody whose account was deleted."""
        if self.erased:
            return gettext("Former user")
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
