"""Return-to-work plans: proposed by the company or the health manager, agreed by both sides, nothing medical in them."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims_files import services as claims
from claims_files import tasks
from claims_files.models import ReturnPlan, ReturnStep, TimelineEntry
from claims_files.plans import reading, services
from claims_files.plans.forms import PlanForm
from claims_files.plans.services import Step
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence import notices
from permissions.narrowing import narrowed
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.house.routes import body_of

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


def day(ahead):
    return timezone.localdate() + timedelta(days=ahead)


STEPS = [Step(day(10), 50, 20), Step(day(24), 80)]


@pytest.fixture
def claim(cast):
    return open_claim(cast, person=cast.persons.nadia)


def page(name, claim, *more):
    return reverse(f"claims_files:{name}", args=[claim.pk, *more])


def test_a_plan_is_proposed_agreed_changed_and_asked_again(cast, claim, sign_in):
    hugo, nadia = sign_in(cast.hugo, on=Client()), sign_in(cast.nadia, on=Client())
    change, shown = page("change_plan", claim), page("incapacity", claim)
    assert change in hugo.get(shown).content.decode()
    assert change not in nadia.get(shown).content.decode()
    typed = {
        "known": "0",
        "step-0-begin": f"{day(24):%d.%m.%Y}",
        "step-0-degree": "80 %",
        "step-1-begin": f"{day(10):%d.%m.%Y}",
        "step-1-degree": "50",
        "step-1-hours": "20",
        "adaptations": ["no_lifting", "shorter_days"],
        "note": "Qxnote",
        "review_on": f"{day(20):%d.%m.%Y}",
    }
    longer = hugo.post(change, {**typed, "add": "1"})
    assert (longer.status_code, longer.content.decode().count('<fieldset class="period"')) == (200, 3)
    refused = hugo.post(change, {**typed, "step-1-degree": ""})
    assert refused.status_code == 422
    assert "Enter how much is worked" in refused.content.decode()
    assert hugo.post(change, typed).status_code == 302
    # Whoever looked at the plan before that is told: what he typed stays, beside what holds now.
    late = hugo.post(change, {**typed, "note": "Other", "adaptations": ["home"], "review_on": ""})
    text = late.content.decode()
    assert (late.status_code, 'name="known" value="1"' in text) == (409, True)
    assert all(
        words in text for words in ("What holds now", "80\u00a0%", "Qxnote", "Other", "in the meantime")
    )
    held = re.search("20 hours a week; .*Shorter days; No heavy lifting; Qxnote; (.*)</p>", text)
    assert held[1] == f"Look at it again on: {day(20):%d.%m.%Y}"
    plan = ReturnPlan.unrestricted.get()
    # Whoever proposes for the company has agreed for it.
    assert (plan.version, plan.company_agreed_by, plan.person_agreed) == (1, cast.hugo, None)
    text = nadia.get(shown).content.decode()
    for words in ("50\u00a0% · 20 hours a week", "No heavy lifting", "Qxnote", "Waiting for agreement"):
        assert words in text, words
    assert "agree to it" in nadia.get(reverse("home")).content.decode()
    assert "agree to it" not in hugo.get(reverse("home")).content.decode()
    agree = page("agree_plan", claim)
    assert nadia.post(agree, {"version": "1"}).status_code == 302
    assert nadia.post(agree, {"version": "1"}).status_code == 409
    assert "Agreed by both sides" in hugo.get(page("detail", claim)).content.decode()
    # A change asks both sides again; the one before stays readable.
    services.propose(claim.pk, steps=STEPS, by=cast.pauline)
    assert "Waiting for agreement" in hugo.get(shown).content.decode()
    assert nadia.post(agree, {"version": "1"}).status_code == 409
    assert [
        nadia.post(agree, {"version": "2"}).status_code,
        hugo.post(agree, {"version": "2"}).status_code,
    ] == [
        302,
        302,
    ]
    paper = pypdf.PdfReader(BytesIO(body_of(hugo.get(page("plan_pdf", claim, 1)))))
    words = "".join(each.extract_text() for each in paper.pages)
    assert "Qxnote" in words
    assert "Hugo" in words
    assert hugo.get(page("plan_pdf", claim, 3)).status_code == 404
    entries = TimelineEntry.unrestricted.filter(claim_file=claim, code__startswith="plan_")
    assert {entry.audience for entry in entries} == {"all"}
    lines = AuditLine.unrestricted.filter(event__startswith="plan.")
    assert "Qx" not in str([line.facts for line in lines])
    told = {each.event for each in notices.for_user(cast.nadia)}
    assert {"plan.proposed", "plan.agreed"} <= told


def test_over_the_api_by_the_same_rules(cast, claim, sign_in):
    hugo, nadia = sign_in(cast.hugo, on=Client()), sign_in(cast.nadia, on=Client())
    of = f"/api/v1/claim-files/{claim.pk}/"
    steps = [{"begin": step.begin.isoformat(), "degree": step.degree, "hours": step.hours} for step in STEPS]
    once = {"headers": {"Idempotency-Key": "once"}}
    answers = [hugo.post(f"{of}propose-return-plan/", {"steps": steps}, **JSON, **once) for _turn in range(2)]
    assert [each.status_code for each in answers] == [201, 201], answers[0].content
    assert answers[1].json()["version"] == 1
    same = hugo.post(f"{of}propose-return-plan/", {"steps": steps}, **JSON)
    assert same.status_code == 400
    late = hugo.post(f"{of}propose-return-plan/", {"steps": steps[:1], "known": 0}, **JSON)
    assert (late.status_code, late.json()["code"]) == (409, "changed_by_another")
    twice = hugo.post(f"{of}propose-return-plan/", {"steps": [steps[0], steps[0]]}, **JSON)
    assert (twice.status_code, list(twice.json())) == (400, ["steps.1.begin"])
    assert nadia.post(f"{of}agree-return-plan/", {"version": 1}, **JSON).json()["person_agreed"]
    (plan,) = nadia.get(f"{of}return-plans/").json()
    assert plan["steps"] == steps


def test_what_cannot_be_is_said_at_its_field(cast, claim):
    for field, wrong in (
        ("steps", {"steps": []}),
        ("steps", {"steps": [Step(day(number), 50) for number in range(13)]}),
        ("steps.0.begin", {"steps": [Step(day(-800), 50)]}),
        ("steps.0.begin", {"steps": [Step(day(800), 50)]}),
        ("steps.0.degree", {"steps": [Step(day(1), 101)]}),
        ("steps.1.begin", {"steps": [Step(day(1), 50), Step(day(1), 60)]}),
        ("steps.0.hours", {"steps": [Step(day(1), 50, 61)]}),
        ("adaptations", {"adaptations": ["bed_rest"]}),
        ("note", {"note": "x" * 501}),
        ("review_on", {"review_on": day(-1)}),
    ):
        with pytest.raises(ValidationError) as refused:
            services.propose(claim.pk, **{"steps": STEPS, "by": cast.pauline, **wrong})
        assert list(refused.value.message_dict) == [field], wrong
    assert not ReturnPlan.unrestricted.exists()


def test_who_may_do_what_and_when(cast, claim, english):
    for who, refusal in (
        (cast.nadia, NotAllowed),
        (cast.reto, NotAllowed),
        (cast.sonia, OutOfReach),
        (cast.claire, OutOfReach),
        (cast.bruno, OutOfReach),
        (cast.jonas, OutOfReach),
    ):
        with pytest.raises(refusal):
            services.propose(claim.pk, steps=STEPS, by=who)
    services.propose(claim.pk, steps=STEPS, by=cast.pauline)
    with pytest.raises(NotAllowed):
        services.agree(claim.pk, version=1, by=cast.pauline)
    with pytest.raises(OutOfReach):
        services.agree(claim.pk, version=1, by=cast.jonas)
    # Nobody handles the own case as HR.
    cast.persons.nadia.user = cast.hugo
    cast.persons.nadia.save()
    with pytest.raises(NotAllowed):
        services.propose(claim.pk, steps=STEPS[:1], by=cast.hugo)
    assert services.agree(claim.pk, version=1, by=cast.hugo).person_agreed
    assert services.agree(claim.pk, version=1, by=cast.fiona).company_agreed
    at_work = open_claim(cast, person=cast.persons.nadia, periods=())
    with pytest.raises(NotNow, match="nothing to plan"):
        services.propose(at_work.pk, steps=STEPS, by=cast.pauline)
    claims.take_over(claim.pk, by=cast.pauline)
    claims.decline(claim.pk, reason="No.", by=cast.pauline)
    with pytest.raises(NotNow):
        services.propose(claim.pk, steps=STEPS[:1], by=cast.pauline)


def test_whose_agreement_it_is_does_not_hang_on_what_a_token_leaves_out(cast, claim):
    """Without the right to what is sealed the insurer and the insured person read like the company."""
    for who, given in ((cast.pauline, ["plan.propose"]), (cast.hugo, ["plan.propose"])):
        with narrowed(who.pk, ["claim.view", *given]):
            plan = services.propose(claim.pk, steps=STEPS, note=who.first_name, by=who)
        assert plan.company_agreed is None, who
    with narrowed(cast.nadia.pk, ["claim.view", "plan.agree"]):
        plan = services.agree(claim.pk, version=2, by=cast.nadia)
    assert (plan.person_agreed_by, plan.company_agreed_by) == (cast.nadia, None)


def test_all_are_reminded_once_on_the_day(cast, claim):
    plan = services.propose(claim.pk, steps=STEPS, review_on=day(0), by=cast.hugo)
    for _morning in range(2):
        for row in services.due_for_review(timezone.localdate()):
            tasks.remind_of_plan(str(row.pk))
    tasks.remind_of_plan(str(plan.pk))
    told = [
        sum(each.event == "plan.review_due" for each in notices.for_user(who))
        for who in (cast.nadia, cast.hugo, cast.pauline, cast.jonas)
    ]
    assert told == [1, 1, 1, 0]
    # A day that is over is not proposed again with the rest.
    (over,) = reading.versions_of(claim)
    assert PlanForm(plan=over).initial["review_on"] == day(0)
    over.review_on = day(-1)
    assert "review_on" not in PlanForm(plan=over).initial
    # Of the version that another one replaced nobody is.
    services.propose(claim.pk, steps=STEPS, review_on=day(1), by=cast.hugo)
    assert list(services.due_for_review(day(0))) == []
    assert len(services.due_for_review(day(1))) == 1


def test_a_version_never_changes(cast, claim):
    services.propose(claim.pk, steps=STEPS, by=cast.hugo)
    rows = ReturnPlan.unrestricted.filter(claim_file=claim)
    for change in ({"note": "x"}, {"version": 2}, {"review_on": day(1)}):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        ReturnStep.unrestricted.update(degree=100)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(person_agreed=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_is_first(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    done = []

    def click():
        try:
            services.propose(claim.pk, steps=STEPS, known=0, by=cast.hugo)
            done.append(True)
        except NotNow:
            done.append(False)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _turn in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(20)
    assert sorted(done) == [False, False, False, True]
    assert ReturnPlan.unrestricted.count() == 1
