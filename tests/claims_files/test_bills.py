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
from core.models import OutboxMessage
from correspondence import notices
from correspondence.models import Notification
from correspondence.tasks import send_news
from documents.models import Document, Folder
from permissions.trail import AuditLine
from tests import papers
from tests.factories import make_contract
from tests.factories_bills import examined, scan, send_bill
from tests.factories_claims import open_claim
from users.services import enter_bank_details

pytestmark = pytest.mark.django_db
NEW, LIST = reverse("claims_files:new_bill"), reverse("claims_files:bills")
API = "/api/v1/bills/"


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


def page(name, bill):
    return reverse(f"claims_files:{name}", args=[bill.pk])


def day(days_ago):
    return timezone.localdate() - timedelta(days=days_ago)


def test_a_bill_is_sent_asked_back_processed_and_told(cast, sign_in):
    claim = open_claim(cast, person=cast.persons.nadia)
    enter_bank_details(cast.nadia, holder="Nadia Keller", iban="CH9300762011623852957")
    nadia, pauline = sign_in(cast.nadia, on=Client()), sign_in(cast.pauline, on=Client())
    form = nadia.get(NEW, {"claim": claim.pk}).content.decode()
    assert f'value="claim:{claim.pk}" required id="id_about_0" checked' in form
    assert "•••• 2957" in form
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
        assert document.sha256 in text and "CHF\u00a01’240.50" in text
        assert bill.number in pauline.get(LIST, {"view": "new"}).content.decode()
        assert pauline.post(page("take_bill", bill)).status_code == 302
        assert pauline.post(page("take_bill", bill)).status_code == 409
        assert pauline.post(page("ask_bill", bill), {"note": "legible"}).status_code == 302
        assert "Send a better document" in nadia.get(reverse("home")).content.decode()
        assert nadia.post(page("add_bill_papers", bill), {"files": better}).status_code == 302
        assert bill.number in pauline.get(LIST, {"view": "arrived"}).content.decode()
        result = {"covered": "1'200.00", "own_share": "200", "legal_remedy": "formal_decision"}
        refused = pauline.post(page("process_bill", bill), result)
        assert refused.status_code == 422 and "Write why" in refused.content.decode()
        result |= {"explanation": "Qxexplained", "statement": statement}
        assert pauline.post(page("process_bill", bill), result).status_code == 302
    bill.refresh_from_db()
    assert (bill.result, bill.paid, bill.not_covered) == ("part", Decimal(1000), Decimal("40.50"))
    assert bill.statement is not None and bill.statement.kind == "statement"
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
    mail = OutboxMessage.objects.get(recipient=cast.nadia.email, subject__contains="new")
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
