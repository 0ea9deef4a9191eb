"""Each of the nine kinds filed to the end; a minor accident that grows, changed by one button."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from playwright.sync_api import Locator, expect

from declarations.forms import FORMS
from declarations.forms.codes import YesNo, YesNoUnknown
from declarations.forms.start import About, Case, StartForm
from declarations.kinds import WORDS, Kind
from tests.browser.reporting import CLAIM_NUMBER, WITH_ACCOUNT, Reporter, choose_person, day
from tests.browser.visitor import Visitor
from tests.declarations.answers import FIRST_DAY, answers, typed
from tests.declarations.test_kinds import QUESTIONS

# One period in place of two: a row more is a page more.
OPEN = [{"begin": typed(FIRST_DAY), "end": "", "degree": "100"}]
CHOSEN = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class MinorReporter(Reporter):
    """Reports an accident after which nobody is off work for long."""

    kind = "minor_accident"
    found_by: ClassVar[dict[str, Any]] = {
        "about": About.ACCIDENT,
        "case": Case.NEW,
        "longer": YesNoUnknown.NO,
    }


def test_each_kind_is_filed_to_the_end(visit):
    """Without JavaScript: nine people, from the questions that find the kind to the number of the claim."""
    hugo: Visitor = visit("hugo", javascript=False)
    hugo.go()
    hugo.menu("Report a case")
    rows = hugo.main.locator("#persons").get_by_role("link").filter(has_not_text=WITH_ACCOUNT)
    free = rows.filter(has_not_text=hugo.words("No longer employed"))
    people = [row.get_attribute("href") for row in free.all()]
    asked = {kind: given for given, kind in reversed(QUESTIONS)}
    numbers = set()
    for person, kind in zip(people[-len(Kind) :], Kind, strict=True):
        hugo.go(f"/declarations/new/{person}")
        for name, value in asked[kind.value].items():
            option = hugo.main.locator(f"[name={name}][value={value}]")
            # A question that the answers before it do not lead to is not there.
            if option.is_visible():
                option.check()
        hugo.press("Continue")
        numbers.add(file_to_the_end(hugo, kind))
    assert len(numbers) == len(Kind)


def file_to_the_end(hugo: Visitor, kind: Kind) -> str:
    """Answer what is asked part by part, check and send; the number of the claim."""
    given = answers(kind.value)
    for part, form in FORMS[kind.value].items():
        at(hugo, form.title)
        page = hugo.main.locator("#part-form")
        for name, value in given[part].items():
            if name == "periods":
                period = (OPEN if kind.value != "minor_accident" else value)[0]
                for column, typed_value in period.items():
                    page.locator(f"[name=periods-0-{column}]").fill(typed_value)
            else:
                answer(page, form.base_fields[name], name, value)
        hugo.press("Continue")
    at(hugo, "Document transfer")
    hugo.follow("Continue")
    at(hugo, "Check your answers before you send them")
    expect(hugo.heading(WORDS[kind].heading)).to_be_visible()
    hugo.press("Send the report")
    expect(hugo.heading("Report sent")).to_be_visible()
    number = CLAIM_NUMBER.search(hugo.main.inner_text())
    assert number is not None, kind
    return number[0]


def at(hugo: Visitor, title: Any) -> None:
    """The page with this title is open: nothing was refused before it."""
    heading = hugo.main.get_by_role("heading", name=hugo.words(title), exact=True, level=2)
    expect(heading, hugo.page.url).to_be_visible()


def answer(page: Locator, field: forms.Field, name: str, value: str) -> None:
    """Answer a question as its control wants it; a folded group is opened first."""
    control = page.locator(f"[name={name}]")
    if not control.first.is_visible():
        control.first.locator("xpath=ancestor::details[1]/summary").click()
    if isinstance(field.widget, CHOSEN):
        page.locator(f"[name={name}][value={value}]").check()
    elif isinstance(field.widget, forms.Select):
        control.select_option(value)
    else:
        control.fill(value)


def test_a_minor_accident_that_grows_becomes_an_ordinary_one(visit):
    """Only the questions that matter are put; ten days off work turn the draft over, and nothing is typed twice."""
    hugo = visit("hugo")
    hugo.go()
    choose_person(hugo, 7)
    for name in ("work", "case", "longer", "parent"):
        question = hugo.beginning(StartForm.base_fields[name].label)
        expect(hugo.main.get_by_role("group", name=question)).to_be_hidden()
    report = MinorReporter(hugo)
    report.begin()
    expect(hugo.heading(WORDS[Kind.MINOR_ACCIDENT].heading)).to_be_visible()
    parts = hugo.page.get_by_role("navigation", name=hugo.words("Parts of the report"))

    hugo.open(parts.get_by_role("link", name=hugo.beginning("Minor accident and injury")))
    report.fill("event", "accident_date", day(12))
    report.fill("event", "place", "Morges, halle 2")
    hugo.press("Continue")
    hugo.open(parts.get_by_role("link", name=hugo.beginning("Incapacity for work")))
    report.choose("incapacity", "unable", YesNo.YES.label)
    hugo.fill("Until and including", day(2))
    hugo.fill("Degree of incapacity", "100")
    report.choose("incapacity", "returned", "No")
    hugo.press("Continue")
    finding = hugo.main.locator("#finding")
    expect(finding).to_be_visible()
    hugo.press("Change to “%(kind)s”", within=finding, kind=hugo.words("Accident"))
    expect(hugo.heading(WORDS[Kind.ACCIDENT].heading)).to_be_visible()
    expect(hugo.field("Until and including")).to_have_value(day(2))
    hugo.open(parts.get_by_role("link", name=hugo.beginning("Accident and injury")))
    expect(hugo.field("Place of the accident")).to_have_value("Morges, halle 2")
