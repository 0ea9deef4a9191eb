"""The end of a session as people live it: warned, kept, ended, and back on the same page with the draft."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from enterprise_portal.demo.people import PASSWORD
from permissions.vocabulary import ACTIONS
from tests.browser.reporting import Reporter
from tests.browser.visitor import Visitor, give_code

ELENA, BRUNO = "elena@keller.example", "bruno@keller.example"
OCCUPATION = "Facharbeiterin Holzbau"

# Lets so many seconds pass in the sessions of one person, as if nobody had touched anything.
LET_PASS = """
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from users.models import User
who = str(User.objects.get(email="{email}").pk)
for row in Session.objects.all():
    store = SessionStore(row.session_key)
    if store.get("_auth_user_id") == who:
        for name in ("session_begun", "session_seen"):
            store[name] -= {seconds}
        store.save()
        Session.objects.filter(pk=row.pk).update(expire_date=row.expire_date - timedelta(seconds={seconds}))
"""


def let_pass(portal, visitor: Visitor, email: str, seconds: int) -> None:
    """So many seconds without a touch, for the server and then for the browser."""
    portal.run(LET_PASS.format(email=email, seconds=seconds))
    if visitor.javascript:
        visitor.page.clock.fast_forward(seconds * 1000)


def come_in(portal, visitor: Visitor, email: str) -> None:
    """Password and code, on the sign-in page that is open."""
    visitor.main.locator("input[name=login]").fill(email)
    visitor.main.locator("input[name=password]").fill(PASSWORD)
    visitor.press("Sign in")
    proves(portal, visitor, email)
    assert "/2fa/" not in visitor.page.url, f"{email} could not sign in"


def proves(portal, visitor: Visitor, email: str) -> None:
    """Give the code that is asked for."""
    give_code(visitor.page, email, portal)
    visitor.open(visitor.main.locator("button[type=submit]").first)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_draft_outlives_the_session(portal, visit, javascript):
    """Elena is called away from her report; what she wrote is there when she is back, on the same page."""
    elena: Visitor = visit(None, javascript=javascript)
    page = elena.page
    if javascript:
        page.clock.install()
    elena.go()
    come_in(portal, elena, ELENA)
    elena.menu("Report a case")
    report = Reporter(elena, own=True)
    report.begin()
    report.person()
    here = page.url

    if javascript:
        # Kept by itself: what is under way when time passes would count as hers.
        with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
            report.fill("employment", "occupation", OCCUPATION)
        elena.reads(elena.words("Saved at {time}").split("{")[0].strip())
        dialog = page.locator("#session-dialog")
        # Two minutes before the end she is warned, and stays.
        let_pass(portal, elena, ELENA, 28 * 60 + 10)
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("heading")).to_be_focused()
        expect(elena.button("Sign out", within=dialog)).to_be_visible()
        # The warning takes the focus out of her field: that alone sends nothing, and keeps nobody signed in.
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        page.clock.fast_forward(5_000)
        expect(dialog.locator("[data-seconds]")).to_be_empty()
        page.wait_for_timeout(500)
        assert "POST" not in sent
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(elena.field(report.label("employment", "occupation"))).to_have_value(OCCUPATION)
        # The next time nobody is there.
        let_pass(portal, elena, ELENA, 28 * 60 + 10)
        expect(dialog).to_be_visible()
        page.clock.fast_forward(70_000)
        expect(dialog.locator("[data-seconds]")).to_have_text(re.compile(r"\d+"))
        let_pass(portal, elena, ELENA, 130)
        page.wait_for_url(re.compile(r"/account/login/\?ended=1"))
    else:
        report.fill("employment", "occupation", OCCUPATION)
        elena.press("Save and leave")
        elena.go(here.removeprefix(elena.address))
        let_pass(portal, elena, ELENA, 31 * 60)
        elena.again()
        assert "/account/login/?ended=1" in page.url
    elena.sees("Your session has ended")
    assert elena.tries("/declarations/") == 302
    sign_in_again = page.url.removeprefix(elena.address)

    # Somebody else at the same screen is not led to her report.
    come_in(portal, elena, BRUNO)
    assert page.url == f"{elena.address}/"
    elena.context.clear_cookies(name="sessionid")

    elena.go(sign_in_again)
    come_in(portal, elena, ELENA)
    assert page.url == here
    expect(elena.field(report.label("employment", "occupation"))).to_have_value(OCCUPATION)


def test_what_was_typed_and_not_saved_stays_on_the_page(portal, visit):
    """A form that is not a draft: the page is kept behind a curtain until she has signed in again in another tab."""
    bruno: Visitor = visit(None)
    page = bruno.page
    page.clock.install()
    bruno.go()
    come_in(portal, bruno, BRUNO)
    bruno.menu("User management")
    bruno.follow("Invite a user")
    bruno.fill("First name", "Iris")
    let_pass(portal, bruno, BRUNO, 31 * 60)
    dialog = page.locator("#session-dialog")
    expect(dialog.get_by_role("heading", name=bruno.words("Your session has ended"))).to_be_focused()
    expect(bruno.button("Stay signed in", within=dialog)).to_have_count(0)
    for _attempt in range(5):
        page.keyboard.press("Escape")
    expect(dialog).to_be_visible()

    with bruno.context.expect_page() as opened:
        bruno.link("Sign in again", within=dialog).click()
    other = Visitor.__new__(Visitor)
    other.__dict__.update(bruno.__dict__, page=opened.value)
    come_in(portal, other, BRUNO)
    assert other.page.url.endswith("/users/invite/")
    # The first tab hears of it.
    expect(dialog).to_be_hidden()
    expect(bruno.field("First name")).to_have_value("Iris")
    bruno.press("Send the invitation")
    expect(bruno.main.get_by_role("alert").first).to_be_visible()
    expect(bruno.field("First name")).to_have_value("Iris")


def test_the_answer_to_signing_out_is_not_lost(portal, visit):
    """The session's end reaches the page by its socket before the form's own answer: that answer is waited for."""
    bruno: Visitor = visit(None)
    page = bruno.page
    with page.expect_websocket() as socket:
        bruno.go()
        come_in(portal, bruno, BRUNO)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/session/" in request.url else None)

    def late(route) -> None:
        answer = route.fetch(max_redirects=0)
        socket.value.wait_for_event("close")
        page.wait_for_timeout(500)
        route.fulfill(response=answer)

    page.route("**/logout/", late)
    page.locator("details:has(.menu-who) summary").first.click()
    bruno.press("Sign out", within=page.locator("details:has(.menu-who)").first)
    bruno.sees("You are signed out.", within=page.locator("body"))
    expect(bruno.main.get_by_text(bruno.words("Your session has ended"))).to_have_count(0)


def test_a_program_reads_with_a_token_and_no_longer_when_it_is_revoked(portal, visit):
    """Felix makes a token for his accounting; it reads invoices and nothing else, until he revokes it."""
    felix: Visitor = visit(None)
    felix.go()
    come_in(portal, felix, "felix@rochat.example")
    felix.profile("Sign-in and account")
    felix.follow("API access")
    felix.follow("Make a token")
    proves(portal, felix, "felix@rochat.example")
    felix.fill("Name", "Comptabilité")
    rights = felix.main.get_by_role("group", name=felix.beginning("What the token may do"))
    right = felix.words(ACTIONS["invoice.view"])
    rights.get_by_role("checkbox", name=right[:1].upper() + right[1:]).check()
    felix.press("Make the token")
    text = felix.main.locator("#api-token").inner_text()

    def reads(path: str) -> int:
        headers = {"Authorization": f"Bearer {text}"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{felix.address}{path}", headers=headers)
            ) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code

    assert reads("/api/v1/premium-invoices/") == 200
    assert reads("/api/v1/users/") == 403
    assert reads("/api/v1/api-tokens/") == 403
    felix.follow("I have copied the token")
    felix.reads("Comptabilité")
    felix.follow("Revoke")
    felix.press("Revoke")
    assert reads("/api/v1/premium-invoices/") == 401
