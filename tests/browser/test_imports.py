"""A list of employees, as HR brings it: one fault, one yes, and the page follows the work to its end."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from companies.imports import PERSONS
from enterprise_portal.demo.companies import ahv_number
from tests.browser.visitor import Visitor

COLUMNS = (
    "ahv_number", "last_name", "first_name", "birth_date", "sex", "site", "employment_begin", "degree_percent",
    "annual_salary",
)  # fmt: skip


def test_a_list_of_joiners_is_looked_at_and_taken_over(visit):
    """Hugo brings three joiners, one of them with a wrong date; two are taken over, and a second time nothing is."""
    hugo: Visitor = visit("hugo", language="fr", javascript=True)
    mark, words = uuid4(), hugo.words
    heading = ";".join(words(PERSONS.columns[name].label) for name in COLUMNS)
    rows = [
        f"{ahv_number(40_000_000 + (mark.int + n) % 9_000_000)};Neuf {mark.hex[:8]} {n};Zoé;{day};f;Lausanne;1.2.2026;80;60’000"
        for n, day in enumerate(("17.5.1990", "31.2.1990", "18.5.1990"))
    ]
    hugo.go("/employees/")
    hugo.follow("Import a list")
    _bring(hugo, heading, rows)
    found = hugo.main.locator("#rows tbody tr")
    expect(found).to_have_count(1)
    expect(found).to_contain_text(
        words("This day does not exist in the calendar. Check the day and the month.")
    )
    hugo.open(hugo.main.locator("#confirm button"))
    # The job works; the page follows it by itself.
    expect(hugo.main.locator("#import [role=status]")).to_be_visible()
    hugo.go(f"/employees/?q={mark.hex[:8]}")
    expect(hugo.main.locator("#persons tbody tr")).to_have_count(2)

    hugo.follow("Import a list")
    _bring(hugo, heading, rows)
    expect(hugo.main.locator("#confirm button")).to_have_count(0)


def _bring(hugo: Visitor, heading: str, rows: list[str]) -> None:
    """Choose a file with these rows, in the encoding of Excel, and have it checked."""
    content = "\r\n".join([heading, *rows]).encode("cp1252")
    hugo.main.locator("input[type=file]").set_input_files(
        {"name": "entrées.csv", "mimeType": "text/csv", "buffer": content}
    )
    hugo.press("Check the list")
