"""Benefit statements: what is paid is paid once, and what was paid wrongly can be taken back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from claims_files import services as claims
from claims_files.course import Days
from claims_files.models import Advance, Decision, Statement, StatementLine
from claims_files.statements import copies, paper, reading, services, terms
from core.errors import NotNow
from tests.claims_files.cases import law
from tests.factories_claims import CONTENT, open_claim
from tests.factories_statements import BEGIN, END, SALARY, accepted, drafted, issued
from users.models import BankDetails
from users.services import approve_bank_details, enter_bank_details

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
SENT = {"kind": "hospital", "amount": "40.00", "reason": "Qxmedicalzv"}


def page(name, *args):
    return reverse(f"claims_files:{name}", args=args)


def paid(claim):
    """What all issued statements of a claim come to, and what the company has of it."""
    return sum(each.total for each in reading.issued(claim)), reading.ledger(claim).covered


# --- Sent twice, sent late --------------------------------------------------------------------------


def test_the_same_adjustment_sent_twice_is_one(cast, sign_in):
    statement, pauline = drafted(cast, accepted(cast)), sign_in(cast.pauline)
    address = page("adjust_statement", statement.pk)
    key = pauline.get(address).content.decode().split('name="key" value="')[1].split('"')[0]
    for _click in range(2):
        assert pauline.post(address, {**SENT, "key": key}).status_code == 302
    adjusted = StatementLine.unrestricted.filter(statement=statement, kind="hospital")
    assert adjusted.count() == 1
    # One that goes back in the browser and types something else means another line.
    assert pauline.post(address, {**SENT, "key": key, "amount": "20.00"}).status_code == 302
    assert [line.amount for line in adjusted] == [-40, -20]


def test_another_advance_typed_into_a_form_gone_back_to_is_not_lost(cast, sign_in):
    claim, hugo = accepted(cast), sign_in(cast.hugo)
    sent = {"begin": "3.9.2026", "end": "30.9.2026", "amount": "4’800.00", "key": str(uuid4())}
    for more in ({}, {}, {"begin": "1.10.2026", "end": "31.10.2026", "amount": "4’900.00"}):
        assert hugo.post(page("note_advance", claim.pk), sent | more).status_code == 302
    assert [each.amount for each in Advance.unrestricted.order_by("begin")] == [4800, 4900]


def test_a_draft_that_a_colleague_has_adjusted_is_not_issued_unseen(cast, sign_in):
    statement, pauline = drafted(cast, accepted(cast)), sign_in(cast.pauline)
    shown = pauline.get(page("statement", statement.pk)).content.decode()
    seen = {"seen": str(statement.total)}
    assert f'name="seen" value="{statement.total}"' in shown
    services.adjust(statement.pk, **SENT | {"amount": Decimal(40)}, by=cast.pauline)
    address = page("issue_statement", statement.pk)
    answer = pauline.post(address, seen)
    assert (answer.status_code, "changed this draft" in answer.content.decode()) == (409, True)
    assert pauline.post(address, {"seen": str(statement.total - 40)}).status_code == 302


# --- Decisions and money ----------------------------------------------------------------------------


def test_what_was_paid_is_taken_back_once_the_claim_is_declined(cast):
    claim = accepted(cast)
    first = issued(cast, claim)
    waiting = drafted(cast, claim, date(2026, 11, 1), date(2026, 11, 5))
    claims.revise(claim.pk, number=1, outcome="declined", reason="x", by=cast.pauline)
    with pytest.raises(NotNow) as refused:
        services.issue(waiting.pk, by=cast.pauline)
    assert refused.value.code == "decision_changed"
    (differs,) = reading.compared(claim)
    assert differs.difference == -first.total
    with pytest.raises(ValidationError):
        drafted(cast, claim, date(2026, 11, 1), date(2026, 11, 5))
    back = services.issue(drafted(cast, claim).pk, by=cast.pauline)
    assert (back.total, paid(claim)) == (-first.total, (0, 0))
    assert reading.compared(claim)[0].difference == 0
    # Closed as declined, nothing is left to take back; accepted again, the days are paid anew.
    claims.revise(claim.pk, number=2, outcome="accepted", by=cast.pauline)
    assert reading.compared(claim)[0].difference == first.total
    assert issued(cast, claim).total == first.total
    assert paid(claim) == (first.total, first.total)


def test_benefits_are_paid_in_advance_where_the_open_decision_says_so(cast):
    claim = open_claim(
        cast, person=cast.persons.nadia, periods=((BEGIN, None, 100),), event_date=date(2026, 9, 3)
    )
    claims.take_over(claim.pk, by=cast.pauline)
    open_decision = {"outcome": "unclear", "reason": "x"}
    claims.leave_unclear(claim.pk, reason="x", advances=False, by=cast.pauline)
    with pytest.raises(NotNow):
        drafted(cast, claim)
    claims.revise(claim.pk, number=1, advances=True, **open_decision, by=cast.pauline)
    made = reading.find(cast.hugo, issued(cast, claim).pk)
    told = copies.copy_of(made, reading.lines_of(made), copies.EMPLOYER)
    assert ("Paid in advance", "The decision on the claim is still open.") in paper.facts_of(told)
    claims.accept(claim.pk, by=cast.pauline)
    assert reading.compared(claim)[0].difference == 0
    assert Decision.unrestricted.filter(claim_file=claim).count() == 3


def test_what_was_paid_to_the_wrong_one_is_taken_back_from_him_first(cast):
    (details,) = enter_bank_details(cast.nadia, holder="Nadia Keller", iban="CH9300762011623852957")
    approve_bank_details(details.pk, by=cast.reto)
    claim = accepted(cast)
    first = issued(cast, claim)
    with pytest.raises(ValidationError) as refused:
        drafted(cast, claim, payee="person")
    assert list(refused.value.message_dict) == ["payee"]
    with pytest.raises(ValidationError) as refused:
        drafted(cast, claim, date(2026, 11, 1), date(2026, 11, 5), take_back=True)
    assert list(refused.value.message_dict) == ["take_back"]
    issued(cast, claim, take_back=True)
    again = issued(cast, claim, payee="person")
    assert (again.total, paid(claim)) == (first.total, (first.total, 0))
    # To take back from the person needs no account that holds today.
    BankDetails.unrestricted.all().delete()
    assert issued(cast, claim, payee="person", take_back=True).account_end == "2957"
    assert paid(claim) == (0, 0)


def test_days_between_and_before_statements_are_not_forgotten(cast):
    claim = accepted(cast)
    issued(cast, claim)
    issued(cast, claim, date(2026, 11, 11), date(2026, 11, 15))
    november = date(2026, 11, 20)
    assert reading.uncovered(claim, november) == [
        (date(2026, 9, 3), date(2026, 9, 30)),
        (date(2026, 11, 1), date(2026, 11, 10)),
        (date(2026, 11, 16), november),
    ]
    assert reading.next_days(claim, november) == (date(2026, 9, 3), date(2026, 9, 30))
    cast.ktg.waiting_days = 30
    cast.ktg.save()
    # September is waited: there is nothing to pay for it.
    claim.refresh_from_db()
    assert reading.next_days(claim, november) == (date(2026, 11, 1), date(2026, 11, 10))
    forecast = reading.forecast(claim)
    assert (forecast.begin, forecast.total > 0) == (date(2026, 9, 3), True)
    assert not {BEGIN, END} & {each for line in forecast.lines for each in (line.begin, line.end)}


def test_where_nothing_is_rounded_centimes_are_compared(cast, monkeypatch):
    """A product that rounds nowhere: what is paid in centimes does not differ from its own reckoning."""
    unrounded = law(ktg_rounding={"daily": None, "day": None, "line": None})
    monkeypatch.setattr(terms, "values_of", lambda *_chapters: unrounded)
    claim = accepted(cast)
    made = issued(cast, claim, annual_salary=Decimal("68000.00"))
    assert made.total == Decimal("4620.27")
    assert reading.compared(claim)[0].difference == 0


# --- Bad input --------------------------------------------------------------------------------------


def test_a_period_before_the_event_and_an_account_in_small_letters(cast, sign_in):
    claim, pauline = accepted(cast), sign_in(cast.pauline)
    sent = {"begin": "1.1.1900", "end": "31.10.2026", "annual_salary": "73’000", "payee": "company"}
    answer = pauline.post(page("new_statement", claim.pk), sent)
    assert (answer.status_code, "03.09.2026" in answer.content.decode()) == (422, True)
    sent |= {"begin": "1.10.2026", "account_end": "12a4"}
    assert pauline.post(page("new_statement", claim.pk), sent).status_code == 302
    assert Statement.unrestricted.get().account_end == "12A4"


# --- Payment date and reference ---------------------------------------------------------------------


def test_payment_date_and_reference_are_frozen_with_the_statement(cast, sign_in):
    (details,) = enter_bank_details(cast.nadia, holder="Nadia Keller", iban="CH9300762011623852957")
    approve_bank_details(details.pk, by=cast.reto)
    claim, today = accepted(cast), timezone.localdate()
    statement, pauline = drafted(cast, claim, payee="person"), sign_in(cast.pauline, on=Client())
    address, day = page("issue_statement", statement.pk), today + timedelta(days=2)
    for wrong, field in (
        ({"payment_date": "1.1.2020"}, "from today on"),
        ({"payment_date": "1.1.2099"}, "within a year"),
        ({"payment_reference": "wegen Depression!"}, "as the bank has it"),
    ):
        answer = pauline.post(address, wrong)
        assert (answer.status_code, field in answer.content.decode()) == (422, True), wrong
    sent = {"payment_date": day.isoformat(), "payment_reference": "rf18 5390 0754"}
    assert pauline.post(address, sent).status_code == 302
    made = reading.find(cast.pauline, statement.pk)
    assert (made.payment_date, made.payment_reference) == (day, "RF1853900754")
    assert json.dumps(reading.frozen(made)).count("RF1853900754") == 1
    one = f"/api/v1/benefit-statements/{made.pk}/"
    # Where the insured person is paid, the employer learns the day and not the number of the bank.
    for who, told in (("nadia", True), ("hugo", False)):
        browser = sign_in(getattr(cast, who), on=Client())
        for path in (page("statement", made.pk), one):
            assert ("RF1853900754" in browser.get(path).content.decode()) == told
        assert browser.get(one).json()["payment_date"] == day.isoformat()
    rows = browser.get(page("export_statements", "json")).json()["lines"]
    assert [(row["line"], row["paid_on"]) for row in rows] == [(1, day.isoformat())]
    plain = issued(cast, claim, date(2026, 11, 1), date(2026, 11, 5))
    assert "payment" not in reading.frozen(plain)


# --- Trainees ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("position", "rate"), [("apprentice", "65.00"), ("employee", "13.20")])
def test_an_apprentice_has_the_lowest_insured_salary_of_the_law(cast, position, rate):
    """406 × 20 % × 80 % = 64.96 a day (UVV art. 23, paragraph 6), rounded up to five centimes."""
    values = {"annual_salary": "6'000.00", "position": position}
    part = {"name": "employment", "title": "E", "audience": "all", "rows": [], "values": values}
    content = {**CONTENT, "parts": [*CONTENT["parts"], part]}
    claim = open_claim(
        cast, kind="accident", contract=cast.laa, content=content, periods=((BEGIN, None, 100),), event_date=BEGIN
    )  # fmt: skip
    claims.take_over(claim.pk, by=cast.pauline)
    claims.accept(claim.pk, by=cast.pauline)
    made = services.draft(claim.pk, begin=BEGIN, end=END, by=cast.pauline)
    line = StatementLine.unrestricted.get(statement=made, outcome="paid")
    assert line.rate == Decimal(rate)


def test_a_later_course_without_the_days_takes_them_back(cast):
    claim = accepted(cast)
    first = issued(cast, claim)
    claims.change_incapacity(
        claim.pk, [Days(date(2026, 9, 3), date(2026, 10, 10), 100)], by=cast.pauline, confirmed=True
    )
    (differs,) = reading.compared(claim)
    second = issued(cast, claim)
    assert second.total == differs.difference < 0
    assert paid(claim)[0] == first.total + second.total
    assert second.annual_salary == SALARY


# --- Papers and pages -------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("fr", "Des questions"), ("de", "Fragen zu"), ("it", "Domande su")])  # fmt: skip
def test_the_paper_asks_in_the_language_of_its_reader(cast, language, words):
    made = reading.find(cast.pauline, issued(cast, accepted(cast)).pk)
    with translation.override(language):
        closing = paper.data_of(copies.copy_of(made, reading.lines_of(made), copies.PERSON))["closing"]
    assert closing[0].startswith(words)


def test_a_first_statement_is_not_below_zero(cast):
    """Days that are waited, and a stay in hospital that is deducted from nothing."""
    statement = drafted(cast, accepted(cast), date(2026, 9, 3), date(2026, 9, 10))
    services.adjust(statement.pk, **SENT | {"amount": Decimal(40)}, by=cast.pauline)
    with pytest.raises(NotNow) as refused:
        services.issue(statement.pk, by=cast.pauline)
    assert refused.value.code == "below_zero"
