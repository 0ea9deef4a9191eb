"""Receiving, reading, classifying, sweeping."""

import hashlib
import os
import time
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from procrastinate.contrib.django import app

from core.errors import NotNow, OutOfReach
from documents import intake, services, storage, tasks
from documents.intake import FileRefused
from documents.models import Document, Folder, HandoverReceipt
from documents.services import classify, contents, follow_case, reading, receive, receiving, sweep
from permissions import grants
from permissions.models import AuditLine
from tests import papers
from tests.documents.test_crypto import NEW
from tests.factories_documents import make_document, make_folder, receipts_of, upload_of

pytestmark = pytest.mark.django_db


def lines(document):
    return list(AuditLine.unrestricted.filter(target=document.pk).order_by("id"))


def read(document, by):
    _, reader = services.read(document.pk, by=by)
    with reader:
        return b"".join(reader.chunks())


@pytest.mark.parametrize("paper", papers.GOOD)
def test_a_real_paper_comes_back_byte_for_byte(cast, folder, paper):
    name, content_type, make = papers.GOOD[paper]
    received = receive(
        folder.pk, upload_of(make(), name), visibility="administrative", kind="other", by=cast.hugo
    )
    document = received.document
    assert received.receipt is None
    assert (document.name, document.content_type, document.size) == (name, content_type, len(make()))
    assert document.sha256 == hashlib.sha256(make()).hexdigest()
    assert read(document, cast.hugo) == make()


@pytest.mark.parametrize("paper", papers.BAD)
def test_a_bad_paper_leaves_nothing_behind(cast, folder, stored_files, paper):
    name, code, make = papers.BAD[paper]
    before = AuditLine.unrestricted.count()
    with pytest.raises(FileRefused) as refusal:
        receive(folder.pk, upload_of(make(), name), visibility="administrative", by=cast.hugo)
    assert refusal.value.code == code
    assert stored_files() == []
    assert not Document.unrestricted.exists()
    assert AuditLine.unrestricted.count() == before


def test_receiving_leaves_one_line_without_a_name(cast, folder):
    document = make_document(folder, cast.hugo, name="Burnout_Bericht.pdf", title="Burnout")
    (line,) = lines(document)
    assert (line.event, line.actor, line.company) == ("document.received", cast.hugo.pk, cast.rochat.pk)
    assert line.facts["sha256"] == document.sha256
    assert "urnout" not in str(line.facts)


def test_the_line_of_a_sealed_paper_is_not_the_companys(cast, folder):
    for by in (cast.hugo, cast.nadia):
        (line,) = lines(make_document(folder, by, "medical"))
        assert line.company is None
        assert line.person == cast.persons.nadia.pk


def test_who_may_not_send_here_is_told_nothing(cast, folder, stored_files):
    for outsider in (cast.bruno, cast.elena, cast.jonas, cast.felix, cast.claire, cast.sonia, cast.zoe):
        with pytest.raises(OutOfReach):
            receive(folder.pk, upload_of(papers.certificate()), visibility="medical", by=outsider)
        with pytest.raises(OutOfReach):
            receive(uuid4(), upload_of(papers.certificate()), visibility="medical", by=outsider)
    assert stored_files() == []


def test_a_right_lost_while_the_file_was_checked_refuses_it(cast, folder, stored_files, monkeypatch):
    def lose(_file):
        for grant in grants.grants_of(cast.hugo):
            grant.delete()

    monkeypatch.setattr(receiving.scan, "scan", lose)
    with pytest.raises(OutOfReach):
        receive(folder.pk, upload_of(papers.certificate()), visibility="medical", by=cast.hugo)
    assert stored_files() == []
    assert not Document.unrestricted.exists()


@pytest.mark.parametrize(
    ("visibility", "kind", "field"),
    [
        ("", "other", "visibility"),
        ("public", "other", "visibility"),
        ("administrative", "diary", "kind"),
        ("administrative", "medical_report", "visibility"),
        ("certificate", "bill", "visibility"),
    ],
)
def test_a_wrong_class_or_kind_is_refused_at_its_field(cast, folder, stored_files, visibility, kind, field):
    with pytest.raises(ValidationError) as refusal:
        receive(folder.pk, upload_of(papers.certificate()), visibility=visibility, kind=kind, by=cast.hugo)
    assert list(refusal.value.message_dict) == [field]
    assert stored_files() == []


