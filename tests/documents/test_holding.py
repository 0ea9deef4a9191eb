"""A file that no virus scanner has seen: received, held, released, or put into quarantine."""

import hashlib
import json
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from claims_files.models import TimelineEntry
from correspondence import notices
from correspondence.models import Notification
from documents import scan, services, storage, tasks
from documents.deployment import check_scanner
from documents.intake import FileRefused
from documents.models import Document, HeldPaper
from documents.scan import Verdict
from documents.services import contents, follow_case, receive
from permissions import grants
from permissions.models import AuditLine
from tests import papers
from tests.documents.test_crypto import NEW
from tests.factories_claims import open_claim
from tests.factories_documents import make_folder, receipts_of, upload_of
from users.models import User

pytestmark = pytest.mark.django_db
SECRET = "Burnout_Bericht.pdf"


@pytest.fixture(autouse=True)
def in_english(settings, cast):
    settings.LANGUAGE_CODE = "en"
    User.objects.update(language="en")


@pytest.fixture
def scanner(monkeypatch):
    """A scanner that says what stands in `says`; at first it does not answer."""
    now = SimpleNamespace(says=Verdict.NONE, asked=0)

    def ask(chunks):
        now.asked += 1
        assert b"".join(chunks)
        return now.says

    monkeypatch.setattr(scan, "ask", ask)
    return now


def send(folder, by, visibility="administrative", data=None, name="paper.pdf", **more):
    data = papers.text_pdf("Paper") if data is None else data
    return receive(folder.pk, upload_of(data, name), visibility=visibility, by=by, hold=True, **more)


def events():
    return list(
        AuditLine.unrestricted.filter(event__startswith="document.")
        .order_by("id")
        .values_list("event", flat=True)
    )


def jobs(name):
    with connection.cursor() as cursor:
        cursor.execute("select args from procrastinate_jobs where task_name = %s", [name])
        return [args for (args,) in cursor.fetchall()]


def test_a_held_paper_is_received_and_exists_for_nobody_until_the_scanner_lets_it_pass(
    cast, scanner, sign_in, content
):
    claim = open_claim(cast, person=cast.persons.nadia)
    folder = services.folders(cast.hugo).get(claim_file=claim)
    data = papers.text_pdf("Paper")
    received = send(folder, cast.hugo, data=data, kind="wage_statement")
    held = received.held
    assert (received.document, received.receipt, held.sha256) == (
        None,
        None,
        hashlib.sha256(data).hexdigest(),
    )
    assert not Document.unrestricted.exists()
    assert not Notification.objects.filter(event__startswith="document.").exists()
    assert not TimelineEntry.unrestricted.filter(code="document_received").exists()
    for user in (cast.hugo, cast.nadia, cast.pauline, cast.fiona):
        assert contents(folder, user) == services.Contents([], [], [held] if user == cast.hugo else [])
        client = sign_in(user)
        for path in ("file", "class"):
            assert client.get(f"/documents/{held.document_id}/{path}/").status_code == 404
        assert client.get("/api/v1/documents/").json()["count"] == 0
        shown = client.get(reverse("documents:folder", args=[folder.pk])).content.decode()
        assert (held.sha256 in shown) is ("paper.pdf" in shown) is (user == cast.hugo)
        assert str(held.document_id) not in shown
        assert len(client.get("/api/v1/held-documents/").json()["results"]) == (user == cast.hugo)
    # Sent again, it is known; still nobody answers.
    with pytest.raises(FileRefused) as refusal:
        send(folder, cast.hugo, data=data)
    assert refusal.value.code == "duplicate"
    assert services.check_held() == 0
    # What crashed, was forgotten or changes keys must not take it along.
    assert services.sweep(timedelta(seconds=-1)) == 0
    assert list(services.broken(whole=True)) == []
    # Acknowledged is acknowledged, whoever may do what by now.
    grants.revoke(grants.grants_of(cast.hugo)[0], by=cast.reto)
    scanner.says = Verdict.CLEAN
    tasks.check_held(timestamp=0)
    document = Document.unrestricted.get()
    assert (document.pk, document.created, document.uploaded_by) == (
        held.document_id,
        held.created,
        cast.hugo,
    )
    assert content(document) == data
    held.refresh_from_db()
    assert (held.state, bool(held.released), held.name, held.title) == ("released", True, "", "")
    assert [each.pk for each in contents(folder, cast.pauline).documents] == [document.pk]
    assert events()[-3:] == ["document.held", "document.released", "document.received"]
    assert {row.user_id for row in Notification.objects.filter(event="document.received")} >= {cast.nadia.pk}
    assert TimelineEntry.unrestricted.filter(code="document_received").exists()


