"""Every page of everybody, those of errors too: axe at light-1440 and dark-390, reflow at 320, a silent console.

`make pages` (PORTAL_PAGES=all) looks at all of them in four languages, both themes and three widths, and keeps a
picture of each in var/pages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Locator, Page

from enterprise_portal.demo.letters import LETTER_TO, LINK_TO
from tests import papers
from tests.browser.audit import ALL, QUICK, Auditor
from tests.browser.conftest import ROOT
from tests.browser.not_here import NO_PAGES, WALKED
from tests.browser.things import LOCKED, PAGES, ROLES
from tests.browser.visitor import UUID, Visitor, code_of
from tests.house.routes import patterns

# First, while everything is as it was seeded.
pytestmark = pytest.mark.long
EVERYTHING = os.environ.get("PORTAL_PAGES") == "all"
LANGUAGES = ("fr", "de", "it", "en") if EVERYTHING else ("fr",)
# How many people come to each page.
PEOPLE = len(ROLES) if EVERYTHING else 4
PICTURES = ROOT / "var" / "pages"


@pytest.fixture(scope="session")
def paths(portal) -> dict[str, dict[str, list[str]]]:
    """By person and name of the address: what there is to look at."""
    return json.loads(portal.run(f"from tests.browser import things; things.main({EVERYTHING})"))


@pytest.fixture(scope="session")
def auditor() -> Auditor:
    """One for all roles: a page that is drawn alike for two of them is looked at once."""
    if not EVERYTHING:
        return Auditor(QUICK)
    shutil.rmtree(PICTURES, ignore_errors=True)
    return Auditor(ALL, PICTURES)


def test_every_address_says_who_sees_it():
    """A new page without an entry fails here; so does an entry without its page."""
    said = {*PAGES, *NO_PAGES, *WALKED}
    names = {name for name, _ids in patterns() if not _is_api(name)}
    assert names - said == set(), "say in tests/browser/things.py who sees these pages"
    assert said - names - {"outbox", "outbox_letter", "outbox_message"} == set(), "these addresses are gone"


def test_every_page_is_seen_by_somebody(paths):
    """Whatever the other tests have done meanwhile: a page without its thing would be looked at by nobody."""
    assert {name for name in PAGES if not any(found[name] for found in paths.values())} == set()


def _is_api(name: str) -> bool:
    from django.urls import NoReverseMatch, reverse

    ids = dict(patterns())[name]
    for value in (1, "00000000-0000-0000-0000-000000000000", "x"):
        try:
            return reverse(name, kwargs=dict.fromkeys(ids, value)).startswith("/api/v1/")
        except NoReverseMatch:
            continue
    return False


def first_ones(paths: dict[str, dict[str, list[str]]], name: str) -> list[str]:
    """Who comes to the page called `name`: the first of those who see it."""
    return [key for key in ROLES if paths[key][name]][:PEOPLE]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ROLES)
def test_every_page(visit, auditor, paths, key, language):
    """Every page this person comes to, the refused ones included."""
    visitor: Visitor = visit(key, language=language)
    before = len(auditor.found)
    for name, found in paths[key].items():
        for path in found if key in first_ones(paths, name) else ():
            where, address = f"{key}, {language}", f"{visitor.address}{path}"
            # What was never met is drawn at once; of the rest the source says whether there is anything new.
            new = not auditor.met(name, where)
            answer = (
                visitor.page.goto(address, wait_until="load") if new else visitor.context.request.get(address)
            )
            assert answer is not None
            if answer.status not in {200, 403}:
                auditor.found.append(f"{name} ({key}): {answer.status} at {path}")
            elif not auditor.knows(name, where, answer.text()):
                if not new:
                    visitor.page.goto(answer.url, wait_until="load")
                auditor.look(visitor.page, name, where)
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)


STRANGERS = {"fr": "muster", "de": "bernina", "it": "vallon", "en": "limmat"}


def _sign_in(guest: Visitor) -> Locator:
    """The button of the form; in some languages the one of passkeys begins with the same words."""
    return guest.main.locator("button[type=submit]").first


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_on_the_way_in(portal, visit, auditor, paths, language):
    """Signing in, a forgotten password, an invitation, the second factor, terms, another address: page by page."""
    before = len(auditor.found)
    walked: set[str] = set()
    # Whoever nobody else of the tests is, with a password of his own from here on; another one for each language,
    # since a code counts once.
    email, password = f"hr@{STRANGERS[language]}.example", "Drei-Boote-Am-See"
    guest: Visitor = visit(None, language=language)

    def look(name: str) -> None:
        if not name.startswith("error"):
            walked.add(name)
        auditor.look(guest.page, name, f"guest, {language}")

    guest.go()
    look("account_login")
    guest.open(_sign_in(guest))
    look("account_login")
    guest.follow("Sign in with your company")
    look("sso:start")
    guest.go()
    guest.follow("Forgotten password")
    look("account_reset_password")
    guest.main.get_by_role("textbox").fill(email)
    guest.main.get_by_role("button").first.click()
    guest.page.wait_for_url("**/done/")
    look("account_reset_password_done")
    _open_mailed_link(guest, email, "/reset/key/")
    look("account_reset_password_from_key")
    guest.main.locator("input[type=password]").first.fill(password)
    guest.open(guest.main.locator("button[type=submit]").first)
    look("account_reset_password_from_key_done")

    guest.go()
    guest.main.locator("input[name=login]").fill(email)
    guest.main.locator("input[name=password]").fill(password)
    guest.open(_sign_in(guest))
    look("mfa_authenticate")
    guest.main.locator("input[name=code]").fill(code_of(email))
    # Before the home page opens its socket: nobody inside is thrown out by what is asked here.
    forget = f"from users.models import Acceptance as A; A.objects.filter(user__email='{email}').delete()"
    portal.run(forget)
    guest.open(_sign_in(guest))
    look("users:accept_terms")
    guest.press("Accept and go on")
    look("error terms")
    for box in guest.main.get_by_role("checkbox").all():
        box.check()
    guest.press("Accept and go on")
    guest.go("/account/2fa/totp/activate/")
    assert "/reauthenticate/" in guest.page.url
    look("mfa_reauthenticate")
    guest.main.locator("input[name=code]").fill(code_of(email))
    guest.open(guest.main.locator("button[type=submit]").first)
    for name, path in (
        ("mfa_activate_totp", "/account/2fa/totp/activate/"),
        ("mfa_view_recovery_codes", "/account/2fa/recovery-codes/"),
        ("mfa_generate_recovery_codes", "/account/2fa/recovery-codes/generate/"),
        ("mfa_remove", "/account/2fa/remove/totp/"),
        ("mfa_add_passkey", "/account/2fa/passkeys/add/"),
        ("mfa_sms", "/account/2fa/sms/"),
    ):
        guest.go(path)
        assert guest.page.url.endswith(path)
        look(name)
    number = f"+4179555019{list(STRANGERS).index(language)}"
    guest.main.locator("input[name=phone]").fill(number)
    guest.open(guest.main.locator("button[type=submit]").first)
    look("mfa_sms_confirm")
    guest.main.locator("input[name=code]").fill(guest.texted(number))
    guest.open(guest.main.locator("button[type=submit]").first)

    # The proof was for the second factor: the password asks for its own.
    guest.go("/account/password/change/")
    guest.open(guest.main.locator("button[name=send][value=sms]").first)
    look("mfa_reauthenticate")
    guest.main.locator("input[name=code]").fill(guest.texted(number))
    guest.open(guest.main.locator("button[type=submit]").first)
    look("account_change_password")
    spare = portal.recovery_codes(email)
    for name, path in (
        ("users:clear_additions", "/account/additions/"),
        ("users:withdraw", "/account/withdraw/"),
    ):
        _prove(guest, path, spare.pop())
        look(name)

    _prove(guest, "/account/api/new/", spare.pop())
    look("users:new_token")
    guest.fill("Name", "Payroll")
    guest.main.get_by_role("checkbox").first.check()
    guest.press("Make the token")
    look("users:new_token")
    guest.follow("I have copied the token")
    guest.follow("Revoke")
    look("users:revoke_token")
    _prove(guest, "/account/e-mail/", spare.pop())
    look("users:email")
    another = f"hr-{language}@muster.example"
    guest.go("/account/e-mail/")
    for label in ("New e-mail address", "New e-mail address once more"):
        guest.fill(label, another)
    guest.press("Send the link")
    _open_mailed_link(guest, another, "/e-mail/confirm/")
    look("users:confirm_email")
    _open_mailed_link(guest, email, "/e-mail/deny/")
    look("users:deny_email")

    # Attempts beyond the limit of this one account; then he sees somebody else at it.
    guest.go("/account/password/change/")
    look_until_refused(guest, look, "account_change_password")
    guest.go("/account/sessions/")
    guest.press("I suspect that somebody else was here")
    look("account_suspicion")

    guest = visit(None, language=language)
    _open_mailed_link(guest, "lena.moser@keller.example", "/invitation/")
    look("users:accept")
    guest.go("/users/invitation/renewed/")
    look("users:invitation_renewed")
    _look_at_letters(guest, look, f"gast-{language}@nowhere.example")
    guest = visit("nadia", language=language)
    open_part = paths["nadia"]["declarations:own_part_questions"][0]
    _prove(
        guest, open_part.replace("questions", "release"), portal.recovery_codes("nadia@rochat.example").pop()
    )
    look("declarations:release")
    assert walked == WALKED
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)


def _prove(guest: Visitor, path: str, code: str) -> None:
    """Open a page that asks for a fresh proof, and give it by a recovery code."""
    guest.go(path)
    guest.proves(code)
    assert guest.page.url.endswith(path)


def _look_at_letters(guest: Visitor, look: Callable[[str], None], email: str) -> None:
    """Registering, the activation code of a company, PUK and unlocking."""
    guest.go("/register/")
    look("users:register")
    guest.press("Register")
    look("users:register")
    for name, value in (
        ("number", "V-0000"), ("birth_date", "31.12.1985"), ("email", email), ("email_again", email),
        ("phone", "079 123 45 67"),
    ):  # fmt: skip
        guest.main.locator(f"input[name={name}]").fill(value)
    for name in ("terms", "privacy"):
        guest.main.locator(f"input[name={name}]").check()
    guest.press("Register")
    look("users:registered")
    _open_mailed_link(guest, email, "/register/")
    look("users:confirm_registration")
    guest.press("Confirm")
    look("users:confirm_registration")
    _open_mailed_link(guest, LINK_TO, "/register/link/")
    look("users:register_by_link")
    guest.press("Register")
    look("users:register_by_link")
    guest.go("/activate/")
    look("users:activate")
    _open_mailed_link(guest, LETTER_TO, "/activate/")
    look("users:activate_code")
    for name, path in (
        ("users:activated", "/activate/sent/"),
        ("users:lost_identifier", "/account/identifier/"),
        ("users:puk", "/account/puk/"),
        ("users:puk_done", "/account/puk/done/"),
    ):
        guest.go(path)
        look(name)
    _open_mailed_link(guest, LOCKED, "/account/unlock/")
    look("users:unlock")


def _open_mailed_link(guest: Visitor, email: str, part: str) -> None:
    """Follow the newest such link mailed to this address, read in the demo's outbox."""
    outbox = f"/demo/outbox/?to={email}"
    guest.go(outbox)
    mails = guest.main.get_by_role("listitem").get_by_role("link")
    guest.waits_for(mails)
    link = guest.main.locator("#message").get_by_role("link", name=part)
    for place in range(mails.count()):
        guest.go(outbox)
        guest.open(mails.nth(place))
        if link.count():
            break
    guest.open(link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_form_with_errors(visit, auditor, paths, language):
    """Sent as it should not be: a part of a report, an invitation, a request for a paper, a file of the wrong kind."""
    before = len(auditor.found)

    def look(visitor: Visitor, name: str) -> None:
        auditor.look(visitor.page, f"{name}:errors", f"{visitor.language}")

    hugo: Visitor = visit("hugo", language=language)
    for path in [
        path for path in paths["hugo"]["declarations:part"] if path.endswith(("/event/", "/incapacity/"))
    ]:
        hugo.go(path)
        for field in hugo.main.locator("#part-form input[type=text]").all():
            if field.is_visible():
                field.fill("?")
        _sends(hugo, hugo.main.locator(".actions button[type=submit]").first, 422)
        look(hugo, "declarations:part")
    hugo.go(paths["hugo"]["documents:folder"][0])
    hugo.main.locator("input[name=files]").set_input_files(
        {"name": "setup.exe", "mimeType": "application/pdf", "buffer": papers.program()}
    )
    hugo.main.get_by_role("radio").first.check()
    # Sent by the form itself: with scripts nothing of it leaves the page.
    with hugo.page.expect_navigation() as sent:
        hugo.main.locator("form[data-upload]").evaluate("form => form.submit()")
    assert sent.value.status == 422
    look(hugo, "documents:upload")

    claire: Visitor = visit("claire", language=language)
    claire.go("/users/invite/")
    _sends(claire, claire.button("Send the invitation"), 422)
    look(claire, "users:invite")

    pauline: Visitor = visit("pauline", language=language)
    pauline.go(paths["pauline"]["claims_files:request_paper"][0])
    _sends(pauline, pauline.button("Request the document"), 422)
    look(pauline, "claims_files:request_paper")
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)


