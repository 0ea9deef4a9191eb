"""Single sign-on as people live it: set up by the contract manager, walked by somebody of the company."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor, give_code
from tests.users.providers import free_port, running, send

COMPANY, DOMAIN, PERSON = "Säntis Käserei Genossenschaft", "saentis.example", "hr@saentis.example"


@pytest.fixture(scope="module")
def provider():
    """A provider that others wrote, which knows whoever does HR."""
    port = free_port()
    with running(["-m", "oidc_provider_mock", "--port", str(port)], f"http://127.0.0.1:{port}") as address:
        send(f"{address}/users/ursina", method="PUT", data={"email": PERSON, "email_verified": True})
        yield address


def proves(portal, visitor: Visitor, email: str) -> None:
    """Give the fresh code that is asked for."""
    give_code(visitor.page, email, portal)
    visitor.open(visitor.main.locator("button[type=submit]").first)


def test_signing_in_through_the_company(portal, visit, provider):
    """Reto connects the provider of a company, Ursina signs in through it and gives her own code."""
    reto: Visitor = visit("reto")
    reto.go()
    reto.menu("Company and contracts")
    reto.open(reto.main.get_by_role("link", name=COMPANY).first)
    reto.follow("Show", within=reto.main.locator("#sign-in"))
    reto.follow("Confirm a domain")
    proves(portal, reto, "reto@insurer.example")
    reto.fill("Domain", DOMAIN)
    reto.press("Confirm")
    # One proof, one act.
    spare = portal.recovery_codes("reto@insurer.example")
    reto.follow("Set up")
    reto.proves(spare.pop())
    reto.fill("Issuer", provider)
    reto.fill("Client ID", "portal")
    reto.fill("Client secret", "not for others")
    reto.press("Save")
    reto.press("Test")
    reto.proves(spare.pop())
    reto.press("Test")
    reto.sees("The provider answers as it should.")
    reto.press("Switch on")
    reto.sees("Active", within=reto.main.locator("#sso"))
    assert "not for others" not in reto.page.content()

    ursina: Visitor = visit(None)
    # The provider's own pages ask for styles from elsewhere: nothing of the tests leaves this machine.
    ursina.context.route(re.compile(r"^https://"), lambda route: route.abort())
    ursina.go()
    ursina.follow("Sign in with your company")
    ursina.fill("E-mail at work", PERSON)
    ursina.press("Continue")
    host = provider.removeprefix("http://")
    ursina.follow("Continue to %(host)s", host=host)
    ursina.page.locator("input[name=sub]").fill("ursina")
    ursina.open(ursina.page.locator("button").first)
    # Half signed in: nothing is open yet.
    assert ursina.tries("/") == 302
    proves(portal, ursina, PERSON)
    expect(ursina.navigation).to_be_visible()
    assert ursina.tries("/account/profile/") == 200
