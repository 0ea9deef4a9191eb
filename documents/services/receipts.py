"""The receipt of a file: when it arrived, how large, and its SHA-256, by which anybody can compare his copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.text import swiss_datetime
from documents.models import Folder, HandoverReceipt
from documents.services.folders import held_by, readable
from permissions.narrowing import is_viewed


@dataclass(frozen=True)
class FileReceipt:
    """What one may know of a file that was received; of one handed over sealed no name."""

    pk: UUID
    folder: Folder
    name: str
    received: datetime
    size: int
    sha256: str
    audience: str

    @property
    def sentence(self) -> str:
        """That it was received, and when."""
        return _("Received on %(moment)s") % {"moment": swiss_datetime(self.received)}


def file_receipt(paper_id: UUID, *, by: Any) -> FileReceipt | None:
    """The receipt of a document that `by` may see, or of a paper that he handed over sealed; else None."""
    document = readable(by).select_related("folder").filter(pk=paper_id).first()
    if document is not None:
        return FileReceipt(
            document.pk,
            document.folder,
            document.name,
            document.created,
            document.size,
            document.sha256,
            document.audience,
        )
    handed_over = HandoverReceipt.unrestricted.select_related("folder").filter(pk=paper_id, uploaded_by=by)
    held = held_by(by, pk=paper_id).select_related("folder")
    receipt = None if is_viewed(by.pk) else handed_over.first() or held.first()
    if receipt is None:
        return None
    return FileReceipt(
        receipt.pk,
        receipt.folder,
        "",
        receipt.created,
        receipt.size,
        receipt.sha256,
        _("insured person, insurer") if isinstance(receipt, HandoverReceipt) else receipt.get_state_display(),
    )