# What a refusal is drawn by does not matter to its page: these are the ways to it which anybody can take.
NOWHERE = "/claims/00000000-0000-0000-0000-000000000000/"
TOO_MUCH = "/account/login/?" + "&".join(["x=1"] * 1001)
NOBODY = "nobody@nowhere.example"


# After the others: in four languages so many attempts fail that for a while nobody may sign in from here.
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_errors(visit, auditor, paths, language):
    """Not found, not understood, not now, open for too long, too many attempts."""
    before = len(auditor.found)
    for key in (None, "hugo"):
        visitor: Visitor = visit(key, language=language)
        for status, path in ((404, "/nowhere/"), (404, NOWHERE), (400, TOO_MUCH)):
            if status == 404 and key is None and path == NOWHERE:
                continue
            _answers(visitor.page, visitor.address + path, status)
            auditor.look(visitor.page, f"error {status}", f"{key}, {language}")
    draft = re.search(UUID, paths["hugo"]["declarations:part"][0])
    assert draft
    _answers(visitor.page, f"{visitor.address}/declarations/{draft[0]}/receipt.pdf", 409)
    auditor.look(visitor.page, "error 409", f"hugo, {language}")

    # Nothing of ours breaks on demand: the page comes as Django draws it then, without a request.
    with translation.override(language):
        broken = render_to_string("500.html")
    visitor.page.route(
        "**/broken/", lambda route: route.fulfill(status=500, content_type="text/html", body=broken)
    )
    _answers(visitor.page, f"{visitor.address}/broken/", 500)
    auditor.look(visitor.page, "error 500", f"hugo, {language}")

    guest: Visitor = visit(None, language=language)
    for attempt in range(6):
        guest.go("/account/login/")
        guest.main.locator("input[name=login]").fill(NOBODY)
        guest.main.locator("input[name=password]").fill(f"Wrong-{attempt}")
        guest.open(_sign_in(guest))
    auditor.look(guest.page, "account_login:limit", f"guest, {language}")
    guest.go("/account/login/")
    guest.context.clear_cookies()
    _sends(guest, _sign_in(guest), 403)
    auditor.look(guest.page, "error csrf", f"guest, {language}")
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)


