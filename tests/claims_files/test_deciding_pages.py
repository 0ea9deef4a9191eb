"""Deciding on pages: what was not seen is not decided on, and what the employer is told goes with the outcome."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from claims_files import letters, reading, services
from claims_files.models import ClaimFile, Cover, Decision
from claims_files.states import law_of_claims, remedy_until
from core.errors import NotNow
from tests.factories import make_contract
from tests.factories_claims import open_claim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def taken(cast, **fields):
    return services.take_over(open_claim(cast, **fields).pk, by=cast.pauline)


@pytest.fixture
def accident(cast):
    """Nadia's accident, taken over, which touches the accident insurance and its supplement."""
    make_contract(cast.rochat, "laac")
    return taken(cast, person=cast.persons.nadia, contract=cast.laa, kind="accident")


def states_of(claim):
    return dict(Cover.unrestricted.filter(claim_file=claim).values_list("contract__branch", "state"))


def cover(claim, branch):
    return Cover.unrestricted.get(claim_file=claim, contract__branch=branch)


CONTRADICTIONS = [
    ("decline", {"reason": "x", "reason_code": "clarifying"}, "reason_code"),
    ("leave_unclear", {"reason": "x", "advances": True, "reason_code": "late"}, "reason_code"),
    ("revise", {"number": 1, "outcome": "accepted", "reason_code": "not_insured"}, "reason_code"),
    ("revise", {"number": 1, "outcome": "unclear", "reason": "x", "legal_remedy": "objection"}, "legal_remedy"),
]  # fmt: skip


def test_what_the_employer_is_told_does_not_contradict_the_outcome(cast):
    claim = taken(cast)
    for act, values, field in CONTRADICTIONS:
        if act == "revise" and not Decision.unrestricted.filter(claim_file=claim).exists():
            services.decline(claim.pk, reason="x", reason_code="not_insured", by=cast.pauline)
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            getattr(services, act)(claim.pk, by=cast.pauline, **values)
        assert list(refused.value.message_dict) == [field], (act, values)


def test_the_page_of_another_decision_takes_nothing_along_from_the_one_before(cast, sign_in, accident):
    """Declined for the accident insurance with a reason of the list, while the supplement waits."""
    laa = cover(accident, "laa").pk
    services.decline(accident.pk, cover=laa, reason="x", reason_code="not_insured", by=cast.pauline)
    address = reverse("claims_files:revise", args=[accident.pk])
    pauline = sign_in(cast.pauline)
    page = pauline.get(reverse("claims_files:decisions", args=[accident.pk])).content.decode()
    # It can be replaced, though the claim file is still in progress.
    assert f"{address}?number=1" in page
    form = pauline.get(f"{address}?number=1").content.decode()
    assert "checked" not in form.split('name="outcome"')[1].split("</fieldset>")[0]
    assert 'value="not_insured" selected' not in form
    answer = pauline.post(address, {"number": "1", "outcome": "accepted"}, follow=True)
    assert answer.status_code == 200
    assert Decision.unrestricted.get(claim_file=accident, number=2).reason_code == ""


def test_the_employer_is_not_told_how_to_object(cast, sign_in, accident):
    services.decline(accident.pk, reason="x", by=cast.pauline)
    pages = [reverse(f"claims_files:{name}", args=[accident.pk]) for name in ("decisions", "api-detail")]
    for who, told in (("nadia", True), ("hugo", False)):
        browser = sign_in(getattr(cast, who))
        for page in pages:
            assert ("You can object" in browser.get(page).content.decode()) == told, (who, page)


@pytest.mark.parametrize(
    ("outcome", "code", "words"),
    [
        ("declined", "", ["outcome only, not the reason"]),
        ("declined", "late", ["learns the outcome.", "The case was reported too late"]),
        ("unclear", "", ["still open, until when"]),
        ("unclear", "another", ["still open, until when", "Another insurer may be responsible"]),
    ],
)
def test_the_letter_says_what_the_employer_reads(cast, outcome, code, words):
    claim = taken(cast)
    act = services.decline if outcome == "declined" else services.leave_unclear
    more = {} if outcome == "declined" else {"advances": True}
    act(claim.pk, reason="x", reason_code=code, by=cast.pauline, **more)
    text = " ".join(letters._content(Decision.unrestricted.get(claim_file=claim), claim).closing)
    assert all(each in text for each in words), text


