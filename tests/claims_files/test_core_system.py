"""What the insurer's core system sends: taken over once for each id, by the acts of the house, told in the journal."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from claims_files import services as claims
from claims_files.core_system import reading as journal
from claims_files.core_system import taking
from claims_files.models import ClaimFile, CoreArrival, Decision, Statement, StatementLine, TimelineEntry
from claims_files.statements import copies, reading, telling
from claims_files.statements import services as statements
from core.errors import NotNow, OutOfReach
from permissions import scoped
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.factories_core import BASE, DAYS, SECRET, STATEMENT, core_account, number_of
from tests.factories_statements import accepted, drafted
from tests.house.doors import token_of
from users.services.tokens import actions_for_tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def core(cast, sign_in):
    """The core system: `core("numbers", "C-1", {…})` sends one thing and gives status and answer."""
    browser = sign_in(core_account(), on=Client())

    def send(kind: str, external_id: str, content: Any) -> tuple[int, Any]:
        answer = browser.put(f"{BASE}{kind}/{external_id}/", content, content_type="application/json")
        return answer.status_code, answer.json()

    send.browser = browser  # type: ignore[attr-defined]
    return send


def state(claim: Any) -> str:
    return ClaimFile.unrestricted.get(pk=claim.pk).state


def told(claim: Any, *codes: str) -> list[tuple[str, Any]]:
    rows = TimelineEntry.unrestricted.filter(claim_file=claim, code__in=codes).order_by("at")
    return [(row.code, row.facts.get("core")) for row in rows]


# --- Who ------------------------------------------------------------------------------------------


def test_nobody_but_the_core_system_comes_through_its_door(cast, sign_in, core):
    claim = accepted(cast)
    for who in ("claire", "hugo", "nadia", "fiona", "reto", "pauline", "sacha", "zoe"):
        browser = sign_in(getattr(cast, who), on=Client())
        for kind in ("numbers", "decisions", "statements"):
            assert browser.put(f"{BASE}{kind}/C-1/", {}, "application/json").status_code == 403, who
    assert Client().put(f"{BASE}numbers/C-1/", {}, "application/json").status_code in {401, 403}
    assert not CoreArrival.unrestricted.exists()
    # … and through no other: it reads nothing and decides nothing of its own.
    for path in (f"/api/v1/claim-files/{claim.pk}/", reverse("claims_files:detail", args=[claim.pk])):
        assert core.browser.get(path).status_code == 404
    assert (
        core.browser.post(f"/api/v1/claim-files/{claim.pk}/close/", {}, "application/json").status_code == 404
    )
    for path in ("/api/v1/core-arrivals/", reverse("claims_files:core_journal"), reverse("activity")):
        assert core.browser.get(path).status_code == 403
    assert core.browser.get("/api/v1/claim-files/").json()["results"] == []
    assert core.browser.get("/").status_code == 200


def test_a_token_carries_the_right_and_one_without_it_does_not(cast, core):
    user = core.browser.get("/").wsgi_request.user
    assert actions_for_tokens(user) == ["core.import"]
    claim = accepted(cast)
    for action, expected in (("core.import", 201), ("claim.view", 403)):
        program = Client(headers={"authorization": f"Bearer {token_of(user, (action,)).name}"})
        answer = program.put(f"{BASE}numbers/{action}/", number_of(claim), "application/json")
        assert answer.status_code == expected, answer.content


# --- Claim numbers --------------------------------------------------------------------------------


def test_a_number_comes_in_once_and_both_sides_read_it(cast, sign_in, core):
    claim, other = accepted(cast), accepted(cast, person=cast.marco)
    status, made = core("numbers", "C-1", number_of(claim))
    assert (status, made["claim_file"], made["statement"]) == (201, str(claim.pk), None)
    lines = AuditLine.unrestricted.count()
    assert core("numbers", "C-1", number_of(claim)) == (200, made)
    status, refused = core("numbers", "C-1", number_of(other, "4712/26"))
    assert (status, refused["code"]) == (409, "differs")
    assert "claim_number" in refused["detail"]
    assert core("numbers", "C-2", number_of(other))[1]["code"] == "number_taken"
    assert core("numbers", "C-2", number_of(claim, "4712/26"))[1]["code"] == "has_number"
    assert AuditLine.unrestricted.count() == lines
    assert told(claim, "core_number") == [("core_number", True)]
    for who in (cast.hugo, cast.nadia, cast.pauline):
        browser = sign_in(who, on=Client())
        assert "4711/26" in browser.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
        assert browser.get(f"/api/v1/claim-files/{claim.pk}/").json()["core_number"] == "4711/26"
        found = browser.get("/api/v1/claim-files/", {"q": "4711/26"}).json()["results"]
        assert [each["number"] for each in found] == [claim.number]
    reto = sign_in(cast.reto, on=Client())
    assert "4711/26" in reto.get(reverse("companies:company", args=[cast.rochat.pk])).content.decode()
    # A correction has an id of its own: the number moves to the claim file that it belongs to.
    assert core("numbers", "C-3", {**number_of(other), "replaces": "C-1"})[0] == 201
    moved = AuditLine.unrestricted.filter(event__startswith="claim.core_number").order_by("id")
    assert [(line.event.rsplit("_")[-1], line.target) for line in moved] == [
        ("noted", claim.pk), ("removed", claim.pk), ("noted", other.pk),
    ]  # fmt: skip
    assert list(ClaimFile.unrestricted.order_by("number").values_list("core_number", flat=True)) == [
        None,
        "4711/26",
    ]
    assert core("decisions", "D-1", {"claim": "C-1", "state": "accepted"})[1]["code"] == "already_replaced"
    assert core("numbers", "C-4", {**number_of(claim), "replaces": "C-1"})[1]["code"] == "already_replaced"


@pytest.mark.parametrize(
    ("kind", "content", "field"),
    [
        ("numbers", {"claim_number": "S-2000-00001", "number": "1"}, "claim_number"),
        ("numbers", {"claim_number": "S-1", "number": "<b>"}, "number"),
        ("numbers", {"claim_number": "S-1", "number": "1", "name": "Nadia"}, "name"),
        ("numbers", {"number": "1"}, "claim_number"),
        ("decisions", {"claim": "C-1", "state": "paid"}, "state"),
        ("decisions", {"claim": "C-1", "state": "unclear", "reason": "R"}, "advances"),
        ("decisions", {"claim": "C-1", "state": "declined"}, "reason"),
        ("decisions", {"claim": "C-1", "state": "medical_only"}, "state"),
        ("decisions", {"claim": "C-1", "state": "accepted", "policy": "X"}, "policy"),
        ("decisions", {"claim": "C-1", "state": "accepted", "replaces": "D-1"}, "replaces"),
        ("decisions", {"claim": "C-1", "state": "accepted", "reason": "Lost"}, "reason"),
        ("decisions", {"claim": "C-1", "state": "closed", "end": "settled", "codes": ["D01"]}, "codes"),
        ("statements", STATEMENT | {"total": "1.00"}, "total"),
        ("statements", STATEMENT | {"end": "2026-09-30"}, "end"),
        ("statements", STATEMENT | {"begin": "2026-10-02"}, "lines"),
        ("statements", STATEMENT | {"payee": "person"}, "account_end"),
        ("statements", STATEMENT | {"lines": [{"kind": "reversal", "amount": "1.00"}]}, "lines"),
        ("statements", STATEMENT | {"lines": [{"amount": "1.00"}]}, "lines"),
        ("statements", STATEMENT | {"lines": [{"kind": "addition", "amount": "1.00"}]}, "lines"),
        ("statements", STATEMENT | {"lines": []}, "lines"),
        ("statements", STATEMENT | {"total": "0.00", "lines": [DAYS | {"amount": "0.00"}]}, "lines"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(cast, core, kind, content, field):
    claim = accepted(cast) if kind == "statements" else open_claim(cast, person=cast.persons.nadia)
    if kind != "statements":
        claims.take_over(claim.pk, by=cast.pauline)
    core("numbers", "C-1", number_of(claim))
    before = TimelineEntry.unrestricted.count()
    status, answer = core(kind, "D-1", content)
    assert (status, list(answer)) == (400, [field]), answer
    assert TimelineEntry.unrestricted.count() == before
    refused = CoreArrival.unrestricted.get(external_id="D-1")
    assert (refused.taken, refused.refusal, refused.times_refused) == (None, "invalid", 1)
    assert set(refused.fields) <= {field}


def test_odd_ids_and_sources_are_refused_and_kept_nowhere(cast, core):
    claim = accepted(cast)
    for external_id in ("a b", "-1", "x" * 65, "ä"):
        assert core("numbers", external_id, number_of(claim))[0] == 400
    answer = core.browser.put(
        "/api/v1/core-import/SOURCE/numbers/C-1/", number_of(claim), content_type="application/json"
    )
    assert (answer.status_code, list(answer.json())) == (400, ["source"])
    assert not CoreArrival.unrestricted.exists()


# --- Decisions ------------------------------------------------------------------------------------


def test_a_decision_takes_the_course_of_the_manager_and_comes_too_early_before_it(cast, core):
    claim = open_claim(cast, person=cast.persons.nadia)
    decision = {"claim": "C-1", "state": "declined", "reason": SECRET, "reason_code": "not_insured"}
    assert core("decisions", "D-1", decision)[1]["code"] == "claim_missing"
    core("numbers", "C-1", number_of(claim))
    assert core("decisions", "D-1", decision)[1]["code"] == "state_received"
    claims.take_over(claim.pk, by=cast.pauline)
    ClaimFile.unrestricted.filter(pk=claim.pk).update(arrived_at=claim.opened)
    status, made = core("decisions", "D-1", decision)
    assert (status, made["decisions"], state(claim)) == (201, [1], "declined")
    assert core("decisions", "D-1", decision) == (200, made)
    assert "reason" in core("decisions", "D-1", decision | {"reason": "Other"})[1]["detail"]
    # What arrived still waits for somebody.
    assert ClaimFile.unrestricted.get(pk=claim.pk).arrived_at == claim.opened
    row = CoreArrival.unrestricted.get(kind="decision")
    assert (row.times_refused, row.refusal, row.fields) == (3, "differs", ["reason"])
    status, made = core("decisions", "D-2", {"claim": "C-1", "state": "accepted", "replaces": "D-1"})
    assert (status, made["decisions"], state(claim)) == (201, [2], "accepted")
    assert Decision.unrestricted.get(number=2).replaces.number == 1
    closing = {"claim": "C-1", "state": "closed"}
    assert list(core("decisions", "D-3", closing)[1]) == ["end"]
    assert core("decisions", "D-3", closing | {"end": "settled"})[0] == 201
    assert state(claim) == "closed"
    assert told(claim, "declined", "revised", "closed") == [
        ("declined", True), ("revised", True), ("closed", True),
    ]  # fmt: skip
    letter = claims.file_letter(Decision.unrestricted.get(number=1).pk)
    assert letter.letter is not None
    (line,) = AuditLine.unrestricted.filter(event="claim.declined")
    assert line.facts["core_arrival"] == str(row.pk)


def test_unclear_is_said_with_its_day(cast, core):
    claim = open_claim(cast)
    claims.take_over(claim.pk, by=cast.pauline)
    core("numbers", "C-1", number_of(claim))
    said = {
        "claim": "C-1",
        "state": "unclear",
        "reason": "R",
        "advances": True,
        "policy": cast.ktg.policy_number,
    }
    assert core("decisions", "D-1", said)[0] == 201
    assert (state(claim), Decision.unrestricted.get().advances) == ("unclear", True)
    # What came between without replacing it is not passed over by replacing the older one.
    assert core("decisions", "D-2", {"claim": "C-1", "state": "accepted"})[0] == 201
    older = {"claim": "C-1", "state": "declined", "reason": "R", "replaces": "D-1"}
    assert core("decisions", "D-3", older)[1]["code"] == "changed_by_another"
    assert state(claim) == "accepted"


# --- Statements -----------------------------------------------------------------------------------


def test_a_statement_is_issued_with_the_figures_as_they_came(cast, sign_in, core):
    claim = accepted(cast)
    assert core("statements", "B-1", STATEMENT)[1]["code"] == "claim_missing"
    core("numbers", "C-1", number_of(claim))
    status, made = core("statements", "B-1", STATEMENT)
    assert (status, made["differs"]) == (201, True)
    assert core("statements", "B-1", STATEMENT) == (200, made)
    other = STATEMENT | {"lines": [STATEMENT["lines"][0] | {"days": 30}, STATEMENT["lines"][1]]}
    assert "lines.1.days" in core("statements", "B-1", other)[1]["detail"]
    issued = reading.everything().get()
    assert (issued.total, issued.from_core, issued.phase) == (Decimal("4460.00"), True, "issued")
    assert told(claim, "statement_issued") == [("statement_issued", True)]
    whole = copies.copy_of(issued, reading.lines_of(issued), copies.PERSON)
    with translation.override("en"):
        explained = whole.lines[0].explained.formula.replace("\xa0", " ")
        assert (explained, whole.daily_explained.source) == (
            "31 days × CHF 150.00",
            "Core system of the insurer",
        )
    assert [each.reason for each in whole.lines] == ["", SECRET]
    hugo = sign_in(cast.hugo, on=Client())
    for path in (
        f"/api/v1/benefit-statements/{issued.pk}/",
        reverse("claims_files:statement", args=[issued.pk]),
    ):
        page = hugo.get(path).content.decode()
        assert "4711/26" in page or path.startswith("/api/")
        assert SECRET not in page
    assert hugo.get(reverse("claims_files:statement_pdf", args=[issued.pk])).content[:4] == b"%PDF"
    # What the core system issued is corrected there: the portal's own correction is refused.
    with pytest.raises(NotNow):
        drafted(cast, claim)
    assert core("statements", "B-2", STATEMENT)[1]["code"] == "days_paid"
    better = {**STATEMENT, "replaces": "B-1", "total": "4650.00", "lines": STATEMENT["lines"][:1]}
    assert core("statements", "B-2", better)[0] == 201
    second = Statement.unrestricted.get(corrects=issued)
    assert second.total == Decimal("190.00")
    assert [str(row.amount) for row in reading.lines_of(second)] == ["-4650.00", "190.00", "4650.00"]
    assert StatementLine.unrestricted.filter(reverses__statement=issued).count() == 2
    assert core("statements", "B-3", {**better, "total": "4650.00"})[1]["code"] == "already_replaced"
    # Among what was not paid yet the portal goes on by itself.
    assert drafted(cast, claim, issued.end.replace(month=11, day=1), issued.end.replace(month=11, day=5))


def test_days_that_are_not_paid_say_why(cast, core):
    claim = accepted(cast)
    core("numbers", "C-1", number_of(claim))
    day = {"days": 1, "degree": 100, "amount": "0.00"}
    lines = [
        {"begin": f"2026-10-0{number}", "end": f"2026-10-0{number}", "outcome": outcome, **day}
        for number, outcome in enumerate(("waiting", "before", "below"), start=1)
    ]
    sent = {**STATEMENT, "end": "2026-10-03", "total": "0.00", "lines": lines}
    assert core("statements", "B-1", sent)[0] == 201
    issued = reading.everything().get()
    with translation.override("en"):
        copy = copies.copy_of(issued, reading.lines_of(issued), copies.EMPLOYER)
        told = [each.text.split(" is paid: ")[1] for each in telling.walk(copy)[2].sentences]
    assert told == [
        "These days belong to the waiting period of the contract.",
        "before the entitlement.",
        "A degree of incapacity this low is not paid.",
    ]


def test_the_employer_reads_no_days_in_hospital_and_no_reason(cast, core):
    core("numbers", "C-1", number_of(accepted(cast)))
    lines = [
        DAYS | {"begin": "2026-10-02", "days": 30, "rate": "150.0012", "amount": "4500.00", "reason": SECRET},
        DAYS | {"end": "2026-10-01", "days": 1, "amount": "0.00", "outcome": "late", "reason": SECRET},
        DAYS | {"kind": "hospital", "days": 2, "rate": "50.00", "amount": "-100.00", "reason": SECRET},
    ]
    assert core("statements", "B-1", STATEMENT | {"total": "4400.00", "lines": lines})[0] == 201
    issued = reading.everything().get()
    found = {}
    for side in (copies.EMPLOYER, copies.PERSON):
        with translation.override("en"):
            copy = copies.copy_of(issued, reading.lines_of(issued), side)
            sentences = [each.text for each in telling.walk(copy)[2].sentences]
        found[side] = [(line.days, line.degree, line.rate) for line in copy.lines], sentences
    days, sentences = found[copies.EMPLOYER]
    assert days[2] == (None, None, None)
    assert SECRET not in str(sentences)
    assert sentences[1].endswith("(days: 1) nothing is paid.")
    # A rate that is no whole centimes is the one that the amount comes from.
    assert "150.0012" in sentences[0]
    days, sentences = found[copies.PERSON]
    assert days[2][0] == 2
    assert all(each.endswith(f"Reason: {SECRET}") for each in sentences)


def test_what_was_paid_is_taken_back_from_whom_it_was_paid_to_and_after_a_refusal(cast, core):
    claim = accepted(cast)
    core("numbers", "C-1", number_of(claim))
    assert core("statements", "B-1", STATEMENT)[0] == 201
    better = {**STATEMENT, "replaces": "B-1"}
    elsewhere = better | {"payee": "person", "account_end": "2957"}
    status, answer = core("statements", "B-2", elsewhere)
    assert (status, list(answer)) == (400, ["payee"])
    claims.revise(claim.pk, number=1, outcome="declined", reason="R", by=cast.pauline)
    assert core("statements", "B-2", better)[1]["code"] == "not_accepted"
    nothing = [{**DAYS, "rate": "0", "amount": "0.00", "outcome": "ended"}]
    back = better | {"total": "0.00", "lines": nothing}
    assert core("statements", "B-2", {**back, "replaces": "B-9"})[1]["code"] == "earlier_missing"
    assert core("statements", "B-2", back)[0] == 201
    assert sum(each.total for each in Statement.unrestricted.all()) == 0
    assert reading.compared(claim)[0].difference == 0


def test_a_statement_waits_for_the_decision_and_for_the_managers_draft(cast, core):
    day = date(2026, 9, 3)
    claim = open_claim(cast, person=cast.persons.nadia, event_date=day, periods=((day, None, 100),))
    core("numbers", "C-1", number_of(claim))
    assert core("statements", "B-1", STATEMENT)[1]["code"] == "not_accepted"
    claims.take_over(claim.pk, by=cast.pauline)
    claims.accept(claim.pk, by=cast.pauline)
    draft = drafted(cast, claim)
    assert core("statements", "B-1", STATEMENT)[1]["code"] == "draft_open"
    statements.discard(draft.pk, by=cast.pauline)
    assert core("statements", "B-1", STATEMENT)[0] == 201


# --- Many, and at once ----------------------------------------------------------------------------


def test_a_batch_has_one_result_for_each_row(cast, core):
    claim = accepted(cast)
    rows = [
        {"kind": "number", "external_id": "C-1", "content": number_of(claim)},
        {"kind": "number", "external_id": "C-1", "content": number_of(claim)},
        {"kind": "decision", "external_id": "D-1", "content": {"claim": "C-9", "state": "accepted"}},
        {"kind": "decision", "external_id": "D-2", "content": {}},
        {"kind": "letter", "external_id": "L-1", "content": {}},
        {"kind": "statement", "external_id": "B-1", "content": STATEMENT},
    ]

    def send(rows):
        answer = core.browser.post(f"{BASE}batch/", {"rows": rows}, content_type="application/json")
        return answer.status_code, answer.json()

    status, answer = send(rows)
    assert status == 200
    assert [each["status"] for each in answer["results"]] == [201, 200, 409, 400, 400, 201]
    assert answer["results"][2]["result"]["code"] == "claim_missing"
    assert [each["status"] for each in send(rows)[1]["results"]] == [200, 200, 409, 400, 400, 200]
    assert CoreArrival.unrestricted.get(external_id="D-1").times_refused == 2
    assert send([])[0] == send([rows[0]] * 501)[0] == 400


def test_a_row_out_of_reach_has_its_answer_and_touches_nothing(cast, core, monkeypatch):
    mine, foreign = accepted(cast), accepted(cast, person=cast.marco)
    core("numbers", "C-1", number_of(foreign))
    asked = taking.require

    def require(by, action, obj):
        if obj.pk == foreign.pk:
            raise OutOfReach
        asked(by, action, obj)

    monkeypatch.setattr(taking, "require", require)
    rows = [
        {"kind": "number", "external_id": "C-2", "content": number_of(mine) | {"replaces": "C-1"}},
        {"kind": "number", "external_id": "C-3", "content": number_of(mine, "4712/26")},
    ]
    answer = core.browser.post(f"{BASE}batch/", {"rows": rows}, content_type="application/json")
    assert [each["status"] for each in answer.json()["results"]] == [404, 201]
    assert ClaimFile.unrestricted.get(pk=foreign.pk).core_number == "4711/26"


def test_a_number_that_moves_while_the_claim_file_is_waited_for_is_noticed(cast, core, monkeypatch):
    claim, other = accepted(cast), accepted(cast, person=cast.marco)
    core("numbers", "C-1", number_of(claim))
    locked, by = scoped.locked, CoreArrival.unrestricted.get().by

    def moved(model, key):
        monkeypatch.undo()
        taking.take("number", "core", "C-2", number_of(other) | {"replaces": "C-1"}, by=by)
        return locked(model, key)

    monkeypatch.setattr(scoped, "locked", moved)
    with pytest.raises(NotNow) as refused:
        taking.take("decision", "core", "D-1", {"claim": "C-1", "state": "closed", "end": "settled"}, by=by)
    assert (refused.value.code, state(claim)) == ("already_replaced", "accepted")


@pytest.mark.django_db(transaction=True)
def test_of_two_same_requests_at_once_one_is_taken_over(cast, sign_in, monkeypatch):
    claim, other, by = accepted(cast), accepted(cast, person=cast.marco), core_account()
    outcomes, ready = [], threading.Barrier(2)

    def send():
        ready.wait()
        try:
            outcomes.append(taking.take("number", "core", "C-1", number_of(claim), by=by)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]
    assert told(claim, "core_number") == [("core_number", True)]
    # A crash in a later row of a batch leaves the earlier ones where they are.
    monkeypatch.setitem(taking.ACTS, "decision", lambda *_given, **_named: 1 / 0)
    browser = sign_in(by, on=Client(raise_request_exception=False))
    rows = [
        {"kind": "number", "external_id": "C-2", "content": number_of(other, "4712/26")},
        {"kind": "decision", "external_id": "D-1", "content": {"claim": "C-2", "state": "accepted"}},
    ]
    assert browser.post(f"{BASE}batch/", {"rows": rows}, content_type="application/json").status_code == 500
    assert list(CoreArrival.unrestricted.values_list("external_id", flat=True).order_by("external_id")) == [
        "C-1",
        "C-2",
    ]


# --- The journal ----------------------------------------------------------------------------------


def test_the_journal_tells_what_came_in_without_a_word_on_anybody(cast, sign_in, core, monkeypatch):
    address = reverse("claims_files:core_journal")
    reto, sacha = sign_in(cast.reto, on=Client()), sign_in(cast.sacha, on=Client())
    assert "Nothing has come in yet" in reto.get(address).content.decode()
    claim = accepted(cast)
    core("numbers", "C-1", number_of(claim))
    core("statements", "B-1", STATEMENT)
    core("decisions", "D-7", {"claim": "C-9", "state": "declined", "reason": SECRET})
    core("decisions", "D-8", {"claim": "C-1", "state": "declined", "reason": SECRET, SECRET: 1})
    page = reto.get(address).content.decode()
    assert all(word in page for word in ("C-1", "B-1", claim.number, "Our reckoning differs"))
    # What belongs to no company yet is read by the superuser, who knows no claim numbers.
    whole = sacha.get(address).content.decode()
    assert "D-7" in whole
    assert "D-7" not in page
    assert claim.number not in whole
    for text in (page, whole, sacha.get("/api/v1/core-arrivals/").content.decode()):
        assert SECRET not in text
        assert "Nadia" not in text
        assert "4711/26" not in text
    refused = sacha.get(address, {"result": "refused"}).content.decode()
    assert "D-7" in refused
    assert "B-1" not in refused
    assert "Show the whole journal" in sacha.get(address, {"q": "Z-"}).content.decode()
    asked, numbers_for = [], journal.numbers_for
    monkeypatch.setattr(journal, "numbers_for", lambda *given: asked.append(1) or numbers_for(*given))
    rows = sacha.get("/api/v1/core-arrivals/", {"result": "taken"}).json()["results"]
    assert (len(rows), len(asked)) == (2, 1)
    rows = sacha.get("/api/v1/core-arrivals/", {"result": "taken", "kind": "statement"}).json()["results"]
    assert [(each["external_id"], each["differs"]) for each in rows] == [("B-1", True)]
