"""The course of a claim file, every pair of state and move written out."""

import itertools
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims_files.states import (
    COURSE,
    POSSIBLE,
    REFUSED,
    Move,
    State,
    after,
    for_employer,
    possible,
    standing,
    working_day_after,
)
from core.errors import NotNow

NO = None
# Columns: take over, request a paper, a paper is settled (the last one), accept, decline, close; change what was
# reported, withdraw it.
TABLE = {
    "received":         ("in_progress", NO, NO, NO, NO, NO, "received", "closed"),
    "in_progress":      (NO, "document_missing", NO, "accepted", "declined", NO, "in_progress", "closed"),
    "document_missing": (NO, "document_missing", "in_progress", NO, "declined", NO, "document_missing", "closed"),
    "accepted":         (NO, "accepted", "accepted", NO, NO, "closed", "accepted", NO),
    "declined":         (NO, NO, NO, NO, NO, "closed", NO, NO),
    "closed":           (NO, NO, NO, NO, NO, NO, NO, NO),
}  # fmt: skip
MOVES = ("take_over", "request_paper", "paper_settled", "accept", "decline", "close", "change", "withdraw")
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


@given(st.lists(st.tuples(st.sampled_from(list(Move)), st.booleans()), max_size=12))
def test_whatever_is_tried_the_course_holds(tries):
    state, visited = "received", ["received"]
    for move, missing in tries:
        if move == Move.WITHDRAW:
            # What is taken back is closed undecided, and what is decided is not taken back.
            assert ((state, move) in COURSE) == (state in {"received", "in_progress", "document_missing"})
            continue
        try:
            state = after(state, move, still_missing=missing)
        except NotNow:
            assert (state, move) not in COURSE
        visited.append(state)
    # Nothing is decided that was not taken over, nothing is closed that was not decided, closed is the end.
    for earlier, later in itertools.pairwise(visited):
        if later in {"accepted", "declined"} and earlier != later:
            assert earlier in {"in_progress", "document_missing"}
        if later == "closed":
            assert earlier in {"accepted", "declined", "closed"}
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
    values = {"opened": moment, "taken_over_at": moment, "arrived_at": None}
    return SimpleNamespace(state=state, employer_state=employer_state or state, **{**values, **fields})


def paper(addressee, due, state="open"):
    return SimpleNamespace(addressee=addressee, due=due, state=state)


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
