"""How many clicks a thing takes, counted from home and by the keyboard alone; typing is free."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from documents.intake import SENTENCES
from documents.models import Kind
from tests import papers
from tests.browser.keyboard import Keyboard
from tests.browser.reporting import CLAIM_NUMBER, WITH_ACCOUNT, day
from tests.browser.visitor import Visitor

# Somebody signed in again in another tab: the page has another token from then on.
SIGNED_IN_AGAIN = """() => {
  const fresh = "0".repeat(32);
  document.cookie = `csrftoken=${fresh}; path=/`;
  document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh; });
}"""

# A paper the employer is asked for, in a case of its own.
ASK = """
from claims_files import services
from claims_files.models import ClaimFile, PaperRequest
from users.models import User
pauline = User.objects.get(email="pauline@insurer.example")
asked = PaperRequest.unrestricted.filter(state="open", kind="wage_statement").values("claim_file")
claim = ClaimFile.unrestricted.filter(
    company__name="Atelier Rochat SA", state__in=("in_progress", "document_missing")
).exclude(pk__in=asked).first()
request = services.request_paper(claim.pk, kind="wage_statement", addressee="employer", by=pauline)
# The first one at home.
PaperRequest.unrestricted.filter(pk=request.pk).update(due="2026-01-05")
print(claim.number)
"""


def test_hr_reports_an_illness_with_twelve_clicks(visit):
    """Person, kind, six parts, check, send."""
    hugo: Visitor = visit("hugo")
    hugo.go()
    keys = Keyboard(hugo)
    keys.enter(hugo.navigation.get_by_role("link", name=hugo.beginning("Report a case")))
    people = hugo.main.locator("#persons").get_by_role("link").filter(has_not_text=WITH_ACCOUNT)
    keys.enter(people.filter(has_not_text=hugo.words("No longer employed")).nth(2))
    keys.choose("about", "illness")
    keys.enter(_continue(hugo))
    keys.enter(_continue(hugo))
    keys.enter(_continue(hugo))
    keys.type("first_day", day(5))
    keys.choose("earlier", "no")
    keys.enter(_continue(hugo))
    keys.type("periods-0-degree", "100")
    keys.enter(_continue(hugo))
    keys.enter(_continue(hugo))
    keys.enter(hugo.link("Continue"))
    keys.enter(hugo.button("Send the report"))
    expect(hugo.heading("Report sent")).to_be_visible()
    assert CLAIM_NUMBER.search(hugo.main.inner_text())
    assert keys.pressed <= 12


def _continue(hugo: Visitor) -> Locator:
    # The first one of a part is not shown: what Enter in a field presses.
    return hugo.button("Continue").last


def test_a_paper_that_was_asked_for_is_added_with_two_clicks(portal, visit, tmp_path: Path):
    """From the line at home to the receipt: what it is and who sees it stand there already."""
    number = portal.run(ASK)
    paper = tmp_path / "salaires.pdf"
    paper.write_bytes(papers.text_pdf("Certificat de salaire", number))
    hugo: Visitor = visit("hugo")
    hugo.go()
    keys = Keyboard(hugo)
    words = hugo.words("Send: %(document)s", document=hugo.words(Kind.WAGE_STATEMENT.label))
    line = hugo.main.get_by_role("listitem").filter(has_text=words).filter(has_text=number)
    keys.enter(line.get_by_role("link"))
    form = hugo.main.locator("form[data-upload]")
    keys.pick(form.locator("[name=files]"), paper)
    said = hugo.words("{n} of {m} documents received").format(n=1, m=1)
    expect(form.get_by_role("status")).to_have_text(said)
    assert keys.pressed == 2
    hugo.reads(paper.name, within=hugo.main.locator("#documents"))
    # Several photos wait until it is said whether they become one PDF; an empty file keeps nothing else back.
    photos = [
        {"name": f"page-{n}.jpg", "mimeType": "image/jpeg", "buffer": papers.jpeg_of(papers.sheet(900, 1200, [f"{n}"]))}
        for n in (1, 2)
    ]  # fmt: skip
    empty = {"name": "empty.pdf", "mimeType": "application/pdf", "buffer": b""}
    form.locator("[name=files]").set_input_files([empty, *photos])
    hugo.field("Combine these photos into one PDF").check()
    expect(form.locator("[data-rows] li").get_by_text(hugo.words("Ready to send"))).to_have_count(3)
    hugo.page.evaluate(SIGNED_IN_AGAIN)
    hugo.button("Send documents", within=form).click()
    said = hugo.words("{n} of {m} documents received").format(n=1, m=2)
    expect(form.get_by_role("status")).to_have_text(said)
    row = form.locator("[data-rows] li", has_text="empty.pdf")
    expect(row).to_contain_text(hugo.words(SENTENCES["empty"]))
    hugo.follow("Overview")
    expect(hugo.main.locator("#missing").get_by_text(hugo.words(Kind.WAGE_STATEMENT.label))).to_have_count(0)


# A case in progress of which nothing is asked.
TRIAGED = """
from claims_files.models import ClaimFile, PaperRequest
asked = PaperRequest.unrestricted.filter(state="open").values("claim_file")
print(ClaimFile.unrestricted.filter(state="in_progress").exclude(pk__in=asked).order_by("number")[0].number)
"""


def test_the_health_manager_asks_for_a_document_with_three_clicks_in_words_of_a_template(portal, visit):
    """The case in the worklist, the request, the template: whom, until when and in which words follow from it."""
    number = portal.run(TRIAGED)
    pauline: Visitor = visit("pauline")
    pauline.go(f"/claims/?q={number}")
    keys = Keyboard(pauline)
    keys.enter(pauline.main.locator("tbody a").first)
    keys.enter(pauline.link("Request a document"))
    template = pauline.main.locator("#templates li").first
    title = template.locator(".doc-text > span").first.inner_text()
    keys.enter(template.get_by_role("button"))
    assert keys.pressed == 3
    expect(pauline.main.locator("#missing").get_by_text(title).first).to_be_visible()
    pauline.press("Remind of what is missing")
    pauline.reads(pauline.words("The reminder is on its way."))


# An accepted claim with days that no statement covers, and who may work on it.
PAYABLE = """
from django.utils import timezone
from claims_files import services
from claims_files.models import ClaimFile, Statement
from claims_files.statements import reading, terms
found = None
for claim in ClaimFile.unrestricted.filter(state__in=("accepted", "in_progress"), kind__in=("illness", "accident")):
    days = reading.next_days(claim, timezone.localdate())
    if days and "annual_salary" in terms.reported(claim) and terms.reported(claim)["payee"] == "company":
        if claim.state == "in_progress":
            services.accept(claim.pk, by=claim.health_manager)
        found = claim
        break
