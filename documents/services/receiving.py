"""Taking a file in: checked, scanned, encrypted and on disk before its row exists.

A file that is turned away raises `intake.FileRefused` with its sentence; nothing of it stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.live import knock
from documents import intake, medical, scan, storage, tasks
from documents.models import (
    ALWAYS_MEDICAL,
    PAPER_COLUMNS,
    SENT_BY_CUSTOMERS,
    Document,
    Folder,
    HandoverReceipt,
    HeldPaper,
    Kind,
    Visibility,
)
from documents.services.folders import sendable, side_of
from permissions.audit import record
from permissions.policy import can, require, users_who_can, visible_to
from permissions.scoped import locked

# What open pages of folders listen for.
TOPIC = "document"


@dataclass(frozen=True)
class Received:
    """What the sender keeps: the document, or of a paper handed over sealed the neutral receipt.

    `held`: neither yet, the file waits for the virus scanner.
    """

    document: Document | None
    receipt: HandoverReceipt | None
    held: HeldPaper | None = None

    @property
    def paper(self) -> Document:
        """The document, or what it will be once it is released. Not of what was handed over sealed."""
        if self.document is not None:
            return self.document
        assert self.held is not None
        return self.held.as_document()


def receive(
    folder_id: UUID,
    upload: File,
    *,
    visibility: str,
    kind: str = Kind.OTHER,
    title: str = "",
    hold: bool = False,
    confirm_class: bool = False,
    by: Any,
    photos: Sequence[str] = (),
    made_of: Sequence[UUID] = (),
    then: Callable[[Received], None] | None = None,
) -> Received:
    """Take one file in: checked, scanned, encrypted and on disk before its row exists.

    `then`: what happens together with the row, or not at all.
    `hold`: while the virus scanner does not answer, keep the file back instead of refusing it.
    `confirm_class`: the employer was asked whether this is really an administrative paper, and it is.
    `photos`: the SHA-256 of each photo that it was made of, for the receipt.
    `made_of`: the documents whose pages or names are in it; it becomes stricter with each of them (`classify`).
    Raises OutOfReach, NotAllowed, ValidationError for a wrong class or kind, FileRefused for the file.
    """
    # Asked before the costly work, and again under the lock.
    folder = sendable(folder_id, by=by)
    side = side_of(by, folder)
    check_class(visibility, kind, side=side)
    accepted = intake.check(upload, upload.name or "")
    # Before anything is stored: whoever saw it at the employer cannot unsee it.
    if asks_class(side, visibility, confirm_class) and medical.looks_medical(upload, accepted):
        raise intake.FileRefused("looks_medical")
    unsure = _scan(upload, hold)
    document = Document(
        visibility=visibility,
        kind=kind,
        title=title[:80].strip(),
        name=accepted.name,
        content_type=accepted.content_type,
        size=accepted.size,
        sha256=accepted.sha256,
        pages=accepted.pages,
        photos=list(photos),
        made_of=[str(each) for each in made_of],
        uploaded_by=by,
    )
    storage.write(document.pk, _unchanged(upload, accepted.sha256))
    return _file(document, folder_id, unsure, by=by, then=then)


def asks_class(side: str, visibility: str, confirm_class: bool) -> bool:
    """Whether the sender is asked once about what looks medical."""
    return side == "employer" and visibility == Visibility.ADMINISTRATIVE and not confirm_class


def _scan(upload: File, hold: bool) -> bool:
    """Whether the scanner did not answer and the file is to be held."""
    try:
        scan.scan(upload)
    except intake.FileRefused as refusal:
        if not hold or refusal.code != "scan_unavailable":
            raise
        return True
    return False


def _unchanged(upload: File, sha256: str) -> Iterator[bytes]:
    """The blocks of the file; at their end they must be the ones that were checked."""
    digest = hashlib.sha256()
    for block in intake.blocks(upload):
        digest.update(block)
        yield block
    if digest.hexdigest() != sha256:
        raise intake.FileRefused("damaged")


@transaction.atomic
def _file(
    document: Document, folder_id: UUID, unsure: bool, *, by: Any, then: Callable[[Received], None] | None
) -> Received:
    try:
        # OutOfReach: the draft was discarded while the file was on its way.
        folder = locked(Folder, folder_id)
        require(by, "document.upload", folder)
        _refuse_twice(folder, document.sha256, by)
        document.stand_in(folder)
        received = _hold(document) if unsure else enter(document)
        if then:
            then(received)
    except BaseException:
        # Only while the row cannot exist: after a commit that failed halfway the sweeper decides.
        storage.remove(document.pk)
        raise
    return received


def enter(document: Document) -> Received:
    """Put a document into its folder, sent by whoever sent it; part of the act that brought it."""
    document.save(force_insert=True)
    receipt = leave_receipt(document)
    record(document.uploaded_by, "document.received", document, **facts_of(document))
    knock(users_who_can("document.view", document), TOPIC, document.folder_id)
    tasks.preview.defer(document_id=str(document.pk))
    return Received(document=None if receipt else document, receipt=receipt)


def _hold(document: Document) -> Received:
    columns = {column: getattr(document, column) for column in PAPER_COLUMNS}
    held = HeldPaper.unrestricted.create(document_id=document.pk, folder=document.folder, **columns)
    record(document.uploaded_by, "document.held", document, **facts_of(document))
    knock([held.uploaded_by_id], TOPIC, held.folder_id)
    return Received(document=None, receipt=None, held=held)


def issue(
    folder: Folder, content: bytes, *, name: str, pages: int, kind: str, visibility: str, by: Any
) -> Document:
    """Lay a PDF that the portal made itself into a folder, on behalf of `by`; part of the act that makes it.

    It is no paper that arrives: nothing is checked or settled, and the act tells of it. The folder is locked.
    """
    document = Document(
        visibility=visibility,
        kind=kind,
        name=intake.clean_name(name),
        content_type=intake.CONTENT_TYPES["pdf"],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pages=pages,
        uploaded_by=by,
    ).stand_in(folder)
    storage.write(document.pk, [content])
    try:
        document.save(force_insert=True)
        record(by, "document.issued", document, **facts_of(document))
    except BaseException:
        storage.remove(document.pk)
        raise
    knock(users_who_can("document.view", document), TOPIC, document.folder_id)
    tasks.preview.defer(document_id=str(document.pk))
    return document


def facts_of(document: Document) -> dict[str, Any]:
    """What the audit trail says of an arriving document."""
    return {
        "folder": document.folder_id,
        "visibility": document.visibility,
        "kind": document.kind,
        "size": document.size,
        "sha256": document.sha256,
    }


def check_class(visibility: str, kind: str, *, side: str = "insurer") -> None:
    """Raise ValidationError, at its field, unless class and kind are known, go together, and are this side's to send."""
    if visibility not in Visibility.values:
        raise ValidationError({"visibility": _("Choose who may see this document.")}, code="required")
    if kind not in (Kind.values if side == "insurer" else SENT_BY_CUSTOMERS):
        raise ValidationError({"kind": _("Choose the type of document from the list.")}, code="invalid")
    if kind in ALWAYS_MEDICAL and visibility != Visibility.MEDICAL:
        raise ValidationError(
            {
                "visibility": _(
                    "Medical reports and medical bills are always medical papers. Choose “Medical”, or another "
                    "type of document."
                )
            },
            code="always_medical",
        )


def _refuse_twice(folder: Folder, sha256: str, by: Any) -> None:
    """Notice a file that the sender can see here already; a paper hidden from him must not betray itself."""
    same = visible_to(by, "document.view", Document.unrestricted.filter(folder=folder, sha256=sha256))
    handed_over = HandoverReceipt.unrestricted.filter(folder=folder, uploaded_by=by, sha256=sha256)
    # What lies in quarantine may be sent anew: it is told so again.
    held = HeldPaper.unrestricted.filter(
        folder=folder, uploaded_by=by, sha256=sha256, state=HeldPaper.State.WAITING
    )
    if same.exists() or handed_over.exists() or held.exists():
        raise intake.FileRefused("duplicate")


def leave_receipt(document: Document) -> HandoverReceipt | None:
    """The neutral line for a sender who does not see his paper (any more); None while he sees it."""
    sender = document.uploaded_by
    if sender is None or can(sender, "document.view", document):
        return None
    return HandoverReceipt.unrestricted.create(
        folder_id=document.folder_id,
        uploaded_by=sender,
        size=document.size,
        sha256=document.sha256,
        photos=document.photos,
        created=document.created,
    )
