"""What the insurer asks for again and again, in words that it has thought about once."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from claims_files.models.papers import REQUESTABLE, PaperRequest, in_readers_language
from core.models import Record
from documents.models import ALWAYS_MEDICAL
from documents.models import Kind as PaperKind

LANGUAGES = ("de", "fr", "it", "en")


class RequestTemplate(Record):
    """A request for a paper, ready to send: kind, addressee, days until it is due, title and text in four languages.

    Part of the configuration, kept by the insurer. Of what was asked with it the request keeps its own copy.
    """

    Addressee = PaperRequest.Addressee

    kind = models.CharField(_("type of document"), max_length=20, choices=PaperKind)
    addressee = models.CharField(_("whom is it asked of?"), max_length=10, choices=Addressee)
    days = models.PositiveSmallIntegerField(
        _("days until due"), validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    title_de = models.CharField(_("title in German"), max_length=80)
    text_de = models.TextField(_("text in German"), max_length=600)
    title_fr = models.CharField(_("title in French"), max_length=80)
    text_fr = models.TextField(_("text in French"), max_length=600)
    title_it = models.CharField(_("title in Italian"), max_length=80)
    text_it = models.TextField(_("text in Italian"), max_length=600)
    title_en = models.CharField(_("title in English"), max_length=80)
    text_en = models.TextField(_("text in English"), max_length=600)
    active = models.BooleanField(_("offered to health managers"), default=True)

    class Meta:
        verbose_name = _("template of a request")
        verbose_name_plural = _("templates of requests")
        ordering = ["addressee", "kind", "created"]
        constraints = [
            models.CheckConstraint(condition=Q(days__range=(1, 180)), name="template_days_sensible"),
            models.CheckConstraint(
                condition=Q(addressee="person") | ~Q(kind__in=ALWAYS_MEDICAL),
                name="template_medical_asked_of_person",
            ),
        ]

    def __str__(self) -> str:
        return self.title_en

    def clean(self) -> None:
        """What is asked of whom. Raises ValidationError by field."""
        if self.kind not in REQUESTABLE:
            raise ValidationError({"kind": _("Choose the type of document from the list.")})
        if self.addressee == self.Addressee.EMPLOYER and self.kind in ALWAYS_MEDICAL:
            raise ValidationError(
                {"addressee": _("Medical papers are asked of the insured person, never of the employer.")}
            )

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return in_readers_language(self.words())[0]

    @property
    def text(self) -> str:
        """The text in the reader's language."""
        return in_readers_language(self.words())[1]

    def words(self) -> dict[str, list[str]]:
        """Title and text by language, as a request keeps them."""
        return {code: [getattr(self, f"title_{code}"), getattr(self, f"text_{code}")] for code in LANGUAGES}
