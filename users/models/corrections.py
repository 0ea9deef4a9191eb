"""Requests to correct what only the insurer can correct: legal identity data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel


class CorrectionRequest(ScopedModel):
    """Somebody says what should be corrected about him; the contract manager corrects it and answers."""

    class Subject(models.TextChoices):
        NAME = "name", _("Name")
        ADDRESS = "address", _("Address")
        BIRTH_DATE = "birth_date", _("Date of birth")
        AHV_NUMBER = "ahv_number", _("AHV number")
        FUNCTION = "function", _("Function")
        DELETION = "deletion", _("Deletion of the account")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ANSWERED = "answered", _("Answered")
        # Its text was removed together with the account.
        CLOSED = "closed", _("Closed")

    number = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(_("what is wrong"), max_length=12, choices=Subject)
    wanted = models.CharField(_("what it should be"), max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered = models.DateTimeField(null=True, blank=True)

    scope_fields = {"company": "company_id"}

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["company", "-created", "-id"], name="correction_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject"], condition=Q(state="open"), name="correction_asked_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered__isnull=False), name="correction_answer_dated"
            ),
        ]

    def __str__(self) -> str:
        return self.number
