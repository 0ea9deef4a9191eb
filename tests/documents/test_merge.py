"""Merging: several documents of a folder in one new PDF with an index; no wider than the strictest, which all stay."""

import hashlib
import io
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from core.errors import NotAllowed, OutOfReach
from documents import intake, merge, scan, services, split, storage
from documents.child import TooHeavy
from documents.models import Document, HeldPaper, Merge
from documents.scan import Verdict
from permissions.trail import AuditLine
from tests import papers
from tests.factories_documents import make_document, make_folder
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(settings, cast):
    settings.LANGUAGE_CODE = "en"
    User.objects.update(language="en")
    type(cast.rochat).unrestricted.filter(pk=cast.rochat.pk).update(language="en")


@pytest.fixture
def bench(monkeypatch):
    """The children, which have a test of their own, answer at once; `spoil` holds what one document does instead."""
    now = SimpleNamespace(
        spoil={}, meanwhile=lambda: None, pages=papers.text_pdf("Pages"), made=papers.text_pdf("Merged")
    )

    def taken_out(document, reader, numbers):
        if failure := now.spoil.get(document.pk):
            raise failure
        return now.pages

    def bound(*_given):
        now.meanwhile()
        return now.made

    monkeypatch.setattr(split, "taken_out", taken_out)
    monkeypatch.setattr(merge, "bound", bound)
    with intake.examined_once({now.made: (hashlib.sha256(now.made).hexdigest(), 1)}):
        yield now


def ask(folder, documents, by, name="Case"):
    return services.request_merge(folder.pk, documents=[each.pk for each in documents], name=name, by=by)


def work(asked):
    services.work_on_merge(asked.pk)
    asked.refresh_from_db()
    return asked


def test_documents_become_one_with_an_index_and_stay(cast, folder, content, sign_in, monkeypatch):
    said = []

    def child(task, arguments, chunks):
        said.extend(arguments)
        return unwatched(task, arguments, chunks)

    unwatched = merge.child
    monkeypatch.setattr(merge, "child", child)
    # The examiner has tests of its own.
    sent = {
        "fax": papers.three_page_tiff(),
        "photo": papers.photo_heic(),
        "police": papers.printable_only_pdf(),
    }
    pages = {"fax": 3, "photo": 1, "police": 1}
    known = {data: (hashlib.sha256(data).hexdigest(), pages[each]) for each, data in sent.items()}
    with intake.examined_once(known):
        fax = make_document(folder, cast.hugo, "administrative", data=sent["fax"], name="fax.tif")
        photo = make_document(folder, cast.nadia, "medical", data=sent["photo"], name="IMG.HEIC")
        police = make_document(folder, cast.pauline, "administrative", data=sent["police"], name="police.pdf")
    broken = make_document(folder, cast.nadia, "certificate", name="broken.pdf")
    path = storage.place(broken.pk)
    path.write_bytes(path.read_bytes()[:-1])
    before = {each.pk: content(each) for each in (fax, photo, police)}
    client = sign_in(cast.pauline)
    address = reverse("documents:merge", args=[folder.pk])
    assert address in client.get(reverse("documents:folder", args=[folder.pk])).content.decode()
    assert client.post(address, {"name": "x", "order": "oldest"}).status_code == 422
    chosen = {"name": "../Dossier", "order": "newest", "documents": [fax.pk, photo.pk, police.pk, broken.pk]}
    asked = client.post(address, chosen)
    row = Merge.unrestricted.get()
    assert asked["Location"] == reverse("documents:merged", args=[folder.pk, row.pk])
    assert ProcrastinateJob.objects.filter(task_name="documents.merge").count() == 1
    assert "0 of 4 documents" in client.get(asked["Location"]).content.decode()
    work(row)
    made = Document.unrestricted.get(pk=row.made)
    assert (row.state, row.done, made.name, made.kind) == ("made", 4, "Dossier.pdf", "other")
    assert (made.visibility, made.folder_id, made.uploaded_by) == ("medical", folder.pk, cast.pauline)
    file = pypdf.PdfReader(io.BytesIO(content(made)))
    index = file.pages[0].extract_text()
    assert (len(file.pages), made.pages) == (6, 6)
    assert [each.title for each in file.outline] == ["Index", "1. police.pdf", "2. IMG.HEIC", "3. fax.tif"]
    assert file.get_destination_page_number(file.outline[3]) == 3
    flat = "".join(index.split())
    for each, side, pages in (
        (police, "Insurer", "2"),
        (photo, "Insuredperson", "3"),
        (fax, "Employer", "4-6"),
    ):
        assert f"Sender{side}|Pages{each.pages}|Inthisfileonpage{pages}" in flat
        assert each.sha256 in flat
    # Named, with the reason, in the paper and on the page.
    assert "broken.pdf–Thestoredfile" in flat
    shown = client.get(asked["Location"]).content.decode()
    assert "broken.pdf" in shown
    assert reverse("documents:document", args=[made.pk]) in shown
    for each in (fax, photo, police):
        each.refresh_from_db()
        assert content(each) == before[each.pk]
    # Everybody on the machine sees what a process was started with.
    assert all(each.isdigit() for each in said)
    assert said
    line = AuditLine.unrestricted.get(event="document.merged")
    assert (line.target, line.company, line.facts["left_out"]) == (made.pk, None, 1)
    assert line.facts["sources"] == [str(each.pk) for each in (police, photo, fax)]


