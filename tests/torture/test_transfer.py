"""Senders killed in the midst of uploads in pieces, and a large file over a connection that is cut again and again."""

from __future__ import annotations

import hashlib
import io
import os
import random
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.utils import timezone
from tusclient.client import TusClient

from documents import parts, services, storage
from documents.models import Document, Upload
from permissions.models import AuditLine
from tests import papers
from tests.factories_documents import make_folder
from tests.torture.senders import Senders
from users.models import ApiToken, digest, new_api_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "10"))
MEGABYTE = 1024 * 1024

SENDER = """
import io, pathlib
from documents import services
from documents.services import uploads
from tests.torture.test_transfer import paper_of
from users.models import User

settings.DOCUMENT_ROOT = pathlib.Path(given[0])
uploads.STEP = 100_000

def send(number):
    user, data = User.objects.get(pk=given[2]), paper_of(int(number))
    upload = services.begin(
        given[1], name="a.pdf", length=len(data), visibility="administrative", kind="other", by=user
    )
    print(upload.pk, 0, flush=True)
    while not upload.ended:
        piece = data[upload.offset : upload.offset + 250_000]
        upload = services.append(
            upload.folder_id, upload.pk, io.BytesIO(piece), offset=upload.offset, length=len(piece), by=user
        )
        print(upload.pk, upload.offset, flush=True)
"""


def paper_of(number: int) -> bytes:
    """A paper of about a megabyte, another one for each number."""
    return papers.text_pdf("Paper", str(number)) + b"%" + random.Random(number).randbytes(900_000)


def test_what_was_acknowledged_of_an_upload_survives_a_kill_and_goes_on(cast, root, stored_files):
    folder = make_folder(cast.persons.nadia)
    dice, kept, ended = random.Random(), {}, 0
    with Senders(SENDER, root, folder.pk, cast.hugo.pk) as senders:
        for number in range(ROUNDS):
            said = senders.killed(number, seconds=dice.uniform(0.0, 0.8), after=1)
            if not said:
                continue
            upload_id, offset = UUID(said[-1][0]), int(said[-1][1])
            upload = Upload.unrestricted.get(pk=upload_id)
            data = paper_of(number)
            # What was said to be kept is kept; what is not whole is nobody's document.
            assert upload.offset >= offset
            assert (upload.ended is not None) is (upload.paper is not None)
            ended += upload.ended is not None
            kept[upload_id] = data
            if upload.ended is None:
                go_on(upload, data, cast.hugo)
    assert kept
    made = dict(Upload.unrestricted.filter(pk__in=kept).values_list("pk", "paper"))
    rows = {document.pk: document for document in Document.unrestricted.all()}
    assert {rows[made[pk]].sha256 for pk in kept} == {
        hashlib.sha256(data).hexdigest() for data in kept.values()
    }
    assert list(services.broken(whole=True)) == []
    assert AuditLine.unrestricted.filter(event="document.received").count() == len(rows) == len(kept)
    Upload.unrestricted.exclude(pk__in=kept).delete()
    services.sweep(timedelta(seconds=-1))
    services.sweep_uploads(timedelta(seconds=-1))
    assert set(stored_files()) == {storage.place(document_id) for document_id in rows}
    print(f"{len(kept)} of {ROUNDS} begun, {ended} of them received before the kill")


def go_on(upload: Upload, data: bytes, by) -> None:
    """Send the rest from where the upload stands."""
    rest = io.BytesIO(data[upload.offset :])
    services.append(
        upload.folder_id, upload.pk, rest, offset=upload.offset, length=len(data) - upload.offset, by=by
    )


# --- A large file --------------------------------------------------------------------------------------------------


