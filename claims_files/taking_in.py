"""Files that come with a bill or a request: laid into the folder of the case, sealed from the employer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from documents import services as papers
from documents.intake import FileRefused, blocks, clean_name
from documents.models import Document, HeldPaper, Visibility
from documents.services import Received


def take_in(
    folder_id: Any,
    files: Iterable[File],
    *,
    kind: str,
    field: str,
    hold: bool = False,
    free: Callable[[Received], bool] = lambda received: True,
    by: Any,
) -> list[Received]:
    """The files in the folder, all or none: each a document, or held (`hold`).

    A file that `by` sent there before serves again where it is `free`. Raises ValidationError at `field`, with a
    sentence for each that was refused, or where there is no file.
    """
    taken, refused = [], []
    for file in files:
        try:
            received = papers.receive(
                folder_id, file, visibility=Visibility.MEDICAL, kind=kind, hold=hold, by=by
            )
        except FileRefused as refusal:
            here = _here_already(folder_id, file, by) if refusal.code == "duplicate" else None
            usable = here is not None and here not in taken and (hold or here.document) and free(here)
            if here is not None and usable:
                taken.append(here)
            else:
                refused.append(f"{clean_name(file.name or '')}: {refusal.sentence}")
            continue
        taken.append(_unsealed(folder_id, received, by))
    if refused:
        raise ValidationError({field: refused})
    if not taken:
        raise ValidationError({field: _("Choose at least one file.")})
    return taken


def _unsealed(folder_id: Any, received: Received, by: Any) -> Received:
    """The same, with the document: a token that may not read medical papers hands even one's own over sealed."""
    if received.receipt is None:
        return received
    sent = Document.unrestricted.filter(
        folder=folder_id, sha256=received.receipt.sha256, uploaded_by=by
    ).latest("created")
    return Received(document=sent, receipt=None)


def _here_already(folder_id: Any, file: File, by: Any) -> Received | None:
    """The same file as `by` sent it to the case before, sealed from the employer."""
    digest = hashlib.sha256()
    for block in blocks(file):
        digest.update(block)
    same = {"folder": folder_id, "sha256": digest.hexdigest(), "uploaded_by": by}
    medical = {**same, "visibility": Visibility.MEDICAL}
    document = Document.unrestricted.filter(**medical).first()
    held = None if document else HeldPaper.unrestricted.filter(**medical, state="waiting").first()
    if document is None and held is None:
        return None
    return Received(document=document, receipt=None, held=held)
