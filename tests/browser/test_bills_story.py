"""A receipt, from the insured person's photo to what the insurer paid."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import expect

from claims_files.models import Bill
from tests import papers
from tests.browser.visitor import Visitor


def test_nadia_sends_a_receipt_and_reads_what_was_paid(visit):
    """She photographs it and sends it from home; Pauline processes it; the employer has no such page."""
    nadia: Visitor = visit("nadia", language="fr", javascript=True)
    nadia.go()
    nadia.follow("Send a bill or receipt")
    nadia.main.get_by_role("radio").first.check()
    nadia.field("Kind of bill").select_option(label=nadia.words(Bill.Kind.MEDICINE.label))
    nadia.fill("Issued by", "Pharmacie du Lac")
    nadia.fill("Date of the bill", f"{timezone.localdate():%d.%m.%Y}")
    nadia.fill("Amount", "87.35")
    nadia.choose("Have you paid the bill already?", "Yes")
    nadia.field("Photos or files").set_input_files(
        {"name": "IMG_0815.jpg", "mimeType": "image/jpeg", "buffer": papers.small_jpeg()}
    )
    nadia.press("Send the bill")
    nadia.sees("The insurer has your bill. You need not do anything.")
    nadia.reads("IMG_0815.jpg")

    pauline: Visitor = visit("pauline", language="de", javascript=True)
    pauline.go()
    pauline.follow("New bills")
    row = pauline.main.get_by_role("row").filter(has_text="Pharmacie du Lac")
    pauline.open(row.get_by_role("link", name="Nadia Keller"))
    pauline.press("Take into work")
    pauline.follow("Process the bill")
    pauline.fill("Covered by the insurance", "80")
    pauline.fill("Explanation", "Der Hustentee ist nicht gedeckt.")
    pauline.press("Process the bill")
    pauline.sees("Paid in part")

    # The page of the insured person follows by itself.
    expect(nadia.main).to_contain_text("CHF\u00a080.00")
    nadia.reads("Der Hustentee ist nicht gedeckt.")

    hugo: Visitor = visit("hugo", language="fr", javascript=True)
    assert hugo.tries(nadia.page.url.removeprefix(nadia.address)) == 404
    assert hugo.tries("/bills/") == 403
