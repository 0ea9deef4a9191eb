"""The papers the insurer asks for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from claims_files.models.claim_file import ClaimFile
from documents.models import Kind as PaperKind
from permissions.scoped import ScopedModel

# What a health manager may ask for; “other” is no request anybody could fulfil.
REQUESTABLE = (
    PaperKind.CERTIFICATE,
    PaperKind.MEDICAL_REPORT,
    PaperKind.BILL,
    PaperKind.WAGE_STATEMENT,
    PaperKind.ID_COPY,
    PaperKind.ACCIDENT_SHEET,
)


def in_readers_language(words: dict[str, list[str]]) -> list[str]:
    """Title and text out of those by language; both empty where there are none."""
    return words.get((get_language() or "")[:2]) or words.get("en") or ["", ""]


class PaperRequest(ScopedModel):
    """A paper the insurer asked for, with a due date.

    What is asked of the insured person does not exist for the employer: then `company` is empty, and
    with it every way by which somebody of the company would reach the row.
    """

    class Addressee(models.TextChoices):
        EMPLOYER = "employer", _("The employer")
        PERSON = "person", _("The insured person (the employer does not see it)")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RECEIVED = "received", _("Received")
        CANCELLED = "cancelled", _("Cancelled")

    class Note(models.TextChoices):
        """A sentence that goes with the request; chosen, not typed: free text gives health data away."""

        NONE = "", _("No note")
        LEGIBLE = "legible", _("The copy we have cannot be read: please send a legible one.")
        COMPLETE = "complete", _("Pages are missing: please send the complete document.")
        SIGNED = "signed", _("Please send it signed.")
        CURRENT = "current", _("The one we have has expired: please send the current one.")

    claim_file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="paper_requests")
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("type of document"), max_length=20, choices=PaperKind)
    addressee = models.CharField(_("whom do you ask?"), max_length=10, choices=Addressee)
    note = models.CharField(_("note"), max_length=20, choices=Note, blank=True)
    # Title and text by language, as the template had them then: a later change of it asks for nothing else.
    words = models.JSONField(default=dict, blank=True)
    template = models.ForeignKey(
        "claims_files.RequestTemplate", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due = models.DateField(_("due date"))
    reminded = models.DateTimeField(null=True, blank=True)
    # When the portal reminded by itself, once after the due date.
    told = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope_fields = {"company": "company_id", "person": "person_id"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("requested document")
        verbose_name_plural = _("requested documents")
        ordering = ["due", "created"]
        indexes = [
            models.Index(fields=["claim_file", "state", "due"], name="paper_of_claim"),
            models.Index(fields=["due", "claim_file"], condition=Q(state="open"), name="paper_open"),
            models.Index(fields=["due"], condition=Q(state="open", told=None), name="paper_not_told"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["claim_file", "kind", "addressee"],
                condition=Q(state="open"),
                name="paper_asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(addressee="employer", company__isnull=False)
                | Q(addressee="person", company=None),
                name="paper_of_person_without_company",
            ),
            models.CheckConstraint(
                condition=Q(addressee="person") | ~Q(kind__in=["medical_report", "bill"]),
                name="paper_medical_asked_of_person",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="paper_settled_has_date",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def title(self) -> str:
        """What is asked for, in the reader's language."""
        return in_readers_language(self.words)[0] or str(self.get_kind_display())

    @property
    def text(self) -> str:
        """What is said about it, in the reader's language; empty without a template."""
        return in_readers_language(self.words)[1]

    @property
    def overdue(self) -> bool:
        """Whether it is still open after its due date."""
        return self.state == self.State.OPEN and self.due < timezone.localdate()
