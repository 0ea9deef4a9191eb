"""Files that arrive piece by piece: begun, appended to, resumed, and received when they are whole.

What was acknowledged is on disk, encrypted, and survives a kill. The last piece is acknowledged together with
the paper that is made of the file: either both are there or neither.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from documents import intake, parts
from documents.crypto import FRAME, Damaged, Keyring, UnknownKey, rewrap
from documents.models import Folder, Upload
from documents.services.combining import check_photos, combine, cut_up
from documents.services.folders import sendable, side_of
from documents.services.receiving import Received, check_class, receive
from permissions.narrowing import is_viewed
from permissions.policy import require
from permissions.scoped import locked

BLOCK = 64 * 1024
# A longer piece is acknowledged in steps of so many bytes, so that a kill in the midst of it costs little.
STEP = 4 * 1024 * 1024
# So many files of one person may be on their way at the same time.
MOST_AT_ONCE = 100
LEFTOVER_AGE = timedelta(hours=1)
CHECKSUMS = ("sha1", "sha256")


@dataclass(frozen=True)
class Checksum:
    """What a piece must hash to, by the sender's word."""

    algorithm: str
    digest: bytes


def begin(
    folder_id: UUID,
    *,
    name: str,
    length: int,
    visibility: str,
    kind: str,
    title: str = "",
    modified: int | None = None,
    confirm_class: bool = False,
    photos: Sequence[tuple[str, int]] = (),
    by: Any,
) -> Upload:
    """Announce a file of `length` bytes; nothing of it is visible to anybody before it is whole.

    `photos`: name and bytes of each, where several lie one behind the other and become one PDF.
    Raises OutOfReach, NotAllowed, NotNow, ValidationError for class and type, FileRefused for the length.
    """
    with transaction.atomic():
        folder = locked(Folder, folder_id)
        require(by, "document.upload", folder)
        check_class(visibility, kind, side=side_of(by, folder))
        if photos:
            check_photos(photos, length)
        else:
            intake.check_size(length)
        under_way = Upload.unrestricted.filter(uploaded_by=by, ended=None, expires__gt=timezone.now())
        if under_way.count() >= MOST_AT_ONCE:
            raise NotNow(
                _("Too many files are on their way at once. Finish or cancel some of them first."),
                code="too_many_uploads",
            )
        upload = Upload(
            folder=folder,
            uploaded_by=by,
            name=intake.clean_name(name),
            visibility=visibility,
            kind=kind,
            title=title[:80].strip(),
            modified=modified,
            confirm_class=confirm_class,
            photos=[(intake.clean_name(photo), size) for photo, size in photos],
            length=length,
            expires=_expiry(),
        )
        key = AESGCM.generate_key(bit_length=256)
        upload.key = Keyring.configured().new_header(upload.pk, key)
        upload.save(force_insert=True)
    return upload


def find_upload(folder_id: UUID, upload_id: UUID, *, by: Any) -> Upload:
    """One's own upload, as long as one may send into its folder. Raises OutOfReach, NotAllowed, NotNow when it expired."""
    sendable(folder_id, by=by)
    upload = Upload.unrestricted.filter(pk=upload_id, folder=folder_id, uploaded_by=by).first()
    if upload is None:
        raise OutOfReach
    if upload.expires <= timezone.now():
        raise NotNow(_("This upload has expired. Choose the file again to send it anew."), code="upload_gone")
    return upload


def unfinished(folder: Folder, user: Any) -> QuerySet[Upload]:
    """The files that `user` has on their way into a folder, the oldest first: he goes on where he stopped."""
    rows = Upload.unrestricted.filter(
        folder=folder, uploaded_by=user, ended=None, expires__gt=timezone.now()
    ).order_by("created", "pk")
    # Like what he handed over sealed: between him and the insurer.
    return rows.none() if is_viewed(user.pk) else rows


def append(
    folder_id: UUID,
    upload_id: UUID,
    stream: BinaryIO,
    *,
    offset: int,
    length: int,
    checksum: Checksum | None = None,
    by: Any,
) -> Upload:
    """Take the next `length` bytes from `stream`, as many as come; the last ones make the paper.

    Returns the upload as it stands now. Raises OutOfReach, NotAllowed, NotNow (`upload_gone`, `upload_busy`,
    `wrong_offset`, `too_much`, `checksum_mismatch`), FileRefused when the whole file is not taken.
    """
    upload = find_upload(folder_id, upload_id, by=by)
    if upload.ended is None:
        try:
            key = Keyring.configured().open_header(upload.pk, bytes(upload.key))
            with parts.appending(upload.pk, key) as target:
                # Whoever held the file until now may have moved on.
                upload = find_upload(folder_id, upload_id, by=by)
                _take(upload, target, key, stream, offset, length, checksum, by)
        except parts.Busy:
            raise NotNow(_("This file is being sent from elsewhere at this moment."), "upload_busy") from None
        except (Damaged, UnknownKey):
            _end(upload, refused="damaged")
            raise intake.FileRefused("damaged") from None
        finally:
            if not Upload.unrestricted.filter(pk=upload_id, ended=None).exists():
                parts.remove(upload_id)
    elif offset != upload.offset or length:
        raise _wrong_offset()
    return find_upload(folder_id, upload_id, by=by)