def test_sending_twice_is_noticed(cast, folder, stored_files):
    make_document(folder, cast.hugo, data=papers.certificate())
    with pytest.raises(FileRefused) as refusal:
        make_document(folder, cast.hugo, data=papers.certificate(), name="other name.pdf")
    assert refusal.value.code == "duplicate"
    assert len(stored_files()) == 1
    make_document(make_folder(cast.marco), cast.hugo, data=papers.certificate())


def test_a_paper_hidden_from_the_sender_does_not_betray_itself(cast, folder):
    make_document(folder, cast.nadia, "medical", data=papers.certificate())
    make_document(folder, cast.hugo, "administrative", data=papers.certificate())
    make_document(folder, cast.pauline, "medical", data=papers.small_jpeg(), name="x.jpg")
    make_document(folder, cast.hugo, "medical", data=papers.small_jpeg(), name="x.jpg")
    with pytest.raises(FileRefused):
        make_document(folder, cast.hugo, "medical", data=papers.small_jpeg(), name="x.jpg")


def test_only_those_who_may_see_a_paper_hear_of_it(cast, folder, monkeypatch):
    heard = []
    for part in (receiving, reading):
        monkeypatch.setattr(part, "knock", lambda *knocked: heard.append(knocked))
    document = make_document(folder, cast.nadia, "medical")
    assert heard.pop() == ({cast.nadia.pk, cast.pauline.pk}, "document", folder.pk)
    classify(document.pk, visibility="certificate", by=cast.nadia)
    assert {cast.hugo.pk, cast.fiona.pk} <= heard.pop()[0]
    classify(document.pk, visibility="medical", by=cast.hugo)
    assert {cast.hugo.pk, cast.nadia.pk} <= heard.pop()[0]


# --- Sealed papers ------------------------------------------------------------------------------


def test_hr_keeps_only_a_neutral_line_of_what_it_hands_over_sealed(cast, folder):
    received = receive(
        folder.pk, upload_of(papers.certificate(), "Bericht.pdf"), visibility="medical", by=cast.hugo
    )
    assert received.document is None
    receipt = received.receipt
    assert (receipt.size, receipt.sha256) == (
        len(papers.certificate()),
        hashlib.sha256(papers.certificate()).hexdigest(),
    )
    document = Document.unrestricted.get()
    assert contents(folder, cast.hugo) == services.Contents([], [receipt])
    with pytest.raises(OutOfReach):
        services.read(document.pk, by=cast.hugo)
    # Nobody else at the employer has even the line; the insured person and the insurer have the paper.
    assert contents(folder, cast.fiona) == services.Contents([], [])
    assert contents(folder, cast.nadia) == services.Contents([document], [])
    assert contents(folder, cast.pauline) == services.Contents([document], [])


def test_what_hr_may_see_stays_without_a_receipt(cast, folder):
    document = make_document(folder, cast.hugo, "certificate")
    assert receipts_of(cast.hugo) == []
    assert contents(folder, cast.hugo).documents == [document]


def test_nobody_sees_his_own_case_as_hr(cast, folder):
    person = cast.persons.nadia
    document = make_document(folder, cast.nadia, "medical")
    person.user = cast.hugo
    person.save()
    # Hugo is now the insured person: he sees his medical paper, and nobody else at the employer does.
    assert contents(folder, cast.hugo).documents == [document]
    assert services.side_of(cast.hugo, folder) == "person"


def test_a_private_draft_is_the_insured_persons_alone(cast):
    folder = make_folder(cast.persons.nadia, stage="private")
    document = make_document(folder, cast.nadia, "administrative")
    for other in (cast.hugo, cast.fiona, cast.pauline):
        assert contents(folder, other) == services.Contents([], [])
        with pytest.raises(OutOfReach):
            make_document(folder, other, "administrative")
    assert contents(folder, cast.nadia).documents == [document]
    (line,) = lines(document)
    assert line.company is None
    follow_case(folder.pk, stage="sent")
    assert contents(folder, cast.hugo).documents == [document]
    assert contents(folder, cast.pauline).documents == [document]