@pytest.mark.parametrize("verdict", [Verdict.INFECTED, Verdict.TOO_LARGE])
def test_what_the_scanner_stops_is_never_opened_and_its_sender_is_told(
    cast, folder, scanner, sign_in, settings, stored_files, verdict
):
    data = papers.text_pdf("Paper")
    held = send(folder, cast.nadia, "medical", data=data, name=SECRET, title="mine").held
    scanner.says = verdict
    assert services.check_held() == 1
    held.refresh_from_db()
    assert held.state == {Verdict.INFECTED: "infected", Verdict.TOO_LARGE: "unchecked"}[verdict]
    assert not Document.unrestricted.exists()
    assert services.check_held() == 0
    assert scanner.asked == 2
    client = sign_in(cast.nadia)
    page = client.get(reverse("documents:folder", args=[folder.pk])).content.decode()
    address = reverse("documents:receipt", args=[held.pk])
    assert address in page
    assert "It goes to nobody" in client.get(address).content.decode()
    assert held.sha256 in page
    assert SECRET in page
    (notice,) = notices.notices(cast.nadia, notices.for_user(cast.nadia))
    assert (notice.notification.event, notice.url) == (
        "document.quarantined",
        reverse("documents:folder", args=[folder.pk]),
    )
    (args,) = jobs("documents.tell_of_stopped")
    tasks.tell_of_stopped(**json.loads(args))
    (message,) = mail.outbox
    assert message.to == [cast.nadia.email]
    for text in (message.subject, message.body, str(message.alternatives)):
        assert "urnout" not in text
        assert "Rochat" not in text
    line = AuditLine.unrestricted.get(event="document.quarantined")
    assert (line.actor, line.company, line.facts["reason"]) == (None, None, held.state)
    assert "urnout" not in str(line.facts)
    # The same file again is looked at again.
    with pytest.raises(FileRefused) as refusal:
        send(folder, cast.nadia, "medical", data=data)
    assert refusal.value.code == {Verdict.INFECTED: "malware", Verdict.TOO_LARGE: "too_complex"}[verdict]
    # Kept encrypted for some days, then removed; the receipt stays and says so.
    assert services.empty_quarantine() == 0
    assert len(stored_files()) == 1
    HeldPaper.unrestricted.update(
        stopped=timezone.now() - timedelta(days=settings.QUARANTINE_DAYS, minutes=1)
    )
    tasks.sweep(timestamp=0)
    assert stored_files() == []
    held.refresh_from_db()
    assert (held.name, held.title, bool(held.removed)) == ("", "", True)
    assert held.sha256 in client.get(reverse("documents:folder", args=[folder.pk])).content.decode()
    assert list(services.broken()) == []
    assert events()[-1] == "document.quarantine_ended"


def test_hr_keeps_no_sight_of_what_it_hands_over_sealed_held_or_not(cast, folder, scanner, sign_in):
    held = send(folder, cast.hugo, "medical", name=SECRET, kind="medical_report").held
    line = AuditLine.unrestricted.get(event="document.held")
    assert (line.company, line.person) == (None, cast.persons.nadia.pk)
    client = sign_in(cast.hugo)
    for text in (
        client.get(reverse("documents:folder", args=[folder.pk])).content.decode(),
        client.get("/api/v1/held-documents/").content.decode(),
    ):
        assert held.sha256 in text
        assert "urnout" not in text
        assert str(held.document_id) not in text
    scanner.says = Verdict.CLEAN
    services.check_held()
    (receipt,) = receipts_of(cast.hugo)
    assert (receipt.sha256, receipt.created) == (held.sha256, held.created)
    # Its receipt says what became of it, to him alone.
    address = reverse("documents:receipt", args=[held.pk])
    shown = client.get(address).content.decode()
    assert held.sha256 in shown
    assert "It was handed over to the insurer" in shown
    assert str(held.document_id) not in shown
    assert client.get(f"/api/v1/held-documents/{held.pk}/").json()["state"] == "released"
    assert client.get("/api/v1/held-documents/").json()["results"] == []
    for other in (cast.nadia, cast.pauline):
        assert sign_in(other).get(address).status_code == 404
        assert sign_in(other).get(f"/api/v1/held-documents/{held.pk}/").status_code == 404
    assert contents(folder, cast.hugo) == services.Contents([], [receipt])
    assert len(contents(folder, cast.nadia).documents) == 1


def test_a_held_paper_goes_where_its_case_went_or_with_its_draft(
    cast, scanner, stored_files, django_capture_on_commit_callbacks
):
    sent, discarded = (make_folder(cast.persons.nadia, stage="employer") for _each in range(2))
    for folder in (sent, discarded):
        send(folder, cast.hugo, "medical", title="mine")
    services.forget_titles(cast.hugo)
    follow_case(sent.pk, stage="sent", contract=cast.ktg)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.discard_folder(discarded.pk)
    assert len(stored_files()) == 1
    scanner.says = Verdict.CLEAN
    assert services.check_held() == 1
    document = Document.unrestricted.get()
    assert (document.folder, document.stage, document.contract_id, document.title) == (
        sent,
        "sent",
        cast.ktg.pk,
        "",
    )


