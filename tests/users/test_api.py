"""The API of user management: fields, rights, foreign as nonexistent, once per key."""

import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from permissions import grants
from permissions.policy import can
from users import services
from users.models import AccessRequest, Invitation, User
from users.second_factor import code_now

API = "/api/v1"
SARA = {"email": "sara@rochat.example", "first_name": "Sara", "last_name": "Blanc", "preset": "finance"}


@pytest.fixture
def api(sign_in):
    """A browser that speaks JSON for somebody: `api(cast.claire)("get", "/users/")`."""

    def of(user):
        browser = sign_in(user, Client())

        def call(method, path, data=None, **headers):
            return getattr(browser, method)(
                API + path, data=data, content_type="application/json", headers=headers
            )

        return call

    return of


def row_of(user):
    return grants.grants_of(user)[0]


def at(scope, kind="company"):
    return {"scope_kind": kind, "scope": str(scope.pk)}


@pytest.mark.parametrize("path", ["/me/", "/users/", "/grants/", "/invitations/", "/access-requests/"])
def test_nobody_gets_in_without_signing_in(client, db, path):
    assert client.get(API + path).status_code == 403


@pytest.mark.parametrize("path", ["/me/", "/users/", "/grants/", "/invitations/", "/access-requests/"])
def test_the_password_alone_opens_nothing(client, cast, path):
    client.post("/account/login/", {"login": cast.claire.email, "password": "secret-Word-1"})
    answer = client.get(API + path)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


# --- Me -------------------------------------------------------------------------------------------------


def test_me(cast, api):
    call = api(cast.hugo)
    found = call("get", "/me/").json()
    assert set(found) == {
        "id",
        "email",
        "identifier",
        "first_name",
        "last_name",
        "phone",
        "language",
        "theme",
        "rights",
    }
    assert found["rights"][0]["where"] == "Atelier Rochat SA"
    changed = call(
        "patch",
        "/me/",
        {"language": "de", "email": "x@y.example", "identifier": "EP1", "is_active": False, "password": "x"},
    ).json()
    assert (changed["language"], changed["email"]) == ("de", cast.hugo.email)
    assert call("patch", "/me/", {"theme": "pink"}).status_code == 400
    assert User.objects.get(pk=cast.hugo.pk).is_active


def test_the_own_telephone_number_asks_for_a_fresh_code(cast, client, enrolled, sign_in, lines):
    sign_in(enrolled(cast.hugo))

    def change(**values):
        return client.patch(f"{API}/me/", values, content_type="application/json")

    refused = change(phone="079 123 45 67", theme="dark")
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")
    cast.hugo.refresh_from_db()
    assert (cast.hugo.phone, lines("user.preferences_set")) == ("", [])
    client.post(refused.json()["page"], {"code": code_now(cast.hugo)})
    for wrong in ("ask at the desk", "+1 202 555 0143"):
        assert change(phone=wrong).status_code == 400
    assert change(phone="079 123 45 67").json()["phone"] == "+41791234567"
    assert change(language="de").json()["phone"] == "+41791234567"
    # The proof was for that one change.
    assert change(phone="").status_code == 403
    assert len(lines("user.phone_changed")) == 1


# --- People and grants -------------------------------------------------------------------------------------


def test_people_are_those_of_the_page(cast, api):
    call = api(cast.claire)
    found = call("get", "/users/").json()
    assert {each["email"] for each in found["results"]} == {
        person.email for person in (cast.claire, cast.hugo, cast.sonia, cast.felix, cast.fiona)
    }
    assert set(found["results"][0]) == {
        "id",
        "email",
        "first_name",
        "last_name",
        "is_active",
        "last_login",
        "second_factor",
        "grants",
    }
    fiona = next(each for each in found["results"] if each["email"] == cast.fiona.email)
    assert [grant["scope"] for grant in fiona["grants"]] == [str(cast.rochat.pk)]
    assert [each["email"] for each in call("get", "/users/?q=hugo").json()["results"]] == [cast.hugo.email]
    assert call("get", f"/users/{cast.hugo.pk}/").json()["email"] == cast.hugo.email
    foreign, none = call("get", f"/users/{cast.bruno.pk}/"), call("get", f"/users/{uuid.uuid4()}/")
    assert (foreign.status_code, foreign.content) == (none.status_code, none.content)
    assert foreign.status_code == 404


