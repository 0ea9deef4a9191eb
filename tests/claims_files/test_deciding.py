"""Deciding: each contract for itself, later decisions, letters, the other ways of a case, relapses."""

from datetime import date, timedelta
from io import BytesIO

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from claims_files import reading, services
from claims_files.models import ClaimFile, Cover, Decision, Report, TimelineEntry
from claims_files.states import working_day_after
from core.errors import NotAllowed, NotNow, OutOfReach
from core.text import swiss_date
from declarations import services as declarations
from documents.models import Document, HandoverReceipt
from documents.services import read, readable
from permissions.trail import AuditLine
from tests.declarations.answers import answers, fill
from tests.factories import make_contract
from tests.factories_claims import open_claim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
WHY = "qxwhyzv"
DECLINED = {"reason": WHY, "reason_code": "not_insured"}
UNCLEAR = {"reason": WHY, "reason_code": "clarifying", "advances": True}


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store for papers."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


@pytest.fixture
def accident(cast):
    """Nadia's accident, taken over, which touches the accident insurance and its supplement."""
    make_contract(cast.rochat, "laac")
    claim = open_claim(cast, person=cast.persons.nadia, contract=cast.laa, kind="accident")
    return services.take_over(claim.pk, by=cast.pauline)


def covers(claim):
    return {each.contract.branch: each for each in Cover.unrestricted.filter(claim_file=claim)}


def state(claim):
    claim.refresh_from_db()
    return claim.state, {branch: each.state for branch, each in covers(claim).items()}


# --- Each contract for itself ---------------------------------------------------------------------


def test_an_accident_touches_the_supplement_that_covers_everybody(cast):
    make_contract(cast.rochat, "laac", persons_groups=["A"])
    claim = open_claim(cast, contract=cast.laa, kind="accident")
    assert set(covers(claim)) == {"laa"}
    make_contract(cast.rochat, "laac")
    make_contract(cast.rochat, "laac", begin=date(2027, 1, 1))
    assert set(covers(open_claim(cast, contract=cast.laa, kind="accident"))) == {"laa", "laac"}
    assert set(covers(open_claim(cast))) == {"ktg"}


def test_one_click_accepts_all_that_waits(cast, accident):
    services.accept(accident.pk, by=cast.pauline)
    assert state(accident) == ("accepted", {"laa": "accepted", "laac": "accepted"})
    rows = Decision.unrestricted.filter(claim_file=accident)
    assert [(row.number, row.legal_remedy) for row in rows] == [(1, "formal_decision"), (2, "civil_action")]
    assert AuditLine.unrestricted.filter(event="claim.accepted").count() == 1
    with pytest.raises(NotNow):
        services.accept(accident.pk, by=cast.pauline)


def test_each_contract_is_decided_for_itself(cast, accident):
    by = cast.pauline
    services.decline(accident.pk, cover=covers(accident)["laa"].pk, **DECLINED, by=by)
    assert state(accident) == ("in_progress", {"laa": "declined", "laac": "pending"})
    assert accident.decided_at is None
    with pytest.raises(NotNow, match="insurer has decided"), transaction.atomic():
        services.withdraw(accident.pk, reason="mistake", by=cast.nadia)
    services.leave_unclear(accident.pk, **UNCLEAR, by=by)
    assert state(accident) == ("unclear", {"laa": "declined", "laac": "unclear"})
    with pytest.raises(NotNow):
        services.leave_unclear(accident.pk, **UNCLEAR, by=by)
    with pytest.raises(NotNow):
        services.close(accident.pk, outcome="settled", by=by)
    services.accept(accident.pk, medical_only=True, by=by)
    assert state(accident) == ("medical_only", {"laa": "declined", "laac": "medical_only"})
    assert services.close(accident.pk, outcome="settled", by=by).state == "closed"
    assert [row.legal_remedy for row in Decision.unrestricted.filter(claim_file=accident)] == [
        "objection", "", "civil_action",
    ]  # fmt: skip


def test_an_accepted_file_does_not_close_while_another_contract_waits(cast, accident):
    services.accept(accident.pk, cover=covers(accident)["laa"].pk, by=cast.pauline)
    assert state(accident)[0] == "accepted"
    with pytest.raises(NotNow, match="still undecided"):
        services.close(accident.pk, outcome="settled", by=cast.pauline)
    services.decline(accident.pk, **DECLINED, by=cast.pauline)
    assert services.close(accident.pk, outcome="settled", by=cast.pauline).state == "closed"


