"""What is done with papers: receive, read, classify; folders follow their case; leftovers are swept.

A file that is turned away raises `intake.FileRefused` with its sentence; nothing of it stays.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from core.live import knock
from documents import intake, scan, storage
from documents.crypto import Damaged, Reader, UnknownKey
from documents.models import (
    ALWAYS_MEDICAL,
    SENT_BY_CUSTOMERS,
    Document,
    Folder,
    HandoverReceipt,
    Kind,
    Stage,
    Visibility,
)
from permissions import readings
from permissions.audit import record
from permissions.narrowing import is_viewed
from permissions.policy import can, require, users_who_can, visible_to
from permissions.reach import reach_of

logger = logging.getLogger(__name__)

# What open pages of folders listen for.
TOPIC = "document"
LEFTOVER_AGE = timedelta(hours=1)
BATCH = 500


@dataclass(frozen=True)
class Received:
    """What the sender keeps: the document, or of a paper handed over sealed the neutral receipt."""

    document: Document | None
    receipt: HandoverReceipt | None


@dataclass(frozen=True)
class Contents:
    """Of a folder what one person sees: documents, and the receipts of what he himself handed over sealed."""

    documents: list[Document]
    receipts: list[HandoverReceipt]


# --- Folders ------------------------------------------------------------------------------------


def open_folder(
    *, company: Any, site: Any = None, contract: Any = None, person: Any = None, stage: Stage = Stage.SENT
) -> Folder:
    """A folder for a new case; part of the act that opens the case, which records it."""
    return Folder.unrestricted.create(
        company=company, site=site, contract=contract, person=person, stage=stage
    )


def follow_case(folder_id: UUID, **scopes: Any) -> Folder:
    """Let the folder, and with it every document in it, take the scopes and stage of its case.

    `scopes`: any of site, contract, person, claim_file, stage. Part of the act that changes the case.
    """
    folder = Folder.unrestricted.select_for_update().get(pk=folder_id)
    for name, value in scopes.items():
        if name not in {"site", "contract", "person", "claim_file", "stage"}:
            raise TypeError(f"A folder does not follow {name}.")
        setattr(folder, name, value)
    folder.save(update_fields=list(scopes))
    # The database answers what it generated.
    return Folder.unrestricted.get(pk=folder_id)


def discard_folder(folder_id: UUID) -> None:
    """Remove the folder of a discarded draft with everything in it; part of the act that records it.

    The files go after the commit. Raises RuntimeError for the folder of a claim file: its papers are kept.
    """
    folder = Folder.unrestricted.select_for_update().get(pk=folder_id)
    if folder.claim_file_id is not None or folder.stage == Stage.SENT:
        raise RuntimeError("The papers of a claim file are kept.")
    ids = list(Document.unrestricted.filter(folder=folder).values_list("pk", flat=True))
    HandoverReceipt.unrestricted.filter(folder=folder).delete()
    Document.unrestricted.filter(pk__in=ids).delete()
    folder.delete()
    for document_id in ids:
        # What a crash leaves behind, the sweeper removes.
        transaction.on_commit(partial(storage.remove, document_id))


def forget_titles(user: Any) -> None:
    """Remove the titles that somebody gave his papers for himself; part of the act that records it."""
    Document.unrestricted.filter(uploaded_by=user).exclude(title="").update(title="")


def contents(folder: Folder, user: Any) -> Contents:
    """What `user` sees in the folder, newest first; the same law as every other list."""
    documents = visible_to(user, "document.view", Document.unrestricted.filter(folder=folder))
    receipts = HandoverReceipt.unrestricted.filter(folder=folder, uploaded_by=user)
    if is_viewed(user.pk):
        # What he handed over sealed is between him and the insurer.
        receipts = receipts.none()
    return Contents(
        documents=list(documents.select_related("uploaded_by").order_by("-created", "-id")),
        receipts=list(receipts.order_by("-created")),
    )


def folders(user: Any, action: str = "document.view") -> QuerySet[Folder]:
    """The folders in which `user` may do `action`."""
    return visible_to(user, action, Folder.unrestricted.all())


def readable(user: Any) -> QuerySet[Document]:
    """Every document that `user` may see, anywhere."""
    return visible_to(user, "document.view", Document.unrestricted.all())


def classifiable(user: Any) -> QuerySet[Document]:
    """The documents that `user` sees and whose class he may change."""
    return visible_to(user, "document.classify", Document.unrestricted.all())


def side_of(user: Any, folder: Folder) -> str:
    """On whose behalf `user` sends papers here: `person` (his own case), `insurer` or `employer`."""
    if folder.person_id in reach_of(user).own_persons:
        return "person"
    return "insurer" if can(user, "document.read_medical", folder) else "employer"


# --- Receiving ----------------------------------------------------------------------------------


def receive(
    folder_id: UUID,
    upload: File,
    *,
    visibility: str,
    kind: str = Kind.OTHER,
    title: str = "",
    by: Any,
) -> Received:
    """Take one file in: checked, scanned, encrypted and on disk before its row exists.

    Raises OutOfReach, NotAllowed, ValidationError for a wrong class or kind, FileRefused for the file.
    """
    folder = Folder.unrestricted.filter(pk=folder_id).first()
    if folder is None:
        raise OutOfReach
    # Asked before the costly work, and again under the lock.
    require(by, "document.upload", folder)
    check_class(visibility, kind, side=side_of(by, folder))
    accepted = intake.check(upload, upload.name or "")
    scan.scan(upload)
    document = Document(
        visibility=visibility,
        kind=kind,
        title=title[:80].strip(),
        name=accepted.name,
        content_type=accepted.content_type,
        size=accepted.size,
        sha256=accepted.sha256,
        pages=accepted.pages,
        uploaded_by=by,
    )
    storage.write(document.pk, _unchanged(upload, accepted.sha256))
    return _file(document, folder_id, by=by)


def _unchanged(upload: File, sha256: str) -> Iterator[bytes]:
    """The blocks of the file; at their end they must be the ones that were checked."""
    digest = hashlib.sha256()
    for block in intake.blocks(upload):
        digest.update(block)
        yield block
    if digest.hexdigest() != sha256:
        raise intake.FileRefused("damaged")


@transaction.atomic
def _file(document: Document, folder_id: UUID, *, by: Any) -> Received:
    try:
        folder = Folder.unrestricted.select_for_update().filter(pk=folder_id).first()
        if folder is None:
            # The draft was discarded while the file was on its way.
            raise OutOfReach
        require(by, "document.upload", folder)
        _refuse_twice(folder, document.sha256, by)
        document.folder = folder
        for column in ("company_id", "site_id", "contract_id", "claim_file_id", "person_id", "stage"):
            setattr(document, column, getattr(folder, column))
        document.save(force_insert=True)
        receipt = _leave_receipt(document)
        facts: dict[str, Any] = {
            "folder": folder.pk,
            "visibility": document.visibility,
            "kind": document.kind,
        }
        record(by, "document.received", document, size=document.size, sha256=document.sha256, **facts)
        knock(users_who_can("document.view", document), TOPIC, folder.pk)
    except BaseException:
        # Only while the row cannot exist: after a commit that failed halfway the sweeper decides.
        storage.remove(document.pk)
        raise
    return Received(document=None if receipt else document, receipt=receipt)


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
    if same.exists() or handed_over.exists():
        raise intake.FileRefused("duplicate")


def _leave_receipt(document: Document) -> HandoverReceipt | None:
    """The neutral line for a sender who does not see his paper (any more); None while he sees it."""
    sender = document.uploaded_by
    if sender is None or can(sender, "document.view", document):
        return None
    return HandoverReceipt.unrestricted.create(
        folder_id=document.folder_id,
        uploaded_by=sender,
        size=document.size,
        sha256=document.sha256,
        created=document.created,
    )


# --- Reading and classifying --------------------------------------------------------------------


@transaction.atomic
def read(document_id: UUID, *, by: Any) -> tuple[Document, Reader]:
    """The document and its plain bytes, checked while they are read; every reading leaves its line.

    The caller closes the reader. Raises OutOfReach, or NotNow when the stored file does not open.
    """
    document = readable(by).filter(pk=document_id).first()
    if document is None:
        raise OutOfReach
    try:
        reader = storage.open_document(document.pk)
    except (OSError, Damaged, UnknownKey):
        logger.exception("The stored file of document %s does not open.", document.pk)
        raise NotNow(
            _(
                "This document cannot be opened at the moment. Please tell your contact person at the insurer."
            ),
            code="file_unavailable",
        ) from None
    way = readings.way_of(by, "document.view", document)
    record(by, "document.read", document, visibility=document.visibility, **way)
    return document, reader


@transaction.atomic
def classify(document_id: UUID, *, visibility: str, by: Any) -> Document | None:
    """Change who may see a document; None when the one who did it no longer sees it himself.

    Everybody with the right may make it stricter; only the insured person may widen the circle of a paper
    that he sent himself. Raises OutOfReach, NotAllowed, NotNow, ValidationError.
    """
    # The folder first, like sending and discarding its draft: the other way round they would wait in a ring.
    folder = Folder.unrestricted.select_for_update().filter(documents=document_id).first()
    document = Document.unrestricted.select_for_update().filter(pk=document_id).first()
    if folder is None or document is None:
        raise OutOfReach
    require(by, "document.classify", document)
    check_class(visibility, document.kind)
    before, after = Visibility(document.visibility), Visibility(visibility)
    if before == after:
        raise NotNow(_("The document is already classified like this."))
    own = document.person_id in reach_of(by).own_persons and document.uploaded_by_id == by.pk
    if after.strictness < before.strictness and not own:
        raise NotNow(
            _("A document can only be made stricter. The person who sent it can widen who sees it."),
            code="only_stricter",
        )
    concerned = users_who_can("document.view", document)
    document.visibility = after
    document.save(update_fields=["visibility"])
    document = Document.unrestricted.get(pk=document_id)
    _leave_receipt(document)
    # What it was before stays unsaid: the company reads this line, and sealed papers do not exist for it.
    record(by, "document.classified", document, after=after.value)
    knock(concerned | users_who_can("document.view", document), TOPIC, document.folder_id)
    return document if can(by, "document.view", document) else None


# --- Upkeep -------------------------------------------------------------------------------------


def sweep(older_than: timedelta = LEFTOVER_AGE) -> int:
    """Remove the files that a crash left without a row; returns how many.

    Only files untouched for `older_than`: a younger one may be waiting for its row.
    """
    removed = 0
    before = (timezone.now() - older_than).timestamp()
    for files in _batches(storage.stored(untouched_since=before), BATCH):
        ids = [document_id for _path, document_id in files if document_id]
        known = set(Document.unrestricted.filter(pk__in=ids).values_list("pk", flat=True))
        for path, document_id in files:
            if document_id not in known and storage.is_ours(path):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def broken(*, whole: bool = False) -> Iterator[UUID]:
    """The documents whose file is missing or does not open; with `whole`, every byte is read and hashed."""
    rows = Document.unrestricted.order_by("created").values_list("pk", "sha256", "size")
    for document_id, sha256, size in rows.iterator(chunk_size=BATCH):
        try:
            with storage.open_document(document_id) as reader:
                digest = hashlib.sha256()
                for chunk in reader.chunks() if whole else ():
                    digest.update(chunk)
                if reader.size != size or (whole and digest.hexdigest() != sha256):
                    yield document_id
        except (OSError, Damaged, UnknownKey):
            yield document_id


def change_keys() -> int:
    """Wrap every document's key under the first master key; returns how many were wrapped anew."""
    ids = Document.unrestricted.order_by("created").values_list("pk", flat=True)
    return sum(storage.change_key(document_id) for document_id in ids.iterator(chunk_size=BATCH))


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