def test_the_documentation_of_the_api(visit):
    """Drawn by Swagger UI from our own host, under the same content security policy."""
    # What Swagger UI itself breaks: pale colours, small links inside buttons, headings that skip a level, and
    # its words about the API outside of its own main landmark.
    swagger = frozenset({"color-contrast", "heading-order", "nested-interactive", "region", "target-size"})
    auditor = Auditor([view for view in QUICK if not view.dark], without=swagger)
    sacha: Visitor = visit("sacha", language="en")
    sacha.page.goto(f"{sacha.address}/api/docs/", wait_until="load")
    sacha.page.locator("#swagger-ui .opblock").first.wait_for()
    auditor.look(sacha.page, "api_docs", "sacha, en")
    assert auditor.looked == 1
    assert not auditor.found, "\n".join(auditor.found)


def _answers(page: Page, address: str, status: int) -> None:
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    assert answer.status == status, f"{answer.status} at {address}"


def _sends(visitor: Visitor, button: Locator, status: int) -> None:
    """Press a button; the page that answers has this status."""
    with visitor.page.expect_navigation(wait_until="load") as sent:
        button.click()
    assert sent.value.status == status, f"{sent.value.status} at {visitor.page.url}"


def look_until_refused(guest: Visitor, look: Callable[[str], None], name: str) -> None:
    """Send a form without anything in it until there were too many attempts."""
    for _attempt in range(8):
        with guest.page.expect_navigation(wait_until="load") as sent:
            guest.main.locator("button[type=submit]").first.click()
        look(name if sent.value.status == 200 else f"error {sent.value.status}")
        if sent.value.status == 429:
            return
    pytest.fail("nobody counts the attempts")