def test_grants_are_listed_within_reach_only(cast, api):
    found = api(cast.claire)("get", "/grants/").json()
    assert {grant["user"] for grant in found["results"]} == {
        str(person.pk) for person in (cast.claire, cast.hugo, cast.sonia, cast.felix, cast.fiona)
    }
    assert {grant["scope_kind"] for grant in found["results"]} == {"company", "site"}
    of_reto = api(cast.reto)
    assert of_reto("get", "/grants/").json()["count"] == 7
    narrowed = of_reto("get", f"/grants/?company={cast.keller.pk}&user={cast.fiona.pk}").json()
    assert [grant["preset"] for grant in narrowed["results"]] == ["fiduciary"]
    assert of_reto("get", "/grants/?company=x").status_code == 400


def test_grants_are_narrowed(cast, api):
    grants.write(cast.morges, to=cast.felix, preset="hr_site", by=cast.reto)

    def found(**query):
        rows = api(cast.reto)("get", f"/grants/?{urlencode(query)}").json()["results"]
        return {(row["user"], row["preset"], row["scope_kind"]) for row in rows}

    felix = str(cast.felix.pk)
    assert found(user=felix) == {(felix, "finance", "company"), (felix, "hr_site", "site")}
    assert found(user=felix, scope_kind="site") == {(felix, "hr_site", "site")}
    assert {preset for _user, preset, _kind in found(preset="fiduciary")} == {"fiduciary"}
    assert found(user=felix, company=cast.keller.pk) == set()
    for query in ("preset=king", "scope_kind=planet", "user=felix"):
        assert api(cast.reto)("get", f"/grants/?{query}").status_code == 400


@pytest.mark.parametrize("who", ["hugo", "felix", "nadia", "zoe"])
@pytest.mark.parametrize("path", ["/users/", "/grants/", "/invitations/"])
def test_without_the_right_the_lists_are_refused(cast, api, who, path):
    answer = api(getattr(cast, who))("get", path)
    assert (answer.status_code, answer.json()["action"]) == (403, "users.view")


def test_giving_changing_and_taking_away(cast, api, lines):
    call = api(cast.claire)
    made = call(
        "post", "/grants/", {"user": str(cast.felix.pk), "preset": "hr_site", **at(cast.morges, "site")}
    )
    assert made.status_code == 201
    assert can(cast.felix, "person.view", cast.marco)
    changed = call("patch", f"/grants/{made.json()['id']}/", {"withheld": ["person.view"]})
    assert (changed.json()["preset"], changed.json()["withheld"]) == ("hr_site", ["person.view"])
    assert not can(cast.felix, "person.view", cast.marco)
    assert call("delete", f"/grants/{made.json()['id']}/").status_code == 204
    assert call("delete", f"/grants/{made.json()['id']}/").status_code == 404
    assert [len(lines(event)) for event in ("access.changed", "access.revoked")] == [1, 1]


def test_server_side_fields_are_not_written(cast, api):
    call = api(cast.claire)
    uid = row_of(cast.hugo).uuid
    call(
        "patch",
        f"/grants/{uid}/",
        {
            "user": str(cast.claire.pk),
            "scope": str(cast.keller.pk),
            "granted_by": str(cast.hugo.pk),
            "preset": "hr",
        },
    )
    row = grants.find(uid)
    assert (row.user, row.content_object, row.granted_by) == (cast.hugo, cast.rochat, cast.claire)


def test_limits_of_granting(cast, api):
    call = api(cast.claire)
    new = {"preset": "hr", **at(cast.rochat)}
    assert call("post", "/grants/", {**new, "user": str(cast.claire.pk)}).status_code == 403
    assert call("post", "/grants/", {**new, "user": str(cast.bruno.pk)}).status_code == 404
    assert call("post", "/grants/", {**new, "user": str(cast.felix.pk), **at(cast.keller)}).status_code == 404
    assert (
        call(
            "post", "/grants/", {**new, "user": str(cast.felix.pk), "extra": ["settings.manage"]}
        ).status_code
        == 400
    )
    assert (
        call("post", "/grants/", {**new, "user": str(cast.felix.pk), "extra": ["users.manage"]}).status_code
        == 403
    )
    assert (
        call("post", "/grants/", {**new, "user": str(cast.felix.pk), "preset": "superuser"}).status_code
        == 400
    )
    assert call("delete", f"/grants/{row_of(cast.claire).uuid}/").status_code == 409
    for who, status in (("bruno", 404), ("hugo", 404), ("sacha", 403)):
        stranger = api(getattr(cast, who))
        assert (
            stranger("patch", f"/grants/{row_of(cast.felix).uuid}/", {"preset": "hr"}).status_code == status
        )
        assert stranger("delete", f"/grants/{row_of(cast.felix).uuid}/").status_code == status
    assert row_of(cast.felix).preset == "finance"


