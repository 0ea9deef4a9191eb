"""Encryption of stored files, in frames.

Layout of a stored file (version 1)::

    header   EPD1 (4 bytes) · id of the master key (8) · nonce (12) · wrapped document key (48)
    frames   256 KB of plain text each (the last one 0 to 256 KB), every frame followed by its tag (16)

Each document has its own random key, so a frame's nonce is only its place: counter and last flag. The
document's id is associated data of the wrap and of every frame. A file that was truncated, extended,
reordered, flipped or put in the place of another document's file therefore does not open, and no byte
is handed out before the tag of its frame was checked.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MAGIC = b"EPD1"
KEY_ID = 8
NONCE = 12
TAG = 16
KEY = 32
HEADER = len(MAGIC) + KEY_ID + NONCE + KEY + TAG
FRAME = 256 * 1024
SEALED_FRAME = FRAME + TAG


class Damaged(Exception):
    """The stored file is not what was written: truncated, changed, or another document's file."""


class UnknownKey(Exception):
    """The file was encrypted under a master key that is not configured."""


class Keyring:
    """The master keys: the first one wraps, every one unwraps, so a key is changed by putting a new one first."""

    def __init__(self, keys: Iterable[str]):
        """Take base64 texts of 32 bytes each; raises ImproperlyConfigured on anything else."""
        self._wraps: dict[bytes, AESGCM] = {}
        for text in keys:
            try:
                key = base64.b64decode(text.strip(), validate=True)
            except (binascii.Error, ValueError) as error:
                raise ImproperlyConfigured("DOCUMENT_KEYS: each key is base64 of 32 bytes.") from error
            if len(key) != KEY:
                raise ImproperlyConfigured("DOCUMENT_KEYS: each key is base64 of 32 bytes.")
            self._wraps.setdefault(
                hashlib.sha256(b"document master key" + key).digest()[:KEY_ID], AESGCM(key)
            )
        if not self._wraps:
            raise ImproperlyConfigured("DOCUMENT_KEYS must hold at least one key.")

    @classmethod
    def configured(cls) -> "Keyring":
        """The keys of the settings."""
        return cls(settings.DOCUMENT_KEYS)

    def new_header(self, document_id: UUID, key: bytes) -> bytes:
        """The header that carries `key`, wrapped under the first master key."""
        key_id = next(iter(self._wraps))
        nonce = os.urandom(NONCE)
        wrapped = self._wraps[key_id].encrypt(nonce, key, MAGIC + key_id + document_id.bytes)
        return MAGIC + key_id + nonce + wrapped

    def open_header(self, document_id: UUID, header: bytes) -> bytes:
        """The document's key; raises Damaged or UnknownKey."""
        if len(header) != HEADER or not header.startswith(MAGIC):
            raise Damaged("The header is not one of a stored document.")
        key_id, rest = header[len(MAGIC) : len(MAGIC) + KEY_ID], header[len(MAGIC) + KEY_ID :]
        if key_id not in self._wraps:
            raise UnknownKey(f"The master key {key_id.hex()} is not among DOCUMENT_KEYS.")
        try:
            return self._wraps[key_id].decrypt(rest[:NONCE], rest[NONCE:], MAGIC + key_id + document_id.bytes)
        except InvalidTag as error:
            raise Damaged("The document's key does not unwrap for this document.") from error

    def is_current(self, header: bytes) -> bool:
        """Whether the header is wrapped under the key that wraps today."""
        return header[len(MAGIC) : len(MAGIC) + KEY_ID] == next(iter(self._wraps))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE - 1, "big") + bytes([last])


class Writer:
    """Encrypts what is written to it; `close` writes the last frame, without which the file does not open."""

    def __init__(self, target: BinaryIO, document_id: UUID, keyring: Keyring):
        key = AESGCM.generate_key(bit_length=256)
        self._target = target
        self._cipher = AESGCM(key)
        self._document = document_id.bytes
        self._pending = bytearray()
        self._number = 0
        target.write(keyring.new_header(document_id, key))

    def write(self, data: bytes) -> None:
        """Take any number of bytes; at most one frame and `data` are held in memory."""
        self._pending += data
        # A full frame waits until more arrives: only then is it known not to be the last one.
        while len(self._pending) > FRAME:
            self._seal(FRAME, last=False)

    def close(self) -> None:
        """Write the last frame."""
        self._seal(len(self._pending), last=True)

    def _seal(self, length: int, *, last: bool) -> None:
        plain = bytes(self._pending[:length])
        del self._pending[:length]
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), plain, self._document))
        self._number += 1


class Reader:
    """Reads a stored file; the header and the last frame are checked at once, so `size` can be relied on."""

    def __init__(self, source: BinaryIO, document_id: UUID, keyring: Keyring):
        """Take a seekable file; raises Damaged or UnknownKey."""
        self._source = source
        self._document = document_id.bytes
        length = source.seek(0, os.SEEK_END) - HEADER
        if length < TAG:
            raise Damaged("The file is too short.")
        source.seek(0)
        self._cipher = AESGCM(keyring.open_header(document_id, source.read(HEADER)))
        self._frames = -(-length // SEALED_FRAME)
        self.size = length - TAG * self._frames
        self._open(self._frames - 1)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The checked bytes from `start` up to `stop` (default: the end), frame by frame."""
        stop = self.size if stop is None else min(stop, self.size)
        while start < stop:
            number, offset = divmod(start, FRAME)
            plain = self._open(number)
            yield plain[offset : offset + stop - start]
            start = (number + 1) * FRAME

    def close(self) -> None:
        """Close the file below."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _open(self, number: int) -> bytes:
        self._source.seek(HEADER + number * SEALED_FRAME)
        sealed = self._source.read(SEALED_FRAME)
        try:
            return self._cipher.decrypt(_nonce(number, number == self._frames - 1), sealed, self._document)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"Frame {number} is not what was written.") from error


def rewrap(header: bytes, document_id: UUID, keyring: Keyring) -> bytes:
    """The same document key under today's master key; raises Damaged or UnknownKey."""
    return keyring.new_header(document_id, keyring.open_header(document_id, header))
