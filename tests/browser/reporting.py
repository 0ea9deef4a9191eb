"""Reporting an illness or an accident on the pages, part by part, as people do it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

from playwright.sync_api import Locator, expect

from declarations.forms import FORMS
from declarations.forms.codes import (
    BodyPart,
    BodySide,
    DayPrecision,
    Injury,
    Precision,
    Setting,
    YesNo,
    YesNoUnknown,
)
from declarations.forms.start import About, Case, StartForm, Way
from tests.browser.visitor import UPLOAD_PATIENCE, Visitor

CLAIM_NUMBER = re.compile(r"S-\d{4}-\d{5}")
# People with an account have stories of their own.
WITH_ACCOUNT = re.compile("Nadia|Jonas")


@dataclass(frozen=True)
class Papers:
    """Files as people have them on their devices."""

    scan: Path  # a scanned PDF of 10 MB
    photo: Path  # a phone's JPEG of 12 megapixels
    certificate: Path
    wages: Path
    fax: Path  # a TIFF of three pages
    phone: Path  # a HEIC
    page: Path  # a web page that calls itself a PDF
    program: Path


def day(ago: int) -> str:
    """A date so many days ago, as one types it."""
    return f"{date.today() - timedelta(days=ago):%d.%m.%Y}"


def choose_person(visitor: Visitor, place: int) -> str:
    """Begin a report for the employee at this place of the list; his name."""
    visitor.menu("Report a case")
    rows = visitor.main.locator("#persons").get_by_role("link").filter(has_not_text=WITH_ACCOUNT)
    row = rows.filter(has_not_text=visitor.words("No longer employed")).nth(place)
    name = row.locator("strong").inner_text()
    visitor.open(row)
    return name


class Reporter:
    """One visitor filling in the parts of an illness report: a colleague's, or his own (`own`)."""

    kind = "illness"
    # The answers to the questions that find the kind.
    found_by: ClassVar[dict[str, Any]] = {"about": About.ILLNESS}

    def __init__(self, visitor: Visitor, *, own: bool = False) -> None:
        self.visitor = visitor
        self.own = own

    def label(self, part: str, name: str) -> Any:
        """The label of a question, in the words of one's own report where they differ."""
        form = FORMS[self.kind][part]
        return (self.own and form.personal.get(name)) or form.base_fields[name].label

    def fill(self, part: str, name: str, value: str) -> None:
        """Type an answer."""
        self.visitor.fill(self.label(part, name), value)

    def choose(self, part: str, name: str, answer: Any) -> None:
        """Choose an answer."""
        self.visitor.choose(self.label(part, name), answer)

    def select(self, part: str, name: str, answer: Any) -> None:
        """Choose an answer of a long list."""
        self.visitor.field(self.label(part, name)).select_option(label=self.visitor.words(answer))

    def at(self, part: str) -> None:
        """The part is open; for `documents` and `check` the pages without questions."""
        titles = {
            "documents": "Document transfer",
            "check": "Check your answers before you send them",
        }
        title = titles.get(part) or FORMS[self.kind][part].title
        heading = self.visitor.main.get_by_role(
            "heading", name=self.visitor.words(title), exact=True, level=2
        )
        expect(heading).to_be_visible()

    def go_on(self, following: str) -> None:
        """Press Continue, and be at the following part."""
        self.visitor.press("Continue")
        self.at(following)

    def begin(self) -> None:
        """Say what is to be reported; the draft begins."""
        for name, answer in self.found_by.items():
            self.visitor.choose(StartForm.base_fields[name].label, answer.label)
        if self.own:
            # One question a page is proposed to the insured person; it has a story of its own.
            self.visitor.choose(StartForm.base_fields["way"].label, Way.PAGES.label)
        self.go_on("person")

    def person(self) -> None:
        """How the person is reached stands there already, but for whom the insurer knows no street."""
        expect(self.visitor.field(self.label("person", "town"))).not_to_have_value("")
        street = self.visitor.field(self.label("person", "street"))
        if not street.input_value():
            street.fill("Rue du Port")
        self.go_on("employment")

    def employment(self) -> None:
        """The company knows it; the insured person may leave it empty."""
        if not self.own:
            self.fill("employment", "begin", "01.03.2018")
            self.fill("employment", "occupation", "Ébéniste")
            self.choose("employment", "contract", "Open-ended")
            self.fill("employment", "degree", "80")
            self.fill("employment", "annual_salary", "78’000.00")
            self.go_on("event")
            return
        self.visitor.open(
            self.visitor.page.get_by_role(
                "navigation", name=self.visitor.words("Parts of the report")
            ).get_by_role("link", name=self.visitor.beginning(FORMS[self.kind]["event"].title))
        )
        self.at("event")

    def event(self, first_day: str) -> None:
        """Since when; no diagnosis."""
        self.choose("event", "cause", "Illness")
        self.fill("event", "first_day", first_day)
        self.choose("event", "earlier", "No")
        self.go_on("incapacity")

    def incapacity(self, first_day: str, *, degree: str = "100") -> None:
        """The first period begins with the case by itself."""
        expect(self.visitor.field("From")).to_have_value(first_day)
        self.visitor.fill("Degree of incapacity", degree)
        self.choose("incapacity", "returned", "No")
        self.go_on("treatment")

    def treatment(self) -> None:
        """Who is paid."""
        self.choose("treatment", "payee", "The company, which goes on paying the salary")
        self.go_on("documents")

    def all_parts(self, first_day: str) -> None:
        """Everything up to the last tab."""
        self.begin()
        self.person()
        self.employment()
        self.event(first_day)
        self.incapacity(first_day)
        self.treatment()

    def send(self) -> str:
        """Check the answers and send them; the claim's number."""
        self.visitor.follow("Continue")
        self.at("check")
        self.visitor.press("Send the report")
        expect(self.visitor.heading("Report sent")).to_be_visible()
        number = CLAIM_NUMBER.search(self.visitor.main.inner_text())
        assert number is not None
        return number[0]


