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
from playwright.sync_api import expect

from enterprise_portal.demo.people import PASSWORD
from tests.browser.audit import ALL, QUICK, Auditor
from tests.browser.conftest import ROOT, code_of
from tests.browser.things import NO_PAGES, PAGES, ROLES, WALKED
from tests.browser.visitor import Visitor
from tests.house.routes import patterns

EVERYTHING = os.environ.get("PORTAL_PAGES") == "all"
LANGUAGES = ("fr", "de", "it", "en") if EVERYTHING else ("fr",)
PICTURES = ROOT / "var" / "pages"
# The pages of the API's routers speak JSON to everybody but a browser that asks for its forms.
API = ("api-", "-list", "-detail")


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
def test_every_page_on_the_way_in(visit, auditor, language):
    """Signing in, a forgotten password, an invitation, the second factor: page by page."""
    before = len(auditor.found)
    walked: set[str] = set()
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
    guest.main.locator("input[type=email]").fill("sonia@rochat.example")
    guest.main.locator("form").get_by_role("button").first.click()
    expect(guest.page).to_have_url(f"{guest.address}/account/password/reset/done/")
    look("account_reset_password_done")
    problems = auditor.found[before:]
    assert not problems, "\n".join(problems)
    assert PASSWORD
    assert code_of
