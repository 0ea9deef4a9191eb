"""Asking for access, answering, changing and taking away."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.policy import can
from tests.factories import make_manager, make_person
from tests.users.acts import give_password, sign_in_fully
from users import services
from users.models import AccessRequest, User


def held(user):
    return {(row.preset, tuple(row.extra_actions)) for row in grants.grants_of(user)}


def grant_of(user, preset=None):
    (row,) = [row for row in grants.grants_of(user) if preset in {None, row.preset}]
    return row


# --- Asking -----------------------------------------------------------------------------------------


def test_asking_tells_those_who_can_answer_and_is_noted_once(cast, run_jobs, mailoutbox, lines):
    first = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    assert services.request_access(cast.hugo, cast.rochat, "invoice.view") == first
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.claire.email]]
    assert cast.hugo.last_name not in mailoutbox[0].body
    (line,) = lines("access.requested")
    assert (line.actor, line.company, line.facts) == (
        cast.hugo.pk,
        cast.rochat.pk,
        {"action": "invoice.view"},
    )


def test_approving_adds_the_right_to_the_role_one_has(cast, run_jobs, mailoutbox, lines):
    asked = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    before = len(lines("access.changed"))
    services.answer_request(asked.pk, approve=True, by=cast.claire)
    assert held(cast.hugo) == {("hr", ("invoice.view",))}
    assert can(cast.hugo, "invoice.view", cast.rochat)
    assert len(lines("access.changed")) == before + 1
    run_jobs()
    assert mailoutbox[-1].to == [cast.hugo.email]


def test_approving_gives_the_smallest_role_to_who_has_none_there(cast):
    for asker, action, preset in (
        (cast.sonia, "invoice.view", "finance"),
        (cast.nadia, "person.view", "payroll"),
        (cast.jonas, "claim.view", "hr"),
    ):
        asked = services.request_access(asker, cast.rochat, action)
        services.answer_request(asked.pk, approve=True, by=cast.claire)
        assert preset in {row.preset for row in grants.grants_of(asker)}


def test_declining_gives_nothing_and_is_said(cast, lines, run_jobs, mailoutbox):
    asked = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    services.answer_request(asked.pk, approve=False, by=cast.claire)
    assert held(cast.hugo) == {("hr", ())}
    assert len(lines("access.declined")) == 1
    with pytest.raises(NotNow):
        services.answer_request(asked.pk, approve=True, by=cast.claire)
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    # A declined one may be asked again.
    assert services.request_access(cast.hugo, cast.rochat, "invoice.view").pk != asked.pk


def test_user_management_is_answered_by_the_contract_manager(cast, run_jobs, mailoutbox):
    grants.grant(cast.rochat, to=cast.zoe, preset="administrator", by=cast.reto)
    asked = services.request_access(cast.zoe, cast.rochat, "users.manage")
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.reto.email]]
    with pytest.raises(NotAllowed):
        services.answer_request(asked.pk, approve=True, by=cast.claire)
    services.answer_request(asked.pk, approve=True, by=cast.reto)
    assert can(cast.zoe, "users.manage", cast.rochat)


def test_the_only_administrator_asks_the_contract_manager(cast, run_jobs, mailoutbox):
    asked = services.request_access(cast.claire, cast.rochat, "invoice.view")
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.reto.email]]
    with pytest.raises(NotAllowed):
        services.answer_request(asked.pk, approve=True, by=cast.claire)
    services.answer_request(asked.pk, approve=True, by=cast.reto)
    assert held(cast.claire) == {("administrator", ("invoice.view", "users.manage"))}


def test_another_administrator_may_widen_the_first_one(cast):
    make_manager(cast, cast.zoe)
    asked = services.request_access(cast.claire, cast.rochat, "invoice.view")
    services.answer_request(asked.pk, approve=True, by=cast.zoe)
    assert held(cast.claire) == {("administrator", ("invoice.view", "users.manage"))}


def test_what_cannot_be_asked_for(cast):
    with pytest.raises(OutOfReach):
        services.request_access(cast.bruno, cast.rochat, "invoice.view")
    with pytest.raises(ValidationError):
        services.request_access(cast.hugo, cast.rochat, "document.read_medical")
    with pytest.raises(NotNow):
        services.request_access(cast.felix, cast.rochat, "invoice.view")
    with pytest.raises(NotNow):
        services.request_access(cast.reto, cast.rochat, "claim.view")
    assert not AccessRequest.unrestricted.exists()


def test_requests_of_others_do_not_exist(cast):
    asked = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    for outsider in (cast.bruno, cast.felix, cast.hugo):
        with pytest.raises(OutOfReach):
            services.answer_request(asked.pk, approve=True, by=outsider)
    with pytest.raises(NotAllowed):
        services.answer_request(asked.pk, approve=True, by=cast.sacha)
    with pytest.raises(OutOfReach):
        services.answer_request(uuid.uuid4(), approve=True, by=cast.claire)


# --- Changing ---------------------------------------------------------------------------------------


def test_a_changed_grant_counts_at_once(cast, lines):
    row = grant_of(cast.hugo)
    services.change_grant(
        row.uuid, preset="finance", until=timezone.localdate() + timedelta(days=7), by=cast.claire
    )
    assert can(cast.hugo, "invoice.view", cast.rochat)
    assert not can(cast.hugo, "person.view", cast.marco)
    (line,) = lines("access.changed")
    assert (line.facts["before"], line.facts["preset"]) == ("hr", "finance")


def test_nobody_changes_what_is_his_or_out_of_reach(cast):
    with pytest.raises(NotAllowed):
        services.change_grant(
            grant_of(cast.claire).uuid, preset="administrator", extra=["invoice.view"], by=cast.claire
        )
    with pytest.raises(OutOfReach):
        services.change_grant(grant_of(cast.hugo).uuid, preset="finance", by=cast.bruno)
    with pytest.raises(OutOfReach):
        services.change_grant(grant_of(cast.felix).uuid, preset="hr", by=cast.hugo)
    with pytest.raises(NotAllowed):
        services.change_grant(grant_of(cast.hugo).uuid, preset="hr", extra=["users.manage"], by=cast.claire)


def test_two_equal_roles_are_refused(cast):
    grants.grant(cast.rochat, to=cast.hugo, preset="finance", by=cast.reto)
    with pytest.raises(ValidationError):
        services.change_grant(grant_of(cast.hugo, "hr").uuid, preset="finance", by=cast.claire)


# --- Taking away ------------------------------------------------------------------------------------


def test_whoever_has_nothing_left_is_out_on_his_next_click(client, cast, enrolled, sign_in, lines):
    sign_in_fully(client, enrolled(cast.felix))
    assert client.get("/account/profile/").status_code == 200
    services.remove_access(grant_of(cast.felix).uuid, by=cast.claire)
    assert client.get("/account/profile/")["Location"].startswith("/account/login/")
    assert not can(cast.felix, "invoice.view", cast.rochat)
    assert len(lines("access.revoked")) == 1


def test_whoever_keeps_something_stays_signed_in(client, cast, enrolled):
    grants.grant(cast.keller, to=cast.felix, preset="finance", by=cast.reto)
    sign_in_fully(client, enrolled(cast.felix))
    row = next(row for row in grants.grants_of(cast.felix) if row.content_object == cast.rochat)
    services.remove_access(row.uuid, by=cast.claire)
    assert client.get("/account/profile/").status_code == 200


def test_a_closed_account_is_given_nothing(cast, sign_in):
    grants.write(cast.rochat, to=cast.zoe, preset="payroll", by=None)
    User.objects.filter(pk=cast.zoe.pk).update(is_active=False)
    body = {"user": cast.zoe.pk, "scope_kind": "company", "scope": cast.rochat.pk, "preset": "hr"}
    answer = sign_in(cast.claire).post("/api/v1/grants/", body, "application/json")
    assert answer.status_code == 409
    assert held(cast.zoe) == {("payroll", ())}
    with pytest.raises(OutOfReach):
        services.give_access(cast.rochat, to=cast.zoe, preset="hr", by=cast.bruno)


def test_the_last_administrator_stays(cast):
    with pytest.raises(NotNow):
        services.remove_access(grant_of(cast.claire).uuid, by=cast.claire)
    with pytest.raises(NotNow):
        services.deactivate(cast.claire.pk, by=cast.reto)
    assert can(cast.claire, "users.manage", cast.rochat)


def test_access_of_others_is_out_of_reach(cast):
    with pytest.raises(OutOfReach):
        services.remove_access(grant_of(cast.hugo).uuid, by=cast.bruno)
    with pytest.raises(OutOfReach):
        services.remove_access(grant_of(cast.hugo).uuid, by=cast.felix)
    with pytest.raises(OutOfReach):
        services.remove_access(uuid.uuid4(), by=cast.claire)


def test_a_closed_account_is_closed_everywhere_at_once(client, cast, enrolled, lines, link_in, run_jobs):
    sign_in_fully(client, enrolled(cast.hugo))
    Client().post("/account/password/reset/", {"email": cast.hugo.email})
    link = link_in(cast.hugo.email)
    services.deactivate(cast.hugo.pk, by=cast.claire)
    assert client.get("/account/profile/")["Location"].startswith("/account/login/")
    assert give_password(Client(), cast.hugo.email).status_code == 200
    page = Client().get(link, follow=True)
    Client().post(page.request["PATH_INFO"], {"password1": "Neue-Wörter-26"})
    assert not User.objects.get(pk=cast.hugo.pk).check_password("Neue-Wörter-26")
    (line,) = lines("user.deactivated")
    assert (line.actor, line.target) == (cast.claire.pk, cast.hugo.pk)


def test_who_may_not_close_an_account(cast):
    with pytest.raises(NotNow):
        # Fiona also works for another company.
        services.deactivate(cast.fiona.pk, by=cast.claire)
    # Hugo's own cases at another employer are none of Claire's business.
    make_person(cast.keller, cast.winterthur, "Hugo", "Favre", user=cast.hugo)
    with pytest.raises(NotNow):
        services.deactivate(cast.hugo.pk, by=cast.claire)
    for person, closer, refusal in (
        (cast.hugo, cast.bruno, OutOfReach),
        (cast.hugo, cast.felix, OutOfReach),
        (cast.hugo, cast.sacha, NotAllowed),
        (cast.pauline, cast.claire, OutOfReach),
        (cast.claire, cast.claire, NotAllowed),
    ):
        with pytest.raises(refusal):
            services.deactivate(person.pk, by=closer)
    assert not User.objects.filter(is_active=False).exists()


# --- At the same moment -----------------------------------------------------------------------------


def _at_once(acts):
    def run(act):
        try:
            act()
        except (NotNow, NotAllowed, OutOfReach) as refusal:
            return type(refusal)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_approvals_answer_once(cast):
    asked = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    results = _at_once([lambda: services.answer_request(asked.pk, approve=True, by=cast.claire)] * 10)
    assert results.count(None) == 1
    assert set(results) == {None, NotNow}
    assert held(cast.hugo) == {("hr", ("invoice.view",))}
