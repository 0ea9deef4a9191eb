"""Pictures of documents: drawn by a child that can do no harm, kept encrypted, shown to whoever sees the document."""

import io
import itertools
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pillow_heif
import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from core.errors import OutOfReach
from documents import child, preview, services, storage, tasks
from documents.models import Document
from documents.services import previews
from permissions.trail import AuditLine
from tests import papers
from tests.factories_documents import make_document
from tests.house.routes import body_of
from users.models import User

pytestmark = pytest.mark.django_db
NOWHERE = (46, 57, 6.5)


@pytest.fixture(autouse=True)
def in_english(settings, cast):
    settings.LANGUAGE_CODE = "en"
    User.objects.update(language="en")


@pytest.fixture(autouse=True)
def draughtsman():
    """Here the child itself draws."""


def lying_photo(kind):
    """A photo taken sideways (red above, blue below once it is upright), with the place where it was taken."""
    upright = Image.new("RGB", (300, 400), "red")
    upright.paste("blue", (0, 200, 300, 400))
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secretcamera"
    exif.get_ifd(0x8825).update({1: "N", 2: NOWHERE, 3: "E", 4: NOWHERE})
    out = io.BytesIO()
    if kind == "heic":
        pillow_heif.from_pillow(lying).save(out, exif=exif.tobytes(), quality=90)
    else:
        lying.save(out, kind, exif=exif)
    return out.getvalue()


def wide_tiff():
    """Two pages, the second in 16 bits of grey."""
    out = io.BytesIO()
    first = papers.sheet(400, 300, ["One"])
    first.save(out, "TIFF", save_all=True, append_images=[Image.new("I;16", (300, 400), 40_000)])
    return out.getvalue()


def filled_form():
    """A PDF whose only ink is the value of a field."""
    return papers.pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /DR << /Font << /F 6 0 R >> >> >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Rotate 90 /Annots [4 0 R] >>",
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (x) /Rect [0 0 400 300] /F 4 /AP << /N 5 0 R >> >>",
            papers.stream(b"0 0 1 rg 0 0 400 300 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 400 300]"),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def opened(content):
    return Image.open(io.BytesIO(content))


def colour(picture, across, down):
    return picture.convert("RGB").getpixel((int(picture.width * across), int(picture.height * down)))


def is_like(found, wanted):
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


def test_every_kind_is_drawn_upright_and_naked(cast, folder):
    """Orientation applied; camera, place and profiles stay behind; filled fields are seen; every page of a fax."""
    red, blue = (255, 0, 0), (0, 0, 255)
    grey = tuple([40_000 // 257] * 3)
    cases = [
        ("a.jpg", lying_photo("jpeg"), 1, (300, 400), [(0.5, 0.2, red), (0.5, 0.8, blue)]),
        ("a.heic", lying_photo("heic"), 1, (300, 400), [(0.5, 0.2, red), (0.5, 0.8, blue)]),
        ("a.png", papers.small_png(), 1, None, []),
        ("a.tif", wide_tiff(), 2, (300, 400), [(0.5, 0.5, grey)]),
        ("fax.tif", papers.three_page_tiff(), 3, (1240, 1754), []),
        ("form.pdf", filled_form(), 1, (1200, 1600), [(0.5, 0.5, blue)]),
        ("text.pdf", papers.certificate(), 1, (1131, 1600), []),
    ]
    for name, data, page, size, points in cases:
        document = make_document(folder, cast.nadia, "medical", data=data, name=name)
        services.make_preview(document.pk)
        document.refresh_from_db()
        assert document.preview == "made", name
        content = services.page_picture(document.pk, page, by=cast.nadia)
        picture = opened(content)
        assert (picture.format, picture.size) == ("WEBP", size or picture.size), name
        for across, down, wanted in points:
            assert is_like(colour(picture, across, down), wanted), (name, colour(picture, across, down))
        small = services.thumbnail(document.pk, by=cast.nadia)
        assert max(opened(small).size) == preview_edge(), name
        for each in (content, small):
            assert not opened(each).getexif(), name
            assert not any(word in each for word in (b"Secretcamera", b"EXIF", b"XMP ", b"ICCP")), name


def preview_edge():
    return 96


def test_pictures_lie_encrypted_beside_their_document(cast, folder, root, stored_files, settings):
    document = make_document(folder, cast.nadia, "medical")
    services.make_preview(document.pk)
    beside = [path for path in stored_files() if path.suffix == ".epv"]
    assert len(beside) == 2
    assert {path.parent for path in beside} == {storage.place(document.pk).parent}
    assert not any(b"WEBP" in path.read_bytes() for path in beside)
    # One in the place of the other does not open, and is made anew; so is one that is missing.
    right = services.page_picture(document.pk, 1, by=cast.nadia)
    beside[0].write_bytes(beside[1].read_bytes())
    assert services.page_picture(document.pk, 1, by=cast.nadia) == right
    assert services.thumbnail(document.pk, by=cast.nadia) != right
    for path in beside:
        path.unlink()
    assert services.page_picture(document.pk, 1, by=cast.nadia) == right
    # The sweeper leaves them while there is the row, and takes them when there is none.
    for path in stored_files():
        os.utime(path, (0, 0))
    assert services.sweep() == 0
    Document.unrestricted.filter(pk=document.pk).delete()
    assert services.sweep() == 3
    assert stored_files() == []


def paper_of(pages):
    """A PDF of so many blank pages, each a little higher than the one before."""
    kids = b" ".join(b"%d 0 R" % (3 + n) for n in range(pages))
    sheets = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 %d] >>" % (20 + n) for n in range(pages)]
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    return papers.pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *sheets])