def test_only_who_waits_for_it_has_a_file_held(cast, folder, scanner, stored_files):
    with pytest.raises(FileRefused) as refusal:
        receive(folder.pk, upload_of(papers.certificate()), visibility="administrative", by=cast.hugo)
    assert refusal.value.code == "scan_unavailable"
    assert stored_files() == []


def test_a_damaged_held_file_does_not_stop_the_others(cast, folder, scanner, caplog):
    first = send(folder, cast.hugo).held
    send(folder, cast.hugo, data=papers.certificate())
    path = storage.place(first.document_id)
    path.write_bytes(path.read_bytes()[:-1])
    assert list(services.broken()) == [first.document_id]
    scanner.says = Verdict.CLEAN
    assert services.check_held() == 1
    assert str(first.pk) in caplog.text
    assert HeldPaper.unrestricted.get(state="waiting") == first


def test_page_and_api_say_that_it_is_held(cast, folder, scanner, sign_in):
    client = sign_in(cast.hugo)
    values = {"visibility": "administrative", "kind": "other"}
    path = reverse("documents:upload", args=[folder.pk])
    answer = client.post(path, {**values, "files": upload_of(papers.certificate())}, follow=True)
    assert answer.status_code == 200
    assert "messages" in answer.context
    assert len(list(answer.context["messages"])) == 2
    as_json = client.post(
        path,
        {**values, "files": upload_of(papers.small_jpeg(), "a.jpg")},
        headers={"Accept": "application/json"},
    )
    assert as_json.status_code == 201
    assert (as_json.json()["files"][0]["state"], as_json.json()["files"][0]["held"]) == ("received", True)
    body = {**values, "folder": str(folder.pk), "file": upload_of(papers.small_png(), "a.png")}
    twice = []
    for _each in range(2):
        body["file"].seek(0)
        twice.append(client.post("/api/v1/documents/", body, headers={"Idempotency-Key": "a"}))
    assert [each.status_code for each in twice] == [201, 201]
    assert twice[0].json() == twice[1].json()
    assert twice[0].json()["held"]["state"] == "waiting"
    assert (twice[0].json()["document"], twice[0].json()["receipt"]) == (None, None)
    assert HeldPaper.unrestricted.count() == 3


def test_operators_learn_how_the_scanner_stands(
    cast, folder, scanner, settings, monkeypatch, capsys, tmp_path
):
    send(folder, cast.hugo)
    assert check_scanner(None) == []
    settings.CLAMD_SOCKET = str(tmp_path / "nobody")
    assert [found.id for found in check_scanner(None)] == ["documents.W001"]
    call_command("check_documents")
    said = capsys.readouterr().out
    assert "does not answer" in said
    assert "Held for the virus check: 1." in said
    settings.DOCUMENT_KEYS = [NEW, *settings.DOCUMENT_KEYS]
    assert services.change_keys() == 1


def test_what_is_released_while_the_store_is_looked_through_is_missed_nowhere(
    cast, folder, scanner, settings, stored_files
):
    def meanwhile(execute, sql, *given):
        answer = execute(sql, *given)
        if scanner.says == Verdict.NONE and sql.startswith("SELECT"):
            scanner.says = Verdict.CLEAN
            assert services.check_held() == 1
        return answer

    send(folder, cast.hugo)
    settings.DOCUMENT_KEYS = [NEW, *settings.DOCUMENT_KEYS]
    with connection.execute_wrapper(meanwhile):
        assert services.change_keys() == 1
    scanner.says = Verdict.NONE
    send(folder, cast.hugo, data=papers.certificate())
    with connection.execute_wrapper(meanwhile):
        assert services.sweep(timedelta(seconds=-1)) == 0
    assert len(stored_files()) == Document.unrestricted.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.INFECTED])
def test_several_jobs_at_once_decide_about_a_paper_once(cast, scanner, stored_files, verdict):
    folder = make_folder(cast.persons.nadia)
    send(folder, cast.hugo)
    scanner.says = verdict
    decided, together = [], threading.Barrier(4)

    def work():
        together.wait(10)
        decided.append(services.check_held())
        connection.close()

    workers = [threading.Thread(target=work) for _each in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(decided) == [0, 0, 0, 1]
    assert len(stored_files()) == 1
    assert Document.unrestricted.count() == (verdict == Verdict.CLEAN)
    assert len(jobs("documents.tell_of_stopped")) == (verdict == Verdict.INFECTED)
