"""Bills and receipts: from the insured person's photo to what the insurer paid; nothing of it at the employer."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from claims_files.bills import reading, services
from claims_files.models import Bill, BillPaper, ClaimFile
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence import notices
from correspondence.tasks import send_news
from documents.models import Document, Folder
from documents.services import receive
from permissions.narrowing import narrowed
from permissions.trail import AuditLine
from tests import papers
from tests.factories_bills import examined, scan, send_bill
from tests.factories_claims import open_claim
from users.services import enter_bank_details

pytestmark = pytest.mark.django_db
NEW, LIST = reverse("claims_files:new_bill"), reverse("claims_files:bills")
API = "/api/v1/bills/"
WHY = {"explanation": "Because.", "legal_remedy": "civil_action"}


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


def page(name, bill):
    return reverse(f"claims_files:{name}", args=[bill.pk])


def day(days_ago):
    return timezone.localdate() - timedelta(days=days_ago)


def test_a_bill_is_sent_asked_back_processed_and_told(cast, sign_in, mailoutbox):
    claim = open_claim(cast, person=cast.persons.nadia)
    enter_bank_details(cast.nadia, holder="Nadia Keller", iban="CH9300762011623852957")
    nadia, pauline = sign_in(cast.nadia, on=Client()), sign_in(cast.pauline, on=Client())
    asked = nadia.get(NEW, {"claim": claim.pk})
    assert asked.context["form"]["about"].value() == f"claim:{claim.pk}"
    assert "•••• 2957" in asked.content.decode()
    typed = {
        "key": str(uuid4()),
        "about": f"claim:{claim.pk}",
        "kind": "medicine",
        "provider": "Pharmacie Qxprovider",
        "date": f"{day(3):%d.%m.%Y}",
        "amount": "CHF 1'240.50",
        "currency": "CHF",
        "paid_already": "yes",
    }
    first, better, statement = scan("recu.pdf"), scan("mieux.pdf"), scan("decompte.pdf")
    with examined(first, better, statement):
        assert nadia.post(NEW, typed).status_code == 422
        answer = nadia.post(NEW, {**typed, "files": first})
        first.seek(0)
        again = nadia.post(NEW, {**typed, "files": first})
        bill = Bill.unrestricted.get()
        # The same form twice is one bill.
        assert answer.url == again.url == page("bill", bill)
        assert (bill.amount, bill.number[:2], bill.state) == (Decimal("1240.50"), "R-", "sent")
        document = Document.unrestricted.get(kind="bill")
        assert (document.visibility, document.claim_file_id) == ("medical", claim.pk)
        text = nadia.get(answer.url).content.decode()
        assert document.sha256 in text
        # Whoever reads a bill looks at its papers within the portal, and comes back.
        viewer = reverse("documents:document", args=[document.pk])
        assert f"{viewer}?next={answer.url}" in text
        assert "CHF\u00a01’240.50" in text
        assert bill.number in pauline.get(LIST, {"view": "new"}).content.decode()
        searched = [who.get(LIST).context["form"].fields["q"].label for who in (nadia, pauline)]
        assert searched == ["Number or issued by", "Person, number or issued by"]
        assert pauline.post(page("take_bill", bill)).status_code == 302
        assert pauline.post(page("take_bill", bill)).status_code == 409
        assert pauline.post(page("ask_bill", bill), {"note": "legible"}).status_code == 302
        assert "Send a better document" in nadia.get(reverse("home")).content.decode()
        assert nadia.post(page("add_bill_papers", bill), {"files": better}).status_code == 302
        assert bill.number in pauline.get(LIST, {"view": "arrived"}).content.decode()
        result = {"covered": "1'200.00", "own_share": "200", "legal_remedy": "formal_decision"}
        refused = pauline.post(page("process_bill", bill), result)
        assert refused.status_code == 422
        assert "Write why" in refused.content.decode()
        result |= {"explanation": "Qxexplained", "statement": statement}
        assert pauline.post(page("process_bill", bill), result).status_code == 302
    bill.refresh_from_db()
    assert (bill.result, bill.paid, bill.not_covered) == ("part", Decimal(1000), Decimal("40.50"))
    assert bill.statement is not None
    assert bill.statement.kind == "statement"
    shown = nadia.get(page("bill", bill)).content.decode()
    for words in ("Paid in part", "CHF\u00a01’000.00", "CHF\u00a040.50", "Qxexplained", "Benefit statement"):
        assert words in shown, words
    assert "Paid in part" in nadia.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    # Told, without content: in the notice, in the mail, in the log.
    told = [each for each in notices.for_user(cast.nadia) if each.event.startswith("bill.")]
    assert {each.event for each in told} == {"bill.asked", "bill.processed"}
    assert notices.notices(cast.nadia, told)[0].url == page("bill", bill)
    assert ProcrastinateJob.objects.filter(task_name="correspondence.send_news").exists()
    send_news([str(cast.nadia.pk)])
    (mail,) = mailoutbox
    lines = AuditLine.unrestricted.filter(event__startswith="bill.")
    assert [line.event for line in lines.order_by("id")] == [
        "bill.submitted",
        "bill.taken",
        "bill.asked",
        "bill.completed",
        "bill.processed",
    ]
    said = f"{mail.subject} {mail.body} {[line.facts for line in lines]}"
    for secret in ("Qx", "1240", "1’240", "medicine", "recu"):
        assert secret not in said
    assert {line.company for line in lines} == {None}


def test_a_file_that_lies_in_the_case_already_serves_for_a_bill_but_for_one_only(cast):
    """Sent as a paper before, or with a bill that was taken back because something was mistyped."""
    claim = open_claim(cast, person=cast.persons.nadia)
    data = papers.text_pdf("Bill", "transfer")
    folder, again = Folder.unrestricted.get(claim_file=claim), {"by": cast.nadia, "claim": claim}
    with examined(scan(data=data)):
        receive(folder.pk, scan(data=data), visibility="medical", kind="bill", by=cast.nadia)
    mistyped = send_bill(**again, files=[scan(data=data)])
    with pytest.raises(ValidationError, match="files"):
        send_bill(**again, files=[scan(data=data)])
    services.withdraw(mistyped.pk, by=cast.nadia)
    right = send_bill(**again, files=[scan(data=data)], amount=Decimal("48.50"))
    (document,) = Document.unrestricted.filter(folder=folder)
    assert [paper.bill_id for paper in BillPaper.unrestricted.filter(document=document)] == [right.pk]
    # What the employer reads is no paper of a bill.
    with examined(other := scan()):
        receive(folder.pk, other, visibility="administrative", by=cast.nadia)
        other.seek(0)
        with pytest.raises(ValidationError, match="files"):
            send_bill(**again, files=[other])


def test_papers_of_a_bill_belong_to_it_although_a_token_may_not_read_them(cast):
    """What a token hands over sealed leaves the sender a neutral line alone; the bill has its papers all the same."""
    claim = open_claim(cast, person=cast.persons.nadia)
    actions = {"bill.submit", "bill.view", "document.read_administrative", "document.upload"}
    with narrowed(cast.nadia.pk, actions):
        bill = send_bill(cast.nadia, claim=claim)
        twice = scan()
        same = scan(data=twice.read())
        twice.seek(0)
        with examined(twice), pytest.raises(ValidationError, match="files"):
            services.add_papers(bill.pk, [twice, same], by=cast.nadia)
    assert len(reading.papers_of(cast.pauline, bill)) == 1


def test_a_bill_without_a_case_stands_in_a_folder_that_the_employer_does_not_have(cast, sign_in):
    nadia, hugo = sign_in(cast.nadia, on=Client()), sign_in(cast.hugo, on=Client())
    paper = scan()
    sent = {
        "contract": str(cast.ktg.pk),
        "kind": "abroad",
        "amount": "99.90",
        "currency": "EUR",
        "provider": "Clinica",
        "date": day(10).isoformat(),
        "paid_already": "true",
    }
    answers = []
    with examined(paper):
        for _turn in range(2):
            paper.seek(0)
            answers.append(nadia.post(API, {**sent, "files": paper}, headers={"Idempotency-Key": "once"}))
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].content
    assert answers[0].json()["id"] == answers[1].json()["id"]
    bill = Bill.unrestricted.get()
    assert (bill.claim_file, bill.contract, bill.folder.sealed, bill.folder.lock) == (
        None,
        cast.ktg,
        True,
        "medical",
    )
    (document,) = answers[0].json()["documents"]
    folder = reverse("documents:folder", args=[bill.folder_id])
    assert (nadia.get(folder).status_code, hugo.get(folder).status_code) == (200, 404)
    assert hugo.post(reverse("documents:upload", args=[bill.folder_id])).status_code == 404
    assert hugo.get(reverse("documents:download", args=[document])).status_code == 404
    assert hugo.get(f"{API}{bill.pk}/").status_code == 404
    assert hugo.get(LIST).status_code == 403
    # In another currency the insurer says what it is in francs.
    pauline = sign_in(cast.pauline, on=Client())
    act = {"content_type": "application/json"}
    assert pauline.post(f"{API}{bill.pk}/take/", {}, **act).json()["state"] == "in_work"
    refused = pauline.post(f"{API}{bill.pk}/process/", {"covered": "95.10"}, **act)
    assert (refused.status_code, set(refused.json())) == (400, {"francs"})
    done = pauline.post(f"{API}{bill.pk}/process/", {"covered": "95.10", "francs": "95.10"}, **act).json()
    assert (done["result"], done["paid"], done["legal_remedy"]) == ("full", "95.10", "")


# What is wrong, and at which field it is said.
WRONG = [
    ("kind", {"kind": "gift"}),
    ("amount", {"amount": Decimal(0)}),
    ("currency", {"currency": "XXX"}),
    ("provider", {"provider": "  "}),
    ("date", {"date": day(-1)}),
    ("date", {"date": day(366 * 5)}),
    ("about", {"claim": "declined"}),
    ("files", {"files": [scan("note.pdf", papers.html())]}),
    ("files", {"files": [scan(), scan("note.exe")]}),
]


def test_nothing_is_there_of_a_bill_in_which_something_is_wrong(cast):
    declined = open_claim(cast, person=cast.persons.nadia)
    ClaimFile.unrestricted.filter(pk=declined.pk).update(
        state="declined", employer_state="declined", decided_at=timezone.now(), taken_over_at=timezone.now(), health_manager=cast.pauline,
    )  # fmt: skip
    before = Document.unrestricted.count(), Folder.unrestricted.count(), AuditLine.unrestricted.count()
    for field, wrong in WRONG:
        place = {"claim": declined} if "claim" in wrong else {"contract": cast.ktg}
        with pytest.raises(ValidationError) as refused:
            send_bill(cast.nadia, **{**wrong, **place})
        assert list(refused.value.message_dict) == [field], wrong
    assert not Bill.unrestricted.exists()
    after = Document.unrestricted.count(), Folder.unrestricted.count(), AuditLine.unrestricted.count()
    assert after == before
    # Nor did a number go.
    assert send_bill(cast.nadia, contract=cast.ktg).number.endswith("-00001")


def test_only_who_is_insured_sends_and_only_for_himself(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    for who, place, refusal in (
        (cast.hugo, {"claim": claim}, NotAllowed),
        (cast.pauline, {"claim": claim}, NotAllowed),
        (cast.jonas, {"claim": claim}, OutOfReach),
        (cast.elena, {"claim": claim}, OutOfReach),
        (cast.hugo, {"contract": cast.ktg}, OutOfReach),
        (cast.elena, {"contract": cast.ktg}, OutOfReach),
        (cast.zoe, {"contract": cast.ktg}, OutOfReach),
    ):
        with pytest.raises(refusal):
            send_bill(who, **place)
    bill = send_bill(cast.nadia, claim=claim)
    with pytest.raises(NotAllowed):
        services.take(bill.pk, by=cast.nadia)
    with pytest.raises(OutOfReach):
        add_paper(bill, cast.hugo)
    # The health manager's own bill is for somebody else to deal with.
    cast.persons.nadia.user = cast.pauline
    cast.persons.nadia.save()
    with pytest.raises(NotAllowed):
        services.take(bill.pk, by=cast.pauline)


def test_whoever_has_left_sends_for_his_cases_and_for_the_time_of_his_employment(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    cast.persons.nadia.employment_end = day(30)
    cast.persons.nadia.save()
    assert send_bill(cast.nadia, claim=claim).pk
    with pytest.raises(ValidationError) as late:
        send_bill(cast.nadia, contract=cast.ktg)
    assert list(late.value.message_dict) == ["date"]
    assert send_bill(cast.nadia, contract=cast.ktg, date=day(31)).pk


def test_each_act_has_its_moment(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    acts = {
        "take": lambda bill: services.take(bill.pk, by=cast.pauline),
        "ask": lambda bill: services.ask(bill.pk, note="legible", by=cast.pauline),
        "process": lambda bill: services.process(bill.pk, covered=bill.amount, by=cast.pauline),
        "correct": lambda bill: services.correct(bill.pk, covered=bill.amount - 1, by=cast.pauline, **WHY),
        "withdraw": lambda bill: services.withdraw(bill.pk, by=cast.nadia),
        "add": lambda bill: add_paper(bill, cast.nadia),
    }
    ways = {
        "sent": [],
        "in_work": ["take"],
        "asked": ["take", "ask"],
        "processed": ["take", "process"],
        "withdrawn": ["withdraw"],
    }
    possible = {
        "sent": {"take", "withdraw", "add"},
        "in_work": {"ask", "process", "add"},
        "asked": {"process", "add"},
        "processed": {"correct"},
        "withdrawn": set(),
    }
    for state, way in ways.items():
        bill = send_bill(cast.nadia, claim=claim)
        for act in way:
            acts[act](bill)
        bill.refresh_from_db()
        assert bill.state == state
        for name, act in acts.items():
            assert happens(act, bill) == (name in possible[state]), (state, name)


def add_paper(bill, by):
    paper = scan()
    with examined(paper):
        services.add_papers(bill.pk, [paper], by=by)


def happens(act, bill):
    """Whether the act is possible now; it is undone."""
    with transaction.atomic():
        try:
            act(bill)
        except NotNow:
            return False
        finally:
            transaction.set_rollback(True)
    return True


def test_the_figures_of_a_result_add_up(cast):
    bill = send_bill(cast.nadia, contract=cast.ktg, amount=Decimal(100))
    services.take(bill.pk, by=cast.pauline)
    why = {"explanation": "Because.", "legal_remedy": "civil_action"}
    for figures, field in (
        ({"covered": Decimal(101)}, "covered"),
        ({"covered": Decimal(-1)}, "covered"),
        ({"covered": Decimal(50), "own_share": Decimal(51)}, "own_share"),
        ({"covered": Decimal(50), "own_share": Decimal(-1)}, "own_share"),
        ({"covered": Decimal(50), "explanation": " "}, "explanation"),
        ({"covered": Decimal(0), "legal_remedy": ""}, "legal_remedy"),
    ):
        with pytest.raises(ValidationError) as refused:
            services.process(bill.pk, by=cast.pauline, **{**why, **figures})
        assert list(refused.value.message_dict) == [field], figures
    for covered, share, result in (
        (100, 0, "full"),
        (100, 10, "part"),
        (60, 0, "part"),
        (20, 20, "declined"),
    ):
        with transaction.atomic():
            done = services.process(
                bill.pk, covered=Decimal(covered), own_share=Decimal(share), by=cast.pauline, **why
            )
            assert (done.result, done.paid) == (result, covered - share)
            transaction.set_rollback(True)
    services.process(bill.pk, covered=Decimal(60), by=cast.pauline, **why)
    # Behind the service stand the constraints.
    row = Bill.unrestricted.filter(pk=bill.pk)
    for change in (
        {"paid": 61},
        {"covered": 101, "paid": 101},
        {"result": "full"},
        {"francs": 99},
        {"explanation": ""},
        {"health_manager": None},
        {"state": "in_work"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**change)


def test_a_bill_that_looks_like_another_one_is_noticed_and_can_be_taken_back(cast, sign_in):
    first = send_bill(cast.nadia, contract=cast.ktg)
    other = send_bill(cast.nadia, contract=cast.ktg, amount=Decimal(12))
    same = send_bill(cast.nadia, contract=cast.ktg, provider="CABINET Dr  Roux")
    assert [reading.similar(each) for each in (first, other, same)] == [[same], [], [first]]
    data = papers.text_pdf("Twin")
    twins = [
        send_bill(cast.nadia, contract=cast.ktg, files=[scan(data=data)], provider=name)
        for name in ("One", "Two")
    ]
    assert reading.similar(twins[1]) == twins[:1]
    browser = sign_in(cast.nadia)
    assert "If you sent it twice" in browser.get(page("bill", same)).content.decode()
    assert browser.post(page("withdraw_bill", same)).status_code == 302
    assert reading.similar(first) == []
    assert browser.post(page("withdraw_bill", same)).status_code == 409
    # Its papers stay, and belong to it alone.
    with pytest.raises(IntegrityError), transaction.atomic():
        BillPaper.unrestricted.create(
            bill=other, document_id=BillPaper.unrestricted.get(bill=same).document_id
        )


@pytest.mark.django_db(transaction=True)
def test_of_several_clicks_at_once_comes_one_bill(cast):
    key, sent = uuid4(), []
    files = [scan(data=papers.text_pdf("Same")) for _click in range(6)]

    def click(file):
        try:
            sent.append(send_bill(cast.nadia, contract=cast.ktg, key=key, files=[file]).pk)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click, args=[file]) for file in files]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(20)
    assert (len(sent), len(set(sent))) == (6, 1)
    assert Bill.unrestricted.count() == Document.unrestricted.filter(kind="bill").count() == 1