def test_an_unsent_draft_of_the_employer_is_not_the_insurers_yet(cast):
    folder = make_folder(cast.persons.nadia, stage="employer")
    seen = make_document(folder, cast.hugo, "certificate")
    make_document(folder, cast.hugo, "medical")
    assert contents(folder, cast.hugo).documents == [seen]
    assert len(contents(folder, cast.hugo).receipts) == 1
    assert contents(folder, cast.pauline) == services.Contents([], [])
    follow_case(folder.pk, stage="sent")
    assert len(contents(folder, cast.pauline).documents) == 2


# --- Classifying --------------------------------------------------------------------------------


def test_hr_makes_a_paper_stricter_and_keeps_the_neutral_line(cast, folder):
    document = make_document(folder, cast.hugo, "administrative")
    assert classify(document.pk, visibility="medical", by=cast.hugo) is None
    (receipt,) = receipts_of(cast.hugo)
    assert (receipt.sha256, receipt.created) == (document.sha256, document.created)
    assert contents(folder, cast.hugo).documents == []
    with pytest.raises(OutOfReach):
        classify(document.pk, visibility="administrative", by=cast.hugo)


def test_the_insurer_makes_a_paper_stricter_and_never_wider(cast, folder):
    document = make_document(folder, cast.hugo, "administrative")
    assert classify(document.pk, visibility="certificate", by=cast.pauline).visibility == "certificate"
    assert receipts_of(cast.hugo) == []
    assert classify(document.pk, visibility="medical", by=cast.pauline).visibility == "medical"
    assert len(receipts_of(cast.hugo)) == 1
    for wider in ("certificate", "administrative"):
        with pytest.raises(NotNow) as refusal:
            classify(document.pk, visibility=wider, by=cast.pauline)
        assert refusal.value.code == "only_stricter"
    assert [line.event for line in lines(document)] == ["document.received"] + ["document.classified"] * 2


def test_the_insured_person_widens_only_what_he_sent_himself(cast, folder):
    own = make_document(folder, cast.nadia, "medical")
    assert classify(own.pk, visibility="certificate", by=cast.nadia).visibility == "certificate"
    assert contents(folder, cast.hugo).documents == [own]
    doctors = make_document(folder, cast.pauline, "medical")
    with pytest.raises(NotNow):
        classify(doctors.pk, visibility="certificate", by=cast.nadia)
    report = make_document(folder, cast.nadia, "medical", kind="medical_report")
    with pytest.raises(ValidationError):
        classify(report.pk, visibility="certificate", by=cast.nadia)


def test_classifying_as_it_is_already_says_so(cast, folder):
    document = make_document(folder, cast.hugo, "administrative")
    with pytest.raises(NotNow):
        classify(document.pk, visibility="administrative", by=cast.hugo)


# --- Reading ------------------------------------------------------------------------------------


def test_every_reading_leaves_its_line(cast, folder):
    document = make_document(folder, cast.nadia, "medical")
    read(document, cast.pauline)
    *_, line = lines(document)
    assert (line.event, line.actor, line.facts) == (
        "document.read",
        cast.pauline.pk,
        {"visibility": "medical", "way": "health_manager", "scope": "portfolio"},
    )
    assert line.company is None


@pytest.mark.parametrize("visibility", ["administrative", "certificate", "medical"])
def test_who_reads_what(cast, folder, visibility):
    document = make_document(folder, cast.nadia, visibility)
    open_to_employer = visibility != "medical"
    expected = {
        "nadia": True,
        "pauline": True,
        "hugo": open_to_employer,
        "fiona": open_to_employer,
        "claire": False,
        "sonia": False,
        "felix": False,
        "jonas": False,
        "bruno": False,
        "elena": False,
        "reto": False,
        "sacha": False,
        "zoe": False,
    }
    seen = {}
    for name in expected:
        try:
            seen[name] = bool(read(document, getattr(cast, name)))
        except OutOfReach:
            seen[name] = False
    assert seen == expected


def test_a_damaged_file_is_not_the_moment_and_leaves_no_line(cast, folder, caplog):
    document = make_document(folder, cast.hugo)
    path = storage.place(document.pk)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NotNow) as refusal:
        services.read(document.pk, by=cast.hugo)
    assert refusal.value.code == "file_unavailable"
    assert [line.event for line in lines(document)] == ["document.received"]
    assert str(document.pk) in caplog.text


# --- Crashes and upkeep -------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


