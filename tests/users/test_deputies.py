"""Deputies: what they reach, what never, who names them, and when it ends; and those who leave."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone

from claims_files.models import ClaimFile
from companies import services as companies
from companies.models import InsuredPerson
from core.errors import NotAllowed, NotNow, OutOfReach
from documents.models import Folder
from permissions import grants
from permissions.audit import record
from permissions.ledger import CompanyGrant, Deputy, StaffRole
from permissions.log import lines_for
from permissions.newest import newest
from permissions.policy import can, explain, users_who_can, visible_to
from tests.factories import make_person, make_user
from tests.factories_claims import open_claim
from users import people, services
from users.models import User
from users.services.closing import close_account

DAY = timedelta(days=1)


@contextmanager
def undone():
    """What happens in this block is taken back at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def today():
    return timezone.localdate()


def name(cast, principal, deputy, by=None, *, begin=0, until=5, company="rochat"):
    return services.name_deputy(
        principal,
        deputy,
        company=getattr(cast, company) if company else None,
        begin=today() + begin * DAY,
        until=today() + until * DAY,
        by=by or principal,
    )


@pytest.fixture
def felix_for_hugo(cast):
    """Félix (finance) stands in for Hugo (HR) from today on."""
    return name(cast, cast.hugo, cast.felix, by=cast.claire)


def agrees(user, action, thing):
    """The policy's one answer, asked in every way."""
    rows = type(thing)._base_manager.all()
    answers = {
        can(user, action, thing),
        thing in visible_to(user, action, rows),
        bool(explain(action, thing, user)),
        user.pk in users_who_can(action, thing),
    }
    if hasattr(thing, "created"):
        answers.add(thing in newest(rows, user, action, limit=50))
    (answer,) = answers
    return answer


# --- What a deputy reaches --------------------------------------------------------------------------


def leaves(cast, user):
    person = make_person(cast.rochat, cast.lausanne, user.first_name, user.last_name, user=user)
    InsuredPerson.unrestricted.filter(pk=person.pk).update(employment_end=today() - DAY)


# What ends it at once, whatever else is written.
ENDINGS = {
    "the other one's right is taken": lambda cast, row: services.remove_access(
        grants.grants_of(cast.hugo)[0].uuid, by=cast.claire
    ),
    "the other one's right has ended": lambda cast, row: CompanyGrant.objects.filter(user=cast.hugo).update(
        until=today() - DAY
    ),
    "the other one's role changes": lambda cast, row: services.change_grant(
        grants.grants_of(cast.hugo)[0].uuid, preset="payroll", by=cast.claire
    ),
    "the other one's account is closed": lambda cast, row: services.deactivate(cast.hugo.pk, by=cast.claire),
    "the other one's account is closed unseen": lambda cast, row: User.objects.filter(pk=cast.hugo.pk).update(
        is_active=False
    ),
    "the other one has left": lambda cast, row: leaves(cast, cast.hugo),
    "the deputy has left": lambda cast, row: leaves(cast, cast.felix),
    "the deputy's own right is taken": lambda cast, row: services.remove_access(
        grants.grants_of(cast.felix)[0].uuid, by=cast.claire
    ),
    "ended by the other one": lambda cast, row: services.end_deputy(row.pk, by=cast.hugo),
    "ended by the deputy": lambda cast, row: services.end_deputy(row.pk, by=cast.felix),
    "ended by who manages users": lambda cast, row: services.end_deputy(row.pk, by=cast.claire),
    "ended by the contract manager": lambda cast, row: services.end_deputy(row.pk, by=cast.reto),
    "its last day is over": lambda cast, row: Deputy.unrestricted.update(
        begin=today() - 3 * DAY, until=today() - DAY
    ),
    "it has not begun": lambda cast, row: Deputy.unrestricted.update(begin=today() + DAY),
    "it was never confirmed": lambda cast, row: Deputy.unrestricted.update(confirmed=None),
}


def test_a_deputy_reaches_what_the_other_one_does_until_any_of_these(cast, felix_for_hugo):
    claim = open_claim(cast)
    assert agrees(cast.felix, "claim.view", claim)
    assert agrees(cast.felix, "person.edit", cast.marco)
    (way,) = explain("claim.view", claim, cast.felix)
    assert (way.preset, way.deputy_for_id, way.granted_by_id) == ("hr", cast.hugo.pk, cast.claire.pk)
    assert not can(cast.felix, "person.edit", cast.persons.elena)
    for words, ending in ENDINGS.items():
        with undone():
            ending(cast, felix_for_hugo)
            assert not agrees(cast.felix, "claim.view", claim), words
    assert agrees(cast.felix, "claim.view", claim)