def test_papers_are_asked_for_while_a_decision_is_open_and_settle_in_any_order(cast, accident):
    by = cast.pauline
    paper = services.request_paper(accident.pk, kind="certificate", addressee="employer", by=by)
    services.leave_unclear(accident.pk, cover=covers(accident)["laa"].pk, **UNCLEAR, by=by)
    assert state(accident)[0] == "unclear"
    services.decline(accident.pk, cover=covers(accident)["laa"].pk, **DECLINED, by=by)
    # The other contract waits, and so does the paper.
    assert state(accident)[0] == "document_missing"
    services.settle_paper(paper.pk, received=True, by=by)
    assert state(accident)[0] == "in_progress"


def test_a_further_contract_is_added_and_taken_away(cast):
    claim, by = open_claim(cast), cast.pauline
    with pytest.raises(NotNow):
        services.add_cover(claim.pk, contract=cast.laa.pk, by=by)
    services.take_over(claim.pk, by=by)
    services.decline(claim.pk, **DECLINED, by=by)
    cover = services.add_cover(claim.pk, contract=cast.laa.pk, by=by)
    assert state(claim) == ("in_progress", {"ktg": "declined", "laa": "pending"})
    assert claim.decided_at is None
    services.remove_cover(claim.pk, cover=cover.pk, by=by)
    assert state(claim) == ("declined", {"ktg": "declined"})
    assert claim.decided_at
    for contract, refusal in ((cast.ktg, NotNow), (cast.keller_ktg, OutOfReach)):
        with pytest.raises(refusal):
            services.add_cover(claim.pk, contract=contract.pk, by=by)
    with pytest.raises(NotNow, match="belongs to the case"):
        services.remove_cover(claim.pk, cover=covers(claim)["ktg"].pk, by=by)


BAD = [
    ("decline", {"reason": " "}, "reason"),
    ("decline", {"reason": "x", "reason_code": "burnout"}, "reason_code"),
    ("decline", {"reason": "x", "legal_remedy": "prayer"}, "legal_remedy"),
    ("leave_unclear", {"reason": "", "advances": True}, "reason"),
    ("leave_unclear", {"reason": "x", "advances": True, "expected": date(2020, 1, 1)}, "expected"),
    ("leave_unclear", {"reason": "x", "advances": True, "expected": date(2099, 1, 1)}, "expected"),
    ("accept", {"medical_only": True}, "outcome"),
    ("hand_over", {"insurer": "Suva; wegen Burnout!"}, "insurer"),
    ("hand_over", {"insurer": " "}, "insurer"),
    ("close_as_duplicate", {"original": "S-2000-1"}, "original"),
]  # fmt: skip


def test_what_is_wrong_is_said_at_its_field(cast):
    claim = services.take_over(open_claim(cast).pk, by=cast.pauline)
    for act, values, field in BAD:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            getattr(services, act)(claim.pk, by=cast.pauline, **values)
        assert list(refused.value.message_dict) == [field], (act, values)
    assert state(claim) == ("in_progress", {"ktg": "pending"})


# --- Later decisions ------------------------------------------------------------------------------


