"""A statement in sentences, and the codes on decisions and statements in plain words: to each side what it may read."""

from __future__ import annotations

import html
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from claims_files import services as claims
from claims_files.letters import letter_of
from claims_files.models import Decision, StatementLine, Term
from claims_files.statements import copies, reading, services, telling
from tests.factories_claims import open_claim
from tests.factories_statements import END, accepted, drafted

pytestmark = pytest.mark.django_db
SECRET, CODE = "Qxmedicalzv", "R77"
TOLD = "Qxcodemeaning"


@pytest.fixture
def issued(cast):
    """A statement with waiting days, paid days and an adjustment with a secret reason and a code."""
    cast.ktg.waiting_days, cast.ktg.benefit_rate = 30, Decimal(80)
    cast.ktg.save()
    words = {f"text_{code}": f"{TOLD} {code}" for code in ("de", "fr", "it", "en")}
    Term.objects.create(kind="reason", code=CODE, valid_from=date(2020, 1, 1), **words)
    # A tariff may have the same code: that is not what statement and decision mean.
    tariff = dict.fromkeys(words, "Consultation")
    Term.objects.create(kind="tariff", code=CODE, valid_from=date(2020, 1, 1), **tariff)
    draft = drafted(cast, accepted(cast), date(2026, 9, 3), END, account_end="2957")
    line = services.adjust(draft.pk, kind="hospital", amount=Decimal(100), reason=SECRET, by=cast.pauline)
    StatementLine.unrestricted.filter(pk=line.pk).update(codes=[CODE])
    return reading.everything().get(pk=services.issue(draft.pk, by=cast.pauline).pk)


def told(statement, audience, language="en"):
    with translation.override(language):
        return _told(copies.copy_of(statement, reading.lines_of(statement), audience))


def _told(copy):
    chapters = {each.anchor: [sentence.text for sentence in each.sentences] for each in telling.walk(copy)}
    return {anchor: [text.replace("\xa0", " ") for text in texts] for anchor, texts in chapters.items()}


def test_it_walks_from_the_salary_to_what_is_left(issued):
    whole = told(issued, copies.PERSON)
    assert list(whole) == ["about", "daily", "lines", "total", "left", "remedy"]
    assert "03.09.2026 to 31.10.2026" in whole["about"][0]
    assert whole["daily"][0] == "The insured salary of a year is CHF 73’000.00."
    assert any("that is CHF 160.00" in text for text in whole["daily"])
    waiting, paid, adjusted = whole["lines"]
    assert waiting.endswith("These days belong to the waiting period of the contract.")
    assert "100 %: 29 daily allowances of CHF 160.00, together CHF 4’640.00." in paid
    assert "CHF 160.00 × 100 %" in paid
    assert "UV" not in paid
    assert adjusted.endswith(f"Reason: {SECRET}")
    assert whole["total"] == [
        "Together it comes to CHF 4’540.00.",
        "Paid to: The company, account ending in 2957.",
    ]
    assert any("Waiting days" in text for text in whole["left"])
    employer = told(issued, copies.EMPLOYER)
    assert SECRET not in str(employer)
    assert "remedy" not in employer
    assert employer["lines"][2].startswith("Adjustment: ")
    days = {"annual_salary": issued.annual_salary, "begin": issued.begin, "end": issued.end}
    draft = services.draft(issued.claim_file_id, **days, take_back=True, by=issued.issued_by)
    back = told(reading.everything().get(pk=draft.pk), copies.EMPLOYER)
    assert "nothing takes their place" in back["about"][2]


def test_every_language_says_the_same_numbers(issued):
    found = set()
    for language in ("en", "de", "fr", "it"):
        paid = told(issued, copies.PERSON, language)["lines"][1]
        assert all(number in paid for number in ("29", "160.00", "4’640.00")), language
        found.add(paid)
    assert len(found) == 4


def test_page_and_api_tell_each_side_its_copy(cast, sign_in, issued):
    page = reverse("claims_files:explain_statement", args=[issued.pk])
    api = f"/api/v1/benefit-statements/{issued.pk}/explained/"
    for who, whole in ((cast.nadia, True), (cast.pauline, True), (cast.hugo, False), (cast.fiona, False)):
        browser = sign_in(who, on=Client())
        answer = browser.get(api).json()
        assert answer["audience"] == ("person" if whole else "employer")
        lines = next(each for each in answer["chapters"] if each["key"] == "lines")["sentences"]
        assert [each["line"] for each in lines] == [1, 2, 3]
        statement = browser.get(reverse("claims_files:statement", args=[issued.pk])).content.decode()
        shown = html.unescape(browser.get(page).content.decode())
        assert all(each["text"] in shown for each in lines)
        assert f'href="{page}#line-3"' in statement
        for text in (shown, statement, str(answer)):
            assert (SECRET in text, TOLD in text, CODE in text) == (whole, whole, whole), who
    pauline = sign_in(cast.pauline, on=Client())
    assert SECRET not in pauline.get(page, {"copy": "employer"}).content.decode()
    assert sign_in(cast.bruno, on=Client()).get(page).status_code == 404


def test_codes_of_a_decision_are_explained_to_the_person_and_in_the_letter(cast, sign_in, issued):
    claim = open_claim(cast, person=cast.persons.nadia)
    claims.take_over(claim.pk, by=cast.pauline)
    claims.decline(claim.pk, reason="R", codes=[CODE.lower(), "R99"], by=cast.pauline)
    decision = Decision.unrestricted.select_related("cover__contract", "by", "replaces").get(claim_file=claim)
    assert decision.codes == [CODE, "R99"]
    _name, letter = letter_of(decision, claim)
    assert TOLD in "".join(page.extract_text() for page in PdfReader(BytesIO(letter.pdf)).pages)
    for who, whole in ((cast.nadia, True), (cast.hugo, False)):
        browser = sign_in(who, on=Client())
        page = browser.get(reverse("claims_files:decisions", args=[claim.pk])).content.decode()
        answer = browser.get(f"/api/v1/claim-files/{claim.pk}/").json()
        codes = answer["insurances"][0]["decisions"][0]["codes"]
        assert (TOLD in page, CODE in page, [each["code"] for each in codes]) == (
            whole, whole, [CODE, "R99"] if whole else [],
        )  # fmt: skip
