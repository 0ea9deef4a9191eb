"""Opening a document, and changing who may see it."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from core.live import knock
from documents import storage
from documents.crypto import Damaged, Reader, UnknownKey
from documents.models import Document, Folder, HeldPaper, Visibility
from documents.services.folders import find_readable
from documents.services.receiving import TOPIC, check_class, leave_receipt
from permissions import readings
from permissions.audit import record
from permissions.policy import can, require, users_who_can
from permissions.reach import reach_of

logger = logging.getLogger(__name__)


@transaction.atomic
def read(document_id: UUID, *, by: Any) -> tuple[Document, Reader]:
    """The document and its plain bytes, checked while they are read; every reading leaves its line.

    The caller closes the reader. Raises OutOfReach, or NotNow when the stored file does not open.
    """
    document = find_readable(by, document_id)
    reader = opened(document)
    _note(document, by)
    return document, reader


def note_reading(document: Document, *, by: Any) -> None:
    """Leave the line that `by` looks at the document within the portal: once in 15 minutes, whatever its pages.

    Part of reading: asks for no right.
    """
    if readings.read_lately(by, "document.read", document):
        return
    with transaction.atomic():
        readings.alone(by, document)
        if not readings.read_lately(by, "document.read", document):
            _note(document, by)


def _note(document: Document, by: Any) -> None:
    way = readings.way_of(by, "document.view", document)
    record(by, "document.read", document, visibility=document.visibility, **way)


def opened(document: Document) -> Reader:
    """The plain bytes of the stored file, for whoever closes them; raises NotNow when it does not open."""
    try:
        return storage.open_document(document.pk)
    except (OSError, Damaged, UnknownKey):
        logger.exception("The stored file of document %s does not open.", document.pk)
        raise NotNow(
            _(
                "This document cannot be opened at the moment. Please tell your contact person at the insurer."
            ),
            code="file_unavailable",
        ) from None


@transaction.atomic
def classify(document_id: UUID, *, visibility: str, by: Any) -> Document | None:
    """Change who may see a document; None when the one who did it no longer sees it himself.

    Everybody with the right may make it stricter; only the insured person may widen the circle of a paper
    that he sent himself. What the insurer made of it (merged, split off) becomes as strict with it. Raises OutOfReach,
    NotAllowed, NotNow, ValidationError.
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
    for made in _made_of(document, after):
        _set_class(made, after, by)
    document = _set_class(document, after, by)
    return document if can(by, "document.view", document) else None


def _set_class(document: Document, after: Visibility, by: Any) -> Document:
    concerned = users_who_can("document.view", document)
    document.visibility = after
    document.save(update_fields=["visibility"])
    document = Document.unrestricted.get(pk=document.pk)
    leave_receipt(document)
    # What it was before stays unsaid: the company reads this line, and sealed papers do not exist for it.
    record(by, "document.classified", document, after=after.value)
    knock(concerned | users_who_can("document.view", document), TOPIC, document.folder_id)
    return document


def _made_of(document: Document, after: Visibility) -> list[Document]:
    """What was made of a document, and again of that, and is seen by more people than `after` allows.

    What is still held for the virus check becomes stricter here: it is no document yet. Part of classifying, which
    holds the folder.
    """
    wider = [each for each in Visibility if each.strictness < after.strictness]
    found: dict[UUID, Document] = {}
    ahead = [document]
    while ahead:
        of_it = {
            "folder": document.folder_id,
            "visibility__in": wider,
            "made_of__contains": [str(ahead.pop().pk)],
        }
        HeldPaper.unrestricted.filter(**of_it).update(visibility=after)
        rows = Document.unrestricted.select_for_update().filter(**of_it)
        fresh = {each.pk: each for each in rows if each.pk not in found}
        found |= fresh
        ahead += fresh.values()
    return list(found.values())