def test_what_no_deputy_reaches(cast, felix_for_hugo):
    for user in (cast.hugo, cast.felix):
        make_person(cast.rochat, cast.lausanne, user.first_name, user.last_name, user=user)
    of_hugo, of_felix = (
        open_claim(cast, person=InsuredPerson.unrestricted.get(user=user)) for user in (cast.hugo, cast.felix)
    )
    # The other one's own case, and one's own: only as the insured person himself.
    assert not agrees(cast.felix, "claim.view", of_hugo)
    assert not agrees(cast.felix, "declaration.create", of_hugo.person)
    assert {way.preset for way in explain("claim.view", of_felix, cast.felix)} == {"employee"}
    assert not agrees(cast.felix, "person.edit", of_felix.person)
    # Who reaches it without the other one still does.
    grants.grant(cast.lausanne, to=cast.felix, preset="hr_site", by=cast.claire)
    assert agrees(cast.felix, "claim.view", of_hugo)
    # No chains: what Hugo holds as somebody's deputy is not Félix's.
    name(cast, cast.claire, cast.hugo, by=cast.reto)
    assert agrees(cast.hugo, "audit.view", cast.rochat)
    assert agrees(cast.hugo, "users.view", cast.rochat)
    assert not agrees(cast.felix, "audit.view", cast.rochat)
    # Nor user management: neither granting nor approving what one asked for oneself.
    assert not agrees(cast.hugo, "users.manage", cast.rochat)
    asked = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    with pytest.raises(NotAllowed):
        services.answer_request(asked.pk, approve=True, by=cast.hugo)
    with pytest.raises(NotAllowed):
        grants.grant(cast.rochat, to=cast.sonia, preset="hr", by=cast.hugo)
    # The log of somebody in whose stead one reads it says nothing of that person's own case.
    assert cast.hugo.pk not in users_who_can("users.manage", cast.rochat)


def test_the_log_shows_nobodys_own_case_to_his_deputy(cast):
    insured = make_person(cast.rochat, cast.lausanne, "Claire", "Monnier", user=cast.claire)
    claim = open_claim(cast, person=insured)
    row = CompanyGrant.objects.get(user=cast.claire)
    grants.change(row, preset=row.preset, extra={*row.extra_actions, "claim.view"}, by=cast.reto)
    grants.grant(cast.keller, to=cast.felix, preset="administrator", by=cast.reto)
    name(cast, cast.claire, cast.felix, by=cast.reto)
    with transaction.atomic():
        record(cast.hugo, "claim.opened", claim, way="hr")
        record(cast.hugo, "claim.opened", other := open_claim(cast), way="hr")
    assert not lines_for(cast.felix).filter(target=claim.pk).exists()
    assert lines_for(cast.felix).filter(target=other.pk).exists()
    # Nor does the log of this one, as long as he sees claim files in her stead alone.
    own = grants.grant(cast.rochat, to=cast.felix, preset="administrator", by=cast.reto)
    assert not lines_for(cast.felix).filter(target=claim.pk).exists()
    grants.change(own, preset="administrator", extra=["claim.view"], by=cast.reto)
    assert lines_for(cast.felix).filter(target=claim.pk).exists()


def test_at_the_insurer_only_the_same_role_steps_in(cast):
    other, wrong = make_user("Paul", "Zweiter"), make_user("Rita", "Dritte")
    grants.appoint(other, "health_manager")
    grants.appoint(wrong, "contract_manager")
    claim = open_claim(cast)
    assert not agrees(other, "claim.decide", claim)
    row = name(cast, cast.pauline, other, company=None)
    assert row.state == Deputy.State.IN_FORCE
    assert agrees(other, "claim.decide", claim)
    with pytest.raises(ValidationError):
        name(cast, cast.pauline, wrong, company=None)
    for by in (other, cast.reto, cast.claire):
        with pytest.raises(NotAllowed):
            name(cast, cast.pauline, other, by=by, company=None, begin=10, until=12)
    # User management never, not even among contract managers; the portfolio otherwise.
    assert name(cast, cast.reto, wrong, by=cast.sacha, company=None)
    assert agrees(wrong, "company.edit", cast.rochat)
    assert not agrees(wrong, "users.manage", cast.rochat)
    assert not agrees(wrong, "users.grant_management", cast.rochat)
    with undone():
        StaffRole.objects.filter(user=other).update(preset="contract_manager")
        assert not agrees(other, "claim.decide", claim)
    with pytest.raises(OutOfReach):
        services.end_deputy(row.pk, by=cast.reto)
    services.end_deputy(row.pk, by=cast.sacha)
    assert not agrees(other, "claim.decide", claim)


