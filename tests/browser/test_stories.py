"""Cases as people live them: reported, papers sent, taken over, asked for more, accepted; and seen by nobody else.

Every story runs with scripts in French and without them in German, begins at the front door and clicks what is there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Route, expect

from documents.intake import SENTENCES
from tests import papers
from tests.browser.reporting import (
    AccidentReporter,
    Papers,
    Reporter,
    choose_files,
    choose_person,
    day,
    send_files,
)
from tests.browser.visitor import Visitor

both_ways = pytest.mark.parametrize(
    ("javascript", "language"), [(True, "fr"), (False, "de")], ids=["scripts-fr", "plain-de"]
)


def saved(reader: Visitor, folder: Locator, paper: Path) -> bytes:
    """The bytes of a paper of the folder, as they are downloaded."""
    name = f"{reader.words('Download')} {paper.name}"
    return reader.download(folder.get_by_role("link", name=name, exact=True))


def look_through(reader: Visitor, folder: Locator, paper: Path, *, pages: int) -> None:
    """A paper's pages within the portal, turned by a key, and back."""
    reader.open(folder.get_by_role("link", name=paper.name, exact=True))
    for number in range(1, pages + 1):
        if number > 1:
            reader.open_by_key(reader.page.locator("body"), "ArrowRight")
        words = {"number": number, "pages": pages, "name": paper.name}
        called = reader.words("Picture of page %(number)s of %(pages)s: %(name)s", **words)
        picture = reader.main.get_by_role("img", name=called, exact=True)
        assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") > 500
    reader.open(reader.page.get_by_role("link", name=reader.words("Back"), exact=True))


# The id of a thing, within an address.
THING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
        wages=write("lohnausweis.pdf", papers.text_pdf("Lohnausweis 2025", "Bruttolohn 84 500.00")),
        fax=write("fax-3-pages.tif", papers.three_page_tiff()),
        phone=write("IMG_2211.HEIC", papers.photo_heic()),
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


@both_ways
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
    sent = [files.scan, files.photo]
    folder = hugo.main.locator("#documents")
    hugo.reads(files.scan.name, within=folder)
    if javascript:
        # A fax of three pages and a phone's own format, in one go.
        more = [files.fax, files.phone]
        send_files(hugo, more, audience="Administrative paper (you keep seeing it)", kind="Wage statement")
        for paper in more:
            assert saved(hugo, folder, paper) == paper.read_bytes()
        sent += more
    hugo.sees("Sealed: goes to the insurer with the report", within=folder)
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
    for paper in sent:
        assert saved(pauline, folder, paper) == paper.read_bytes()
    if files.fax in sent:
        look_through(pauline, folder, files.fax, pages=3)
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
        [files.wages],
        audience="Administrative paper (you keep seeing it)",
        kind="Wage statement",
    )
    pauline.arrives(lambda: pauline.button("Mark as seen"))
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
    if javascript:
        nobody_else_sees(visit, hugo.trail | pauline.trail)


def test_an_accident_is_reported_to_the_end(visit, files):
    """HR reports an ordinary accident; number and claim file are there, with what was said."""
    hugo: Visitor = visit("hugo", language="de")
    hugo.go()
    # Whoever has a story of an illness, too: the two do not disturb each other.
    name = choose_person(hugo, 1)
    reporter = AccidentReporter(hugo)
    reporter.all_parts(day(7))
    send_files(
        hugo,
        [files.certificate],
        audience="Certificate without diagnosis (you keep seeing it)",
        kind="Certificate of incapacity",
    )
    number = reporter.send()
    hugo.follow("Open the claim file")
    expect(hugo.heading(name)).to_be_visible()
    for text in (number, hugo.words("Accident"), day(7), reporter.course):
        hugo.reads(text)
    hugo.follow("Document transfer")
    hugo.reads(files.certificate.name, within=hugo.main.locator("#documents"))
    hugo.note_addresses()

    pauline: Visitor = visit("pauline", language="de")
    pauline.go()
    open_claim(pauline, number)
    pauline.reads(reporter.course)
    expect(pauline.button("Take over")).to_be_visible()
    nobody_else_sees(visit, hugo.trail)