def test_long_papers_are_drawn_further_when_asked_for(cast, folder, stored_files):
    document = make_document(folder, cast.nadia, "medical", data=paper_of(12), name="scan.pdf")
    services.make_preview(document.pk)
    assert len([path for path in stored_files() if path.suffix == ".epv"]) == preview.BATCH + 1
    for page in (1, 8, 9, 12):
        assert opened(services.page_picture(document.pk, page, by=cast.nadia)).height == (19 + page) * 16
    for page in (0, 13):
        with pytest.raises(OutOfReach):
            services.page_picture(document.pk, page, by=cast.nadia)


ANSWER = "sys.stdout.write({!r}); sys.stdout.flush()"
# What a file makes the child do that it has taken over, within the child's limits, and what its document's row then says.
HOSTILE = {
    "hangs": ("while True: pass", "too_heavy"),
    "sleeps": ("import time; time.sleep(60)", "too_heavy"),
    "eats memory": ("bytearray(2 ** 32)", "too_heavy"),
    "crashes": ("import os; os.abort()", "too_heavy"),
    "says nonsense": (ANSWER.format("{}\n"), "too_heavy"),
    "gives a page": (ANSWER.format('{"picture": "page-1", "bytes": 4}\n<svg'), "too_heavy"),
    "names a path": (ANSWER.format('{"picture": "../page-1", "bytes": 0}\n'), "too_heavy"),
    "floods": (ANSWER.format('{"picture": "thumbnail", "bytes": 1000000000000}\n'), "too_heavy"),
    "writes a file": ("open('/tmp/portal-preview-proof', 'w')", "unreadable"),
    "calls home": ("import socket; socket.socket()", "unreadable"),
    "reads a secret": ("open('/etc/passwd')", "unreadable"),
    "does not open": ("raise ValueError", "unreadable"),
}
CHILD = (child.WORKBENCH / "draw.py").read_text()


@pytest.fixture
def child_that(tmp_path, monkeypatch):
    """A function: from now on the child does this as well, in place of a line of its own."""
    workbench = Path(shutil.copytree(child.WORKBENCH, tmp_path / "workbench"))
    monkeypatch.setattr(child, "WORKBENCH", workbench)
    monkeypatch.setattr(preview, "DRAW", replace(preview.DRAW, cpu_seconds=1, wall_seconds=2))

    def change(before, after):
        assert CHILD.count(before) == 1
        (workbench / "draw.py").write_text(CHILD.replace(before, after))

    return change


def test_a_preview_that_fails_leaves_the_document_intact_and_says_so(
    cast, folder, sign_in, content, child_that
):
    client = sign_in(cast.nadia)
    for what, (act, state) in HOSTILE.items():
        child_that("    draw = ", f"    {act}\n    draw = ")
        document = make_document(folder, cast.nadia, "medical")
        before = content(document)
        services.make_preview(document.pk)
        document.refresh_from_db()
        assert (what, document.preview) == (what, state)
        assert content(document) == before
        shown = client.get(reverse("documents:document", args=[document.pk])).content.decode()
        assert "No preview of this document" in shown, what
        assert "/pages/" not in shown
        assert client.get(reverse("documents:page_picture", args=[document.pk, 1])).status_code == 409
        assert body_of(client.get(reverse("documents:download", args=[document.pk]))) == before
    assert b"<img" not in client.get(reverse("documents:papers", args=[folder.pk])).content


