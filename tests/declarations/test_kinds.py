"""Nine kinds of reports: found by questions, filed to the end, turned into one another, sent in time or late."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import escape

from claims_files.models import ClaimFile, IncapacityPeriod, Report
from core.errors import NotNow
from core.models import DatedParameter
from declarations import services
from declarations.facts import deadline_of, finding_of, months_later
from declarations.forms import FORMS
from declarations.forms.start import StartForm
from declarations.kinds import WORDS
from declarations.models import Declaration
from declarations.receipt import receipt_of, version_of
from permissions.models import AuditLine
from tests.declarations.answers import ANSWERS, FIRST_DAY, TODAY, answers, complete, fill, sent, typed

Kind = Declaration.Kind
START = reverse("declarations:start")

# What is answered, and what it leads to.
QUESTIONS = [
    ({"about": "illness", "work": "no"}, "illness"),
    ({"about": "illness"}, "illness"),
    ({"about": "illness", "work": "yes"}, "occupational_disease"),
    ({"about": "accident", "case": "relapse"}, "relapse"),
    ({"about": "accident", "case": "dental"}, "dental"),
    ({"about": "accident", "case": "severe_accident", "longer": "no"}, "severe_accident"),
    ({"about": "accident", "case": "new", "longer": "yes"}, "accident"),
    ({"about": "accident", "case": "new", "longer": "unknown"}, "accident"),
    ({"about": "accident", "case": "new", "longer": "no"}, "minor_accident"),
    ({"about": "birth", "parent": "maternity"}, "maternity"),
    ({"about": "birth", "parent": "other_parent"}, "other_parent"),
    # Answers to questions that were not put say nothing; the list of kinds goes before the questions.
    ({"about": "illness", "case": "relapse", "parent": "maternity"}, "illness"),
    ({"about": "illness", "kind": "dental"}, "dental"),
]
UNANSWERED = [
    ({}, "about"),
    ({"work": "yes"}, "about"),
    ({"about": "accident"}, "case"),
    ({"about": "accident", "case": "new"}, "longer"),
    ({"about": "birth"}, "parent"),
    ({"about": "flood"}, "about"),
    ({"kind": "flood"}, "kind"),
]


def test_a_few_questions_find_the_kind():
    for given, kind in QUESTIONS:
        form = StartForm(given)
        assert form.is_valid(), (given, form.errors)
        assert form.cleaned_data["kind"] == kind, given
    for given, field in UNANSWERED:
        assert list(StartForm(given).errors) == [field], given
    assert {kind for _given, kind in QUESTIONS} == set(Kind.values) == set(FORMS) == set(ANSWERS)
    assert set(WORDS) == set(Kind)


def test_a_question_has_one_name_throughout_a_report():
    for kind, parts in FORMS.items():
        names = [name for form in parts.values() for name in {*form.base_fields, form.rows_name} - {""}]
        assert len(names) == len(set(names)), kind


def test_each_kind_is_filed_to_the_end(cast, sign_in):
    """From the questions to the receipt; the contract, the claim file and the frozen report are of the kind."""
    client = sign_in(cast.hugo)
    reader = sign_in(cast.hugo)
    asked = {kind: given for given, kind in reversed(QUESTIONS)}
    for kind in Kind:
        response = client.post(f"{START}?person={cast.marco.pk}", asked[kind.value] | {"request_id": uuid4()})
        draft = Declaration.unrestricted.latest("created")
        assert response["Location"] == reverse("declarations:part", args=[draft.pk, "person"])
        assert draft.kind == kind
        fill(draft, answers(kind.value), by=cast.hugo)
        page = reader.get(reverse("declarations:check", args=[draft.pk])).content.decode()
        assert f"<h1>{WORDS[kind].heading}</h1>" in page
        assert "Before you can send" not in page
        assert reader.get(reverse("declarations:part", args=[draft.pk, "documents"])).status_code == 200
        missing = "incapacity" if kind.is_birth else "payment"
        assert reader.get(reverse("declarations:part", args=[draft.pk, missing])).status_code == 404
        assert client.post(reverse("declarations:check", args=[draft.pk])).status_code == 302
        draft = Declaration.unrestricted.get(pk=draft.pk)
        claim = draft.claim_file
        assert (claim.kind, claim.event_date) == (kind, FIRST_DAY)
        assert claim.contract == (cast.laa if kind.is_accident else cast.ktg)
        lost = IncapacityPeriod.unrestricted.filter(claim_file=claim).exists()
        assert lost == (not kind.is_birth and kind != Kind.DENTAL)
        content = Report.unrestricted.get(claim_file=claim).content
        assert content["kind"] == kind
        assert [part["name"] for part in content["parts"]] == list(FORMS[kind])
        assert receipt_of(draft, cast.hugo, version_of(draft, cast.hugo))["title"] == WORDS[kind].title
        salary = {"Annual AHV salary", "Who receives the daily allowance?"}
        labels = {label for part in content["parts"] for label, _value in part["rows"]}
        assert salary.isdisjoint(labels) == (kind in {Kind.MINOR_ACCIDENT, Kind.DENTAL}), kind
        shown = reader.get(reverse("declarations:sent", args=[draft.pk])).content.decode()
        assert ("late" in shown) == (kind == Kind.ILLNESS), kind
        reader.get(reverse("claims_files:detail", args=[claim.pk]))
    page = reader.get(reverse("declarations:drafts"), {"kind": "relapse"})
    assert page.status_code == 200


def test_each_kind_is_filed_by_the_insured_person_and_keeps_what_is_hers(cast):
    sealed = {
        "relapse": "swelled again",
        "dental": "Upper front tooth",
        "severe_accident": "Anna Rossi",
        "occupational_disease": "",
        "minor_accident": "slipped on the stairs",
        "other_parent": "CH93",
        "maternity": "",
    }
    for kind, words in sealed.items():
        report = sent(cast.persons.nadia, kind, by=cast.nadia)
        for_hr, own = (
            str(receipt_of(report, reader, version_of(report, reader))) for reader in (cast.hugo, cast.nadia)
        )
        assert words in own, kind
        assert not words or words not in for_hr, kind
    own = services.start(cast.persons.nadia, "severe_accident", by=cast.nadia)
    saved = services.save_part(own.pk, "event", {"severity": "died"}, by=cast.nadia)
    assert "severity" in saved.form.errors


def test_a_death_needs_no_incapacity(cast):
    draft = services.start(cast.marco, "severe_accident", by=cast.hugo)
    values = answers("severe_accident", event={"severity": "died", "died_on": typed(FIRST_DAY)})
    del values["incapacity"]
    fill(draft, values, by=cast.hugo)
    early = {"died_on": typed(FIRST_DAY - timedelta(days=1))}
    assert "died_on" in services.save_part(draft.pk, "event", early, by=cast.hugo).form.errors
    services.save_part(draft.pk, "event", {"died_on": typed(FIRST_DAY)}, by=cast.hugo)
    services.save_part(draft.pk, "incapacity", {"periods": [{"begin": typed(FIRST_DAY)}]}, by=cast.hugo)
    claim = services.submit(draft.pk, by=cast.hugo)
    assert not IncapacityPeriod.unrestricted.filter(claim_file=claim).exists()


# --- Another kind ----------------------------------------------------------------------------------


def test_nothing_that_was_typed_is_lost_when_the_kind_changes(cast, sign_in):
    draft = complete(cast.marco, "accident", by=cast.hugo)
    before = Declaration.unrestricted.get(pk=draft.pk)
    client = sign_in(cast.hugo)
    address = reverse("declarations:kind", args=[draft.pk])
    page = client.get(address).content.decode()
    assert escape(str(WORDS[Kind.RELAPSE].reason)) in page
    assert client.post(address, {"kind": "flood"}).status_code == 422
    response = client.post(address, {"kind": "dental", "back": "event"})
    assert response["Location"] == reverse("declarations:part", args=[draft.pk, "event"])
    dental = Declaration.unrestricted.get(pk=draft.pk)
    assert dental.kind == "dental"
    assert dental.parts["event"]["course"] == before.parts["event"]["course"]
    assert "annual_salary" not in dental.parts["employment"]
    assert dental.set_aside["annual_salary"] == "78000.00"
    assert dental.set_aside["body_part"] == "wrist"
    # A birth asks for nearly nothing of it; what was set aside before stays there.
    client.post(address, {"kind": "maternity", "back": "incapacity"})
    birth = Declaration.unrestricted.get(pk=draft.pk)
    assert set(birth.parts) == {"person", "employment", "payment", "event"}
    assert birth.parts["event"] == {"returned": "no"}
    assert birth.set_aside["periods"] == before.parts["incapacity"]["periods"]
    client.post(address, {"kind": "accident"})
    again = Declaration.unrestricted.get(pk=draft.pk)
    assert (again.parts, again.set_aside, again.contract) == (before.parts, {}, cast.laa)
    lines = AuditLine.unrestricted.filter(event="declaration.kind_changed").order_by("at", "pk")
    assert [(line.facts["before"], line.facts["kind"]) for line in lines] == [
        ("accident", "dental"),
        ("dental", "maternity"),
        ("maternity", "accident"),
    ]
    services.change_kind(draft.pk, "accident", by=cast.hugo)
    assert lines.count() == 3


def test_what_was_set_aside_is_never_sent(cast):
    draft = complete(cast.marco, "accident", by=cast.hugo)
    services.change_kind(draft.pk, "dental", by=cast.hugo)
    fill(draft, answers("dental"), by=cast.hugo)
    services.submit(draft.pk, by=cast.hugo)
    report = Declaration.unrestricted.get(pk=draft.pk)
    assert report.set_aside == {}
    assert "78000" not in str(Report.unrestricted.get(claim_file=report.claim_file).content)
    with pytest.raises(NotNow) as caught:
        services.change_kind(draft.pk, "accident", by=cast.hugo)
    assert caught.value.code == "already_sent"


def test_who_has_the_old_form_open_does_not_save_over_the_new_one(cast, sign_in):
    draft = complete(cast.marco, "accident", by=cast.hugo)
    client = sign_in(cast.hugo)
    event = reverse("declarations:part", args=[draft.pk, "event"])
    assert 'name="kind" value="accident"' in client.get(event).content.decode()
    services.change_kind(draft.pk, "dental", by=cast.hugo)
    stale = {"place": "Lausanne", "kind": "accident", "version": "9999"}
    assert client.post(event, stale, headers={"X-Autosave": "1"}).json()["code"] == "kind_changed"
    assert client.post(event, stale).status_code == 409
    assert Declaration.unrestricted.get(pk=draft.pk).parts["event"]["place"] == "Morges, workshop hall 2"


def test_only_who_may_edit_the_draft_changes_its_kind(cast, sign_in):
    draft = services.start(cast.marco, "accident", by=cast.hugo)
    address = reverse("declarations:kind", args=[draft.pk])
    for someone, status in ((cast.elena, 404), (cast.nadia, 404), (cast.claire, 404)):
        assert sign_in(someone).post(address, {"kind": "dental"}).status_code == status
    api = reverse("declarations:api-kind", args=[draft.pk])
    assert sign_in(cast.elena).post(api, {"kind": "dental"}).status_code == 404
    assert sign_in(cast.hugo).post(api, {"kind": "flood"}).status_code == 400
    told = sign_in(cast.hugo).post(api, {"kind": "dental"}).json()
    assert (told["kind"], told["finding"], told["deadline"]["day"]) == ("dental", None, None)
    assert Declaration.unrestricted.get(pk=draft.pk).kind == "dental"


def test_what_the_records_know_waits_for_a_kind_that_asks_for_it(cast):
    draft = services.start(cast.marco, "dental", by=cast.hugo)
    assert "annual_salary" not in draft.parts["employment"]
    services.save_part(draft.pk, "employment", {"contract": "open"}, by=cast.hugo)
    services.change_kind(draft.pk, "accident", by=cast.hugo)
    kept = Declaration.unrestricted.get(pk=draft.pk).parts["employment"]
    assert (kept["annual_salary"], kept["contract"]) == (str(cast.marco.annual_salary), "open")


def test_what_lasts_is_taken_over_from_an_earlier_report_of_the_same_side(cast):
    nadia = cast.persons.nadia
    own = complete(nadia, "accident", by=cast.nadia)
    services.save_part(own.pk, "person", {"nationality": "Portugal"}, by=cast.nadia)
    services.submit(own.pk, by=cast.nadia)
    company = complete(nadia, "illness", by=cast.hugo)
    services.save_part(company.pk, "employment", {"full_hours": "41.5", "salary_note": "x"}, by=cast.hugo)
    assert "marital_status" not in Declaration.unrestricted.get(pk=company.pk).parts["person"]
    services.submit(company.pk, by=cast.hugo)
    again = services.start(nadia, "illness", by=cast.nadia)
    person = again.parts["person"]
    assert (person["nationality"], person["children"]) == ("Portugal", 2)
    assert set(again.parts) == {"person"}
    again = services.start(nadia, "relapse", by=cast.hugo)
    assert "nationality" not in again.parts["person"]
    employment = again.parts["employment"]
    assert employment["full_hours"] == "41.5"
    assert {"salary_note", "contract"}.isdisjoint(employment)
    assert set(again.parts) == {"person", "employment"}


# --- When the facts speak against the kind ---------------------------------------------------------


def period(first, last):
    """A period by the days after the accident; `last` None: open."""
    day = FIRST_DAY + timedelta(days=first)
    end = FIRST_DAY + timedelta(days=last) if last is not None else None
    return {"begin": day.isoformat(), "end": end.isoformat() if end else "", "degree": "100"}


FINDINGS = [
    # kind, event, unable, periods → the kind meant, and whether it must be changed
    ("minor_accident", {}, "yes", [period(0, 2)], None),
    ("minor_accident", {}, "yes", [period(0, 3)], ("accident", True)),
    ("minor_accident", {}, "yes", [period(9, 9)], ("accident", True)),
    ("minor_accident", {}, "yes", [period(0, None)], ("accident", True)),
    ("minor_accident", {}, "no", [period(0, 9)], None),
    ("accident", {}, "yes", [period(0, 3)], None),
    ("accident", {}, "yes", [period(0, None)], None),
    ("accident", {}, "yes", [period(0, 2)], ("minor_accident", False)),
    ("accident", {}, "no", [], ("minor_accident", False)),
    ("accident", {"body_part": "teeth"}, "no", [], ("dental", False)),
    ("accident", {}, "", [], None),
    ("dental", {}, "no", [], None),
    ("dental", {}, "yes", [period(0, 1)], ("minor_accident", False)),
    ("dental", {}, "yes", [period(0, 9)], ("accident", True)),
    ("relapse", {}, "no", [], None),
    ("severe_accident", {}, "no", [], None),
]


def test_facts_that_change_the_kind_say_so(cast):
    for kind, event, unable, periods, expected in FINDINGS:
        parts = {
            "event": {"accident_date": FIRST_DAY.isoformat(), **event},
            "incapacity": {"unable": unable, "periods": periods, "returned": "no"},
        }
        draft = Declaration(kind=kind, side="employer", person=cast.marco, parts=parts)
        found = finding_of(draft)
        assert (found and (found.to, found.must)) == expected, (kind, event, unable, periods)
    # The number of days is a parameter with a date, no constant.
    DatedParameter.objects.filter(key="uvg.minor_accident_days").update(amount=5)
    parts["incapacity"] = {"unable": "yes", "periods": [period(0, 4)], "returned": "no"}
    assert (
        finding_of(Declaration(kind="minor_accident", side="employer", person=cast.marco, parts=parts))
        is None
    )


def test_leave_of_the_other_parent_that_nobody_pays_is_said(cast):
    draft = complete(cast.marco, "other_parent", by=cast.hugo)
    assert finding_of(Declaration.unrestricted.get(pk=draft.pk)) is None
    long_ago = TODAY - timedelta(days=300)
    values = {
        "born": typed(long_ago),
        "leave_from": typed(long_ago),
        "leave_until": typed(TODAY),
        "leave_days": 15,
    }
    for changes, words in (
        ({}, "six months"),
        ({"leave_until": typed(long_ago + timedelta(days=30))}, "At most 14"),
    ):
        services.save_part(draft.pk, "event", values | changes, by=cast.hugo)
        assert words in finding_of(Declaration.unrestricted.get(pk=draft.pk)).sentence
    services.submit(draft.pk, by=cast.hugo)
    assert str(months_later(TODAY.replace(year=2027, month=8, day=31), 6)) == "2028-02-29"


def test_a_minor_accident_that_grows_is_changed_before_it_is_sent(cast, sign_in):
    draft = complete(cast.marco, "minor_accident", by=cast.hugo)
    client = sign_in(cast.hugo)
    part = reverse("declarations:part", args=[draft.pk, "incapacity"])
    posted = {"unable": "yes", "returned": "no", "kind": "minor_accident", "back": "check"}
    posted |= {f"periods-0-{name}": value for name, value in period(0, 9).items()}
    response = client.post(part, posted)
    assert response["Location"] == f"{part}#finding"
    check = reverse("declarations:check", args=[draft.pk])
    for address in (part, check):
        page = client.get(address).content.decode()
        assert "this is no minor accident any more" in page
        assert '<button class="btn btn-second btn-small" type="submit" name="kind" value="accident">' in page
    assert client.post(check).status_code == 422
    with pytest.raises(ValidationError, match="no minor accident"):
        services.submit(draft.pk, by=cast.hugo)
    client.post(reverse("declarations:kind", args=[draft.pk]), {"kind": "accident", "back": "check"})
    fill(draft, {"treatment": ANSWERS["accident"]["treatment"]}, by=cast.hugo)
    claim = services.submit(draft.pk, by=cast.hugo)
    assert claim.kind == "accident"


# --- Back to an earlier accident -------------------------------------------------------------------


def test_a_relapse_goes_back_to_an_earlier_accident_of_the_portal(cast, sign_in):
    earlier = sent(cast.marco, "accident", by=cast.hugo).claim_file
    day = FIRST_DAY - timedelta(days=400)
    ClaimFile.unrestricted.filter(pk=earlier.pk).update(event_date=day)
    illness = sent(cast.marco, "illness", by=cast.hugo).claim_file
    somebody = sent(cast.persons.jonas, "accident", by=cast.hugo).claim_file
    mistaken = sent(cast.marco, "accident", by=cast.hugo)
    services.withdraw(mistaken.pk, reason="mistake", by=cast.hugo)
    draft = services.start(cast.marco, "relapse", by=cast.hugo)
    client = sign_in(cast.hugo)
    event = reverse("declarations:part", args=[draft.pk, "event"])
    page = client.get(event).content.decode()
    assert f'value="{earlier.pk}"' in page
    assert f'value="{illness.pk}"' not in page
    assert f'value="{somebody.pk}"' not in page
    assert f'value="{mistaken.claim_file_id}"' not in page
    for wrong in (illness.pk, somebody.pk, mistaken.claim_file_id, "x", ""):
        assert client.post(event, {"goes_back_to": wrong}).status_code == 404
    assert client.post(event, {"goes_back_to": earlier.pk}).status_code == 302
    kept = Declaration.unrestricted.get(pk=draft.pk).parts["event"]
    assert kept == {
        "old_number": earlier.number,
        "old_date": day.isoformat(),
        "old_employer": cast.marco.company.name,
    }
    # The contract of the first accident pays, also after it has ended.
    cast.laa.end = day + timedelta(days=1)
    cast.laa.save()
    fill(draft, answers("relapse", event={"old_number": earlier.number, "old_date": ""}), by=cast.hugo)
    assert services.submit(draft.pk, by=cast.hugo).contract == cast.laa
    other = services.start(cast.marco, "relapse", by=cast.hugo)
    fill(other, answers("relapse", event={"old_number": somebody.number}), by=cast.hugo)
    with pytest.raises(ValidationError, match="no contract"):
        services.submit(other.pk, by=cast.hugo)


RELAPSE_PROBLEMS = [
    ({"old_date": "", "old_employer": ""}, {"old_date", "old_employer"}),
    ({"old_employer": ""}, {"old_employer"}),
    ({"old_date": "", "old_employer": "", "old_number": "K 12.345"}, set()),
    ({"old_date": typed(FIRST_DAY)}, {"old_date"}),
]


def test_a_relapse_is_told_by_number_or_by_date_and_employer(cast):
    draft = services.start(cast.marco, "relapse", by=cast.hugo)
    for changes, wrong in RELAPSE_PROBLEMS:
        values = ANSWERS["relapse"]["event"] | {"old_number": ""} | changes
        assert set(services.save_part(draft.pk, "event", values, by=cast.hugo).form.errors) == wrong, changes


# --- By when ---------------------------------------------------------------------------------------


def test_the_deadline_comes_from_the_contract(cast):
    for waiting, days in ((0, 5), (21, 5), (22, 30), (90, 30)):
        found = deadline_of("illness", waiting, FIRST_DAY, FIRST_DAY + timedelta(days=days))
        assert (found.day, found.late) == (FIRST_DAY + timedelta(days=days), False), waiting
        assert deadline_of("illness", waiting, FIRST_DAY, FIRST_DAY + timedelta(days=days + 1)).late, waiting
    for kind in Kind:
        if kind.is_accident:
            assert "without delay" in deadline_of(kind, waiting, FIRST_DAY).rule
            assert deadline_of(kind, waiting, FIRST_DAY).day is None
    assert deadline_of("maternity", waiting, FIRST_DAY) is None
    assert deadline_of("illness", None, FIRST_DAY) is None


def test_deadline_and_waiting_period_are_shown_from_the_first_page_on(cast, sign_in):
    cast.ktg.waiting_days = 14
    cast.ktg.save()
    client = sign_in(cast.hugo)
    start = client.get(f"{START}?person={cast.marco.pk}").content.decode()
    assert "within 5 days from the first day of incapacity" in start
    assert "Waiting period by contract: 14 days" in start
    assert "Accidents are reported without delay." in start
    draft = complete(cast.marco, "illness", by=cast.hugo)
    page = client.get(reverse("declarations:check", args=[draft.pk])).content.decode()
    assert "This report is late" in page
    assert f"The last day was {FIRST_DAY + timedelta(days=5):%d.%m.%Y}." in page
    assert "Waiting period by contract: 14 days" in page
    # A sent report goes on showing the terms of that day.
    services.submit(draft.pk, by=cast.hugo)
    cast.ktg.waiting_days = 60
    cast.ktg.save()
    page = client.get(reverse("declarations:sent", args=[draft.pk])).content.decode()
    assert f"The last day was {FIRST_DAY + timedelta(days=5):%d.%m.%Y}." in page


def test_whoever_reports_a_severe_accident_reads_the_number_to_call(cast, sign_in, settings):
    settings.BRAND = settings.BRAND | {"severe_phone": "+41 21 555 99 11"}
    client = sign_in(cast.hugo)
    assert "+41 21 555 99 11" in client.get(f"{START}?person={cast.marco.pk}").content.decode()
    for kind, told in (("severe_accident", True), ("accident", False)):
        draft = services.start(cast.marco, kind, by=cast.hugo)
        page = client.get(reverse("declarations:part", args=[draft.pk, "person"])).content.decode()
        assert ("+41 21 555 99 11" in page) == told
