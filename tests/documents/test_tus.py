"""Uploads by the tus protocol: announced, sent in pieces, resumed, received; by the sender alone, with his rights."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.errors import NotNow, OutOfReach
from documents import intake, parts, services
from documents.crypto import Keyring
from documents.intake import FileRefused
from documents.models import Document, HandoverReceipt, HeldPaper, Upload
from permissions import grants
from permissions.models import AuditLine
from tests import papers
from tests.factories_documents import make_folder
from users.models import ApiToken, digest, new_api_token

pytestmark = pytest.mark.django_db
PIECE = "application/offset+octet-stream"


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture(autouse=True)
def examined():
    """The examiner has tests of its own: what it says of these papers is known."""
    known = (papers.certificate(), papers.scan_pdf(2), papers.small_png())
    with intake.examined_once({data: (hashlib.sha256(data).hexdigest(), 1) for data in known}):
        yield


class Sender:
    """A client of the protocol for one file: `Sender(browser, folder, data).announce().send(…)`."""

    def __init__(self, browser, folder, data=b"", **headers):
        self.browser, self.folder, self.data = browser, folder, data
        self.headers = {"Tus-Resumable": "1.0.0", **headers}

    def announce(self, body=b"", name="lohn.pdf", **said):
        said = {"filename": name, "visibility": "administrative", **said}
        pairs = ",".join(
            f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in said.items()
        )
        given = {"Upload-Length": str(said.pop("length", len(self.data))), "Upload-Metadata": pairs}
        address = reverse("documents:api-uploads", args=[self.folder.pk])
        self.answer = self._ask("POST", address, body, **given)
        self.address = self.answer.get("Location")
        return self

    def send(self, start, stop, **headers):
        """Bytes from `start` up to `stop`; a checksum of them on request."""
        return self._ask(
            "PATCH", self.address, self.data[start:stop], **{"Upload-Offset": str(start), **headers}
        )

    def ask(self, method):
        return self._ask(method, self.address)

    def _ask(self, method, address, body=b"", **headers):
        return self.browser.generic(method, address, body, content_type=PIECE, headers=self.headers | headers)


def offset(answer):
    return int(answer["Upload-Offset"])


def test_a_file_sent_in_pieces_is_received_with_its_receipt(cast, folder, sign_in, content, stored_files):
    data = papers.scan_pdf(2)
    hugo = Sender(sign_in(cast.hugo), folder, data).announce(title="for me")
    assert (hugo.answer.status_code, offset(hugo.answer)) == (201, 0)
    assert hugo.answer["Upload-Expires"].endswith("GMT")
    for start, stop in ((0, 300_000), (300_000, 300_001), (300_001, len(data) - 1)):
        answer = hugo.send(start, stop)
        assert (answer.status_code, offset(answer), answer["Tus-Resumable"]) == (204, stop, "1.0.0")
    told = hugo.ask("HEAD")
    assert (told.status_code, offset(told), told["Upload-Length"]) == (200, len(data) - 1, str(len(data)))
    assert "no-store" in told["Cache-Control"]
    assert hugo.ask("GET").json()["name"] == "lohn.pdf"
    # Nothing is there yet for anybody, and nothing lies in the clear.
    assert not Document.unrestricted.exists()
    (lying,) = stored_files()
    assert data[:40] not in lying.read_bytes()
    last = hugo.send(len(data) - 1, len(data))
    assert (last.status_code, offset(last)) == (204, len(data))
    document = Document.unrestricted.get()
    assert (content(document), document.title, document.uploaded_by) == (data, "for me", cast.hugo)
    assert AuditLine.unrestricted.filter(event="document.received", target=document.pk).count() == 1
    # Of the upload remains how it ended, for whoever missed the answer.
    assert len(stored_files()) == 1
    told = hugo.ask("GET").json()
    assert (told["state"], told["sha256"]) == ("received", hashlib.sha256(data).hexdigest())
    assert offset(hugo.ask("HEAD")) == len(data)
    assert "lohn" not in str(told)
    page = hugo.browser.get(told["receipt"]).content.decode()
    assert document.sha256 in page
    assert hugo.ask("DELETE").status_code == 204
    assert Document.unrestricted.exists()


def test_with_the_announcement_come_the_first_bytes_or_all(cast, folder, sign_in):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce(data[:100])
    assert (hugo.answer.status_code, offset(hugo.answer)) == (201, 100)
    whole = Sender(hugo.browser, folder, papers.small_png()).announce(papers.small_png(), name="shot.png")
    assert offset(whole.answer) == len(papers.small_png())
    assert Document.unrestricted.get().name == "shot.png"


def test_a_paper_handed_over_sealed_leaves_its_receipt_alone(cast, folder, sign_in):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce(visibility="medical", name="Burnout.pdf")
    assert hugo.send(0, len(data)).status_code == 204
    receipt, document = HandoverReceipt.unrestricted.get(), Document.unrestricted.get()
    told = hugo.ask("GET")
    assert told.json()["receipt"] == reverse("documents:receipt", args=[receipt.pk])
    page = hugo.browser.get(told.json()["receipt"])
    for answer in (told, page):
        assert receipt.sha256 in answer.content.decode()
        assert "Burnout" not in answer.content.decode()
        assert str(document.pk) not in answer.content.decode()
    # The neutral receipt is its sender's; the document's own is for those who see it.
    for who, paper, status in (
        ("fiona", receipt, 404), ("nadia", receipt, 404), ("hugo", document, 404), ("nadia", document, 200)
    ):  # fmt: skip
        address = reverse("documents:receipt", args=[paper.pk])
        assert sign_in(getattr(cast, who)).get(address).status_code == status, who


# --- What the protocol refuses --------------------------------------------------------------------

# What is asked · with which headers · the answer.
AWRY = [
    ("PATCH", {"Tus-Resumable": "0.2.2"}, 412),
    ("PATCH", {"Upload-Offset": "7"}, 409),
    ("PATCH", {"Upload-Offset": "-1"}, 400),
    ("PATCH", {"Upload-Offset": ""}, 400),
    ("PATCH", {"Content-Type": "text/plain"}, 415),
    ("PATCH", {"Upload-Checksum": "md5 AAAA"}, 400),
    ("PATCH", {"Upload-Checksum": "sha256 %%%"}, 400),
    ("PATCH", {"Upload-Checksum": f"sha256 {base64.b64encode(b'x' * 32).decode()}"}, 460),
    ("POST", {}, 405),
    ("POST", {"X-HTTP-Method-Override": "PUT"}, 405),
    ("HEAD", {"Tus-Resumable": "2.0.0"}, 412),
    ("DELETE", {"Tus-Resumable": ""}, 412),
]


def test_what_does_not_follow_the_protocol_changes_nothing(cast, folder, sign_in):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce()
    hugo.send(0, 50)
    for method, headers, status in AWRY:
        given = {"Upload-Offset": "50"} | headers
        kind = given.pop("Content-Type", PIECE)
        answer = hugo.browser.generic(
            method, hugo.address, data[50:90], content_type=kind, headers=hugo.headers | given
        )
        assert answer.status_code == status, (method, headers)
        assert answer["Tus-Resumable"] == "1.0.0"
        assert offset(hugo.ask("HEAD")) == 50
    assert hugo.ask("OPTIONS")["Tus-Extension"].split(",") == [
        "creation", "creation-with-upload", "checksum", "termination", "expiration",
    ]  # fmt: skip
    too_much = hugo.browser.generic(
        "PATCH", hugo.address, data + b"x", content_type=PIECE, headers=hugo.headers | {"Upload-Offset": "50"}
    )
    assert too_much.status_code == 413
    # With its checksum, and by POST for those whose proxy knows no PATCH, the rest is taken.
    checksum = f"sha1 {base64.b64encode(hashlib.sha1(data[50:]).digest()).decode()}"
    given = {"Upload-Offset": "50", "Upload-Checksum": checksum, "X-HTTP-Method-Override": "PATCH"}
    assert hugo._ask("POST", hugo.address, data[50:], **given).status_code == 204
    assert Document.unrestricted.get().sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"length": 0}, 422, "empty"),
        ({"length": 21 * 1024 * 1024}, 413, "too_large"),
        ({"length": "many"}, 400, "protocol"),
        ({"visibility": ""}, 400, None),
        ({"visibility": "public"}, 400, None),
        ({"kind": "statement"}, 400, None),
        ({"kind": "medical_report"}, 400, None),
    ],
)
def test_what_cannot_be_received_is_refused_when_it_is_announced(cast, folder, sign_in, said, status, code):
    hugo = Sender(sign_in(cast.hugo), folder, b"x").announce(**said)
    assert hugo.answer.status_code == status
    assert code is None or hugo.answer.json()["code"] == code
    assert not Upload.unrestricted.exists()


def test_a_file_that_is_refused_says_why_also_later(cast, folder, sign_in, stored_files):
    data = papers.locked_pdf()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce(name="locked.pdf")
    refused = hugo.send(0, len(data))
    assert (refused.status_code, refused.json()["code"]) == (422, "password")
    assert hugo.ask("HEAD").status_code == 410
    assert hugo.ask("GET").json()["detail"] == refused.json()["detail"]
    assert stored_files() == []
    # The same file again is noticed, also when it comes in pieces.
    first = papers.certificate()
    for status in (204, 422):
        again = Sender(hugo.browser, folder, first).announce()
        assert again.send(0, len(first)).status_code == status
    assert again.ask("GET").json()["code"] == "duplicate"


def test_while_no_virus_scanner_answers_the_file_is_received_and_held(
    cast, folder, sign_in, settings, tmp_path
):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce()
    settings.CLAMD_SOCKET = str(tmp_path / "nobody")
    assert [hugo.send(0, 20).status_code, hugo.send(20, len(data)).status_code] == [204, 204]
    held = HeldPaper.unrestricted.get()
    told = hugo.ask("GET").json()
    assert (told["state"], told["sha256"]) == ("received", held.sha256)
    assert hugo.browser.get(told["receipt"]).status_code == 200
    settings.CLAMD_SOCKET = ""
    assert services.check_held() == 1
    assert Document.unrestricted.get().sha256 == held.sha256
    assert hugo.ask("GET").json()["state"] == "received"


def test_what_looks_medical_is_asked_about_and_begun_anew(cast, folder, sign_in, monkeypatch):
    monkeypatch.setattr("documents.medical.words_on_first_page", lambda file: 2)
    data = papers.certificate()
    client = sign_in(cast.hugo)
    hugo = Sender(client, folder, data).announce()
    assert hugo.send(0, len(data)).status_code == 422
    assert hugo.ask("GET").json()["code"] == "looks_medical"
    assert not Document.unrestricted.exists()
    sure = Sender(client, folder, data).announce(confirm_class="on")
    assert sure.send(0, len(data)).status_code == 204
    assert Document.unrestricted.exists()


# --- Whose it is, and what he may -----------------------------------------------------------------


def test_an_upload_is_its_senders_alone(cast, folder, sign_in):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce()
    hugo.send(0, 50)
    elsewhere = make_folder(cast.persons.nadia)
    for who in ("fiona", "nadia", "pauline", "claire", "zoe"):
        other = Sender(sign_in(getattr(cast, who)), folder, data)
        for address in (hugo.address, reverse("documents:api-upload", args=[folder.pk, uuid4()])):
            other.address = address
            for answer in (other.ask("HEAD"), other.ask("GET"), other.send(50, 90), other.ask("DELETE")):
                assert answer.status_code == 404, who
    sign_in(cast.hugo)
    for strange in (elsewhere.pk, uuid4()):
        hugo.address = reverse("documents:api-upload", args=[strange, Upload.unrestricted.get().pk])
        assert hugo.send(50, 90).status_code == 404
    assert Upload.unrestricted.get().offset == 50


def test_who_loses_his_right_meanwhile_sends_nothing_more(cast, folder, sign_in):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce()
    hugo.send(0, 50)
    (row,) = grants.grants_of(cast.hugo)
    type(row).objects.filter(pk=row.pk).update(until=timezone.localdate() - timedelta(days=1))
    assert hugo.send(50, len(data)).status_code == 404
    assert not Document.unrestricted.exists()


class Losing(io.BytesIO):
    """A stream during which something happens."""

    def __init__(self, data, at, act):
        super().__init__(data)
        self.at, self.act = at, act

    def read(self, size=-1):
        block = super().read(size)
        if self.act and self.tell() > self.at:
            self.act, act = None, self.act
            act()
        return block


@pytest.mark.parametrize("loss", ["right", "cancelled", "right at the end", "cancelled at the end"])
def test_who_loses_it_in_the_midst_of_a_piece_is_stopped(cast, folder, stored_files, monkeypatch, loss):
    monkeypatch.setattr("documents.services.uploads.STEP", 100_000)
    data = papers.scan_pdf(2)
    upload = services.begin(
        folder.pk, name="a.pdf", length=len(data), visibility="administrative", kind="other", by=cast.hugo
    )

    def lose():
        if loss.startswith("cancelled"):
            return services.cancel(folder.pk, upload.pk, by=cast.hugo)
        (row,) = grants.grants_of(cast.hugo)
        return type(row).objects.filter(pk=row.pk).update(until=timezone.localdate() - timedelta(days=1))

    stream = Losing(data, len(data) - 1 if "end" in loss else 200_000, lose)
    with pytest.raises(OutOfReach):
        services.append(folder.pk, upload.pk, stream, offset=0, length=len(data), by=cast.hugo)
    assert not Document.unrestricted.exists()
    assert loss.startswith("right") or stored_files() == []


def test_a_program_with_a_token_uses_the_same_address(cast, folder, client, sign_in):
    sign_in(cast.hugo, on=Client())
    for actions, status in (
        (["document.upload", "document.read_administrative"], 201),
        (["claim.view"], 404),
    ):
        text = new_api_token()
        ApiToken.objects.create(
            user=cast.hugo, name=str(status), digest=digest(text), beginning=text[:7], actions=actions,
            expires=timezone.now() + timedelta(days=1),
        )  # fmt: skip
        program = Sender(client, folder, papers.certificate(), Authorization=f"Bearer {text}")
        assert program.announce().answer.status_code == status


def test_a_browser_without_its_token_against_forgery_is_refused(cast, folder, sign_in):
    browser = sign_in(cast.hugo, on=Client(enforce_csrf_checks=True))
    assert Sender(browser, folder, b"x").announce().answer.status_code == 403
    assert not Upload.unrestricted.exists()


def test_more_than_one_person_needs_is_refused(cast, folder, sign_in, settings, monkeypatch):
    cache.clear()
    monkeypatch.setattr("documents.services.uploads.MOST_AT_ONCE", 2)
    hugo = Sender(sign_in(cast.hugo), folder, b"xy")
    assert [hugo.announce().answer.status_code for _each in range(3)] == [201, 201, 409]
    settings.UPLOAD_LIMITS = {"begin": "1/h/user", "append": "1/m/user"}
    hugo.address = reverse("documents:api-upload", args=[folder.pk, Upload.unrestricted.first().pk])
    assert [hugo.send(0, 1).status_code, hugo.send(1, 2).status_code] == [204, 429]
    cache.clear()


# --- Cut, damaged, forgotten ----------------------------------------------------------------------


class Cut(io.BytesIO):
    """A connection that ends early."""

    def read(self, size=-1):
        block = super().read(size)
        if not block:
            raise OSError("the connection is gone")
        return block


def begun(folder, by, data, name="a.pdf"):
    return services.begin(
        folder.pk, name=name, length=len(data), visibility="administrative", kind="other", by=by
    )


def take(upload, by, stream, length, **given):
    return services.append(
        upload.folder_id, upload.pk, stream, offset=upload.offset, length=length, by=by, **given
    )


def test_of_a_piece_that_is_cut_off_everything_that_came_counts_but_not_against_its_checksum(cast, folder):
    data = papers.scan_pdf(2)
    upload = begun(folder, cast.hugo, data)
    upload = take(upload, cast.hugo, Cut(data[:200_000]), len(data))
    assert upload.offset == 200_000
    checksum = services.checksum_of(f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}")
    with pytest.raises(NotNow):
        take(upload, cast.hugo, Cut(data[200_000:500_000]), len(data) - 200_000, checksum=checksum)
    upload.refresh_from_db()
    assert upload.offset == 200_000
    upload = take(upload, cast.hugo, io.BytesIO(data[200_000:]), len(data) - 200_000)
    assert Document.unrestricted.get().sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("harm", ["cut", "flip", "swap", "gone"])
def test_what_was_kept_and_is_no_longer_as_it_was_does_not_become_a_document(
    cast, folder, stored_files, harm
):
    data = papers.scan_pdf(2)
    upload, other = begun(folder, cast.hugo, data), begun(folder, cast.hugo, data)
    for each in (upload, other):
        take(each, cast.hugo, io.BytesIO(data), 300_000)
    file = parts.place(upload.pk)
    kept = file.read_bytes()
    harmed = {
        "cut": kept[:-1],
        "flip": kept[:5000] + bytes([kept[5000] ^ 1]) + kept[5001:],
        "swap": parts.place(other.pk).read_bytes(),
        "gone": b"",
    }[harm]
    file.write_bytes(harmed)
    upload.refresh_from_db()
    with pytest.raises(FileRefused):
        take(upload, cast.hugo, io.BytesIO(data[300_000:]), len(data) - 300_000)
    assert not Document.unrestricted.exists()
    assert stored_files() == [parts.place(other.pk)]


def test_what_is_forgotten_is_swept_and_what_is_under_way_stays(cast, folder, sign_in, stored_files):
    data = papers.certificate()
    hugo = Sender(sign_in(cast.hugo), folder, data).announce()
    hugo.send(0, 50)
    old, kept = Upload.unrestricted.get(), begun(folder, cast.hugo, data)
    take(kept, cast.hugo, io.BytesIO(data), 60)
    Upload.unrestricted.filter(pk=old.pk).update(expires=timezone.now())
    for answer in (hugo.ask("HEAD"), hugo.send(50, 90), hugo.ask("GET")):
        assert answer.status_code == 410
    assert list(services.unfinished(folder, cast.hugo)) == [kept]
    stray = parts.place(uuid4())
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"")
    services.sweep(timedelta(seconds=-1))
    assert services.sweep_uploads(timedelta(seconds=-1)) == 2
    assert stored_files() == [parts.place(kept.pk)]
    assert hugo.ask("HEAD").status_code == 404
    assert list(services.unfinished(folder, cast.fiona)) == []


def test_a_discarded_draft_takes_along_what_is_on_its_way(
    cast, stored_files, django_capture_on_commit_callbacks
):
    folder, data = make_folder(cast.persons.nadia, stage="employer"), papers.certificate()
    upload = begun(folder, cast.hugo, data)
    take(upload, cast.hugo, io.BytesIO(data), 60)
    services.forget_titles(cast.hugo)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.discard_folder(folder.pk)
    assert stored_files() == []
    assert not Upload.unrestricted.exists()


def test_a_new_master_key_reaches_what_is_on_its_way(cast, folder, settings):
    data = papers.certificate()
    upload = begun(folder, cast.hugo, data)
    upload = take(upload, cast.hugo, io.BytesIO(data), 60)
    fresh = base64.b64encode(b"k" * 32).decode()
    settings.DOCUMENT_KEYS = [fresh, *settings.DOCUMENT_KEYS]
    assert services.change_keys() == 1
    settings.DOCUMENT_KEYS = [fresh]
    upload.refresh_from_db()
    assert Keyring.configured().is_current(bytes(upload.key))
    take(upload, cast.hugo, io.BytesIO(data[60:]), len(data) - 60)
    assert Document.unrestricted.get().sha256 == hashlib.sha256(data).hexdigest()


def test_the_database_holds_no_half_ending(cast, folder):
    upload = begun(folder, cast.hugo, b"xy")
    rows = Upload.unrestricted.filter(pk=upload.pk)
    for change in ({"offset": 2}, {"ended": timezone.now()}, {"paper": uuid4()}, {"refused": "empty"},
                   {"ended": timezone.now(), "paper": uuid4()}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


@pytest.mark.django_db(transaction=True)
def test_two_pieces_at_once_are_one(cast, stored_files):
    folder, data = make_folder(cast.persons.nadia), papers.scan_pdf(2)
    upload, outcomes, inside = begun(folder, cast.hugo, data), [], threading.Event()
    done = threading.Event()

    def wait():
        inside.set()
        done.wait(10)

    def slow():
        take(upload, cast.hugo, Losing(data, 0, wait), len(data))
        connection.close()

    first = threading.Thread(target=slow)
    first.start()
    inside.wait(10)
    for _each in range(4):
        with pytest.raises(NotNow) as refused:
            take(upload, cast.hugo, io.BytesIO(data), len(data))
        outcomes.append(refused.value.code)
    done.set()
    first.join(60)
    assert outcomes == ["upload_busy"] * 4
    with pytest.raises(NotNow) as refused:
        take(upload, cast.hugo, io.BytesIO(data), len(data))
    assert refused.value.code == "wrong_offset"
    assert Document.unrestricted.count() == len(stored_files()) == 1
