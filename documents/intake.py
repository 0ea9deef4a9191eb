"""What is let in: which files the portal takes, under which name, and the sentence when it does not.

Content and extension must agree. The cheap checks (name, size, signature, two formats in one file) are
made here; whatever needs a parser runs in a child process with limits (`documents/children/examine.py`),
because a small file can unfold into gigabytes. Files are streamed, never held in memory.
"""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from documents.child import Task, TooHeavy, Unreadable, child

# A file of the form's or of the disk, opened for reading and seekable.
Readable = BinaryIO | File
BLOCK = 64 * 1024
MEGABYTE = 1024 * 1024
NAME_BYTES = 200
BLANKS = b"\xef\xbb\xbf \t\r\n\x0c"
EXAMINE = Task("examine", cpu_seconds=10, wall_seconds=20)
# Files up to so many bytes are examined within these limits.
USUAL = 100 * MEGABYTE
EXTENSIONS = {
    "pdf": "pdf",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "jpe": "jpeg",
    "jfif": "jpeg",
    "png": "png",
    "tif": "tiff",
    "tiff": "tiff",
    "heic": "heic",
    "heif": "heic",
}
ARCHIVES = {
    "zip", "zipx", "rar", "7z", "tar", "gz", "tgz", "bz2", "tbz", "xz", "txz", "zst", "lz", "lzma", "z", "cab", "arj",
    "iso", "dmg", "jar",
}  # fmt: skip
ARCHIVE_HEADS = (
    b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x1f\x9d", b"BZh", b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd", b"MSCF",
)  # fmt: skip
OFFICE = {
    "doc", "docx", "docm", "dot", "dotx", "xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "ppt", "pptx", "pptm", "pps",
    "ppsx", "odt", "ods", "odp", "odg", "ott", "rtf", "pages", "numbers", "key", "vsd", "vsdx", "pub", "one",
}  # fmt: skip
# The old office formats; the new ones are ZIP archives, whose first entry tells.
OFFICE_HEADS = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")
OFFICE_ENTRIES = (b"[Content_Types].xml", b"_rels/", b"mimetypeapplication/vnd.oasis")
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "heic": "image/heic",
}
KINDS = {content_type: kind for kind, content_type in CONTENT_TYPES.items()}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# For the `accept` attribute of file fields.
ACCEPT = ",".join(f".{extension}" for extension in EXTENSIONS)
# Windows opens these as devices, whatever the extension.
DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$", re.IGNORECASE)

SENTENCES = {
    "empty": _("This file is empty. Check that it opens on your device, then choose it again."),
    "too_large": _(
        "This file is larger than %(limit)s MB. Scan it at 200 dpi or send it in several parts, then choose it again."
    ),
    "extension": _("This type of file is not accepted. Send the document as PDF, JPEG, PNG, TIFF or HEIC."),
    "archive": _("Archives are not accepted. Unpack it and send the documents inside, each as its own file."),
    "office": _(
        "Files of Word, Excel and other office programs are not accepted. Save the document as PDF there, and send the PDF."
    ),
    "mismatch": _(
        "The content of this file is not what its name says. Open it, save it again as PDF or as a picture, "
        "then choose the new file."
    ),
    "two_formats": _(
        "This file mixes two formats, which we do not accept. Print the document to a new PDF and send that one."
    ),
    "password": _(
        "This PDF is protected by a password. Save it without the password, for example by printing it to a "
        "new PDF, then choose the new file."
    ),
    "truncated": _(
        "This file is incomplete: its end is missing. Scan or download it again, then choose it again."
    ),
    "damaged": _("This file is damaged and does not open. Save or scan it again, then choose the new file."),
    "too_many_pixels": _(
        "This picture has more than %(megapixels)s megapixels. Reduce its resolution, then choose it again."
    ),
    "too_complex": _(
        "We could not check this file with reasonable effort. Print the document to a new PDF and send that one."
    ),
    "too_many_files": _("You can send %(count)s files at a time. Send the remaining ones afterwards."),
    "malware": _(
        "Our virus scanner stopped this file. Nothing was stored. Scan the paper again or ask the sender for a new file."
    ),
    "scan_unavailable": _(
        "Files cannot be checked for viruses at the moment. Nothing was stored. Try again later."
    ),
    "looks_medical": _(
        "This looks like a medical paper, and nothing of it was stored. Hand it over sealed, or confirm that it is "
        "administrative."
    ),
    "not_combined": _(
        "These photos cannot be combined into one PDF. Send them singly, or fewer of them at a time."
    ),
    "duplicate": _(
        "This file is already here; you need not send it again. Nothing was stored a second time."
    ),
}


class FileRefused(ValidationError):
    """A file that is not taken: `code` for programs, a sentence that says what to do for people."""

    def __init__(self, code: str, **params):
        super().__init__(SENTENCES[code], code=code, params=params)

    @property
    def sentence(self) -> str:
        """The sentence in the language of the moment."""
        return self.messages[0]

    @classmethod
    def again(cls, code: str) -> "FileRefused":
        """The refusal that was remembered by its code alone."""
        limits = {
            "limit": settings.DOCUMENT_MAX_BYTES // MEGABYTE,
            "megapixels": settings.DOCUMENT_MAX_PIXELS // 1_000_000,
        }
        return cls(code, **limits)


@dataclass(frozen=True)
class Accepted:
    """What is known of a file that passed: its safe name, type, size in bytes, SHA-256 (hex) and pages."""

    name: str
    content_type: str
    size: int
    sha256: str
    pages: int