def _take(
    upload: Upload,
    target: parts.Appender,
    key: bytes,
    stream: BinaryIO,
    offset: int,
    length: int,
    checksum: Checksum | None,
    by: Any,
) -> None:
    if upload.ended or offset != upload.offset:
        raise _wrong_offset()
    if offset + length > upload.length:
        raise NotNow(_("More bytes were sent than the file has."), "too_much")
    target.go_to(upload.stored, upload.offset)
    digest = hashlib.new(checksum.algorithm) if checksum else None
    _let_go_of_database()
    arrived = offset
    for block in _blocks(stream, length):
        target.write(block)
        arrived += len(block)
        if digest:
            digest.update(block)
        elif arrived - upload.offset >= STEP and arrived < upload.length:
            _acknowledge(upload, arrived, target.settle(), by)
            _let_go_of_database()
    if checksum and digest and digest.digest() != checksum.digest:
        # Cut off or falsified on the way: as if it had not been sent.
        raise NotNow(_("What arrived is not what was sent. Send this part again."), "checksum_mismatch")
    if arrived < upload.length:
        if arrived > upload.offset:
            _acknowledge(upload, arrived, target.settle(), by)
        return
    _finish(upload, key, target.settle(), by)


def _finish(upload: Upload, key: bytes, stored: int, by: Any) -> None:
    try:
        reader = parts.PartReader(upload.pk, key, stored)
    except FileNotFoundError:
        # Cancelled at this very moment.
        raise OutOfReach from None
    with File(io.BufferedReader(reader, FRAME), name=upload.name) as whole:
        if reader.size != upload.length:
            raise Damaged("The upload does not have its length.")
        how = {
            "visibility": upload.visibility,
            "kind": upload.kind,
            "title": upload.title,
            "hold": True,
            "confirm_class": upload.confirm_class,
            "by": by,
            "then": partial(_received, upload),
        }
        try:
            if upload.photos:
                combine(upload.folder_id, cut_up(whole, upload.photos), **how)
            else:
                receive(upload.folder_id, whole, **how)
        except intake.FileRefused as refusal:
            _end(upload, refused=refusal.code)
            raise


def _received(upload: Upload, received: Received) -> None:
    """Part of the act that makes the paper; raises OutOfReach when the upload was cancelled meanwhile."""
    paper = received.document or received.receipt or received.held
    assert paper is not None
    if not _end(upload, paper=paper.pk, offset=upload.length):
        raise OutOfReach


def _end(upload: Upload, **how: Any) -> bool:
    rows = Upload.unrestricted.filter(pk=upload.pk, ended=None)
    return bool(rows.update(ended=timezone.now(), name="", title="", photos=[], **how))


def _acknowledge(upload: Upload, offset: int, stored: int, by: Any) -> None:
    """From here on these bytes are safe; raises OutOfReach or NotAllowed for whoever lost his right meanwhile."""
    sendable(upload.folder_id, by=by)
    rows = Upload.unrestricted.filter(pk=upload.pk, ended=None, offset=upload.offset, stored=upload.stored)
    if not rows.update(offset=offset, stored=stored, expires=_expiry()):
        # Cancelled, or its draft discarded.
        raise OutOfReach
    upload.offset, upload.stored = offset, stored


def cancel(folder_id: UUID, upload_id: UUID, *, by: Any) -> None:
    """Forget an upload; a paper that was made of it stays. Raises OutOfReach."""
    deleted, _kinds = Upload.unrestricted.filter(pk=upload_id, folder=folder_id, uploaded_by=by).delete()
    if not deleted:
        raise OutOfReach
    parts.remove(upload_id)


def sweep_uploads(older_than: timedelta = LEFTOVER_AGE) -> int:
    """Forget the uploads whose time is over, and remove bytes that belong to none; returns how many of both.

    Bytes without an upload only if untouched for `older_than`.
    """
    now = timezone.now()
    expired = list(Upload.unrestricted.filter(expires__lte=now).values_list("pk", flat=True))
    Upload.unrestricted.filter(pk__in=expired, expires__lte=now).delete()
    removed = len(expired)
    for upload_id in expired:
        parts.remove(upload_id)
    for path, upload_id in parts.lying(untouched_since=(now - older_than).timestamp()):
        if not Upload.unrestricted.filter(pk=upload_id, ended=None).exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def change_upload_keys() -> int:
    """Wrap the key of everything on its way under the first master key; returns how many were wrapped anew."""
    keyring, changed = Keyring.configured(), 0
    for upload in Upload.unrestricted.filter(ended=None).iterator():
        header = bytes(upload.key)
        if not keyring.is_current(header):
            rows = Upload.unrestricted.filter(pk=upload.pk)
            changed += rows.update(key=rewrap(header, upload.pk, keyring))
    return changed


def checksum_of(text: str) -> Checksum | None:
    """A checksum as the protocol writes it, `sha256 <base64>`; None for one that is not understood."""
    algorithm, _space, encoded = text.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    return Checksum(algorithm, digest) if algorithm in CHECKSUMS and digest else None


def _blocks(stream: BinaryIO, length: int) -> Iterator[bytes]:
    """The bytes as they come, up to `length`; ends early where the connection does."""
    while length > 0:
        try:
            block = stream.read(min(BLOCK, length))
        except (UnreadablePostError, OSError):
            return
        if not block:
            return
        length -= len(block)
        yield block


def _let_go_of_database() -> None:
    """Bytes may take minutes to come: meanwhile the connection serves others."""
    if not connection.in_atomic_block:
        connection.close()


def _expiry() -> Any:
    return timezone.now() + timedelta(hours=settings.UPLOAD_HOURS)


def _wrong_offset() -> NotNow:
    return NotNow(_("This part does not continue where the file stopped."), "wrong_offset")