@both_ways
def test_an_employee_reports_for_himself(visit, files, javascript, language):
    """Jonas reports his own illness: the employer sees the case, not the medical paper; colleagues see nothing."""
    jonas: Visitor = visit("jonas", language=language, javascript=javascript)
    jonas.go()
    jonas.menu("Report a case")
    Reporter(jonas, own=True).all_parts(day(4))
    send_files(
        jonas,
        [files.photo],
        audience="Medical paper: only you and the insurer see it",
        kind="Medical report",
    )
    folder = jonas.main.locator("#documents")
    jonas.reads(files.photo.name, within=folder)
    medical = folder.get_by_role("link", name=files.photo.name, exact=True).get_attribute("href")
    number = Reporter(jonas, own=True).send()
    jonas.follow("Open the claim file")
    jonas.follow("Document transfer")
    send_files(
        jonas,
        [files.certificate],
        audience="Certificate without diagnosis: your employer sees it too",
        kind="Certificate of incapacity",
    )
    jonas.note_addresses()

    hugo: Visitor = visit("hugo", language=language, javascript=javascript)
    hugo.go()
    open_claim(hugo, number)
    hugo.follow("Document transfer")
    folder = hugo.main.locator("#documents")
    hugo.reads(files.certificate.name, within=folder)
    expect(folder.get_by_text(files.photo.name)).to_have_count(0)
    assert hugo.tries(medical) == 404
    if javascript:
        nobody_else_sees(visit, jonas.trail, "bruno", "elena", "nadia")


@both_ways
def test_an_employee_sees_her_own_case_only(visit, javascript, language):
    """Nadia finds her own case, and nothing of her colleagues', whatever address she is given."""
    hugo: Visitor = visit("hugo", language=language, javascript=javascript)
    hugo.go()
    hugo.menu("Claims")
    others = hugo.main.locator("tbody").get_by_role("row").filter(has_not_text="Nadia")
    paths = {row.get_by_role("link").first.get_attribute("href") for row in others.all()}

    nadia: Visitor = visit("nadia", language=language, javascript=javascript)
    nadia.go()
    nadia.menu("Claims")
    rows = nadia.main.locator("tbody").get_by_role("row")
    expect(rows.first).to_be_visible()
    assert {row.get_by_role("rowheader").get_by_role("link").inner_text() for row in rows.all()} == {
        "Nadia Keller"
    }
    assert paths
    for path in paths:
        assert nadia.tries(path) == 404, path
    nadia.open(rows.first.get_by_role("rowheader").get_by_role("link"))
    nadia.follow("Document transfer")
    nadia.note_addresses()
    if javascript:
        nobody_else_sees(visit, nadia.trail)


