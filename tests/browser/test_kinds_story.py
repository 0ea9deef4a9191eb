"""A minor accident that grows: found by the questions, contradicted by the facts, changed by one button."""

from __future__ import annotations

from typing import Any, ClassVar

from playwright.sync_api import expect

from declarations.forms.codes import YesNo, YesNoUnknown
from declarations.forms.start import About, Case, StartForm
from declarations.kinds import WORDS, Kind
from tests.browser.reporting import Reporter, choose_person, day


class MinorReporter(Reporter):
    """Reports an accident after which nobody is off work for long."""

    kind = "minor_accident"
    found_by: ClassVar[dict[str, Any]] = {
        "about": About.ACCIDENT,
        "case": Case.NEW,
        "longer": YesNoUnknown.NO,
    }


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
