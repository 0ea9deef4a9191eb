"""Tokens of companies' directories, and the accounts as these know them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel


class ScimToken(ScopedModel):
    """A bearer token of a company's directory; only its digest is kept.

    It acts for the one who made it, within what that person may grant, and dies with that right.
    """

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["company", "-created"], name="scim_token_company")]

    def __str__(self) -> str:
        return self.name

    @property
    def open(self) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked is None and self.expires > timezone.now()


class ProvisionedUser(ScopedModel):
    """One of a company's people as its directory knows him: the `User` of the protocol.

    It says nothing about what the account holds elsewhere. `closed_account`: closing it here has closed the
    account, so opening it here opens it again. `deleted`: gone for the directory; the row keeps it from
    coming back by itself.
    """

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=200, null=True)
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    active = models.BooleanField(default=True)
    made_account = models.BooleanField(default=False)
    closed_account = models.BooleanField(default=False)
    modified = models.DateTimeField(default=timezone.now)
    deleted = models.DateTimeField(null=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="scim_user_once"),
            models.UniqueConstraint(
                fields=["company", "external_id"],
                condition=models.Q(deleted=None),
                name="scim_external_id_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
