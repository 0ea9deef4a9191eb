"""A company's directory keeps its people up to date: within the company, within its maker's rights, at once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from allauth.account.forms import default_token_generator
from django.test import Client
from django.utils import timezone

from core.errors import NotAllowed, OutOfReach
from permissions import grants
from permissions.policy import can
from permissions.trail import AuditLine
from tests.factories import make_user
from tests.users.acts import CODE, bearer, give_password
from tests.users.directory import BASE, Directory
from users import second_factor, services
from users.models import Invitation, ProvisionedUser, ScimToken, TrustedBrowser, User
from users.scim import tokens
from users.scim.schemas import GROUP, USER
from users.services import has_anything, invite
from users.services.closing import close_account
from users.sso import services as sso

pytestmark = pytest.mark.django_db


# --- Tokens -----------------------------------------------------------------------------------------


def test_a_token_is_kept_as_a_digest_and_notes_its_use(token, directory, lines):
    row, text = token
    assert text.startswith("scim_")
    assert text not in str(ScimToken.unrestricted.values())
    assert directory.ask("GET", "Users").status_code == 200
    assert ScimToken.unrestricted.get(pk=row.pk).used is not None
    assert text not in str([line.facts for line in lines("scim.token_made")])


def test_who_may_make_and_revoke_tokens(cast, token):
    for user in (cast.hugo, cast.felix, cast.sacha):
        with pytest.raises(NotAllowed):
            tokens.make_token(cast.rochat, name="x", days=1, by=user)
    for user in (cast.bruno, cast.nadia, cast.zoe):
        with pytest.raises((OutOfReach, NotAllowed)):
            tokens.revoke_token(token[0].pk, by=user)
    with pytest.raises(OutOfReach):
        tokens.revoke_token(token[0].pk, by=cast.bruno)
    tokens.make_token(cast.rochat, name="x", days=1, by=cast.reto)


def _revoke(cast, token):
    tokens.revoke_token(token[0].pk, by=cast.claire)


def _expire(cast, token):
    ScimToken.unrestricted.update(expires=timezone.now() - timedelta(seconds=1))


def _deactivate(cast, token):
    User.objects.filter(pk=cast.claire.pk).update(is_active=False)


def _lose_the_right(cast, token):
    (row,) = grants.grants_of(cast.claire)
    row.extra_actions = []
    row.save()


def _end_single_sign_on(cast, token):
    made = sso.save_connection(
        cast.rochat, by=cast.reto, protocol="oidc", issuer="https://login.example", client_id="portal"
    )
    sso.remove_connection(made.pk, by=cast.reto)
    (line,) = AuditLine.unrestricted.filter(event="scim.token_revoked")
    assert (line.actor, line.target) == (cast.reto.pk, token[0].pk)


@pytest.mark.parametrize("end", [_revoke, _expire, _deactivate, _lose_the_right, _end_single_sign_on])
def test_a_token_dies_on_the_next_request(cast, token, directory, end):
    assert directory.ask("GET", "Users").status_code == 200
    end(cast, token)
    answer = directory.ask("GET", "Users")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.data["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.data["status"] == "401"


def test_a_token_dies_with_the_suspicion_that_a_stranger_made_it(cast, token, directory):
    assert directory.ask("GET", "Users").status_code == 200
    services.raise_suspicion(cast.claire)
    assert directory.ask("GET", "Users").status_code == 401


def test_a_token_does_not_come_back_with_its_makers_account(cast, token, directory):
    close_account(cast.claire)
    User.objects.filter(pk=cast.claire.pk).update(is_active=True)
    assert directory.ask("GET", "Users").status_code == 401


def test_who_is_insured_only_is_not_shown_with_an_address_of_his_own(cast, directory):
    User.objects.filter(pk=cast.jonas.pk).update(email="jonas@home.example")
    seen = {each["userName"] for each in directory.ask("GET", "Users?count=100").data["Resources"]}
    assert cast.nadia.email in seen
    assert "jonas@home.example" not in seen
    assert directory.ask("GET", 'Users?filter=userName eq "jonas@home.example"').data["totalResults"] == 0


def test_nothing_opens_without_a_token(cast, sign_in, token):
    browser = sign_in(cast.claire, on=Client())
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer é"},
    ):
        assert browser.get(f"{BASE}/Users", headers=headers).status_code == 401


def test_calls_are_limited(directory, monkeypatch):
    from users.scim import protocol

    monkeypatch.setattr(protocol, "LIMITS", {"guess": "2/m/ip", "call": "3/m/key"})
    codes = [directory.ask("GET", "ServiceProviderConfig").status_code for _time in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    stranger = Directory("scim_x")
    assert [stranger.ask("GET", "Users").status_code for _time in range(4)] == [401, 401, 429, 429]


# --- What is there ----------------------------------------------------------------------------------


def test_it_describes_itself(directory):
    assert directory.ask("GET", "ServiceProviderConfig").data["patch"] == {"supported": True}
    assert [each["id"] for each in directory.ask("GET", "ResourceTypes").data["Resources"]] == [
        "User",
        "Group",
    ]
    names = [each["id"] for each in directory.ask("GET", "Schemas").data["Resources"]]
    assert names == [USER, GROUP]
    assert directory.ask("GET", f"Schemas/{USER}").data["name"] == "User"
    assert directory.ask("GET", "ResourceTypes/User").data["endpoint"] == "/Users"
    assert directory.ask("GET", "ResourceTypes/x").status_code == 404
    assert directory.ask("POST", "Bulk", {}).status_code == 501
    assert directory.ask("GET", "Me").status_code == 501
    assert directory.ask("GET", "Nothing").status_code == 404
    assert directory.ask("DELETE", "Users").status_code == 405


def test_it_sees_this_companys_people_only(cast, directory):
    found = {each["userName"] for each in directory.ask("GET", "Users").data["Resources"]}
    people = [cast.claire, cast.hugo, cast.sonia, cast.felix, cast.nadia, cast.jonas, cast.fiona]
    assert found == {each.email for each in people}
    text = directory.ask("GET", "Users?count=200").content.decode()
    assert "keller" not in text
    assert "insurer" not in text
    foreign = ProvisionedUser.unrestricted.create(company=cast.keller, user=cast.bruno)
    none = directory.ask("GET", f"Users/{cast.bruno.pk}")
    for method, data in (("GET", None), ("PUT", {"schemas": [USER]}), ("DELETE", None)):
        answer = directory.ask(method, f"Users/{foreign.pk}", data)
        assert (answer.status_code, answer.data) == (404, none.data)
    assert directory.ask("GET", "Users/x").status_code == 404


def test_lists_are_filtered_sorted_and_paged(cast, directory):
    first = directory.ask("GET", "Users?sortBy=name.familyName&count=2").data
    assert (first["totalResults"], first["itemsPerPage"], first["startIndex"]) == (7, 2, 1)
    names = [each["name"]["familyName"] for each in first["Resources"]]
    assert names == ["Brunner", "Dubois"]
    last = directory.ask("GET", "Users?sortBy=name.familyName&sortOrder=descending&startIndex=7&count=5").data
    assert [each["name"]["familyName"] for each in last["Resources"]] == ["Brunner"]
    assert directory.ask("GET", "Users?startIndex=-3&count=-1").data["Resources"] == []
    assert directory.ask("GET", "Users?startIndex=50").data["itemsPerPage"] == 0
    found = directory.ask("GET", 'Users?filter=emails[value sw "HUGO"] and groups.value eq "hr"').data
    assert [each["userName"] for each in found["Resources"]] == [cast.hugo.email]
    only = directory.ask("GET", "Users?attributes=userName&count=1").data["Resources"][0]
    assert set(only) == {"schemas", "id", "userName"}
    assert "emails" not in directory.ask("GET", "Users?excludedAttributes=emails").data["Resources"][0]
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName sw "hu"',
    }
    assert directory.ask("POST", "Users/.search", search).data["totalResults"] == 1
    for query in ("count=x", "filter=userName", "filter=userName xx 5"):
        assert directory.ask("GET", f"Users?{query}").status_code == 400
    assert directory.ask("GET", "Users?filter=x").data["scimType"] == "invalidFilter"


def test_reading_asks_the_database_as_often_for_many(cast, directory):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        directory.ask("GET", "Users")
        with CaptureQueriesContext(connection) as queries:
            directory.ask("GET", "Users")
        return len(queries)

    few = count()
    for _number in range(20):
        grants.grant(cast.rochat, to=make_user(), preset="finance", by=cast.reto)
    assert count() <= few


# --- Adding -----------------------------------------------------------------------------------------


def test_an_account_is_made_without_password_and_without_right(cast, directory, lines, run_jobs, mailoutbox):
    answer = directory.add("lea", externalId="e-1", preferredLanguage="de-CH")
    assert answer.status_code == 201
    assert answer["Location"] == answer.data["meta"]["location"]
    assert answer["ETag"] == answer.data["meta"]["version"]
    user = User.objects.get(email="lea@rochat.example")
    assert not user.has_usable_password()
    assert not has_anything(user)
    assert not can(user, "company.view", cast.rochat)
    assert (user.name, user.language) == ("Lea Neu", "de")
    assert answer.data["id"] != str(user.pk)
    (line,) = lines("provisioning.created")
    assert line.actor == cast.claire.pk
    assert line.facts["scim_token"] == str(ScimToken.unrestricted.get().pk)
    assert "lea" not in str(line.facts)
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [["lea@rochat.example"]]


def test_names_are_made_of_what_there_is(directory):
    assert (
        directory.add("a", name=None, displayName="Anna Maria Muster").data["name"]["familyName"] == "Muster"
    )
    assert directory.add("b", name=None).status_code == 201
    assert User.objects.get(email="b@rochat.example").last_name == "b"


def test_the_same_person_is_added_once(cast, directory):
    assert directory.add("lea", externalId="e-1").status_code == 201
    for again in (directory.add("LEA"), directory.add("other", externalId="e-1"), directory.add("hugo")):
        assert (again.status_code, again.data["scimType"]) == (409, "uniqueness")


def test_only_addresses_of_the_companys_domains_are_added(cast, directory):
    for name in (
        "lea@keller.example",
        "lea",
        "",
        "lea@rochat.example.evil.example",
        "lea@mail.rochat.example",
    ):
        answer = directory.ask("POST", "Users", {"schemas": [USER], "userName": name})
        assert (answer.status_code, answer.data["scimType"]) == (400, "invalidValue")


def test_an_account_that_exists_elsewhere_looks_like_a_new_one(cast, directory, run_jobs, mailoutbox):
    other = make_user("Olga", "Anders", email="olga@rochat.example", phone="+41215550102")
    grants.grant(cast.keller, to=other, preset="hr", by=cast.reto)
    new, old = directory.add("lea"), directory.add("olga")
    assert old.status_code == new.status_code == 201
    assert set(old.data) == set(new.data)
    assert old.data["name"]["familyName"] == "Neu"
    assert "Anders" not in old.content.decode()
    assert "groups" not in old.data
    other.refresh_from_db()
    assert (other.last_name, other.has_usable_password()) == ("Anders", True)
    # And nothing done here reaches beyond the company.
    key = old.data["id"]
    change = {"op": "replace", "value": {"name": {"familyName": "Hase"}, "active": False}}
    assert directory.patch(f"Users/{key}", change).status_code == 200
    other.refresh_from_db()
    assert (other.last_name, other.is_active) == ("Anders", True)
    assert can(other, "company.view", cast.keller)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "invalidSyntax"),
        (b"\xff", "invalidSyntax"),
        (b"[" * 5000, "invalidSyntax"),
        (b'{"schemas": ["\\ud800"]}', "invalidSyntax"),
        (b"[]", "invalidSyntax"),
        (b"{}", "invalidSyntax"),
        (json.dumps({"schemas": [USER], "userName": 5}), "invalidValue"),
        (json.dumps({"schemas": [USER], "userName": "a@rochat.example", "name": 5}), "invalidValue"),
        (json.dumps({"schemas": [USER], "userName": "a@rochat.example", "active": "x"}), "invalidValue"),
        (json.dumps({"schemas": [USER], "userName": "a\u0000@rochat.example"}), "invalidValue"),
        (
            json.dumps({"schemas": [USER], "userName": "a@rochat.example", "externalId": "x" * 500}),
            "invalidValue",
        ),
    ],
)
def test_bad_input_is_said_in_the_words_of_the_standard(directory, body, kind):
    answer = directory.ask("POST", "Users", body)
    assert (answer.status_code, answer.data["scimType"]) == (400, kind)
    assert not User.objects.filter(email__startswith="a@").exists()


def test_bodies_are_of_bounded_size(directory):
    assert directory.ask("POST", "Users", b'"' + b"x" * 300_000 + b'"').status_code == 413


# --- Changing ---------------------------------------------------------------------------------------


def test_names_follow_the_directory_where_the_account_is_its_own(cast, directory):
    key = directory.add("lea").data["id"]
    data = {
        "schemas": [USER],
        "USERNAME": "Lea@Rochat.example",
        "name": {"givenName": "Lea", "familyName": "Alt"},
    }
    assert directory.ask("PUT", f"Users/{key}", data).data["name"]["formatted"] == "Lea Alt"
    assert User.objects.get(email="lea@rochat.example").last_name == "Alt"
    hugo = directory.find(cast.hugo)["id"]
    directory.patch(f"Users/{hugo}", {"op": "replace", "path": "name.familyName", "value": "Hase"})
    cast.hugo.refresh_from_db()
    assert cast.hugo.last_name == "Favre"


def test_the_address_is_set_once(cast, directory):
    key = directory.find(cast.hugo)["id"]
    answer = directory.patch(
        f"Users/{key}", {"op": "replace", "path": "userName", "value": "x@rochat.example"}
    )
    assert (answer.status_code, answer.data["scimType"]) == (400, "mutability")


def test_versions_keep_from_overwriting(cast, directory):
    found = directory.find(cast.hugo)
    path, old = f"Users/{found['id']}", found["meta"]["version"]
    assert directory.ask("GET", path, **{"If-None-Match": old}).status_code == 304
    change = {"op": "add", "path": "externalId", "value": "e-7"}
    assert directory.patch(path, change, **{"If-Match": old}).status_code == 200
    assert directory.patch(path, change, **{"If-Match": old}).status_code == 412
    assert directory.ask("DELETE", path, **{"If-Match": old}).status_code == 412
    assert directory.ask("GET", path, **{"If-None-Match": old}).status_code == 200


@pytest.mark.parametrize("value", [False, "False"])
def test_closing_takes_the_access_and_the_account_at_once(cast, sign_in, directory, lines, value):
    inside = sign_in(cast.felix, on=Client())
    assert inside.get("/finance/invoices/" if False else "/").status_code == 200
    invite(
        cast.rochat, email=cast.felix.email, first_name="F", last_name="D", preset="payroll", by=cast.claire
    )
    assert directory.switch(cast.felix, value).data["active"] is False
    assert inside.get("/")["Location"].startswith("/account/login/")
    cast.felix.refresh_from_db()
    assert not cast.felix.is_active
    assert not grants.grants_of(cast.felix)
    assert not Invitation.unrestricted.filter(email=cast.felix.email, withdrawn=None).exists()
    for event in ("access.revoked", "user.deactivated", "provisioning.closed"):
        (line,) = lines(event)
        assert (line.actor, "scim_token" in line.facts) == (cast.claire.pk, True)
    # Opened again, he has an account and no right.
    assert directory.switch(cast.felix, True).data["active"] is True
    cast.felix.refresh_from_db()
    assert cast.felix.is_active
    assert not has_anything(cast.felix)


def test_whoever_the_directory_closes_loses_everything(cast, directory, client, enrolled, settings):
    """Session, API token, trusted browser, codes, a link for a password, what was half signed in: on the next request."""
    settings.TRUSTED_BROWSER_DAYS = 30
    felix, half = enrolled(cast.felix), Client()
    give_password(client, felix.email)
    client.post(CODE, {"code": second_factor.code_now(felix), "trust": "on"})
    text = services.create_token(felix, name="P", actions=["invoice.view"], days=1)[1]
    link = default_token_generator.make_token(User.objects.get(pk=felix.pk))
    enrolled(felix)
    give_password(half, felix.email)
    assert client.get("/").status_code == 200
    assert bearer(text).get("/api/v1/users/").status_code == 403
    assert client.cookies["trusted"].value
    directory.switch(felix, False)
    assert client.get("/")["Location"].startswith("/account/login/")
    assert bearer(text).get("/api/v1/users/").status_code == 401
    assert not TrustedBrowser.objects.filter(user=felix).exists()
    assert not default_token_generator.check_token(User.objects.get(pk=felix.pk), link)
    half.post(CODE, {"code": second_factor.code_now(felix)})
    assert "_auth_user_id" not in half.session
    assert "Location" not in give_password(Client(), felix.email)


def test_accounts_with_something_else_stay_open(cast, directory):
    for user in (cast.fiona, cast.nadia):
        assert directory.switch(user, False).status_code == 200
        user.refresh_from_db()
        assert user.is_active
    assert not can(cast.fiona, "company.view", cast.rochat)
    assert can(cast.fiona, "company.view", cast.keller)
    assert can(cast.nadia, "declaration.create", cast.persons.nadia)


def test_an_account_that_the_insurer_closed_stays_closed(cast, directory):
    services.deactivate(cast.felix.pk, by=cast.reto)
    directory.switch(cast.felix, False)
    directory.switch(cast.felix, True)
    cast.felix.refresh_from_db()
    assert not cast.felix.is_active


def test_the_maker_and_administrators_are_out_of_its_hands(cast, directory):
    assert directory.switch(cast.claire, False).status_code in {403, 409}
    second = make_user("Anne", "Zweite", email="anne@rochat.example")
    grants.grant(
        cast.rochat,
        to=second,
        preset="administrator",
        extra=["users.manage"],
        by=cast.reto,
        second=cast.sacha,
    )
    assert directory.switch(second, False).status_code == 403
    second.refresh_from_db()
    assert second.is_active
    assert can(second, "users.manage", cast.rochat)


def test_deleting_is_closing_and_out_of_sight(cast, directory):
    key = directory.find(cast.nadia)["id"]
    assert directory.ask("DELETE", f"Users/{key}").status_code == 204
    assert directory.ask("GET", f"Users/{key}").status_code == 404
    assert directory.ask("DELETE", f"Users/{key}").status_code == 404
    assert directory.ask("GET", f'Users?filter=userName eq "{cast.nadia.email}"').data["totalResults"] == 0
    assert directory.add("nadia").status_code == 201
