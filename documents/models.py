"""Folders and the documents in them.

A folder belongs to one case; the claim report's tab and the claim file show the same one. Folder and
document carry the scopes as own columns, so that the policy needs no joins upwards; triggers keep the
document's columns equal to its folder's (migration 0002).

Which action opens a row stands in its generated column `lock`: the document's visibility class, and before
the report was sent, whose draft it belongs to.
"""

from __future__ import annotations

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from permissions.scoped import ScopedModel

SCOPE_FIELDS = {
    "company": "company_id",
    "site": "site_id",
    "contract": "contract_id",
    "claim_file": "claim_file_id",
    "person": "person_id",
}


PHOTOS = "SHA-256 of each photo as it was sent, if it is a PDF made of photos"
MADE_OF = "ids of the documents whose pages or names are in it, if the insurer made it of others"


class Stage(models.TextChoices):
    """Whose the case is: the insured person's own draft, the employer's draft, or sent to the insurer."""

    PRIVATE = "private", _("private draft")
    EMPLOYER = "employer", _("draft of the company")
    SENT = "sent", _("sent")


class Visibility(models.TextChoices):
    """Who may see a document, from the widest to the strictest circle."""

    ADMINISTRATIVE = "administrative", _("Administrative paper")
    CERTIFICATE = "certificate", _("Certificate without diagnosis")
    MEDICAL = "medical", _("Medical paper")

    @property
    def strictness(self) -> int:
        """0 for the widest circle; grows with strictness."""
        return list(Visibility).index(self)


class Preview(models.TextChoices):
    """Whether the document's pages can be shown as pictures; one that cannot be drawn is as good a document."""

    NONE = "none", _("not made yet")
    MADE = "made", _("made")
    TOO_HEAVY = "too_heavy", _("takes more time or memory than a preview may")
    UNREADABLE = "unreadable", _("cannot be drawn")


class Kind(models.TextChoices):
    """What a document is."""

    CERTIFICATE = "certificate", _("Certificate of incapacity")
    MEDICAL_REPORT = "medical_report", _("Medical report")
    BILL = "bill", _("Medical bill")
    WAGE_STATEMENT = "wage_statement", _("Wage statement")
    ID_COPY = "id_copy", _("Copy of an identity document")
    ACCIDENT_SHEET = "accident_sheet", _("Accident sheet")
    STATEMENT = "statement", _("Benefit statement")
    COST_GUARANTEE = "cost_guarantee", _("Cost guarantee")
    LETTER = "letter", _("Letter")
    OTHER = "other", _("Other document")


# Papers of these kinds speak of health whatever their sender thinks of them.
ALWAYS_MEDICAL = (Kind.MEDICAL_REPORT, Kind.BILL)
# What the insurer does not issue itself.
SENT_BY_CUSTOMERS = (
    Kind.CERTIFICATE,
    Kind.MEDICAL_REPORT,
    Kind.BILL,
    Kind.ACCIDENT_SHEET,
    Kind.WAGE_STATEMENT,
    Kind.ID_COPY,
    Kind.LETTER,
    Kind.OTHER,
)


class Standing(ScopedModel):
    """The scopes that folder and document share."""

    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        "companies.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contract = models.ForeignKey(
        "companies.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claim_file = models.ForeignKey(
        "claims_files.ClaimFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        "companies.InsuredPerson", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.SENT)

    scope_fields = SCOPE_FIELDS

    class Meta(ScopedModel.Meta):
        abstract = True


