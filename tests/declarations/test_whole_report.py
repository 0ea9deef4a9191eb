"""Every question of both reports: kept, shown before sending, on the receipt and in the frozen report, or sealed."""

import html
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from claims_files.models import Report
from declarations import services
from declarations.forms import FORMS, form_class_of
from declarations.models import Declaration
from declarations.receipt import receipt_of, version_of
from tests.declarations.answers import FIRST_DAY, PERIODS, answers, fill, typed
from tests.declarations.test_forms import form, problems

pytestmark = pytest.mark.django_db

DAY_BEFORE = FIRST_DAY - timedelta(days=1)
IBAN = "CH93 0076 2011 6238 5295 7"
# What is typed, and how it is read back.
PERSON = {
    "street": ("Rue du Lac", "Rue du Lac"),
    "house_number": ("4", "4"),
    "postcode": ("1110", "1110"),
    "town": ("Morges", "Morges"),
    "phone": ("079 123 45 67", "+41 79 123 45 67"),
    "email": ("marco@home.example", "marco@home.example"),
    "country": ("other", "Another country"),
    "other_country": ("Andorra", "Andorra"),
    "nationality": ("Portugal", "Portugal"),
    "permit": ("G", "G – cross-border commuter"),
    "marital_status": ("partnership", "Registered partnership"),
    "children": ("3", "3"),
}
EMPLOYMENT = {
    "begin": ("1.3.2018", "01.03.2018"),
    "occupation": ("Joiner", "Joiner"),
    "position": ("middle", "Middle management"),
    "contract": ("terminated", "Notice given"),
    "contract_end": ("31.12.2030", "31.12.2030"),
    "degree": ("62,5 %", "62.5 %"),
    "weekly_hours": ("26,25", "26.25"),
    "full_hours": ("41.5 h", "41.5"),
    "annual_salary": ("61'750", "CHF 61’750.00"),
    "salary_base": ("31.20", "CHF 31.20"),
    "salary_unit": ("hour", "per hour"),
    "child_allowance": ("460", "CHF 460.00"),
    "thirteenth": ("yes", "Yes"),
    "holiday_percent": ("8.33", "8.33 %"),
    "salary_other": ("1234.50", "CHF 1’234.50"),
    "salary_note": ("Night shifts", "Night shifts"),
    "irregular": (["hours", "short_time"], "Irregular hours, Short-time work"),
    "special": (["family", "other_employers"], "Family member of the owner, Also works for other employers"),
    "other_employers": ("Bar du Port", "Bar du Port"),
    "workplace": ("Hall 7, Morges", "Hall 7, Morges"),
    "contact_name": ("Lea Blanc", "Lea Blanc"),
    "contact_phone": ("021 555 01 34", "+41 21 555 01 34"),
    "contact_email": ("lea@rochat.example", "lea@rochat.example"),
}
INCAPACITY = {
    "returned": ("partly", "Yes, partly"),
    "returned_on": (typed(FIRST_DAY + timedelta(days=7)), f"{FIRST_DAY + timedelta(days=7):%d.%m.%Y}"),
    "long": ("unknown", "I do not know"),
}
TREATMENT = {
    "doctor": ("Dr. Aubert", "Dr. Aubert"),
    "doctor_town": ("Nyon", "Nyon"),
    "hospital": ("no", "No"),
    "followup": ("Dr. Zimmer", "Dr. Zimmer"),
    "followup_town": ("Gland", "Gland"),
    "other_insurers": (
        ["military", "earnings"],
        "Military insurance, Compensation for service or maternity (EO)",
    ),
    "benefits": ("A quarter since May", "A quarter since May"),
    "payee": ("person", "The insured person"),
    "iban": (IBAN, IBAN),
}
WHOLE = {
    "illness": {
        "person": PERSON,
        "employment": EMPLOYMENT,
        "event": {
            "cause": ("pregnancy", "Complaint during pregnancy"),
            "first_day": (typed(FIRST_DAY), f"{FIRST_DAY:%d.%m.%Y}"),
            "date_precision": ("exact", "Certain"),
            "earlier": ("yes", "Yes"),
            "earlier_from": ("1.2.2024", "01.02.2024"),
            "earlier_until": ("9.2.2024", "09.02.2024"),
        },
        "incapacity": INCAPACITY,
        "treatment": TREATMENT
        | {
            "persons_group": ("Workshop", "Workshop"),
            "payee_from": (typed(FIRST_DAY + timedelta(days=3)), f"{FIRST_DAY + timedelta(days=3):%d.%m.%Y}"),
        },
    },
    "accident": {
        "person": PERSON,
        "employment": EMPLOYMENT,
        "event": {
            "accident_date": (typed(FIRST_DAY), f"{FIRST_DAY:%d.%m.%Y}"),
            "date_precision": ("approximate", "Approximate"),
            "precision": ("exact", "I know the exact time"),
            "accident_time": ("8.15", "08:15"),
            "place": ("Morges, quay", "Morges, quay"),
            "setting": ("free_time", "In free time or on the way to work"),
            "last_worked": (typed(DAY_BEFORE), f"{DAY_BEFORE:%d.%m.%Y}"),
            "activity": ("Riding a bicycle", "Riding a bicycle"),
            "course": ("He slipped on the ice.", "He slipped on the ice."),
            "police": ("yes", "Yes"),
            "police_station": ("Morges police", "Morges police"),
            "body_part": ("wrist", "Wrist"),
            "body_side": ("right", "Right"),
            "injury": ("fracture", "Broken bone"),
            "persons": ("A dog", "A dog"),
            "accident_form": ("yes", "Yes"),
            "last_worked_time": ("17h45", "17:45"),
            "absence": ("illness", "Illness or accident"),
            "absence_until": ("5.12.2030", "05.12.2030"),
        },
        "incapacity": INCAPACITY | {"unable": ("yes", "Yes")},
        "treatment": TREATMENT | {"treated": ("yes", "Yes")},
    },
}
# Asked after accidents at work only; the report above tells of one in free time.
ELSEWHERE = {"objects"}
KINDS = ["illness", "accident"]


