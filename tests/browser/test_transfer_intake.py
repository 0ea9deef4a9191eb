"""HR sends a doctor's report as an administrative paper: asked first, it is handed over without keeping sight."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from tests import papers
from tests.browser.reporting import choose_files
from tests.browser.test_stories import both_ways
from tests.browser.visitor import Visitor

SEALED = "Medical: handed over sealed"


@both_ways
def test_hr_is_asked_and_hands_it_over_sealed(visit, tmp_path, javascript, language):
    word = uuid4().hex[:8]
    paper = tmp_path / f"{word}.pdf"
    paper.write_bytes(papers.text_pdf("Rapport médical", "Diagnostic : lombalgie", word))
    hugo: Visitor = visit("hugo", language=language, javascript=javascript)
    hugo.go()
    hugo.menu("Claims")
    hugo.open(hugo.main.get_by_role("row").nth(1).get_by_role("rowheader").get_by_role("link"))
    hugo.follow("Document transfer")
    form = choose_files(
        hugo, [paper], audience="Administrative paper (you keep seeing it)", kind="Other document"
    )
    hugo.press("Send documents", within=form) if not javascript else hugo.button(
        "Send documents", within=form
    ).click()
    expect(hugo.main.get_by_text(hugo.words("This looks like a medical paper")).first).to_be_visible()
    if javascript:
        hugo.button("Hand it over sealed", within=form).click()
        expect(form.get_by_role("status")).to_contain_text("1")
    else:
        form = choose_files(hugo, [paper], audience=SEALED, kind="Other document")
        hugo.press("Send documents", within=form)
    folder = hugo.main.locator("#documents")
    expect(folder.get_by_text(hugo.words("Handed over to the insurer")).first).to_be_visible()
    expect(folder).not_to_contain_text(word)
