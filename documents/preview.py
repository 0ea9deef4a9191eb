"""Pictures of a document's pages, drawn by a child process (`documents/children/draw.py`) with limits on memory and time.

What the child answers is not trusted either: names, number and size of the pictures are checked here. A document
whose pages cannot be drawn stays what it is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import IO

from django.conf import settings

from documents import storage
from documents.child import Task, TooHeavy, Unreadable, child
from documents.crypto import Reader
from documents.intake import KINDS
from documents.models import Document

DRAW = Task("draw", cpu_seconds=15, wall_seconds=40)
CONTENT_TYPE = "image/webp"
THUMBNAIL = "thumbnail"
# So many pages are drawn at a time: what most papers have.
BATCH = 8
MOST_BYTES = 4 * 1024 * 1024
# A process draws for so many of its visitors at a time; the others wait their turn.
_turn = threading.BoundedSemaphore(2)


def page_name(number: int) -> str:
    """Under which name the picture of this page, counted from 1, is kept."""
    return f"page-{number}"


def draw(document: Document, reader: Reader, first: int = 1) -> None:
    """Draw and keep some pages from `first` on, counted from 1; page 1 brings the thumbnail.

    A page that cannot be drawn is kept empty. Raises TooHeavy, Unreadable when not even the first one can, and
    what `storage` raises.
    """
    last = min(first + BATCH - 1, document.pages)
    waiting = [page_name(number) for number in range(first, last + 1)]
    waiting = [THUMBNAIL, *waiting] if first == 1 else waiting
    drawn = 0
    with _turn, closing(_pictures(document, reader, first, last - first + 1)) as pictures:
        try:
            for name, content in pictures:
                # A page without pixels has no thumbnail.
                if name != THUMBNAIL and THUMBNAIL in waiting:
                    waiting.remove(THUMBNAIL)
                if not waiting or name != waiting.pop(0) or not (content == b"" or _is_webp(content)):
                    raise TooHeavy
                storage.write_preview(document.pk, name, content)
                drawn += bool(content)
        except TooHeavy:
            if not drawn and first == 1:
                raise
            # The one that ended the child is not tried again with every page that follows.
            storage.write_preview(document.pk, waiting[0] if waiting else page_name(last), b"")
    if not drawn and first == 1:
        raise Unreadable


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _pictures(document: Document, reader: Reader, first: int, count: int) -> Generator[tuple[str, bytes]]:
    """The child's pictures by name. Raises TooHeavy when a limit ended it, Unreadable when the file does not open."""
    most_pixels = str(settings.DOCUMENT_MAX_PIXELS)
    arguments = [KINDS[document.content_type], most_pixels, str(first), str(count)]
    with child(DRAW, arguments, reader.chunks()) as pipe:
        yield from _answer(pipe)


def _answer(pipe: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    while line := pipe.readline(200):
        try:
            head = json.loads(line)
            name, size = str(head["picture"]), int(head["bytes"])
        except (ValueError, KeyError, TypeError):
            raise TooHeavy from None
        content = pipe.read(size) if 0 <= size <= MOST_BYTES else b""
        if len(content) != size:
            raise TooHeavy
        yield name, content
