"""Terms of use and the privacy notice: what was published when, and who accepted what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Record


class TermsVersion(Record):
    """One version of a document, in all languages, valid from a day on until the next one is."""

    class Document(models.TextChoices):
        PORTAL = "portal_terms", _("Terms of use of the portal")
        MAILBOX = "mailbox_terms", _("Terms of use of the mailbox")
        PRIVACY = "privacy_notice", _("Privacy notice")

    document = models.CharField(max_length=14, choices=Document)
    number = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    # Nobody goes on before accepting it; otherwise it is announced by mail only.
    must_accept = models.BooleanField(default=True)

    class Meta:
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="terms_number_once"),
            models.CheckConstraint(
                condition=models.Q(document__in=["portal_terms", "mailbox_terms", "privacy_notice"]),
                name="terms_document_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.number}"


class TermsText(Record):
    """A version in one language: a title and paragraphs, with “## ” for headings and “- ” for lists."""

    version = models.ForeignKey(TermsVersion, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    title = models.CharField(max_length=120)
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="terms_language_once")]

    def __str__(self) -> str:
        return self.title


class Acceptance(Record):
    """Somebody accepted a version, in the language he read it in. Stays when the account is emptied."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="terms_accepted_once")]

    def __str__(self) -> str:
        return str(self.pk)