# --- Who names, confirms and ends -------------------------------------------------------------------


def test_who_names_whom(cast):
    grants.grant(cast.rochat, to=cast.nadia, preset="payroll", by=cast.claire)
    for principal, deputy, by, refusal in (
        (cast.hugo, cast.felix, cast.felix, NotAllowed),
        (cast.hugo, cast.felix, cast.sonia, NotAllowed),
        (cast.hugo, cast.claire, cast.claire, NotAllowed),
        (cast.hugo, cast.felix, cast.bruno, OutOfReach),
        (cast.hugo, cast.felix, cast.sacha, NotAllowed),
        (cast.hugo, cast.hugo, cast.claire, ValidationError),
        (cast.hugo, cast.zoe, cast.hugo, ValidationError),
        (cast.hugo, cast.bruno, cast.hugo, ValidationError),
        (cast.hugo, cast.jonas, cast.hugo, ValidationError),
        (cast.jonas, cast.hugo, cast.jonas, ValidationError),
        (cast.hugo, cast.reto, cast.hugo, ValidationError),
    ):
        with pytest.raises(refusal):
            name(cast, principal, deputy, by=by)
    for begin, until in ((-1, 3), (3, 2), (0, 200)):
        with pytest.raises(ValidationError):
            name(cast, cast.hugo, cast.felix, begin=begin, until=until)
    assert not Deputy.unrestricted.exists()
    assert name(cast, cast.hugo, cast.felix, until=3).state == Deputy.State.WAITING
    with pytest.raises(ValidationError):
        name(cast, cast.hugo, cast.felix, begin=3)
    # Whoever manages users, and the contract manager, name at once; for themselves, too.
    for by, principal in ((cast.claire, cast.claire), (cast.reto, cast.hugo)):
        assert name(cast, principal, cast.nadia, by=by).state == Deputy.State.IN_FORCE


def test_who_confirms_a_proposal(cast, lines, run_jobs, mailoutbox):
    row = name(cast, cast.hugo, cast.claire)
    run_jobs()
    # Claire would be the deputy: the contract manager is asked instead.
    assert [mail.to for mail in mailoutbox] == [[cast.reto.email]]
    for by, refusal in (
        (cast.claire, NotAllowed),
        (cast.hugo, OutOfReach),
        (cast.sacha, NotAllowed),
        (cast.bruno, OutOfReach),
        (cast.felix, OutOfReach),
    ):
        with pytest.raises(refusal):
            services.confirm_deputy(row.pk, by=by)
    assert not agrees(cast.claire, "claim.view", open_claim(cast))
    with undone():
        services.remove_access(grants.grants_of(cast.hugo)[0].uuid, by=cast.reto)
        with pytest.raises(NotNow):
            services.confirm_deputy(row.pk, by=cast.reto)
    services.confirm_deputy(row.pk, by=cast.reto)
    with pytest.raises(NotNow):
        services.confirm_deputy(row.pk, by=cast.reto)
    run_jobs()
    assert {mail.to[0] for mail in mailoutbox[1:]} == {cast.hugo.email, cast.claire.email}
    assert [line.actor for line in lines("deputy.confirmed")] == [cast.reto.pk]
    with pytest.raises(OutOfReach):
        services.end_deputy(row.pk, by=cast.sonia)
    with pytest.raises(NotAllowed):
        services.end_deputy(row.pk, by=cast.sacha)
    close_account(cast.hugo)
    row.refresh_from_db()
    assert row.state == Deputy.State.OVER
    with pytest.raises(NotNow):
        services.end_deputy(row.pk, by=cast.claire)


