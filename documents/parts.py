"""What has arrived of files that are on their way: encrypted from the first byte, to be appended to.

A file of this kind is a row of records, each with at most 256 KB of plain text::

    length of the plain text (4 bytes) · nonce (12) · sealed text (length + 16)

The key is the upload's own; its row keeps it wrapped like a document's, so the file is nothing without the row.
Nonces are random: a record that was cut off and is written anew shares none with its former self. The upload's id
and the record's place in the plain text are associated data: a record that was moved, doubled or flipped does not
open. How much of the file counts, the row says; what stands behind was never acknowledged, and is cut off before
more is written.
"""

from __future__ import annotations

import fcntl
import os
import struct
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from documents.crypto import FRAME, NONCE, TAG, Damaged
from documents.seeking import Seeking
from documents.storage import make_folder, settle, settle_folder

SUFFIX = ".epu"
FOLDER = "uploads"
LENGTH = struct.Struct(">I")
HEAD = LENGTH.size + NONCE


class Busy(Exception):
    """Somebody else is writing to this upload at this moment."""


def place(upload_id: UUID) -> Path:
    """Where the bytes of this upload lie, once there are some."""
    name = upload_id.hex
    return Path(settings.DOCUMENT_ROOT) / FOLDER / name[:2] / f"{name}{SUFFIX}"


def remove(upload_id: UUID) -> None:
    """Take the bytes of an upload away; there may be none."""
    place(upload_id).unlink(missing_ok=True)


def lying(*, untouched_since: float) -> Iterator[tuple[Path, UUID]]:
    """The files last touched before that moment (seconds since 1970), each with the id of its upload."""
    for path in sorted((Path(settings.DOCUMENT_ROOT) / FOLDER).glob(f"*/*{SUFFIX}")):
        with suppress(FileNotFoundError, ValueError):
            if path.stat().st_mtime < untouched_since:
                yield path, UUID(hex=path.stem)


class Appender:
    """Seals what is written behind what is there already; nothing counts before `settle` has said how far."""

    def __init__(self, target: BinaryIO, upload_id: UUID, key: bytes) -> None:
        self._target = target
        self._upload = upload_id.bytes
        self._cipher = AESGCM(key)
        self._pending = bytearray()
        self._place = 0

    def go_to(self, stored: int, place: int) -> None:
        """Cut off what stands behind `stored` bytes of the file, which hold `place` bytes of plain text.

        Raises Damaged when the file has fewer.
        """
        if self._target.seek(0, os.SEEK_END) < stored:
            raise Damaged("Less was kept of the upload than was acknowledged.")
        self._target.truncate(stored)
        self._target.seek(stored)
        self._place = place

    def write(self, data: bytes) -> None:
        """Take any number of bytes; at most one record and `data` are held in memory."""
        self._pending += data
        while len(self._pending) >= FRAME:
            self._seal(FRAME)

    def settle(self) -> int:
        """Let everything so far survive a power cut; the length of the file from now on."""
        if self._pending:
            self._seal(len(self._pending))
        settle(self._target)
        return self._target.tell()

    def _seal(self, length: int) -> None:
        plain = bytes(self._pending[:length])
        del self._pending[:length]
        nonce = os.urandom(NONCE)
        sealed = self._cipher.encrypt(nonce, plain, _place_of(self._upload, self._place))
        self._target.write(LENGTH.pack(length) + nonce + sealed)
        self._place += length


@contextmanager
def appending(upload_id: UUID, key: bytes) -> Iterator[Appender]:
    """The upload's file, for one writer at a time, in whichever process; raises Busy."""
    path = place(upload_id)
    fresh = not path.exists()
    make_folder(path.parent)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            # The system gives it back however the process ends.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        if fresh:
            settle_folder(path.parent)
        yield Appender(file, upload_id, key)


class PartReader(Seeking):
    """The plain bytes of an upload, seekable, record by record; raises Damaged at what is not as it was written."""

    def __init__(self, upload_id: UUID, key: bytes, stored: int) -> None:
        """`stored`: how many bytes of the file count. Raises FileNotFoundError."""
        self._upload = upload_id.bytes
        self._cipher = AESGCM(key)
        self._file = place(upload_id).open("rb")
        # Of each record where its plain text begins, and where it lies.
        self._begins: list[int] = []
        self._lies: list[int] = []
        try:
            self._look_through(stored)
        except BaseException:
            self._file.close()
            raise
        self._open: tuple[int, bytes] = (-1, b"")

    def _look_through(self, stored: int) -> None:
        lies = 0
        while lies < stored:
            self._file.seek(lies)
            head = self._file.read(LENGTH.size)
            if len(head) < LENGTH.size:
                raise Damaged("The kept part of the upload is too short.")
            self._begins.append(self.size)
            self._lies.append(lies)
            (length,) = LENGTH.unpack(head)
            self.size += length
            lies += HEAD + length + TAG
        if lies != stored:
            raise Damaged("The kept part of the upload ends within a record.")

    def _record(self, number: int) -> bytes:
        if self._open[0] != number:
            self._file.seek(self._lies[number])
            end = self._begins[number + 1] if number + 1 < len(self._begins) else self.size
            head = self._file.read(HEAD)
            sealed = self._file.read(end - self._begins[number] + TAG)
            try:
                plain = self._cipher.decrypt(
                    head[LENGTH.size :], sealed, _place_of(self._upload, self._begins[number])
                )
            except (InvalidTag, ValueError) as error:
                raise Damaged(f"Record {number} of the upload is not what was written.") from error
            self._open = number, plain
        return self._open[1]

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        number = bisect_right(self._begins, self._at) - 1
        plain = self._record(number)
        offset = self._at - self._begins[number]
        piece = plain[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()


def _place_of(upload: bytes, place: int) -> bytes:
    return upload + place.to_bytes(8, "big")
