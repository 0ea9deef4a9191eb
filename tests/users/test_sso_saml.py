"""SAML 2.0, against a provider process that signs, and lies where it is told to."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from core.log_lines import discreet
from tests.users.acts import CODE, LOGIN, give_code, user_of
from tests.users.odd_saml_provider import MFA
from tests.users.providers import free_port, link_on, path_of, running, send
from users import second_factor, services
from users.models import SsoAttempt, SsoIdentity
from users.sso import saml, signing_in
from users.sso import services as sso

START = "/account/company/"
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def provider_address():
    port = free_port()
    words = ["-m", "tests.users.odd_saml_provider", str(port)]
    with running(words, f"http://127.0.0.1:{port}/metadata") as address:
        yield address.removesuffix("/metadata")


@pytest.fixture
def provider(provider_address):
    """Tell the provider how to answer; proper until then."""

    def tell(**how):
        send(f"{provider_address}/next", method="PUT", data=how)

    tell()
    return tell


@pytest.fixture
def connect(cast, provider, provider_address):
    def make(company=None, domain="rochat.example", **values):
        company = company or cast.rochat
        text = saml.fetch_metadata(f"{provider_address}/metadata")
        made = sso.save_connection(company, by=cast.reto, protocol="saml", issuer="", metadata=text, **values)
        sso.add_domain(company, domain, by=cast.reto)
        assert sso.test(made.pk, by=cast.reto) == ""
        return sso.activate(made.pk, by=cast.reto)

    return make


def answered(browser, email="hugo@rochat.example"):
    """Where the provider wants its answer, and the answer."""
    _status, _headers, page = send(link_on(browser.post(START, {"email": email})))
    return path_of(re.search(r'action="([^"]+)"', page)[1]), re.search(r'value="([^"]+)"', page)[1]


def post(path, text):
    """The answer arrives without the portal's cookies, as from another site."""
    return Client(enforce_csrf_checks=True).post(path, {"SAMLResponse": text})


def through(browser, email="hugo@rochat.example"):
    answer = post(*answered(browser, email))
    return answer if answer.status_code != 303 else browser.get(answer["Location"])


def test_provider_and_own_code_open_the_home_page(client, cast, enrolled, connect, lines):
    enrolled(cast.hugo)
    connection = connect()
    answer = post(*answered(client))
    assert answer.status_code == 303
    assert "sessionid" not in answer.cookies
    assert client.get(answer["Location"])["Location"] == CODE
    assert user_of(client) is None
    assert client.get("/")["Location"].startswith(LOGIN)
    assert give_code(client, second_factor.code_now(cast.hugo))["Location"] == "/"
    assert len(lines("user.provider_linked")) == 1
    assert SsoIdentity.objects.get(connection=connection).subject == "subject-1"


@pytest.mark.parametrize(("context", "target"), [(MFA, "/"), ("urn:x", CODE)])
def test_the_providers_factor_counts_where_it_is_trusted(
    client, cast, enrolled, connect, provider, context, target
):
    enrolled(cast.hugo)
    connect(trusts_factor=True, factor_values=[MFA])
    provider(context=context)
    assert through(client)["Location"] == target


def test_the_name_may_be_the_address(client, cast, enrolled, connect, provider):
    enrolled(cast.hugo)
    connect()
    kind = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    provider(emails=[], subject=cast.hugo.email, format=kind)
    assert through(client)["Location"] == CODE


