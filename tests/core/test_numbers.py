"""Number ranges: no gap, no number twice, whoever asks at the same time."""

import threading

import pytest
from django.db import connection, transaction

from core.numbers import formatted, next_number, next_numbers


@pytest.mark.django_db
def test_each_series_and_year_counts_for_itself():
    assert [next_number("P", 2026) for _ in range(3)] == [1, 2, 3]
    assert next_number("P", 2027) == 1
    assert next_number("D", 2026) == 1
    assert formatted("P", 2026) == "P-2026-00004"


@pytest.mark.django_db
def test_several_are_drawn_at_once():
    assert list(next_numbers("P", 2026, 3)) == [1, 2, 3]
    assert next_number("P", 2026) == 4
    assert list(next_numbers("P", 2026, 2)) == [5, 6]


def failing_act() -> int:
    """An act that takes a number and fails; answers the number it had."""
    with transaction.atomic():
        number = next_number("P", 2026)
        transaction.set_rollback(True)
    return number


@pytest.mark.django_db
def test_a_rolled_back_act_gives_its_number_back():
    assert next_number("P", 2026) == 1
    assert failing_act() == 2
    assert next_number("P", 2026) == 2


@pytest.mark.django_db(transaction=True)
def test_a_number_belongs_to_an_act():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        next_number("P", 2026)


@pytest.mark.django_db(transaction=True)
def test_parallel_acts_leave_no_gap_and_share_no_number():
    taken, failures = [], []
    start = threading.Barrier(8)

    def act(worker: int) -> None:
        try:
            start.wait(timeout=10)
            for turn in range(6):
                if (worker + turn) % 3 == 0:
                    failing_act()
                    continue
                with transaction.atomic():
                    number = next_number("P", 2026)
                taken.append(number)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=act, args=(worker,)) for worker in range(8)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=30)
    assert not failures
    assert sorted(taken) == list(range(1, 33))
