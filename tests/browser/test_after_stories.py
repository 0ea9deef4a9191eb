"""What goes on after the report, without JavaScript: an answer amended, a course corrected, a bill sent and paid."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from playwright.sync_api import expect

from claims_files.models import Bill
from tests import papers
from tests.browser.reporting import day
from tests.browser.visitor import Visitor

# A report of HR that may still be taken back, with an incapacity: its claim file and its number.
OWN = """
from claims_files.models import IncapacityPeriod
from claims_files.states import Move
from declarations.models import Declaration
from declarations.services import may_amend
from users.models import User
hugo = User.objects.get(email="hugo@rochat.example")
reports = Declaration.unrestricted.filter(state="sent", side="employer", kind="illness").order_by("-sent")
found = next(
    each for each in reports
    if may_amend(hugo, each, Move.WITHDRAW)
    and IncapacityPeriod.unrestricted.filter(claim_file=each.claim_file).count() == 1
)
print(found.claim_file.pk, found.claim_file.number)
"""


def test_hugo_corrects_the_incapacity_and_amends_the_report(portal, visit):
    """Rows are added and removed by the page itself; what was said before stays beside what is said now."""
    claim, number = portal.run(OWN).split()
    hugo: Visitor = visit("hugo", javascript=False)
    hugo.go(f"/claims/{claim}/")
    hugo.reads(number)
    hugo.follow("Incapacity")
    hugo.follow("Correct the periods")
    hugo.fill("Degree of incapacity", "35")
    hugo.press("Save the change")
    # A change that reaches back far is asked about first.
    if hugo.heading("Is this right?").count():
        hugo.press("Yes, it is right")
    hugo.sees("The incapacity for work is corrected. The earlier version stays readable.")
    hugo.reads("35 %")
    hugo.follow("Overview")
    hugo.follow("Report and receipts")
    hugo.follow("Amend the report")
    hugo.follow("Amend – %(part)s", part=hugo.words("Employment and salary"))
    occupation = f"Chef d’atelier {uuid4().hex[:6]}"
    hugo.fill("Occupation", occupation)
    hugo.press("Look at the changes")
    hugo.reads(occupation)
    hugo.press("Send the amendment")
    hugo.sees("The amendment is sent. The insurer sees what changed.")
    hugo.reads(occupation)


def test_a_bill_is_sent_processed_and_its_result_seen(visit, tmp_path: Path):
    """Nadia sends a pharmacy's bill; Pauline pays a part of it and says why; Nadia reads it, her employer nothing."""
    issuer = f"Pharmacie {uuid4().hex[:8]}"
    paper = tmp_path / "ticket.pdf"
    paper.write_bytes(papers.text_pdf("Quittance", issuer))
    nadia: Visitor = visit("nadia", javascript=False)
    nadia.go()
    nadia.menu("Bills")
    nadia.follow("Send a bill or receipt")
    about = nadia.main.get_by_role("group", name=nadia.beginning("What is it about?"))
    about.get_by_role("radio").first.check()
    nadia.field("Kind of bill").select_option(label=nadia.words(Bill.Kind.MEDICINE.label))
    nadia.fill("Issued by", issuer)
    nadia.fill("Date of the bill", day(2))
    nadia.fill("Amount", "68.40")
    nadia.choose("Have you paid the bill already?", "Yes")
    nadia.main.locator("input[type=file]").set_input_files(paper)
    nadia.press("Send the bill")
    number = nadia.main.locator(".mono").first.inner_text()
    nadia.sees("Your bill was received. Its number is %(number)s.", number=number)
    nadia.note_addresses()

    pauline: Visitor = visit("pauline", javascript=False)
    pauline.go()
    pauline.menu("Bills")
    row = pauline.main.get_by_role("row").filter(has_text=issuer)
    pauline.open(row.get_by_role("rowheader").get_by_role("link"))
    pauline.press("Take into work")
    pauline.follow("Process the bill")
    pauline.fill("Covered by the insurance", "60")
    pauline.fill("Own share", "6")
    pauline.fill("Explanation", "La vitamine C n’est pas assurée.")
    pauline.press("Process the bill")
    pauline.sees(Bill.Result.PART.label)

    nadia.again()
    expect(nadia.main.locator("#standing")).to_contain_text("54.00")
    nadia.reads("La vitamine C n’est pas assurée.")
    hugo: Visitor = visit("hugo")
    sent = {path for path in nadia.trail if path.startswith(("/bills/", "/documents/"))}
    assert sent
    for path in sent:
        assert hugo.tries(path) == 404, path
