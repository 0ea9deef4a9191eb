"""The deadlines of claim files as they are kept, and what a contract rules otherwise."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims_files import deadlines
from claims_files.models.claim_file import ClaimFile
from permissions.scoped import ScopedModel


class Deadline(ScopedModel):
    """A deadline of a claim file, one for each rule: reckoned anew at every act (`claims_files.deadlines`).

    What only the insured person and the insurer may know does not exist for the employer: `audience` chooses the
    action that shows it. `told`: when its reminder went out. `done_by`: who said that it is done, if somebody had to.
    """

    Rule = deadlines.Rule
    Owner = deadlines.Owner
    Audience = deadlines.Audience

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="deadlines")
    # The scopes of the claim file: the policy asks for them of every row.
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey("companies.Site", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("companies.Contract", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        "companies.InsuredPerson", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rule = models.CharField(_("deadline"), max_length=12, choices=Rule)
    owner = models.CharField(max_length=8, choices=Owner)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PERSON)
    day = models.DateField(_("day"))
    lapses = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)
    remind_on = models.DateField(null=True, blank=True)
    told = models.DateTimeField(null=True, blank=True)
    done = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope_fields = {
        "company": "company_id",
        "site": "site_id",
        "contract": "contract_id",
        "claim_file": "claim_file_id",
        "person": "person_id",
    }

    class Meta(ScopedModel.Meta):
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["day", "id"]
        indexes = [
            models.Index(fields=["day", "id"], condition=Q(done=None), name="deadline_open"),
            models.Index(
                fields=["company", "day", "id"], condition=Q(done=None), name="deadline_open_company"
            ),
            models.Index(fields=["person", "day", "id"], condition=Q(done=None), name="deadline_open_person"),
            models.Index(fields=["remind_on"], condition=Q(done=None, told=None), name="deadline_to_tell"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["claim_file", "rule"], name="deadline_once_per_rule"),
            models.CheckConstraint(
                condition=Q(audience="person") | Q(rule__in=sorted(deadlines.FOR_ALL)),
                name="deadline_for_all_by_rule",
            ),
            models.CheckConstraint(
                condition=Q(remind_on=None) | Q(remind_on__lte=F("day")), name="deadline_reminded_before"
            ),
            models.CheckConstraint(
                condition=Q(done_by=None) | Q(done__isnull=False), name="deadline_done_has_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.day}"


class ContractRule(ScopedModel):
    """A number of days or months that a contract rules otherwise than everybody's parameter, from a day on.

    As with parameters, a new value is a new row, never a change of the old one.
    """

    contract = models.ForeignKey("companies.Contract", on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(_("deadline"), max_length=40, choices=list(deadlines.OF_CONTRACT.items()))
    valid_from = models.DateField(_("valid from"))
    number = models.PositiveSmallIntegerField(_("number"))
    source = models.CharField(_("source"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope_fields = {"company": "company_id", "contract": "contract_id"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("rule of a contract")
        verbose_name_plural = _("rules of contracts")
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "key", "valid_from"], name="contract_rule_once_per_day"
            ),
            models.CheckConstraint(
                condition=Q(key__in=sorted(deadlines.OF_CONTRACT)), name="contract_rule_known"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="contract_rule_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.valid_from})"
