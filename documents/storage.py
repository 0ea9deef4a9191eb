"""Where the encrypted files lie: one file a document, under a folder of its first digits.

The order is file first, row last. A file is written under a temporary name beside its place, fsynced,
renamed, and its directory fsynced; only then may a row speak of it. What a crash leaves behind is a file
without a row, which nobody sees and `sweep_documents` removes. Documents are immutable: nothing is ever
written over.

Pictures of a document's pages lie beside it, encrypted like it. They are made of it and can be made
again: they go with it, and whoever misses one makes it anew.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4, uuid5

from django.conf import settings

from documents.crypto import HEADER, Damaged, Keyring, Reader, UnknownKey, Writer, rewrap

SUFFIX = ".epd"
PREVIEW = ".epv"
PART = ".part"


def place(document_id: UUID) -> Path:
    """Where the file of this document lies, or will lie."""
    name = document_id.hex
    return Path(settings.DOCUMENT_ROOT) / name[:2] / name[2:4] / f"{name}{SUFFIX}"


def write(document_id: UUID, chunks: Iterable[bytes]) -> None:
    """Encrypt the chunks to disk; on return they survive a power cut. On any error nothing is left.

    Raises FileExistsError when the document already has its file, OSError when the disk refuses.
    """
    target = place(document_id)
    if target.exists():
        raise FileExistsError(target)
    try:
        _encrypt(target, document_id, chunks)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _encrypt(target: Path, key_id: UUID, chunks: Iterable[bytes]) -> None:
    """Put the chunks in this place, bound to `key_id`; the part of it that was written goes on any error."""
    make_folder(target.parent)
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}{PART}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            writer = Writer(file, key_id, Keyring.configured())
            for chunk in chunks:
                writer.write(chunk)
            writer.close()
            settle(file)
        part.rename(target)
        settle_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def check() -> None:
    """Write a few bytes where the documents lie and take them away again; raises OSError when that fails."""
    root = Path(settings.DOCUMENT_ROOT)
    make_folder(root)
    # Named like what a crash leaves behind: should this be one, it is swept away.
    part = root / f".ready.{uuid4().hex[:8]}{PART}"
    try:
        part.write_bytes(b"ready")
    finally:
        part.unlink(missing_ok=True)


def open_document(document_id: UUID) -> Reader:
    """The document's plain bytes, checked; raises FileNotFoundError, crypto.Damaged or crypto.UnknownKey."""
    file = place(document_id).open("rb")
    try:
        return Reader(file, document_id, Keyring.configured())
    except BaseException:
        file.close()
        raise


def remove(document_id: UUID) -> None:
    """Take the document's file and its pictures away; they may already be gone."""
    place(document_id).unlink(missing_ok=True)
    for preview in _previews(document_id):
        preview.unlink(missing_ok=True)


def write_preview(document_id: UUID, name: str, content: bytes) -> None:
    """Keep a picture of the document (`thumbnail`, `page-3`); one that stood there is replaced."""
    _encrypt(_preview(document_id, name), uuid5(document_id, name), [content])


def read_preview(document_id: UUID, name: str) -> bytes | None:
    """The picture, checked; None when there is none that opens."""
    try:
        with (
            _preview(document_id, name).open("rb") as file,
            Reader(file, uuid5(document_id, name), Keyring.configured()) as reader,
        ):
            return b"".join(reader.chunks())
    except (OSError, Damaged, UnknownKey):
        return None


def _preview(document_id: UUID, name: str) -> Path:
    return place(document_id).with_name(f"{document_id.hex}.{name}{PREVIEW}")


def _previews(document_id: UUID) -> list[Path]:
    return list(place(document_id).parent.glob(f"{document_id.hex}.*{PREVIEW}"))


def change_key(document_id: UUID) -> bool:
    """Wrap the document's key under today's master key; False when it already is. Raises like `open_document`.

    Its pictures are taken away: they are made anew under the new key.
    """
    target = place(document_id)
    keyring = Keyring.configured()
    with target.open("rb") as file:
        header = file.read(HEADER)
        if keyring.is_current(header):
            return False
        part = target.with_name(f".{target.name}.{uuid4().hex[:8]}{PART}")
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
                copy.write(rewrap(header, document_id, keyring))
                while block := file.read(1024 * 1024):
                    copy.write(block)
                settle(copy)
            part.replace(target)
            for preview in _previews(document_id):
                preview.unlink(missing_ok=True)
        finally:
            part.unlink(missing_ok=True)
    settle_folder(target.parent)
    return True


def stored(*, untouched_since: float) -> Iterator[tuple[Path, UUID | None]]:
    """The files last touched before that moment (seconds since 1970), each with its document's id.

    The id is None for a temporary file, and for a file that none of our functions wrote.
    """
    for folder, _, names in os.walk(settings.DOCUMENT_ROOT):
        for name in sorted(names):
            path = Path(folder) / name
            # It may be renamed or removed while we walk.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < untouched_since:
                    yield path, _document(path)


def is_ours(path: Path) -> bool:
    """Whether one of our functions wrote this file; others are left alone."""
    return path.suffix in (SUFFIX, PREVIEW, PART)


def _document(path: Path) -> UUID | None:
    if path.suffix not in (SUFFIX, PREVIEW):
        return None
    try:
        return UUID(hex=path.name.partition(".")[0])
    except ValueError:
        return None


def make_folder(folder: Path) -> None:
    """Make the folder and its parents; each new name reaches the disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    settle_folder(folder.parent)


def settle(file: BinaryIO) -> None:
    """Let what was written to the file survive a power cut."""
    file.flush()
    os.fsync(file.fileno())


def settle_folder(folder: Path) -> None:
    """Let the names in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
