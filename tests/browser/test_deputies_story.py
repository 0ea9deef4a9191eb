"""A deputy as people live it: proposed, confirmed with one click, ended."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from enterprise_portal.demo.people import CAST
from tests.browser.visitor import Visitor


def test_felix_stands_in_for_hugo_until_he_ends_it(visit):
    """Without JavaScript: the words are the page's own, and every act is a form."""
    emails = {member.key: member.email for member in CAST}
    hugo: Visitor = visit("hugo", language="fr", javascript=False)
    hugo.go("/account/deputies/")
    hugo.follow("Name a deputy")
    today = timezone.localdate()
    hugo.fill("Deputy", emails["felix"])
    hugo.fill("First day", f"{today:%d.%m.%Y}")
    hugo.fill("Last day", f"{today + timedelta(days=4):%d.%m.%Y}")
    hugo.press("Name the deputy")
    hugo.sees("Waiting for confirmation")

    claire: Visitor = visit("claire", language="fr", javascript=False)
    claire.go()
    waiting = claire.main.get_by_role("listitem").filter(has_text="Dubois").filter(has_text="Favre")
    claire.press("Approve", within=waiting)

    felix: Visitor = visit("felix", language="fr", javascript=False)
    felix.go()
    felix.menu("Claims")
    felix.go("/account/deputies/")
    felix.reads("Hugo Favre", within=felix.main.locator("#others"))
    felix.follow("End it", within=felix.main.locator("#others"))
    felix.press("End it")
    expect(felix.navigation.get_by_role("link", name=felix.beginning("Claims"))).to_have_count(0)
