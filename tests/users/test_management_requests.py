"""Four eyes: user management comes into force through two people, whatever way it is given."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.ledger import CompanyGrant, StaffRole
from permissions.policy import can
from tests.factories import make_user
from tests.factories_claims import open_claim
from users import management_requests, services
from users.models import Invitation, ManagementRequest, User
from users.services.closing import close_account

ADMINISTRATOR = {"preset": "administrator", "extra": ["users.manage", "invoice.view"]}
SARA = {"email": "sara@rochat.example", "first_name": "Sara", "last_name": "Roth"}


def waiting():
    return ManagementRequest.unrestricted.get(state="open")


def grant_of(user):
    (row,) = [row for row in grants.grants_of(user) if row.SCOPE == "company"]
    return row


@pytest.fixture
def asked(cast):
    """Reto gives Zoé the administration of Rochat with user management: the latter waits."""
    services.give_access(cast.rochat, to=cast.zoe, by=cast.reto, **ADMINISTRATOR)
    return waiting()


def test_the_contract_manager_gives_all_but_user_management_alone(cast, asked, lines, run_jobs, mailoutbox):
    assert can(cast.zoe, "invoice.view", cast.rochat)
    assert not can(cast.zoe, "users.manage", cast.rochat)
    run_jobs()
    assert cast.sacha.email in {to for mail in mailoutbox for to in mail.to}
    for by, refusal in (
        (cast.reto, NotAllowed),
        (cast.claire, NotAllowed),
        (cast.zoe, NotAllowed),
        (cast.hugo, OutOfReach),
        (cast.bruno, OutOfReach),
        (cast.pauline, OutOfReach),
    ):
        with pytest.raises(refusal):
            services.confirm_management(asked.pk, by=by)
    services.confirm_management(asked.pk, by=cast.sacha)
    assert can(cast.zoe, "users.manage", cast.rochat)
    assert set(grant_of(cast.zoe).extra_actions) == {"invoice.view", "users.manage"}
    for act in (services.confirm_management, services.decline_management):
        with pytest.raises(NotNow):
            act(asked.pk, by=cast.sacha)
    # One act, one line: who confirmed, who gives it, and what the right has become.
    (line,) = lines("management.confirmed")
    assert (line.actor, line.target, line.company) == (cast.sacha.pk, asked.pk, cast.rochat.pk)
    assert line.facts == {
        "user": str(cast.zoe.pk), "giver": str(cast.reto.pk), "second": str(cast.sacha.pk), "until": None,
        "before": "administrator", "preset": "administrator", "extra": ["invoice.view", "users.manage"],
        "withheld": [],
    }  # fmt: skip
    assert not lines("access.changed")
    run_jobs()
    assert {to for mail in mailoutbox[-2:] for to in mail.to} == {cast.reto.email, cast.zoe.email}


def test_no_way_around_it(cast):
    """Every way by which one person could give it alone; after each, nobody but Claire manages users."""
    row = grants.grant(cast.rochat, to=cast.zoe, preset="administrator", by=cast.reto)
    past = timezone.localdate() - timedelta(days=1)
    with transaction.atomic():
        old = grants.write(
            cast.rochat, to=cast.felix, preset="hr", extra=["users.manage"], until=past, by=None
        )
    CompanyGrant.objects.filter(pk=old.pk).update(until=past)
    refused = (
        lambda: grants.grant(cast.rochat, to=cast.zoe, by=cast.reto, **ADMINISTRATOR),
        lambda: grants.grant(cast.rochat, to=cast.zoe, by=cast.reto, second=cast.reto, **ADMINISTRATOR),
        lambda: grants.change(row, by=cast.reto, **ADMINISTRATOR),
        # What has expired is given anew, not prolonged.
        lambda: grants.change(old, preset="hr", extra=["users.manage"], by=cast.reto),
        lambda: services.give_access(cast.rochat, to=cast.zoe, by=cast.claire, **ADMINISTRATOR),
        lambda: services.change_grant(grant_of(cast.claire).uuid, by=cast.claire, **ADMINISTRATOR),
        lambda: services.invite(cast.rochat, by=cast.claire, **SARA, **ADMINISTRATOR),
        lambda: services.request_management(grant_of(cast.claire).uuid, by=cast.claire),
    )
    for number, act in enumerate(refused):
        with pytest.raises(NotAllowed):
            act()
        assert not ManagementRequest.unrestricted.exists(), number
    for act in (
        lambda: services.give_access(cast.rochat, to=cast.zoe, by=cast.reto, **ADMINISTRATOR),
        lambda: services.change_grant(row.uuid, by=cast.reto, **ADMINISTRATOR),
        lambda: services.change_grant(old.uuid, preset="hr", extra=["users.manage"], by=cast.reto),
        lambda: services.invite(cast.rochat, by=cast.reto, **SARA, **ADMINISTRATOR),
    ):
        with transaction.atomic():
            act()
            assert waiting()
            for user in (cast.zoe, cast.felix):
                assert not can(user, "users.manage", cast.rochat)
            transaction.set_rollback(True)


def test_somebody_who_manages_users_does_so_for_longer_by_two_people_only(cast, asked):
    services.confirm_management(asked.pk, by=cast.sacha)
    row, soon = grant_of(cast.zoe), timezone.localdate() + timedelta(days=3)
    later = soon + timedelta(days=30)
    services.change_grant(row.uuid, by=cast.reto, until=soon, **ADMINISTRATOR)
    assert not ManagementRequest.unrestricted.filter(state="open").exists()
    services.change_grant(row.uuid, by=cast.reto, until=later, **ADMINISTRATOR)
    assert (grant_of(cast.zoe).until, waiting().prolongs, waiting().until) == (soon, True, later)
    services.confirm_management(waiting().pk, by=cast.sacha)
    assert grant_of(cast.zoe).until == later
    assert can(cast.zoe, "users.manage", cast.rochat)


def test_an_administrator_asks_for_a_colleague_and_the_contract_manager_confirms(cast):
    row = grant_of(cast.hugo)
    asked = services.request_management(row.uuid, by=cast.claire)
    assert services.request_management(row.uuid, by=cast.claire) == asked
    # The superuser confirms what the insurer gives, he does not give it himself.
    for by in (cast.claire, cast.sacha):
        with pytest.raises(NotAllowed):
            services.confirm_management(asked.pk, by=by)
    services.confirm_management(asked.pk, by=cast.reto)
    assert can(cast.hugo, "users.manage", cast.rochat)
    assert grant_of(cast.hugo).granted_by == cast.reto
    with pytest.raises(NotNow):
        services.request_management(row.uuid, by=cast.claire)
    for by, refusal in ((cast.bruno, OutOfReach), (cast.felix, OutOfReach), (cast.sacha, NotAllowed)):
        with pytest.raises(refusal):
            services.request_management(grant_of(cast.felix).uuid, by=by)


def test_a_request_ends_with_what_it_stands_on(cast, asked):
    """With the right of who asked, with the access, with an account; and taken back."""

    def gone(cast):
        services.remove_access(grant_of(cast.zoe).uuid, by=cast.reto)

    def moved(cast):
        cast.rochat.contract_manager = make_user("Ein", "Anderer")
        grants.appoint(cast.rochat.contract_manager, "contract_manager")
        cast.rochat.save()

    for ending in (
        gone,
        moved,
        lambda cast: close_account(User.objects.get(pk=cast.zoe.pk)),
        lambda cast: close_account(User.objects.get(pk=cast.reto.pk)),
        lambda cast: services.decline_management(asked.pk, by=cast.reto),
        lambda cast: services.decline_management(asked.pk, by=cast.sacha),
        lambda cast: grants.revoke(grant_of(cast.zoe), by=cast.reto),
    ):
        with transaction.atomic():
            ending(cast)
            with pytest.raises(NotNow):
                services.confirm_management(asked.pk, by=cast.sacha)
            assert not can(cast.zoe, "users.manage", cast.rochat)
            transaction.set_rollback(True)
    with pytest.raises(NotAllowed):
        services.decline_management(asked.pk, by=cast.claire)


@pytest.mark.parametrize("accepted_first", [True, False])
def test_what_was_promised_waits_too(cast, link_in, lines, accepted_first):
    invitation = services.invite(cast.rochat, by=cast.reto, **SARA, **ADMINISTRATOR)
    token = link_in(SARA["email"]).rstrip("/").rsplit("/", 1)[1]
    steps = [
        lambda: services.accept_invitation(token, password="Calm-Ledger-2026"),
        lambda: services.confirm_management(waiting().pk, by=cast.sacha),
    ]
    for step in steps if accepted_first else reversed(steps):
        sara = User.objects.filter(email=SARA["email"]).first()
        assert sara is None or not can(sara, "users.manage", cast.rochat)
        step()
    sara = User.objects.get(email=SARA["email"])
    assert can(sara, "users.manage", cast.rochat)
    assert can(sara, "invoice.view", cast.rochat)
    (line,) = lines("management.confirmed")
    assert (line.actor, line.facts["giver"]) == (cast.sacha.pk, str(cast.reto.pk))
    assert (line.facts["user"], line.facts["preset"]) == (
        str(sara.pk) if accepted_first else None,
        "administrator",
    )
    assert not lines("access.changed")
    withdrawn = services.invite(cast.rochat, by=cast.reto, **SARA | {"email": "n@n.example"}, **ADMINISTRATOR)
    asked = waiting()
    services.withdraw_invitation(withdrawn.pk, by=cast.reto)
    with pytest.raises(NotNow):
        services.confirm_management(asked.pk, by=cast.sacha)
    assert Invitation.unrestricted.get(pk=invitation.pk).accepted


def test_asking_and_confirming_on_the_pages_and_over_the_api(cast, sign_in, english):
    claire, reto, sacha = (sign_in(user, on=Client()) for user in (cast.claire, cast.reto, cast.sacha))
    row = grant_of(cast.hugo)
    page = claire.get(f"/users/access/{row.uuid}/").content.decode()
    assert f"/users/access/{row.uuid}/management/" in page
    assert "takes two people" in claire.get(f"/users/access/{row.uuid}/management/").content.decode()
    claire.post(f"/users/access/{row.uuid}/management/")
    answer = f"/users/management-requests/{waiting().pk}/answer/"
    assert answer in reto.get("/users/").content.decode()
    assert answer in reto.get("/").content.decode()
    assert answer not in sacha.get("/users/").content.decode()
    # Claire may take it back.
    assert "Take back" in claire.get("/users/").content.decode()
    reto.post(answer, {"answer": "confirm"})
    assert can(cast.hugo, "users.manage", cast.rochat)
    made = claire.post(
        "/api/v1/management-requests/",
        {"grant": str(grant_of(cast.felix).uuid)},
        "application/json",
        headers={"idempotency-key": "1"},
    )
    key = made.json()["id"]
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert claire.post(f"/api/v1/management-requests/{key}/confirm/").status_code == 403
    assert reto.post(f"/api/v1/management-requests/{key}/decline/").json()["state"] == "declined"
    assert reto.post(f"/api/v1/management-requests/{key}/confirm/").status_code == 409
    assert not can(cast.felix, "users.manage", cast.rochat)


def test_a_claim_file_that_the_reader_does_not_see_has_no_number_there(cast, sign_in):
    from tests.factories_claims import open_claim

    claim = open_claim(cast)
    row = grants.grant(claim, to=cast.felix, preset="hr", by=cast.reto)
    page = sign_in(cast.claire, on=Client()).get(f"/users/access/{row.uuid}/management/")
    assert page.status_code == 200
    assert claim.number not in page.content.decode()
    services.give_access(claim, to=cast.felix, preset="hr", extra=["users.manage"], by=cast.reto)
    for reader, knows in ((cast.claire, False), (cast.sacha, False), (cast.reto, True)):
        (each,) = management_requests.open_ones(reader)
        assert (claim.number in each["where"]) == knows


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_one_counts(cast, asked):
    acts = [services.confirm_management, services.decline_management] * 4

    def answer(act):
        try:
            return act(asked.pk, by=cast.sacha).state
        except NotNow:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        results = list(pool.map(answer, acts))
    (state,) = [found for found in results if found]
    assert can(cast.zoe, "users.manage", cast.rochat) == (state == "confirmed")


def test_an_answer_comes_after_what_takes_the_ground_away(cast, asked):
    """Ended, or taken away, meanwhile: the answer says so, on the page too, and gives nothing."""
    row, day = grant_of(cast.zoe), timezone.localdate()

    def ended(cast):
        CompanyGrant.objects.filter(pk=row.pk).update(until=day - timedelta(days=1))
        return asked

    def taken(cast):
        services.confirm_management(asked.pk, by=cast.sacha)
        services.change_grant(row.uuid, by=cast.reto, until=day, **ADMINISTRATOR)
        services.change_grant(row.uuid, by=cast.reto, until=None, **ADMINISTRATOR)
        services.change_grant(row.uuid, by=cast.reto, preset="administrator", until=day)
        return waiting()

    def of_the_insurer(cast):
        StaffRole.objects.create(user=cast.zoe, preset="health_manager")
        return asked

    for ending in (ended, taken, of_the_insurer):
        with transaction.atomic():
            which = ending(cast)
            with pytest.raises(NotNow):
                services.confirm_management(which.pk, by=cast.sacha)
            assert not can(cast.zoe, "users.manage", cast.rochat), ending
            transaction.set_rollback(True)


def test_what_was_promised_goes_with_the_access_that_came_of_it(cast, link_in):
    services.invite(cast.rochat, by=cast.reto, **SARA, **ADMINISTRATOR)
    token = link_in(SARA["email"]).rstrip("/").rsplit("/", 1)[1]
    sara = services.accept_invitation(token, password="Calm-Ledger-2026")
    asked = waiting()
    services.remove_access(grant_of(sara).uuid, by=cast.claire)
    # Given anew, without it.
    services.give_access(cast.rochat, to=sara, by=cast.claire, preset="administrator")
    with pytest.raises(NotNow):
        services.confirm_management(asked.pk, by=cast.sacha)
    assert not can(sara, "users.manage", cast.rochat)


def test_no_invitation_lets_user_management_last_longer_than_two_people_said(cast, link_in):
    soon = timezone.localdate() + timedelta(days=3)
    services.invite(cast.rochat, by=cast.reto, preset="administrator", **SARA | {"email": cast.zoe.email})
    token = link_in(cast.zoe.email).rstrip("/").rsplit("/", 1)[1]
    services.give_access(cast.rochat, to=cast.zoe, by=cast.reto, until=soon, **ADMINISTRATOR)
    services.confirm_management(waiting().pk, by=cast.sacha)
    with transaction.atomic():
        services.accept_invitation(token, by=cast.zoe)
        assert (grant_of(cast.zoe).until, can(cast.zoe, "users.manage", cast.rochat)) == (soon, True)
        transaction.set_rollback(True)
    # The other way round: what was promised until a day falls on a role without an end.
    services.invite(
        cast.rochat, by=cast.reto, until=soon, **SARA | {"email": cast.felix.email}, **ADMINISTRATOR
    )
    services.confirm_management(waiting().pk, by=cast.sacha)
    token = link_in(cast.felix.email).rstrip("/").rsplit("/", 1)[1]
    grants.grant(cast.rochat, to=cast.felix, by=cast.claire, preset="administrator")
    services.accept_invitation(token, by=cast.felix)
    assert not can(cast.felix, "users.manage", cast.rochat)
    services.confirm_management(waiting().pk, by=cast.sacha)
    assert can(cast.felix, "users.manage", cast.rochat)


def test_a_claim_file_keeps_its_number_from_who_manages_users_only(cast, sign_in):
    """Claire manages users and sees no case: neither where it is asked for nor among what waits."""
    claim = open_claim(cast)
    row = grants.write(claim, to=cast.zoe, preset="hr", by=cast.reto)
    services.request_management(row.uuid, by=cast.reto)
    browser = sign_in(cast.claire)
    for page in (f"/users/access/{row.uuid}/management/", "/users/", f"/users/people/{cast.zoe.pk}/"):
        answer = browser.get(page)
        assert answer.status_code == 200, page
        assert claim.number not in answer.content.decode(), page


@pytest.mark.django_db(transaction=True)
def test_confirming_and_taking_away_at_once_wait_for_each_other(cast):
    """Each ends by itself or is told that the other one was faster; neither hangs in a ring."""

    def at_once(*acts):
        def run(act):
            try:
                act()
            except (NotNow, OutOfReach):
                pass
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            list(pool.map(run, acts))

    for _ in range(8):
        row = services.give_access(cast.rochat, to=cast.zoe, by=cast.reto, **ADMINISTRATOR)
        at_once(
            partial(services.confirm_management, waiting().pk, by=cast.sacha),
            partial(services.remove_access, row.uuid, by=cast.reto),
        )
        promised = services.invite(cast.rochat, by=cast.reto, **SARA, **ADMINISTRATOR)
        at_once(
            partial(services.confirm_management, waiting().pk, by=cast.sacha),
            partial(services.withdraw_invitation, promised.pk, by=cast.reto),
        )
        assert not grants.grants_of(cast.zoe)
        assert not ManagementRequest.unrestricted.filter(state="open").exists()
    # Asked by the company's administrator and by the contract manager at the same moment.
    row = grant_of(cast.hugo)
    for _ in range(8):
        at_once(
            partial(services.request_management, row.uuid, by=cast.claire),
            partial(services.change_grant, row.uuid, by=cast.reto, preset="hr", extra=["users.manage"]),
        )
        services.decline_management(waiting().pk, by=waiting().asked_by)
