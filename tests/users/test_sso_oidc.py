"""OpenID Connect, against a provider that others wrote and against one that lies; both processes of their own."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from permissions import grants
from tests.house.doors import Walker, bare, make_scene, outcome
from tests.house.doors import path_of as path_of_door
from tests.house.test_doors import lines as lines_of_doors
from tests.users.acts import CODE, LOGIN, PASSWORD, give_code, give_password, user_of
from tests.users.providers import free_port, link_on, path_of, running, send, verified
from users import second_factor, services
from users.models import PersonalLetter, SsoAttempt, SsoConnection, SsoDomain, SsoIdentity, User
from users.sso import services as sso

START = "/account/company/"
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def provider():
    """The provider that others wrote: `oidc-provider-mock`."""
    port = free_port()
    with running(["-m", "oidc_provider_mock", "--port", str(port)], f"http://127.0.0.1:{port}") as address:
        yield address


@pytest.fixture(scope="session")
def odd_address():
    port = free_port()
    words = ["-m", "tests.users.odd_oidc_provider", str(port)]
    with running(words, f"http://127.0.0.1:{port}/seen") as address:
        yield address.removesuffix("/seen")


@pytest.fixture
def odd(odd_address):
    """Tell the odd provider how to answer: `odd(claims={…})`; proper until then."""

    def tell(**how):
        send(f"{odd_address}/next", method="PUT", data=how)

    tell()
    return tell


@pytest.fixture
def connect(cast):
    """A connection of Rochat that works: `connect(issuer)`."""

    def make(issuer, company=None, domain="rochat.example", **values):
        company = company or cast.rochat
        made = sso.save_connection(
            company,
            by=cast.reto,
            protocol="oidc",
            issuer=issuer,
            client_id="portal",
            secret="a secret of the provider: 1&2",
            **values,
        )
        sso.add_domain(company, domain, by=cast.reto)
        assert sso.test(made.pk, by=cast.reto) == ""
        return sso.activate(made.pk, by=cast.reto)

    return make


def depart(browser, email):
    """Type the address in; where the page leads to."""
    page = browser.post(START, {"email": email})
    assert page.status_code == 200
    return link_on(page)


def come_back(browser, address):
    """What the portal answers to the browser that the provider sends back."""
    status, headers, _body = send(address)
    assert status == 302
    return browser.get(path_of(headers["Location"]))


def through_mock(browser, provider, email, claims):
    """Sign in at the provider that others wrote, by its own form."""
    send(f"{provider}/users/{quote('sub-of-' + email)}", method="PUT", data=claims)
    address = depart(browser, email)
    status, headers, _body = send(address, method="POST", form={"sub": f"sub-of-{email}"})
    assert status == 302
    return browser.get(path_of(headers["Location"]))


# --- The way in -------------------------------------------------------------------------------------


def test_provider_and_own_code_open_the_home_page(client, cast, enrolled, connect, provider, lines):
    enrolled(cast.hugo)
    connection = connect(provider)
    answer = through_mock(client, provider, cast.hugo.email, verified(cast.hugo.email))
    assert answer["Location"] == CODE
    assert user_of(client) is None
    assert client.get("/")["Location"].startswith(LOGIN)
    answer = give_code(client, second_factor.code_now(cast.hugo))
    assert answer["Location"] == "/"
    assert user_of(client) == str(cast.hugo.pk)
    assert len(lines("user.signed_in")) == 1
    (line,) = lines("user.provider_linked")
    assert line.facts == {"connection": str(connection.pk)}
    identity = SsoIdentity.objects.get(connection=connection)
    assert (identity.user, identity.subject) == (cast.hugo, f"sub-of-{cast.hugo.email}")


def test_the_second_sign_in_binds_nothing_new(cast, enrolled, connect, provider, lines):
    enrolled(cast.hugo)
    connect(provider)
    for _time in range(2):
        answer = through_mock(Client(), provider, cast.hugo.email, verified(cast.hugo.email))
        assert answer["Location"] == CODE
    assert len(lines("user.provider_linked")) == 1


def test_somebody_without_own_factor_sets_one_up_first(client, cast, connect, provider):
    connect(provider, trusts_factor=True, factor_values=["mfa"])
    claims = {**verified(cast.hugo.email), "amr": ["pwd", "mfa"]}
    through_mock(client, provider, cast.hugo.email, claims)
    assert client.get("/")["Location"].startswith("/account/2fa/totp/activate/")


@pytest.mark.parametrize(
    "trusts, amr, target", [(True, ["pwd", "mfa"], "/"), (True, ["pwd"], CODE), (False, ["mfa"], CODE)]
)
def test_the_providers_factor_counts_only_where_it_is_trusted(
    client, cast, enrolled, connect, provider, trusts, amr, target
):
    enrolled(cast.hugo)
    connect(provider, trusts_factor=trusts, factor_values=["mfa"] if trusts else [])
    answer = through_mock(client, provider, cast.hugo.email, {**verified(cast.hugo.email), "amr": amr})
    assert answer["Location"] == target


def test_the_providers_factor_does_not_count_for_another_companys_rights(
    client, cast, enrolled, connect, provider
):
    grants.grant(cast.keller, to=enrolled(cast.hugo), preset="hr", by=cast.reto)
    connect(provider, trusts_factor=True, factor_values=["mfa"])
    claims = {**verified(cast.hugo.email), "amr": ["mfa"]}
    assert through_mock(client, provider, cast.hugo.email, claims)["Location"] == CODE


def test_the_company_can_link_to_a_sign_in_of_its_own(client, cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    connection = connect(odd_address)
    odd(claims={"email": cast.hugo.email})
    page = client.get(f"/account/company/{connection.pk}/")
    assert come_back(client, link_on(page))["Location"] == CODE


def test_the_way_back_is_one_of_ours(client, cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    connect(odd_address)
    for wanted, target in (
        ("/employees/", "/employees/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
    ):
        browser = Client()
        page = browser.post(START, {"email": cast.hugo.email, "next": wanted})
        come_back(browser, link_on(page))
        second_factor.store(cast.hugo, second_factor.demo_secret(cast.hugo.email))
        assert give_code(browser, second_factor.code_now(cast.hugo))["Location"] == target


def test_the_request_carries_state_nonce_and_proof_key(client, cast, connect, odd, odd_address):
    connect(odd_address)
    asked = parse_qs(urlsplit(depart(client, cast.hugo.email)).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43
    attempt = SsoAttempt.objects.get()
    assert asked["state"][0] != attempt.state
    assert attempt.verifier.startswith("gAAAA")


def test_the_secret_is_encrypted_and_sent_as_the_standard_says(client, cast, connect, odd, odd_address):
    connection = connect(odd_address)
    assert connection.secret.startswith("gAAAA")
    come_back(client, depart(client, cast.hugo.email))
    _status, _headers, body = send(f"{odd_address}/seen")
    sent = base64.b64decode(json.loads(body)["authorization"].removeprefix("Basic ")).decode()
    assert sent == "portal:a%20secret%20of%20the%20provider%3A%201%262"


# --- What is not believed ---------------------------------------------------------------------------

LIES = {
    "another audience": {"claims": {"aud": "somebody-else"}},
    "our audience among others, without us as the party": {"claims": {"aud": ["portal", "other"]}},
    "another party": {"claims": {"azp": "somebody-else"}},
    "another issuer in the token": {"claims": {"iss": "https://evil.example"}},
    "another issuer beside the code": {"iss": "https://evil.example"},
    "another nonce": {"claims": {"nonce": "x"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": 1_600_000_000}},
    "of tomorrow": {"claims": {"iat": 4_000_000_000}},
    "no subject": {"claims": {"sub": None}},
    "unsigned": {"algorithm": "none"},
    "signed with another key": {"key": "other"},
    "signed with the public key as a secret": {"key": "public"},
    "an unknown key": {"header": {"kid": "unknown"}},
    "address not verified": {"claims": {"email_verified": False}},
    "nothing said about verification": {"claims": {"email_verified": None}},
    "verified in other words": {"claims": {"email_verified": "no"}},
    "no address": {"claims": {"email": None}, "userinfo": {"sub": "subject-1"}},
    "address of somebody else's user info": {
        "claims": {"email": None},
        "userinfo": {"sub": "subject-2", "email": "hugo@rochat.example", "email_verified": True},
    },
    "an address of another company": {"claims": {"email": "bruno@keller.example"}},
    "an address of the insurer": {"claims": {"email": "reto@insurer.example"}},
    "a domain that ends like ours": {"claims": {"email": "hugo@evil-rochat.example"}},
    "a domain below ours": {"claims": {"email": "hugo@mail.rochat.example"}},
    "two addresses in one": {"claims": {"email": "hugo@evil.example@rochat.example"}},
    "letters that look like ours": {"claims": {"email": "hugo@rоchat.example"}},
    "an address that no database keeps": {"claims": {"email": "hugo\x00@rochat.example"}},
    "a subject that no database keeps": {"claims": {"sub": "subject\x00"}},
    "an error": {"status": 500},
}


@pytest.mark.parametrize("how", LIES.values(), ids=LIES)
def test_lies_open_nothing(client, cast, enrolled, connect, odd, odd_address, how, lines):
    enrolled(cast.hugo)
    connect(odd_address)
    address = depart(client, cast.hugo.email)
    if "status" in how:
        _status, headers, _body = send(address)
        odd(**how)
        answer = client.get(path_of(headers["Location"]))
    else:
        odd(**how)
        answer = come_back(client, address)
    assert answer.status_code == 403
    assert user_of(client) is None
    assert not SsoIdentity.objects.exists()
    assert client.get(CODE)["Location"].startswith(LOGIN)
    (line,) = lines("user.sign_in_failed")
    assert line.facts["stage"] == "provider"
    assert "rochat" not in str(line.facts)


def test_user_info_gives_the_address_that_the_token_lacks(client, cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    connect(odd_address)
    odd(claims={"email": None}, userinfo={"sub": "subject-1", **verified(cast.hugo.email)})
    assert come_back(client, depart(client, cast.hugo.email))["Location"] == CODE


def test_an_answer_counts_once_and_in_its_own_browser(client, cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    connect(odd_address)
    odd(code_again=True)
    _status, headers, _body = send(depart(client, cast.hugo.email))
    back = path_of(headers["Location"])
    # Somebody else's browser, as in a forged sign-in.
    assert Client().get(back).status_code == 403
    assert client.get(back)["Location"] == CODE
    assert client.get(back).status_code == 403


def test_an_answer_comes_in_time(client, cast, connect, odd, odd_address):
    connect(odd_address)
    _status, headers, _body = send(depart(client, cast.hugo.email))
    SsoAttempt.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(path_of(headers["Location"])).status_code == 403


def test_an_answer_for_one_company_opens_nothing_at_another(client, cast, connect, odd, odd_address):
    connect(odd_address)
    other = connect(odd_address, cast.keller, "keller.example")
    _status, headers, _body = send(depart(client, cast.hugo.email))
    mixed = path_of(headers["Location"]).split("/account/company/")[1].split("/", 1)[1]
    assert client.get(f"/account/company/{other.pk}/{mixed}").status_code == 403


def test_another_subject_with_the_same_address_is_refused(cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    connect(odd_address)
    browser = Client()
    assert come_back(browser, depart(browser, cast.hugo.email))["Location"] == CODE
    odd(claims={"sub": "subject-2"})
    browser = Client()
    assert come_back(browser, depart(browser, cast.hugo.email)).status_code == 403
    # And the bound subject is nobody else.
    odd(claims={"email": cast.felix.email})
    assert come_back(browser, depart(browser, cast.hugo.email)).status_code == 403


# --- Whom it lets in --------------------------------------------------------------------------------


def test_nobody_without_an_account_gets_one(client, cast, connect, odd, odd_address):
    connect(odd_address)
    number = User.objects.count()
    answer = come_back(client, depart(client, "stranger@rochat.example"))
    assert answer.status_code == 403
    assert answer.context["no_account"]
    assert User.objects.count() == number


def test_inactive_foreign_and_missing_accounts_are_answered_alike(cast, connect, odd, odd_address):
    from tests.factories import make_user

    connect(odd_address)
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False)
    make_user("Xenia", "Fremd", email="xenia@rochat.example")
    bodies = set()
    for email in (cast.sonia.email, "xenia@rochat.example", "nobody@rochat.example"):
        browser = Client()
        answer = come_back(browser, depart(browser, email))
        status, _target, body = bare(answer)
        # The languages lead back here: to the address with the code.
        bodies.add((status, re.sub(r"/account/company/[^\"]*callback[^\"]*", "", body)))
    assert len(bodies) == 1


def test_deactivation_ends_the_way_at_once(cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    connect(odd_address)
    inside, half = Client(), Client()
    come_back(inside, depart(inside, cast.hugo.email))
    give_code(inside, second_factor.code_now(cast.hugo))
    assert user_of(inside)
    assert come_back(half, depart(half, cast.hugo.email))["Location"] == CODE
    _status, headers, _body = send(depart(waiting := Client(), cast.hugo.email))
    services.deactivate(cast.hugo.pk, by=cast.claire)
    assert inside.get("/")["Location"].startswith(LOGIN)
    second_factor.store(cast.hugo, second_factor.demo_secret(cast.hugo.email))
    give_code(half, second_factor.code_now(cast.hugo))
    assert user_of(half) is None
    assert waiting.get(path_of(headers["Location"])).status_code == 403
    assert not SsoIdentity.objects.filter(user=cast.hugo).exists()


def test_a_connection_switched_off_opens_nothing(client, cast, connect, odd, odd_address):
    connection = connect(odd_address)
    _status, headers, _body = send(depart(client, cast.hugo.email))
    sso.deactivate(connection.pk, by=cast.reto)
    assert client.get(path_of(headers["Location"])).status_code == 403
    assert client.get(f"/account/company/{connection.pk}/").status_code == 403


def test_rights_stay_what_they_were(client, cast, enrolled, connect, odd, odd_address):
    enrolled(cast.hugo)
    before = [(row.uuid, row.preset) for row in grants.grants_of(cast.hugo)]
    connect(odd_address)
    odd(claims={"groups": ["administrator"], "roles": ["superuser"]})
    come_back(client, depart(client, cast.hugo.email))
    assert [(row.uuid, row.preset) for row in grants.grants_of(cast.hugo)] == before


# --- Compulsory -------------------------------------------------------------------------------------


@pytest.fixture
def compulsory(cast, connect, odd, odd_address):
    connection = connect(odd_address)
    SsoConnection.unrestricted.update(used=timezone.now())
    return sso.require_provider(connection.pk, True, by=cast.reto)


def test_its_people_cannot_sign_in_by_password(cast, enrolled, compulsory):
    enrolled(cast.hugo)
    bodies = set()
    for login, password in (
        (cast.hugo.email, PASSWORD),
        (cast.hugo.email, "wrong-Word-1"),
        ("nobody@rochat.example", PASSWORD),
    ):
        browser = Client()
        answer = give_password(browser, login, password)
        assert user_of(browser) is None
        assert browser.get(CODE)["Location"].startswith(LOGIN)
        (error,) = answer.context["form"].non_field_errors().as_data()
        bodies.add((error.code, error.message))
    # The same for every address of the domain, and it says what to do.
    assert [code for code, _message in bodies] == ["by_provider"]
    # By user name it looks like a wrong password: whose company it is stays untold.
    right, wrong = (
        give_password(Client(), cast.hugo.identifier, word) for word in (PASSWORD, "wrong-Word-1")
    )
    assert right.context["form"].non_field_errors() == wrong.context["form"].non_field_errors()


def test_others_are_unaffected(cast, enrolled, compulsory):
    for user in (cast.fiona, cast.reto, cast.bruno):
        enrolled(user)
        assert give_password(Client(), user.email)["Location"] == CODE


def test_its_people_come_in_through_the_provider(client, cast, enrolled, compulsory):
    enrolled(cast.hugo)
    assert come_back(client, depart(client, cast.hugo.email))["Location"] == CODE
    assert give_code(client, second_factor.code_now(cast.hugo))["Location"] == "/"


def test_no_other_way_leads_around_it(cast, enrolled, compulsory, rf):
    """Whatever proof is given elsewhere (an invitation, a passkey): the last step asks for the provider."""
    from allauth.account.utils import perform_login
    from allauth.core.context import request_context
    from django.contrib.sessions.backends.db import SessionStore

    request = rf.get("/")
    request.session = SessionStore()
    with request_context(request):
        answer = perform_login(request, cast.hugo)
    assert answer["Location"] == START
    assert "_auth_user_id" not in request.session


def test_the_contract_manager_breaks_the_glass(client, cast, enrolled, compulsory):
    enrolled(cast.hugo)
    sso.deactivate(compulsory.pk, by=cast.reto)
    assert give_password(client, cast.hugo.email)["Location"] == CODE


# --- The page where the address is typed in ---------------------------------------------------------


def test_persons_of_a_domain_are_answered_alike(cast, connect, odd, odd_address):
    connect(odd_address)
    pages = []
    for email in (cast.hugo.email, "nobody@rochat.example"):
        page = Client().post(START, {"email": email})
        asked = parse_qs(urlsplit(link_on(page)).query)
        assert asked.pop("login_hint") == [email]
        pages.append((page.status_code, set(asked)))
    assert pages[0] == pages[1]


def test_between_provider_and_code_every_door_is_closed(
    cast, enrolled, connect, odd, odd_address, tmp_path, settings, request
):
    """Whoever is proven by his provider and has not given his code is nobody yet, at every address."""
    settings.DOCUMENT_ROOT = tmp_path
    enrolled(cast.hugo)
    connect(odd_address)
    browser = Client()
    assert come_back(browser, depart(browser, cast.hugo.email))["Location"] == CODE
    here, walker = make_scene(cast), Walker(cast, request.getfixturevalue("sign_in"))
    walker.cookies["waiting"] = browser.cookies
    wrong = []
    for (name, subject, method), promised in lines_of_doors().items():
        found = outcome(walker.visit("waiting", method, path_of_door(name, here.near, subject)))
        # The one door that is his: where the code is given, and the sign-in that leads there.
        if found != promised["nobody"] and name not in {"mfa_authenticate", "account_login"}:
            wrong.append(f"{name} {method}: {found}, not {promised['nobody']}")
    assert wrong == []


# --- Whoever runs the provider is not the insured person ----------------------------------------------


def test_the_providers_factor_does_not_count_for_ones_own_case(client, cast, enrolled, connect, provider):
    """The employer runs the provider: it alone must not open what an insured person sees about himself."""
    enrolled(cast.nadia)
    connect(provider, trusts_factor=True, factor_values=["mfa"])
    claims = {**verified(cast.nadia.email), "amr": ["mfa"]}
    assert through_mock(client, provider, cast.nadia.email, claims)["Location"] == CODE
    assert user_of(client) is None


def test_an_account_that_waits_for_its_letter_is_opened_by_the_letter_alone(
    client, cast, connect, odd, odd_address, directory, lines
):
    """The company knows number and birthday, keeps the mailbox, the directory and the provider: all but the letter."""
    account = User.objects.create_user(
        "marco@rochat.example", "ABCD-EFGH-JKMN", initial_password_until=timezone.now() + timedelta(days=30)
    )
    PersonalLetter.objects.create(kind="access", user=account, person=cast.marco)
    SsoDomain.unrestricted.all().delete()
    connect(odd_address)
    assert directory.add("marco").status_code == 201
    odd(claims={"email": account.email})
    answer = come_back(client, depart(client, account.email))
    assert answer.status_code == 403
    assert user_of(client) is None
    assert lines("user.sign_in_failed")[-1].facts["reason"] == "no_account"
    # Nor does the directory close what is not the company's.
    assert directory.switch(account, False).status_code == 200
    account.refresh_from_db()
    assert account.is_active
