"""Every page of everybody: axe at light-1440 and dark-390, reflow at 320, no word of complaint in the console.

`make pages` (PORTAL_PAGES=all) looks at all of them in four languages, both themes and three widths, and keeps a
picture of each in var/pages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.browser.audit import ALL, QUICK, Auditor
from tests.browser.conftest import ROOT
from tests.browser.things import NO_PAGES, PAGES, ROLES, WALKED
from tests.browser.visitor import Visitor, code_of
from tests.house.routes import patterns

EVERYTHING = os.environ.get("PORTAL_PAGES") == "all"
LANGUAGES = ("fr", "de", "it", "en") if EVERYTHING else ("fr",)
PICTURES = ROOT / "var" / "pages"


@pytest.fixture(scope="session")
def paths(portal) -> dict[str, dict[str, list[str]]]:
    """By person and name of the address: what there is to look at."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.things"],
        cwd=ROOT,
        env=portal.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
    assert said - names - {"outbox", "outbox_message"} == set(), "these addresses are gone"


def _is_api(name: str) -> bool:
    from django.urls import NoReverseMatch, reverse

    ids = dict(patterns())[name]
    for value in (1, "00000000-0000-0000-0000-000000000000", "x"):
        try:
            return reverse(name, kwargs=dict.fromkeys(ids, value)).startswith("/api/v1/")
        except NoReverseMatch:
            continue
    return False


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ROLES)
def test_every_page(visit, auditor, paths, key, language):
    """Every page this person comes to, the refused ones included."""
    visitor: Visitor = visit(key, language=language)
    before = len(auditor.found)
    for name, found in paths[key].items():
        for path in found:
            answer = visitor.page.goto(f"{visitor.address}{path}", wait_until="load")
            assert answer is not None
            if answer.status not in {200, 403}:
                auditor.found.append(f"{name} ({key}): {answer.status} at {path}")
                continue
            auditor.look(visitor.page, name, f"{key}, {language}")
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_on_the_way_in(visit, auditor, paths, language):
    """Signing in, a forgotten password, an invitation, the second factor: page by page."""
    before = len(auditor.found)
    walked: set[str] = set()
    # Whoever nobody else of the tests is, with a password of his own from here on.
    email, password = "hr@muster.example", "Drei-Boote-Am-See"
    guest: Visitor = visit(None, language=language)

    def look(name: str) -> None:
        walked.add(name)
        auditor.look(guest.page, name, f"guest, {language}")

    guest.go()
    look("account_login")
    guest.press("Sign in")
    look("account_login")
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
    guest.press("Sign in")
    look("mfa_authenticate")
    guest.main.locator("input[name=code]").fill(code_of(email))
    guest.press("Sign in")
    guest.go("/account/password/change/")
    look("mfa_reauthenticate")
    guest.main.locator("input[name=code]").fill(code_of(email, 1))
    guest.open(guest.main.locator("button[type=submit]").first)
    look("account_change_password")
    for name, path in (
        ("mfa_activate_totp", "/account/2fa/totp/activate/"),
        ("mfa_view_recovery_codes", "/account/2fa/recovery-codes/"),
        ("mfa_generate_recovery_codes", "/account/2fa/recovery-codes/generate/"),
    ):
        guest.go(path)
        assert guest.page.url.endswith(path)
        look(name)

    guest = visit(None, language=language)
    _open_mailed_link(guest, "lena.moser@keller.example", "/invitation/")
    look("users:accept")
    guest.go("/users/invitation/renewed/")
    look("users:invitation_renewed")
    assert walked == WALKED
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)


def _open_mailed_link(guest: Visitor, email: str, part: str) -> None:
    """Follow the link in the newest mail to this address, read in the demo's outbox."""
    guest.go(f"/demo/outbox/?to={email}")
    mails = guest.main.get_by_role("listitem").get_by_role("link")
    guest.waits_for(mails)
    guest.open(mails.first)
    guest.open(guest.main.locator("#message").get_by_role("link", name=part))