def test_proposing_confirming_and_ending_on_the_pages(cast, sign_in, english, client):
    hugo, claire, felix = (sign_in(user, on=Client()) for user in (cast.hugo, cast.claire, cast.felix))
    days = {"begin": today().strftime("%d.%m.%Y"), "until": (today() + DAY).strftime("%d.%m.%Y")}
    # Without seeing who has access, one names colleagues by their address; the unknown and the foreign are one.
    answers = [
        hugo.post("/account/deputies/new/", {**days, "deputy": text}).content.decode()
        for text in ("Dubois", cast.bruno.email, "nobody@rochat.example")
    ]
    assert all("Nobody with access at this company" in answer for answer in answers)
    assert (
        hugo.post("/account/deputies/new/", {**days, "deputy": cast.felix.email.upper()}).status_code == 302
    )
    row = Deputy.unrestricted.get()
    assert f"/users/deputies/{row.pk}/confirm/" in claire.get("/").content.decode()
    assert f"/users/deputies/{row.pk}/confirm/" in claire.get("/users/").content.decode()
    assert felix.get("/claims/").status_code == 403
    claire.post(f"/users/deputies/{row.pk}/confirm/")
    assert felix.get("/claims/").status_code == 200
    assert "Hugo Favre" in felix.get("/account/deputies/").content.decode()
    assert felix.get(f"/users/deputies/{row.pk}/end/").status_code == 200
    felix.post(f"/users/deputies/{row.pk}/end/")
    assert felix.get("/claims/").status_code == 403
    # Whoever manages users names others by name.
    named = {**days, "principal": "favre", "deputy": "rossi"}
    assert claire.post("/users/deputies/new/", named).status_code == 302
    assert Deputy.unrestricted.filter(deputy=cast.sonia, confirmed_by=cast.claire).exists()
    for wrong in ({"principal": "Keller"}, {"principal": "r"}, {"deputy": "Bianchi"}, {"until": "1.1.2020"}):
        assert claire.post("/users/deputies/new/", {**named, **wrong}).status_code == 422
    assert felix.post("/users/deputies/new/", named).status_code == 403
    # An employee has nothing for which somebody could stand in, and is told so.
    nadia = sign_in(cast.nadia, on=Client())
    assert nadia.get("/account/deputies/new/")["Location"] == "/account/deputies/"
    assert "concern you alone" in nadia.get("/account/deputies/").content.decode()


def test_the_same_over_the_api(cast, sign_in, token_of, felix_for_hugo):
    api = sign_in(cast.hugo, on=Client())
    body = {
        "deputy": cast.sonia.email,
        "company": str(cast.rochat.pk),
        "begin": today().isoformat(),
        "until": (today() + DAY).isoformat(),
    }
    made = api.post("/api/v1/deputies/", body, "application/json", headers={"idempotency-key": "1"})
    again = api.post("/api/v1/deputies/", body, "application/json", headers={"idempotency-key": "1"})
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    assert again.json() == made.json()
    for wrong, status in (
        ({"deputy": cast.bruno.email}, 400),
        ({"principal": str(cast.claire.pk)}, 404),
        ({"company": str(cast.keller.pk)}, 404),
        ({"company": None, "deputy": cast.pauline.email}, 400),
    ):
        answer = api.post("/api/v1/deputies/", {**body, **wrong}, "application/json")
        assert answer.status_code == status, wrong
    key = made.json()["id"]
    assert api.post(f"/api/v1/deputies/{key}/confirm/").status_code == 404
    claire = sign_in(cast.claire, on=Client())
    assert claire.post(f"/api/v1/deputies/{key}/confirm/").json()["state"] == "in_force"
    listed = claire.get("/api/v1/deputies/", {"state": "in_force"}).json()["results"]
    assert {each["id"] for each in listed} == {key, str(felix_for_hugo.pk)}
    assert api.post(f"/api/v1/deputies/{key}/end/").json()["state"] == "over"
    # A token reads what its actions open, and changes nothing here.
    bearer = {"authorization": f"Bearer {token_of(cast.hugo, 'claim.view')}"}
    assert Client().get("/api/v1/deputies/", headers=bearer).json()["results"] == []
    assert Client().post(f"/api/v1/deputies/{felix_for_hugo.pk}/end/", headers=bearer).status_code == 403


# --- Those who leave --------------------------------------------------------------------------------


def test_whoever_leaves_keeps_his_own_cases_and_nothing_else(cast, sign_in):
    person = make_person(cast.rochat, cast.lausanne, "Hugo", "Favre", user=cast.hugo)
    own, other = open_claim(cast, person=person, by=cast.claire), open_claim(cast)
    rows = InsuredPerson.unrestricted.filter(pk=person.pk)
    ended = today() - DAY
    for end, begin, works in (
        (None, None, True),
        (today(), None, True),
        (ended, None, False),
        (today() + DAY, None, True),
    ):
        rows.update(employment_end=end)
        assert agrees(cast.hugo, "claim.view", other) == works, (end, begin)
        assert agrees(cast.hugo, "person.view", person) == works
        assert agrees(cast.hugo, "company.view", cast.rochat) == works
        assert agrees(cast.hugo, "claim.view", own)
    rows.update(employment_end=ended)
    browser = sign_in(cast.hugo)
    folder = Folder.unrestricted.get(claim_file=own)
    for path, status in (
        ("/", 200),
        ("/claims/", 200),
        (f"/claims/{own.pk}/", 200),
        (f"/claims/{own.pk}/documents/", 200),
        (f"/claims/{other.pk}/", 404),
        (f"/documents/folders/{folder.pk}/", 200),
        ("/documents/", 200),
        ("/account/profile/", 200),
        ("/account/bank/", 302),
        ("/account/deputies/", 200),
        ("/notifications/", 200),
        ("/declarations/new/", 403),
        ("/employees/", 403),
        ("/users/", 403),
    ):
        assert browser.get(path).status_code == status, path
    assert ClaimFile.unrestricted.count() == 2
    # Hired again at the same company, what the ledger says counts again.
    rows.update(employment_end=None)
    assert agrees(cast.hugo, "claim.view", other)


