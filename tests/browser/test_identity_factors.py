"""Second factors as people use them: a passkey made and used alone, a code by SMS, another app in four clicks."""

from __future__ import annotations

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from enterprise_portal.demo.people import PASSWORD
from tests.browser.audit import QUICK, Auditor
from tests.browser.visitor import Visitor, code_of
from users.second_factor import PERIOD

NUMBER = "+41795550157"


def give_password(visitor: Visitor, email: str) -> None:
    """E-mail and password on the sign-in page."""
    visitor.go("/account/login/")
    visitor.fill("E-mail or user name", email)
    visitor.fill("Password", PASSWORD)
    visitor.press("Sign in")


def with_a_key(visitor: Visitor) -> None:
    """A virtual passkey holder in this browser, and the portal at an address with a name."""
    visitor.address = visitor.address.replace("127.0.0.1", "localhost")
    language = {"name": "django_language", "value": visitor.language, "url": visitor.address}
    visitor.context.add_cookies([language])
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_made_and_then_signs_in_alone(visit):
    """HR of Helio sets a passkey up, signs out, and comes back without password; it proves him, too."""
    visitor: Visitor = visit(None)
    with_a_key(visitor)
    email = "hr@helio.example"
    give_password(visitor, email)
    visitor.fill("Security code", code_of(email))
    visitor.press("Sign in")
    visitor.profile("Sign-in and account")
    visitor.follow("All types")
    visitor.follow("Passkey or security key")
    visitor.fill("Security code", code_of(email))
    visitor.press("Continue")
    visitor.fill("Name", "Portable")
    visitor.press("Make the passkey")
    visitor.sees("Your passkey is set up.")

    visitor.go("/account/logout/")
    visitor.press("Sign out")
    visitor.press("Sign in with a passkey")
    expect(visitor.navigation).to_be_visible()
    assert visitor.page.url == f"{visitor.address}/"

    # The passkey gives the fresh proof: it was used last.
    visitor.go("/account/2fa/")
    visitor.open(visitor.main.get_by_role("link", name="Portable").first)
    visitor.press("Use passkey")
    expect(visitor.field("Name")).to_have_value("Portable")
    auditor = Auditor(QUICK)
    auditor.look(visitor.page, "mfa_passkey", "guest")
    assert not auditor.found
    visitor.fill("Name", "Bureau")
    visitor.press("Save")
    visitor.reads("Bureau")


def test_a_passkey_that_is_not_there_leads_to_another_way(visit):
    """Nobody's passkey: the page says so, and the password stands beside it."""
    visitor: Visitor = visit(None)
    with_a_key(visitor)
    visitor.go("/account/login/")
    visitor.button("Sign in with a passkey").click()
    visitor.sees("The passkey was not used. Try again, or choose another way.")
    expect(visitor.field("Password")).to_be_visible()


def test_without_scripts_the_page_says_what_passkeys_need(visit):
    """No button that does nothing."""
    visitor: Visitor = visit(None, javascript=False)
    visitor.go("/account/login/")
    expect(visitor.button("Sign in with a passkey")).to_have_count(0)
    visitor.sees("Signing in with a passkey needs JavaScript.")


def test_a_code_by_sms_instead_of_the_app(visit):
    """Nadia chooses the SMS at sign-in with one click; for her phone number she is asked again, for that alone."""
    nadia: Visitor = visit(None)
    give_password(nadia, "nadia@rochat.example")
    nadia.press("SMS code")
    nadia.reads("+41 •• •• 57")
    nadia.fill("Security code", nadia.texted(NUMBER))
    nadia.press("Sign in")
    assert nadia.page.url == f"{nadia.address}/"

    nadia.go("/account/phone/")
    nadia.press("Send the code")
    nadia.fill("Security code", nadia.texted(NUMBER))
    nadia.press("Continue")
    nadia.fill("Phone", "+1 202 555 0143")
    nadia.press("Save")
    expect(nadia.main.get_by_role("alert")).to_be_focused()
    nadia.fill("Phone", "079 555 01 58")
    nadia.press("Save")
    nadia.sees("Your phone number was saved.")
    # One proof, one act.
    nadia.go("/account/password/change/")
    assert "/2fa/reauthenticate/" in nadia.page.url


def test_another_app_in_four_clicks(visit):
    """From home to another authenticator app: four clicks; the codes are typed and sent with Enter."""
    visitor: Visitor = visit(None)
    email = "hr@jura.example"
    give_password(visitor, email)
    visitor.fill("Security code", code_of(email))
    visitor.press("Sign in")
    assert visitor.page.url == f"{visitor.address}/"
    visitor.page.evaluate("sessionStorage.setItem('clicks', 0)")
    visitor.page.add_init_script(
        "addEventListener('click', (event) => { if (event.detail) "
        "sessionStorage.setItem('clicks', +sessionStorage.getItem('clicks') + 1); }, true)"
    )
    visitor.again()

    visitor.profile("Account settings")
    visitor.follow("Sign-in and account")
    pencil = visitor.main.get_by_role("link", name=visitor.words("Authenticator app"))
    visitor.open(pencil.first)
    _type(visitor, code_of(email))
    secret = visitor.main.locator("#secret").inner_text().replace(" ", "")
    _type(visitor, format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD)))
    visitor.sees("Your new authenticator app is set up. A former one no longer works.")
    assert int(visitor.page.evaluate("sessionStorage.getItem('clicks')")) <= 4


def _type(visitor: Visitor, code: str) -> None:
    visitor.field("Security code").fill(code)
    visitor.open_by_key(visitor.field("Security code"), "Enter")
