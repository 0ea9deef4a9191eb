"""What holds of every allowance, whatever the case: checked against a day-by-day reckoning that knows no shortcuts."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from claims_files.allowance import (
    Accident,
    Beside,
    Duration,
    Household,
    Illness,
    Maternity,
    Other,
    OtherParent,
    Outcome,
    Rounding,
    Roundings,
    Span,
    Stay,
    Waiting,
    Way,
    accident_allowance,
    earnings,
    maternity_allowance,
    other_parent_allowance,
    policy_on,
    sickness_allowance,
    words,
)
from claims_files.allowance.days import year_begun
from claims_files.allowance.figures import EXACT, Figure, Unit
from claims_files.allowance.figures import given as figure_of
from claims_files.course import Days, degree_on
from tests.claims_files.cases import SEEDED

DAY = timedelta(days=1)
# A leap day, the turn of a year and the end of months lie within reach.
START = date(2023, 11, 20)
END = START + timedelta(days=160)
EXAMPLES = settings(max_examples=80, deadline=None)

days = st.integers(0, 150).map(lambda number: START + timedelta(days=number))
francs = st.decimals(0, 250_000, places=2)
degrees = st.sampled_from([0, 10, 24, 25, 33, 50, 67, 100])


@st.composite
def courses(draw):
    """Rows that touch or leave gaps, the last one open or not."""
    begin, rows = START + timedelta(days=draw(st.integers(0, 20))), []
    for _ in range(draw(st.integers(1, 6))):
        end = begin + timedelta(days=draw(st.integers(0, 45)))
        rows.append(Days(begin, end, draw(degrees)))
        begin = end + timedelta(days=draw(st.sampled_from([1, 1, 1, 8])))
    if draw(st.booleans()):
        rows[-1] = dataclasses.replace(rows[-1], end=None)
    return rows


@st.composite
def stretches(draw, make):
    """Up to two periods that do not overlap."""
    borders = sorted(draw(st.sets(days, max_size=4)))
    return [make(begin, end) for begin, end in zip(borders[::2], borders[1::2], strict=False)]


roundings = st.builds(
    Roundings,
    *[
        st.none()
        | st.builds(Rounding, st.sampled_from([Decimal("0.01"), Decimal("0.05")]), st.sampled_from(Way))
    ]
    * 3,
)
accidents = st.builds(
    Accident,
    st.just(START),
    st.builds(earnings.by_year, francs),
    courses(),
    last_day=st.none() | days,
    trainee=st.booleans(),
    birth_date=st.just(date(2004, 2, 29)),
    unemployed=st.booleans(),
    hospital=stretches(Stay),
    household=st.sampled_from(Household),
    beside=stretches(lambda begin, end: Beside(Other.MATERNITY, begin, end)),
)
illnesses = st.builds(
    Illness,
    st.builds(earnings.by_year, francs),
    courses(),
    waited=st.integers(0, 4),
    drawn=st.just(()) | st.just((Span(date(2023, 11, 1), date(2023, 11, 9), 50),)),
    certified=st.none() | days,
    notified=st.none() | days,
    last_day=st.none() | days,
    employed_since=st.just(date(2020, 2, 29)),
    beside=stretches(lambda begin, end: Beside(Other.ACCIDENT, begin, end)),
)
durations = st.builds(
    Duration,
    st.integers(5, 60).map(lambda number: figure_of("benefit_days", number, Unit.DAYS)),
    st.none() | st.integers(61, 90).map(lambda number: figure_of("benefit_window", number, Unit.DAYS)),
    st.booleans(),
    st.booleans(),
)


def terms(**given):
    return policy_on(SEEDED, START, level=Decimal(80), **given)


policies = st.builds(
    terms,
    waiting_days=st.integers(0, 30),
    waiting=st.sampled_from(Waiting),
    duration=st.none() | durations,
    max_salary=st.none() | francs,
    minimum_degree=st.sampled_from([0, 25, 50]),
    waiting_degree=st.sampled_from([0, 25, 50]),
    days_in_year=st.sampled_from([360, 365]),
    roundings=roundings,
)


# --- The same, a day at a time ------------------------------------------------------------------------------------


def held(periods, day):
    return any(each.begin <= day <= each.end for each in periods)


def outcomes(case, policy):
    """What becomes of each day of an illness, in the simplest words."""
    first = min((row.begin for row in case.course if row.degree), default=None)
    earliest = case.certified and case.certified - timedelta(days=5)
    told_late = (
        first and case.notified and case.notified > first + timedelta(days=int(policy.notice_days.value))
    )
    waited, paid = defaultdict(int), {}
    for span in case.drawn:
        for number in range(span.days):
            paid[span.begin + number * DAY] = 0.5 if policy.duration.in_proportion else 1
    account, day, found, accounts = None, case.course[0].begin, {}, []
    last = max(row.end or END for row in case.course)
    most = policy.duration.days.value
    if policy.duration.less_waiting:
        most = max(0, most - policy.waiting_days.value)
    while day <= min(END, last):
        degree = degree_on(case.course, day)
        if degree == 0:
            found[day], account = "at_work", None
        elif case.last_day and day > case.last_day:
            found[day] = "ended"
        elif earliest and first < earliest and day < earliest:
            found[day] = "not_certified"
        elif held(case.beside, day):
            found[day] = "beside"
        else:
            if account is None:
                account = {
                    Waiting.CASE: "case",
                    Waiting.CALENDAR_YEAR: day.year,
                    Waiting.SERVICE_YEAR: year_begun(case.employed_since, day),
                }[policy.waiting]
                if not accounts:
                    waited[account] = case.waited
                accounts.append(account)
            share = degree / 100 if policy.duration.in_proportion else 1
            window = policy.duration.window
            used = sum(
                part for when, part in paid.items()
                if window is None or when > day - timedelta(days=int(window.value))
            )  # fmt: skip
            if waited[account] < policy.waiting_days.value:
                counts = degree >= policy.waiting_degree.value
                waited[account] += counts
                found[day] = "waiting" if counts else "not_waiting"
            elif degree < policy.minimum_degree.value:
                found[day] = "below"
            elif told_late and day < case.notified:
                found[day] = "late"
            elif used + share > float(most) + 1e-9:
                found[day] = "exhausted"
            else:
                found[day], paid[day] = "paid", share
        day += DAY
    return found


def by_day(allowance):
    """The outcome of each day; fails where a day stands in two lines."""
    found = {}
    for line in allowance.lines:
        for number in range((line.end - line.begin).days + 1):
            day = line.begin + number * DAY
            assert day not in found
            found[day] = str(line.outcome)
    return found


@settings(max_examples=300, deadline=None)
@given(illnesses, policies)
def test_every_day_of_an_illness_is_what_the_slow_way_says(case, policy):
    assert by_day(sickness_allowance(case, policy, START, END)) == outcomes(case, policy)


@EXAMPLES
@given(accidents)
def test_every_day_after_an_accident_stands_in_one_line(case):
    found = by_day(accident_allowance(case, SEEDED, START, END))
    last = min(END, max(row.end or END for row in case.course))
    first = case.course[0].begin
    assert set(found) == {first + number * DAY for number in range((last - first).days + 1)}
    for day, outcome in found.items():
        degree = degree_on(case.course, day)
        assert (outcome == "at_work") == (degree == 0)
        if outcome == "paid":
            assert day >= START + 3 * DAY
            assert not held(case.beside, day)
            assert not (case.last_day and day > case.last_day)
            assert not (case.unemployed and degree <= 25)


def added(lines):
    """What the lines are worth, with as many digits as the engine reckons."""
    with localcontext(EXACT):
        return sum(line.amount.value for line in lines)


# --- Laws ---------------------------------------------------------------------------------------------------------


def steps_of(policy, lines):
    """By how much so many lines may differ through the rounding of each."""
    return policy.roundings.line.step * lines if policy.roundings.line else Decimal("1e-20")


@EXAMPLES
@given(illnesses, policies, days)
def test_a_period_in_two_parts_is_worth_the_same(case, policy, border):
    whole = sickness_allowance(case, policy, START, END)
    parts = [
        sickness_allowance(case, policy, START, border),
        sickness_allowance(case, policy, border + DAY, END),
    ]
    lines = [line for part in parts for line in part.lines]
    assert by_day(whole) == {**by_day(parts[0]), **by_day(parts[1])}
    assert abs(whole.total.value - sum(part.total.value for part in parts)) <= steps_of(
        policy, len(lines) + len(whole.lines)
    )
    assert whole.facts == parts[1].facts
    for each in (whole, *parts):
        assert each.total.value == added(each.lines)


@EXAMPLES
@given(accidents, days)
def test_a_statement_in_two_parts_is_worth_the_same_to_the_centime(case, border):
    """The seeded rules round each day, no line: whatever is cut and corrected adds up exactly."""
    whole = accident_allowance(case, SEEDED, START, END).total.value
    parts = [
        accident_allowance(case, SEEDED, *part).total.value for part in ((START, border), (border + DAY, END))
    ]
    assert whole == sum(parts)


@EXAMPLES
@given(accidents, illnesses, policies, st.randoms(use_true_random=False))
def test_neither_the_order_of_entry_nor_cutting_a_row_matters(case, ill, policy, random):
    def mixed(rows):
        rows = list(rows)
        random.shuffle(rows)
        return rows

    def cut(course):
        for row in course:
            end = row.end or row.begin + 3 * DAY
            middle = row.begin + (end - row.begin) / 2
            if middle < end:
                yield Days(row.begin, middle, row.degree)
                yield Days(middle + DAY, row.end, row.degree)
            else:
                yield row

    other = dataclasses.replace(
        case, course=mixed(cut(case.course)), hospital=mixed(case.hospital), beside=mixed(case.beside)
    )
    assert accident_allowance(other, SEEDED, START, END) == accident_allowance(case, SEEDED, START, END)
    same = dataclasses.replace(ill, course=mixed(cut(ill.course)), beside=mixed(ill.beside))
    assert sickness_allowance(same, policy, START, END) == sickness_allowance(ill, policy, START, END)


@EXAMPLES
@given(accidents, illnesses, policies, st.integers(0, 5), st.integers(1, 100))
def test_more_incapacity_is_never_less_money(case, ill, policy, place, more):
    """As long as the duration of the benefit is not used up (see the next test)."""

    def raised(rows):
        rows = list(rows)
        row = rows[place % len(rows)]
        rows[place % len(rows)] = dataclasses.replace(row, degree=min(100, row.degree + more))
        return rows

    # A course that begins with days at work begins earlier when those are no such days: the same first day.
    first = dataclasses.replace(ill.course[0], degree=max(1, ill.course[0].degree))
    ill = dataclasses.replace(ill, course=[first, *ill.course[1:]])
    policy = dataclasses.replace(policy, duration=terms(waiting_days=0).duration)
    less, greater = (
        accident_allowance(dataclasses.replace(case, course=rows), SEEDED, START, END)
        for rows in (case.course, raised(case.course))
    )
    assert greater.total.value >= less.total.value
    less, greater = (
        sickness_allowance(dataclasses.replace(ill, course=rows), policy, START, END)
        for rows in (ill.course, raised(ill.course))
    )
    slack = steps_of(policy, len(less.lines) + len(greater.lines))
    assert greater.total.value >= less.total.value - slack


def test_where_days_count_in_full_more_incapacity_early_may_end_the_benefit_early():
    """Not a fault of the engine but the rule of the contract: it pays so many days, however little each is worth."""
    five = Duration(figure_of("benefit_days", 5, Unit.DAYS))
    policy = terms(waiting_days=0, duration=five)
    salary = earnings.by_year(Decimal(73_000))
    totals = [
        sickness_allowance(
            Illness(salary, [Days(START, START + 4 * DAY, degree), Days(START + 5 * DAY, None, 100)]),
            policy, START, END,
        ).total.value
        for degree in (24, 25)
    ]  # fmt: skip
    assert totals == [800, 200]


# --- Explanations -------------------------------------------------------------------------------------------------

# Each rule once more, from the values of its inputs.
TRUE = {
    "by_average": lambda earned, counted, months: earned * months / counted,
    "by_hour": lambda wage, hours, weeks: wage * hours * weeks,
    "by_month": lambda single, months: single * months,
    "day_before": lambda day: day - DAY,
    "days_until": lambda birth, last: (last - birth).days + 1,
    "duration_less_waiting": lambda duration, waiting: max(0, duration - waiting),
    "earnings_of_day": lambda salary, year: salary / year,
    "eo_daily": lambda salary, month, percent: salary * percent / (100 * month),
    "eo_day": lambda daily, share: daily * share / 100,
    "eo_line": lambda number, rate: number * rate,
    "eo_lower": min,
    "every_fifth": lambda number, single, extra: number + extra,
    "higher": max,
    "hospital": lambda rate, percent, most: min(rate * percent / 100, most),
    "hospital_extension": lambda stay, least, most: min(stay, most) if stay >= least else 0,
    "ktg_daily": lambda salary, year, percent: salary * percent / (100 * year),
    "ktg_day": lambda daily, share: daily * share / 100,
    "ktg_line": lambda number, rate: number * rate,
    "ktg_lower": min,
    "last_of_days": lambda birth, number: birth + (int(number) - 1) * DAY,
    "less": lambda total, part: max(0, total - part),
    "line_less": lambda number, rate, deduction: number * (rate - deduction),
    "parent_day": lambda daily, share: daily * share / 100,
    "parent_line": lambda number, rate: number * rate,
    "percent_of_highest": lambda most, share: most * share / 100,
    "percent_of_wages": lambda wages, share: wages * share / 100,
    "sum": lambda *parts: sum(parts),
    "unemployed": lambda degree, half, full: 100 if degree > full else 50 if degree > half else 0,
    "unemployed_day": lambda daily, share: daily * share / 100,
    "uvg_daily": lambda salary, year, percent: salary * percent / (100 * year),
    "uvg_daily_of_day": lambda earned, percent: earned * percent / 100,
    "uvg_day": lambda daily, share: daily * share / 100,
    "uvg_first_day": lambda day, after: day + int(after) * DAY,
    "uvg_line": lambda number, rate: number * rate,
    "uvg_lower": min,
}


def test_every_rule_has_words():
    # What the core system sent is shown as it came: nothing is reckoned.
    assert TRUE.keys() | {"core_amount", "core_line"} == words.RULES.keys()


def holds(figure: Figure):
    """Reckon a figure once more from what it shows; rounding only where it says so."""
    for each in figure.inputs:
        holds(each)
    if figure.rounding:
        assert abs(figure.exact - figure.value) < figure.rounding.step
        assert figure.value % figure.rounding.step == 0
    if figure.rule and not figure.rule.startswith("not_paid_"):
        again = TRUE[figure.rule](*(each.value for each in figure.inputs))
        shown = figure.value if figure.exact is None else figure.exact
        assert again == shown or abs(again - shown) < Decimal("1e-15"), figure.rule
    else:
        assert not figure.rounding
    said = words.explain(figure)
    assert said.name
    assert bool(figure.rule) == bool(said.formula or said.sentence or figure.rule == "sum")


hours = st.builds(earnings.by_hour, st.decimals(20, 90, places=2), st.decimals(1, 50, places=1),
                  holiday_percent=st.sampled_from([Decimal(0), Decimal("8.33")]), child_allowance=st.sampled_from([Decimal(0), Decimal(200)]),
                  thirteenth_percent=st.sampled_from([Decimal(0), Decimal("8.33")]))  # fmt: skip
averages = st.lists(st.decimals(0, 20_000, places=2), min_size=1, max_size=12).map(earnings.by_average)
births = st.builds(Maternity, days, st.decimals(0, 12_000, places=2), child_in_hospital=st.integers(0, 70))


@settings(max_examples=20, deadline=None)
@given(accidents, illnesses, policies, hours | averages, births)
def test_every_number_is_what_its_explanation_says(case, ill, policy, salary, birth):
    leave = OtherParent(
        START, Decimal(6000), weeks=[START], days=[START + number * DAY for number in range(8, 13)]
    )
    for got in (
        accident_allowance(dataclasses.replace(case, salary=salary), SEEDED, START, END),
        sickness_allowance(ill, policy, START, END),
        maternity_allowance(birth, SEEDED, START, END + 60 * DAY),
        other_parent_allowance(leave, SEEDED, START, END),
    ):
        for figure in (got.daily, got.total, *got.facts, *(line.amount for line in got.lines)):
            holds(figure)
        assert got.total.value == added(got.lines)
        assert {line.outcome for line in got.lines} <= set(Outcome)
