"""Many people invited at once, as people do it: a file with faults, the same corrected, and one click."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from permissions.vocabulary import PORTALS_NAMES
from tests.browser.visitor import Visitor
from users.bulk import COLUMNS


def test_a_list_with_faults_is_corrected_and_sent(visit):
    """Claire brings a list: two rows have a fault, nobody is invited; corrected, all four are, by one click."""
    claire: Visitor = visit("claire", language="fr", javascript=True)
    mark, words = uuid4().hex[:8], claire.words
    heading = ";".join(words(label) for label in COLUMNS.values())
    roles = [words(PORTALS_NAMES[preset]) for preset in ("finance", "payroll", "hr", "hr_site")]
    good = [
        f"p{number}-{mark}@rochat.example;Paule;Numéro {number};;{role};{place};"
        for number, (role, place) in enumerate(zip(roles, ("", "", "", "Morges"), strict=True), 1)
    ]
    faulty = [good[0], good[1].replace("@", " "), good[2], good[3].replace("Morges", "Winterthur")]

    claire.go("/users/")
    claire.follow("Invite several")
    _bring(claire, heading, faulty)
    expect(claire.main.locator("#send input[name=rows]")).to_have_value("2,4")
    rows = claire.main.locator("#rows tbody tr")
    # What is to be corrected comes first, with what is wrong, in her language.
    expect(rows.nth(0)).to_contain_text(words("Enter an e-mail address, for example sara@company.example."))
    expect(rows.nth(1)).to_contain_text("Winterthur")
    expect(rows.nth(1)).to_contain_text(words("To correct"))

    claire.follow("Bring a corrected file")
    _bring(claire, heading, good)
    expect(rows.filter(has_text=words("In order"))).to_have_count(4)
    claire.open(claire.main.locator("#send button"))
    expect(rows.filter(has_text=words("Invited"))).to_have_count(4)
    claire.go("/users/")
    expect(claire.main.locator("#invitations tbody tr").filter(has_text=mark)).to_have_count(4)


def _bring(claire: Visitor, heading: str, rows: list[str]) -> None:
    """Choose a file with these rows, in the encoding of Excel, and have it checked."""
    content = "\r\n".join([heading, *rows]).encode("cp1252")
    claire.main.locator("input[type=file]").set_input_files(
        {"name": "équipe.csv", "mimeType": "text/csv", "buffer": content}
    )
    claire.press("Check the list")