def clean_name(raw: str) -> str:
    """A name without folders, control or direction characters, devices, leading dots; at most 200 bytes.

    The extension survives the cut. Never empty, never a reason to refuse: a name is the sender's habit.
    """
    name = unicodedata.normalize("NFC", raw.replace("\\", "/")).rsplit("/", 1)[-1]
    name = "".join(" " if c in "\t\r\n" else c for c in name)
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        stem, dot, extension = name, "", ""
    room = NAME_BYTES - len((dot + extension).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    if DEVICES.match(stem.split(".", 1)[0]):
        stem = f"_{stem}"
    return f"{stem or 'document'}{dot}{extension}"


def check(file: Readable, name: str) -> Accepted:
    """Look at a seekable file and its name; returns what is known of it or raises FileRefused.

    The file is left at its start. `name` is what the sender's browser said and is not trusted.
    """
    name = clean_name(name)
    size = file.seek(0, os.SEEK_END)
    check_size(size)
    kind = _kind(file, name, size)
    _refuse_two_formats(file, kind, size)
    digest, pages = _examine(file, kind)
    file.seek(0)
    return Accepted(name=name, content_type=CONTENT_TYPES[kind], size=size, sha256=digest, pages=pages)


def blocks(file: Readable) -> Iterator[bytes]:
    """The file from its start in blocks of 64 KB."""
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


def check_size(size: int) -> None:
    """Raise FileRefused for a file of so many bytes that is not taken whatever it holds."""
    if size == 0:
        raise FileRefused("empty")
    if size > settings.DOCUMENT_MAX_BYTES:
        raise FileRefused("too_large", limit=settings.DOCUMENT_MAX_BYTES // MEGABYTE)


def _kind(file: Readable, name: str, size: int) -> str:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    file.seek(0)
    head = file.read(4096)
    found = sniff(head)
    if extension not in EXTENSIONS:
        raise FileRefused(_refusal_of(extension, head))
    if found != EXTENSIONS[extension]:
        raise FileRefused("mismatch")
    return found


def _refusal_of(extension: str, head: bytes) -> str:
    """Which sentence helps the sender of a file that is no accepted one, by its content first."""
    if head.startswith(OFFICE_HEADS) or head[30:80].startswith(OFFICE_ENTRIES):
        return "office"
    if head.startswith(ARCHIVE_HEADS) or head[257:262] == b"ustar":
        return "office" if extension in OFFICE else "archive"
    if extension in OFFICE:
        return "office"
    return "archive" if extension in ARCHIVES else "extension"


def sniff(head: bytes) -> str | None:
    """The kind of file by its first bytes, or None when it is none of the accepted ones."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4], "big"), 256)
        brands = {head[8:12], *(head[n : n + 4] for n in range(16, length, 4))}
        return "heic" if head[8:12] in HEIC_BRANDS and brands & (HEIC_BRANDS - {b"mif1", b"msf1"}) else None
    # Some scanners put a byte order mark or blanks in front; nothing else may stand there.
    if head.lstrip(BLANKS).startswith(b"%PDF-"):
        return "pdf"
    return None


def _refuse_two_formats(file: Readable, kind: str, size: int) -> None:
    """A picture that is also a PDF, or anything that is also a ZIP archive, is refused: one file, one reading."""
    file.seek(0)
    if kind != "pdf" and b"%PDF-" in file.read(1024 + 5):
        raise FileRefused("two_formats")
    # A ZIP directory ends with its record, 22 bytes and a comment of the stated length, at the very end.
    file.seek(max(0, size - 22 - 0xFFFF))
    tail = file.read(22 + 0xFFFF)
    place = tail.rfind(b"PK\x05\x06")
    while place >= 0:
        record = tail[place : place + 22]
        if len(record) == 22 and place + 22 + int.from_bytes(record[20:22], "little") == len(tail):
            raise FileRefused("two_formats")
        place = tail.rfind(b"PK\x05\x06", 0, place)


_examined: ContextVar[dict[bytes, tuple[str, int]] | None] = ContextVar("examined", default=None)


@contextmanager
def examined_once(known: dict[bytes, tuple[str, int]] | None = None) -> Iterator[None]:
    """Within this block the same bytes are examined once: for seeding with the same few papers of our own.

    `known`: what is known from before (SHA-256 and pages), and is added to.
    """
    token = _examined.set({} if known is None else known)
    try:
        yield
    finally:
        _examined.reset(token)


def _examine(file: Readable, kind: str) -> tuple[str, int]:
    """What the examiner says of the bytes: their SHA-256 and the number of pages."""
    memory = _examined.get()
    if memory is None:
        return _ask_examiner(file, kind)
    content = b"".join(blocks(file))
    if content not in memory:
        memory[content] = _ask_examiner(file, kind)
    return memory[content]


def _ask_examiner(file: Readable, kind: str) -> tuple[str, int]:
    """Hand the bytes to the examiner, a process of its own."""
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for block in blocks(file):
            digest.update(block)
            yield block

    task = _with_room(file.seek(0, os.SEEK_END))
    try:
        with child(task, [kind, str(settings.DOCUMENT_MAX_PIXELS)], hashed()) as pipe:
            answer = pipe.read(4096)
        verdict = json.loads(answer)
    except (TooHeavy, Unreadable, ValueError):
        raise FileRefused("too_complex") from None
    if "refused" in verdict:
        raise FileRefused(verdict["refused"], megapixels=settings.DOCUMENT_MAX_PIXELS // 1_000_000)
    return digest.hexdigest(), verdict["pages"]


def _with_room(size: int) -> Task:
    """The examiner's task for a file of so many bytes, which it holds in memory: larger ones than usual get room and time."""
    large = max(0, size - USUAL)
    more = large // (20 * MEGABYTE)
    return replace(
        EXAMINE,
        memory=EXAMINE.memory + 3 * large // MEGABYTE,
        cpu_seconds=EXAMINE.cpu_seconds + more,
        wall_seconds=EXAMINE.wall_seconds + more,
    )
