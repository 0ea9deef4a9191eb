"""The course of a claim file, every pair of state and move written out."""

import itertools
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims_files.standing import standing
from claims_files.states import (
    COURSE,
    POSSIBLE,
    REFUSED,
    Move,
    State,
    after,
    for_employer,
    joint,
    phase,
    place_of,
    possible,
    working_day_after,
)
from core.errors import NotNow

NO = None
# Columns: take over, request a paper, a paper is settled (the last one), accept, accept the costs of treatment only,
# leave the decision open, decline, replace the decision; close, close as a duplicate, hand over; change what was
# reported, withdraw it.
TABLE = {
    "received":         ("in_progress", NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, "received", "closed"),
    "in_progress":      (NO, "document_missing", NO, "accepted", "medical_only", "unclear", "declined", NO, NO,
                         "closed", "closed", "in_progress", "closed"),
    "document_missing": (NO, "document_missing", "in_progress", NO, NO, "unclear", "declined", NO, NO,
                         "closed", "closed", "document_missing", "closed"),
    "unclear":          (NO, "unclear", "unclear", "accepted", "medical_only", NO, "declined", "unclear", NO,
                         "closed", "closed", "unclear", NO),
    "accepted":         (NO, "accepted", "accepted", NO, NO, NO, NO, "accepted", "closed", NO, NO, "accepted", NO),
    "medical_only":     (NO, "medical_only", "medical_only", NO, NO, NO, NO, "medical_only", "closed", NO, NO,
                         "medical_only", NO),
    "declined":         (NO, NO, NO, NO, NO, NO, NO, "declined", "closed", NO, NO, NO, NO),
    "closed":           (NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO),
}  # fmt: skip
MOVES = (
    "take_over", "request_paper", "paper_settled", "accept", "accept_medical", "leave_unclear", "decline", "revise",
    "close", "duplicate", "transfer", "change", "withdraw",
)  # fmt: skip
PAIRS = [
    (state, move, expected) for state, row in TABLE.items() for move, expected in zip(MOVES, row, strict=True)
]


def test_the_table_knows_every_state_and_every_move():
    assert list(TABLE) == State.values
    assert set(MOVES) == {move.value for move in Move}


@pytest.mark.parametrize(("state", "move", "expected"), PAIRS)
def test_every_move_in_every_state(state, move, expected):
    if expected is NO:
        with pytest.raises(NotNow) as refused:
            after(state, Move(move))
        said = REFUSED.get((State(state), Move(move)), POSSIBLE[State(state)])
        assert str(refused.value.sentence) == str(said)
        # Nobody at the customer is told to take a claim file over.
        assert (
            move not in {"change", "withdraw"} or (State(state), Move(move)) in REFUSED or state == "closed"
        )
    else:
        assert after(state, Move(move)) == expected
        assert Move(move) in possible(state)


def test_a_file_stays_while_other_papers_are_missing():
    assert after("document_missing", Move.PAPER_SETTLED, still_missing=True) == "document_missing"
    assert after("accepted", Move.PAPER_SETTLED, still_missing=True) == "accepted"


LEAVING = {
    Move.WITHDRAW: {"received", "in_progress", "document_missing"},
    Move.DUPLICATE: {"in_progress", "document_missing", "unclear"},
    Move.TRANSFER: {"in_progress", "document_missing", "unclear"},
}


@given(st.lists(st.tuples(st.sampled_from(list(Move)), st.booleans()), max_size=12))
def test_whatever_is_tried_the_course_holds(tries):
    state, visited = "received", ["received"]
    for move, missing in tries:
        if move in LEAVING:
            # What is taken back, doubled or another insurer's is closed undecided; what is decided stays.
            assert ((state, move) in COURSE) == (state in LEAVING[move])
            continue
        try:
            state = after(state, move, still_missing=missing)
        except NotNow:
            assert (state, move) not in COURSE
        visited.append(state)
    # Nothing is decided that was not taken over, nothing is closed that was not decided, closed is the end.
    for earlier, later in itertools.pairwise(visited):
        if later in {"accepted", "medical_only", "declined"} and earlier != later:
            assert earlier in {"in_progress", "document_missing", "unclear"}
        if later == "closed":
            assert earlier in {"accepted", "medical_only", "declined", "closed"}
        if earlier == "closed":
            assert later == "closed"


@given(st.sampled_from(State.values), st.booleans())
def test_the_employer_hears_of_a_missing_document_only_when_it_is_his(state, employer_papers_open):
    seen = for_employer(state, employer_papers_open)
    if state == "document_missing" and not employer_papers_open:
        assert seen == "in_progress"
    else:
        assert seen == state


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # Saturday to Monday
        (date(2026, 11, 18), 3, date(2026, 11, 23)),
        (date(2026, 11, 18), 0, date(2026, 11, 18)),
    ],
)
def test_working_days(day, days, expected):
    assert working_day_after(day, days) == expected