class Cutting:
    """A line to the portal that is cut after so many bytes from the sender, as often as there are numbers.

    Bytes count over all connections since the cut before: some senders take a new one for each piece.
    """

    def __init__(self, port: int, cuts: list[int]) -> None:
        self.behind, self.cuts, self.made, self.passed = port, cuts, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hand_on, args=[near], daemon=True).start()

    def _hand_on(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self.behind)) as far:
            back = threading.Thread(target=self._pour_back, args=[far, near], daemon=True)
            back.start()
            try:
                while block := near.recv(65536):
                    far.sendall(block)
                    self.passed += len(block)
                    if self.cuts and self.passed > self.cuts[0]:
                        self.cuts.pop(0)
                        self.made, self.passed = self.made + 1, 0
                        for end in (near, far):
                            end.shutdown(socket.SHUT_RDWR)
                        return
                far.shutdown(socket.SHUT_WR)
            except OSError:
                return
            back.join(60)

    @staticmethod
    def _pour_back(far: socket.socket, near: socket.socket) -> None:
        try:
            while block := far.recv(65536):
                near.sendall(block)
        except OSError:
            pass

    def close(self) -> None:
        """Take no further connections."""
        self.listener.close()


def send_by_client(address: str, token: str, folder_id, file: Path, chunk: int | None) -> int:
    """Send a file by the client that others wrote, going on after every cut; how often it had to."""
    client = TusClient(
        f"{address}/api/v1/folders/{folder_id}/uploads/", headers={"Authorization": f"Bearer {token}"}
    )
    size, interruptions, target = file.stat().st_size, 0, None
    said = {"filename": file.name, "visibility": "administrative", "kind": "other"}
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        try:
            options = {"chunk_size": chunk} if chunk else {}
            with file.open("rb") as source:
                uploader = client.uploader(file_stream=source, url=target, metadata=said, **options)
                target = target or uploader.create_url()
                uploader.set_url(target)
                uploader.upload()
            if uploader.offset == size:
                return interruptions
        except Exception:
            interruptions += 1
            time.sleep(0.2)
    raise AssertionError("The file was not sent in time.")


def token_of(user) -> str:
    """A token that may send papers."""
    text = new_api_token()
    ApiToken.objects.create(
        user=user, name="Sender", digest=digest(text), beginning=text[:7],
        actions=["document.upload", "document.read_administrative"], expires=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return text


def marker_paper(file: Path, megabytes: int, marker: bytes) -> str:
    """A PDF of so many megabytes full of a word that no page shows, written piece by piece; its SHA-256."""
    block = marker * (MEGABYTE // len(marker))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        b"<< /Length %d >>\nstream\n" % (megabytes * len(block)),
    ]
    places, head = [], b"%PDF-1.4\n"
    for number, body in enumerate(objects, 1):
        places.append(len(head))
        head += b"%d 0 obj\n%s" % (number, body) + (b"" if number == len(objects) else b"\nendobj\n")
    end = b"\nendstream\nendobj\n"
    table = len(head) + megabytes * len(block) + len(end)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    whole = hashlib.sha256()
    with file.open("wb") as target:
        for part in [head, *[block] * megabytes, end, tail % (rows, table)]:
            target.write(part)
            whole.update(part)
    return whole.hexdigest()


def test_a_client_that_others_wrote_sends_a_large_file_over_a_line_that_is_cut(
    cast, sign_in, root, live_server, settings, tmp_path
):
    settings.DOCUMENT_MAX_BYTES = 64 * MEGABYTE
    sign_in(cast.hugo)
    folder = make_folder(cast.persons.nadia)
    file, marker = tmp_path / "large.pdf", b"qxplaintextzv..."
    sha256 = marker_paper(file, 20, marker)
    port = int(live_server.url.rsplit(":", 1)[1])
    line = Cutting(port, [2 * MEGABYTE, 5 * MEGABYTE + 7, 6 * MEGABYTE + 65_537])
    try:
        interruptions = send_by_client(
            f"http://127.0.0.1:{line.port}", token_of(cast.hugo), folder.pk, file, None
        )
    finally:
        line.close()
    assert (line.made, interruptions >= 3) == (3, True)
    document = Document.unrestricted.get()
    assert (document.sha256, document.size) == (sha256, file.stat().st_size)
    for place in (root, Path(configured.FILE_UPLOAD_TEMP_DIR)):
        assert not [path for path in place.rglob("*") if path.is_file() and marker in path.read_bytes()]
    assert not parts.place(Upload.unrestricted.get().pk).exists()