print(found.pk)
"""


def test_the_health_manager_issues_a_statement_with_three_clicks(portal, visit):
    """From the claim file: everything is filled in, the draft is looked at, and issued."""
    pauline: Visitor = visit("pauline")
    pauline.go(f"/claims/{portal.run(PAYABLE).strip()}/")
    keys = Keyboard(pauline)
    keys.enter(pauline.link("Draw up a statement"))
    keys.enter(pauline.button("Reckon the draft"))
    keys.enter(pauline.button("Issue the statement"))
    expect(pauline.link("Download PDF")).to_be_visible()
    assert keys.pressed == 3


# The newest case of Rochat that pays anything, paid.
PAID = """
from django.utils import timezone
from claims_files import services
from claims_files.models import ClaimFile
from claims_files.statements import reading, services as statements, terms
from users.models import User
pauline = User.objects.get(email="pauline@insurer.example")
rows = ClaimFile.unrestricted.filter(company__name="Atelier Rochat SA", kind__in=("illness", "accident"))
for claim in rows.filter(state__in=("received", "in_progress", "accepted")).order_by("-number"):
    days = reading.next_days(claim, timezone.localdate())
    if days is None or "annual_salary" not in terms.reported(claim):
        continue
    if not terms.reckon(claim, terms.reported(claim)["annual_salary"], *days).total.number:
        continue
    if claim.state == "received":
        claim = services.take_over(claim.pk, by=pauline)
    if claim.state == "in_progress":
        services.accept(claim.pk, by=pauline)
    made = statements.draft(claim.pk, begin=days[0], end=days[1], payee="company", by=pauline)
    print(statements.issue(made.pk, by=pauline).number)
    break
"""


def test_the_company_takes_statements_into_payroll_with_two_clicks(portal, visit):
    number = portal.run(PAID).strip()
    hugo: Visitor = visit("hugo")
    hugo.go()
    keys = Keyboard(hugo)
    keys.enter(hugo.navigation.get_by_role("link", name=hugo.words("Statements")))
    table = keys.save(hugo.link("For payroll (%(kind)s)", kind="CSV")).decode("utf-8-sig")
    assert f";{number};" in table
    assert keys.pressed == 2