def whole(kind):
    """The answers as typed."""
    found = {
        part: {name: answer[0] for name, answer in fields.items()} for part, fields in WHOLE[kind].items()
    }
    found["incapacity"]["periods"] = PERIODS
    return found


def expected(kind, sealed=None):
    """Label and words of each answer; `sealed`: only those the insured person keeps to himself, or only the others."""
    for part, fields in WHOLE[kind].items():
        made = form_class_of(kind, part)
        for name, (_typed, words) in fields.items():
            if sealed is None or (name in made.sealed) == sealed:
                yield str(made.base_fields[name].label), words


def plain(text):
    """Text without the signs of HTML and without narrow differences of blanks."""
    return html.unescape(text).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def groups(cast):
    """The contract for illnesses knows two groups of persons."""
    cast.ktg.persons_groups = ["Office", "Workshop"]
    cast.ktg.save()


def whole_draft(cast, kind, *, own=False):
    """A draft in which everything is answered."""
    person, by = (cast.persons.nadia, cast.nadia) if own else (cast.marco, cast.hugo)
    draft = services.start(person, kind, by=by)
    fill(draft, whole(kind), by=by)
    return Declaration.unrestricted.get(pk=draft.pk)


def whole_report(cast, kind, *, own=False):
    """A report in which everything was answered, sent."""
    draft = whole_draft(cast, kind, own=own)
    services.submit(draft.pk, by=cast.nadia if own else cast.hugo)
    return Declaration.unrestricted.get(pk=draft.pk)


