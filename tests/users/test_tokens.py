"""API tokens: what they open, what they never open, and how they die."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.errors import NotNow, OutOfReach
from permissions import newest, policy, reach
from permissions.narrowing import narrowed
from permissions.trail import AuditLine
from permissions.vocabulary import ACTIONS, GRANTABLE, NOT_BY_TOKEN
from tests.factories_claims import open_claim
from tests.users.acts import CLAIMS, TOKENS, bearer, enrol_again, sign_in_fully
from users import second_factor, services
from users.models import ApiToken, User, looks_like_api_token, new_api_token

PERSONS = "/api/v1/insured-persons/"


# --- Their form -------------------------------------------------------------------------------------


def test_a_token_is_recognised_by_its_form_and_a_slip_of_the_pen_is_none():
    text = new_api_token()
    assert text.startswith("ep_")
    assert looks_like_api_token(text)
    for other in (
        "",
        "ep_",
        text[:-1],
        text + "a",
        "xx_" + text[3:],
        text[:-1] + ("0" if text[-1] != "0" else "1"),
    ):
        assert not looks_like_api_token(other)
    swapped = text[:3] + text[4] + text[3] + text[5:]
    assert swapped == text or not looks_like_api_token(swapped)
    assert len({new_api_token() for _turn in range(50)}) == 50


def test_only_the_digest_is_kept(cast, token_of, run_jobs, mailoutbox):
    text = token_of(cast.hugo, "claim.view")
    row = ApiToken.objects.get()
    kept = " ".join(str(getattr(row, field.attname)) for field in ApiToken._meta.concrete_fields)
    assert text not in kept
    assert row.beginning == text[:7]
    run_jobs()
    (mail,) = mailoutbox
    assert mail.to == [cast.hugo.email]
    assert text[3:] not in mail.body
    assert text[3:] not in str(list(AuditLine.unrestricted.values_list("facts", flat=True)))


# --- What they open ---------------------------------------------------------------------------------


def test_a_token_opens_what_it_is_scoped_to_and_nothing_else(cast, token_of):
    claim = open_claim(cast, person=cast.persons.nadia)
    program = bearer(token_of(cast.hugo, "claim.view"))
    assert [row["id"] for row in program.get(CLAIMS).json()["results"]] == [str(claim.pk)]
    assert program.get(f"{CLAIMS}{claim.pk}/").status_code == 200
    # Hugo sees employees; his token was not given that.
    assert program.get(PERSONS).json()["results"] == []
    assert program.get(f"{PERSONS}{cast.persons.nadia.pk}/").status_code == 404
    assert program.patch(f"{PERSONS}{cast.persons.nadia.pk}/", {}, "application/json").status_code == 404


def test_lists_counts_single_things_and_explanations_agree(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    hugo = cast.hugo
    rows = policy.visible_to(hugo, "claim.view")

    def answers():
        return (
            policy.can(hugo, "claim.view", claim),
            bool(policy.visible_to(hugo, "claim.view").count()),
            bool(newest.count_up_to(rows.model.unrestricted.all(), hugo, "claim.view")),
            bool(newest.newest(rows.model.unrestricted.all(), hugo, "claim.view")),
            bool(policy.can_each(hugo, "claim.view", [claim])),
            policy.can_somewhere(hugo, "claim.view"),
            hugo.has_perm("claim.view", claim),
            bool(policy.explain("claim.view", claim, hugo)),
            hugo.pk in policy.users_who_can("claim.view", claim),
        )

    assert set(answers()) == {True}
    with narrowed(hugo.pk, {"person.view"}):
        assert set(answers()) == {False}
        # Others are judged as ever.
        assert policy.can(cast.pauline, "claim.view", claim)
        assert cast.pauline.pk in policy.users_who_can("claim.view", claim)
    with narrowed(hugo.pk, {"claim.view"}):
        assert set(answers()) == {True}
    assert set(answers()) == {True}


def test_the_reach_kept_for_a_request_is_never_taken_for_the_other_one(cast):
    with reach.remembered():
        whole = reach.reach_of(cast.hugo)
        with narrowed(cast.hugo.pk, {"claim.view"}):
            assert set(reach.reach_of(cast.hugo).by_action) == {"claim.view"}
        assert reach.reach_of(cast.hugo) is whole
        assert len(whole.by_action) > 5


def test_nobody_gives_a_token_more_than_he_has(cast, token_of):
    for actions in (
        ["claim.decide"],
        ["claim.view", "invoice.view"],
        ["no.such"],
        [],
        ["users.grant_management"],
    ):
        with pytest.raises(ValidationError):
            token_of(cast.hugo, *actions)
    for user in (cast.reto, cast.sacha):
        offered = services.actions_for_tokens(user)
        assert offered
        assert not set(offered) & NOT_BY_TOKEN
    assert set(ACTIONS) >= NOT_BY_TOKEN
    assert "users.grant_management" not in GRANTABLE


def test_a_token_shrinks_with_its_holders_rights(cast, token_of):
    open_claim(cast, person=cast.persons.nadia)
    program = bearer(token_of(cast.hugo, "claim.view"))
    assert program.get(CLAIMS).json()["count"] == 1
    from permissions import grants

    (row,) = grants.grants_of(cast.hugo)
    grants.revoke(row, by=cast.reto)
    assert program.get(CLAIMS).json()["count"] == 0


def test_the_own_case_stays_the_own_case(cast, token_of):
    """Who somebody is stays, whatever the token leaves out: nobody handles his own case by a grant."""
    claim = open_claim(cast, person=cast.persons.nadia)
    with narrowed(cast.nadia.pk, {"claim.view"}):
        assert reach.reach_of(cast.nadia).own_persons == {cast.persons.nadia.pk}
        assert policy.can(cast.nadia, "claim.view", claim)
        assert not policy.can(cast.nadia, "claim.view_sealed", claim)


def test_what_is_done_through_a_token_says_so(cast, token_of, lines):
    program = bearer(token_of(cast.hugo, "person.view", "person.create", "company.view"))
    fresh = {
        "company": str(cast.rochat.pk), "site": str(cast.lausanne.pk), "first_name": "Lea", "last_name": "Graf",
        "birth_date": "1990-01-01", "sex": "female",
    }  # fmt: skip
    program.post(PERSONS, fresh, "application/json")
    program.patch(f"/api/v1/companies/{cast.rochat.pk}/", {}, "application/json")
    token = str(ApiToken.objects.get().pk)
    done = AuditLine.unrestricted.filter(actor=cast.hugo.pk).exclude(event="user.token_made")
    assert done.exists()
    assert {line.facts["token"] for line in done} == {token}
    (made,) = lines("user.token_made")
    assert "token" not in made.facts
    assert made.target == ApiToken.objects.get().pk


# --- What they never open ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/account/profile/", "/account/api/", "/users/", "/claims/", "/api/docs/"]
)
def test_pages_do_not_know_tokens(cast, token_of, path):
    assert bearer(token_of(cast.claire, "users.view")).get(path)["Location"].startswith("/account/login/")


def test_a_token_does_nothing_to_the_account(cast, token_of):
    program = bearer(token_of(cast.hugo, "claim.view"))
    assert program.get("/api/v1/me/").json()["email"] == cast.hugo.email
    body = {"name": "Second", "actions": ["claim.view"], "days": 1}
    for answer in (
        program.patch("/api/v1/me/", {"language": "it"}, "application/json"),
        program.get(TOKENS),
        program.post(TOKENS, body, "application/json"),
        program.delete(f"{TOKENS}{ApiToken.objects.get().pk}/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_by_token")
    assert User.objects.get(pk=cast.hugo.pk).language == "fr"
    assert ApiToken.objects.get().revoked is None


def test_token_and_session_are_never_mixed(cast, token_of, client):
    text = token_of(cast.felix, "invoice.view")
    services.end_sessions(cast.felix)
    sign_in_fully(client, enrol_again(cast.hugo))
    client.get("/account/profile/")
    before = dict(client.session)
    # Hugo's session and Felix's token: Felix it is, and the session stays as it was.
    both = client.get("/api/v1/me/", headers={"authorization": f"Bearer {text}"})
    assert both.json()["email"] == cast.felix.email
    assert "sessionid" not in both.cookies
    assert dict(client.session) == before
    # A token that opens nothing is not helped out by the session.
    wrong = client.get("/api/v1/me/", headers={"authorization": f"Bearer {new_api_token()}"})
    assert wrong.status_code == 401
    # Nor does a fresh code given in the session count for the token.
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    client.post("/account/2fa/reauthenticate/", {"code": second_factor.code_now(cast.hugo)})
    own = services.create_token(cast.hugo, name="Own", actions=["claim.view"], days=1)[1]
    phone = client.patch(
        "/api/v1/me/",
        {"phone": "+41 79 555 01 01"},
        "application/json",
        headers={"authorization": f"Bearer {own}"},
    )
    assert phone.status_code == 403
    assert client.get("/api/v1/me/").json()["email"] == cast.hugo.email


def test_no_cross_site_token_is_needed_with_a_bearer(cast, token_of):
    strict = bearer(token_of(cast.hugo, "claim.view", "company.view"), Client(enforce_csrf_checks=True))
    body = {"company": str(cast.rochat.pk), "action": "invoice.view"}
    assert strict.post("/api/v1/access-requests/", body, "application/json").status_code == 201


def test_before_the_second_factor_a_token_opens_nothing(cast, token_of):
    program = bearer(token_of(cast.hugo, "claim.view"))
    assert program.get(CLAIMS).status_code == 200
    cast.hugo.authenticator_set.all().delete()
    answer = program.get(CLAIMS)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


# --- How they die -----------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["revoked", "expired", "deactivated", "forbidden", "suspicion", "deleted"])
def test_a_dead_token_is_refused_on_the_next_request(cast, token_of, settings, end):
    program = bearer(token_of(cast.hugo, "claim.view"))
    assert program.get(CLAIMS).status_code == 200
    row = ApiToken.objects.get()
    if end == "revoked":
        services.revoke_token(row.pk, by=cast.hugo)
    elif end == "expired":
        past = timezone.now() - timedelta(days=2)
        ApiToken.objects.update(created=past, expires=past + timedelta(days=1))
    elif end == "deactivated":
        services.deactivate(cast.hugo.pk, by=cast.reto)
        assert ApiToken.objects.get().revoked
    elif end == "forbidden":
        settings.API_TOKENS = False
    elif end == "suspicion":
        services.raise_suspicion(cast.hugo)
    else:
        row.delete()
    answer = program.get(CLAIMS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "token_invalid"


def test_somebody_of_the_insurer_takes_his_tokens_with_him(cast, token_of):
    from users.services import staff

    program = bearer(token_of(cast.pauline, "claim.view"))
    staff.dismiss(cast.pauline.email)
    assert program.get(CLAIMS).status_code == 401
    staff.appoint(cast.pauline.email, "health_manager")
    assert program.get(CLAIMS).status_code == 401


@pytest.mark.parametrize("shown", ["", "ep_", "x" * 49, "ep_é", "a b c"])
def test_what_is_no_token_is_refused(cast, shown):
    answer = Client().get(CLAIMS, headers={"authorization": f"Bearer {shown}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_other_ways_to_show_who_one_is_are_no_tokens(cast):
    assert Client().get(CLAIMS, headers={"authorization": "Basic aHVnbzp4"}).status_code == 403


def test_guessing_is_limited_and_locks_nobody_else_out(cast, token_of):
    good = bearer(token_of(cast.hugo, "claim.view"))
    codes = [bearer(new_api_token()).get(CLAIMS).status_code for _turn in range(22)]
    assert codes == [401] * 20 + [429] * 2
    # From the same address, the one who has a token goes on.
    assert good.get(CLAIMS).status_code == 200
    other = Client(REMOTE_ADDR="192.0.2.33")
    assert bearer(new_api_token(), other).get(CLAIMS).status_code == 401
    # A pretended address opens no other twenty.
    forged = Client(headers={"x-forwarded-for": "192.0.2.44"})
    assert bearer(new_api_token(), forged).get(CLAIMS).status_code == 429


def test_the_last_use_is_written_at_most_once_a_minute(cast, token_of, django_assert_num_queries):
    program = bearer(token_of(cast.hugo, "claim.view"))
    program.get(CLAIMS)
    first = ApiToken.objects.get().last_used
    assert first
    program.get(CLAIMS)
    assert ApiToken.objects.get().last_used == first
    ApiToken.objects.update(last_used=first - timedelta(minutes=2))
    program.get(CLAIMS)
    assert ApiToken.objects.get().last_used > first - timedelta(minutes=1)


# --- Making and revoking ----------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, -1, 91, 10**6])
def test_a_token_lives_as_long_as_the_insurer_allows_at_most(cast, token_of, days):
    with pytest.raises(ValidationError):
        token_of(cast.hugo, "claim.view", days=days)


def test_the_database_knows_the_rules_too(cast, token_of):
    token_of(cast.hugo, "claim.view")
    for change in (
        {"expires": timezone.now() + timedelta(days=400)},
        {"expires": timezone.now() - timedelta(days=1)},
        {"actions": []},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.update(**change)


def test_one_name_once_and_twenty_at_most(cast, token_of):
    token_of(cast.hugo, "claim.view")
    with pytest.raises(ValidationError):
        token_of(cast.hugo, "claim.view")
    for number in range(19):
        token_of(cast.hugo, "claim.view", name=f"Token {number}")
    with pytest.raises(NotNow):
        token_of(cast.hugo, "claim.view", name="One more")
    services.revoke_token(ApiToken.objects.get(name="Payroll").pk, by=cast.hugo)
    token_of(cast.hugo, "claim.view")


def test_nobody_revokes_somebody_elses(cast, token_of, sign_in):
    token_of(cast.hugo, "claim.view")
    row = ApiToken.objects.get()
    with pytest.raises(OutOfReach):
        services.revoke_token(row.pk, by=cast.claire)
    browser = sign_in(cast.claire)
    assert browser.post(reverse("users:revoke_token", args=[row.pk])).status_code == 404
    assert browser.delete(f"{TOKENS}{row.pk}/").status_code == 404
    assert browser.get(f"{TOKENS}{row.pk}/").status_code == 404
    assert ApiToken.objects.get().revoked is None


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_make_one_token(cast):
    second_factor.enrol_demo_factor(cast.hugo)
    made, ready = [], threading.Barrier(20)

    def click():
        try:
            ready.wait(10)
            made.append(services.create_token(cast.hugo, name="Payroll", actions=["claim.view"], days=1))
        except ValidationError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 1
    assert ApiToken.objects.count() == 1


def test_an_answer_kept_for_its_holder_is_not_given_to_a_token_that_may_not_see_it(cast, token_of, sign_in):
    text = token_of(cast.hugo, "person.view")
    key = {"idempotency-key": "same"}
    declared = {"person": str(cast.persons.nadia.pk), "kind": "illness"}
    browser = sign_in(cast.hugo)
    made = browser.post("/api/v1/declarations/", declared, "application/json", headers=key)
    assert made.status_code == 201, made.json()
    again = bearer(text).post("/api/v1/declarations/", declared, "application/json", headers=key)
    assert again.status_code == 404
    assert str(made.json()["id"]) not in again.content.decode()
