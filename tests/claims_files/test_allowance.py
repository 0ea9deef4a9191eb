"""The allowance engine on cases reckoned by hand: published examples, edges of the calendar, refusals, words."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from django.utils import translation

from claims_files.allowance import (
    Accident,
    Beside,
    Household,
    Maternity,
    Other,
    Outcome,
    Refused,
    Rounding,
    Roundings,
    Span,
    Stay,
    Waiting,
    Way,
    accident_allowance,
    by_kvg,
    earnings,
    maternity_allowance,
    policy,
    policy_on,
    sickness_allowance,
    within,
    words,
)
from claims_files.allowance.figures import Unit
from claims_files.allowance.ktg import allowed_days
from core import parameters
from core.dated import Dated, ParameterMissing, Values
from core.parameters import LAW, values_of
from tests.claims_files.cases import SEEDED, YEAR, accident, day, illness, law, seen

FIVE_CENTIMES = Rounding(Decimal("0.05"))

# --- Published examples (docs/allowance.md) -----------------------------------------------------------------------


def test_the_published_examples_of_the_accident_insurance():
    suva = earnings.by_month(Decimal(5100), child_allowance=Decimal(160), thirteenth=Decimal(5100))
    assert suva.value == Decimal(68_220)
    rate = accident_allowance(Accident(day("2026-03-01"), suva, ()), SEEDED, *YEAR).daily
    assert (rate.value, rate.exact.quantize(Decimal("0.0001"))) == (Decimal("149.55"), Decimal("149.5233"))
    # Two ways of rounding, both not Suva's, give the francs of the consumers' magazine.
    ten, five = ("2026-03-04", "2026-03-13", 100), ("2026-03-14", "2026-03-18", 60)
    for rule in (
        {"daily": None, "day": None, "line": {"step": "0.05", "way": "half_up"}},
        {
            "daily": {"step": "0.01", "way": "half_up"},
            "day": {"step": "0.01", "way": "half_up"},
            "line": None,
        },
    ):
        got = accident_allowance(accident(ten, five), law(uvg_rounding=rule), *YEAR)
        assert round(got.daily.value, 2) == Decimal("149.04")
        assert [line.amount.value for line in got.lines] == [Decimal("1490.40"), Decimal("447.10")]
        assert got.total.value == Decimal("1937.50")
    # An accident on the first is paid from the fourth.
    got = accident_allowance(accident(("2026-03-01", "2026-03-10", 100)), SEEDED, *YEAR)
    assert seen(got) == [("01.03.", 3, "before", "0.00"), ("04.03.", 7, "paid", "1043.35")]


# The salary of a year, what is changed in the law, fields of the case; the rate of a full day.
RATES = {
    "the cap by the year": (Decimal(200_000), {}, {}, "324.85"),
    "the cap by the day": (Decimal(200_000), {"uvg_cap": {"by": "day"}}, {}, "324.80"),
    "below the cap, by the day": (Decimal(68_220), {"uvg_cap": {"by": "day"}}, {}, "149.55"),
    "exactly on a step": (Decimal(36_500), {}, {}, "80.00"),
    "rounded down": (
        Decimal(68_220),
        {"uvg_rounding": {"daily": {"step": "0.05", "way": "down"}}},
        {},
        "149.50",
    ),
    # 20 percent of 406 are 81.20 a day, 10 percent 40.60.
    "trainee of 20": (Decimal(1), {}, {"trainee": True, "birth_date": day("2006-03-01")}, "65.00"),
    "trainee the day before": (Decimal(1), {}, {"trainee": True, "birth_date": day("2006-03-02")}, "32.50"),
    "trainee born on a leap day": (
        Decimal(1),
        {},
        {"trainee": True, "birth_date": day("2004-02-29")},
        "65.00",
    ),
    "trainee who earns more": (
        Decimal(36_500),
        {},
        {"trainee": True, "birth_date": day("2006-03-02")},
        "80.00",
    ),
    "nothing earned": (Decimal(0), {}, {}, "0.00"),
}


@pytest.mark.parametrize("name", RATES)
def test_the_rate_of_a_full_day(name):
    salary, changed, fields, rate = RATES[name]
    got = accident_allowance(accident(salary=salary, **fields), law(**changed), *YEAR)
    assert got.daily.value == Decimal(rate)


SALARIES = {
    "by the month": (earnings.by_month(Decimal(5000)), 60_000),
    "all of it": (
        earnings.by_month(
            Decimal(5000), child_allowance=Decimal(200), thirteenth=Decimal(5000), bonus=Decimal(1000)
        ),
        68_400,
    ),
    "by the hour": (earnings.by_hour(Decimal(30), Decimal(42)), 65_520),
    "with holidays and 13th": (
        earnings.by_hour(
            Decimal(30), Decimal(42), holiday_percent=Decimal("8.33"), thirteenth_percent=Decimal("8.33")
        ),
        "76890.2680728",
    ),
    "an average": (earnings.by_average([Decimal(4000), Decimal(5000), Decimal(6000)]), 60_000),
}


@pytest.mark.parametrize("name", SALARIES)
def test_the_salary_of_a_year(name):
    figure, year = SALARIES[name]
    assert (figure.name, figure.value) == ("annual_salary", Decimal(year))


# --- Accident -----------------------------------------------------------------------------------------------------

# The rate is 149.05 a day; each case with its lines from 4 March on.
FULL = ("2026-03-01", "2026-03-31", 100)
ACCIDENTS = {
    "half": ([("2026-03-01", "2026-03-13", 50)], {}, [("04.03.", 10, "paid", "745.30")]),
    "open": ([("2026-03-01", None, 100)], {}, [("04.03.", 28, "paid", "4173.40")]),
    "at work between": (
        [("2026-03-01", "2026-03-05", 100), ("2026-03-08", "2026-03-08", 100)], {},
        [("04.03.", 2, "paid", "298.10"), ("06.03.", 2, "at_work", "0.00"), ("08.03.", 1, "paid", "149.05")],
    ),
    "a pension": ([FULL], {"last_day": day("2026-03-05")},
                  [("04.03.", 2, "paid", "298.10"), ("06.03.", 26, "ended", "0.00")]),
    "maternity": ([FULL], {"beside": [Beside(Other.MATERNITY, day("2026-03-06"), day("2026-06-30"))]},
                  [("04.03.", 2, "paid", "298.10"), ("06.03.", 26, "beside", "0.00")]),
    # 20 percent of 149.05 are more than 20 francs.
    "alone in hospital": ([FULL], {"hospital": [Stay(day("2026-03-01"), day("2026-03-05"))],
                                   "household": Household.ALONE},
                          [("04.03.", 2, "paid", "258.10"), ("06.03.", 26, "paid", "3875.30")]),
    "supporting, in hospital": ([("2026-03-01", "2026-03-31", 50)],
                                {"hospital": [Stay(day("2026-03-04"), day("2026-03-05"))],
                                 "household": Household.SUPPORTING},
                                [("04.03.", 2, "paid", "134.16"), ("06.03.", 26, "paid", "1937.78")]),
    "with children": ([FULL], {"hospital": [Stay(day("2026-03-01"), day("2026-03-05"))],
                               "household": Household.WITH_CHILDREN},
                      [("04.03.", 2, "paid", "298.10"), ("06.03.", 26, "paid", "3875.30")]),
    "unemployed": ([("2026-03-01", "2026-03-04", 25), ("2026-03-05", "2026-03-05", 26),
                    ("2026-03-06", "2026-03-06", 50), ("2026-03-07", "2026-03-07", 51)], {"unemployed": True},
                   [("04.03.", 1, "below", "0.00"), ("05.03.", 1, "paid", "74.53"), ("06.03.", 1, "paid", "74.53"),
                    ("07.03.", 1, "paid", "149.05")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCIDENTS)
def test_days_after_an_accident(name):
    rows, fields, lines = ACCIDENTS[name]
    got = accident_allowance(accident(*rows, **fields), SEEDED, day("2026-03-04"), day("2026-03-31"))
    assert seen(got) == lines


def test_the_law_is_that_of_the_day_of_the_accident():
    later = Values(
        [
            *(rule.dated() for rule in LAW),
            Dated("uvg.max_annual_salary", day("2027-01-01"), Decimal(150_000), "New"),
        ]
    )
    old = accident(("2026-12-31", None, 100), salary=Decimal(200_000), on="2026-12-31")
    new = accident(("2027-01-01", None, 100), salary=Decimal(200_000), on="2027-01-01")
    until = day("2027-01-31")
    assert accident_allowance(old, later, day("2027-01-01"), until).daily.value == Decimal("324.85")
    assert accident_allowance(new, later, day("2027-01-01"), until).daily.value == Decimal("328.80")
    with pytest.raises(ParameterMissing):
        accident_allowance(accident(on="2015-12-31"), SEEDED, *YEAR)


# --- Illness ------------------------------------------------------------------------------------------------------

# The rate is 160.00 a day at 80 percent of 73,000. Terms, fields, rows; lines.
SICK = ("2025-09-03", None, 100)
KTG = {
    # The published example: 15 days to wait, ill from 3 September, paid from the 18th.
    "fifteen days": ({}, {}, [SICK], [("03.09.", 15, "waiting", "0.00"), ("18.09.", 13, "paid", "2080.00")]),
    "no waiting": ({"waiting_days": 0}, {}, [SICK], [("03.09.", 28, "paid", "4480.00")]),
    "some of it waited": ({}, {"waited": 10}, [SICK],
                          [("03.09.", 5, "waiting", "0.00"), ("08.09.", 23, "paid", "3680.00")]),
    "90 percent of 360 days": ({"level": Decimal(90), "days_in_year": 360, "waiting_days": 0}, {}, [SICK],
                               [("03.09.", 28, "paid", "5110.00")]),
    "a highest salary": ({"max_salary": Decimal(36_500), "waiting_days": 0}, {}, [SICK],
                         [("03.09.", 28, "paid", "2240.00")]),
    "too little": ({"waiting_days": 0}, {}, [("2025-09-03", "2025-09-10", 24), ("2025-09-11", "2025-09-12", 25)],
                   [("03.09.", 8, "below", "0.00"), ("11.09.", 2, "paid", "80.00")]),
    "half-days do not wait": ({"waiting_degree": 50, "waiting_days": 3}, {},
                              [("2025-09-03", "2025-09-04", 40), ("2025-09-05", "2025-09-10", 50)],
                              [("03.09.", 2, "not_waiting", "0.00"), ("05.09.", 3, "waiting", "0.00"),
                               ("08.09.", 3, "paid", "240.00")]),
    "waits across days at work": ({"waiting_days": 5}, {},
                                  [("2025-09-03", "2025-09-05", 100), ("2025-09-20", "2025-09-24", 100)],
                                  [("03.09.", 3, "waiting", "0.00"), ("06.09.", 14, "at_work", "0.00"),
                                   ("20.09.", 2, "waiting", "0.00"), ("22.09.", 3, "paid", "480.00")]),
    "certified late": ({"waiting_days": 2}, {"certified": day("2025-09-20")}, [SICK],
                       [("03.09.", 12, "not_certified", "0.00"), ("15.09.", 2, "waiting", "0.00"),
                        ("17.09.", 14, "paid", "2240.00")]),
    "certified in time": ({"waiting_days": 27}, {"certified": day("2025-09-08")}, [SICK],
                          [("03.09.", 27, "waiting", "0.00"), ("30.09.", 1, "paid", "160.00")]),
    # Five days for a waiting period of at most 21: told on the sixth day after, paid from then on.
    "told late": ({"waiting_days": 2}, {"notified": day("2025-09-09")}, [SICK],
                  [("03.09.", 2, "waiting", "0.00"), ("05.09.", 4, "late", "0.00"), ("09.09.", 22, "paid", "3520.00")]),
    "told in time": ({"waiting_days": 2}, {"notified": day("2025-09-08")}, [SICK],
                     [("03.09.", 2, "waiting", "0.00"), ("05.09.", 26, "paid", "4160.00")]),
    "maternity": ({"waiting_days": 2}, {"beside": [Beside(Other.MATERNITY, day("2025-09-04"), day("2025-09-20"))]},
                  [SICK], [("03.09.", 1, "waiting", "0.00"), ("04.09.", 17, "beside", "0.00"),
                           ("21.09.", 1, "waiting", "0.00"), ("22.09.", 9, "paid", "1440.00")]),
    "left the contract": ({"waiting_days": 0}, {"last_day": day("2025-09-10")}, [SICK],
                          [("03.09.", 8, "paid", "1280.00"), ("11.09.", 20, "ended", "0.00")]),
}  # fmt: skip


@pytest.mark.parametrize("name", KTG)
def test_days_of_an_illness(name):
    terms, fields, rows, lines = KTG[name]
    terms = policy_on(SEEDED, day("2025-09-03"), **{"level": Decimal(80), "waiting_days": 15, **terms})
    got = sickness_allowance(illness(*rows, **fields), terms, day("2025-09-01"), day("2025-09-30"))
    assert seen(got) == lines


def test_the_benefit_lasts_730_days_less_the_waiting_period():
    terms = policy_on(SEEDED, day("2024-01-01"), level=Decimal(80), waiting_days=30)
    assert allowed_days(terms).value == 700
    case = illness(("2024-01-01", None, 50))
    got = sickness_allowance(case, terms, day("2024-01-01"), day("2025-12-31"))
    # 730 days from 1 January of a leap year end on 30 December of the next one; half days count in full.
    assert [(line.begin, line.days, line.outcome) for line in got.lines] == [
        (day("2024-01-01"), 30, Outcome.WAITING),
        (day("2024-01-31"), 700, Outcome.PAID),
        (day("2025-12-31"), 1, Outcome.EXHAUSTED),
    ]
    assert [got.fact(name).value for name in ("waiting_used", "waiting_left", "benefit_days_left")] == [
        30,
        0,
        0,
    ]
    month = sickness_allowance(case, terms, day("2024-02-01"), day("2024-02-29"))
    assert (month.lines[0].days, month.total.value) == (29, Decimal("2320.00"))
    assert (month.fact("benefit_days_used").value, month.fact("benefit_days_left").value) == (30, 670)


def test_in_health_insurance_720_days_within_900_and_half_days_count_by_half():
    terms = policy_on(
        SEEDED,
        day("2024-01-01"),
        level=Decimal(80),
        waiting_days=0,
        duration=by_kvg(SEEDED, day("2024-01-01")),
    )
    full = sickness_allowance(illness(("2024-01-01", None, 100)), terms, day("2024-01-01"), day("2026-12-31"))
    assert [(line.begin, line.days, str(line.outcome)) for line in full.lines] == [
        (day("2024-01-01"), 720, "paid"),
        (day("2025-12-21"), 180, "exhausted"),
        # On the 901st day the first one leaves the window.
        (day("2026-06-19"), 196, "paid"),
    ]
    half = sickness_allowance(illness(("2024-01-01", None, 50)), terms, day("2024-01-01"), day("2026-12-31"))
    assert {line.outcome for line in half.lines} == {Outcome.PAID}
    assert half.fact("benefit_days_used").value == 450
    # Of what was paid earlier, days of no degree count nothing.
    drawn = [Span(day("2022-12-01"), day("2022-12-31"), 0), Span(day("2023-01-01"), day("2023-12-31"), 100)]
    before = illness(("2024-01-01", None, 100), drawn=drawn)
    short = sickness_allowance(before, terms, day("2024-01-01"), day("2026-12-31"))
    assert [line.days for line in short.lines][:2] == [355, 180]
    ten = policy_on(
        SEEDED,
        day("2024-01-01"),
        level=Decimal(80),
        waiting_days=3,
        duration=within(SEEDED, day("2024-01-01"), 10, 20),
    )
    got = sickness_allowance(illness(("2024-01-01", None, 50)), ten, day("2024-01-01"), day("2024-02-05"))
    assert [(line.days, str(line.outcome)) for line in got.lines] == [
        (3, "waiting"), (10, "paid"), (10, "exhausted"), (10, "paid"), (3, "exhausted")
    ]  # fmt: skip


def test_waiting_by_the_year_begins_with_the_incapacity():
    """What begins in a year waits on its account; what runs on over the turn of the year does not wait again."""
    rows = [("2023-12-30", "2024-01-03", 100), ("2024-02-28", "2024-03-05", 100)]
    day_of = {Waiting.CALENDAR_YEAR: None, Waiting.SERVICE_YEAR: day("2020-02-29"), Waiting.CASE: None}
    lines = {
        Waiting.CASE: [5, 55, 1, 6],
        Waiting.CALENDAR_YEAR: [5, 55, 6, 1],
        # Until 28 February the year that began on 1 March 2023 lasts.
        Waiting.SERVICE_YEAR: [5, 55, 1, 6],
    }
    for waiting, days in lines.items():
        terms = policy_on(SEEDED, day("2023-12-30"), level=Decimal(80), waiting_days=6, waiting=waiting)
        case = illness(*rows, employed_since=day_of[waiting])
        got = sickness_allowance(case, terms, day("2023-12-01"), day("2024-12-31"))
        assert [line.days for line in got.lines] == days, waiting
    late = illness(("2024-02-29", "2024-03-10", 100), waited=6, employed_since=day("2020-02-29"))
    terms = policy_on(
        SEEDED, day("2024-02-29"), level=Decimal(80), waiting_days=6, waiting=Waiting.SERVICE_YEAR
    )
    assert sickness_allowance(late, terms, *YEAR).lines == ()
    assert sickness_allowance(late, terms, day("2024-01-01"), YEAR[1]).lines[0].outcome is Outcome.PAID


# --- Refusals -----------------------------------------------------------------------------------------------------

WRONG = {
    "an empty row": (accident(("2026-03-05", "2026-03-04", 100)), "course"),
    "two degrees for one day": (accident(("2026-03-01", "2026-03-05", 100), ("2026-03-05", None, 50)), "course"),
    "open in the middle": (accident(("2026-03-01", None, 100), ("2026-03-05", "2026-03-06", 50)), "course"),
    "before the accident": (accident(("2026-02-28", None, 100)), "course"),
    "more than all": (accident(("2026-03-01", None, 101)), "course"),
    "half a percent": (accident(("2026-03-01", None, Decimal("33.5"))), "course"),
    "the wrong century": (accident(("2026-03-01", "2126-03-01", 100)), "course"),
    "an end of all days": (accident(FULL, last_day=date.max), "last_day"),
    "stays that overlap": (
        accident(hospital=[Stay(YEAR[0], YEAR[1]), Stay(YEAR[1], YEAR[1])]), "hospital"
    ),
    "hospital without household": (accident(FULL, hospital=[Stay(*YEAR)]), "household"),
    "a trainee of no age": (accident(trainee=True), "birth_date"),
    "a moment": (Accident(datetime(2026, 3, 1), earnings.by_year(Decimal(1)), ()), "day"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_reckoned_is_refused_in_words(name):
    case, field = WRONG[name]
    with translation.override("en"), pytest.raises(Refused, match=r"\.$") as refused:
        accident_allowance(case, SEEDED, *YEAR)
    assert refused.value.field == field


def test_amounts_and_periods_that_are_none_are_refused():
    def terms(**fields):
        return policy_on(SEEDED, YEAR[0], **{"level": Decimal(80), "waiting_days": 30, **fields})

    def sick(*rows, **fields):
        return sickness_allowance(illness(*rows, **fields), terms(), *YEAR)

    served = terms(waiting=Waiting.SERVICE_YEAR)
    for act in [
        lambda: earnings.by_year(68_000.0),
        lambda: earnings.by_year(Decimal(-1)),
        lambda: earnings.by_year(Decimal("NaN")),
        lambda: earnings.by_hour(Decimal(30), Decimal(101)),
        lambda: earnings.by_average([]),
        lambda: Rounding(Decimal(0)),
        lambda: terms(level=Decimal(101)),
        lambda: terms(waiting_days=-1),
        lambda: terms(days_in_year=364),
        lambda: accident_allowance(accident(), SEEDED, YEAR[1], YEAR[0]),
        lambda: sick(waited=-1),
        lambda: sick(("2026-01-05", None, 100), drawn=[Span(day("2026-01-01"), day("2026-01-05"), 100)]),
        lambda: sick(("2026-01-05", None, 100), drawn=[Span(day("2026-01-01"), day("2026-01-04"), 101)]),
        lambda: sickness_allowance(illness(("2026-01-05", None, 100)), served, *YEAR),
        lambda: maternity_allowance(Maternity(YEAR[0], Decimal(1), resumed=YEAR[0]), SEEDED, *YEAR),
        lambda: maternity_allowance(Maternity(YEAR[0], Decimal(1), child_in_hospital=-1), SEEDED, *YEAR),
    ]:  # fmt: skip
        with pytest.raises(Refused, match=r"\.$"):
            act()


# --- Words --------------------------------------------------------------------------------------------------------


def test_each_number_opens_its_own_explanation():
    got = accident_allowance(accident(FULL), SEEDED, *YEAR)
    with translation.override("en"):
        line = words.explain(got.lines[1].amount)
        reason = words.explain(got.lines[0].amount)
    assert (line.name, line.value, line.formula) == ("Amount", "CHF\xa04’173.40", "28 days × CHF\xa0149.05")
    rate = line.inputs[1]
    assert (rate.source, rate.sentence) == (
        "UVG art. 17, paragraph 1",
        "In proportion to the degree of incapacity.",
    )
    daily = rate.inputs[0]
    assert daily.formula == "CHF\xa068’000.00 ÷ 365 days × 80\xa0%"
    assert daily.rounding == "CHF\xa0149.0411, rounded up to a multiple of CHF\xa00.05"
    insured = daily.inputs[0]
    assert insured.formula == "CHF\xa068’000.00 ≤ CHF\xa0148’200.00"
    assert insured.inputs[1].source == "UVV art. 22, paragraph 1"
    assert reason.inputs[0].value == "04.03.2026"
    with translation.override("en"):
        assert words.outcome(got.lines[0].outcome) == "before the entitlement"
    assert "begins on 04.03.2026. Until then the employer pays at least 80 % of" in reason.sentence


def test_the_rate_of_somebody_unemployed_is_explained_by_the_degree_of_its_own_days():
    rows = [("2026-03-04", "2026-03-05", 26), ("2026-03-06", "2026-03-07", 50)]
    got = accident_allowance(accident(*rows, unemployed=True), SEEDED, *YEAR)
    with translation.override("en"):
        rates = [words.explain(line.amount).inputs[1] for line in got.lines]
    assert [rate.inputs[1].inputs[0].value for rate in rates] == ["26\xa0%", "50\xa0%"]
    # Half is paid, not 26 percent: nothing is in proportion to the degree.
    assert {(rate.sentence, rate.source) for rate in rates} == {("", "UVV art. 25, paragraph 3")}


def test_what_is_reckoned_depends_on_no_precision_of_the_caller():
    exact = accident_allowance(accident(FULL), SEEDED, *YEAR).total.value
    with localcontext(prec=3):
        assert accident_allowance(accident(FULL), SEEDED, *YEAR).total.value == exact
        assert earnings.by_month(Decimal(5555), bonus=Decimal(1234)).value == 67_894


def test_every_word_of_the_engine_is_there_to_be_translated():
    said = {*words.NAMES.values(), *words.WAYS.values()}
    said |= {text for rule in words.RULES.values() for text in (rule.source, rule.sentence)}
    said |= {text for pair in words.OUTCOMES.values() for text in pair}
    said |= {
        rule.source for rule in LAW if re.match(r"(uvg|ktg|kvg|eo)\.", rule.key) and rule.amount is not None
    }
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(words.WAYS) == set(Way)
    marked = {
        text for path in MARKED for text in re.findall(r"\b_\(\s*\"([^\"]+)\",?\s*\)", Path(path).read_text())
    }
    assert sorted(said - marked - {""} - UNSAID) == []


MARKED = (words.__file__, policy.__file__, parameters.__file__)
# Sources of what no explanation shows.
UNSAID = {
    "Suva: minor accident, days including the accident day",
    "Suva: hours a week at one employer",
    *(rule.source for rule in LAW if rule.key in {"ktg.short_waiting_days", "ktg.individual_transfer_days"}),
}


@pytest.mark.django_db
def test_the_values_of_the_table_are_read_at_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        values = values_of("uvg", "eo")
    assert values.on("uvg.max_annual_salary", YEAR[0]).value == Decimal(148_200)
    assert values.on("eo.rounding", YEAR[0]).value["daily"]["step"] == "0.05"
    with pytest.raises(ParameterMissing):
        values.on("ktg.benefit_days", YEAR[0])
    rows = values.stretches("eo.max_daily_allowance", day("2022-12-31"), day("2023-01-01"))
    assert [(begin, end, row.value) for begin, end, row in rows] == [
        (day("2022-12-31"), day("2022-12-31"), Decimal(196)), (day("2023-01-01"), day("2023-01-01"), Decimal(220)),
    ]  # fmt: skip
    got = accident_allowance(accident(FULL), values, *YEAR)
    assert got.lines == accident_allowance(accident(FULL), SEEDED, *YEAR).lines


def test_roundings_are_read_as_they_are_kept():
    kept = {"daily": {"step": "0.05", "way": "up"}, "day": None, "line": {"step": "1", "way": "down"}}
    assert Roundings.read(kept) == Roundings(
        Rounding(Decimal("0.05"), Way.UP), None, Rounding(Decimal(1), Way.DOWN)
    )
    assert [FIVE_CENTIMES(Decimal(value)) for value in ("0.074", "0.075", "0")] == [
        Decimal("0.05"),
        Decimal("0.10"),
        0,
    ]
    assert words.shown(Decimal("3.5"), Unit.DAYS).startswith("3.5")