@pytest.mark.parametrize("kind", KINDS)
def test_these_tests_know_every_question(kind):
    for part, form_class in FORMS[kind].items():
        assert set(WHOLE[kind][part]) == set(form_class.base_fields) - ELSEWHERE, part


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_shown_before_sending(cast, groups, sign_in, kind):
    draft = whole_draft(cast, kind)
    page = plain(sign_in(cast.hugo).get(reverse("declarations:check", args=[draft.pk])).content.decode())
    for label, words in expected(kind):
        assert f"<dt>{label}</dt><dd>{words}</dd>" in page, label


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_comes_back_into_the_form(cast, groups, sign_in, kind):
    draft = whole_draft(cast, kind)
    client = sign_in(cast.hugo)
    for part, fields in WHOLE[kind].items():
        response = client.get(reverse("declarations:part", args=[draft.pk, part]))
        made = response.context["part_form"]
        assert all(made[name].value() for name in fields), part
        drawn = [row["bound"].name for group in made.drawn() for row in group["rows"]]
        # The page asks in the order in which problems and answers are listed.
        assert drawn == list(made.fields), part


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_on_the_receipt_and_in_the_frozen_report(cast, groups, kind):
    sent = whole_report(cast, kind)
    rows = [
        (row["label"], plain(row["value"]))
        for section in receipt_of(sent, cast.hugo, version_of(sent, cast.hugo))["sections"]
        for row in section["answers"]
    ]
    content = Report.unrestricted.get(claim_file=sent.claim_file).content
    frozen = [(label, plain(value)) for part in content["parts"] for label, value in part["rows"]]
    for label, words in expected(kind):
        assert (label, words) in rows
        assert (label, words) in frozen


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_insured_person_keeps_to_herself_reaches_no_employer(cast, groups, sign_in, kind):
    sent = whole_report(cast, kind, own=True)
    page = plain(sign_in(cast.hugo).get(reverse("declarations:sent", args=[sent.pk])).content.decode())
    receipt = plain(
        json.dumps(receipt_of(sent, cast.hugo, version_of(sent, cast.hugo)), ensure_ascii=False, default=str)
    )
    content = Report.unrestricted.get(claim_file=sent.claim_file).content
    for_all = [part for part in content["parts"] if part["audience"] == "all"]
    frozen = plain(json.dumps(for_all, ensure_ascii=False))
    for text in (page, receipt, frozen):
        for label, words in expected(kind, sealed=True):
            assert label not in text
            # Yes, no and days stand at other questions, too.
            assert words not in text or words in {"Yes", "No", "Right"} or words[0].isdigit(), label
        for _label, words in expected(kind, sealed=False):
            assert words in text
    told = sign_in(cast.hugo).get(reverse("declarations:api-detail", args=[sent.pk])).json()["answers"]
    for part, form_class in FORMS[kind].items():
        assert not form_class.sealed & set(told[part]), part
    own = plain(sign_in(cast.nadia).get(reverse("declarations:sent", args=[sent.pk])).content.decode())
    for _label, words in expected(kind):
        assert words in own


@pytest.mark.parametrize("kind", KINDS)
def test_folded_questions_without_an_answer_are_not_printed(cast, kind):
    draft = services.start(cast.marco, kind, by=cast.hugo)
    fill(draft, answers(kind), by=cast.hugo)
    services.submit(draft.pk, by=cast.hugo)
    content = Report.unrestricted.get(claim_file__person=cast.marco).content
    labels = {label for part in content["parts"] for label, _value in part["rows"]}
    assert "Holiday supplement" not in labels
    assert "Town of the one treating now" not in labels
    assert "Hours per week by contract" in labels


# --- What the records know -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "shown"), [("62.50", "62.5"), ("100.00", "100"), ("33.33", "33.33"), ("5.00", "5")]
)
def test_the_level_of_employment_is_taken_over_exactly(cast, sign_in, stored, shown):
    cast.marco.degree_percent = Decimal(stored)
    cast.marco.save()
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    page = sign_in(cast.hugo).get(reverse("declarations:part", args=[draft.pk, "employment"]))
    assert page.context["part_form"]["degree"].value() == shown
    values = answers()
    del values["employment"]["degree"]
    fill(draft, values, by=cast.hugo)
    services.submit(draft.pk, by=cast.hugo)
    employment = Report.unrestricted.get().content["parts"][1]
    assert plain(dict(employment["rows"])["Level of employment"]) == f"{shown} %"
    assert employment["values"]["degree"] == shown


