"""Allowances of the state after a birth, reckoned by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from claims_files.allowance import (
    Maternity,
    OtherParent,
    Refused,
    maternity_allowance,
    other_parent_allowance,
)
from tests.claims_files.cases import SEEDED, YEAR, day, seen


def test_maternity_is_paid_for_98_days_from_the_birth():
    case = Maternity(day("2026-01-05"), Decimal(6000))
    got = maternity_allowance(case, SEEDED, *YEAR)
    assert seen(got)[0] == ("05.01.", 98, "paid", "15680.00")
    assert (got.daily.value, got.lines[1].begin) == (Decimal("160.00"), day("2026-04-13"))
    assert [maternity_allowance(Maternity(case.birth, Decimal(pay)), SEEDED, *YEAR).daily.value for pay in
            (8249, 8250, 8251, 20_000)] == [Decimal("219.95"), 220, 220, 220]  # fmt: skip
    early = maternity_allowance(
        Maternity(case.birth, Decimal(6000), resumed=day("2026-02-02")), SEEDED, *YEAR
    )
    assert [line.days for line in early.lines] == [28, 333]
    assert [early.fact(name).value for name in ("benefit_days_allowed", "benefit_days_left")] == [28, 0]
    # The 98th day is 12 April.
    for resumed, days in (("2026-04-12", 97), ("2026-04-13", 98)):
        late = maternity_allowance(Maternity(case.birth, Decimal(6000), resumed=day(resumed)), SEEDED, *YEAR)
        assert late.lines[0].days == days
    stays = {13: 98, 14: 112, 56: 154, 90: 154}
    for stay, days in stays.items():
        longer = maternity_allowance(
            Maternity(case.birth, Decimal(6000), child_in_hospital=stay), SEEDED, *YEAR
        )
        assert longer.lines[0].days == days
    # From 2023 on a higher limit, also for a leave under way; the leap year has its 29 February.
    turn = maternity_allowance(
        Maternity(day("2022-12-31"), Decimal(9000)), SEEDED, day("2022-12-01"), day("2023-04-07")
    )
    assert seen(turn) == [("31.12.", 1, "paid", "196.00"), ("01.01.", 97, "paid", "21340.00")]
    leap = maternity_allowance(
        Maternity(day("2024-02-01"), Decimal(6000)), SEEDED, day("2024-02-01"), day("2024-02-29")
    )
    assert leap.total.value == 29 * 160


def test_the_other_parent_has_fourteen_allowances_within_six_months():
    birth = day("2026-08-31")
    year = (day("2026-08-01"), day("2027-07-31"))
    weeks = OtherParent(birth, Decimal(6000), weeks=[day("2027-02-22"), birth])
    assert [(line.days, line.amount.value) for line in other_parent_allowance(weeks, SEEDED, *year).lines] == [
        (7, 1120), (7, 1120)
    ]  # fmt: skip
    single = [birth + timedelta(days=7 * number) for number in range(10)]
    by_day = other_parent_allowance(OtherParent(birth, Decimal(6000), days=single[::-1]), SEEDED, *year)
    assert [line.days for line in by_day.lines] == [1, 1, 1, 1, 3] * 2
    assert (by_day.total.value, by_day.fact("benefit_days_left").value) == (14 * 160, 0)
    parts = [other_parent_allowance(OtherParent(birth, Decimal(6000), days=single), SEEDED, *part).total.value
             for part in ((year[0], single[4]), (single[5], year[1]))]  # fmt: skip
    assert parts == [1120, 1120]
    # A week over the end of a month is paid in both.
    months = (year[0], day("2026-09-03")), (day("2026-09-04"), day("2026-09-30"))
    week = OtherParent(birth, Decimal(6000), weeks=[birth])
    parts = [other_parent_allowance(week, SEEDED, *part) for part in months]
    assert [[(line.begin, line.days) for line in part.lines] for part in parts] == [
        [(birth, 4)], [(day("2026-09-04"), 3)]
    ]  # fmt: skip
    assert [part.fact("benefit_days_left").value for part in parts] == [10, 7]
    # From 2023 on a higher limit, also within a week.
    turn = OtherParent(day("2022-12-30"), Decimal(9000), weeks=[day("2022-12-30")])
    got = other_parent_allowance(turn, SEEDED, day("2022-12-01"), day("2023-01-31"))
    assert seen(got) == [("30.12.", 2, "paid", "392.00"), ("01.01.", 5, "paid", "1100.00")]
    for wrong in (
        OtherParent(birth, Decimal(6000), weeks=[day("2027-02-23")]),
        OtherParent(birth, Decimal(6000), days=[birth - timedelta(days=1)]),
        OtherParent(birth, Decimal(6000), days=[birth, birth]),
        OtherParent(birth, Decimal(6000), weeks=[birth], days=[birth + timedelta(days=6)]),
        OtherParent(
            birth, Decimal(6000), weeks=[birth, birth + timedelta(days=7)], days=[birth + timedelta(days=14)]
        ),
        OtherParent(
            birth, Decimal(6000), weeks=[birth, birth + timedelta(days=7), birth + timedelta(days=14)]
        ),
    ):
        for period in (year, (birth, birth)):
            with pytest.raises(Refused) as refused:
                other_parent_allowance(wrong, SEEDED, *period)
            assert refused.value.field == "leave"
