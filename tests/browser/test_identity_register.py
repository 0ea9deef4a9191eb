"""Getting in by letter, as people live it: from the form to the own case, and from a company's code to its users."""

from __future__ import annotations

import re
import time
from uuid import uuid4

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from enterprise_portal.demo.letters import LETTER_TO
from tests.browser.test_stories import both_ways
from tests.browser.visitor import Visitor
from tests.finance.papers import codes, pages, text

PASSWORD = "Vingt-Deux-Sapins-Verts"
WHO = (
    "from enterprise_portal.demo.letters import not_registered; person = not_registered(); "
    "print(person.insured_number, person.birth_date.strftime('%d.%m.%Y'), person.name, person.pk, sep='|')"
)


def open_message(guest: Visitor, search: str, name: str) -> None:
    """Open the newest message to somebody in the demo's outbox, and the link in it."""
    read_message(guest, search)
    guest.open(guest.main.locator("#message").get_by_role("link", name=name))


def read_message(guest: Visitor, search: str) -> str:
    """The text of the newest message to somebody in the demo's outbox."""
    guest.go(f"/demo/outbox/?to={search}")
    message = guest.main.get_by_role("listitem").get_by_role("link")
    guest.waits_for(message)
    guest.open(message.first)
    return guest.main.locator("#message").inner_text()


def set_up_authenticator(guest: Visitor) -> None:
    """The compulsory second factor of a first sign-in; nobody is asked again for the terms he has accepted."""
    secret = guest.main.locator("#secret").inner_text().replace(" ", "")
    guest.field("Security code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    guest.press("Confirm")
    expect(guest.heading("Recovery codes")).to_be_visible()
    guest.press("I have saved the codes")


def accept_terms(guest: Visitor) -> None:
    guest.main.get_by_role("checkbox", name=guest.words("I accept the terms of use.")).check()
    guest.main.get_by_role("checkbox", name=guest.words("I have read the privacy notice.")).check()


@both_ways
def test_an_insured_person_registers_and_sees_himself_only(visit, portal, javascript, language):
    """Number, birthday, e-mail; a letter with QR code, initial password and PUK; a password of one's own."""
    number, born, name, _key = portal.run(WHO).split("|")
    email = f"n-{uuid4().hex[:8]}@home.example"
    guest: Visitor = visit(None, language=language, javascript=javascript)
    guest.go()
    guest.follow("Register as an insured person")
    guest.fill("Insured number or policy number", number)
    guest.fill("Date of birth", born)
    guest.fill("E-mail", email)
    guest.fill("E-mail once more", email)
    guest.fill("Mobile phone", "079 123 45 67")
    accept_terms(guest)
    guest.press("Register")
    expect(guest.heading("Look into your mailbox")).to_be_visible()
    open_message(guest, email, "/register/")
    guest.press("Confirm")
    expect(guest.heading("Your e-mail address is confirmed")).to_be_visible()
    # The second click is harmless, and says so.
    guest.again()
    open_message(guest, email, "/register/")
    expect(guest.heading("You have confirmed already")).to_be_visible()

    letter = read_message(guest, name)
    assert email in letter
    identifier = re.search(r"EP\d{8}", letter)[0]
    initial = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", letter)[0]
    paper = guest.download(guest.link("Letter as PDF"))
    assert initial in text(paper)
    (code,) = [code.text for page in pages(paper) for code in codes(page)]
    guest.go(code.removeprefix(guest.address))
    # The QR code has filled in the user name.
    expect(guest.field("E-mail or user name")).to_have_value(identifier)
    guest.fill("Password", initial)
    guest.press("Sign in")
    expect(guest.heading("Choose a password")).to_be_visible()
    guest.reads(email)
    box = guest.words("The e-mail address and the phone number shown here are mine.")
    guest.main.get_by_role("checkbox", name=box).check()
    guest.fill("Choose a password", PASSWORD)
    guest.press("Continue")
    set_up_authenticator(guest)
    guest.menu("My details")
    guest.reads(number)
    assert guest.tries("/employees/") in {200, 302}
    assert guest.counts_in_api("insured-persons") == 1

    # The initial password is dead; the insured number names the account, too.
    again: Visitor = visit(None, language=language, javascript=javascript)
    again.go()
    again.fill("E-mail or user name", identifier)
    again.fill("Password", initial)
    again.press("Sign in")
    expect(again.main.get_by_role("alert")).to_be_visible()
    again.fill("E-mail or user name", number)
    again.fill("Password", PASSWORD)
    again.press("Sign in")
    expect(again.field("Security code")).to_be_visible()


def test_the_management_makes_its_administrator(visit, portal):
    """Reto orders the letter again; the code in it makes Anne the administrator, once."""
    email = f"anne-{uuid4().hex[:8]}@limmat.example"
    reto: Visitor = visit("reto")
    reto.go("/companies/?q=Limmat")
    reto.open(reto.main.get_by_role("link", name=LETTER_TO).first)
    reto.press("Order the letter")
    reto.sees("The letter with the activation code is on its way. A former code is dead.")

    anne: Visitor = visit(None)
    # The former letter is there from the start; the newest one stands first.
    anne.go(f"/demo/outbox/?to={LETTER_TO}")
    anne.waits_for(anne.main.get_by_role("listitem").get_by_role("link").nth(1))
    open_message(anne, LETTER_TO, "/activate/")
    anne.reads(LETTER_TO)
    anne.fill("First name", "Anne")
    anne.fill("Last name", "Aubert")
    anne.fill("E-mail", email)
    anne.fill("E-mail once more", email)
    accept_terms(anne)
    anne.press("Continue")
    expect(anne.heading("Look into your mailbox")).to_be_visible()
    open_message(anne, email, "/invitation/")
    anne.fill("Choose a password", PASSWORD)
    anne.press("Continue")
    set_up_authenticator(anne)
    anne.menu("User management")
    expect(anne.link("Invite a user")).to_be_visible()


def test_somebody_newly_insured_registers_by_the_insurers_link(visit, portal):
    """Reto sends the link from the employee's page; the date of birth is enough, and the letter comes."""
    number, born, name, key = portal.run(WHO).split("|")
    email = f"l-{uuid4().hex[:8]}@home.example"
    reto: Visitor = visit("reto")
    reto.go(f"/employees/{key}/")
    reto.follow("Send a registration link")
    reto.fill("E-mail", email)
    reto.fill("E-mail once more", email)
    reto.press("Send the link")
    expect(reto.main.get_by_text(email).first).to_be_visible()

    guest: Visitor = visit(None)
    open_message(guest, email, "/register/link/")
    guest.reads(email)
    assert number not in guest.main.inner_text()
    guest.fill("Date of birth", born)
    guest.fill("Mobile phone", "079 123 45 67")
    accept_terms(guest)
    guest.press("Register")
    expect(guest.heading("Your details have arrived")).to_be_visible()
    # The second click is harmless, and says so.
    guest.again()
    open_message(guest, email, "/register/link/")
    expect(guest.heading("You have sent your details already")).to_be_visible()
    assert email in read_message(guest, name)