@both_ways
def test_bad_input_is_explained_and_nothing_is_lost(visit, files, places, javascript, language):
    """150 per cent, an end before the begin, files of the wrong kind: said at the spot, all else kept."""
    hugo: Visitor = visit("hugo", language=language, javascript=javascript)
    hugo.go()
    choose_person(hugo, next(places))
    reporter = Reporter(hugo)
    reporter.begin()
    reporter.person()
    reporter.employment()
    reporter.event(day(9))

    # A period of 150 per cent that ends before it begins.
    hugo.fill("Until and including", day(12))
    hugo.fill("Degree of incapacity", "150")
    reporter.choose("incapacity", "returned", "No")
    hugo.press("Continue")
    explains(
        hugo,
        {
            "Until and including": "The period cannot end before it begins. Check both dates.",
            "Degree of incapacity": "Enter a degree of incapacity between 1 and 100.",
        },
    )
    expect(hugo.field("From")).to_have_value(day(9))
    expect(hugo.field("Until and including")).to_have_value(day(12))
    expect(hugo.field("Degree of incapacity")).to_have_value("150")
    expect(hugo.main.get_by_role("radio", name=hugo.words("No"), exact=True).first).to_be_checked()
    hugo.fill("Until and including", day(2))
    hugo.fill("Degree of incapacity", "50")
    hugo.press("Continue")
    reporter.at("treatment")
    reporter.treatment()

    # Three files at once: the good one arrives, the others say why they do not.
    form = choose_files(
        hugo,
        [files.page, files.certificate, files.program],
        audience="Certificate without diagnosis (you keep seeing it)",
        kind="Certificate of incapacity",
    )
    if javascript:
        hugo.button("Send documents", within=form).click()
    else:
        hugo.press("Send documents", within=form)
        hugo.sees("There is a problem")
    for code in ("mismatch", "extension"):
        hugo.sees(SENTENCES[code])
    hugo.reads(files.certificate.name, within=hugo.main.locator("#documents"))
    expect(hugo.main.locator("#documents").get_by_text(files.page.name)).to_have_count(0)


def test_each_file_goes_with_the_answers_of_its_moment(visit, tmp_path):
    """Another class chosen while files are on their way is the next ones': the waiting ones keep theirs."""
    waiting = [tmp_path / f"{name}-{uuid4().hex[:8]}.pdf" for name in ("first", "second")]
    for paper in waiting:
        paper.write_bytes(papers.text_pdf(paper.name))
    hugo: Visitor = visit("hugo")
    hugo.go()
    hugo.menu("Claims")
    hugo.open(hugo.main.get_by_role("row").nth(1).get_by_role("rowheader").get_by_role("link"))
    hugo.follow("Document transfer")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    hugo.page.route("**/uploads/", hold_the_first)
    form = choose_files(
        hugo,
        waiting,
        audience="Certificate without diagnosis (you keep seeing it)",
        kind="Certificate of incapacity",
    )
    with hugo.page.expect_request("**/uploads/"):
        hugo.button("Send documents", within=form).click()
    group = form.get_by_role("group", name=hugo.beginning("Who may see these documents?"))
    group.get_by_role("radio", name=hugo.beginning("Medical: handed over sealed")).check()
    held[0].continue_()
    said = hugo.words("{n} of {m} documents received").format(n=2, m=2)
    expect(form.get_by_role("status")).to_have_text(said)
    # What is medical would not be there under its name.
    for paper in waiting:
        hugo.reads(paper.name, within=hugo.main.locator("#documents"))


def explains(visitor: Visitor, sentences: dict[str, str]) -> None:
    """The summary has the focus and leads to the fields; each field says the same sentence."""
    summary = visitor.main.get_by_role("alert").filter(has_text=visitor.words("There is a problem"))
    expect(summary).to_be_visible()
    assert visitor.page.title().startswith(visitor.words("Error:"))
    if visitor.javascript:
        expect(summary).to_be_focused()
    for label, sentence in sentences.items():
        words = visitor.words(sentence)
        field = visitor.field(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(re.escape(words)))
        target = summary.get_by_role("link", name=re.compile(re.escape(words))).get_attribute("href")
        assert target == f"#{field.get_attribute('id')}"


def nobody_else_sees(visit, addresses: set[str], *people: str) -> None:
    """They get the same answer as for things that do not exist, whatever they try; if nobody is named, people of
    another company. Asked once a story: what somebody may see does not hang on scripts.
    """
    assert addresses
    for key in people or ("bruno", "elena"):
        stranger: Visitor = visit(key)
        stranger.go()
        for path in sorted(addresses):
            page, _, asked = path.partition("?")
            absent = (
                stranger.tries(f"{page}?{THING.sub(str(uuid4()), asked)}") if THING.search(asked) else 404
            )
            assert stranger.tries(path) == absent, f"{key} gets at {path}"
