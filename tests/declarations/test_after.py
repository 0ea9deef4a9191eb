"""After sending: amended in versions, taken back, copied as new; each version with a receipt of its own."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from claims_files import reading
from claims_files import services as claims
from claims_files.models import ClaimFile, PaperRequest, Report, TimelineEntry
from core.errors import NotAllowed, NotNow, OutOfReach
from declarations import receipt, services
from declarations.models import Declaration
from documents.services import receive
from permissions.trail import AuditLine
from scripts import check_receipt
from tests.declarations.answers import FIRST_DAY, sent, typed
from tests.papers import text_pdf
from tests.permissions.seals import seal

pytestmark = pytest.mark.django_db


def versions(declaration, user):
    return receipt.versions(declaration, user)


def changed(version):
    return [(each["label"], each["old"], each["new"]) for each in version.changes]


def test_an_amendment_is_a_version_and_says_what_changed(cast):
    report = sent(cast.marco, by=cast.hugo)
    first = Report.unrestricted.get(claim_file=report.claim_file)
    made = services.amend(
        report.pk, "employment", {"annual_salary": "81'000", "weekly_hours": "41"}, by=cast.hugo, version=1
    )
    report.refresh_from_db()
    newest, oldest = versions(report, cast.hugo)
    assert (newest.report, oldest.report) == (made, first)
    assert sorted(changed(newest)) == [
        ("Annual AHV salary", "CHF\u00a078’000.00", "CHF\u00a081’000.00"),
        ("Hours per week by contract", "", "41"),
    ]
    assert made.content["replaces"] == first.sha256 == report.content_sha256
    # What was sent first stays as it was, to the letter.
    first.refresh_from_db()
    assert "78’000" in json.dumps(first.content, ensure_ascii=False)
    assert "81’000" not in json.dumps(first.content, ensure_ascii=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        Report.unrestricted.filter(pk=made.pk).update(language="it")
    claim = ClaimFile.unrestricted.get(pk=report.claim_file_id)
    assert claim.arrived_at is not None
    assert reading.timeline_of(claim, "employer")[0].code == TimelineEntry.Code.AMENDED
    line = AuditLine.unrestricted.get(target=report.pk, event="declaration.amended")
    assert (line.facts["sha256"], line.company) == (made.sha256, report.company_id)
    assert "81" not in json.dumps(
        {**line.facts, "sha256": "", "number": "", "claim_number": "", "claim_file": ""}
    )


WRONG = {
    "the same again": ("employment", {"annual_salary": "78000"}, ValidationError),
    "not valid": ("employment", {"annual_salary": "much"}, ValidationError),
    "no such field": ("employment", {"salary": "1"}, ValidationError),
    "the course": ("incapacity", {"returned": "fully"}, OutOfReach),
    "no such part": ("papers", {}, OutOfReach),
    "after it began": ("event", {"first_day": typed(FIRST_DAY + timedelta(days=1))}, ValidationError),
    "uninsured day": ("event", {"first_day": "2.1.2012"}, ValidationError),
}


def test_what_cannot_be_amended_and_by_whom(cast):
    report = sent(cast.marco, by=cast.hugo)
    for name, (part, values, error) in WRONG.items():
        with pytest.raises(error):
            services.amend(report.pk, part, values, by=cast.hugo)
        assert Report.unrestricted.filter(claim_file=report.claim_file).count() == 1, name
    values = {"annual_salary": "81000"}
    for name, error in {"felix": OutOfReach, "claire": OutOfReach, "nadia": OutOfReach, "elena": OutOfReach,
                        "pauline": NotAllowed, "reto": OutOfReach}.items():  # fmt: skip
        for act in (
            lambda who: services.amend(report.pk, "employment", values, by=who),
            lambda who: services.withdraw(report.pk, reason="twice", by=who),
        ):
            with pytest.raises(error):
                act(getattr(cast, name))
        assert not services.may_amend(getattr(cast, name), report), name
    with pytest.raises(NotNow) as stale:
        services.amend(report.pk, "employment", values, by=cast.hugo, version=2)
    assert stale.value.code == "changed_by_another"
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    with pytest.raises(NotNow) as refused:
        services.amend(draft.pk, "employment", values, by=cast.hugo)
    assert refused.value.code == "not_sent"
    # The other side: each amends what it reported itself.
    own = sent(cast.persons.nadia, by=cast.nadia)
    with pytest.raises(NotNow) as others:
        services.amend(own.pk, "person", {"town": "Vevey"}, by=cast.hugo)
    assert others.value.code == "other_side"
    assert not services.may_amend(cast.hugo, own)
    assert services.may_amend(cast.nadia, own)


def test_an_earlier_day_moves_the_event(cast):
    report = sent(cast.marco, "accident", by=cast.hugo)
    day = FIRST_DAY - timedelta(days=1)
    services.amend(report.pk, "event", {"accident_date": typed(day)}, by=cast.hugo)
    assert ClaimFile.unrestricted.get(pk=report.claim_file_id).event_date == day


def test_a_sealed_change_does_not_exist_for_the_employer(cast, sign_in):
    report = sent(cast.persons.nadia, by=cast.nadia)
    services.amend(report.pk, "treatment", {"doctor": "Dr. Zebra, oncology"}, by=cast.nadia)
    services.amend(report.pk, "person", {"town": "Vevey"}, by=cast.nadia)
    services.amend(report.pk, "treatment", {"doctor": "Dr. Quagga", "payee": "employer"}, by=cast.nadia)
    claim = ClaimFile.unrestricted.get(pk=report.claim_file_id)
    assert [each.number for each in versions(report, cast.nadia)] == [4, 3, 2, 1]
    assert [each.number for each in versions(report, cast.hugo)] == [2, 1]
    assert [each.number for each in versions(report, cast.pauline)] == [4, 3, 2, 1]
    assert len(reading.timeline_of(claim, "employer")) == 2
    lines = AuditLine.unrestricted.filter(event="declaration.amended").order_by("id")
    assert [line.company is None for line in lines] == [True, False, True]
    browser = sign_in(cast.hugo)
    pages = [
        reverse("claims_files:detail", args=[claim.pk]),
        reverse("claims_files:timeline", args=[claim.pk]),
        reverse("claims_files:api-detail", args=[claim.pk]),
        reverse("declarations:sent", args=[report.pk]),
        reverse("declarations:api-detail", args=[report.pk]),
    ]
    for page in pages:
        text = browser.get(page).content.decode()
        assert "Zebra" not in text, page
        assert "Quagga" not in text, page
    assert "Vevey" in browser.get(pages[0]).content.decode()
    whole = browser.get(pages[2]).json()["report"]
    assert [each["version"] for each in whole["versions"]] == [2, 1]
    for number, status in (("2", 200), ("3", 404), ("x", 404)):
        answer = browser.get(reverse("declarations:pdf", args=[report.pk]), {"version": number})
        assert answer.status_code == status
    insurer = sign_in(cast.pauline).get(pages[0]).content.decode()
    assert "Zebra" in insurer


def test_taken_back_until_the_decision(cast):
    report = sent(cast.marco, by=cast.hugo)
    with pytest.raises(ValidationError, match="reason"):
        services.withdraw(report.pk, reason="because", by=cast.hugo)
    claims.take_over(report.claim_file_id, by=cast.pauline)
    claims.request_paper(report.claim_file_id, kind="certificate", addressee="employer", by=cast.pauline)
    claim = services.withdraw(report.pk, reason="twice", by=cast.hugo)
    claim.refresh_from_db()
    assert (claim.state, claim.outcome, claim.withdrawal) == ("closed", "withdrawn", "twice")
    assert PaperRequest.unrestricted.get(claim_file=claim).state == "cancelled"
    for act in (
        lambda: services.withdraw(report.pk, reason="twice", by=cast.hugo),
        lambda: services.amend(report.pk, "employment", {"annual_salary": "1000"}, by=cast.hugo),
    ):
        with pytest.raises(NotNow) as refused:
            act()
        assert refused.value.code == "state_closed"
    # Nobody had taken this one over.
    early = sent(cast.marco, "accident", by=cast.hugo)
    assert services.withdraw(early.pk, reason="mistake", by=cast.hugo).health_manager is None
    decided = sent(cast.marco, by=cast.hugo)
    claims.take_over(decided.claim_file_id, by=cast.pauline)
    claims.accept(decided.claim_file_id, by=cast.pauline)
    with pytest.raises(NotNow, match="decided") as late:
        services.withdraw(decided.pk, reason="twice", by=cast.hugo)
    assert late.value.code == "state_accepted"
    with pytest.raises(DatabaseError), transaction.atomic():
        ClaimFile.unrestricted.filter(pk=decided.claim_file_id).update(withdrawal="twice")


def test_a_copy_has_person_and_doctor_and_nothing_of_the_case(cast):
    report = sent(cast.marco, by=cast.hugo)
    made = services.copy(report.pk, by=cast.hugo)
    assert (made.state, made.person_id, made.kind) == ("draft", report.person_id, "illness")
    assert set(made.parts) == {"person", "employment", "treatment"}
    assert made.parts["treatment"]["doctor"] == "Dr. Aubert"
    assert made.parts["employment"]["contract"] == "open"
    assert str(FIRST_DAY) not in json.dumps(made.parts)
    # What the insured person wrote for the insurer is not handed to the company by a copy.
    own = sent(cast.persons.nadia, by=cast.nadia)
    others = services.copy(own.pk, by=cast.hugo)
    assert "Aubert" not in json.dumps(others.parts)
    assert "Aubert" in json.dumps(services.copy(own.pk, by=cast.nadia).parts)
    with pytest.raises(OutOfReach):
        services.copy(report.pk, by=cast.felix)
    with pytest.raises(NotAllowed):
        services.copy(report.pk, by=cast.pauline)


def test_the_pages_from_the_answer_to_the_receipts(cast, sign_in, settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")
    report = sent(cast.marco, by=cast.hugo)
    paper = ContentFile(text_pdf("certificate"), name="certificate.pdf")
    receive(report.folder_id, paper, kind="certificate", visibility="certificate", by=cast.hugo)
    browser = sign_in(cast.hugo)
    page = reverse("declarations:sent", args=[report.pk])
    assert (
        reverse("declarations:of_claim", args=[report.claim_file_id])
        in browser.get(reverse("claims_files:detail", args=[report.claim_file_id])).content.decode()
    )
    assert reverse("declarations:amend", args=[report.pk]) in browser.get(page).content.decode()
    here = reverse("declarations:amend_part", args=[report.pk, "employment"])
    assert here in browser.get(reverse("declarations:amend", args=[report.pk])).content.decode()
    assert "78’000" in browser.get(here).content.decode()
    kept = Declaration.unrestricted.get(pk=report.pk).parts["employment"]
    for values, status, words in (
        ({**kept, "annual_salary": ""}, 422, "error-summary"),
        (kept, 422, "Nothing is different"),
        ({**kept, "annual_salary": "81000"}, 200, "Send this amendment?"),
        ({**kept, "annual_salary": "81000", "back": "1"}, 200, "81’000"),
    ):
        answer = browser.post(here, {**values, "version": "1"})
        assert (answer.status_code, words in answer.content.decode()) == (status, True), words
    assert Report.unrestricted.filter(claim_file=report.claim_file).count() == 1
    done = browser.post(here, {**kept, "annual_salary": "81000", "version": "1", "send": "1"})
    assert done["Location"] == page
    # A second click finds it done; an answer that somebody else was quicker with is kept, and compared anew.
    assert (
        browser.post(here, {**kept, "annual_salary": "81000", "version": "1", "send": "1"})["Location"]
        == page
    )
    stale = browser.post(here, {**kept, "annual_salary": "82000", "version": "1", "send": "1"})
    text = stale.content.decode()
    assert (stale.status_code, 'name="version" value="2"' in text, "82’000" in text) == (409, True, True)
    assert "Somebody else has amended this report" in text
    assert Report.unrestricted.filter(claim_file=report.claim_file).count() == 2
    shown = browser.get(page).content.decode()
    assert "CHF\u00a078’000.00" in shown
    assert "CHF\u00a081’000.00" in shown
    seal()
    hashes = {}
    for number in (1, 2):
        paper = browser.get(reverse("declarations:pdf", args=[report.pk]), {"version": number})
        proof = browser.get(reverse("declarations:proof", args=[report.pk]), {"version": number}).json()
        target = tmp_path / "receipt.pdf"
        target.write_bytes(paper.content)
        named, hashes[number] = check_receipt.read_receipt(str(target))
        assert "to the letter" in " ".join(check_receipt.check(named, hashes[number], proof, None))
        assert len(proof["report"]["documents"]) == number - 1
    assert hashes[1] == report.content_sha256 != hashes[2]
    hugo = receipt.receipt_of(report, cast.hugo, versions(report, cast.hugo)[0])
    assert [row["name"] for row in hugo["documents"]["rows"]] == ["certificate.pdf"]
    assert hugo["sections"][0]["title"] == "What changed"
    first = receipt.receipt_of(report, cast.hugo, versions(report, cast.hugo)[1])
    assert first["documents"]["rows"] == []
    assert "78’000" in json.dumps(first, ensure_ascii=False)
    assert "81’000" not in json.dumps(first, ensure_ascii=False)
    leave = reverse("declarations:withdraw", args=[report.pk])
    assert browser.post(leave, {}).status_code == 422
    assert browser.post(leave, {"reason": "mistake"})["Location"] == page
    assert browser.get(leave).status_code == 409
    key = "6f3a1d0e-0000-4000-8000-000000000001"
    twice = [
        browser.post(reverse("declarations:copy", args=[report.pk]), {"request_id": key})["Location"]
        for _click in range(2)
    ]
    assert twice[0] == twice[1]


def test_the_same_over_the_api(cast, sign_in):
    report = sent(cast.marco, by=cast.hugo)
    browser = sign_in(cast.hugo)

    def call(act, body):
        return browser.post(reverse(f"declarations:api-{act}", args=[report.pk]), body, "application/json")

    wrong = call("amend", {"part": "employment", "values": {"annual_salary": "much"}})
    assert (wrong.status_code, list(wrong.json())) == (400, ["annual_salary"])
    made = call("amend", {"part": "employment", "values": {"annual_salary": "81000"}, "version": 1})
    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert "81" not in json.dumps({**made.json(), "sha256": "", "at": ""})
    whole = browser.get(reverse("declarations:api-detail", args=[report.pk])).json()
    assert [each["version"] for each in whole["versions"]] == [2, 1]
    assert whole["versions"][0]["changes"][0]["new"] == "CHF\u00a081’000.00"
    assert whole["answers"]["employment"]["annual_salary"] == "81000.00"
    assert call("copy", {}).json()["state"] == "draft"
    assert call("withdraw", {"reason": "why not"}).status_code == 400
    assert call("withdraw", {"reason": "other"}).status_code == 200
    assert call("withdraw", {"reason": "other"}).json()["code"] == "state_closed"
