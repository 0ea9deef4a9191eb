"""What the tests of signing in do again and again."""

from django.test import Client

from users import second_factor

PASSWORD = "secret-Word-1"
LOGIN = "/account/login/"
CODE = "/account/2fa/authenticate/"
PROOF = "/account/2fa/reauthenticate/"
SET_UP = "/account/2fa/totp/activate/"
CLAIMS = "/api/v1/claim-files/"
TOKENS = "/api/v1/api-tokens/"


def give_password(browser, login, password=PASSWORD, **extra):
    return browser.post(LOGIN, {"login": login, "password": password}, **extra)


def give_code(browser, code):
    return browser.post(CODE, {"code": code})


def sign_in_fully(browser, user):
    give_password(browser, user.email)
    return give_code(browser, second_factor.code_now(user))


def user_of(browser):
    return browser.session.get("_auth_user_id")


def bearer(text, browser=None):
    """A client that shows this token with every request."""
    browser = browser or Client()
    browser.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    return browser


def enrol_again(user):
    """A new authenticator app, none of whose codes was used."""
    second_factor.enrol_demo_factor(user)
    return user


def prove(browser, user, page):
    """Give a fresh code where `page` (an answer that leads there, or the address) asks for it."""
    row = user.authenticator_set.get(type="totp")
    # As if the code used at sign-in were of some time ago.
    row.data["used_step"] = row.data.get("used_step", -1) - 3
    row.save()
    return browser.post(
        getattr(page, "headers", {}).get("Location") or page, {"code": second_factor.code_now(user)}
    )
