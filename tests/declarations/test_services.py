"""Reports: begun, filled in, sent; each act once."""

import hashlib
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims_files.models import ClaimFile, IncapacityPeriod, Report
from claims_files.services import canonical
from core.errors import NotAllowed, NotNow, OutOfReach
from declarations import services
from declarations.content import sections
from declarations.models import Declaration
from declarations.pages import identity_rows
from documents import services as papers
from documents import storage
from documents.models import Document, Folder
from permissions.models import AuditLine
from tests.declarations.answers import FIRST_DAY, ILLNESS, answers, complete, fill, sent, typed
from tests.factories import make_contract
from tests.papers import certificate

pytestmark = pytest.mark.django_db


def test_hr_reports_an_illness_and_a_claim_file_is_opened(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    assert declaration.number.startswith("D-")
    assert declaration.privacy == "employer"
    fill(declaration, ILLNESS, by=cast.hugo)

    claim = services.submit(declaration.pk, by=cast.hugo)

    declaration = Declaration.unrestricted.get(pk=declaration.pk)
    assert (declaration.state, declaration.privacy) == ("sent", "sent")
    assert declaration.claim_file == claim
    assert claim.number.startswith("S-")
    assert (claim.person, claim.contract, claim.company) == (cast.marco, cast.ktg, cast.rochat)
    assert Report.unrestricted.get(claim_file=claim).sha256 == declaration.content_sha256
    assert IncapacityPeriod.unrestricted.filter(claim_file=claim).count() == 2
    assert AuditLine.unrestricted.filter(event="declaration.submitted").count() == 1
    assert ClaimFile.unrestricted.count() == 1


@pytest.mark.parametrize(("who", "closely"), [("hugo", True), ("sonia", False), ("fiona", False)])
def test_a_draft_tells_nobody_more_than_the_records_do(cast, who, closely):
    cast.marco.street, cast.marco.annual_salary = "Rue des Alpes", "91234.00"
    cast.marco.save()
    reader = getattr(cast, who)
    draft = services.start(cast.marco, "illness", by=reader)
    assert draft.parts["employment"]["occupation"] == cast.marco.occupation
    assert ("annual_salary" in draft.parts["employment"]) is closely
    assert ("person" in draft.parts) is closely
    shown = str(identity_rows(draft, reader)) + str(sections(draft, reader))
    assert (cast.marco.ahv_number in shown) is closely
    assert cast.marco.ahv_masked in shown or closely


def test_a_second_click_on_start_gives_the_same_draft(cast):
    key = uuid4()
    first = services.start(cast.marco, "illness", by=cast.hugo, request_id=key)
    assert services.start(cast.marco, "illness", by=cast.hugo, request_id=key) == first
    assert Declaration.unrestricted.count() == 1
    assert AuditLine.unrestricted.filter(event="declaration.started").count() == 1


def test_a_foreign_request_id_gives_a_draft_of_its_own(cast):
    first = services.start(cast.persons.nadia, "illness", by=cast.nadia)
    other = services.start(cast.marco, "illness", by=cast.hugo, request_id=first.pk)
    assert other.pk != first.pk
    assert other.created_by == cast.hugo


@pytest.mark.parametrize(
    ("who", "whom", "error"),
    [
        ("bruno", "marco", OutOfReach),
        ("zoe", "marco", OutOfReach),
        ("sonia", "nadia", OutOfReach),
        ("jonas", "nadia", OutOfReach),
        ("claire", "marco", NotAllowed),
        ("pauline", "marco", NotAllowed),
        ("reto", "marco", NotAllowed),
    ],
)
def test_who_may_not_report_for_whom(cast, who, whom, error):
    person = getattr(cast.persons, whom, cast.marco)
    with pytest.raises(error):
        services.start(person, "illness", by=getattr(cast, who))
    assert not Declaration.unrestricted.exists()


def test_unknown_kind_is_refused_at_its_field(cast):
    with pytest.raises(ValidationError) as caught:
        services.start(cast.marco, "party", by=cast.hugo)
    assert set(caught.value.message_dict) == {"kind"}


@pytest.mark.parametrize("kind", ["illness", "accident"])
def test_both_kinds_can_be_sent_by_both_sides(cast, kind):
    by_hr = sent(cast.marco, kind, by=cast.hugo)
    assert by_hr.claim_file.contract == (cast.ktg if kind == "illness" else cast.laa)
    by_herself = sent(cast.persons.nadia, kind, by=cast.nadia)
    assert (by_herself.side, by_herself.privacy) == ("employee", "sent")
    assert by_herself.folder.claim_file_id == by_herself.claim_file_id


def test_the_insured_persons_own_report_needs_no_employment(cast):
    declaration = services.start(cast.persons.nadia, "illness", by=cast.nadia)
    values = answers()
    del values["employment"]
    fill(declaration, values, by=cast.nadia)
    services.submit(declaration.pk, by=cast.nadia)


def test_what_is_missing_is_named_by_part(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    fill(declaration, answers(event={"cause": "", "first_day": "31.2.2026"}), by=cast.hugo)
    Declaration.unrestricted.filter(pk=declaration.pk).update(
        parts={**Declaration.unrestricted.get().parts, "treatment": {}}
    )
    with pytest.raises(ValidationError) as caught:
        services.submit(declaration.pk, by=cast.hugo)
    assert set(caught.value.message_dict) == {"event"}
    assert len(caught.value.message_dict["event"]) == 2
    assert not ClaimFile.unrestricted.exists()


def test_without_a_contract_on_the_day_the_sentence_says_so(cast):
    cast.ktg.end = FIRST_DAY - timedelta(days=1)
    cast.ktg.save()
    declaration = complete(cast.marco, by=cast.hugo)
    with pytest.raises(ValidationError) as caught:
        services.submit(declaration.pk, by=cast.hugo)
    (sentence,) = caught.value.message_dict["event"]
    assert f"{FIRST_DAY:%d.%m.%Y}" in sentence
    assert "Atelier Rochat SA" in sentence
    assert not ClaimFile.unrestricted.exists()


def test_the_contract_of_the_day_is_taken_not_the_one_of_today(cast):
    cast.ktg.end = FIRST_DAY
    cast.ktg.save()
    make_contract(cast.rochat, "ktg", begin=FIRST_DAY + timedelta(days=1))
    assert sent(cast.marco, by=cast.hugo).contract == cast.ktg


def test_sent_reports_are_closed(cast):
    declaration = sent(cast.marco, by=cast.hugo)
    for act in (
        lambda: services.submit(declaration.pk, by=cast.hugo),
        lambda: services.save_part(declaration.pk, "event", {"cause": "pregnancy"}, by=cast.hugo),
        lambda: services.delete_draft(declaration.pk, by=cast.hugo),
    ):
        with pytest.raises(NotNow) as caught:
            act()
        assert declaration.claim_file.number in str(caught.value.sentence)
    declaration.refresh_from_db()
    assert declaration.parts["event"]["cause"] == "illness"


def test_the_frozen_content_is_what_was_hashed(cast):
    declaration = sent(cast.marco, by=cast.hugo)
    report = Report.unrestricted.get(claim_file=declaration.claim_file)
    again = hashlib.sha256(canonical(report.content)).hexdigest()
    assert report.sha256 == declaration.content_sha256 == again
    assert report.content["declaration"] == declaration.number
    person = report.content["parts"][0]
    assert person["name"] == "person"
    assert cast.marco.ahv_number in dict(person["rows"]).values()


def test_the_hash_gives_no_sealed_answer_away_to_trying(cast):
    contents = []
    for person in (cast.marco, cast.persons.jonas):
        declaration = sent(person, by=cast.hugo)
        contents.append(Report.unrestricted.get(claim_file=declaration.claim_file).content["salt"])
    assert len(set(contents)) == 2
    assert all(len(salt) == 32 for salt in contents)


def test_another_first_day_makes_the_periods_ask_again(cast):
    declaration = complete(cast.marco, by=cast.hugo)
    services.save_part(
        declaration.pk, "event", {"first_day": typed(FIRST_DAY - timedelta(days=1))}, by=cast.hugo
    )
    with pytest.raises(ValidationError) as caught:
        services.submit(declaration.pk, by=cast.hugo)
    assert set(caught.value.message_dict) == {"incapacity"}


def test_what_the_insured_person_keeps_to_himself_is_frozen_apart(cast):
    declaration = sent(cast.persons.nadia, "accident", by=cast.nadia)
    parts = Report.unrestricted.get(claim_file=declaration.claim_file).content["parts"]
    for_all = json.dumps([part for part in parts if part["audience"] == "all"])
    for_person = json.dumps([part for part in parts if part["audience"] == "person"])
    for secret in ("slipped", "fracture", "wrist", "CHUV"):
        assert secret in for_person
        assert secret not in for_all
    assert "workshop hall 2" in for_all


def test_the_employers_own_report_has_nothing_sealed(cast):
    declaration = sent(cast.marco, "accident", by=cast.hugo)
    parts = Report.unrestricted.get(claim_file=declaration.claim_file).content["parts"]
    assert {part["audience"] for part in parts} == {"all"}


def test_answers_to_questions_that_do_not_apply_are_kept_and_not_sent(cast):
    declaration = services.start(cast.marco, "accident", by=cast.hugo)
    fill(declaration, answers("accident", event={"police_station": "Morges police"}), by=cast.hugo)
    services.submit(declaration.pk, by=cast.hugo)
    declaration.refresh_from_db()
    assert declaration.parts["event"]["police_station"] == "Morges police"
    content = Report.unrestricted.get(claim_file=declaration.claim_file).content
    assert "Morges police" not in json.dumps(content)


def test_nothing_typed_is_lost(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    saved = services.save_part(
        declaration.pk,
        "incapacity",
        {"periods": [{"begin": "3.11.26", "end": "99.99.9999", "degree": "150"}], "returned": "no"},
        by=cast.hugo,
    )
    assert not saved.form.is_valid()
    kept = Declaration.unrestricted.get().parts["incapacity"]
    assert kept["periods"] == [{"begin": "2026-11-03", "end": "99.99.9999", "degree": "150"}]


@pytest.mark.parametrize("text", ["\x00evil", "half \ud800 pair", "'; drop table x; --", "Zoë 🦊"])
def test_strange_signs_are_kept_or_dropped_but_never_break(cast, text):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    services.save_part(declaration.pk, "treatment", {"doctor": text}, by=cast.hugo)
    kept = Declaration.unrestricted.get().parts["treatment"]["doctor"]
    assert kept == text.replace("\x00", "").replace("\ud800", "")


@pytest.mark.parametrize(
    ("part", "data", "field"),
    [
        ("event", {"diagnosis": "flu"}, "diagnosis"),
        ("event", {"cause": {"a": 1}}, "cause"),
        ("event", {"cause": "x" * 20_001}, "cause"),
        ("incapacity", {"periods": "3.11."}, "periods"),
        ("incapacity", {"periods": [1]}, "periods"),
        ("incapacity", {"periods": [{"diagnosis": "flu"}]}, "periods.diagnosis"),
        ("incapacity", {"periods": [{}] * 61}, "periods"),
        ("treatment", {"other_insurers": [["x"]]}, "other_insurers"),
    ],
)
def test_data_of_another_shape_is_refused(cast, part, data, field):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    with pytest.raises(ValidationError) as caught:
        services.save_part(declaration.pk, part, data, by=cast.hugo)
    assert set(caught.value.message_dict) == {field}
    assert part not in Declaration.unrestricted.get().parts


@pytest.mark.parametrize("part", ["documents", "identity", "diagnosis", ""])
def test_unknown_parts_do_not_exist(cast, part):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    with pytest.raises(OutOfReach):
        services.save_part(declaration.pk, part, {}, by=cast.hugo)


def test_a_colleagues_change_is_not_overwritten_unseen(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    seen = declaration.version
    services.save_part(declaration.pk, "treatment", {"doctor": "Dr. A"}, by=cast.sonia, version=seen)
    with pytest.raises(services.ChangedByAnother):
        services.save_part(declaration.pk, "treatment", {"doctor": "Dr. B"}, by=cast.hugo, version=seen)
    # Another part, and one's own older page, are no conflict.
    services.save_part(declaration.pk, "event", {"cause": "illness"}, by=cast.hugo, version=seen)
    services.save_part(declaration.pk, "treatment", {"doctor": "Dr. C"}, by=cast.sonia, version=seen)
    assert Declaration.unrestricted.get().parts["treatment"]["doctor"] == "Dr. C"


def test_saving_the_same_again_changes_nothing(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    first = services.save_part(declaration.pk, "event", {"cause": "illness"}, by=cast.hugo)
    again = services.save_part(declaration.pk, "event", {"cause": "illness"}, by=cast.hugo)
    assert again.declaration.version == first.declaration.version
    assert AuditLine.unrestricted.filter(event="declaration.part_saved").count() == 1


def test_a_discarded_draft_takes_its_papers_along(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    upload = SimpleUploadedFile("certificate.pdf", certificate(), content_type="application/pdf")
    received = papers.receive(declaration.folder_id, upload, visibility="certificate", by=cast.hugo)
    services.delete_draft(declaration.pk, by=cast.hugo)
    assert not Declaration.unrestricted.exists()
    assert not Folder.unrestricted.exists()
    assert not Document.unrestricted.filter(pk=received.document.pk).exists()
    assert AuditLine.unrestricted.filter(event="declaration.discarded").count() == 1


def test_a_paper_on_its_way_into_a_discarded_draft_leaves_nothing(cast, monkeypatch):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    write = storage.write

    def write_slowly(*given):
        write(*given)
        services.delete_draft(declaration.pk, by=cast.hugo)

    monkeypatch.setattr(storage, "write", write_slowly)
    upload = SimpleUploadedFile("certificate.pdf", certificate(), content_type="application/pdf")
    with pytest.raises(OutOfReach):
        papers.receive(declaration.folder_id, upload, visibility="certificate", by=cast.hugo)
    assert not Document.unrestricted.exists()
    assert not list(storage.stored(untouched_since=timezone.now().timestamp() + 60))


def test_papers_of_the_draft_are_in_the_claim_file_after_sending(cast):
    declaration = complete(cast.marco, by=cast.hugo)
    upload = SimpleUploadedFile("certificate.pdf", certificate(), content_type="application/pdf")
    papers.receive(declaration.folder_id, upload, visibility="certificate", by=cast.hugo)
    claim = services.submit(declaration.pk, by=cast.hugo)
    document = Document.unrestricted.get()
    assert (document.claim_file, document.contract) == (claim, cast.ktg)


def test_no_audit_line_holds_a_name_or_an_answer(cast):
    sent(cast.marco, "accident", by=cast.hugo)
    text = json.dumps(list(AuditLine.unrestricted.values_list("facts", flat=True)))
    for secret in ("Marco", "Bernasconi", "CHUV", "fracture", "beam", "78000"):
        assert secret not in text


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "sent"},
        {"privacy": "private"},
        {"privacy": "sent"},
        {"kind": "party"},
        {"content_sha256": "0" * 64},
    ],
)
def test_the_database_refuses_states_that_cannot_be(cast, broken):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    with pytest.raises(IntegrityError), transaction.atomic():
        Declaration.unrestricted.filter(pk=declaration.pk).update(**broken)
