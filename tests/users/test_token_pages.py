"""API tokens on their page and over the API: made with a fresh code, shown once, revoked."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.urls import reverse

from core.models import IdempotentAnswer
from tests.users.acts import CLAIMS, TOKENS, bearer, enrol_again, have_proven, sign_in_fully
from users.models import ApiToken


@pytest.fixture
def proven(client, cast, enrolled):
    """Sign somebody in, a fresh code given."""

    def enter(user):
        sign_in_fully(client, enrolled(user))
        have_proven(client, user, "token")
        return client

    return enter


def test_the_page_asks_for_a_fresh_code_makes_shows_once_and_revokes(client, cast, enrolled, proven, lines):
    sign_in_fully(client, enrolled(cast.hugo))
    new = reverse("users:new_token")
    assert client.get(new)["Location"].startswith("/account/2fa/reauthenticate/")
    assert client.post(new, {"name": "x", "actions": "claim.view", "days": "30"}).status_code == 302
    client.post("/account/logout/")
    cast.hugo.authenticator_set.all().delete()
    browser = proven(cast.hugo)
    page = browser.get(new).content.decode()
    assert "claim.view" in page
    assert "claim.decide" not in page
    bad = browser.post(new, {"name": "", "actions": "claim.decide", "days": "91"})
    assert bad.status_code == 422
    assert set(bad.context["form"].errors) == {"name", "actions", "days"}
    done = browser.post(new, {"name": "Payroll", "actions": ["claim.view"], "days": "30"})
    text = done.context["text"]
    assert text in done.content.decode()
    assert "no-store" in done["Cache-Control"]
    # A second click makes no second one.
    again = browser.post(new, {"name": "Payroll", "actions": ["claim.view"], "days": "30"})
    assert again["Location"].startswith("/account/2fa/reauthenticate/?act=token")
    assert ApiToken.objects.count() == 1
    overview = browser.get(reverse("users:api_access")).content.decode()
    assert text not in overview
    assert text[:7] in overview
    assert bearer(text).get(CLAIMS).status_code == 200
    row = ApiToken.objects.get()
    revoke = reverse("users:revoke_token", args=[row.pk])
    assert browser.get(revoke).status_code == 200
    assert browser.post(revoke)["Location"] == reverse("users:api_access")
    assert browser.post(revoke).status_code == 302
    assert bearer(text).get(CLAIMS).status_code == 401
    assert len(lines("user.token_revoked")) == 1


def test_where_the_insurer_allows_none_the_page_is_not_there(cast, sign_in, settings):
    settings.API_TOKENS = False
    browser = sign_in(cast.hugo)
    assert browser.get(reverse("users:api_access")).status_code == 404
    assert reverse("users:api_access") not in browser.get(reverse("users:account")).content.decode()


def test_the_api_makes_lists_and_revokes(cast, client, proven):
    sign_in_fully(client, enrol_again(cast.sonia))
    body = {"name": "Payroll", "actions": ["claim.view"], "days": 7}
    early = client.post(TOKENS, body, "application/json")
    assert (early.status_code, early.json()["code"]) == (403, "fresh_proof_required")
    client.post("/account/logout/")
    browser = proven(cast.hugo)
    for wrong in (
        {**body, "actions": []},
        {**body, "days": 0},
        {**body, "actions": ["claim.decide"]},
        {"days": 1},
    ):
        assert browser.post(TOKENS, wrong, "application/json").status_code == 400
    made = browser.post(TOKENS, body, "application/json")
    assert made.status_code == 201
    assert bearer(made.json()["token"]).get(CLAIMS).status_code == 200
    (listed,) = browser.get(TOKENS).json()["results"]
    assert "token" not in listed
    assert listed["state"] == "valid"
    assert browser.delete(f"{TOKENS}{listed['id']}/").status_code == 204
    assert browser.get(f"{TOKENS}{listed['id']}/").json()["state"] == "revoked"


def test_the_secret_is_in_no_stored_answer(cast, proven):
    browser = proven(cast.hugo)
    body = {"name": "Payroll", "actions": ["claim.view"], "days": 7}
    key = {"idempotency-key": "once"}
    first = browser.post(TOKENS, body, "application/json", headers=key)
    assert first.status_code == 201
    assert IdempotentAnswer.objects.get().body is None
    again = browser.post(TOKENS, body, "application/json", headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "secret_shown_once")
    other = browser.post(TOKENS, {**body, "name": "Other"}, "application/json", headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert ApiToken.objects.count() == 1


def test_whoever_has_no_right_reads_that_there_is_nothing_to_choose(client, cast, proven):
    page = proven(cast.zoe).get(reverse("users:new_token"))
    assert page.status_code == 200
    assert 'name="actions"' not in page.content.decode()
    client.post("/account/logout/")
    assert proven(cast.hugo).get(reverse("users:new_token")).content.decode().count('name="actions"') > 5


HOSTILE = [
    None,
    "",
    " ",
    "a\x00b",
    "x" * 5000,
    10**30,
    -1,
    1.5,
    True,
    [],
    {},
    [[]],
    ["\x00"],
    {"a": {}},
    "\ud800",
]


@pytest.mark.parametrize("field", ["name", "actions", "days"])
def test_what_nobody_would_type_is_bad_input_and_no_more(cast, proven, field):
    browser = proven(cast.hugo)
    good = {"name": "Payroll", "actions": ["claim.view"], "days": 7}
    for value in HOSTILE:
        with transaction.atomic():
            answer = browser.post(TOKENS, {**good, field: value}, "application/json")
            transaction.set_rollback(True)
        assert answer.status_code in {201, 400}, (value, answer.status_code)
        text = {
            "name": "Payroll",
            "actions": "claim.view",
            "days": "7",
            field: str(value).replace("\ud800", "?"),
        }
        with transaction.atomic():
            answer = browser.post(reverse("users:new_token"), text)
            transaction.set_rollback(True)
        assert answer.status_code in {200, 422}, (value, answer.status_code)