TODAY = date(2026, 11, 21)


def claim(state, employer_state=None, **fields):
    moment = datetime(2026, 11, 19, 9, tzinfo=UTC)
    values = {"opened": moment, "taken_over_at": moment, "arrived_at": None, "outcome": ""}
    return SimpleNamespace(state=state, employer_state=employer_state or state, **{**values, **fields})


def paper(addressee, due, state="open"):
    return SimpleNamespace(addressee=addressee, due=due, state=state)


def days(begin, end, degree=100):
    return SimpleNamespace(begin=begin, end=end, degree=degree)


def decision(outcome, **fields):
    values = {
        "at": datetime(2026, 11, 19, 9, tzinfo=UTC),
        "expected": None,
        "advances": None,
        "legal_remedy": "",
    }
    return SimpleNamespace(outcome=outcome, **{**values, **fields})


CERTIFICATE = paper("employer", date(2026, 11, 30))
MEDICAL = paper("person", date(2026, 11, 28))
LATE = paper("employer", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("state", "papers", "side", "ball", "expected"),
    [
        ("received", [], "employer", "insurer", date(2026, 11, 24)),
        ("received", [], "insurer", "you", date(2026, 11, 24)),
        ("in_progress", [], "employer", "insurer", date(2026, 12, 3)),
        ("in_progress", [], "insurer", "you", date(2026, 12, 3)),
        ("document_missing", [CERTIFICATE], "employer", "you", date(2026, 11, 30)),
        ("document_missing", [CERTIFICATE, LATE], "employer", "you", date(2026, 11, 20)),
        ("document_missing", [CERTIFICATE], "person", "employer", date(2026, 11, 30)),
        ("document_missing", [CERTIFICATE, MEDICAL], "person", "you", date(2026, 11, 28)),
        ("document_missing", [CERTIFICATE, MEDICAL], "insurer", "person", date(2026, 11, 28)),
        ("document_missing", [LATE], "insurer", "you", date(2026, 11, 20)),
        ("accepted", [], "employer", "insurer", None),
        ("accepted", [CERTIFICATE], "employer", "you", date(2026, 11, 30)),
        ("accepted", [], "insurer", "you", None),
        ("declined", [], "person", "nobody", None),
        ("declined", [], "insurer", "you", None),
        ("closed", [], "employer", "nobody", None),
        ("closed", [], "insurer", "nobody", None),
    ],
)
def test_who_has_the_ball(db, state, papers, side, ball, expected):
    found = standing(claim(state), papers, side, TODAY)
    assert (found.ball, found.expected) == (ball, expected)
    assert found.next_step
    assert found.label


@pytest.mark.parametrize(
    ("state", "papers", "arrived", "due", "side", "ball", "expected"),
    [
        ("received", [], None, 28, "person", "you", date(2026, 11, 28)),
        ("received", [], None, 28, "insurer", "you", date(2026, 11, 24)),
        ("in_progress", [], None, 28, "insurer", "person", date(2026, 11, 28)),
        ("in_progress", [], None, 20, "insurer", "you", date(2026, 11, 20)),
        # What has arrived, or is missing, goes before them; a decision waits for none.
        ("in_progress", [], TODAY, 28, "insurer", "you", None),
        ("in_progress", [], None, 28, "employer", "insurer", date(2026, 12, 3)),
        ("document_missing", [CERTIFICATE], None, 28, "person", "employer", date(2026, 11, 30)),
        ("accepted", [], None, 28, "person", "insurer", None),
    ],
)
def test_who_has_the_ball_while_the_person_owes_answers(
    db, state, papers, arrived, due, side, ball, expected
):
    owed = [paper("person", date(2026, 11, due))]
    found = standing(claim(state, arrived_at=arrived), papers, side, TODAY, answers=owed)
    assert (found.ball, found.expected) == (ball, expected)


def test_the_ball_of_a_paper_of_the_person_is_not_shown_to_the_employer(db):
    found = standing(claim("document_missing", "in_progress"), [], "employer", TODAY)
    assert (found.state, found.ball, found.tone) == ("in_progress", "insurer", "info")


def test_a_missed_promise_is_not_repeated_to_the_customer_but_shown_to_the_insurer(db):
    old = datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert standing(claim("received", opened=old), [], "employer", TODAY).expected is None
    mine = standing(claim("received", opened=old), [], "insurer", TODAY)
    assert mine.late
    assert mine.expected == date(2026, 10, 6)


