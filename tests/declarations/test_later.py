"""Report now, complete later: what is needed at once, what may follow, by when, and from whom."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from claims_files import reading
from claims_files import services as claims
from claims_files.course import Days
from claims_files.models import IncapacityPeriod, OpenAnswers, Report
from claims_files.standing import standing
from claims_files.tasks import due_answers, tell_of_due_answers
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from declarations import services
from declarations.content import progress
from declarations.later import open_questions
from declarations.models import Declaration
from permissions.models import AuditLine
from tests.declarations.answers import ANSWERS, FIRST_DAY, answers, fill, sent, typed

pytestmark = pytest.mark.django_db

# The few answers with which a report of each kind can be sent.
LEAST = {
    "illness": {"cause": "illness", "first_day": typed(FIRST_DAY)},
    "accident": {"accident_date": typed(FIRST_DAY), "course": "He fell."},
    "minor_accident": {"accident_date": typed(FIRST_DAY), "course": "He fell."},
    "severe_accident": {"accident_date": typed(FIRST_DAY), "course": "He fell.", "severity": "danger"},
    "relapse": {"relapse_date": typed(FIRST_DAY)},
    "dental": {"accident_date": typed(FIRST_DAY), "course": "He bit on a stone."},
    "occupational_disease": {"noticed": typed(FIRST_DAY), "agent": "dust"},
    "maternity": {"expected": typed(FIRST_DAY)},
    "other_parent": {"born": typed(FIRST_DAY)},
}


def least(person, kind, *, by):
    """A report that was sent with nothing but what is needed at once."""
    draft = services.start(person, kind, by=by)
    fill(draft, {"event": LEAST[kind]}, by=by)
    services.submit(draft.pk, by=by)
    draft.refresh_from_db()
    return draft


def rows(claim):
    return {row.addressee: row for row in OpenAnswers.unrestricted.filter(claim_file=claim)}


def questions(claim, user):
    found = reading.left_open(claim, reading.answers_of(user, [claim])[claim.pk])
    return {left.row.addressee: {each["field"] for each in left.questions} for left in found}


def test_each_kind_is_sent_with_a_few_answers_and_with_none_of_them_left_out(cast):
    assert LEAST.keys() == ANSWERS.keys()
    for kind, event in LEAST.items():
        draft = services.start(cast.marco, kind, by=cast.hugo)
        for left_out in event:
            fill(draft, {"event": {**event, left_out: ""}}, by=cast.hugo)
            with pytest.raises(ValidationError) as caught:
                services.submit(draft.pk, by=cast.hugo)
            assert set(caught.value.message_dict) == {"event"}, (kind, left_out)
        fill(draft, {"event": event}, by=cast.hugo)
        claim = services.submit(draft.pk, by=cast.hugo)
        row = rows(claim)["employer"]
        left = Report.unrestricted.get(claim_file=claim).content["open"]
        assert (row.count, row.due) == (len(left), timezone.localdate() + timedelta(days=10)), kind
        assert not {each["field"] for each in left} & event.keys(), kind


def test_what_is_wrong_is_never_left_for_later(cast):
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    fill(draft, {"event": LEAST["illness"], "employment": {"degree": "lots"}}, by=cast.hugo)
    with pytest.raises(ValidationError) as caught:
        services.submit(draft.pk, by=cast.hugo)
    assert set(caught.value.message_dict) == {"employment"}
    assert len(caught.value.message_dict["employment"]) == 1
    # A period that is begun may follow; one that is whole and wrong may not.
    fill(draft, {"employment": {"degree": "80"}}, by=cast.hugo)
    begun = {"begin": typed(FIRST_DAY)}
    for row, blocks in ((begun, False), (begun | {"degree": "500"}, True), (begun | {"degree": "50"}, False)):
        fill(draft, {"incapacity": {"periods": [row], "returned": "no"}}, by=cast.hugo)
        found = {each.part: each for each in progress(Declaration.unrestricted.get(pk=draft.pk))}
        assert found["incapacity"].blocks == blocks, row
    # Beside a period that is told a half one would be lost: the course goes on in the claim file without it.
    rows_of = [
        {**begun, "end": typed(FIRST_DAY), "degree": "50"},
        {"begin": typed(FIRST_DAY + timedelta(days=1))},
    ]
    fill(draft, {"incapacity": {"periods": rows_of, "returned": "no"}}, by=cast.hugo)
    with pytest.raises(ValidationError) as caught:
        services.submit(draft.pk, by=cast.hugo)
    assert set(caught.value.message_dict) == {"incapacity"}


def test_a_day_that_is_being_clarified_stays_open(cast):
    report = least(cast.marco, "accident", by=cast.hugo)
    everything = answers("accident")
    for part in ("person", "employment", "event", "treatment"):
        given = everything[part] | ({"date_precision": "clarifying"} if part == "event" else {})
        services.amend(report.pk, part, given, by=cast.hugo)
    services.amend(report.pk, "incapacity", {"unable": "no"}, by=cast.hugo)
    assert questions(report.claim_file, cast.hugo) == {"employer": {"date_precision"}}
    services.amend(report.pk, "event", {"date_precision": "exact"}, by=cast.hugo)
    assert not rows(report.claim_file)


def test_answers_come_in_versions_until_none_is_open(cast):
    report = least(cast.marco, "illness", by=cast.hugo)
    claim = report.claim_file
    due = rows(claim)["employer"].due
    OpenAnswers.unrestricted.update(due=due - timedelta(days=3))
    services.amend(report.pk, "event", {"earlier": "no"}, by=cast.hugo)
    # Half of a part may be answered; a due date once given stays; what was answered is not taken back.
    services.amend(report.pk, "employment", {"contract": "open"}, by=cast.hugo)
    assert rows(claim)["employer"].due == due - timedelta(days=3)
    assert not questions(claim, cast.hugo)["employer"] & {"earlier", "contract"}
    with pytest.raises(ValidationError) as caught:
        services.amend(report.pk, "employment", {"contract": ""}, by=cast.hugo)
    assert set(caught.value.message_dict) == {"contract"}
    # The course of the incapacity is told once here, in full, and from then on in the claim file.
    periods = [{"begin": typed(FIRST_DAY), "end": "", "degree": ""}]
    with pytest.raises(ValidationError):
        services.amend(report.pk, "incapacity", {"periods": periods}, by=cast.hugo)
    told = [{**periods[0], "degree": "50"}]
    services.amend(report.pk, "incapacity", {"periods": told, "returned": "no"}, by=cast.hugo)
    assert [row.degree for row in reading.periods_of([claim])[claim.pk]] == [50]
    with pytest.raises(OutOfReach):
        services.amend(report.pk, "incapacity", {"returned": "fully"}, by=cast.hugo)
    left = {each.part for each in open_questions(Declaration.unrestricted.get(pk=report.pk))}
    for part in left:
        services.amend(report.pk, part, answers()[part], by=cast.hugo)
    assert left == {"person", "employment", "treatment"} & left
    assert not rows(claim)


def test_the_course_told_in_the_claim_file_answers_its_questions(cast):
    report = least(cast.marco, "illness", by=cast.hugo)
    claim = report.claim_file
    assert {"periods", "returned"} <= questions(claim, cast.pauline)["employer"]
    before = rows(claim)["employer"].count
    claims.change_incapacity(claim.pk, [Days(claim.event_date, None, 100)], by=cast.hugo, confirmed=True)
    assert rows(claim)["employer"].count == before - 2
    assert not {"periods", "returned"} & questions(claim, cast.pauline)["employer"]
    with pytest.raises(OutOfReach):
        services.amend(report.pk, "incapacity", {"returned": "no"}, by=cast.hugo)
    assert IncapacityPeriod.unrestricted.filter(claim_file=claim).count() == 1


def test_the_company_answers_what_it_knows_better_and_hears_of_nothing_else(cast, sign_in):
    report = least(cast.persons.nadia, "illness", by=cast.nadia)
    claim = report.claim_file
    assert (
        questions(claim, cast.nadia).keys() == questions(claim, cast.pauline).keys() == {"person", "employer"}
    )
    company = {"begin", "occupation", "contract", "degree", "annual_salary"}
    assert questions(claim, cast.hugo) == {"employer": company}
    assert [row.addressee for row in services.waiting_for(cast.hugo)] == ["employer"]
    assert [row.addressee for row in services.waiting_for(cast.nadia)] == ["person"]
    for someone in (cast.elena, cast.felix, cast.pauline, cast.jonas):
        assert not services.waiting_for(someone).exists()
    for part in ("event", "treatment", "person"):
        with pytest.raises(OutOfReach):
            services.amend(report.pk, part, answers()[part], by=cast.hugo)
    with pytest.raises(NotNow):
        services.withdraw(report.pk, reason="mistake", by=cast.hugo)
    client = sign_in(cast.hugo)
    home = client.get(reverse("home")).content.decode()
    assert "Answer 5 open questions" in home
    page = client.get(reverse("declarations:amend_part", args=[report.pk, "employment"])).content.decode()
    assert "Annual AHV salary" in page
    assert "Your annual salary" not in page
    services.amend(report.pk, "employment", answers()["employment"], by=cast.hugo)
    assert rows(claim).keys() == {"person"}
    # What the company wrote is the company's to amend.
    services.amend(report.pk, "employment", {"annual_salary": "80000"}, by=cast.hugo)
    with pytest.raises(OutOfReach):
        services.amend(report.pk, "employment", {"annual_salary": "90000"}, by=cast.nadia)


def test_a_version_that_is_sealed_neither_holds_the_company_up_nor_shows_itself(cast, sign_in):
    report = least(cast.persons.nadia, "illness", by=cast.nadia)
    client = sign_in(cast.hugo)
    url = reverse("declarations:amend_part", args=[report.pk, "employment"])
    page = client.get(url)
    services.amend(report.pk, "event", {"cause": "pregnancy"}, by=cast.nadia)
    assert (page.context["version"], client.get(url).context["version"]) == (1, 1)
    typed_there = answers()["employment"] | {"version": "1", "send": "1"}
    assert client.post(url, typed_there).status_code == 302
    assert client.get(url).context["version"] == 2
    said = client.post(
        reverse("declarations:api-amend", args=[report.pk]),
        {"part": "employment", "values": {"annual_salary": "80000"}, "version": 2},
        content_type="application/json",
    )
    assert (said.status_code, said.json()["version"]) == (201, 3)
    with pytest.raises(NotNow):
        services.amend(report.pk, "employment", {"annual_salary": "90000"}, by=cast.hugo, version=2)
    # She knows of all four.
    services.amend(report.pk, "event", {"cause": "illness"}, by=cast.nadia, version=4)


def test_whoever_has_left_answers_what_his_report_left_open(cast):
    report = least(cast.persons.nadia, "illness", by=cast.nadia)
    private = services.start(cast.persons.nadia, "illness", by=cast.nadia)
    fill(private, {"event": LEAST["illness"]}, by=cast.nadia)
    cast.persons.nadia.employment_end = timezone.localdate() - timedelta(days=1)
    cast.persons.nadia.save()
    assert [row.addressee for row in services.waiting_for(cast.nadia)] == ["person"]
    services.amend(report.pk, "event", {"earlier": "no"}, by=cast.nadia)
    # What was never sent stays out of reach.
    with pytest.raises(OutOfReach):
        services.submit(private.pk, by=cast.nadia)


@pytest.mark.parametrize("act", ["accept", "withdraw"])
def test_nobody_waits_for_answers_after_the_decision(cast, act):
    report = least(cast.marco, "illness", by=cast.hugo)
    claim = report.claim_file
    if act == "withdraw":
        services.withdraw(report.pk, reason="mistake", by=cast.hugo)
    else:
        claims.take_over(claim.pk, by=cast.pauline)
        claims.accept(claim.pk, by=cast.pauline)
        services.amend(report.pk, "event", {"earlier": "no"}, by=cast.hugo)
    assert not rows(claim)
    with pytest.raises(NotNow):
        claims.remind_of_answers(claim.pk, addressee="employer", by=cast.pauline)


def test_the_insurer_reminds_once_a_day_and_the_day_itself_is_told_once(cast, sign_in):
    report = least(cast.persons.nadia, "illness", by=cast.nadia)
    claim = report.claim_file
    claims.take_over(claim.pk, by=cast.pauline)
    Notification.objects.all().delete()
    client = sign_in(cast.pauline)
    page = client.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    assert "Annual AHV salary" in page
    address = reverse("claims_files:remind", args=[claim.pk])
    assert client.post(address, {"addressee": "person"}).status_code == 302
    assert client.post(address, {"addressee": "person"}).status_code == 409
    assert sign_in(cast.hugo).post(address, {"addressee": "employer"}).status_code == 403
    with pytest.raises(NotAllowed):
        claims.remind_of_answers(claim.pk, addressee="employer", by=cast.nadia)
    told = Notification.objects.filter(event="claim.answers_reminded")
    assert [each.user_id for each in told] == [cast.nadia.pk]
    # What is asked of the person stands on no company.
    line = AuditLine.unrestricted.get(event="claim.answers_reminded")
    assert line.company is None
    api = reverse("claims_files:api-remind", args=[claim.pk])
    assert sign_in(cast.pauline).post(api, {"addressee": "employer"}).status_code == 200
    assert cast.hugo.pk in told.values_list("user_id", flat=True)
    assert cast.nadia.pk not in told.filter(company=claim.company_id).values_list("user_id", flat=True)

    OpenAnswers.unrestricted.update(due=timezone.localdate())
    due_answers(timestamp=0)
    for _twice in range(2):
        for row in OpenAnswers.unrestricted.all():
            tell_of_due_answers(row_id=str(row.pk))
    assert Notification.objects.filter(event="claim.answers_due", user_id=cast.nadia.pk).count() == 1
    assert AuditLine.unrestricted.filter(event="claim.answers_due").count() == 2
    waits = standing(claim, [], "person", answers=reading.answers_of(cast.nadia, [claim])[claim.pk])
    assert (waits.ball, waits.expected) == ("you", timezone.localdate())


def test_whoever_leaves_something_open_is_told_by_when_before_and_after_sending(cast, sign_in):
    draft = services.start(cast.marco, "accident", by=cast.hugo)
    client = sign_in(cast.hugo)
    part = reverse("declarations:part", args=[draft.pk, "event"])
    refused = client.post(part, LEAST["accident"])
    assert refused.status_code == 422
    assert "Answer the rest later" in refused.content.decode()
    assert client.post(part, LEAST["accident"] | {"later": "1"}).status_code == 302
    wrong = client.post(part, LEAST["accident"] | {"later": "1", "accident_date": "32.1.2026"})
    assert wrong.status_code == 422
    assert "Answer the rest later" not in wrong.content.decode()
    client.post(part, LEAST["accident"] | {"later": "1"})
    check = client.get(reverse("declarations:check", args=[draft.pk])).content.decode()
    due = f"{timezone.localdate() + timedelta(days=10):%d.%m.%Y}"
    draft.refresh_from_db()
    number = len(open_questions(draft))
    assert "You can send the report now" in check
    assert f"These {number} answers can follow until {due}" in check
    assert client.post(reverse("declarations:check", args=[draft.pk])).status_code == 302
    after = client.get(reverse("declarations:sent", args=[draft.pk])).content.decode()
    assert f"{number} answers are still open" in after
    assert f"Please answer by {due}" in after
    home = client.get(reverse("home")).content.decode()
    assert f"Answer {number} open questions" in home


def test_a_whole_report_leaves_nothing_open(cast):
    for kind in ("illness", "other_parent"):
        report = sent(cast.marco, kind, by=cast.hugo)
        assert not rows(report.claim_file), kind
