"""Several photos as one PDF: a page for each in their order, nothing of them but pixels, all of them or none."""

from __future__ import annotations

import hashlib
import io
import json

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from documents.models import Document, HandoverReceipt, HeldPaper, Upload
from documents.services import combining
from tests import papers
from tests.documents.test_tus import Sender, offset
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(settings, cast):
    settings.LANGUAGE_CODE = "en"
    User.objects.update(language="en")


def photo(width=900, height=1200, colour="white", **options):
    """A photo with the place and the camera in it, lying on its side."""
    exif = Image.Exif()
    exif[271], exif[274] = "Camera of Nadia", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (46.0, 57.0, 0.0)})
    return papers.jpeg_of(Image.new("RGB", (height, width), colour), exif=exif, **options)


def with_depths(data):
    """The same photo with a second picture behind it, as phones keep what they measured."""
    out, source = io.BytesIO(), Image.open(io.BytesIO(data))
    behind = [Image.new("RGB", (90, 120), "grey")]
    source.save(out, "MPO", save_all=True, append_images=behind, exif=source.getexif())
    return out.getvalue()


PHOTOS = {
    "IMG_1.jpg": photo(colour="navy"),
    "IMG_2.jpg": with_depths(photo(colour="teal")),
    "IMG_3.jpg": photo(colour="red"),
}


def hashes(photos=PHOTOS):
    return [hashlib.sha256(data).hexdigest() for data in photos.values()]


def send(browser, folder, photos, **values):
    files = [SimpleUploadedFile(name, data) for name, data in photos.items()]
    values = {"visibility": "medical", "kind": "other", "combine": "on", "files": files, **values}
    headers = {"Accept": "application/json"}
    return browser.post(reverse("documents:upload", args=[folder.pk]), values, headers=headers)


def test_photos_become_one_pdf_in_their_order_without_their_metadata(
    cast, folder, sign_in, content, stored_files
):
    nadia = sign_in(cast.nadia)
    wages = {"lohn.pdf": papers.certificate()}
    answer = send(nadia, folder, PHOTOS | wages).json()["files"]
    assert [(each["name"], each["state"]) for each in answer] == [
        ("3 photos as one PDF", "received"),
        ("lohn.pdf", "received"),
    ]
    document = Document.unrestricted.exclude(name="lohn.pdf").get()
    assert (document.content_type, document.pages, document.photos) == ("application/pdf", 3, hashes())
    assert document.name.startswith("Photos of ")
    assert len(stored_files()) == 2
    data = content(document)
    for trace in (b"Camera", b"Exif", b"GPS", b"IMG_1", b"CreationDate", b"Producer"):
        assert trace not in data
    with pikepdf.open(io.BytesIO(data)) as pdf:
        colours = []
        for page in pdf.pages:
            (image,) = page.get_images().values()
            picture = pikepdf.PdfImage(image).as_pil_image()
            # Upright, however the camera was held; as long as a sheet of A4.
            assert picture.size == (900, 1200)
            assert 840 < float(page.mediabox[3]) < 843
            colours.append(picture.getpixel((450, 600)))
    for colour, name in zip(colours, ("navy", "teal", "red"), strict=True):
        wanted = Image.new("RGB", (1, 1), name).getpixel((0, 0))
        assert all(abs(one - other) < 4 for one, other in zip(colour, wanted, strict=True)), name
    receipt = nadia.get(reverse("documents:receipt", args=[document.pk])).content.decode()
    for sha256 in (document.sha256, *hashes()):
        assert sha256 in receipt
    # Sent again, it is noticed; in another order it is another paper.
    (again,) = send(nadia, folder, PHOTOS).json()["files"]
    assert again["code"] == "duplicate"
    turned = dict(reversed(PHOTOS.items()))
    assert send(nadia, folder, turned).json()["files"][0]["state"] == "received"


def test_one_that_is_not_taken_keeps_all_back_and_is_named(cast, folder, sign_in, stored_files):
    nadia = sign_in(cast.nadia)
    (answer,) = send(nadia, folder, PHOTOS | {"IMG_4.jpg": papers.cut(PHOTOS["IMG_1.jpg"])}).json()["files"]
    assert (answer["state"], answer["code"]) == ("refused", "truncated")
    assert answer["message"].startswith("Photo 4: This file is incomplete")
    assert stored_files() == []
    # Without the wish, or with one photo alone, each is a paper of its own.
    assert len(send(nadia, folder, PHOTOS, combine="").json()["files"]) == 3
    assert Document.unrestricted.filter(photos=[]).count() == 3


def test_the_employer_is_asked_about_each_name_and_keeps_the_hashes_of_what_he_hands_over(
    cast, folder, sign_in
):
    hugo = sign_in(cast.hugo)
    named = {"IMG_1.jpg": PHOTOS["IMG_1.jpg"], "Arztbericht.jpg": PHOTOS["IMG_2.jpg"]}
    (answer,) = send(hugo, folder, named, visibility="administrative").json()["files"]
    assert answer["code"] == "looks_medical"
    assert not Document.unrestricted.exists()
    send(hugo, folder, named)
    receipt, document = HandoverReceipt.unrestricted.get(), Document.unrestricted.get()
    assert receipt.photos == document.photos == hashes(named)
    shown = hugo.get(reverse("documents:receipt", args=[receipt.pk])).content.decode()
    assert hashes(named)[1] in shown
    assert "Arztbericht" not in shown + document.name
    listed = hugo.get(reverse("documents:papers", args=[folder.pk])).content.decode()
    assert reverse("documents:receipt", args=[receipt.pk]) in listed