def test_the_employer_is_known_when_the_company_begins_a_report(cast):
    cast.hugo.phone = "021 555 01 34"
    cast.hugo.save()
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    known = draft.parts["employment"]
    assert known["workplace"] == cast.marco.site.name
    assert (known["contact_name"], known["contact_email"]) == (cast.hugo.name, cast.hugo.email)
    assert known["contact_phone"] == "+41215550134"
    assert draft.parts["person"]["country"] == "CH"
    own = services.start(cast.persons.nadia, "illness", by=cast.nadia)
    assert "employment" not in own.parts


def test_a_phone_number_the_form_would_refuse_is_not_taken_over(cast):
    cast.hugo.phone = "extension 12"
    cast.hugo.save()
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    assert "contact_phone" not in draft.parts["employment"]


def test_a_country_that_is_not_in_the_list_is_written_out(cast):
    cast.marco.country = "PT"
    cast.marco.save()
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    assert (draft.parts["person"]["country"], draft.parts["person"]["other_country"]) == ("other", "PT")


# --- The contract ----------------------------------------------------------------------------------


def treatment_page(client, draft):
    return plain(client.get(reverse("declarations:part", args=[draft.pk, "treatment"])).content.decode())


def test_waiting_period_and_group_are_shown_once_the_contract_is_known(cast, sign_in):
    cast.ktg.persons_groups, cast.ktg.waiting_days = ["Workshop"], 30
    cast.ktg.save()
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    assert "Waiting period" not in treatment_page(client, draft)
    services.save_part(draft.pk, "event", answers()["event"], by=cast.hugo)
    page = treatment_page(client, draft)
    assert "<dt>Waiting period</dt><dd>30 days</dd>" in page
    assert "<dt>Group of persons</dt><dd>Workshop</dd>" in page
    assert "persons_group" not in page


def test_the_group_is_chosen_where_the_contract_has_several(cast, groups, sign_in):
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    fill(draft, answers(), by=cast.hugo)
    assert '<option value="Workshop">' in treatment_page(sign_in(cast.hugo), draft)
    saved = services.save_part(draft.pk, "treatment", {"persons_group": "Board"}, by=cast.hugo)
    assert not saved.form.is_valid()
    assert saved.form.messages()["persons_group"] == ["Choose one of the answers."]


def test_a_group_of_another_contract_is_neither_asked_nor_sent(cast, groups):
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    fill(draft, answers(treatment={"persons_group": "Workshop"}), by=cast.hugo)
    cast.ktg.persons_groups = ["All"]
    cast.ktg.save()
    services.submit(draft.pk, by=cast.hugo)
    content = json.dumps(Report.unrestricted.get().content)
    assert "Workshop" not in content
    assert '["Group of persons", "All"]' in content


def test_the_terms_of_a_sent_report_stay_as_they_were(cast, groups, sign_in):
    cast.ktg.waiting_days = 14
    cast.ktg.save()
    sent = whole_report(cast, "illness")
    cast.ktg.waiting_days, cast.ktg.persons_groups = 60, ["All"]
    cast.ktg.save()
    page = plain(sign_in(cast.hugo).get(reverse("declarations:sent", args=[sent.pk])).content.decode())
    assert "<dt>Waiting period</dt><dd>14 days</dd>" in page
    assert "<dt>Group of persons</dt><dd>Workshop</dd>" in page