def test_a_decision_is_replaced_never_changed(cast, accident):
    by, number = cast.pauline, 1
    services.decline(accident.pk, cover=covers(accident)["laa"].pk, **DECLINED, by=by)
    services.accept(accident.pk, cover=covers(accident)["laac"].pk, by=by)
    services.revise(accident.pk, number=number, outcome="accepted", reason="New report.", by=by)
    assert state(accident) == ("accepted", {"laa": "accepted", "laac": "accepted"})
    first, _second, third = Decision.unrestricted.filter(claim_file=accident)
    assert (first.outcome, third.replaces, third.legal_remedy) == ("declined", first, "formal_decision")
    with pytest.raises(NotNow, match="in the meantime"):
        services.revise(accident.pk, number=1, outcome="declined", reason="x", by=by)
    with pytest.raises(OutOfReach):
        services.revise(accident.pk, number=9, outcome="declined", reason="x", by=by)
    services.revise(accident.pk, number=3, outcome="unclear", reason="x", advances=True, by=by)
    assert state(accident)[0] == "accepted"
    services.revise(accident.pk, number=2, outcome="declined", reason="x", by=by)
    assert state(accident)[0] == "unclear"
    assert accident.decided_at is None
    for change in ({"reason": "other"}, {"outcome": "accepted"}, {"at": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Decision.unrestricted.filter(pk=first.pk).update(**change)
    assert AuditLine.unrestricted.filter(event="claim.revised").count() == 3


def test_whoever_has_not_seen_the_last_decision_does_not_decide(cast, accident):
    services.leave_unclear(accident.pk, **UNCLEAR, known=0, by=cast.pauline)
    with pytest.raises(NotNow, match="decided in this claim file in the meantime"):
        services.accept(accident.pk, known=0, by=cast.pauline)
    services.accept(accident.pk, known=2, by=cast.pauline)
    assert state(accident)[0] == "accepted"


# --- The letter -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_the_letter_is_in_the_persons_language_and_sealed(cast, accident, language):
    person = accident.person
    person.language = language
    person.save(update_fields=["language"])
    services.decline(accident.pk, cover=covers(accident)["laa"].pk, **DECLINED, by=cast.pauline)
    decision = services.file_letter(Decision.unrestricted.get(claim_file=accident).pk)
    assert services.file_letter(decision.pk).letter_id == decision.letter_id
    document = Document.unrestricted.get(claim_file=accident)
    assert (document.visibility, document.kind, document.pages) == ("medical", "letter", 1)
    assert not HandoverReceipt.unrestricted.exists()
    _document, reader = read(document.pk, by=cast.nadia)
    with reader:
        pdf = pypdf.PdfReader(BytesIO(b"".join(reader.chunks())))
    text = " ".join(page.extract_text() for page in pdf.pages)
    said = {"fr": "opposition", "de": "Einsprache", "it": "opposizione", "en": "object"}[language]
    until = swiss_date(working_day_after(timezone.localdate() + timedelta(days=29), 1))
    for words in (WHY, said, until, accident.number, person.last_name):
        assert words in text, words
    assert [readable(getattr(cast, who)).filter(pk=document.pk).exists() for who in ("nadia", "pauline", "hugo")] == [
        True, True, False,
    ]  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.unrestricted.filter(pk=decision.pk).update(letter=None)


def test_the_employer_reads_the_outcome_and_not_the_reason(cast, accident, sign_in):
    services.decline(accident.pk, cover=covers(accident)["laa"].pk, **DECLINED, by=cast.pauline)
    services.leave_unclear(accident.pk, **UNCLEAR, by=cast.pauline)
    for decision in Decision.unrestricted.filter(claim_file=accident):
        services.file_letter(decision.pk)
    pages = [
        reverse(f"claims_files:{name}", args=[accident.pk]) for name in ("decisions", "detail", "timeline")
    ]
    api = reverse("claims_files:api-detail", args=[accident.pk])
    for who, reads in (("hugo", False), ("nadia", True), ("pauline", True)):
        browser = sign_in(getattr(cast, who))
        text = "".join(browser.get(page).content.decode() for page in pages)
        assert (WHY in text, "Letter on" in text) == (reads, reads)
        assert "The event is not insured by the contract" in text
        assert "are paid in advance" in text
        assert ("Replace this decision" in text) == (who == "pauline")
        body = browser.get(api).json()
        assert body["state"] == "unclear"
        assert body["standing"]["expected"] == str(timezone.localdate() + timedelta(days=30))
        found = {each["branch"]: each["decisions"][0] for each in body["insurances"]}
        assert {branch: each["outcome"] for branch, each in found.items()} == {
            "laa": "declined",
            "laac": "unclear",
        }
        for each in found.values():
            assert (each["reason"] == WHY, bool(each["letter"]), each["remedy_until"] is not None) == (
                reads, reads, reads and each["outcome"] == "declined",
            )  # fmt: skip
            assert (WHY in str(body)) == reads


def test_many_decisions_cost_no_more_queries(cast, accident, sign_in):
    services.decline(accident.pk, **DECLINED, by=cast.pauline)
    browser = sign_in(cast.pauline)
    addresses = [
        reverse(f"claims_files:{name}", args=[accident.pk]) for name in ("decisions", "detail", "api-detail")
    ]

    def asked():
        for address in addresses:
            browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert [browser.get(address).status_code for address in addresses] == [200] * 3
        return len(captured)

    few = asked()
    for number in range(2, 8):
        services.revise(accident.pk, number=number, outcome="declined", reason="x", by=cast.pauline)
    assert asked() == few


# --- Other ways -----------------------------------------------------------------------------------


def test_a_case_reported_twice_is_closed_and_linked(cast, sign_in):
    first, second = open_claim(cast), open_claim(cast)
    services.take_over(second.pk, by=cast.pauline)
    other = open_claim(cast, person=cast.persons.nadia)
    for wrong in (second.number, other.number):
        with pytest.raises(ValidationError):
            services.close_as_duplicate(second.pk, original=wrong, by=cast.pauline)
    address = reverse("claims_files:duplicate", args=[second.pk])
    text = (
        sign_in(cast.pauline).post(address, {"original": first.number.lower()}, follow=True).content.decode()
    )
    assert "is closed" in text
    second.refresh_from_db()
    assert (second.state, second.outcome, second.duplicate_of) == ("closed", "duplicate", first)
    page = reverse("claims_files:detail", args=[first.pk])
    browser = sign_in(cast.hugo)
    assert second.number in browser.get(page).content.decode()
    body = browser.get(reverse("claims_files:api-detail", args=[second.pk])).json()
    assert (body["duplicate_of"], body["outcome"]) == (first.number, "duplicate")
    # Two that name one another would go on nowhere.
    services.take_over(first.pk, by=cast.pauline)
    with pytest.raises(ValidationError, match="does not go on"):
        services.close_as_duplicate(first.pk, original=second.number, by=cast.pauline)


def test_a_case_is_handed_over_to_another_insurer(cast, sign_in, accident):
    browser = sign_in(cast.pauline)
    address = reverse("claims_files:hand_over", args=[accident.pk])
    assert browser.get(address).status_code == 200
    assert (
        "Suva Lausanne" in browser.post(address, {"insurer": "Suva  Lausanne"}, follow=True).content.decode()
    )
    accident.refresh_from_db()
    assert (accident.state, accident.outcome) == ("closed", "transferred")
    shown = sign_in(cast.hugo).get(reverse("claims_files:detail", args=[accident.pk])).content.decode()
    assert "Another insurer is responsible" in shown
    with pytest.raises(NotNow):
        services.hand_over(accident.pk, insurer="Suva", by=cast.pauline)


# --- Relapse --------------------------------------------------------------------------------------


def closed(cast, **fields):
    claim = open_claim(cast, **fields)
    services.take_over(claim.pk, by=cast.pauline)
    services.accept(claim.pk, by=cast.pauline)
    return services.close(claim.pk, outcome="settled", by=cast.pauline)


def test_a_closed_case_comes_back_in_a_new_file(cast, sign_in):
    old, day = closed(cast, contract=cast.laa, kind="accident"), timezone.localdate()
    with pytest.raises(ValidationError, match="not after today"):
        services.reopen_as_relapse(old.pk, event_date=day + timedelta(days=1), by=cast.pauline)
    browser = sign_in(cast.pauline)
    page = browser.get(reverse("claims_files:detail", args=[old.pk])).content.decode()
    address = reverse("claims_files:relapse", args=[old.pk])
    assert address in page
    answer = browser.post(address, {"event_date": swiss_date(day)})
    new = ClaimFile.unrestricted.get(relapse_of=old)
    assert answer["Location"] == reverse("claims_files:detail", args=[new.pk])
    assert (new.kind, new.contract, new.state, new.health_manager) == (
        "relapse", cast.laa, "in_progress", cast.pauline,
    )  # fmt: skip
    assert Report.unrestricted.get(claim_file=new).content["parts"][0]["rows"][0][1] == old.number
    # A second click, or another manager, finds it done.
    with pytest.raises(NotNow, match=new.number):
        services.reopen_as_relapse(old.pk, event_date=day, by=cast.pauline)
    hr = sign_in(cast.hugo)
    for here, there in ((old, new), (new, old)):
        assert there.number in hr.get(reverse("claims_files:detail", args=[here.pk])).content.decode()
    assert hr.get(reverse("claims_files:api-detail", args=[new.pk])).json()["relapse_of"] == old.number
    assert TimelineEntry.unrestricted.filter(claim_file=old, code="relapse").count() == 1
    # Whoever does not see the other one is not told of it.
    assert not any(reading.linked(cast.nadia, new).values())


def test_only_a_case_that_was_decided_and_closed_comes_back(cast):
    running, birth = open_claim(cast), closed(cast, kind="maternity")
    for claim, code in ((running, "not_closed"), (birth, "no_relapse")):
        with pytest.raises(NotNow) as refused:
            services.reopen_as_relapse(claim.pk, event_date=timezone.localdate(), by=cast.pauline)
        assert refused.value.code == code


def test_the_report_of_a_relapse_names_the_old_case_by_itself(cast):
    old = open_claim(cast, contract=cast.laa, kind="accident", event_date=date(2026, 1, 5))
    foreign = open_claim(cast, person=cast.persons.nadia, contract=cast.laa, kind="accident")
    for number, expected in ((old.number, old), (foreign.number, None)):
        draft = declarations.start(cast.marco, "relapse", by=cast.hugo)
        fill(draft, answers("relapse", event={"old_number": number}), by=cast.hugo)
        assert declarations.submit(draft.pk, by=cast.hugo).relapse_of == expected


# --- Who may --------------------------------------------------------------------------------------

ACTS = {
    "leave_unclear": UNCLEAR,
    "accept": {"medical_only": True},
    "revise": {"number": 1, "outcome": "accepted"},
    "add_cover": {"contract": None},
    "remove_cover": {"cover": None},
    "close_as_duplicate": {"original": "x"},
    "hand_over": {"insurer": "Suva"},
    "reopen_as_relapse": {"event_date": date(2026, 11, 20)},
}
RIGHTS = {"claire": 404, "hugo": 403, "sonia": 403, "felix": 404, "nadia": 404, "fiona": 403, "reto": 403,
          "sacha": 404, "zoe": 404}  # fmt: skip


def test_only_the_health_manager_decides(cast):
    claim = services.take_over(open_claim(cast).pk, by=cast.pauline)
    for act, values in ACTS.items():
        for name, expected in RIGHTS.items():
            with pytest.raises(NotAllowed if expected == 403 else OutOfReach), transaction.atomic():
                getattr(services, act)(claim.pk, by=getattr(cast, name), **values)
    assert state(claim) == ("in_progress", {"ktg": "pending"})


def test_deciding_over_the_api(cast, sign_in, accident):
    browser = sign_in(cast.pauline)

    def post(act, expected=200, claim=accident, **values):
        address = reverse(f"claims_files:api-{act}", args=[claim.pk])
        answer = browser.post(address, values, content_type="application/json")
        assert answer.status_code == expected, answer.content
        return answer.json()

    laa = str(covers(accident)["laa"].pk)
    assert post("leave-unclear", 400, reason="x") == {"advances": ["This field is required."]}
    assert post("leave-unclear", reason="x", advances=False, insurance=laa, known=0)["state"] == "unclear"
    assert post("accept", 409, insurance=laa, known=0)["code"] == "changed_by_another"
    assert post("accept", insurance=laa, medical_only=True, known=1)["state"] == "medical_only"
    assert post("accept", 404, insurance=str(cast.laa.pk))
    assert post("revise", number=2, outcome="accepted")["state"] == "accepted"
    assert post("remove-insurance", insurance=str(covers(accident)["laac"].pk))["state"] == "accepted"
    assert post("add-insurance", contract=str(cast.ktg.pk))["state"] == "accepted"
    assert post("decline", reason="x")["state"] == "accepted"
    assert post("close", outcome="settled")["state"] == "closed"
    new = post("relapse", 201, event_date=str(timezone.localdate()))
    relapse = ClaimFile.unrestricted.get(pk=new["id"])
    assert post("hand-over", claim=relapse, insurer="Suva")["state"] == "closed"
    assert post("duplicate", 409, claim=relapse, original=accident.number)["code"] == "state_closed"
