"""A bill's result that is corrected, and a bill whose files wait for the virus check."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from claims_files.bills import reading, services
from claims_files.models import Bill, BillPaper, EarlierResult
from correspondence import notices
from correspondence.tasks import send_news
from documents import scan as virus
from documents.models import Document, HeldPaper
from documents.scan import Verdict
from documents.services import check_held
from permissions.trail import AuditLine
from tests import papers
from tests.claims_files.test_bills import API, LIST, page
from tests.factories_bills import examined, scan, send_bill
from tests.factories_claims import open_claim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


def test_a_result_is_corrected_and_the_one_before_is_kept_for_the_insurer(cast, sign_in, mailoutbox):
    claim = open_claim(cast, person=cast.persons.nadia)
    bill = send_bill(cast.nadia, claim=claim, amount=Decimal(100))
    services.take(bill.pk, by=cast.pauline)
    # Somebody else began with it: a result names whoever made it.
    Bill.unrestricted.filter(pk=bill.pk).update(health_manager=cast.reto)
    statement, better = scan("decompte.pdf"), scan("rectifie.pdf")
    first = {"covered": "60", "own_share": "0", "legal_remedy": "civil_action", "explanation": "Qxfirst"}
    nadia, pauline = sign_in(cast.nadia, on=Client()), sign_in(cast.pauline, on=Client())
    with examined(statement, better):
        done = services.process(
            bill.pk, covered=Decimal(60), explanation="Qxfirst", legal_remedy="civil_action",
            statement=statement, by=cast.pauline,
        )  # fmt: skip
        old = done.statement_id
        address = page("correct_bill", bill)
        assert nadia.post(address, first).status_code == 403
        asked = pauline.get(address)
        assert asked.context["form"]["covered"].value() == "60.00"
        for wrong, sentence in (
            (first, "Nothing is different"),
            ({**first, "covered": "101"}, "No more than the bill"),
            ({**first, "covered": "100", "explanation": " "}, "Write what was corrected"),
            # Of two at once the slower one does not undo what he has not seen.
            ({**first, "covered": "100", "version": "2"}, "Somebody has corrected this result meanwhile"),
        ):
            answer = pauline.post(address, wrong)
            assert (answer.status_code, sentence in answer.content.decode()) == (422, True), sentence
        assert 'name="version" value="1"' in asked.content.decode()
        right = {**first, "covered": "100", "explanation": "Qxsecond", "statement": better, "version": "1"}
        assert pauline.post(address, right).status_code == 302
    bill.refresh_from_db()
    assert (bill.version, bill.result, bill.paid, bill.legal_remedy) == (2, "full", Decimal(100), "")
    assert bill.statement_id not in {None, old}
    kept = EarlierResult.unrestricted.get()
    assert (kept.version, kept.result, kept.paid, kept.explanation) == (1, "part", Decimal(60), "Qxfirst")
    assert (kept.statement_id, kept.by) == (old, cast.pauline)
    api = f"{API}{bill.pk}/earlier/"
    assert [each["paid"] for each in pauline.get(api).json()] == ["60.00"]
    assert nadia.get(api).status_code == 403
    # Whoever reads it has opened the case: its person learns of that.
    assert [line.actor for line in AuditLine.unrestricted.filter(event="claim.opened")] == [cast.pauline.pk]
    # The sender sees what holds now and since when; the insurer what stood before, too.
    mine, theirs = (each.get(page("bill", bill)).content.decode() for each in (nadia, pauline))
    assert "The result was corrected on" in mine
    assert "Qxsecond" in mine
    assert "Qxfirst" not in mine
    assert "Qxfirst" in theirs
    # Told again, without content.
    told = [each.event for each in notices.for_user(cast.nadia) if each.event.startswith("bill.")]
    assert set(told) == {"bill.processed", "bill.corrected"}
    send_news([str(cast.nadia.pk)])
    line = AuditLine.unrestricted.get(event="bill.corrected")
    assert (line.company, line.facts["version"]) == (None, 2)
    assert "Qx" not in f"{mailoutbox[-1].body} {line.facts}"
    assert "100" not in str(line.facts)
    # Once more, over the API; and what was kept cannot be changed.
    third = {"covered": "0", "explanation": "Third", "legal_remedy": "civil_action"}
    address = f"{API}{bill.pk}/correct/"
    stale = pauline.post(address, {**third, "version": 1}, content_type="application/json")
    assert stale.status_code == 400
    again = pauline.post(address, {**third, "version": 2}, content_type="application/json").json()
    assert (again["version"], again["result"], again["statement"]) == (3, "declined", None)
    assert [each.version for each in reading.earlier_results(cast.pauline, Bill.unrestricted.get())] == [2, 1]
    with pytest.raises(DatabaseError), transaction.atomic():
        EarlierResult.unrestricted.filter(pk=kept.pk).update(paid=61)


def test_a_bill_is_received_while_its_files_are_held(cast, sign_in, monkeypatch):
    says = Verdict.NONE
    monkeypatch.setattr(virus, "ask", lambda chunks: [*chunks] and says)
    claim = open_claim(cast, person=cast.persons.nadia)
    bill = send_bill(cast.nadia, claim=claim, files=[scan("Qxone.pdf"), scan("Qxtwo.pdf")])
    assert (Document.unrestricted.filter(kind="bill").count(), len(reading.held_of(bill))) == (0, 2)
    nadia, pauline = sign_in(cast.nadia, on=Client()), sign_in(cast.pauline, on=Client())
    assert nadia.get(f"{API}{bill.pk}/").json()["held"] == 2
    for browser in (nadia, pauline):
        assert "Held for the virus check" in browser.get(page("bill", bill)).content.decode()
    hugo = sign_in(cast.hugo, on=Client())
    folder = reverse("documents:folder", args=[bill.folder_id])
    seen = hugo.get(folder)
    assert (seen.status_code, "Held for the virus check" in seen.content.decode()) == (200, False)
    services.take(bill.pk, by=cast.pauline)
    held = HeldPaper.unrestricted.order_by("created").first()
    # The scanner is back: one passes, one does not.
    verdicts = [Verdict.CLEAN, Verdict.INFECTED]
    monkeypatch.setattr(virus, "ask", lambda chunks: [*chunks] and verdicts.pop(0))
    assert check_held() == 2
    (document,) = reading.papers_of(cast.pauline, bill)
    assert document.pk == held.document_id
    (stopped,) = reading.held_of(bill)
    assert stopped.state == "infected"
    bill.refresh_from_db()
    assert bill.arrived_at is not None
    assert bill.number in pauline.get(LIST, {"view": "arrived"}).content.decode()
    told = pauline.get(page("bill", bill)).content.decode()
    assert "a new file is needed" in told
    assert "Qxtwo" not in told
    with pytest.raises(IntegrityError), transaction.atomic():
        BillPaper.unrestricted.create(bill=bill)
    # Taken back and sent again: the file waits once, and belongs to the bill that counts.
    monkeypatch.setattr(virus, "ask", lambda chunks: [*chunks] and Verdict.NONE)
    data = papers.text_pdf("Twice")
    first = send_bill(cast.nadia, claim=claim, files=[scan(data=data)])
    with pytest.raises(ValidationError):
        send_bill(cast.nadia, claim=claim, files=[scan(data=data)])
    services.withdraw(first.pk, by=cast.nadia)
    second = send_bill(cast.nadia, claim=claim, files=[scan(data=data)])
    assert (reading.held_of(first), len(reading.held_of(second))) == ([], 1)
    monkeypatch.setattr(virus, "ask", lambda chunks: [*chunks] and Verdict.CLEAN)
    assert check_held() == 1
    assert [each.sha256 for each in reading.papers_of(cast.nadia, second)] == [sha256(data).hexdigest()]