def test_who_merges_what_and_how_it_may_end(cast, folder, bench, sign_in, monkeypatch, settings):
    first = make_document(folder, cast.nadia, "administrative")
    second = make_document(folder, cast.nadia, "certificate")
    third = make_document(folder, cast.nadia, "certificate")
    elsewhere = make_document(make_folder(cast.persons.nadia), cast.nadia, "medical")
    for by, error in ((cast.nadia, NotAllowed), (cast.hugo, NotAllowed), (cast.elena, OutOfReach)):
        with pytest.raises(error):
            ask(folder, [first, second], by)
    for chosen in ([first], [first, first], [first, elsewhere]):
        with pytest.raises(ValidationError):
            ask(folder, chosen, cast.pauline)
    settings.DOCUMENT_MAX_BYTES = first.size + 1
    with pytest.raises(ValidationError, match="larger than"):
        ask(folder, [first, second], cast.pauline)
    settings.DOCUMENT_MAX_BYTES = 20_000_000
    assert not Merge.unrestricted.exists()
    # Too few are left; made stricter on the way; the right is gone; the work was lost.
    bench.spoil = {first.pk: TooHeavy()}
    row = work(ask(folder, [first, second], cast.pauline))
    assert (row.state, row.problem, row.papers[0]["left_out"]) == ("failed", "too_few", "too_heavy")
    bench.spoil = {}
    # No more pages are held in memory than the new document may have.
    settings.DOCUMENT_MAX_BYTES, bench.pages = first.size + second.size, bytes(first.size + second.size + 1)
    row = work(ask(folder, [first, second], cast.pauline))
    assert (row.problem, row.done) == ("too_large", 1)
    settings.DOCUMENT_MAX_BYTES, bench.pages = 20_000_000, papers.text_pdf("Pages")
    bench.meanwhile = lambda: services.classify(third.pk, visibility="medical", by=cast.pauline)
    row = work(ask(folder, [first, third], cast.pauline))
    assert (row.state, row.problem, row.made) == ("failed", "changed", None)
    bench.meanwhile = lambda: User.objects.filter(pk=cast.pauline.pk).update(is_active=False)
    row = work(ask(folder, [first, second], cast.pauline))
    assert (row.state, row.problem) == ("failed", "no_right")
    User.objects.filter(pk=cast.pauline.pk).update(is_active=True)
    bench.meanwhile = lambda: None
    lost = ask(folder, [first, second], cast.pauline)
    assert ask(folder, [first, second], cast.pauline) == lost
    assert services.end_lost_merges() == 0
    Merge.unrestricted.filter(pk=lost.pk).update(touched=timezone.now() - timedelta(hours=1))
    assert services.end_lost_merges() == 1
    assert work(lost).problem == "interrupted"
    assert Document.unrestricted.count() == 4
    # What is left out is named in the index: the new document is as strict as that, too.
    bench.spoil = {third.pk: TooHeavy()}
    row = work(ask(folder, [third, first, second], cast.pauline))
    assert Document.unrestricted.get(pk=row.made).visibility == "medical"
    Document.unrestricted.filter(pk=row.made).delete()
    client = sign_in(cast.pauline)
    page = client.get(reverse("documents:merged", args=[folder.pk, lost.pk])).content.decode()
    assert "The work was interrupted" in page
    # Over the API, and a repeated request is one act. The virus scanner does not answer: held like any file.
    address = reverse("documents:api-merges", args=[folder.pk])
    body = {"documents": [str(second.pk), str(first.pk)], "name": "Case"}
    answers = [
        client.post(address, body, content_type="application/json", headers={"Idempotency-Key": "once"})
        for _time in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    says = Verdict.NONE
    monkeypatch.setattr(scan, "ask", lambda chunks: says)
    row = Merge.unrestricted.get(pk=answers[0].json()["id"])
    for _time in range(2):
        work(row)
    held = HeldPaper.unrestricted.get()
    assert (row.state, row.made, held.visibility) == ("made", held.document_id, "certificate")
    status = reverse("documents:api-merge", args=[folder.pk, row.pk])
    assert client.get(status).json()["made"] == str(held.document_id)
    page = reverse("documents:merged", args=[folder.pk, row.pk])
    assert "Held for the virus check" in client.get(page).content.decode()
    # Nobody else knows of it.
    for other in (cast.nadia, cast.hugo):
        assert [sign_in(other).get(each).status_code for each in (status, page)] == [404, 404]
    # What becomes stricter while it waits makes it stricter: nobody sees by it what he sees no more.
    services.classify(second.pk, visibility="medical", by=cast.nadia)
    says = Verdict.CLEAN
    assert services.check_held() == 1
    assert Document.unrestricted.get(pk=row.made).visibility == "medical"
    client = sign_in(cast.pauline)
    assert reverse("documents:document", args=[row.made]) in client.get(page).content.decode()
    assert client.get(reverse("documents:merged", args=[folder.pk, uuid4()])).status_code == 404
