"""What may be typed into the parts of a report."""

from datetime import date, timedelta

import pytest
from django.forms import MultipleChoiceField
from hypothesis import given
from hypothesis import strategies as st

from companies.models import InsuredPerson
from declarations.forms import FORMS, accepted, form_class_of, form_of
from declarations.models import Declaration
from tests.declarations.answers import ANSWERS, FIRST_DAY, TODAY, answers, typed


def draft(kind="illness", side="employer", **parts):
    """A draft that no database knows."""
    person = InsuredPerson(
        first_name="Marco",
        last_name="Bernasconi",
        employment_begin=date(2018, 3, 1),
        birth_date=date(1985, 5, 17),
    )
    return Declaration(kind=kind, side=side, person=person, parts=parts)


def form(kind, part, values, side="employer", **parts):
    """The form of a part over values as typed."""
    made = form_of(draft(kind, side, **parts), part, accepted(form_class_of(kind, part), values))
    made.is_valid()
    return made


def problems(kind, part, changes, **given):
    """What is wrong with complete answers after some changes: field → sentences."""
    values = {**answers(kind)[part], **changes}
    return form(kind, part, values, **given).messages()


@pytest.mark.parametrize("side", ["employer", "employee"])
@pytest.mark.parametrize(("kind", "part"), [(kind, part) for kind in FORMS for part in FORMS[kind]])
def test_complete_answers_are_complete(kind, part, side):
    assert problems(kind, part, {}, side=side) == {}


FUTURE = TODAY + timedelta(days=40)


