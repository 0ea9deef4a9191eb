"""Browsers in which no code is asked for: only where the insurer allows it, and dead after every change."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.users.acts import CODE, PASSWORD, give_password, sign_in_fully, user_of
from users import second_factor, services, trusted_browsers
from users.models import SecurityCode, TrustedBrowser, User

NUMBER = "+41791234567"


@pytest.fixture
def trusting(client, cast, enrolled, settings):
    """Hugo, signed in with a browser that he trusts."""
    settings.TRUSTED_BROWSER_DAYS = 30
    give_password(client, enrolled(cast.hugo).email)
    assert client.get(CODE).context["form"].fields["trust"]
    client.post(CODE, {"code": second_factor.code_now(cast.hugo), "trust": "on"})
    assert user_of(client) == str(cast.hugo.pk)
    client.post("/account/logout/")
    return cast.hugo


def is_trusted(browser, user, password=PASSWORD):
    place = give_password(browser, user.email, password)["Location"]
    browser.post("/account/logout/")
    return place == "/"


def test_a_trusted_browser_is_not_asked_and_others_are(client, trusting, cast, lines, settings):
    assert is_trusted(client, trusting)
    assert not is_trusted(Client(), trusting)
    # Another person at the same browser is asked.
    second_factor.enrol_demo_factor(cast.sonia)
    assert not is_trusted(client, cast.sonia)
    row = TrustedBrowser.objects.get()
    assert client.cookies["trusted"].value not in (row.digest, row.fingerprint)
    assert client.cookies["trusted"]["httponly"]
    TrustedBrowser.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert not is_trusted(client, trusting)


def test_by_default_no_browser_is_trusted(client, cast, enrolled):
    give_password(client, enrolled(cast.hugo).email)
    assert "trust" not in client.get(CODE).context["form"].fields
    client.post(CODE, {"code": second_factor.code_now(cast.hugo), "trust": "on"})
    assert not TrustedBrowser.objects.exists()


def test_switched_off_trust_is_none(client, trusting, settings):
    settings.TRUSTED_BROWSER_DAYS = 0
    assert not is_trusted(client, trusting)


@pytest.mark.parametrize("act", ["password", "factor", "number", "removed", "recovery", "phone", "suspicion"])
def test_trust_dies_with_every_change(client, trusting, act):
    user, password = User.objects.get(pk=trusting.pk), PASSWORD
    if act == "password":
        password = "Neue-Wörter-26"
        services.set_password(user, password)
    elif act == "factor":
        services.set_second_factor(user, second_factor.demo_secret("another"), -1)
    elif act in {"number", "removed"}:
        row = SecurityCode(user=user, kind="sms", purpose="set_up", to=NUMBER)
        services.set_code_factor(user, row)
        if act == "removed":
            services.remove_factor(user, "totp")
    elif act == "recovery":
        services.renew_recovery_codes(user)
    elif act == "phone":
        services.set_phone(user, NUMBER)
    else:
        services.raise_suspicion(user)
        password = "Neue-Wörter-26"
        services.set_password(User.objects.get(pk=user.pk), password)
    assert not TrustedBrowser.objects.exists()
    assert not is_trusted(client, user, password)


def test_trust_dies_with_the_account(client, trusting, cast):
    services.deactivate(trusting.pk, by=cast.claire)
    assert not TrustedBrowser.objects.exists()
    User.objects.filter(pk=trusting.pk).update(is_active=True)
    assert not is_trusted(client, trusting)


def test_trust_dies_with_a_password_set_past_the_services(client, trusting):
    user = User.objects.get(pk=trusting.pk)
    user.set_password("Neue-Wörter-26")
    user.save()
    assert not is_trusted(client, user, "Neue-Wörter-26")
    assert trusted_browsers.of(user) == []


def test_trusted_browsers_are_listed_and_ended(client, trusting, cast, lines):
    give_password(client, trusting.email)
    (entry,) = client.get("/account/sessions/").context["trusted"]
    stranger = Client()
    sign_in_fully(stranger, second_factor.enrol_demo_factor(cast.sonia).user)
    for wanted in (str(entry["row"].pk), "nonsense"):
        assert stranger.post("/account/sessions/", {"browser": wanted}).status_code == 404
    assert client.post("/account/sessions/", {"browser": str(entry["row"].pk)}).status_code == 302
    client.post("/account/logout/")
    assert not is_trusted(client, trusting)
    assert len(lines("user.trust_ended")) == 1