# --- Wrong values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "part", "changes", "field", "words"),
    [
        ("illness", "person", {"country": "XX"}, "country", "Choose one of the answers"),
        ("illness", "person", {"country": "other"}, "other_country", "Enter the country"),
        ("illness", "person", {"children": "26"}, "children", "whole number"),
        ("illness", "person", {"permit": "Z"}, "permit", "Choose one of the answers"),
        ("illness", "person", {"nationality": "x" * 61}, "nationality", "at most 60 characters"),
        ("illness", "employment", {"degree": "62.555"}, "degree", "two decimals"),
        ("illness", "employment", {"degree": "100.01"}, "degree", "at most 100"),
        ("illness", "employment", {"degree": "0.00"}, "degree", "above 0"),
        ("illness", "employment", {"degree": "-5"}, "degree", "above 0"),
        ("illness", "employment", {"degree": ""}, "degree", "Enter the level of employment"),
        ("illness", "employment", {"weekly_hours": "many"}, "weekly_hours", "hours of a week"),
        ("illness", "employment", {"full_hours": "0"}, "full_hours", "hours of a week"),
        ("illness", "employment", {"full_hours": "101"}, "full_hours", "hours of a week"),
        ("illness", "employment", {"salary_base": "30"}, "salary_unit", "per month, per hour or per year"),
        ("illness", "employment", {"salary_base": "much", "salary_unit": "hour"}, "salary_base", "francs"),
        ("illness", "employment", {"salary_unit": "day"}, "salary_unit", "Choose one of the answers"),
        ("illness", "employment", {"child_allowance": "-1"}, "child_allowance", "at least"),
        ("illness", "employment", {"holiday_percent": "101"}, "holiday_percent", "at most 100"),
        ("illness", "employment", {"salary_other": "x"}, "salary_other", "francs"),
        ("illness", "employment", {"irregular": ["moon"]}, "irregular", "Choose one of the answers"),
        ("illness", "employment", {"special": ["moon"]}, "special", "Choose one of the answers"),
        ("illness", "employment", {"contact_phone": "12"}, "contact_phone", "telephone number"),
        ("illness", "employment", {"contact_email": "lea@"}, "contact_email", "e-mail address"),
        ("accident", "event", {"date_precision": "maybe"}, "date_precision", "Choose one of the answers"),
        ("accident", "event", {"accident_form": "maybe"}, "accident_form", "Choose one of the answers"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(kind, part, changes, field, words):
    found = problems(kind, part, changes)
    assert words in " ".join(found.get(field, [])), found


FREE_TIME = {"setting": "free_time", "last_worked": typed(DAY_BEFORE)}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"last_worked_time": "25:00"}, "last_worked_time", "hours and minutes"),
        ({"absence": "moon"}, "absence", "Choose one of the answers"),
        ({"absence_until": typed(DAY_BEFORE - timedelta(days=1))}, "absence_until", "cannot end before"),
    ],
)
def test_the_absence_is_asked_for_after_accidents_in_free_time_only(changes, field, words):
    found = problems("accident", "event", FREE_TIME | changes)
    assert words in " ".join(found.get(field, [])), found
    assert problems("accident", "event", changes) == {}


def test_the_payment_begins_with_the_incapacity_at_the_earliest():
    event = {"first_day": FIRST_DAY.isoformat()}
    wrong = {"payee": "person", "iban": IBAN, "payee_from": typed(DAY_BEFORE)}
    found = problems("illness", "treatment", wrong, event=event)
    assert "cannot begin before" in found["payee_from"][0]
    assert problems("illness", "treatment", wrong | {"payee_from": typed(FIRST_DAY)}, event=event) == {}
    # Who is not paid is not asked since when.
    assert problems("illness", "treatment", wrong | {"payee": "employer"}, event=event) == {}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("62.50", "62.5"),
        ("62,5 %", "62.5"),
        ("80", "80"),
        ("100", "100"),
        ("100.00", "100"),
        ("0.01", "0.01"),
    ],
)
def test_levels_of_employment_are_read_leniently_and_kept_in_one_form(written, kept):
    values = answers()["employment"] | {"degree": written}
    assert form("illness", "employment", values).stored()["degree"] == kept


# --- Folds -----------------------------------------------------------------------------------------


def test_a_fold_says_what_it_holds_and_opens_where_something_is_wrong(cast, sign_in):
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    address = reverse("declarations:part", args=[draft.pk, "employment"])
    page = client.get(address).content.decode()
    assert page.count('<details class="fold field"><summary>') == 3
    assert f'<span class="caption">{cast.marco.site.name} · {cast.hugo.name} · ' in page
    values = answers()["employment"] | {"salary_base": "30", "salary_unit": ""}
    response = client.post(address, values)
    assert response.status_code == 422
    assert response.content.decode().count('<details class="fold field" open><summary>') == 1
    assert 'href="#id_salary_unit_0"' in response.content.decode()
