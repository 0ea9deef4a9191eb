"""The receipt of a file: when it arrived, how large, and its SHA-256, by which anybody can compare his copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import swiss_datetime
from documents.models import Document, Folder, HandoverReceipt, HeldPaper
from documents.services.folders import held_by, readable
from permissions.narrowing import is_viewed


@dataclass(frozen=True)
class FileReceipt:
    """What one may know of a file that was received; of one handed over sealed no name.

    `held`: it was held for the virus check; `document`: what became of it, where one may open that.
    """

    pk: UUID
    folder: Folder
    name: str
    received: datetime
    size: int
    sha256: str
    audience: str
    held: HeldPaper | None = None
    document: Document | None = None
    # The SHA-256 of each photo that it was made of.
    photos: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        """That it was received, and when."""
        return _("Received on %(moment)s") % {"moment": swiss_datetime(self.received)}


def file_receipt(paper_id: UUID, *, by: Any) -> FileReceipt | None:
    """The receipt of a document that `by` may see, of a paper that he handed over sealed or that was held; else None."""
    document = readable(by).select_related("folder").filter(pk=paper_id).first()
    if document is not None:
        return _receipt(document, document.name, document.audience)
    if is_viewed(by.pk):
        return None
    handed_over = HandoverReceipt.unrestricted.select_related("folder").filter(pk=paper_id, uploaded_by=by)
    if receipt := handed_over.first():
        return _receipt(receipt, "", gettext_lazy("insured person, insurer"))
    held = held_by(by, pk=paper_id).select_related("folder").first()
    return _of_held(held, by) if held else None


def _of_held(held: HeldPaper, by: Any) -> FileReceipt:
    """What was held, and what became of it."""
    document = readable(by).filter(pk=held.document_id).first()
    if held.state != HeldPaper.State.RELEASED:
        return replace(_receipt(held, "", held.get_state_display()), held=held)
    name, audience = (
        (document.name, document.audience) if document else ("", gettext_lazy("insured person, insurer"))
    )
    return replace(_receipt(held, name, audience), held=held, document=document)


def _receipt(paper: Any, name: str, audience: Any) -> FileReceipt:
    return FileReceipt(
        paper.pk,
        paper.folder,
        name,
        paper.created,
        paper.size,
        paper.sha256,
        str(audience),
        photos=paper.photos,
    )
