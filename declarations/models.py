"""Claim reports: drafts of what a customer reports, and their state once sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile
from declarations.private.models import PrivatePart
from permissions.scoped import ScopedModel

__all__ = ["Declaration", "PrivatePart"]


class Declaration(ScopedModel):
    """A report of one case. The answers stand in `parts`: `{part: {field: value}}`, as far as given.

    `privacy` is the lock that chooses which action opens the row (`permissions.vocabulary.LOCKS`).
    """

    Kind = ClaimFile.Kind

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("Sent")

    class Privacy(models.TextChoices):
        PRIVATE = "private", _("private draft")
        EMPLOYER = "employer", _("draft of the company")
        SENT = "sent", _("sent")

    class Side(models.TextChoices):
        EMPLOYER = "employer", _("the company")
        EMPLOYEE = "employee", _("the insured person")

    number = models.CharField(_("report number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.DRAFT)
    privacy = models.CharField(max_length=10, choices=Privacy)
    side = models.CharField(_("reported by"), max_length=10, choices=Side)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("companies.Site", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        "companies.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    folder = models.OneToOneField("documents.Folder", on_delete=models.PROTECT, related_name="+")
    claim_file = models.OneToOneField(
        "claims_files.ClaimFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    parts = models.JSONField(default=dict, blank=True)
    # Answers to questions that another kind put, by field: they come back with it, and are never sent.
    set_aside = models.JSONField(default=dict, blank=True)
    # Who last saved a part, and at which version: `{part: {"version", "by", "at"}}`.
    saves = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    # One question a page, or a part on one page.
    guided = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("begun by")
    )
    saved = models.DateTimeField(default=timezone.now)
    # The insured person began it and let the company go on: what he answered for the insurer stands in his own part.
    handed_over = models.DateTimeField(null=True, blank=True)
    # What it reported then: of the sealed questions the company is asked those alone that he was not asked.
    handed_kind = models.CharField(max_length=20, choices=Kind, blank=True)
    sent = models.DateTimeField(_("sent"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    content_sha256 = models.CharField(max_length=64, blank=True)

    scope_fields = {
        "company": "company_id",
        "site": "site_id",
        "contract": "contract_id",
        "claim_file": "claim_file_id",
        "person": "person_id",
    }

    class Meta(ScopedModel.Meta):
        verbose_name = _("claim report")
        verbose_name_plural = _("claim reports")
        indexes = [
            models.Index(fields=["company", "-created", "-id"], name="declaration_newest_company"),
            models.Index(fields=["site", "-created", "-id"], name="declaration_newest_site"),
            models.Index(fields=["contract", "-created", "-id"], name="declaration_newest_contract"),
            models.Index(fields=["person", "-created", "-id"], name="declaration_newest_person"),
            models.Index(fields=["-created", "-id"], name="declaration_newest"),
            # Few of the reports are drafts: their lists must not walk through all that were sent.
            *(
                models.Index(
                    fields=[scope, "-created", "-id"],
                    name=f"draft_newest_{scope}",
                    condition=Q(state="draft"),
                )
                for scope in ("company", "site", "person")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="draft", claim_file=None, sent=None, sent_by=None, content_sha256=""))
                | (
                    Q(state="sent", content_sha256__regex=r"^[0-9a-f]{64}$", set_aside={})
                    & Q(claim_file__isnull=False, contract__isnull=False)
                    & Q(sent__isnull=False, sent_by__isnull=False)
                ),
                name="declaration_sent_has_claim_file",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", privacy="sent")
                | Q(state="draft", side="employee", privacy="private")
                | Q(state="draft", side="employer", privacy="employer"),
                name="declaration_privacy_matches_state",
            ),
            models.CheckConstraint(
                condition=Q(handed_over=None) | Q(side="employer"), name="declaration_handed_over_is_companys"
            ),
            models.CheckConstraint(
                condition=Q(handed_over=None, handed_kind="")
                | Q(handed_over__isnull=False, handed_kind__in=ClaimFile.Kind.values),
                name="declaration_handed_over_as_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ClaimFile.Kind.values), name="declaration_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def sealed(self) -> bool:
        """Whether it does not exist for the employer: in the audit trail its lines then stand on the person alone."""
        return self.privacy == self.Privacy.PRIVATE

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.state == self.State.DRAFT
