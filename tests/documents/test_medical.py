"""A paper that looks medical, sent by HR as an administrative one: asked before anything is stored."""

import io
import sys

import pytest
from django.urls import reverse

from documents import child, medical
from documents.intake import Accepted, FileRefused, check
from documents.models import Document
from documents.services import receive
from tests import papers
from tests.factories_documents import receipts_of, upload_of

pytestmark = pytest.mark.django_db
REPORT = papers.text_pdf("Rapport m\u00e9dical", "Diagnostic : lombalgie", "Patient : N. R.")


def accepted(name, content_type="image/jpeg"):
    return Accepted(name=name, content_type=content_type, size=1, sha256="0" * 64, pages=1)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (
            True,
            ["Arztzeugnis.jpg", "\u00c4rztlicher_Befund.pdf", "rapport-M\u00e9dical.PDF", "certificato medico.heic",
             "Rontgen.png", "IRM genou.jpg", "medical report 3.pdf", "ordonnance.jpg", "Diagnose-2026.tif"],
        ),
        (
            False,
            ["IMG_2210.jpg", "Lohnausweis 2026.jpg", "fiche de salaire.png", "contratto.jpg", "wage.jpg",
             "Irma Keller.jpg", "Vertrag Harzer.jpg", "police.jpg", "paramedics-club.jpg"],
        ),
    ],
)  # fmt: skip
def test_names_speak_in_four_languages(asked, names):
    assert {name: medical.looks_medical(io.BytesIO(b"x"), accepted(name)) for name in names} == dict.fromkeys(
        names, asked
    )


def test_the_first_page_of_a_pdf_speaks_and_nothing_of_it_is_told(first_page, monkeypatch, tmp_path):
    monkeypatch.setattr(medical, "words_on_first_page", first_page)
    for asked, data in (
        (True, REPORT),
        (True, papers.text_pdf("Arztzeugnis", "Diagnose: Lumbago")),
        (True, papers.text_pdf("Certificato medico", "Terapia")),
        (False, papers.certificate()),
        (False, papers.text_pdf("Lohnausweis 2026", "Patientenfonds der Firma")),
        (False, papers.scan_pdf(2)),
    ):
        file = io.BytesIO(data)
        assert medical.looks_medical(file, check(file, "a.pdf")) is asked
        assert file.tell() == 0
    seen = []
    popen = child.subprocess.Popen
    monkeypatch.setattr(child.subprocess, "Popen", lambda *a, **o: seen.append((a, o)) or popen(*a, **o))
    assert first_page(io.BytesIO(REPORT)) > 1
    ((command,), options) = seen[0]
    assert (command[:2], options["env"]) == ([sys.executable, "-I"], {})
    # A page that takes the reader down is no reason to refuse the paper.
    broken = tmp_path / "broken.py"
    broken.write_text("import os; os.kill(os.getpid(), 11)")
    monkeypatch.setattr(child, "WORKBENCH", broken)
    assert first_page(io.BytesIO(REPORT)) == 0


def test_hr_is_asked_and_nobody_else(cast, folder, stored_files):
    def sent(by, visibility="administrative", **more):
        try:
            upload = upload_of(papers.text_pdf(by.first_name, visibility), "Arztbericht.pdf")
            receive(folder.pk, upload, visibility=visibility, by=by, **more)
        except FileRefused as refusal:
            return refusal.code
        return "received"

    assert (sent(cast.hugo), sent(cast.fiona), stored_files()) == ("looks_medical", "looks_medical", [])
    assert sent(cast.nadia) == sent(cast.pauline) == sent(cast.hugo, "medical") == "received"
    assert sent(cast.hugo, confirm_class=True) == "received"


def test_page_and_api_ask_before_they_store(cast, folder, sign_in, stored_files):
    client = sign_in(cast.hugo)
    path = reverse("documents:upload", args=[folder.pk])

    def post(accept, **more):
        values = {
            "visibility": "administrative",
            "kind": "other",
            "files": upload_of(REPORT, "Befund.pdf"),
            **more,
        }
        return client.post(path, values, headers={"Accept": accept})

    page = post("text/html")
    assert page.status_code == 422
    assert b'name="confirm_class"' in page.content
    assert b'name="confirm_class"' not in client.get(reverse("documents:folder", args=[folder.pk])).content
    answer = post("application/json")
    assert answer.status_code == 422
    assert answer.json()["files"][0]["code"] == "looks_medical"

    def api(**more):
        values = {
            "folder": str(folder.pk),
            "file": upload_of(REPORT, "Befund.pdf"),
            "visibility": "administrative",
        }
        return client.post("/api/v1/documents/", {**values, **more})

    asked = api()
    assert (asked.status_code, asked.json()["code"]) == (409, "looks_medical")
    assert stored_files() == []
    assert not Document.unrestricted.exists()
    # Handed over without keeping sight of it, or sent as what it is.
    assert post("text/html", visibility="medical").status_code == 302
    assert len(receipts_of(cast.hugo)) == 1
    Document.unrestricted.all().delete()
    for receipt in receipts_of(cast.hugo):
        receipt.delete()
    assert post("text/html", confirm_class="on").status_code == 302
    Document.unrestricted.all().delete()
    assert api(confirm_class="true").status_code == 201
