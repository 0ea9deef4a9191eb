"""The dictionary of plain words: what codes on bills, statements and decisions mean."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Record


class Term(Record):
    """A code in plain words, from a day on. General knowledge of the insurer's: it says nothing of anybody.

    The one with the latest `valid_from` not after a day holds on that day.
    """

    class Kind(models.TextChoices):
        TARIFF = "tariff", _("Tariff")
        REASON = "reason", _("Reason")
        DECISION = "decision", _("Decision")

    kind = models.CharField(_("kind of code"), max_length=10, choices=Kind)
    code = models.CharField(_("code"), max_length=30)
    valid_from = models.DateField(_("valid from"))
    text_de = models.CharField(_("text in German"), max_length=400)
    text_fr = models.CharField(_("text in French"), max_length=400)
    text_it = models.CharField(_("text in Italian"), max_length=400)
    text_en = models.CharField(_("text in English"), max_length=400)

    class Meta:
        verbose_name = _("code in plain words")
        verbose_name_plural = _("codes in plain words")
        ordering = ["kind", "code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "valid_from"], name="term_once_per_day"),
            models.CheckConstraint(
                condition=Q(code__regex="^[A-Z0-9][A-Z0-9.\\-]{0,29}$"), name="term_code_form"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} ({self.valid_from})"
