"""What the tests of signing in do again and again."""

from django.test import Client

from users import second_factor
from users.models import FreshProof
from users.proofs import ACTS, PROOFS

PASSWORD = "secret-Word-1"
LOGIN = "/account/login/"
CODE = "/account/2fa/authenticate/"
PROOF = "/account/2fa/reauthenticate/"
SET_UP = "/account/2fa/totp/activate/"
CLAIMS = "/api/v1/claim-files/"
TOKENS = "/api/v1/api-tokens/"
SMS, CONFIRM = "/account/2fa/sms/", "/account/2fa/sms/confirm/"
NUMBER = "+41791234567"


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


def have_proven(browser, user, *acts):
    """As if a fresh code had been given for these acts just now."""
    session = browser.session
    given = {act: str(FreshProof.objects.create(user=user, act=act).pk) for act in acts}
    session[PROOFS] = {**session.get(PROOFS, {}), **given}
    session.save()


class Proving(Client):
    """The browser of somebody (`person`) who gives a fresh code for each act before he does it."""

    person = None

    def request(self, **request):
        if self.person is not None:
            have_proven(self, self.person, *ACTS)
        return super().request(**request)


def other_than(code):
    """A code of the same form that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
