"""Access as people live it: an invitation up to the first invoice, and a right asked for with one click."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Locator, expect

from enterprise_portal.demo.people import PASSWORD
from finance.models import InvoiceState
from permissions.vocabulary import ACTIONS, PORTALS_NAMES
from tests.browser.test_stories import both_ways
from tests.browser.visitor import Visitor
from tests.finance.papers import codes, pages

NEW_PASSWORD = "Vingt-Deux-Sapins-Verts"
# Where claims would be found by somebody who knows the addresses.
CLAIM_LISTS = ("/claims/", "/declarations/", "/declarations/new/", "/employees/")
CLAIM_APIS = ("claim-files", "declarations", "documents", "insured-persons")


def accept_invitation(guest: Visitor, email: str) -> str:
    """Open the mailed link, choose a password, set up the authenticator, accept the terms; arrive at home.

    Returns the secret of the authenticator.
    """
    guest.go()
    guest.follow("Outbox of the demo")
    mail = guest.main.get_by_role("listitem").get_by_role("link").filter(has_text=email)
    guest.waits_for(mail)
    guest.open(mail)
    guest.open(guest.main.locator("#message").get_by_role("link", name="/invitation/"))
    guest.reads(email)
    guest.fill("Choose a password", NEW_PASSWORD)
    guest.press("Continue")
    secret = guest.main.locator("#secret").inner_text().replace(" ", "")
    guest.field("Security code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    guest.press("Confirm")
    expect(guest.heading("Recovery codes")).to_be_visible()
    guest.press("I have saved the codes")
    accept_terms(guest)
    return secret


def accept_terms(guest: Visitor) -> None:
    """Tick every box of the page that asks for it, and go on."""
    expect(guest.heading("Before you go on")).to_be_visible()
    for box in guest.main.get_by_role("checkbox").all():
        box.check()
    guest.press("Accept and go on")


@both_ways
def test_a_colleague_invited_for_invoices_finds_no_claim(visit, javascript, language):
    """Claire invites somebody for premium invoices only: that is what she gets, and nothing else."""
    email = f"iris-{uuid4().hex[:8]}@rochat.example"
    claire: Visitor = visit("claire", language=language, javascript=javascript)
    claire.go()
    claire.menu("User management")
    claire.follow("Invite a user")
    claire.fill("E-mail", email)
    claire.fill("First name", "Iris")
    claire.fill("Last name", "Nicolet")
    claire.choose("Role", PORTALS_NAMES["finance"])
    if javascript:
        claire.reads("Iris", within=claire.main.locator("#summary"))
    claire.press("Send the invitation")
    claire.reads(email, within=claire.main.locator("#invitations"))

    iris: Visitor = visit(None, language=language, javascript=javascript)
    accept_invitation(iris, email)
    expect(iris.navigation.get_by_role("link", name=iris.beginning("Claims"))).to_have_count(0)
    expect(iris.navigation.get_by_role("link", name=iris.beginning("Report a case"))).to_have_count(0)
    iris.menu("Premium invoices")
    row = iris.main.get_by_role("row").filter(has_text=iris.words(InvoiceState.OPEN.label)).first
    number = row.get_by_role("rowheader").inner_text().strip()
    paper = iris.download(row.get_by_role("link", name="PDF"))
    found = [code.text for page in pages(paper) for code in codes(page)]
    assert len(found) == 1
    assert found[0].startswith("SPC")
    assert number in found[0]

    for path in CLAIM_LISTS:
        assert iris.tries(path) == 403, path
    for name in CLAIM_APIS:
        assert iris.counts_in_api(name) == 0, name
    claire.again()
    person = claire.main.get_by_role("row").filter(has_text=email)
    expect(person).to_contain_text(claire.words(PORTALS_NAMES["finance"]))


@both_ways
def test_a_right_is_asked_for_and_given_with_one_click(visit, javascript, language):
    """Hugo asks for the invoices where they are refused to him; Claire approves; later she takes it back."""
    hugo: Visitor = visit("hugo", language=language, javascript=javascript)
    claire: Visitor = visit("claire", language=language, javascript=javascript)
    claire.go()
    right = hugo.words(ACTIONS["invoice.view"])

    hugo.go()
    hugo.profile("Account settings")
    hugo.follow("Premium invoices", within=hugo.main.locator("#further"))
    expect(hugo.heading("No access")).to_be_visible()
    hugo.press("Ask for access to “%(right)s”", right=right)
    hugo.reads("Claire Monnier")

    claire.arrives(lambda: _request(claire))
    claire.press("Approve", within=_request(claire))
    claire.sees("%(name)s has the access now.", name="Hugo Favre")

    hugo.go()
    hugo.menu("Premium invoices")
    expect(hugo.main.get_by_role("row").nth(1)).to_be_visible()

    # What is given can be taken back: at once.
    claire.menu("User management")
    row = claire.main.get_by_role("row").filter(has_text="hugo@rochat.example")
    claire.follow("Change", within=row)
    claire.main.locator("[id='id_right-invoice.view']").get_by_role("radio").first.check()
    claire.press("Save")
    claire.press("Save the change")
    hugo.again()
    expect(hugo.heading("No access")).to_be_visible()


def test_a_request_is_declined_with_a_reason_where_its_line_leads(visit):
    """Sonia asks in the menu's last entry; Claire opens the request and says why not; Sonia reads it."""
    sonia: Visitor = visit("sonia", javascript=False)
    claire: Visitor = visit("claire", javascript=False)
    right, reason = claire.words(ACTIONS["audit.view"]), "Le journal reste chez Claire."
    sonia.go()
    sonia.menu("Further areas")
    area = sonia.main.locator("#areas").get_by_role("listitem").filter(has_text=sonia.words("Activity log"))
    sonia.press("Ask for access", within=area)
    sonia.sees("Asked for", within=area)

    claire.go()
    line = claire.main.locator("#todo").get_by_role("listitem").filter(has_text=right)
    claire.open(line.get_by_role("link"))
    claire.fill("Reason, if you decline", reason)
    claire.press("Decline")
    claire.sees("The request of %(name)s was declined.", name="Sonia Rossi")

    sonia.menu("Further areas")
    sonia.reads(reason, within=sonia.main.locator("#requests"))


def _request(claire: Visitor) -> Locator:
    """The line at home that says what Hugo asks for."""
    return (
        claire.main.get_by_role("listitem")
        .filter(has_text="Hugo Favre")
        .filter(has_text=claire.words(ACTIONS["invoice.view"]))
    )


@pytest.mark.parametrize("key", ["claire"])
def test_a_wrong_code_does_not_let_anybody_in(visit, key):
    """The password alone opens nothing."""
    stranger: Visitor = visit(None)
    stranger.go()
    stranger.fill("E-mail or user name", f"{key}@rochat.example")
    stranger.fill("Password", PASSWORD)
    stranger.press("Sign in")
    stranger.main.locator("input[name=code]").fill("000000")
    stranger.press("Sign in")
    expect(stranger.main.get_by_role("alert")).to_be_focused()
    assert stranger.tries("/claims/") == 302