def age(path, hours):
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def test_a_crash_between_file_and_row_shows_nothing_and_is_swept(cast, folder, stored_files, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "_file", kill)
        with pytest.raises(Killed):
            make_document(folder, cast.hugo)
    (left,) = stored_files()
    assert not Document.unrestricted.exists()
    assert contents(folder, cast.hugo) == services.Contents([], [])
    assert sweep() == 0
    age(left, 2)
    assert sweep() == 1
    assert stored_files() == []


def kill(*_args, **_options):
    raise Killed


def test_the_sweeper_runs_by_itself_every_hour():
    (found,) = [each for each in app.periodic_registry.periodic_tasks.values() if each.task is tasks.sweep]
    assert found.cron == "17 * * * *"


def test_the_hourly_job_sweeps(cast, folder, stored_files, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "_file", kill)
        with pytest.raises(Killed):
            make_document(folder, cast.hugo)
    age(stored_files()[0], 2)
    tasks.sweep(timestamp=0)
    assert stored_files() == []


def test_a_crash_while_writing_is_swept(cast, folder, stored_files, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(storage.Path, "unlink", kill)
        patch.setattr(storage.Writer, "close", kill)
        with pytest.raises(Killed):
            make_document(folder, cast.hugo)
    (left,) = stored_files()
    assert left.suffix == storage.PART
    age(left, 2)
    call_command("sweep_documents")
    assert stored_files() == []


def test_an_error_after_the_file_takes_the_file_back(cast, folder, stored_files, monkeypatch):
    monkeypatch.setattr(receiving, "record", kill)
    with pytest.raises(Killed):
        make_document(folder, cast.hugo)
    assert stored_files() == []
    assert not Document.unrestricted.exists()
    assert not HandoverReceipt.unrestricted.exists()


def test_the_sweeper_leaves_documents_and_foreign_files_alone(cast, folder, root, stored_files):
    document = make_document(folder, cast.hugo)
    foreign = root / "lost+found.txt"
    foreign.write_text("not ours")
    for path in stored_files():
        age(path, 48)
    assert sweep(timedelta(0)) == 0
    assert set(stored_files()) == {foreign, storage.place(document.pk)}


def test_what_changed_between_check_and_store_is_refused(cast, folder, stored_files, monkeypatch):
    blocks = iter([papers.certificate(), papers.certificate() + b"%more"])
    monkeypatch.setattr(receiving.intake, "blocks", lambda _file: iter([next(blocks)]))
    monkeypatch.setattr(receiving.scan, "scan", lambda _file: None)
    with pytest.raises(FileRefused):
        make_document(folder, cast.hugo, data=papers.certificate())
    assert stored_files() == []


def test_missing_and_damaged_files_are_found(cast, folder, capsys):
    good, gone, changed = (
        make_document(folder, cast.hugo, data=papers.scan_pdf(2) + b"\n" * n) for n in range(3)
    )
    call_command("check_documents", whole=True)
    assert "Every document opens." in capsys.readouterr().out
    storage.place(gone.pk).unlink()
    path = storage.place(changed.pk)
    path.write_bytes(papers.flipped(path.read_bytes()))
    with pytest.raises(CommandError):
        call_command("check_documents", whole=True)
    shown = capsys.readouterr().err
    assert str(gone.pk) in shown
    assert str(changed.pk) in shown
    assert str(good.pk) not in shown


def test_changing_the_master_key(cast, folder, settings, capsys):
    document = make_document(folder, cast.hugo, data=papers.certificate())
    settings.DOCUMENT_KEYS = [NEW, *settings.DOCUMENT_KEYS]
    call_command("change_document_keys")
    assert "1 documents" in capsys.readouterr().out
    settings.DOCUMENT_KEYS = [NEW]
    assert read(document, cast.hugo) == papers.certificate()


def test_without_a_scan_nothing_passes_once_a_scanner_is_set(cast, folder, settings, stored_files, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    with pytest.raises(FileRefused) as refusal:
        make_document(folder, cast.hugo)
    assert refusal.value.code == "scan_unavailable"
    assert stored_files() == []


def test_side_of(cast, folder):
    people = SimpleNamespace(person=cast.nadia, insurer=cast.pauline, employer=cast.hugo)
    assert all(services.side_of(user, folder) == side for side, user in vars(people).items())
    assert intake.ACCEPT.startswith(".pdf,")
    assert Folder.unrestricted.get().lock == "administrative"
