"""Splitting off: pages of a document become a document of their own; the one they come from stays as it is."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow
from documents import split
from documents.models import Document, Stage, Visibility
from documents.services.folders import readable
from documents.services.reading import note_reading, opened
from documents.services.receiving import Received, check_class, receive
from permissions.audit import record
from permissions.policy import find


def split_off(document_id: UUID, *, pages: str, visibility: str, kind: str, by: Any) -> Received:
    """Put some pages (“2-3, 5”) into a new PDF in the same folder, seen by the same circle or a smaller one.

    While the virus scanner does not answer, the new document is held like any file. Raises OutOfReach, NotAllowed, NotNow,
    ValidationError, and FileRefused when the same pages are there already.
    """
    document = find(by, readable(by), document_id, "document.split")
    if document.pages < 2 or document.stage != Stage.SENT:
        raise NotNow(
            _("Pages are split off from documents of several pages that were sent."), code="no_pages"
        )
    try:
        numbers = split.which_pages(pages, document.pages)
    except ValidationError as error:
        raise ValidationError({"pages": error}) from None
    check_class(visibility, kind)
    _no_wider(visibility, document)
    with opened(document) as reader:
        try:
            content = split.taken_out(document, reader, numbers)
        except (split.TooHeavy, split.Unreadable):
            raise NotNow(
                _("These pages cannot be split off. The document itself is as it was sent."), code="not_split"
            ) from None
    name = f"{PurePath(document.name).stem[:120]} ({split.in_short(numbers)}).pdf"
    note_reading(document, by=by)
    upload = File(io.BytesIO(content), name=name)

    def note(received: Received) -> None:
        # The folder is locked: nobody makes the source stricter from here on.
        _no_wider(visibility, Document.unrestricted.get(pk=document.pk))
        record(by, "document.split_off", received.paper, source=document.pk, pages=len(numbers))

    return receive(
        document.folder_id,
        upload,
        visibility=visibility,
        kind=kind,
        hold=True,
        made_of=[document.pk],
        by=by,
        then=note,
    )


def _no_wider(visibility: str, source: Document) -> None:
    """A page may carry more of the others than it shows: nobody sees it who does not see them."""
    if Visibility(visibility).strictness < Visibility(source.visibility).strictness:
        sentence = _("Pages cannot be seen by more people than the document they come from.")
        raise ValidationError({"visibility": sentence}, code="only_stricter")
