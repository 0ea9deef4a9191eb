"""Cases as people live them: reported, papers sent, taken over, asked for more, accepted; and seen by nobody else.

Every story runs with and without scripts, in French and German, begins at the front door and clicks what is there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import papers
from tests.browser.reporting import Papers, Reporter, choose_person, day, send_files
from tests.browser.visitor import Visitor

WAYS = [
    pytest.param(javascript, language, id=f"{'scripts' if javascript else 'plain'}-{language}")
    for javascript, language in itertools.product((True, False), ("fr", "de"))
]
every_way = pytest.mark.parametrize(("javascript", "language"), WAYS)


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Papers:
    """The papers of the stories, as files."""
    folder = tmp_path_factory.mktemp("papers")

    def write(name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return Papers(
        scan=write("certificat-scan.pdf", papers.scan_pdf(10)),
        photo=write("IMG_2041.jpeg", papers.photo_jpeg()),
        certificate=write("arztzeugnis.pdf", papers.certificate()),
        page=write("lettre.pdf", papers.html()),
        program=write("setup.exe", papers.program()),
    )


@pytest.fixture(scope="session")
def places() -> Iterator[int]:
    """The place in the list of employees whom the next story is about: everybody has one story at most."""
    return itertools.count()


def open_claim(visitor: Visitor, number: str) -> None:
    """Open the claim file with this number from the list of claims."""
    visitor.menu("Claims")
    row = visitor.main.get_by_role("row").filter(has_text=number)
    visitor.open(row.get_by_role("rowheader").get_by_role("link"))
    visitor.reads(number)


@every_way
def test_from_the_report_to_the_decision(visit, files, places, javascript, language):
    """HR reports; the health manager sees it arrive, asks for a paper and accepts; both see each step."""
    hugo: Visitor = visit("hugo", language=language, javascript=javascript)
    pauline: Visitor = visit("pauline", language=language, javascript=javascript)
    pauline.go()
    pauline.menu("Claims")

    # HR reports an illness, with a 10 MB scan and a phone's photo in the last tab.
    hugo.go()
    name = choose_person(hugo, next(places))
    reporter = Reporter(hugo)
    first_day = day(6)
    reporter.all_parts(first_day)
    send_files(
        hugo,
        [files.scan],
        audience="Certificate without diagnosis (you keep seeing it)",
        kind="Certificate of incapacity",
    )
    send_files(hugo, [files.photo], audience="Medical: handed over sealed", kind="Medical report")
    folder = hugo.main.locator("#documents")
    hugo.reads(files.scan.name, within=folder)
    hugo.sees("Handed over to the insurer", within=folder)
    expect(folder.get_by_text(files.photo.name)).to_have_count(0)
    hugo.note_addresses()
    number = reporter.send()
    hugo.note_addresses()

    # The health manager sees it arrive, opens it and finds the papers in it already.
    pauline.arrives(lambda: pauline.main.get_by_role("row").filter(has_text=number))
    row = pauline.main.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text(name)
    pauline.open(row.get_by_role("rowheader").get_by_role("link"))
    pauline.follow("Document transfer")
    folder = pauline.main.locator("#documents")
    for paper in (files.scan, files.photo):
        got = pauline.download(folder.get_by_role("link", name=paper.name, exact=True))
        assert got == paper.read_bytes()
    pauline.follow("Overview")
    pauline.press("Take over")
    pauline.sees("In progress")

    # She asks for a paper; HR sees it and sends it from the claim file.
    hugo.follow("Open the claim file")
    pauline.follow("Request a document")
    pauline.field("Which document is missing?").select_option(label=pauline.words("Wage statement"))
    pauline.choose("Whom do you ask?", "The employer")
    pauline.press("Request the document")
    hugo.arrives(lambda: hugo.link("Send this document"))
    hugo.follow("Send this document")
    send_files(
        hugo,
        [files.certificate],
        audience="Administrative paper (you keep seeing it)",
        kind="Wage statement",
    )
    pauline.arrives(lambda: pauline.button("Mark documents as seen"))
    pauline.note_addresses()
    pauline.press("Accept the claim")

    # HR sees each step.
    hugo.follow("Overview")
    hugo.arrives(lambda: hugo.main.get_by_text(hugo.words("Accepted")))
    hugo.follow("Timeline")
    steps = (
        "Report received",
        "Claim file taken over",
        "Document requested",
        "Requested document received",
        "Claim accepted",
    )
    for step in steps:
        hugo.sees(step)
    hugo.note_addresses()
    nobody_else_sees(visit, hugo.trail | pauline.trail)


def nobody_else_sees(visit, addresses: set[str]) -> None:
    """People of another company get the same answer as for things that do not exist, whatever they try."""
    assert addresses
    for key in ("bruno", "elena"):
        stranger: Visitor = visit(key)
        stranger.go()
        for path in sorted(addresses):
            assert stranger.tries(path) == 404, f"{key} gets at {path}"
