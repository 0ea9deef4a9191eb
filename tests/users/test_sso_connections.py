"""Setting up single sign-on: who may, what is refused, what is never shown; and where nothing is fetched from."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.exceptions import ValidationError
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from tests.factories import make_company, make_user
from tests.house.doors import bare
from tests.users.acts import Proving, give_password, have_proven, sign_in_fully
from users.models import ProvisionedUser, ScimToken, SsoAttempt, SsoConnection, SsoDomain, SsoIdentity, User
from users.models.invitations import digest
from users.scim import people, tokens
from users.scim.errors import ScimError
from users.scim.schemas import USER
from users.sso import fetching, signing_in
from users.sso import services as sso
from users.sso.assertions import Asserted, NotBelieved
from users.sso.views import sign_in

pytestmark = pytest.mark.django_db
START = "/account/company/"
OIDC = {"protocol": "oidc", "issuer": "https://login.example", "client_id": "portal", "secret": "very secret"}


@pytest.fixture
def connection(cast):
    return sso.save_connection(cast.rochat, by=cast.reto, **OIDC)


@pytest.fixture
def proven(cast, enrolled):
    """Signed in with both factors, and with a fresh code for each act: `proven(cast.reto)`."""

    def enter(user):
        enrolled(user)
        browser = Proving()
        sign_in_fully(browser, user)
        browser.person = user
        return browser

    return enter


# --- Who may ----------------------------------------------------------------------------------------


def test_only_the_contract_manager_sets_it_up(cast, connection):
    domain = sso.add_domain(cast.rochat, "rochat.example", by=cast.reto)
    for user in (cast.claire, cast.hugo, cast.bruno, cast.sacha, cast.zoe):
        for act in (
            lambda user=user: sso.save_connection(cast.rochat, by=user, **OIDC),
            lambda user=user: sso.add_domain(cast.rochat, "other.example", by=user),
            lambda user=user: sso.remove_domain(domain.pk, by=user),
            lambda user=user: sso.test(connection.pk, by=user),
            lambda user=user: sso.activate(connection.pk, by=user),
            lambda user=user: sso.deactivate(connection.pk, by=user),
            lambda user=user: sso.require_provider(connection.pk, True, by=user),
            lambda user=user: sso.remove_connection(connection.pk, by=user),
        ):
            with pytest.raises((NotAllowed, OutOfReach)):
                act()
    assert SsoConnection.unrestricted.get().tested is None


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"issuer": "http://login.example"}, "issuer"),
        ({"issuer": "https://user:word@login.example"}, "issuer"),
        ({"issuer": "file:///etc/passwd"}, "issuer"),
        ({"issuer": ""}, "issuer"),
        ({"issuer": "https://[x"}, "issuer"),
        ({"client_id": " "}, "client_id"),
        ({"trusts_factor": True}, "factor_values"),
        ({"client_id": "x" * 300}, "client_id"),
    ],
)
def test_bad_settings_are_said_at_their_field(cast, values, field):
    with pytest.raises(ValidationError) as caught:
        sso.save_connection(cast.rochat, by=cast.reto, **(OIDC | values))
    assert set(caught.value.message_dict) == {field}
    assert not SsoConnection.unrestricted.exists()


@pytest.mark.parametrize("domain", ["gmail.com", "bluewin.ch", "ch", "", "a b.example", "-x.example", "x..example",
                                    "rochat.example/x", "*.example", "x" * 64 + ".example"])  # fmt: skip
def test_domains_that_prove_no_company_are_refused(cast, domain):
    with pytest.raises(ValidationError):
        sso.add_domain(cast.rochat, domain, by=cast.reto)


def test_a_domain_belongs_to_one_company(cast):
    assert sso.add_domain(cast.rochat, " @Rochat.Example ", by=cast.reto).domain == "rochat.example"
    for company in (cast.keller, cast.rochat):
        with pytest.raises(ValidationError):
            sso.add_domain(company, "ROCHAT.example", by=cast.reto)


def test_nothing_is_switched_on_untested_or_without_a_domain(cast, connection):
    with pytest.raises(NotNow) as refused:
        sso.activate(connection.pk, by=cast.reto)
    assert refused.value.code == "not_tested"
    SsoConnection.unrestricted.update(tested=timezone.now())
    with pytest.raises(NotNow) as refused:
        sso.activate(connection.pk, by=cast.reto)
    assert refused.value.code == "no_domain"
    sso.add_domain(cast.rochat, "rochat.example", by=cast.reto)
    with pytest.raises(NotNow) as refused:
        sso.require_provider(connection.pk, True, by=cast.reto)
    assert refused.value.code == "not_active"
    sso.activate(connection.pk, by=cast.reto)
    # Nobody is locked out by a connection that nobody has come through yet.
    with pytest.raises(NotNow) as refused:
        sso.require_provider(connection.pk, True, by=cast.reto)
    assert refused.value.code == "not_used"
    SsoConnection.unrestricted.update(used=timezone.now())
    assert sso.require_provider(connection.pk, True, by=cast.reto).required
    assert not sso.deactivate(connection.pk, by=cast.reto).required


def test_another_provider_is_tested_anew_and_binds_anew(cast, connection):
    SsoConnection.unrestricted.update(tested=timezone.now(), used=timezone.now(), active=True, required=True)
    SsoIdentity.objects.create(connection=connection, user=cast.hugo, subject="s")
    kept = sso.save_connection(cast.rochat, by=cast.reto, **(OIDC | {"secret": ""}), trusts_factor=False)
    assert (kept.active, kept.required, kept.identities.count()) == (True, True, 1)
    assert kept.secret == connection.secret
    changed = sso.save_connection(cast.rochat, by=cast.reto, **(OIDC | {"client_id": "other"}))
    assert (changed.active, changed.required, changed.tested, changed.used) == (False, False, None, None)
    assert changed.identities.count() == 1
    changed = sso.save_connection(cast.rochat, by=cast.reto, **(OIDC | {"issuer": "https://other.example"}))
    assert changed.identities.count() == 0


# --- Pages and API ----------------------------------------------------------------------------------


def test_the_contract_manager_sets_it_up_on_the_page(cast, proven, lines):
    browser, base = proven(cast.reto), f"/companies/{cast.rochat.pk}/sign-in/"
    assert browser.post(f"{base}edit/", OIDC).status_code == 302
    assert browser.post(f"{base}edit/", OIDC | {"issuer": "ftp://x"}).status_code == 422
    assert browser.post(f"{base}domains/", {"domain": "gmail.com"}).status_code == 422
    assert browser.post(f"{base}domains/", {"domain": "rochat.example"}).status_code == 302
    page = browser.post(f"{base}test/", follow=True)
    assert "login.example" in page.content.decode()
    assert browser.post(f"{base}activate/").status_code == 409
    for text in (page, browser.get(f"{base}edit/")):
        assert "very secret" not in text.content.decode()
    assert browser.get(f"/companies/domains/{SsoDomain.unrestricted.get().pk}/remove/").status_code == 200
    assert browser.get(f"{base}remove/").status_code == 200
    assert browser.post(f"{base}remove/").status_code == 302
    assert not SsoConnection.unrestricted.exists()
    assert [len(lines(f"sso.{word}")) for word in ("saved", "domain_confirmed", "tested", "removed")] == [
        1
    ] * 4
    assert "secret" not in str([line.facts for line in lines("sso.saved")])


def test_a_fresh_code_comes_first(cast, sign_in, connection):
    browser = sign_in(cast.reto)
    for path in ("edit/", "test/", "activate/", "remove/", "tokens/"):
        answer = browser.post(f"/companies/{cast.rochat.pk}/sign-in/{path}")
        act = "directory" if path == "tokens/" else "single_sign_on"
        assert answer["Location"].startswith(f"/account/2fa/reauthenticate/?act={act}&next=")


def test_one_code_is_for_one_change_and_trying_out_is_none(cast, sign_in, connection):
    browser, base = sign_in(cast.reto), f"/companies/{cast.rochat.pk}/sign-in/"
    have_proven(browser, cast.reto, "single_sign_on")
    assert browser.post(f"{base}test/")["Location"] == base
    assert browser.post(f"{base}domains/", {"domain": "gmail.com"}).status_code == 422
    assert browser.post(f"{base}domains/", {"domain": "rochat.example"})["Location"] == base
    assert "/reauthenticate/" in browser.post(f"{base}edit/", OIDC)["Location"]
    api, body = "/api/v1/sso-domains/", {"company": str(cast.rochat.pk), "domain": "x.example"}
    have_proven(browser, cast.reto, "single_sign_on")
    assert browser.post(api, body, "application/json").status_code == 201
    refused = browser.post(api, body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")


def test_the_administrator_sees_state_and_addresses(cast, sign_in, connection):
    page = sign_in(cast.claire).get(f"/companies/{cast.rochat.pk}/sign-in/").content.decode()
    assert f"/account/company/{connection.pk}/" in page.replace("<wbr>", "")
    assert "edit/" not in page
    assert "very secret" not in page


def test_the_same_over_the_api(cast, proven):
    browser, base = proven(cast.reto), "/api/v1/sso-connections/"

    def call(method, path, data=None):
        return browser.generic(method, path, _json(data), content_type="application/json")

    made = call("POST", base, {**OIDC, "company": str(cast.rochat.pk)})
    assert made.status_code == 201
    assert made.json()["has_secret"] is True
    assert "secret" not in set(made.json()) - {"has_secret"}
    path = f"{base}{made.json()['id']}/"
    assert call("PATCH", path, {"client_id": "other"}).json()["client_id"] == "other"
    assert call("PATCH", path, {"issuer": "ftp://x"}).status_code == 400
    assert call("POST", f"{path}activate/").status_code == 409
    assert call("POST", f"{path}test/").json()["passed"] is False
    assert (
        call(
            "POST", "/api/v1/sso-domains/", {"company": str(cast.rochat.pk), "domain": "x.example"}
        ).status_code
        == 201
    )
    assert (
        call(
            "POST", "/api/v1/sso-domains/", {"company": str(cast.rochat.pk), "domain": "gmail.com"}
        ).status_code
        == 400
    )
    token = call("POST", "/api/v1/scim-tokens/", {"company": str(cast.rochat.pk), "name": "Okta", "days": 5})
    assert token.status_code == 201
    assert tokens.recognise(token.json()["token"]).pk == ScimToken.unrestricted.get().pk
    found = call("GET", f"/api/v1/scim-tokens/{token.json()['id']}/")
    assert "token" not in found.json()
    assert call("DELETE", f"/api/v1/scim-tokens/{token.json()['id']}/").status_code == 204
    assert tokens.recognise(token.json()["token"]) is None
    assert call("DELETE", path).status_code == 204


def _json(data):
    return json.dumps(data) if data is not None else ""


def test_a_token_is_shown_once(cast, proven):
    browser = proven(cast.claire)
    path = f"/companies/{cast.rochat.pk}/sign-in/tokens/"
    assert browser.post(path, {"name": "", "days": "9999"}).status_code == 422
    page = browser.post(path, {"name": "Entra", "days": "30"}).content.decode()
    assert page.count("scim_") == 1
    assert "scim_" not in browser.get(f"/companies/{cast.rochat.pk}/sign-in/").content.decode()
    row = ScimToken.unrestricted.get()
    assert browser.get(f"/companies/tokens/{row.pk}/revoke/").status_code == 200
    browser.post(f"/companies/tokens/{row.pk}/revoke/")
    assert not ScimToken.unrestricted.get().open


# --- Where nothing is fetched from ------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "::1", "fd00::1", "0.0.0.0", "::ffff:10.0.0.1",
     "100.64.0.1", "224.0.0.1", "2002:a00:1::"],
)  # fmt: skip
def test_private_addresses_are_never_asked(monkeypatch, address):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("asked"))
    with pytest.raises(fetching.Unreachable, match="not_public"):
        fetching.fetch("https://login.example/")


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    found = [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(fetching.Unreachable, match="not_public"):
        fetching.fetch("https://login.example/")


def test_the_checked_address_is_the_one_that_is_asked(monkeypatch):
    """A name that leads elsewhere the second time is asked once only."""
    asked = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *args, **kwargs: [(0, 0, 0, "", ("93.184.216.34", 443))]
    )

    def refuse(target, timeout):
        asked.append(target)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(fetching.Unreachable, match="no_answer"):
        fetching.fetch("https://login.example/")
    assert asked == [("93.184.216.34", 443)]


def test_this_machine_is_asked_only_where_the_setting_allows_it(settings):
    settings.SSO_LOOPBACK = False
    for address in (
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "https://127.0.0.1:1/",
        "https://localhost:1/",
    ):
        with pytest.raises(fetching.Unreachable, match=r"not_https|not_public"):
            fetching.fetch(address)


class _Odd(BaseHTTPRequestHandler):
    def log_message(self, *args):
        """Silence."""

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        body = {"/large": b"x" * (fetching.MOST_BYTES + 1), "/list": b"[]", "/deep": b"[" * 100_000}
        self.wfile.write(body.get(self.path, b"no json"))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("redirect", "status"),
        ("large", "too_large"),
        ("list", "not_json"),
        ("text", "not_json"),
        ("deep", "not_json"),
    ],
)
def test_answers_are_direct_bounded_and_json(path, code):
    server = HTTPServer(("127.0.0.1", 0), _Odd)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    try:
        with pytest.raises(fetching.Unreachable, match=code):
            fetching.fetch_json(f"http://127.0.0.1:{server.server_address[1]}/{path}")
    finally:
        thread.join()
        server.server_close()


def test_a_slow_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(fetching.Unreachable, match="no_answer"):
            fetching.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/")


# --- At the same moment -----------------------------------------------------------------------------


def at_once(act, number=20):
    """The outcomes of an act done by so many at once, each on a connection of its own."""

    def run(place):
        try:
            return act(place)
        except (NotBelieved, ScimError, NotNow) as error:
            return error
        finally:
            database.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.mark.django_db(transaction=True)
def test_twenty_answers_to_one_attempt_let_one_in(cast):
    made = sso.save_connection(cast.rochat, by=cast.reto, **OIDC)
    SsoConnection.unrestricted.update(tested=timezone.now(), active=True)
    attempt = SsoAttempt.objects.create(connection=made, state=digest("state"))
    found = at_once(lambda _place: signing_in.claim(made.pk, "state", [str(attempt.pk)]))
    assert len([each for each in found if isinstance(each, SsoAttempt)]) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_first_sign_ins_bind_one_subject(cast):
    made = sso.save_connection(cast.rochat, by=cast.reto, **OIDC)
    sso.add_domain(cast.rochat, "rochat.example", by=cast.reto)
    SsoConnection.unrestricted.update(tested=timezone.now(), active=True)
    attempt = SsoAttempt.objects.create(connection=made, state=digest("state"))
    found = at_once(
        lambda place: signing_in.admit(attempt, Asserted(f"subject-{place % 2}", cast.hugo.email))
    )
    assert SsoIdentity.objects.count() == 1
    assert len([each for each in found if not isinstance(each, NotBelieved)]) == 10


@pytest.mark.django_db(transaction=True)
def test_twenty_directories_add_one_person(cast):
    sso.add_domain(cast.rochat, "rochat.example", by=cast.reto)
    token, _text = tokens.make_token(cast.rochat, name="T", days=1, by=cast.claire)
    token = ScimToken.unrestricted.select_related("made_by", "company").get(pk=token.pk)
    body = {"schemas": [USER], "userName": "lea@rochat.example", "name": {"familyName": "Neu"}}
    found = at_once(lambda _place: people.create(token, body))
    assert len([each for each in found if isinstance(each, ProvisionedUser)]) == 1
    assert {each.status for each in found if isinstance(each, ScimError)} == {409}
    assert User.objects.filter(email="lea@rochat.example").count() == 1


def test_the_room_of_a_company_is_its_own(cast):
    other = make_company("Dritte AG", contract_manager=make_user())
    with pytest.raises(OutOfReach):
        sso.save_connection(other, by=cast.reto, **OIDC)


# --- The page where the address is typed in ---------------------------------------------------------


def test_domains_without_a_connection_are_answered_alike(cast):
    answers = [
        Client().post(START, {"email": email})
        for email in (cast.hugo.email, "nobody@rochat.example", "nobody@nowhere.example", cast.reto.email)
    ]
    assert len({bare(answer) for answer in answers}) == 1


def test_bad_input_is_said_at_the_field(client):
    answer = client.post(START, {"email": "no address"})
    assert answer.status_code == 422
    assert "email" in answer.context["form"].errors


def test_attempts_are_limited(client, monkeypatch):
    monkeypatch.setattr(sign_in, "LIMITS", {"start": "2/m/ip", "back": "3/m/ip"})
    codes = [client.get("/account/company/finish/x/").status_code for _time in range(5)]
    assert codes == [403, 403, 403, 429, 429]
    codes = [client.post(START, {"email": "a@nowhere.example"}).status_code for _time in range(4)]
    assert codes == [200, 200, 429, 429]
    # The second factor's limit and the password's are not touched by it.
    assert give_password(client, "nobody@nowhere.example").status_code == 200
