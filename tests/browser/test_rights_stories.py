"""Rights as an administrator decides on them: an invitation in three clicks, the matrix by the keyboard alone."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from permissions.vocabulary import ACTIONS, PORTALS_NAMES
from tests.browser.keyboard import tab_to
from tests.browser.visitor import Visitor

COLLEAGUE = """
from django.db import transaction
from companies.models import Company
from permissions.grants import write
from users.models import User
with transaction.atomic():
    kim = User.objects.create_user("%s", first_name="Kim", last_name="Aebi")
    row = write(Company.unrestricted.get(name="Atelier Rochat SA"), to=kim, preset="hr", by=None)
print(row.uuid)
"""
HELD = """
from permissions.grants import find
row = find("%s")
print(row.preset, row.extra_actions, row.withheld_actions)
"""


def test_rights_are_given_in_three_clicks_and_changed_by_the_keyboard_alone(portal, visit):
    """Claire invites from home, then takes one right of a colleague and gives him another without a mouse."""
    mark = uuid4().hex[:8]
    uid = portal.run(COLLEAGUE % f"kim-{mark}@rochat.example").strip()
    claire: Visitor = visit("claire")
    claire.go()
    claire.follow("Invite a user")
    claire.fill("E-mail", f"ida-{mark}@rochat.example")
    claire.fill("First name", "Ida")
    claire.fill("Last name", "Aebi")
    claire.choose("Role", PORTALS_NAMES["hr"])
    claire.press("Send the invitation")
    claire.reads(f"ida-{mark}@rochat.example", within=claire.main.locator("#invitations"))

    claire.go(f"/users/access/{uid}/")
    keys = claire.page.keyboard
    edit, invoices = (
        claire.main.locator(f"[id='id_right-{name}']") for name in ("person.edit", "invoice.view")
    )
    tab_to(claire, edit.locator("input:checked"))
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(edit.locator("input[value=no]")).to_be_checked()
    claire.reads(claire.words("differs from the role"), within=edit)
    tab_to(claire, invoices.locator("input:checked"))
    keys.press("ArrowRight")
    difference = claire.main.locator("#difference")
    expect(difference.locator(".gain")).to_contain_text(claire.words(ACTIONS["invoice.view"])[1:])
    expect(difference.locator(".loss")).to_contain_text(claire.words(ACTIONS["person.edit"])[1:])
    tab_to(claire, claire.button("Save"))
    claire.open_by_key(claire.button("Save"), "Enter")
    # Something is taken away: it is asked about once more.
    assert portal.run(HELD % uid).strip() == "hr [] []"
    tab_to(claire, claire.button("Save the change"))
    claire.open_by_key(claire.button("Save the change"), "Enter")
    claire.sees("The access of %(name)s was changed.", name="Kim Aebi")
    assert portal.run(HELD % uid).strip() == "hr ['invoice.view'] ['person.edit']"