def test_closing_an_account(cast, api):
    assert api(cast.bruno)("post", f"/users/{cast.hugo.pk}/deactivate/").status_code == 404
    call = api(cast.claire)
    assert call("post", f"/users/{cast.fiona.pk}/deactivate/").status_code == 409
    assert call("post", f"/users/{cast.hugo.pk}/deactivate/").status_code == 204
    assert not User.objects.get(pk=cast.hugo.pk).is_active


# --- Invitations ------------------------------------------------------------------------------------------


def test_inviting_once_per_key(cast, api, run_jobs, mailoutbox):
    call = api(cast.claire)
    key = {"Idempotency-Key": "invite-sara"}
    first = call("post", "/invitations/", {**SARA, **at(cast.rochat)}, **key)
    again = call("post", "/invitations/", {**SARA, **at(cast.rochat)}, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = call("post", "/invitations/", {**SARA, "preset": "hr", **at(cast.rochat)}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert Invitation.unrestricted.count() == 1
    run_jobs()
    assert len(mailoutbox) == 1
    shown = first.json()
    assert set(shown) == {
        "id",
        "created",
        "email",
        "first_name",
        "last_name",
        "language",
        "company",
        "scope_kind",
        "scope",
        "preset",
        "extra",
        "withheld",
        "until",
        "state",
        "expires",
        "invited_by",
        "accepted",
        "accepted_by",
    }
    assert call("post", f"/invitations/{shown['id']}/resend/").status_code == 200
    assert call("post", f"/invitations/{shown['id']}/withdraw/").json()["state"] == "withdrawn"
    assert call("post", f"/invitations/{shown['id']}/resend/").status_code == 409


def test_invitations_of_others_do_not_exist(cast, api):
    made = services.invite(cast.rochat, by=cast.claire, **SARA)
    for call in (api(cast.bruno), api(cast.hugo)):
        assert call("get", f"/invitations/{made.pk}/").status_code == 404
        assert call("post", f"/invitations/{made.pk}/withdraw/").status_code == 404
    assert api(cast.bruno)("get", "/invitations/").json()["count"] == 0
    assert api(cast.claire)("get", "/invitations/").json()["count"] == 1
    assert api(cast.bruno)("post", "/invitations/", {**SARA, **at(cast.rochat)}).status_code == 404
    assert api(cast.hugo)("post", "/invitations/", {**SARA, **at(cast.rochat)}).status_code == 403


def test_invitations_are_narrowed(cast, api):
    states = {}
    for state in ("open", "expired", "accepted", "withdrawn"):
        made = services.invite(cast.rochat, by=cast.reto, **SARA | {"email": f"{state}@rochat.example"})
        states[state] = made
        now = timezone.now()
        changes = {"expired": {"expires": now - timedelta(days=1)}, "accepted": {"accepted": now}}
        changes["withdrawn"] = {"withdrawn": now}
        if state in changes:
            Invitation.unrestricted.filter(pk=made.pk).update(**changes[state])
    services.invite(cast.morges, by=cast.reto, **SARA | {"preset": "hr_site"})
    services.invite(cast.keller, by=cast.reto, **SARA)

    def found(**query):
        return api(cast.reto)("get", f"/invitations/?{urlencode(query)}").json()["results"]

    for state, made in states.items():
        rows = found(state=state, preset="finance", company=cast.rochat.pk)
        assert [row["id"] for row in rows] == [str(made.pk)]
        assert rows[0]["state"] == state
    assert [row["preset"] for row in found(site=cast.morges.pk)] == ["hr_site"]
    assert [row["company"] for row in found(company=cast.keller.pk)] == [str(cast.keller.pk)]
    assert len(found(email="SARA@rochat.example")) == 2
    assert api(cast.reto)("get", "/invitations/?state=lost").status_code == 400


def test_known_and_unknown_addresses_are_answered_alike(cast, api):
    call = api(cast.claire)
    answers = [
        call("post", "/invitations/", {**SARA, "email": email, **at(cast.rochat)})
        for email in (cast.bruno.email, cast.pauline.email, "nobody@nowhere.example")
    ]
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["state"] for answer in answers} == {"open"}


# --- Requests ----------------------------------------------------------------------------------------------


def test_asking_and_answering(cast, api):
    asking = api(cast.hugo)
    data = {"company": str(cast.rochat.pk), "action": "invoice.view"}
    made = asking("post", "/access-requests/", data)
    assert made.status_code == 201
    assert asking("post", "/access-requests/", data).json()["id"] == made.json()["id"]
    assert [each["id"] for each in asking("get", "/access-requests/").json()["results"]] == [
        made.json()["id"]
    ]
    assert api(cast.felix)("get", "/access-requests/").json()["count"] == 0
    assert asking("post", f"/access-requests/{made.json()['id']}/approve/").status_code in {403, 404}
    assert api(cast.bruno)("post", f"/access-requests/{made.json()['id']}/approve/").status_code == 404
    answered = api(cast.claire)("post", f"/access-requests/{made.json()['id']}/approve/")
    assert answered.json()["state"] == "approved"
    assert can(cast.hugo, "invoice.view", cast.rochat)
    assert asking("post", "/access-requests/", data).status_code == 409


def test_requests_are_narrowed(cast, api):
    services.request_access(cast.hugo, cast.rochat, "invoice.view")
    services.request_access(cast.fiona, cast.rochat, "audit.view")
    services.request_access(cast.fiona, cast.keller, "audit.view")
    declined = AccessRequest.unrestricted.get(user=cast.hugo)
    services.answer_request(declined.pk, approve=False, by=cast.claire)

    def count(**query):
        return api(cast.reto)("get", f"/access-requests/?{urlencode(query)}").json()["count"]

    assert count() == 3
    assert count(company=cast.rochat.pk) == 2
    assert count(user=cast.fiona.pk) == 2
    assert count(user=cast.fiona.pk, company=cast.keller.pk, state="open") == 1
    assert count(state="declined") == 1
    assert count(action="invoice.view") == 1
    assert api(cast.reto)("get", "/access-requests/?state=lost").status_code == 400


def test_asking_at_a_foreign_company(cast, api):
    call = api(cast.hugo)
    for company in (cast.keller.pk, uuid.uuid4()):
        answer = call("post", "/access-requests/", {"company": str(company), "action": "invoice.view"})
        assert answer.status_code == 404
    assert (
        call("post", "/access-requests/", {"company": str(cast.rochat.pk), "action": "x"}).status_code == 400
    )
    assert not AccessRequest.unrestricted.exists()


# --- Refusals ----------------------------------------------------------------------------------------------


def test_a_refusal_says_who_can_help_and_how_to_ask(cast, api):
    asking = api(cast.hugo)
    refused = asking("get", "/premium-invoices/")
    assert refused.status_code == 403
    body = refused.json()
    assert (body["code"], body["action"], body["can_ask"]) == ("not_allowed", "invoice.view", True)
    assert body["right"]
    assert cast.claire.name in body["who"]
    assert body["companies"] == [{"id": str(cast.rochat.pk), "name": cast.rochat.name}]
    ask = body["ask"]
    assert asking(ask["method"].lower(), ask["url"].removeprefix(API), ask["body"]).status_code == 201
    waiting = asking("get", "/premium-invoices/").json()
    assert (waiting["waiting"], waiting["can_ask"], waiting["ask"]) == (True, False, None)


def test_a_refusal_on_a_thing_asks_at_its_company(cast, api):
    row = next(row for row in grants.grants_of(cast.fiona) if row.content_object == cast.keller)
    services.change_grant(row.uuid, preset="fiduciary", withheld=["person.edit"], by=cast.reto)
    path = f"/insured-persons/{cast.persons.elena.pk}/"
    body = api(cast.fiona)("patch", path, {"occupation": "Joiner"}).json()
    assert body["ask"]["body"] == {"action": "person.edit", "company": str(cast.keller.pk)}
    assert [each["name"] for each in body["companies"]] == [cast.keller.name]


def test_with_several_companies_one_is_chosen(cast, api):
    asking = api(cast.fiona)
    body = asking("get", "/audit-events/").json()
    assert {each["id"] for each in body["companies"]} == {str(cast.rochat.pk), str(cast.keller.pk)}
    assert body["ask"]["body"] == {"action": "audit.view", "company": None}
    chosen = body["ask"]["body"] | {"company": body["companies"][0]["id"]}
    assert asking("post", "/access-requests/", chosen).status_code == 201


@pytest.mark.parametrize("who", ["zoe", "pauline"])
def test_where_nobody_can_be_asked_the_refusal_says_so(cast, api, who):
    body = api(getattr(cast, who))("get", "/audit-events/").json()
    assert (body["can_ask"], body["who"], body["companies"], body["ask"]) == (False, "", [], None)
