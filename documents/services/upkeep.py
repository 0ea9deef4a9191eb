"""What operators run: leftovers are swept, files checked, keys changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from documents import storage
from documents.crypto import Damaged, UnknownKey
from documents.models import Document, HeldPaper
from documents.services.uploads import change_upload_keys

LEFTOVER_AGE = timedelta(hours=1)
BATCH = 500


def sweep(older_than: timedelta = LEFTOVER_AGE) -> int:
    """Remove the files that a crash left without a row; returns how many.

    Only files untouched for `older_than`: a younger one may be waiting for its row.
    """
    removed = 0
    before = (timezone.now() - older_than).timestamp()
    for files in _batches(storage.stored(untouched_since=before), BATCH):
        ids = [document_id for _path, document_id in files if document_id]
        known = set(_held().filter(document_id__in=ids).values_list("document_id", flat=True))
        known |= set(Document.unrestricted.filter(pk__in=ids).values_list("pk", flat=True))
        for path, document_id in files:
            if document_id not in known and storage.is_ours(path):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def broken(*, whole: bool = False) -> Iterator[UUID]:
    """The documents, held ones too, whose file is missing or does not open; with `whole`, every byte is read and hashed."""
    held = _held().values_list("document_id", "sha256", "size")
    rows = Document.unrestricted.order_by("created").values_list("pk", "sha256", "size")
    for document_id, sha256, size in chain(held.iterator(chunk_size=BATCH), rows.iterator(chunk_size=BATCH)):
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
    """Wrap every key, of documents, held ones and uploads, under the first master key; returns how many were wrapped anew."""
    held = _held().values_list("document_id", flat=True)
    ids = Document.unrestricted.order_by("created").values_list("pk", flat=True)
    every = chain(held.iterator(chunk_size=BATCH), ids.iterator(chunk_size=BATCH))
    return sum(storage.change_key(document_id) for document_id in every) + change_upload_keys()


def _held() -> QuerySet[HeldPaper]:
    """The held papers whose file is in the store.

    Asked for before the documents: one that is released meanwhile is found among those, and missed nowhere.
    """
    return HeldPaper.unrestricted.filter(removed=None, released=None).order_by("created")


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