def test_an_insurance_that_was_added_meanwhile_is_not_decided_on_unseen(cast, sign_in):
    """The page knew of one contract; a colleague adds another one before it is sent."""
    pauline = sign_in(cast.pauline)
    for act, field in (("decline", {"reason": "x"}), ("accept", {})):
        claim = taken(cast)
        name = "detail" if act == "accept" else act
        page = pauline.get(reverse(f"claims_files:{name}", args=[claim.pk])).content.decode()
        hidden = str(cover(claim, "ktg").pk)
        assert f'name="cover" value="{hidden}"' in page
        services.add_cover(claim.pk, contract=cast.laa.pk, by=cast.pauline)
        sent = pauline.post(
            reverse(f"claims_files:{act}", args=[claim.pk]), {"cover": hidden, "known": "0", **field}
        )
        assert sent.status_code == 302
        assert states_of(claim) == {"ktg": "declined" if act == "decline" else "accepted", "laa": "pending"}


def test_each_insurance_that_treats_is_accepted_for_its_costs_by_a_click(cast, sign_in, accident):
    pauline = sign_in(cast.pauline)
    services.add_cover(accident.pk, contract=cast.ktg.pk, by=cast.pauline)
    page = pauline.get(reverse("claims_files:decisions", args=[accident.pk])).content.decode()
    sheets = {branch: page.split(f'id="insurance-{cover(accident, branch).pk}"')[1].split("</section>")[0] for branch in ("laa", "ktg")}  # fmt: skip
    assert 'name="medical_only"' in sheets["laa"]
    assert 'name="medical_only"' not in sheets["ktg"]
    address = reverse("claims_files:accept", args=[accident.pk])
    # A page that is older than the sickness insurance on it offers it for all.
    assert pauline.post(address, {"medical_only": "yes", "known": "0"}).status_code == 409
    one = {"medical_only": "yes", "known": "0", "cover": str(cover(accident, "laa").pk)}
    assert [pauline.post(address, one).status_code for _click in range(2)] == [302, 409]
    assert states_of(accident) == {"laa": "medical_only", "laac": "pending", "ktg": "pending"}


def test_the_term_of_the_remedy_does_not_end_on_a_weekend(cast):
    claim = taken(cast, contract=cast.laa, kind="accident")
    services.decline(claim.pk, reason="x", by=cast.pauline)
    decision = Decision.unrestricted.get(claim_file=claim)
    law = law_of_claims()
    for back in range(7):
        decision.at = timezone.now() - timedelta(days=back)
        until = remedy_until(decision, law)
        assert until.weekday() < 5
        assert 30 <= (until - timezone.localdate(decision.at)).days <= 32


def test_where_many_claims_stand_costs_no_more_queries(cast):
    closed = taken(cast)
    services.decline(closed.pk, reason="x", by=cast.pauline)
    rows = [open_claim(cast), open_claim(cast), taken(cast), taken(cast), closed]
    rows = list(ClaimFile.unrestricted.filter(pk__in=[each.pk for each in rows]).order_by("opened"))

    def asked(found):
        with CaptureQueriesContext(connection) as captured:
            reading.standing_of(cast.pauline, found)
        return len(captured)

    assert asked(rows) == asked(rows[:1])


@pytest.mark.django_db(transaction=True)
def test_of_two_closed_as_one_anothers_duplicate_one_goes_on(cast):
    first, second = taken(cast), taken(cast)
    outcomes, ready = [], threading.Barrier(2)

    def close(claim, other):
        ready.wait()
        try:
            services.close_as_duplicate(claim.pk, original=other.number, by=cast.pauline)
            outcomes.append("closed")
        except (ValidationError, NotNow):
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed", "refused"]


def test_the_page_says_which_decision_is_replaced(cast, sign_in, accident):
    services.accept(accident.pk, by=cast.pauline)
    page = sign_in(cast.pauline).get(reverse("claims_files:revise", args=[accident.pk]) + "?number=2").content
    contract = cover(accident, "laac").contract
    assert contract.policy_number in page.decode()
    assert cover(accident, "laa").contract.policy_number not in page.decode()