class AccidentReporter(Reporter):
    """The same for an ordinary accident at work: four days and more away, nobody else involved."""

    kind = "accident"
    found_by: ClassVar[dict[str, Any]] = {
        "about": About.ACCIDENT,
        "case": Case.NEW,
        "longer": YesNoUnknown.YES,
    }
    course = "Il a glissé sur une marche mouillée et s’est tordu la cheville gauche."

    def event(self, first_day: str) -> None:
        """What happened, and what was injured."""
        self.fill("event", "accident_date", first_day)
        self.choose("event", "date_precision", DayPrecision.EXACT.label)
        self.choose("event", "precision", Precision.EXACT.label)
        self.fill("event", "accident_time", "14h30")
        self.fill("event", "place", "Morges, halle 2")
        self.choose("event", "setting", Setting.WORK.label)
        self.fill("event", "activity", "Descendre une poutre")
        self.fill("event", "course", self.course)
        self.choose("event", "police", YesNo.NO.label)
        self.select("event", "body_part", BodyPart.ANKLE.label)
        self.choose("event", "body_side", BodySide.LEFT.label)
        self.select("event", "injury", Injury.SPRAIN.label)
        self.go_on("incapacity")

    def incapacity(self, first_day: str, *, degree: str = "100") -> None:
        """There may be none after an accident; here there is."""
        self.choose("incapacity", "unable", YesNo.YES.label)
        super().incapacity(first_day, degree=degree)

    def treatment(self) -> None:
        """The insurer needs to know the doctor."""
        self.choose("treatment", "treated", YesNo.YES.label)
        self.fill("treatment", "doctor", "Ensemble hospitalier de la Côte")
        self.fill("treatment", "doctor_town", "Morges")
        self.choose("treatment", "hospital", YesNo.NO.label)
        super().treatment()


def choose_files(visitor: Visitor, files: list[Path], *, audience: str, kind: str) -> Locator:
    """Choose files, who may see them, and what they are; the form, not sent yet."""
    form = visitor.main.locator("form[data-upload]")
    if visitor.javascript:
        with visitor.page.expect_file_chooser() as chooser:
            form.locator("label", has_text=visitor.words("Choose files")).click()
        chooser.value.set_files(files)
    else:
        form.locator("input[name=files]").set_input_files(files)
    group = form.get_by_role("group", name=visitor.beginning("Who may see these documents?"))
    group.get_by_role("radio", name=visitor.beginning(audience)).check()
    visitor.field("Type of document").select_option(label=visitor.words(kind))
    return form


def send_files(visitor: Visitor, files: list[Path], *, audience: str, kind: str) -> None:
    """Send files from the form of a folder, and see that they were received."""
    form = choose_files(visitor, files, audience=audience, kind=kind)
    if visitor.javascript:
        visitor.button("Send documents", within=form).click()
        count = visitor.words("{n} of {m} documents received").format(n=len(files), m=len(files))
        expect(form.get_by_role("status")).to_have_text(count, timeout=UPLOAD_PATIENCE)
    else:
        visitor.press("Send documents", within=form, patience=UPLOAD_PATIENCE)
        said = visitor.counted("%(count)s document received.", "%(count)s documents received.", len(files))
        expect(visitor.main.get_by_text(said)).to_be_visible()