def test_who_lost_everything_at_a_company_is_no_deputy_again_with_his_next_right(cast):
    for who in (cast.felix, cast.hugo):
        with undone():
            row = name(cast, cast.hugo, cast.felix, by=cast.claire)
            services.remove_access(grants.grants_of(who)[0].uuid, by=cast.claire)
            services.give_access(cast.rochat, to=who, preset="hr_site", by=cast.claire)
            row.refresh_from_db()
            assert row.state == Deputy.State.OVER
            assert not can(cast.felix, "person.edit", cast.marco)


def test_the_account_of_who_has_left_is_not_the_former_employers_to_close(cast):
    leaves(cast, cast.hugo)
    with pytest.raises(NotNow):
        services.deactivate(cast.hugo.pk, by=cast.claire)
    services.deactivate(cast.hugo.pk, by=cast.reto)


def test_user_management_says_that_the_rights_of_who_has_left_have_ended(cast, sign_in, english):
    leaves(cast, cast.hugo)
    ended = {
        entry.person: [right["ended"] for right in entry.rights]
        for entry in people.entries(cast.claire, [cast.hugo, cast.felix])
    }
    assert ended == {cast.hugo: [True], cast.felix: [False]}
    page = sign_in(cast.claire).get(f"/users/people/{cast.hugo.pk}/").content.decode()
    assert "Ended" in page
    assert "All rights" not in page


def test_who_holds_nothing_at_a_company_does_not_learn_who_does(cast, sign_in):
    body = {"company": str(cast.rochat.pk), "begin": str(today()), "until": str(today())}
    browser, answers = sign_in(cast.nadia), []
    for number, address in enumerate((cast.hugo.email, "nobody@rochat.example")):
        answer = browser.post(
            "/api/v1/deputies/",
            body | {"deputy": address},
            "application/json",
            headers={"idempotency-key": str(number)},
        )
        answers.append((answer.status_code, answer.json()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400


def test_who_has_left_is_no_administrator_that_a_company_keeps(cast):
    with transaction.atomic():
        grants.write(cast.rochat, to=cast.zoe, preset="administrator", extra=["users.manage"], by=None)
    leaves(cast, cast.zoe)
    with pytest.raises(NotNow):
        services.remove_access(grants.grants_of(cast.claire)[0].uuid, by=cast.claire)


def test_a_deputy_needs_the_second_factor_of_the_role_he_steps_into(cast, settings):
    from users import second_factor

    settings.SECOND_FACTOR_OPTIONAL_FOR = {"finance"}
    assert not second_factor.is_compulsory(cast.felix)
    name(cast, cast.hugo, cast.felix, by=cast.claire)
    assert second_factor.is_compulsory(cast.felix)


def test_hr_alone_neither_takes_the_last_administrator_nor_gives_former_access_back(cast):
    person = InsuredPerson.unrestricted.filter(company=cast.rochat, user=None).first()
    InsuredPerson.unrestricted.filter(pk=person.pk).update(user=cast.claire)
    with pytest.raises(NotNow) as refusal:
        companies.edit_person(person.pk, {"employment_end": today() - DAY}, by=cast.hugo)
    assert refusal.value.code == "last_administrator"
    # An end to come is a fact that HR notes; who has left does not come back by HR's word alone.
    companies.edit_person(person.pk, {"employment_end": today() + DAY}, by=cast.hugo)
    InsuredPerson.unrestricted.filter(pk=person.pk).update(employment_end=today() - DAY)
    assert not can(cast.claire, "users.manage", cast.rochat)
    for end in (None, today() + DAY):
        with pytest.raises(NotNow) as refusal:
            companies.edit_person(person.pk, {"employment_end": end}, by=cast.hugo)
        assert refusal.value.code == "former_access"
    for row in grants.grants_of(cast.claire):
        row.delete()
    companies.edit_person(person.pk, {"employment_end": None}, by=cast.hugo)
    assert can(cast.claire, "person.view", person)
