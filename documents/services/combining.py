"""Several photos as one paper: a PDF with a page for each, in their order.

The photos are checked like any file and are not kept besides; the receipt says what each of them hashed to. Pages are
drawn anew by a child process with limits: of a photo its pixels are taken over and nothing else.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import NotNow
from core.text import swiss_date
from documents import intake, medical
from documents.child import Task, TooHeavy, Unreadable, child
from documents.intake import KINDS, Accepted, FileRefused
from documents.models import Kind
from documents.seeking import Seeking
from documents.services.folders import sendable, side_of
from documents.services.receiving import Received, asks_class, check_class, receive

COMBINE = Task("combine", cpu_seconds=60, wall_seconds=90)
MEGABYTE = 1024 * 1024
# The long edge of a page in pixels: A4 at 212 dpi, and at 150 where that would be too large a file.
EDGES = (2480, 1754)
# A process draws for so many senders at a time; the others wait their turn, but keep no thread of the server for long.
PATIENCE = 20
_turn = threading.BoundedSemaphore(2)


class PhotoRefused(FileRefused):
    """One of several photos is not taken: its number, from 1, stands in the sentence."""

    def __init__(self, refusal: FileRefused, number: int) -> None:
        super().__init__(refusal.code or "", **(refusal.params or {}))
        self.number = number

    @property
    def sentence(self) -> str:
        """The sentence in the language of the moment."""
        return _("Photo %(number)s: %(sentence)s") % {"number": self.number, "sentence": super().sentence}


class Stretch(Seeking):
    """Some bytes of an open file as a file of its own."""

    def __init__(self, whole: Any, start: int, size: int) -> None:
        self._whole, self._start, self.size = whole, start, size

    def readinto(self, buffer: Any) -> int:
        self._whole.seek(self._start + self._at)
        piece = self._whole.read(min(len(buffer), self.size - self._at))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def cut_up(whole: Any, photos: Sequence[tuple[str, int]]) -> list[File]:
    """The photos that lie one behind the other in an open file, by name and number of bytes."""
    found, start = [], 0
    for name, size in photos:
        found.append(File(io.BufferedReader(Stretch(whole, start, size)), name=name))
        start += size
    return found


def check_photos(photos: Sequence[tuple[str, int]], length: int) -> None:
    """Raise FileRefused unless so many bytes can be several photos of these sizes."""
    if not 1 < len(photos) <= settings.DOCUMENT_MAX_FILES or sum(size for _name, size in photos) != length:
        raise FileRefused("not_combined")
    for number, (_name, size) in enumerate(photos, 1):
        try:
            intake.check_size(size)
        except FileRefused as refusal:
            raise PhotoRefused(refusal, number) from None


def is_photo(file: File) -> bool:
    """Whether a file is a picture, by its first bytes. Leaves it at its start."""
    file.seek(0)
    kind = intake.sniff(file.read(4096))
    file.seek(0)
    return kind not in (None, "pdf")


def combine(
    folder_id: UUID,
    photos: Sequence[File],
    *,
    visibility: str,
    kind: str = Kind.OTHER,
    title: str = "",
    hold: bool = False,
    confirm_class: bool = False,
    by: Any,
    then: Callable[[Received], None] | None = None,
) -> Received:
    """Take photos in as one PDF, all or none of them; what else is given as for `receive`.

    Raises what `receive` raises, PhotoRefused for the photo that is not taken, FileRefused (`not_combined`) when no
    PDF can be made of them, NotNow (`upload_busy`) when others have their photos drawn.
    """
    # Asked before the costly work, and again by `receive`.
    folder = sendable(folder_id, by=by)
    side = side_of(by, folder)
    check_class(visibility, kind, side=side)
    check_photos([(photo.name or "", photo.size) for photo in photos], sum(photo.size for photo in photos))
    asks = asks_class(side, visibility, confirm_class)
    accepted = [_checked(photo, number, asks) for number, photo in enumerate(photos, 1)]
    name = _("Photos of %(day)s") % {"day": swiss_date(timezone.localdate())}
    return receive(
        folder_id,
        File(io.BytesIO(_bound(photos, accepted)), name=f"{name}.pdf"),
        visibility=visibility,
        kind=kind,
        title=title,
        hold=hold,
        confirm_class=confirm_class,
        photos=[each.sha256 for each in accepted],
        by=by,
        then=then,
    )


def _checked(photo: File, number: int, asks: bool) -> Accepted:
    try:
        if not is_photo(photo):
            raise FileRefused("not_combined")
        accepted = intake.check(photo, photo.name or "")
        # What is made of them has a name of its own, which tells nothing.
        if asks and medical.looks_medical(photo, accepted):
            raise FileRefused("looks_medical")
    except FileRefused as refusal:
        raise PhotoRefused(refusal, number) from None
    return accepted


def _bound(photos: Sequence[File], accepted: Sequence[Accepted]) -> bytes:
    sizes = [f"{KINDS[each.content_type]}:{each.size}:{each.pages}" for each in accepted]
    # The child holds all of them, and unpacks one at a time.
    task = replace(COMBINE, memory=COMBINE.memory + sum(each.size for each in accepted) // MEGABYTE)
    for edge in EDGES:
        arguments = [str(settings.DOCUMENT_MAX_PIXELS), str(edge), *sizes]
        try:
            with _my_turn(), child(task, arguments, _all_bytes(photos)) as pipe:
                content = pipe.read(settings.DOCUMENT_MAX_BYTES + 1)
        except (TooHeavy, Unreadable):
            break
        if len(content) <= settings.DOCUMENT_MAX_BYTES:
            return content
    raise FileRefused("not_combined")


@contextmanager
def _my_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=PATIENCE):
        sentence = _("Many photos are being combined at this moment. Send yours again in a minute.")
        raise NotNow(sentence, "upload_busy")
    try:
        yield
    finally:
        _turn.release()


def _all_bytes(photos: Sequence[File]) -> Iterator[bytes]:
    for photo in photos:
        yield from intake.blocks(photo)