LIES = {
    "unsigned": {"sign": "none"},
    "the message signed, not the assertion": {"sign": "response"},
    "signed the old way": {"sign": "sha1"},
    "signed with another key": {"key": "other"},
    "another issuer": {"issuer": "https://evil.example"},
    "another audience": {"audience": "https://elsewhere.example"},
    "no audience": {"audience": ""},
    "another address": {"recipient": "https://elsewhere.example/acs"},
    "no address": {"recipient": ""},
    "another destination": {"destination": "https://elsewhere.example/acs"},
    "another request": {"in_response_to": "_another"},
    "unasked": {"in_response_to": ""},
    "over": {"until": -600},
    "not begun": {"from": 900, "until": 1200},
    "confirmed in the past": {"confirmed_until": -600},
    "refused there": {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"},
    "a name for this once": {"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
    "no address of the person": {"emails": []},
    "two addresses": {"emails": ["hugo@rochat.example", "claire@rochat.example"]},
    "another company's address": {"emails": ["bruno@keller.example"]},
    "the insurer's address": {"emails": ["reto@insurer.example"]},
    "changed on the way": {"spoil": "tampered"},
    "a forged assertion before": {"spoil": "before"},
    "a forged assertion around": {"spoil": "around"},
    "a forged assertion with the signature": {"spoil": "in_signature"},
    "a forged assertion with the id": {"spoil": "same_id"},
    "a comment in the address": {"spoil": "comment"},
    "a comment": {"spoil": "comment_only"},
    "a file of the machine": {"spoil": "external"},
    "a bomb": {"spoil": "bomb"},
}


@pytest.mark.parametrize("how", LIES.values(), ids=LIES)
def test_lies_open_nothing(client, cast, enrolled, connect, provider, how, lines):
    enrolled(cast.hugo)
    enrolled(cast.claire)
    connect()
    provider(**how)
    assert through(client).status_code == 403
    assert user_of(client) is None
    assert not SsoIdentity.objects.exists()
    assert client.get(CODE)["Location"].startswith(LOGIN)
    assert len(lines("user.sign_in_failed")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "%%%",
        base64.b64encode(b"<a/>").decode(),
        base64.b64encode(b"\x00\xff").decode(),
        "A" * 400_000,
    ],
)
def test_rubbish_is_no_answer(cast, connect, text):
    connection = connect()
    assert post(f"/account/company/{connection.pk}/acs/", text).status_code == 403


def test_an_answer_counts_once(client, cast, enrolled, connect):
    enrolled(cast.hugo)
    connect()
    path, text = answered(client)
    first = post(path, text)
    assert first.status_code == 303
    assert post(path, text).status_code == 403
    # The ticket, too, and only in the browser that began; no log repeats it.
    assert discreet(first["Location"]) == "/account/company/finish/…/"
    assert Client().get(first["Location"]).status_code == 403
    assert client.get(first["Location"])["Location"] == CODE
    assert client.get(first["Location"]).status_code == 403


def test_an_assertion_counts_once_also_for_another_request(client, cast, enrolled, connect, provider):
    enrolled(cast.hugo)
    connect()
    provider(id="_always-the-same")
    assert through(client)["Location"] == CODE
    assert post(*answered(Client())).status_code == 403


def test_deactivation_ends_the_way_at_once(cast, enrolled, connect):
    """Somebody inside, somebody before his code, an answer under way and a ticket in hand: all of it is over."""
    enrolled(cast.hugo)
    connect()
    inside, half, waiting, ticketed = (Client() for _number in range(4))
    through(inside)
    give_code(inside, second_factor.code_now(cast.hugo))
    assert user_of(inside)
    assert through(half)["Location"] == CODE
    under_way = answered(waiting)
    ticket = post(*answered(ticketed))["Location"]
    services.deactivate(cast.hugo.pk, by=cast.claire)
    assert inside.get("/")["Location"].startswith(LOGIN)
    second_factor.store(cast.hugo, second_factor.demo_secret(cast.hugo.email))
    give_code(half, second_factor.code_now(cast.hugo))
    assert ticketed.get(ticket).status_code == 403
    answer = post(*under_way)
    if answer.status_code == 303:
        answer = waiting.get(answer["Location"])
    assert answer.status_code == 403
    assert through(Client()).status_code == 403
    assert [user_of(each) for each in (half, waiting, ticketed)] == [None] * 3
    assert not SsoIdentity.objects.filter(user=cast.hugo).exists()


def test_an_answer_comes_in_time(client, cast, connect):
    connect()
    path, text = answered(client)
    SsoAttempt.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert post(path, text).status_code == 403


def test_an_answer_for_one_company_opens_nothing_at_another(client, cast, connect):
    connect()
    other = connect(cast.keller, "keller.example")
    _path, text = answered(client)
    assert post(f"/account/company/{other.pk}/acs/", text).status_code == 403


def test_our_metadata_are_public_and_name_the_answer_address(client, cast, connect):
    connection = connect()
    page = client.get(f"/account/company/{connection.pk}/metadata.xml")
    assert page["Content-Type"] == "application/samlmetadata+xml"
    assert saml.answer_address(connection) in page.content.decode()
    assert saml.entity_id(connection) in page.content.decode()


@pytest.mark.parametrize(
    "text", ["", "x", "<a/>", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>']
)
def test_metadata_that_describe_no_provider_are_refused(cast, text):
    with pytest.raises(ValidationError) as caught:
        sso.save_connection(cast.rochat, by=cast.reto, protocol="saml", issuer="", metadata=text)
    assert set(caught.value.message_dict) == {"metadata"}


def test_the_housekeeping_forgets_old_attempts(client, cast, connect):
    connect()
    answered(client)
    signing_in.forget_old(timezone.now() - timedelta(days=1))
    assert SsoAttempt.objects.exists()
    signing_in.forget_old(timezone.now())
    assert not SsoAttempt.objects.exists()