class Folder(Standing):
    """The papers of one case."""

    # Between the insured person and the insurer: for the employer there is not even the folder.
    sealed = models.BooleanField(default=False, editable=False)
    lock = models.GeneratedField(
        expression=Case(
            When(stage=Stage.PRIVATE, then=Value("own")),
            When(stage=Stage.EMPLOYER, then=Value("draft")),
            When(sealed=True, then=Value("medical")),
            # Everybody who sends papers of a case reads its administrative ones.
            default=Value("administrative"),
        ),
        output_field=models.CharField(max_length=14),
        db_persist=True,
    )

    class Meta(Standing.Meta):
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="folder_stage_known"),
            models.UniqueConstraint(fields=["claim_file"], name="folder_once_per_claim_file"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Document(Standing):
    """One paper as it was sent; its file lies encrypted in the store and never changes."""

    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="documents")
    visibility = models.CharField(_("visible to"), max_length=14, choices=Visibility)
    lock = models.GeneratedField(
        expression=Case(
            When(stage=Stage.PRIVATE, then=Value("own")),
            # Handed over sealed before the report is sent: nobody's, until it goes to the insurer.
            When(stage=Stage.EMPLOYER, visibility=Visibility.MEDICAL, then=Value("waiting")),
            When(stage=Stage.EMPLOYER, then=Value("draft")),
            default=F("visibility"),
        ),
        output_field=models.CharField(max_length=14),
        db_persist=True,
    )
    kind = models.CharField(_("type of document"), max_length=20, choices=Kind, default=Kind.OTHER)
    name = models.CharField(_("name"), max_length=200)
    title = models.CharField(_("title"), max_length=80, blank=True, help_text=_("Only you see this title."))
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(default=1)
    photos = models.JSONField(default=list, blank=True, help_text=PHOTOS)
    made_of = models.JSONField(default=list, blank=True, help_text=MADE_OF)
    preview = models.CharField(max_length=10, choices=Preview, default=Preview.NONE)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
    )

    class Meta(Standing.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [
            models.Index(fields=["folder", "-created", "-id"], name="document_folder"),
            models.Index(fields=["company", "-created", "-id"], name="document_company"),
            models.Index(fields=["site", "-created", "-id"], name="document_site"),
            models.Index(fields=["contract", "-created", "-id"], name="document_contract"),
            models.Index(fields=["claim_file", "-created", "-id"], name="document_claim_file"),
            models.Index(fields=["person", "-created", "-id"], name="document_person"),
            models.Index(fields=["created"], condition=Q(preview="none"), name="document_without_preview"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="document_class_known"
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="document_stage_known"),
            models.CheckConstraint(condition=Q(preview__in=Preview.values), name="document_preview_known"),
            models.CheckConstraint(condition=Q(size__gt=0), name="document_not_empty"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="document_hash_form"),
            models.CheckConstraint(
                condition=~Q(kind__in=ALWAYS_MEDICAL) | Q(visibility=Visibility.MEDICAL),
                name="document_medical_kind_is_medical",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audience(self) -> str:
        """Who may see the paper, in words."""
        if self.stage == Stage.PRIVATE:
            return gettext("only you, until the case is sent")
        if self.visibility == Visibility.MEDICAL:
            return gettext("insured person, insurer")
        return gettext("insured person, employer, insurer")

    @property
    def sealed(self) -> bool:
        """Whether the paper does not exist for the employer."""
        return self.stage == Stage.PRIVATE or self.visibility == Visibility.MEDICAL

    def stand_in(self, folder: Folder) -> Self:
        """Take the scopes and the stage of the folder; not saved."""
        self.folder = folder
        for column in (*SCOPE_FIELDS.values(), "stage"):
            setattr(self, column, getattr(folder, column))
        return self


class HeldPaper(ScopedModel):
    """A file that was received while the virus scanner could not say what it is; nobody opens it.

    Released, it becomes the document that it was meant to be. One that is never released lies in quarantine for a while.
    The row stays in either case, without the name, so that its sender knows what became of it. Nobody else knows of it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("held for the virus check")
        INFECTED = "infected", _("stopped by the virus check")
        UNCHECKED = "unchecked", _("could not be checked for viruses")
        RELEASED = "released", _("released after the virus check")

    # Under which id its file lies, and the document will be known.
    document_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="held")
    visibility = models.CharField(max_length=14, choices=Visibility)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=80, blank=True)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(default=1)
    photos = models.JSONField(default=list, blank=True, help_text=PHOTOS)
    made_of = models.JSONField(default=list, blank=True, help_text=MADE_OF)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    stopped = models.DateTimeField(null=True, help_text="when it went into quarantine")
    released = models.DateTimeField(null=True, help_text="when it became a document")
    removed = models.DateTimeField(null=True, help_text="when its file was removed")

    class Meta(ScopedModel.Meta):
        verbose_name = _("held document")
        verbose_name_plural = _("held documents")
        indexes = [
            models.Index(fields=["folder", "uploaded_by", "-created"], name="held_of_sender"),
            models.Index(fields=["created"], condition=Q(state="waiting"), name="held_waiting"),
            models.Index(
                fields=["stopped"], condition=Q(stopped__isnull=False, removed=None), name="held_stopped"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="held_class_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", stopped=None, released=None, removed=None)
                | Q(state__in=["infected", "unchecked"], stopped__isnull=False, released=None)
                | Q(state="released", stopped=None, released__isnull=False, removed=None),
                name="held_waits_or_is_stopped",
            ),
            # With the file goes what it was called.
            models.CheckConstraint(
                condition=Q(removed=None, released=None) | Q(name="", title=""), name="held_removed_nameless"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def as_document(self) -> Document:
        """The document that it is meant to be, where its folder stands today; not saved."""
        document = Document(pk=self.document_id, created=self.created)
        for column in PAPER_COLUMNS:
            setattr(document, column, getattr(self, column))
        return document.stand_in(self.folder)


# What a held file and the document have in common.
PAPER_COLUMNS = (
    "visibility",
    "kind",
    "name",
    "title",
    "content_type",
    "size",
    "sha256",
    "pages",
    "photos",
    "made_of",
    "uploaded_by",
)


class HandoverReceipt(ScopedModel):
    """What the sender keeps of a paper he handed over sealed: when, how large, its hash. No name, no class.

    Nobody but the sender sees it.
    """

    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="receipts")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    photos = models.JSONField(default=list, blank=True, help_text=PHOTOS)

    class Meta(ScopedModel.Meta):
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        indexes = [models.Index(fields=["folder", "uploaded_by", "-created"], name="receipt_of_sender")]

    def __str__(self) -> str:
        return str(self.pk)


class Upload(ScopedModel):
    """A file on its way into a folder, piece by piece; nobody but its sender knows of it.

    Its bytes lie encrypted beside the documents (`documents.parts`). Once the document is there, or the file was
    refused, the row only remembers how it ended, for a sender who missed the answer.
    """

    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="uploads")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    visibility = models.CharField(max_length=14, choices=Visibility)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    title = models.CharField(max_length=80, blank=True)
    modified = models.BigIntegerField(null=True, help_text="ms since 1970, by the sender’s device")
    confirm_class = models.BooleanField(default=False, help_text="asked, and it is administrative")
    photos = models.JSONField(
        default=list, blank=True, help_text="[name, bytes] of each photo, if they are to become one PDF"
    )
    length = models.PositiveBigIntegerField(help_text="bytes of the whole file")
    offset = models.PositiveBigIntegerField(default=0, help_text="bytes acknowledged")
    stored = models.PositiveBigIntegerField(default=0, help_text="bytes on disk that hold them")
    key = models.BinaryField(help_text="the upload's key, wrapped")
    expires = models.DateTimeField(db_index=True)
    ended = models.DateTimeField(null=True)
    refused = models.CharField(max_length=30, blank=True, help_text="why the file was not taken")
    paper = models.UUIDField(null=True, help_text="the document, or the receipt of one handed over sealed")

    class Meta(ScopedModel.Meta):
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [models.Index(fields=["uploaded_by", "folder", "created"], name="upload_of_sender")]
        constraints = [
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="upload_class_known"),
            models.CheckConstraint(condition=Q(length__gt=0), name="upload_not_empty"),
            # All of it is acknowledged only together with the paper that was made of it.
            models.CheckConstraint(
                condition=Q(ended=None, refused="", paper=None, offset__lt=F("length"))
                | Q(ended__isnull=False, refused="", paper__isnull=False, offset=F("length"))
                | (Q(ended__isnull=False, paper=None, offset__lt=F("length")) & ~Q(refused="")),
                name="upload_ends_in_one_way",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Merge(ScopedModel):
    """Documents of a folder that are put together into one new document; seen by whoever asked for it.

    `papers` in their order, each as `{"document": id, "left_out": why}`; why is empty for one that is in it.
    """

    class State(models.TextChoices):
        WORKING = "working", _("In work")
        MADE = "made", _("made")
        FAILED = "failed", _("not made")

    class Problem(models.TextChoices):
        TOO_FEW = "too_few", _("Fewer than two of the documents could be put together.")
        TOO_LARGE = "too_large", _("Together the documents are too large. Choose fewer of them.")
        CHANGED = "changed", _("Who sees one of the documents has changed meanwhile. Merge them again.")
        NO_RIGHT = "no_right", _("You may not merge these documents any more.")
        REFUSED = "refused", _("The new document was not accepted. Choose fewer documents.")
        INTERRUPTED = "interrupted", _("The work was interrupted. Merge the documents again.")

    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="merges")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    papers = models.JSONField()
    state = models.CharField(max_length=7, choices=State, default=State.WORKING)
    problem = models.CharField(max_length=11, choices=Problem, blank=True)
    done = models.PositiveSmallIntegerField(default=0, help_text="papers looked at")
    touched = models.DateTimeField(default=timezone.now, help_text="when work last went on")
    made = models.UUIDField(null=True, help_text="the new document; while it is held, the one it will be")

    class Meta(ScopedModel.Meta):
        verbose_name = _("merging of documents")
        verbose_name_plural = _("mergings of documents")
        indexes = [models.Index(fields=["touched"], condition=Q(state="working"), name="merge_in_work")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="working", made=None, problem="")
                | Q(state="made", made__isnull=False, problem="")
                | (Q(state="failed", made=None) & ~Q(problem="")),
                name="merge_ends_in_one_way",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
