"""Who opened my file, and whether the log is as it was sealed: read by the two it is for."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import Visitor


def test_the_insured_person_and_the_superuser_find_their_answers(visit):
    """Nadia finds who looked into her case, and why; Sacha has the whole log verified, and takes part of it along."""
    nadia: Visitor = visit("nadia", language="fr")
    nadia.go()
    nadia.profile("Who opened my file")
    openings = nadia.main.locator("#readers tbody tr")
    expect(openings.filter(has_text="Pauline").first).to_contain_text(
        nadia.words("Handles your case at the insurer.")
    )
    # Of her cases one that her employer has opened: in other stories only the insurer may have read hers.
    company = nadia.words("Handles the cases of your company.")
    nadia.open(openings.filter(has_text=company).first.get_by_role("link"))
    expect(nadia.main.locator("#readers")).to_contain_text(company)

    sacha: Visitor = visit("sacha", language="de")
    sacha.go()
    sacha.menu("Activity log")
    sacha.follow("Verify")
    sacha.press("Verify now")
    # The page looks again by itself until the worker is done.
    expect(sacha.main.locator("#check")).to_contain_text(
        sacha.words("The log is as it was sealed"), timeout=30_000
    )
    sacha.follow("All verifications")
    sacha.follow("Activity log")
    file = sacha.download(sacha.link("As a file (CSV)"))
    assert sacha.words("Activity log verified") in file.decode("utf-8-sig")