def test_an_arrived_document_gives_the_insurer_the_ball(db):
    arrived = claim("document_missing", arrived_at=datetime(2026, 11, 20, tzinfo=UTC))
    assert standing(arrived, [CERTIFICATE], "insurer", TODAY).ball == "you"


# --- Several contracts, and what runs after the acceptance -----------------------------------------


@pytest.mark.parametrize(
    ("covers", "papers_open", "state"),
    [
        (["pending"], False, "in_progress"),
        (["pending"], True, "document_missing"),
        (["pending", "declined"], True, "document_missing"),
        (["pending", "unclear"], True, "unclear"),
        (["unclear", "declined"], False, "unclear"),
        (["medical_only", "unclear"], False, "medical_only"),
        (["accepted", "medical_only"], False, "accepted"),
        (["declined", "accepted"], True, "accepted"),
        (["pending", "accepted"], False, "accepted"),
        (["declined", "declined"], True, "declined"),
    ],
)
def test_the_claim_says_the_best_that_one_of_its_contracts_says(covers, papers_open, state):
    for order in itertools.permutations(covers):
        found = [SimpleNamespace(state=each) for each in order]
        assert joint(found, papers_open=papers_open) == state


def test_a_contract_that_nobody_decided_on_can_be_decided_beside_one_that_is():
    pending, declined = SimpleNamespace(state="pending"), SimpleNamespace(state="declined")
    assert place_of(pending, "accepted") == "in_progress"
    assert place_of(pending, "document_missing") == "document_missing"
    assert place_of(declined, "accepted") == "declined"
    assert {place_of(each, "closed") for each in (pending, declined)} == {"closed"}
    assert place_of(pending, "received") == "received"


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([], None),
        ([days(date(2026, 11, 22), None)], None),  # not begun
        ([days(date(2026, 11, 1), None)], "benefit_running"),
        ([days(date(2026, 11, 1), TODAY)], "benefit_running"),  # the day itself
        ([days(date(2026, 11, 1), date(2026, 11, 20))], "return_complete"),
        ([days(date(2026, 11, 1), date(2026, 11, 20)), days(TODAY, None, 50)], "partial_return"),
        ([days(date(2026, 11, 25), None), days(date(2026, 11, 1), date(2026, 11, 9))], "return_complete"),
    ],
)
def test_what_runs_follows_from_the_days_of_incapacity(periods, expected):
    assert phase("accepted", periods, TODAY) == expected
    assert phase("medical_only", periods, TODAY) is None
    assert phase("closed", periods, TODAY) is None


OPEN = decision("unclear", expected=date(2026, 12, 19), advances=True)
NO_ADVANCE = decision("unclear", expected=date(2026, 11, 10), advances=False)


@pytest.mark.parametrize(
    ("state", "side", "more", "ball", "expected", "words"),
    [
        ("unclear", "employer", {"decisions": [OPEN]}, "insurer", date(2026, 12, 19), "advanced"),
        ("unclear", "person", {"decisions": [NO_ADVANCE]}, "insurer", None, "No benefits are paid"),
        ("unclear", "insurer", {"decisions": [OPEN, NO_ADVANCE]}, "you", date(2026, 11, 10), "Clarify"),
        ("medical_only", "person", {}, "insurer", None, "no daily allowance"),
        ("medical_only", "insurer", {}, "you", None, "costs of treatment"),
        ("accepted", "person", {"periods": [days(TODAY, date(2026, 11, 30))]}, "insurer", date(2026, 12, 1), "Report"),
        ("accepted", "insurer", {"periods": [days(TODAY, None)]}, "you", None, "Settle the benefits"),
        ("accepted", "employer", {"periods": [days(date(2026, 11, 2), date(2026, 11, 20))]}, "insurer",
         date(2026, 12, 18), "is over"),
        ("accepted", "insurer", {"periods": [days(date(2026, 9, 1), date(2026, 9, 30))]}, "you", date(2026, 10, 28),
         "close the claim file"),
        ("accepted", "insurer", {"undecided": True}, "you", date(2026, 12, 3), "other insurance"),
        # The thirtieth day is a Saturday: the term runs to Monday (ATSG art. 38, paragraph 3).
        ("declined", "insurer", {"decisions": [decision("declined", legal_remedy="objection")]}, "you",
         date(2026, 12, 21), "legal remedy"),
    ],
)  # fmt: skip
def test_owner_next_step_and_day_of_every_new_state(english, db, state, side, more, ball, expected, words):
    found = standing(claim(state), [], side, TODAY, **more)
    assert (found.ball, found.expected) == (ball, expected)
    assert words in found.next_step


def test_a_closed_file_says_where_the_case_went(english, db):
    for outcome, words in (("duplicate", "other claim file"), ("transferred", "Another insurer")):
        assert words in standing(claim("closed", outcome=outcome), [], "person", TODAY).next_step
