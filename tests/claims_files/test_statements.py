"""Benefit statements: drafted, adjusted, issued once, corrected by later ones; to each side its copy."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from claims_files import services as claims
from claims_files.allowance import Illness, earnings, policy_on, sickness_allowance
from claims_files.allowance.stored import kept, read
from claims_files.allowance.words import explain
from claims_files.course import Days
from claims_files.models import Advance, Statement, StatementLine, TimelineEntry
from claims_files.statements import copies, paper, payroll, reading, services, terms
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from permissions.trail import AuditLine
from tests.claims_files.cases import SEEDED
from tests.factories import make_contract
from tests.factories_claims import CONTENT, open_claim
from tests.factories_statements import BEGIN, END, SALARY, accepted, drafted, issued
from users.services import approve_bank_details, enter_bank_details

pytestmark = pytest.mark.django_db
SECRET = "Qxmedicalzv"


def lines(statement):
    rows = StatementLine.unrestricted.filter(statement=statement).order_by("position")
    return [(row.kind, row.outcome, row.days, str(row.amount)) for row in rows]


def page(name, *args):
    return reverse(f"claims_files:{name}", args=args)


def test_a_statement_is_drafted_adjusted_issued_and_frozen(cast):
    cast.ktg.waiting_days, cast.ktg.benefit_rate = 30, Decimal(80)
    cast.ktg.save()
    claim = accepted(cast)
    statement = drafted(cast, claim, date(2026, 9, 3), END)
    # 73’000 ÷ 365 × 80 % = 160.00 a day; thirty days are waited.
    assert lines(statement) == [
        ("allowance", "waiting", 30, "0.00"),
        ("allowance", "paid", 29, "4640.00"),
    ]
    given = {"kind": "hospital", "amount": Decimal("100.00"), "reason": SECRET}
    services.adjust(statement.pk, by=cast.pauline, **given)
    dropped = services.adjust(statement.pk, by=cast.pauline, **(given | {"kind": "addition"}))
    services.drop_adjustment(statement.pk, dropped.pk, by=cast.pauline)
    made = services.issue(statement.pk, by=cast.pauline)
    assert (made.number[:2], made.phase, made.total, len(made.sha256)) == (
        "B-",
        "issued",
        Decimal("4540.00"),
        64,
    )
    again = Statement.unrestricted.get(pk=made.pk)
    assert hashlib.sha256(claims.canonical(reading.frozen(again))).hexdigest() == again.sha256
    entry = TimelineEntry.unrestricted.get(claim_file=claim, code="statement_issued")
    assert (entry.audience, entry.facts) == ("all", {"statement": made.number})
    assert set(Notification.objects.filter(event="statement.issued").values_list("user", flat=True)) >= {
        cast.nadia.pk,
        cast.hugo.pk,
    }
    # The company's log knows of the issue, and of no draft before it.
    told = AuditLine.unrestricted.filter(event__startswith="statement.", company=cast.rochat.pk)
    assert [line.event for line in told] == ["statement.issued"]
    for change in (
        lambda: Statement.unrestricted.filter(pk=made.pk).update(total=1),
        lambda: StatementLine.unrestricted.filter(statement=made).update(amount=-1),
        lambda: StatementLine.unrestricted.create(
            statement=made, position=9, kind="addition", amount=1, reason="r"
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(NotNow):
        services.adjust(made.pk, by=cast.pauline, **given)


def test_days_that_were_paid_are_corrected_with_negative_lines(cast):
    claim = accepted(cast)
    first = issued(cast, claim)
    services.discard(drafted(cast, claim, date(2026, 11, 1), date(2026, 11, 10)).pk, by=cast.pauline)
    rows = [Days(date(2026, 9, 3), date(2026, 10, 20), 100), Days(date(2026, 10, 21), None, 50)]
    claims.change_incapacity(claim.pk, rows, by=cast.pauline, confirmed=True)
    (differs,) = reading.compared(claim)
    assert differs.difference is not None
    assert differs.difference < 0
    # A few of the days make it a correction of all of them.
    second = drafted(cast, claim, date(2026, 10, 21), date(2026, 11, 5))
    assert (second.corrects, second.begin, second.end) == (first, BEGIN, date(2026, 11, 5))
    back, *again = lines(second)
    assert back == ("reversal", "paid", 31, str(-first.total))
    assert [row[:3] for row in again] == [("allowance", "paid", 20), ("allowance", "paid", 16)]
    services.issue(second.pk, by=cast.pauline)
    assert [each.pk for each in reading.standing(claim)] == [second.pk]
    assert reading.compared(claim)[0].difference == 0
    third = drafted(cast, claim, BEGIN, date(2026, 11, 5))
    # What the second one took back stays taken back.
    assert third.corrects == second
    assert third.total == 0
    issued(cast, claim, date(2026, 11, 6), date(2026, 11, 7))
    with pytest.raises(ValidationError):
        drafted(cast, claim, BEGIN, date(2026, 11, 7))


def test_a_draft_is_not_issued_after_what_it_stands_on_has_changed(cast):
    claim = accepted(cast)
    stale = drafted(cast, claim)
    claims.change_incapacity(
        claim.pk, [Days(date(2026, 9, 3), date(2026, 10, 5), 100)], by=cast.pauline, confirmed=True
    )
    with pytest.raises(NotNow) as refused:
        services.issue(stale.pk, by=cast.pauline)
    assert refused.value.code == "course_changed"
    unpaid = drafted(cast, claim, payee="person")
    # The new draft has taken the place of the first one.
    assert not Statement.unrestricted.filter(pk=stale.pk).exists()
    with pytest.raises(NotNow) as refused:
        services.issue(unpaid.pk, by=cast.pauline)
    assert refused.value.code == "no_account"
    (details,) = enter_bank_details(cast.nadia, holder="Nadia Keller", iban="CH9300762011623852957")
    approve_bank_details(details.pk, by=cast.reto)
    assert services.issue(unpaid.pk, by=cast.pauline).account_end == "2957"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"end": date(2026, 9, 1)}, "end"),
        ({"end": date(2099, 1, 1)}, "end"),
        ({"begin": date(2026, 8, 1), "end": date(2026, 8, 2)}, "begin"),
        ({"annual_salary": Decimal(0)}, "annual_salary"),
        ({"annual_salary": None}, "annual_salary"),
        ({"payee": "bank"}, "payee"),
        ({"account_end": "12"}, "account_end"),
    ],
)
def test_bad_input_is_said_at_its_field(cast, changed, field):
    with pytest.raises(ValidationError) as refused:
        drafted(cast, accepted(cast), **changed)
    assert set(refused.value.message_dict) == {field}


def test_only_accepted_claims_are_paid_and_reports_say_salary_and_payee(cast):
    content = {**CONTENT, "parts": [*CONTENT["parts"], {"name": "employment", "title": "E", "audience": "all", "rows": [],
               "values": {"annual_salary": "78'000.00", "payee": "person"}}]}  # fmt: skip
    claim = open_claim(cast, content=content)
    assert terms.reported(claim) == {"annual_salary": Decimal("78000.00"), "payee": "person"}
    claims.take_over(claim.pk, by=cast.pauline)
    with pytest.raises(NotNow):
        drafted(cast, claim)
    assert reading.forecast(claim).lines


def test_what_another_contract_of_the_case_pays_is_no_allowance_of_its_own(cast):
    """The case is accepted for the supplementary insurance, its own contract pays costs of treatment alone."""
    claim = open_claim(cast, kind="accident", contract=make_contract(cast.rochat, "laa"))
    other = make_contract(cast.rochat, "laac")
    own = claim.covers(manager="unrestricted").get(contract=claim.contract)
    claims.take_over(claim.pk, by=cast.pauline)
    claims.add_cover(claim.pk, contract=other.pk, by=cast.pauline)
    claims.accept(claim.pk, medical_only=True, cover=own.pk, by=cast.pauline)
    assert claims.accept(claim.pk, by=cast.pauline).state == "accepted"
    with pytest.raises(NotNow):
        drafted(cast, claim)
    assert not reading.payable(claim)


# --- The two copies -------------------------------------------------------------------------------


def words_of(statement, audience):
    """Everything a copy says, on paper and as data, as words."""
    text = "\n".join(
        p.extract_text() for p in pypdf.PdfReader(io.BytesIO(paper.pdf_of(statement, audience))).pages
    )
    return text, repr(copies.copy_of(statement, reading.lines_of(statement), audience))


def test_nothing_medical_stands_in_the_employers_copy(cast, sign_in):
    (details,) = enter_bank_details(cast.nadia, holder="Nadia Keller", iban="CH9300762011623852957")
    approve_bank_details(details.pk, by=cast.reto)
    claim = accepted(cast)
    statement = drafted(cast, claim, payee="person")
    kinds = ("hospital", "over_compensation", "deduction", "addition")
    for place, kind in enumerate(kinds):
        services.adjust(
            statement.pk, kind=kind, amount=Decimal(place + 1), reason=f"{SECRET} {kind}", begin=date(2026, 10, 7),
            end=date(2026, 10, 9), by=cast.pauline,
        )  # fmt: skip
    services.issue(statement.pk, by=cast.pauline)
    # Its correction takes each of them back, and must say no more.
    for each in (statement, issued(cast, claim, payee="person")):
        made = reading.find(cast.pauline, each.pk)
        employers, whole = (words_of(made, each) for each in (copies.EMPLOYER, copies.PERSON))
        nothing = [
            SECRET,
            "2957",
            made.sha256,
            "ospital",
            "ompensation",
            "Hôpital",
            "hospitalier",
            "07.10.2026",
        ]
        for ours, theirs in zip(employers, whole, strict=True):
            for word in nothing:
                assert word not in ours, word
            assert SECRET in theirs
        assert "2957" in whole[0]
        assert made.sha256 in "".join(whole[0].split())
        hugo, nadia = sign_in(cast.hugo, on=Client()), sign_in(cast.nadia, on=Client())
        looked = [page("statement", made.pk), f"/api/v1/benefit-statements/{made.pk}/"]
        for path in (
            *looked,
            page("case_statements", claim.pk),
            "/api/v1/benefit-statements/",
            f"{looked[0]}?copy=person",
        ):
            answer = hugo.get(path)
            assert answer.status_code == 200
            for word in nothing[:5]:
                assert word not in answer.content.decode(), (path, word)
        for path in looked:
            assert SECRET in nadia.get(path).content.decode()
        for kind in payroll.KINDS:
            assert SECRET.encode() not in hugo.get(page("export_statements", kind)).content
    # Word by word: what only the insured copy says are the adjustments, their reasons, the account, hash and remedy.
    statement = reading.find(cast.pauline, statement.pk)
    ours, theirs = (set(words_of(statement, each)[0].split()) for each in (copies.EMPLOYER, copies.PERSON))
    address = set(" ".join(statement.parties["company_address"]).replace(",", " ").split())
    assert not {word for word in ours - theirs - address if any(sign.isdigit() for sign in word)}


def test_each_printed_number_explains_itself_as_it_was_reckoned(cast):
    law = SEEDED
    policy = policy_on(law, BEGIN, level=Decimal(80), waiting_days=14)
    case = Illness(earnings.by_month(Decimal("5432.10"), bonus=Decimal(777)), [Days(BEGIN, None, 60)])
    found = sickness_allowance(case, policy, BEGIN, END)
    for figure in (found.daily, found.total, *(line.amount for line in found.lines), *found.facts):
        again = read(json.loads(json.dumps(kept(figure))))
        assert (again, explain(again)) == (figure, explain(figure))
    statement = issued(cast, accepted(cast))
    statement = reading.find(cast.hugo, statement.pk)
    for line in copies.copy_of(statement, reading.lines_of(statement), copies.EMPLOYER).lines:
        assert line.explained is not None
        assert Decimal(line.figure.value) == line.amount
        assert line.explained.inputs


# --- Rights ---------------------------------------------------------------------------------------


def test_who_reads_what(cast, sign_in):
    claim = accepted(cast)
    made = issued(cast, claim)
    draft = drafted(cast, claim, date(2026, 11, 1), date(2026, 11, 5))
    other = issued(cast, accepted(cast, person=cast.persons.elena, by=cast.fiona))
    expected = {"nadia": made, "hugo": made, "fiona": made, "pauline": made}
    for key in (
        "nadia",
        "hugo",
        "fiona",
        "pauline",
        "felix",
        "claire",
        "reto",
        "jonas",
        "bruno",
        "sonia",
        "zoe",
    ):
        browser = sign_in(getattr(cast, key), on=Client())
        status = browser.get(page("statement", made.pk)).status_code
        assert (status == 200) == (key in expected), (key, status)
        assert status in {200, 404}
        assert (browser.get(page("statement", draft.pk)).status_code == 200) == (key == "pauline")
        assert (browser.get(page("statement", other.pk)).status_code == 200) == (key in {"fiona", "pauline"})
        for act in ("issue_statement", "discard_statement"):
            answer = browser.post(page(act, draft.pk))
            assert answer.status_code == 404 or key == "pauline", key
            if key == "pauline":
                break
    assert Statement.unrestricted.filter(pk=draft.pk, phase="issued").exists()


def test_payroll_sees_statements_and_no_claim(cast, sign_in):
    from permissions import grants

    with transaction.atomic():
        grants.write(cast.rochat, to=cast.zoe, preset="payroll", by=cast.reto)
    claim, other = accepted(cast), accepted(cast, person=cast.marco)
    made = issued(cast, claim)
    zoe = sign_in(cast.zoe)
    assert zoe.get(page("statements")).status_code == zoe.get(page("statement", made.pk)).status_code == 200
    assert (
        zoe.get(page("detail", claim.pk)).status_code
        == zoe.get(page("case_statements", claim.pk)).status_code
        == 404
    )
    # Of a case without a statement it does not even know that there is one.
    assert zoe.get(page("note_advance", other.pk)).status_code == 404
    assert zoe.get(f"/api/v1/claim-files/{other.pk}/benefits/").status_code == 404
    typed = {"begin": "1.10.2026", "end": "31.10.2026", "amount": "5’000.00", "key": str(claim.pk)}
    for _click in range(2):
        assert zoe.post(page("note_advance", claim.pk), typed).status_code == 302
    assert Advance.unrestricted.count() == 1
    booked = zoe.get(f"/api/v1/claim-files/{claim.pk}/benefits/").json()
    assert (booked["advanced"], booked["covered"]) == ("5000.00", str(made.total))
    assert Decimal(booked["open"]) == Decimal(5000) - made.total
    assert booked["forecast"] == booked["compared"] == []
    with pytest.raises(NotAllowed):
        services.record_advance(claim.pk, begin=BEGIN, end=END, amount=SALARY, by=cast.nadia)
    with pytest.raises(OutOfReach):
        services.record_advance(claim.pk, begin=BEGIN, end=END, amount=SALARY, by=cast.bruno)


# --- Payroll --------------------------------------------------------------------------------------


def test_the_export_books_each_line_under_its_wage_type(cast, sign_in):
    claim = accepted(cast)
    statement = drafted(cast, claim)
    services.adjust(statement.pk, kind="set_off", amount=Decimal(10), reason="P-1", by=cast.pauline)
    services.issue(statement.pk, by=cast.pauline)
    hugo = sign_in(cast.hugo)
    address = page("wage_types", cast.rochat.pk)
    assert hugo.post(address, {"ktg": "=1+1"}).status_code == 422
    assert hugo.post(address, {"ktg": "7010", "laa": ""}).status_code == 302
    rows = hugo.get(page("export_statements", "json")).json()["lines"]
    assert [(row["kind"], row["wage_type"], row["amount"]) for row in rows] == [
        ("allowance", "7010", str(Statement.unrestricted.get().total + 10)),
        ("set_off", "2045", "-10.00"),
    ]
    assert sum(Decimal(row["amount"]) for row in rows) == Statement.unrestricted.get().total
    assert not rows[0]["subject_to_ahv"]
    table = hugo.get(page("export_statements", "csv")).content.decode("utf-8-sig").splitlines()
    assert len(table) == 3
    assert ";7010;" in table[1]
    nothing = hugo.get(page("export_statements", "json"), {"issued_until": "1.1.2020"}).json()
    assert nothing["lines"] == []
    for who in (cast.nadia, cast.pauline, cast.felix):
        assert sign_in(who, on=Client()).get(page("export_statements", "csv")).status_code == 403


# --- The API --------------------------------------------------------------------------------------


def test_everything_works_over_the_api(cast, sign_in):
    claim = accepted(cast)
    pauline, api = sign_in(cast.pauline, on=Client()), "/api/v1/benefit-statements/"
    body = {"claim_file": str(claim.pk), "begin": str(BEGIN), "end": str(END), "annual_salary": "73000.00"}

    def post(browser, path, sent=None, **headers):
        return browser.post(path, sent or {}, content_type="application/json", headers=headers)

    first = post(pauline, api, body, **{"Idempotency-Key": "k"})
    again = post(pauline, api, body, **{"Idempotency-Key": "k"})
    assert first.status_code == 201
    assert first.json() == again.json()
    one = f"{api}{first.json()['id']}/"
    given = {"kind": "deduction", "amount": "1.00", "reason": "R"}
    assert post(pauline, f"{one}adjust/", given).status_code == 201
    (line,) = (
        each["id"]
        for each in pauline.get(one).json()["lines"]
        if each["kind"] == "adjustment" or each["reason"]
    )
    assert post(pauline, f"{one}drop-adjustment/", {"line": line}).status_code == 200
    hugo = sign_in(cast.hugo, on=Client())
    assert hugo.get(one).status_code == post(hugo, f"{one}issue/").status_code == 404
    assert post(pauline, f"{one}issue/").json()["phase"] == "issued"
    assert post(pauline, f"{one}issue/").status_code == pauline.delete(one).status_code == 409
    shown = hugo.get(one).json()
    assert (shown["audience"], shown["sha256"], shown["lines"][0]["explained"]["name"]) == (
        "employer",
        "",
        "Amount",
    )
    benefits = hugo.get(f"/api/v1/claim-files/{claim.pk}/benefits/").json()
    # The days before the statement are without one, too.
    assert benefits["begin"] == "2026-09-03"
    assert benefits["compared"][0]["difference"] == "0.00"
    assert benefits["forecast"][0]["explained"]["inputs"]
    advance = {"begin": str(BEGIN), "end": str(END), "amount": "100.00"}
    assert post(hugo, f"/api/v1/claim-files/{claim.pk}/advances/", advance).status_code == 201
    types = f"/api/v1/companies/{cast.rochat.pk}/wage-types/"
    changed = hugo.patch(types, {"laa": "9.1"}, content_type="application/json")
    assert (changed.json()["laa"], hugo.get(types).json()["ktg"]) == ("9.1", "2035")


# --- At once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_issue_at_once_one_does(cast):
    claim = accepted(cast)
    statement = drafted(cast, claim)
    outcomes, ready = [], threading.Barrier(2)

    def issue():
        ready.wait()
        try:
            outcomes.append(services.issue(statement.pk, by=cast.pauline).number)
        except NotNow as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "issued" in outcomes
    assert Statement.unrestricted.filter(phase="issued").count() == 1
    assert TimelineEntry.unrestricted.filter(code="statement_issued").count() == 1
