"""An account from its first day to its last: another address, new terms, withdrawal."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from permissions.vocabulary import PORTALS_NAMES
from tests.browser.test_access_stories import NEW_PASSWORD, accept_invitation, accept_terms
from tests.browser.test_stories import both_ways
from tests.browser.visitor import Visitor

# A version for everybody, accepted by all others: they have stories of their own.
PUBLISH = """
from django.db import transaction
from users import services
from users.models import User
texts = {code: ("Terms " + code, "## What is new\\n\\nSomething.") for code in ("de", "fr", "it", "en")}
with transaction.atomic():
    version = services.publish_terms("portal_terms", texts)
    for user in User.objects.filter(is_active=True).exclude(email="%s"):
        services.accept_terms(user, [version.pk], language="fr")
"""


@both_ways
def test_another_address_new_terms_and_the_end(portal, visit, javascript, language):
    """Somebody invited changes his address, is asked for new terms at the next page, and withdraws."""
    mark = uuid4().hex[:8]
    email, new = f"ivo-{mark}@rochat.example", f"ivo-{mark}@elsewhere.example"
    claire: Visitor = visit("claire", language=language, javascript=javascript)
    claire.go("/users/invite/")
    claire.fill("E-mail", email)
    claire.fill("First name", "Ivo")
    claire.fill("Last name", "Perret")
    claire.choose("Role", PORTALS_NAMES["finance"])
    claire.press("Send the invitation")

    ivo: Visitor = visit(None, language=language, javascript=javascript)
    accept_invitation(ivo, email)
    spare = portal.recovery_codes(email)
    ivo.profile("Account settings")
    ivo.follow("Change", within=ivo.main.locator("#profile .summary > div").filter(has_text=email))
    ivo.proves(spare.pop())
    for label in ("New e-mail address", "New e-mail address once more"):
        ivo.fill(label, new)
    ivo.press("Send the link")
    ivo.reads(new)

    ivo.go(f"/demo/outbox/?to={new}")
    mail = ivo.main.get_by_role("listitem").get_by_role("link")
    ivo.waits_for(mail)
    ivo.open(mail.first)
    ivo.open(ivo.main.locator("#message").get_by_role("link", name="/e-mail/confirm/"))
    ivo.press("Confirm this address")
    ivo.sees("Your new address is confirmed. Your other sessions were ended.")
    expect(ivo.main.locator("#profile")).to_contain_text(new)

    portal.run(PUBLISH % new)
    ivo.go("/finance/premium-invoices/")
    ivo.sees("Our terms have changed. Read what is new and accept it to go on.")
    accept_terms(ivo)
    assert ivo.page.url.endswith("/finance/premium-invoices/")

    ivo.profile("Account settings")
    ivo.follow("Terms and your data")
    ivo.follow("Withdraw and delete my account")
    ivo.proves(spare.pop())
    ivo.fill("Type your user name to confirm", ivo.main.locator(".mono").first.inner_text())
    ivo.press("Delete my account now")
    expect(ivo.heading("Your account was deleted")).to_be_visible()
    ivo.go("/finance/premium-invoices/")
    ivo.main.locator("input[name=login]").fill(new)
    ivo.main.locator("input[name=password]").fill(NEW_PASSWORD)
    ivo.press("Sign in")
    expect(ivo.main.locator("input[name=password]")).to_be_visible()
    claire.go("/users/")
    expect(claire.main.get_by_role("row").filter(has_text=mark)).to_have_count(0)
