"""The absence strip: geometry, window, and the sentence for those who do not see it."""

import datetime

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from core.strip import BASE, WIDTH, Period, strip

TODAY = datetime.date(2026, 11, 21)


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_without_a_period_there_is_only_the_axis_and_a_sentence():
    drawn = strip([], TODAY)
    assert drawn.bars == ()
    assert drawn.today_x is None
    assert drawn.sentence == "No incapacity for work recorded."


def test_height_is_the_degree():
    drawn = strip(
        [(day("2026-10-01"), day("2026-10-31"), 100), (day("2026-11-01"), day("2026-11-21"), 50)], TODAY
    )
    full, half = drawn.bars
    assert (full.kind, full.height, full.y) == ("full", 18.0, 2.0)
    assert (half.kind, half.height, half.y) == ("partial", 9.0, 11.0)


def test_width_is_the_days_in_a_window_of_84():
    (bar,) = strip([(day("2026-10-31"), day("2026-11-20"), 100)], TODAY).bars[:1]
    assert bar.x == 0
    assert bar.width == pytest.approx(21 * WIDTH / 84 - 1, abs=0.05)


def test_days_at_work_after_the_last_period_are_a_thin_line_until_today():
    drawn = strip([(day("2026-10-01"), day("2026-10-31"), 100)], TODAY)
    assert [bar.kind for bar in drawn.bars] == ["full", "back"]
    assert drawn.bars[1].height == 2
    assert "Fully back at work since 01.11.2026." in drawn.sentence


def test_days_at_work_between_two_periods_are_drawn_too():
    drawn = strip([(day("2026-10-01"), day("2026-10-05"), 100), (day("2026-11-01"), None, 60)], TODAY)
    assert [bar.kind for bar in drawn.bars] == ["full", "back", "partial"]


def test_an_open_period_runs_until_today_and_the_sentence_says_so():
    drawn = strip([(day("2026-11-01"), None, 40)], TODAY)
    assert drawn.sentence == "Incapacity for work: 40 % since 01.11.2026, no end date."
    assert drawn.bars[0].x + drawn.bars[0].width <= drawn.today_x


def test_the_sentence_counts_both_days():
    drawn = strip(
        [(day("2026-11-10"), day("2026-11-10"), 100), (day("2026-11-11"), day("2026-11-30"), 50)], TODAY
    )
    assert drawn.sentence == (
        "Incapacity for work: 100 % from 10.11.2026 to 10.11.2026 (1 day); "
        "50 % from 11.11.2026 to 30.11.2026 (20 days)."
    )


def test_the_later_period_holds_where_two_claim_the_same_day():
    drawn = strip(
        [(day("2026-11-01"), day("2026-11-30"), 100), (day("2026-11-15"), day("2026-11-21"), 50)], TODAY
    )
    assert "100 % from 01.11.2026 to 14.11.2026 (14 days)" in drawn.sentence


def test_a_long_case_shows_its_last_weeks_with_today_inside():
    drawn = strip([(day("2025-01-01"), None, 100)], TODAY)
    assert drawn.begin > day("2026-08-01")
    assert 0 < drawn.today_x < WIDTH
    assert strip([(day("2025-01-01"), None, 100)], TODAY, days=None).begin == day("2025-01-01")


def test_objects_with_begin_end_degree_serve_as_well():
    period = Period(day("2026-11-01"), day("2026-11-10"), 100)
    assert strip([period], TODAY) == strip([(period.begin, period.end, 100)], TODAY)


dates = st.dates(day("2024-01-01"), day("2027-12-31"))
periods = st.lists(
    st.tuples(dates, st.one_of(st.none(), st.integers(0, 400)), st.integers(0, 100)), max_size=6
).map(
    lambda rows: [(b, None if n is None else b + datetime.timedelta(days=n), g) for b, n, g in rows]
)  # fmt: skip


@given(periods, st.sampled_from([84, None]), dates)
@example(
    [(day("2024-03-24"), None, 0), (day("2024-04-01"), None, 0), (day("2027-03-06"), None, 0)],
    None,
    day("2024-01-01"),
)
def test_everything_stays_inside_the_drawing(rows, days, today):
    drawn = strip(rows, today, days=days)
    edge = 0.0
    for bar in drawn.bars:
        assert bar.x >= edge - 0.11
        assert bar.width > 0
        assert bar.x + bar.width <= WIDTH + 0.11
        assert bar.y >= 0
        assert bar.y + bar.height == pytest.approx(BASE, abs=0.11)
        edge = bar.x
    assert drawn.sentence
