"""What stands in the letters of this room, in the active language."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.letters import Content
from core.text import swiss_date

MANAGEMENT = gettext_lazy("To the management")


def _address(path: str) -> str:
    return settings.SITE_URL.rstrip("/") + path


def _typed(path: str) -> str:
    """An address as people type it."""
    return _address(path).split("://", 1)[1]


def _questions() -> str:
    return _("Questions? Call us: %(phone)s.") % {"phone": settings.BRAND["hotline"]}


def activation(code: str, expires: datetime) -> Content:
    """To the management of a company: the code that makes its first administrator."""
    portal = settings.BRAND["name"]
    return Content(
        title=_("Your access to %(portal)s") % {"portal": portal},
        paragraphs=[
            _(
                "With the code below one person of your company becomes its administrator in %(portal)s: this person "
                "invites colleagues and decides who sees what."
            )
            % {"portal": portal},
            _("Hand this letter only to the person who is to do this. The code is good once."),
        ],
        codes=[(_("Activation code"), code)],
        facts=[(_("Valid until"), swiss_date(expires))],
        steps=[
            _("Scan the QR code, or open %(address)s and enter the code.")
            % {"address": _typed(reverse("users:activate"))},
            _("Enter your name and your e-mail address. We send you an e-mail with a link."),
            _("Open the link, choose a password and set up your second factor."),
        ],
        qr=_address(reverse("users:activate_code", kwargs={"code": code})),
        qr_label=_("Opens the page with your code"),
        closing=[_questions()],
    )


def access(email: str, identifier: str, password: str, puk: str, until: datetime) -> Content:
    """To an insured person: identifier number, initial password and PUK."""
    return Content(
        title=_("Your initial password and your PUK"),
        paragraphs=[
            _(
                "You have registered for %(portal)s. Sign in with the details below; you then choose a password."
            )
            % {"portal": settings.BRAND["name"]},
            _(
                "Did somebody else register in your name, or is the e-mail address not yours? Then do not sign in: call %(phone)s."
            )
            % {"phone": settings.BRAND["hotline"]},
        ],
        facts=[
            (_("E-mail"), email),
            (_("Initial password valid until"), swiss_date(until)),
        ],
        codes=[(_("User name"), identifier), (_("Initial password"), password), (_("PUK"), puk)],
        steps=[
            _("Scan the QR code, or open %(address)s.") % {"address": _typed(reverse("account_login"))},
            _("Enter user name and initial password, with its hyphens."),
            _("Choose a password of your own and set up your second factor."),
            _(
                "Keep the PUK in a safe place, away from your phone: with it you unlock your account, or sign in again "
                "when you have lost your second factor. It is good once."
            ),
        ],
        qr=_address(reverse("account_login") + "?" + urlencode({"login": identifier})),
        qr_label=_("Opens the sign-in page"),
        closing=[_questions()],
    )


def puk(identifier: str, code: str) -> Content:
    """To somebody with an account: a new PUK."""
    return Content(
        title=_("Your new PUK"),
        paragraphs=[
            _("You receive a new PUK for your account. Older ones no longer work."),
            _("You did not order it? Then call %(phone)s.") % {"phone": settings.BRAND["hotline"]},
        ],
        codes=[(_("User name"), identifier), (_("PUK"), code)],
        steps=[
            _(
                "Keep the PUK in a safe place, away from your phone: with it you unlock your account, or sign in again "
                "when you have lost your second factor. It is good once."
            ),
            _("Should you need it, open %(address)s.") % {"address": _typed(reverse("users:puk"))},
        ],
        qr=_address(reverse("users:puk")),
        qr_label=_("Opens the page where the PUK is entered"),
        closing=[_questions()],
    )