@pytest.mark.parametrize(
    ("kind", "part", "changes", "field", "words"),
    [
        ("illness", "person", {"street": ""}, "street", "Enter the street"),
        ("illness", "person", {"postcode": ""}, "postcode", "Enter the postcode"),
        ("illness", "person", {"phone": "12"}, "phone", "Enter a telephone number"),
        ("illness", "person", {"email": "hugo@"}, "email", "Enter an e-mail address"),
        ("illness", "person", {"town": "x" * 36}, "town", "at most 35 characters"),
        ("accident", "person", {"children": "-1"}, "children", "whole number"),
        ("accident", "person", {"children": "two"}, "children", "whole number"),
        ("accident", "person", {"marital_status": "happy"}, "marital_status", "Choose one of the answers"),
        ("illness", "employment", {"begin": typed(FUTURE)}, "begin", "must have begun"),
        ("illness", "employment", {"begin": "32.1.2020"}, "begin", "does not exist"),
        ("illness", "employment", {"contract": "fixed"}, "contract_end", "last day of the employment"),
        (
            "illness",
            "employment",
            {"contract": "fixed", "contract_end": "1.1.2017"},
            "contract_end",
            "cannot end before it begins",
        ),
        ("illness", "employment", {"degree": "150 %"}, "degree", "at most 100"),
        ("illness", "employment", {"degree": "0"}, "degree", "above 0"),
        ("illness", "employment", {"annual_salary": "much"}, "annual_salary", "francs"),
        ("illness", "employment", {"annual_salary": "0"}, "annual_salary", "francs"),
        ("illness", "employment", {"occupation": ""}, "occupation", "as precisely as you can"),
        ("illness", "event", {"cause": ""}, "cause", "Choose the reason"),
        ("illness", "event", {"cause": "flu"}, "cause", "Choose one of the answers"),
        ("illness", "event", {"first_day": typed(FUTURE)}, "first_day", "too far ahead"),
        ("illness", "event", {"first_day": "1.1.2018"}, "first_day", "01.03.2018"),
        ("illness", "event", {"first_day": "31.2.2026"}, "first_day", "does not exist"),
        ("illness", "event", {"earlier": "yes"}, "earlier_from", "first day of the earlier absence"),
        (
            "illness",
            "event",
            {"earlier": "yes", "earlier_from": "5.1.2026", "earlier_until": "1.1.2026"},
            "earlier_until",
            "cannot end before it begins",
        ),
        (
            "illness",
            "event",
            {"earlier": "yes", "earlier_from": "1.1.2026", "earlier_until": typed(TODAY)},
            "earlier_until",
            "must have ended before",
        ),
        ("accident", "event", {"accident_date": typed(FUTURE)}, "accident_date", "in the future"),
        ("accident", "event", {"accident_time": "25:00"}, "accident_time", "hours and minutes"),
        ("accident", "event", {"accident_time": "noon"}, "accident_time", "hours and minutes"),
        ("accident", "event", {"accident_time": ""}, "accident_time", "Enter the time"),
        ("accident", "event", {"setting": "free_time"}, "last_worked", "last day of work"),
        (
            "accident",
            "event",
            {"setting": "free_time", "last_worked": typed(TODAY)},
            "last_worked",
            "cannot lie after the accident",
        ),
        ("accident", "event", {"course": ""}, "course", "what happened"),
        ("accident", "event", {"course": "x" * 2001}, "course", "at most 2000 characters"),
        ("accident", "event", {"body_part": "soul"}, "body_part", "Choose one of the answers"),
        ("accident", "event", {"injury": ""}, "injury", "kind of injury"),
        ("illness", "incapacity", {"periods": []}, "non_field_errors", "at least one period"),
        ("accident", "incapacity", {"periods": []}, "non_field_errors", "at least one period"),
        ("accident", "incapacity", {"unable": ""}, "unable", "unable to work"),
        ("illness", "incapacity", {"returned": ""}, "returned", "back at work"),
        ("illness", "incapacity", {"returned": "partly"}, "returned_on", "first day back"),
        (
            "illness",
            "incapacity",
            {"returned": "fully", "returned_on": typed(TODAY)},
            "periods.1.end",
            "last day of incapacity",
        ),
        ("accident", "treatment", {"doctor": ""}, "doctor", "Enter the doctor"),
        ("accident", "treatment", {"treated": ""}, "treated", "whether a doctor"),
        ("illness", "treatment", {"payee": ""}, "payee", "Choose who receives"),
        ("illness", "treatment", {"payee": "person"}, "iban", "Enter the IBAN"),
        (
            "illness",
            "treatment",
            {"payee": "person", "iban": "CH93 0076 2011 6238 5295 8"},
            "iban",
            "wrong character",
        ),
        ("illness", "treatment", {"other_insurers": ["moon"]}, "other_insurers", "Choose from the list"),
        ("illness", "treatment", {"other_insurers": "pension"}, "other_insurers", "Choose from the list"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(kind, part, changes, field, words):
    found = problems(kind, part, changes)
    assert words in " ".join(found.get(field, [])), found


def period(begin, end, degree="100"):
    """A period by days after the first one."""
    days = [FIRST_DAY + timedelta(days=each) if each is not None else None for each in (begin, end)]
    return {"begin": typed(days[0]), "end": typed(days[1]) if days[1] else "", "degree": degree}


EVENT = {
    "illness": {"first_day": FIRST_DAY.isoformat()},
    "accident": {"accident_date": FIRST_DAY.isoformat()},
}


@pytest.mark.parametrize(
    ("kind", "rows", "field", "words"),
    [
        ("illness", [period(0, -1)], "periods.0.end", "cannot end before it begins"),
        ("illness", [period(0, 800)], "periods.0.end", "longer than two years"),
        ("illness", [period(0, 3, "150")], "periods.0.degree", "between 1 and 100"),
        ("illness", [period(0, 3, "0")], "periods.0.degree", "between 1 and 100"),
        ("illness", [period(0, 3, "half")], "periods.0.degree", "between 1 and 100"),
        ("illness", [period(0, 3, "")], "periods.0.degree", "Enter the degree"),
        ("illness", [{"begin": "", "end": "1.1.2026", "degree": "100"}], "periods.0.begin", "first day"),
        ("illness", [period(0, None), period(5, 9)], "periods.0.end", "Only the last period may be open"),
        ("illness", [period(0, 5), period(5, 9)], "periods.1.begin", "overlaps"),
        ("illness", [period(5, 9), period(0, 5)], "periods.0.begin", "overlaps"),
        ("illness", [period(1, 5)], "periods.0.begin", "must begin on that day"),
        ("accident", [period(-1, 5)], "periods.0.begin", "cannot begin before the accident"),
        ("illness", [period(60, 70)], "periods.0.begin", "too far ahead"),
    ],
)
def test_periods_that_cannot_be(kind, rows, field, words):
    found = problems(kind, "incapacity", {"periods": rows}, event=EVENT[kind])
    assert words in " ".join(found.get(field, [])), found


def test_blank_rows_are_nothing():
    made = form("illness", "incapacity", {"periods": [period(0, 3), {}, {"begin": " "}], "returned": "no"})
    assert made.is_valid(), made.messages()
    assert len(made.periods()) == 1


def test_after_an_accident_without_incapacity_no_period_is_asked_for():
    made = form("accident", "incapacity", {"unable": "no", "periods": [period(0, -5)]})
    assert made.is_valid()
    assert made.periods() == []
    assert [answer.field for answer in made.answers()] == ["unable"]
    # What was typed before the answer stays, and is not sent.
    assert made.stored()["periods"]
    assert "periods" not in made.effective()


def test_the_approximate_time_needs_no_clock():
    assert problems("accident", "event", {"precision": "approximate", "accident_time": ""}) == {}
    # Not asked for, not wrong.
    assert problems("accident", "event", {"precision": "approximate", "accident_time": "99"}) == {}


def test_today_later_than_now_is_still_to_come(monkeypatch):
    monkeypatch.setattr("declarations.forms.event.clock", lambda: "10:00")
    values = {"accident_date": typed(TODAY), "accident_time": "10:01"}
    assert "still to come" in problems("accident", "event", values)["accident_time"][0]
    assert problems("accident", "event", values | {"accident_time": "9:59"}) == {}


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("14:30", "14:30"),
        ("14.30", "14:30"),
        ("14h30", "14:30"),
        ("8", "08:00"),
        ("8h", "08:00"),
        ("0:05", "00:05"),
    ],
)
def test_times_are_read_leniently(written, clock):
    values = answers("accident")["event"] | {"accident_time": written}
    assert form("accident", "event", values).stored()["accident_time"] == clock


def test_no_part_asks_for_a_diagnosis():
    for kind in FORMS:
        for part in FORMS[kind]:
            made = form_of(draft(kind), part)
            assert not [name for name in made.fields if "diagnos" in name or "reason" in name]


def test_the_insured_person_is_told_what_the_employer_does_not_see():
    for kind in FORMS:
        for part in FORMS[kind]:
            own, company = form_of(draft(kind, "employee"), part), form_of(draft(kind), part)
            for name in own.sealed:
                assert "does not see" in str(own.fields[name].help_text), (part, name)
            assert not any("does not see" in str(field.help_text) for field in company.fields.values())


def test_every_health_question_is_sealed_in_ones_own_report():
    health = {"cause", "earlier", "body_part", "injury", "course", "absence"}
    health |= {"doctor", "hospital", "followup", "followup_town", "other_insurers", "benefits"}
    for kind in FORMS:
        for part, form_class in FORMS[kind].items():
            assert health & set(form_class.base_fields) <= form_class.sealed, (kind, part)


def test_answers_are_the_same_for_page_paper_and_claim_file():
    made = form("accident", "event", answers("accident")["event"])
    shown = {answer.field: answer.value for answer in made.answers()}
    assert shown["accident_date"] == f"{FIRST_DAY:%d.%m.%Y}"
    assert shown["body_part"] == "Wrist"
    assert shown["accident_time"] == "14:30"
    assert "last_worked" not in shown
    rows = form("illness", "incapacity", answers()["incapacity"]).answers()
    begin = f"{FIRST_DAY + timedelta(days=7):%d.%m.%Y}"
    assert {answer.field: answer.value for answer in rows}[
        "periods.1"
    ] == f"from {begin}, end open: 50\u00a0%"


TEXT = st.text(max_size=60)
ANYTHING = st.one_of(
    TEXT,
    st.none(),
    st.booleans(),
    st.integers(),
    st.dates(),
    st.floats(allow_nan=False, allow_infinity=False),
)
ALL_PARTS = [(kind, part) for kind in FORMS for part in FORMS[kind]]


@given(data=st.data(), place=st.sampled_from(ALL_PARTS), side=st.sampled_from(["employer", "employee"]))
def test_whatever_is_typed_is_kept_and_reading_it_again_changes_nothing(data, place, side):
    kind, part = place
    form_class = form_class_of(kind, part)
    values = {
        name: data.draw(ANYTHING)
        for name, field in form_class.base_fields.items()
        if not isinstance(field, MultipleChoiceField)
    }
    if form_class.row_form:
        row = st.fixed_dictionaries(dict.fromkeys(form_class.row_form.base_fields, ANYTHING))
        values["periods"] = data.draw(st.lists(row, max_size=3))
    made = form(kind, part, values, side)
    kept = made.stored()
    again = form_of(draft(kind, side), part, kept)
    assert again.stored() == kept
    assert again.is_valid() == made.is_valid()
    assert [answer.value for answer in again.answers()] == [answer.value for answer in made.answers()]


PERIOD_STARTS = st.lists(st.integers(0, 20), min_size=1, max_size=6, unique=True).map(sorted)


@given(
    starts=PERIOD_STARTS, degrees=st.lists(st.integers(1, 100), min_size=6, max_size=6), order=st.randoms()
)
def test_periods_one_after_the_other_are_valid_in_any_order(starts, degrees, order):
    days = [FIRST_DAY + timedelta(days=start - starts[0]) for start in starts]
    ends = [following - timedelta(days=1) for following in days[1:]] + [None]
    rows = [
        {"begin": begin.isoformat(), "end": end.isoformat() if end else "", "degree": degree}
        for begin, end, degree in zip(days, ends, degrees, strict=False)
    ]
    shuffled = list(rows)
    order.shuffle(shuffled)
    made = form("illness", "incapacity", {"periods": shuffled, "returned": "no"}, event=EVENT["illness"])
    assert made.is_valid(), made.messages()
    assert [found["begin"] for found in made.periods()] == days
    assert [found["degree"] for found in made.periods()] == degrees[: len(days)]


@given(first=st.integers(0, 12), length=st.integers(0, 5), second=st.integers(0, 12), other=st.integers(0, 5))
def test_two_periods_are_refused_exactly_if_they_share_a_day(first, length, second, other):
    def row(start, days):
        begin = FIRST_DAY + timedelta(days=start)
        return {"begin": begin.isoformat(), "end": (begin + timedelta(days=days)).isoformat(), "degree": "50"}

    days = set(range(first, first + length + 1)) & set(range(second, second + other + 1))
    values = {"periods": [row(first, length), row(second, other)], "returned": "no"}
    assert form("illness", "incapacity", values).is_valid() == (not days)


def test_all_answers_of_the_tests_are_known_fields():
    for kind, parts in ANSWERS.items():
        for part, values in parts.items():
            accepted(form_class_of(kind, part), values)