def test_one_page_that_cannot_be_drawn_leaves_the_others(cast, folder, sign_in, child_that):
    client = sign_in(cast.nadia)
    for number, act in enumerate(("raise ValueError", "import signal; signal.pause()"), 1):
        line = "            frame = "
        child_that(line, f"            if number == 2:\n                {act}\n{line}")
        data = papers.three_page_tiff() + bytes(number)
        document = make_document(folder, cast.nadia, "medical", data=data, name="fax.tif")
        services.make_preview(document.pk)
        document.refresh_from_db()
        assert document.preview == "made"
        page = reverse("documents:document", args=[document.pk])
        shown = [client.get(page, {"page": n}).content.decode() for n in (1, 2, 3)]
        assert ["No preview of this page" in each for each in shown] == [False, True, False]


# --- Who sees them ------------------------------------------------------------------------------


def test_pictures_open_to_whoever_sees_the_document(cast, folder, sign_in):
    documents = {each: make_document(folder, cast.nadia, each) for each in ("medical", "certificate")}
    addresses = [
        ("documents:document", []),
        ("documents:page_picture", [1]),
        ("documents:thumbnail", []),
        ("documents:api-picture", []),
        ("documents:api-thumbnail", []),
    ]
    for who, seen in {"nadia": {"medical", "certificate"}, "hugo": {"certificate"}, "sacha": set()}.items():
        client = sign_in(getattr(cast, who))
        for (name, rest), (visibility, document) in itertools.product(addresses, documents.items()):
            there = client.get(reverse(name, args=[document.pk, *rest]))
            assert there.status_code == (200 if visibility in seen else 404), (who, name, visibility)
            if visibility in seen and name != "documents:document":
                assert there.headers["Content-Type"] == "image/webp"
                assert there.headers["Cache-Control"] == "no-store, private"
                assert there.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    # Made stricter: gone with the document, though the picture lies in the store.
    paper = documents["certificate"]
    services.classify(paper.pk, visibility="medical", by=cast.pauline)
    for name, rest in addresses:
        assert sign_in(cast.hugo).get(reverse(name, args=[paper.pk, *rest])).status_code == 404, name


def test_looking_leaves_one_line_and_a_thumbnail_none(cast, folder, sign_in):
    document = make_document(folder, cast.nadia, "medical", data=papers.three_page_tiff(), name="fax.tif")

    def lines():
        return list(AuditLine.unrestricted.filter(target=document.pk, event="document.read"))

    client = sign_in(cast.pauline)
    client.get(reverse("documents:thumbnail", args=[document.pk]))
    client.get(reverse("documents:folder", args=[folder.pk]))
    assert not lines()
    for page in (1, 2, 3):
        client.get(reverse("documents:document", args=[document.pk]), {"page": page})
        client.get(reverse("documents:page_picture", args=[document.pk, page]))
        client.get(reverse("documents:api-picture", args=[document.pk]), {"page": page})
    (line,) = lines()
    assert line.actor == cast.pauline.pk
    assert (line.facts["visibility"], line.facts["way"]) == ("medical", "health_manager")
    # Somebody else is another reader; and whoever takes the file itself always leaves his line.
    sign_in(cast.nadia).get(reverse("documents:page_picture", args=[document.pk, 1]))
    assert len(lines()) == 2
    body_of(sign_in(cast.pauline).get(reverse("documents:download", args=[document.pk])))
    assert len(lines()) == 3


def test_the_job_draws_after_receipt_and_what_was_left_out_later(cast, folder):
    document, older = (make_document(folder, cast.nadia, "medical") for _ in range(2))
    tasks.preview(document_id=str(document.pk))
    document.refresh_from_db()
    assert document.preview == "made"
    Document.unrestricted.filter(pk=older.pk).update(
        preview="none", created=timezone.now() - 2 * previews.WAIT
    )
    storage.place(document.pk).unlink()
    Document.unrestricted.filter(pk=document.pk).update(
        preview="none", created=timezone.now() - 3 * previews.WAIT
    )
    assert services.make_missing() == 2
    assert services.make_missing() == 0
    older.refresh_from_db()
    document.refresh_from_db()
    assert (older.preview, document.preview) == ("made", "unreadable")
