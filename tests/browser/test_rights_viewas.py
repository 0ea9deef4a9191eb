"""Looking at the portal as somebody else, and who can see a claim file: as people do it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from users.models import Viewing


def test_claire_looks_as_hugo_and_hugo_asks_who_sees_a_case(visit):
    """She gives a reason, sees his pages with a bar above, can do nothing, ends it; he reads of it."""
    claire: Visitor = visit("claire", language="fr", javascript=True)
    claire.go()
    claire.menu("User management")
    row = claire.main.get_by_role("row").filter(has_text="hugo@rochat.example")
    claire.open(row.get_by_role("link", name="Hugo Favre", exact=True))
    claire.follow("View as")
    # Without a reason, nothing begins.
    claire.press("Begin to look")
    expect(claire.main.get_by_role("alert")).to_be_visible()
    claire.choose("Reason", Viewing.Reason.QUESTION.label)
    claire.press("Begin to look")
    bar = claire.page.get_by_role("region", name=claire.words("View as"), exact=True)
    expect(bar).to_contain_text("Hugo Favre")
    expect(bar).to_contain_text("15")
    claire.menu("Employees")
    expect(bar).to_be_visible()
    assert claire.tries("/account/profile/") == 403
    assert claire.tries("/declarations/new/") == 403
    claire.press("End this view", within=bar)
    claire.sees("You no longer look at the portal as %(name)s.", name="Hugo Favre")
    expect(bar).to_have_count(0)
    claire.follow("Who looked at the portal as somebody else")
    claire.reads("Hugo Favre")

    hugo: Visitor = visit("hugo", language="fr", javascript=True)
    hugo.go("/claims/")
    hugo.open(hugo.main.get_by_role("rowheader").get_by_role("link").first)
    hugo.follow("Who can see this, and why")
    hugo.reads("Hugo Favre", within=hugo.main.locator("#you"))
    expect(hugo.main.locator("#insurer")).to_contain_text(hugo.words("Health manager"))
    hugo.go("/users/views/")
    hugo.reads("Claire Monnier")