def test_held_for_the_virus_check_they_become_the_same_paper(cast, folder, sign_in, settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "none")
    (answer,) = send(sign_in(cast.nadia), folder, PHOTOS).json()["files"]
    assert answer["held"] is True
    held = HeldPaper.unrestricted.get()
    assert held.as_document().photos == hashes()


def test_they_come_in_pieces_as_one_upload(cast, folder, sign_in, content, monkeypatch):
    data = b"".join(PHOTOS.values())
    photos = json.dumps([[name, len(one)] for name, one in PHOTOS.items()])
    nadia = Sender(sign_in(cast.nadia), folder, data)
    nadia.announce(name="photos", visibility="medical", photos=photos)
    assert nadia.answer.status_code == 201
    assert nadia.send(0, 5000).status_code == 204
    # Others have theirs drawn: it is not acknowledged, and sent again.
    monkeypatch.setattr(combining, "PATIENCE", 0)
    with combining._turn, combining._turn:
        assert nadia.send(5000, len(data)).status_code == 423
        (busy,) = send(nadia.browser, folder, PHOTOS).json()["files"]
        assert (busy["state"], busy["code"]) == ("refused", "upload_busy")
    assert not Document.unrestricted.exists()
    assert offset(nadia.send(5000, len(data))) == len(data)
    document = Document.unrestricted.get()
    assert (document.pages, document.photos) == (3, hashes())
    told = nadia.ask("GET").json()
    assert (told["state"], told["sha256"]) == ("received", document.sha256)
    # Of their names nothing stays.
    assert Upload.unrestricted.get().photos == []
    # What does not add up, is no photo, or cannot be one is refused.
    size = len(PHOTOS["IMG_1.jpg"])
    for said, status in (
        ("[", 400), ('[["a.jpg"]]', 400), ('{"a": 1}', 400), ('[[1, 2], ["b.jpg", 3]]', 400), ("7", 400),
        (json.dumps([["a.jpg", size]]), 422), (json.dumps([["a.jpg", size], ["b.jpg", 1]]), 422),
        (json.dumps([["a.jpg", size], ["b.jpg", 0]]), 422), (json.dumps([["a.jpg", -1], ["b.jpg", size + 1]]), 400),
    ):  # fmt: skip
        sender = Sender(nadia.browser, folder, PHOTOS["IMG_1.jpg"])
        assert sender.announce(visibility="medical", photos=said).answer.status_code == status, said
    mixed = PHOTOS["IMG_1.jpg"] + papers.certificate()
    said = json.dumps([["a.jpg", size], ["b.pdf", len(papers.certificate())]])
    last = Sender(nadia.browser, folder, mixed).announce(mixed, visibility="medical", photos=said)
    assert (last.answer.status_code, last.answer.json()["code"]) == (422, "not_combined")
    assert last.answer.json()["detail"].startswith("Photo 2: These photos cannot be combined")


def test_programs_combine_them_too_and_what_is_too_heavy_is_refused(
    cast, folder, sign_in, settings, stored_files
):
    nadia = sign_in(cast.nadia)
    address = reverse("documents:api-list")

    def post(**given):
        files = {key: [SimpleUploadedFile(*each) for each in PHOTOS.items()] for key in given.pop("as_", ())}
        return nadia.post(address, {"folder": folder.pk, "visibility": "medical", **files, **given})

    made = post(as_=["photos"])
    assert (made.status_code, made.json()["document"]["photos"]) == (201, hashes())
    for wrong in ([], ["file", "photos"]):
        assert post(as_=wrong).status_code == 400
    kept = len(stored_files())
    settings.DOCUMENT_MAX_PIXELS = 900 * 1200 - 1
    refused = post(as_=["photos"])
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_pixels")
    settings.DOCUMENT_MAX_PIXELS = 10**7
    # What is too large as one PDF, also at fewer pixels, is refused as a whole.
    settings.DOCUMENT_MAX_BYTES = max(map(len, PHOTOS.values())) + 10
    refused = post(as_=["photos"])
    assert (refused.status_code, refused.json()["code"]) == (400, "not_combined")
    assert len(stored_files()) == kept


def test_what_would_be_too_large_a_file_is_drawn_at_fewer_pixels(
    cast, folder, sign_in, settings, content, monkeypatch
):
    monkeypatch.setattr(combining, "EDGES", (800, 200))
    settings.DOCUMENT_MAX_BYTES = 150_000
    noise = {
        f"{number}.jpg": papers.jpeg_of(Image.effect_noise((600, 800), 60 + number), quality=10)
        for number in (1, 2)
    }
    assert max(map(len, noise.values())) < settings.DOCUMENT_MAX_BYTES
    (answer,) = send(sign_in(cast.nadia), folder, noise).json()["files"]
    assert answer["state"] == "received", answer
    with pikepdf.open(io.BytesIO(content(Document.unrestricted.get()))) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert pikepdf.PdfImage(image).size == (150, 200)
