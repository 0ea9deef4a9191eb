"""The ledger: one row says that a person holds a preset on one scope, or stands in for somebody who does.

The tables are guardian's direct-foreign-key permission tables: the scope is a real foreign key, so a
vanished scope takes its grants along and no orphan can come alive again. `permission` is the preset;
`extra_actions` and `withheld_actions` are the deviations from it.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from core.models import Record
from permissions.scoped import ScopedModel


class Grant(UserObjectPermissionBase):
    """One person, one preset, one scope, until a date or until revoked."""

    SCOPE: str
    # The foreign key to the scope; each table declares its own.
    content_object: Any
    content_object_id: Any

    # The row's name towards the outside; the key says how many there are.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    extra_actions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    withheld_actions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    until = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    granted = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True

    @property
    def preset(self) -> str:
        """The preset's name, for instance `hr`."""
        return self.permission.codename


class CompanyGrant(Grant):
    """A grant on a whole company: its sites, contracts, people and cases."""

    SCOPE = "company"
    content_object = models.ForeignKey("companies.Company", on_delete=models.CASCADE)


class SiteGrant(Grant):
    """A grant on one site of a company."""

    SCOPE = "site"
    content_object = models.ForeignKey("companies.Site", on_delete=models.CASCADE)


class ContractGrant(Grant):
    """A grant on one contract."""

    SCOPE = "contract"
    content_object = models.ForeignKey("companies.Contract", on_delete=models.CASCADE)


class ClaimFileGrant(Grant):
    """A grant on a single claim file."""

    SCOPE = "claim_file"
    content_object = models.ForeignKey("claims_files.ClaimFile", on_delete=models.CASCADE)


class StaffRole(Record):
    """A role at the insurer: a staff preset over the own portfolio, or over all companies."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_role")
    preset = models.CharField(max_length=40)
    all_companies = models.BooleanField(default=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    preset__in=["contract_manager", "core_system", "health_manager", "superuser"]
                ),
                name="staff_role_preset_known",
            )
        ]

    def __str__(self) -> str:
        return self.preset


class Deputy(ScopedModel):
    """Somebody stands in for somebody else, from a day to a day, both included.

    At a company he reaches what the other one's grants there give; at the insurer (no company) what the other one's
    role gives, if he has the same. The rows are read through, never copied: what the other one loses, he loses.
    In force between its days, once confirmed and until ended.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for confirmation")
        PLANNED = "planned", _("Planned")
        IN_FORCE = "in_force", _("In force")
        OVER = "over", _("Over")

    principal = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, null=True, related_name="+")
    begin = models.DateField()
    until = models.DateField()
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    confirmed = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["deputy", "until"], name="deputy_of"),
            models.Index(fields=["principal", "until"], name="deputy_for"),
            models.Index(fields=["company", "-created"], name="deputy_company"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("deputy")), name="deputy_is_somebody_else"
            ),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("begin")), name="deputy_ends_after_begin"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("deputy")),
                name="deputy_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> Deputy.State:
        """Where it stands today."""
        today = timezone.localdate()
        if self.ended or self.until < today:
            return self.State.OVER
        if self.confirmed is None:
            return self.State.WAITING
        return self.State.PLANNED if self.begin > today else self.State.IN_FORCE
