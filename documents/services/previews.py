"""Pictures of documents: made after receipt, made again when they are missing, shown to whoever sees the document."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from core.live import knock
from documents import preview, storage
from documents.child import TooHeavy, Unreadable
from documents.models import Document, Preview
from documents.services.folders import find_readable
from documents.services.reading import note_reading, opened
from documents.services.receiving import TOPIC
from permissions.policy import users_who_can

# The job of a younger one may still wait.
WAIT = timedelta(minutes=15)
AT_A_TIME = 100
FAILURES = {
    TooHeavy: Preview.TOO_HEAVY,
    Unreadable: Preview.UNREADABLE,
}


def make_preview(document_id: UUID) -> None:
    """Draw the first pages of a document that has no pictures yet, and say in its row how that went."""
    document = Document.unrestricted.filter(pk=document_id, preview=Preview.NONE).first()
    if document is None:
        return
    try:
        _draw(document, 1)
    except NotNow:
        # The stored file does not open; what checks the store tells of it.
        Document.unrestricted.filter(pk=document.pk).update(preview=Preview.UNREADABLE)
    knock(users_who_can("document.view", document), TOPIC, document.folder_id)


def make_missing() -> int:
    """Draw documents whose job was lost, or that are older than previews; returns how many."""
    rows = Document.unrestricted.filter(preview=Preview.NONE, created__lt=timezone.now() - WAIT)
    ids = list(rows.order_by("created").values_list("pk", flat=True)[:AT_A_TIME])
    for document_id in ids:
        make_preview(document_id)
    return len(ids)


def page_picture(document_id: UUID, number: int, *, by: Any) -> bytes:
    """A page as WebP, counted from 1; leaves the line of a reading, once in 15 minutes.

    Raises OutOfReach, NotNow for a page that cannot be drawn.
    """
    document = find_readable(by, document_id)
    if not 1 <= number <= document.pages:
        raise OutOfReach
    content = _picture(document, preview.page_name(number), number)
    note_reading(document, by=by)
    return content


def thumbnail(document_id: UUID, *, by: Any) -> bytes:
    """The first page as WebP, too small to be read: like the name it leaves no line. Raises OutOfReach, NotNow."""
    return _picture(find_readable(by, document_id), preview.THUMBNAIL, 1)


def _picture(document: Document, name: str, number: int) -> bytes:
    content = storage.read_preview(document.pk, name)
    if content is None and document.preview in (Preview.NONE, Preview.MADE):
        _draw(document, number)
        content = storage.read_preview(document.pk, name)
    if not content:
        raise NotNow(
            _("This page cannot be shown here. The document itself is as it was sent: download it."),
            code="no_preview",
        )
    return content


def _draw(document: Document, number: int) -> None:
    state = Preview.MADE
    with opened(document) as reader:
        try:
            preview.draw(document, reader, number)
        except (TooHeavy, Unreadable) as failure:
            state = FAILURES[type(failure)]
    if state != document.preview and (number == 1 or state == Preview.MADE):
        Document.unrestricted.filter(pk=document.pk).update(preview=state)
