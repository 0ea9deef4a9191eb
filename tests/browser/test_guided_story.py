"""A phone in a workshop: an accident question by question, sent with what is known, completed later."""

from __future__ import annotations

from playwright.sync_api import expect

from declarations.forms import FORMS
from declarations.forms.codes import Setting, YesNoUnknown
from declarations.forms.start import About, Case, StartForm, Way
from tests.browser.conftest import PHONE
from tests.browser.reporting import Reporter, day
from tests.browser.visitor import Visitor

EVENT = FORMS["accident"]["event"]


def fits(visitor: Visitor) -> None:
    """Nothing has to be pushed sideways."""
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_employee_files_an_accident_on_a_phone_one_question_a_page(visit):
    nadia: Visitor = visit("nadia", viewport=PHONE)
    nadia.go("/declarations/new/")
    asked = {name: field.label for name, field in StartForm.base_fields.items()}
    nadia.choose(asked["about"], About.ACCIDENT.label)
    nadia.choose(asked["case"], Case.NEW.label)
    nadia.choose("Are you off work for longer than three calendar days?", YesNoUnknown.UNKNOWN.label)
    expect(nadia.main.get_by_label(nadia.words(Way.QUESTIONS.label), exact=False)).to_be_checked()
    nadia.press("Continue")
    report = Reporter(nadia, own=True)
    report.kind = "accident"

    fits(nadia)
    report.fill("event", "accident_date", day(1))
    nadia.press("Continue")
    nadia.press("Answer later")
    nadia.press("Continue")
    expect(nadia.main.get_by_role("alert").or_(nadia.page.locator("#error-summary"))).to_be_visible()
    report.fill("event", "place", "Nyon, halle 2")
    nadia.press("Continue")
    report.choose("event", "setting", Setting.WORK.label)
    nadia.press("Continue")
    # The last day of work is asked for accidents in free time only.
    report.fill("event", "activity", "Porter une poutre")
    nadia.press("Continue")
    report.fill("event", "course", "Je suis tombée dans l’escalier.")
    nadia.press("Continue")
    fits(nadia)
    nadia.follow("Check and send now, answer the rest later")

    nadia.sees("You can send the report now")
    fits(nadia)
    rows = nadia.main.locator(".summary > div").filter(has_text="Nyon, halle 2")
    nadia.open(rows.get_by_role("link"))
    report.fill("event", "place", "Morges, halle 2")
    nadia.press("Continue")
    nadia.reads("Morges, halle 2")
    nadia.press("Send the report")
    expect(nadia.heading("Report sent")).to_be_visible()
    nadia.follow("Answer the open questions")
    nadia.sees("Still open")
    fits(nadia)
