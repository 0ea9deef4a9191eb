"""Limits of attempts, sessions and how long they last, and the doors that stay closed."""

import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.users.acts import (
    CODE,
    LOGIN,
    PASSWORD,
    SET_UP,
    enrol_again,
    give_code,
    give_password,
    sign_in_fully,
    user_of,
)
from users import second_factor

# --- Limits -----------------------------------------------------------------------------------------


def test_guessing_a_password_is_stopped_whatever_address_is_pretended(cast, enrolled, lines):
    enrolled(cast.hugo)
    for number in range(5):
        give_password(Client(), cast.hugo.email, f"guess-{number}", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    # Neither another pretended address nor another spelling opens another five attempts.
    for login in (cast.hugo.email, cast.hugo.email.upper(), f" {cast.hugo.email} "):
        answer = give_password(Client(), login, HTTP_X_FORWARDED_FOR="192.0.2.77")
        assert answer.status_code == 200
        assert "Location" not in answer
        (error,) = answer.context["form"].non_field_errors().as_data()
        assert error.code == "too_many_login_attempts"
    # Every attempt leaves one line, also those that were not looked at any more.
    stages = [line.facts["stage"] for line in lines("user.sign_in_failed")]
    assert stages == ["password"] * 5 + ["limit"] * 3


def test_somebody_elses_guesses_do_not_lock_me_out(cast, enrolled):
    enrolled(cast.hugo)
    enrolled(cast.sonia)
    for number in range(6):
        give_password(Client(), cast.hugo.email, f"guess-{number}")
    assert give_password(Client(), cast.sonia.email)["Location"] == CODE


def test_the_limit_of_one_name_tells_nothing_of_another(cast):
    """The employer knows the insured number and the address: whether they are of one account is not to be seen."""
    for number in range(5):
        give_password(Client(), cast.hugo.email, f"guess-{number}")
    said = {
        str(give_password(Client(), login, "x").context["form"].non_field_errors())
        for login in (cast.hugo.identifier, "EP00000000", "nobody@nowhere.example")
    }
    assert len(said) == 1
    beyond = give_password(Client(), cast.hugo.email, "x").context["form"].non_field_errors()
    assert str(beyond) not in said


def test_neighbours_behind_the_same_address_keep_nobody_out(cast, enrolled):
    """Somebody in the office tries passwords all day: whoever has signed in at his own browser before goes on."""
    enrolled(cast.sonia)
    own = Client()
    sign_in_fully(own, cast.sonia)
    own.post("/account/logout/")
    answers = [give_password(Client(), f"nobody{n}@nowhere.example", "x").status_code for n in range(35)]
    assert answers[-1] == 429
    assert give_password(own, cast.sonia.email)["Location"] == CODE
    enrol_again(cast.sonia)
    assert give_code(own, second_factor.code_now(cast.sonia))["Location"] == "/"


def test_guessing_a_code_is_stopped(client, cast, enrolled):
    enrolled(cast.hugo)
    give_password(client, cast.hugo.email)
    for number in range(5):
        give_code(client, f"00000{number}")
    give_code(client, second_factor.code_now(cast.hugo))
    assert user_of(client) is None


def test_one_address_gets_429_after_thirty_attempts(client, cast):
    codes = [give_password(client, f"nobody{n}@nowhere.example", "x").status_code for n in range(32)]
    assert codes[-1] == 429
    assert codes[0] == 200


# --- Sessions ---------------------------------------------------------------------------------------


def test_the_session_gets_a_new_key_at_every_proof(client, cast, enrolled):
    enrolled(cast.hugo)
    client.get(LOGIN)
    keys = [client.cookies.get("sessionid") and client.cookies["sessionid"].value]
    give_password(client, cast.hugo.email)
    keys.append(client.cookies["sessionid"].value)
    give_code(client, second_factor.code_now(cast.hugo))
    keys.append(client.cookies["sessionid"].value)
    assert len(set(keys)) == 3


def test_a_cookie_is_worth_nothing_after_signing_out(client, cast, enrolled, lines):
    sign_in_fully(client, enrolled(cast.hugo))
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get("/account/profile/").status_code == 200
    client.post("/account/logout/")
    assert thief.get("/account/profile/").status_code == 302
    (line,) = lines("user.signed_out")
    assert line.actor == cast.hugo.pk


def test_devices_are_listed_and_ended_one_by_one_or_all(client, cast, enrolled):
    enrolled(cast.hugo)
    laptop = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    phone = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) AppleWebKit Version/18 Safari/604.1"})
    for browser in (client, laptop, phone):
        cast.hugo.authenticator_set.filter(type="totp").delete()
        second_factor.enrol_demo_factor(cast.hugo)
        sign_in_fully(browser, cast.hugo)
    page = client.get("/account/sessions/").content.decode()
    assert "Firefox" in page
    assert "iPhone" in page
    rows = client.get("/account/sessions/").context["rows"]
    assert [row["current"] for row in rows] == [True, False, False]
    (windows,) = [row["row"].pk for row in rows if "Firefox" in row["device"]]
    client.post("/account/sessions/", {"session": windows})
    assert laptop.get("/account/profile/").status_code == 302
    assert phone.get("/account/profile/").status_code == 200
    client.post("/account/sessions/", {"session": "others"})
    assert phone.get("/account/profile/").status_code == 302
    assert client.get("/account/profile/").status_code == 200


def test_nobody_ends_somebody_elses_session(client, cast, enrolled):
    elsewhere = Client()
    sign_in_fully(elsewhere, enrolled(cast.sonia))
    sign_in_fully(client, enrolled(cast.hugo))
    foreign = elsewhere.get("/account/sessions/").context["rows"][0]["row"].pk
    assert client.post("/account/sessions/", {"session": foreign}).status_code == 404
    assert elsewhere.get("/account/profile/").status_code == 200


def test_suspicion_ends_everything_and_tells_the_insurer(
    client, cast, enrolled, run_jobs, mailoutbox, settings
):
    sign_in_fully(client, enrolled(cast.hugo))
    client.post("/account/suspicion/")
    assert client.get("/account/profile/").status_code == 302
    assert give_password(Client(), cast.hugo.email).status_code == 200
    run_jobs()
    assert {mail.to[0] for mail in mailoutbox} == {cast.hugo.email, settings.BRAND["email"]}
    insurer = next(mail for mail in mailoutbox if mail.to == [settings.BRAND["email"]])
    assert cast.hugo.email not in insurer.body


def test_another_authenticator_replaces_the_former_one(client, cast, enrolled, lines):
    elsewhere = Client()
    sign_in_fully(elsewhere, enrolled(cast.hugo))
    cast.hugo.authenticator_set.filter(type="totp").delete()
    second_factor.enrol_demo_factor(cast.hugo)
    sign_in_fully(client, cast.hugo)
    asked = client.get(SET_UP)["Location"]
    assert asked.startswith("/account/2fa/reauthenticate/")
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    former = second_factor.code_now(cast.hugo)
    client.post(asked, {"code": former})
    client.get(SET_UP)
    secret = second_factor.get_adapter().decrypt(client.session[second_factor.PENDING])
    code = second_factor.format_hotp_value(second_factor.hotp_value(secret, int(time.time()) // 30))
    assert client.post(SET_UP, {"code": "000000"}).status_code == 422
    assert client.post(SET_UP, {"code": code})["Location"] == reverse("users:sign_in_and_account")
    assert cast.hugo.authenticator_set.filter(type="totp").count() == 1
    assert elsewhere.get("/account/profile/").status_code == 302
    assert client.get("/account/profile/").status_code == 200
    assert len(lines("user.second_factor_set")) == 1


# --- Closed doors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "password/set/",
        "login/code/confirm/",
        "3rdparty/",
        "2fa/totp/deactivate/",
        "2fa/webauthn/",
        "2fa/webauthn/keys/add/",
        "2fa/trust/",
        "social/login/cancelled/",
        "inactive/",
    ],
)
def test_what_we_do_not_offer_is_not_there(client, cast, sign_in, path):
    assert client.get(f"/account/{path}").status_code == 404
    assert sign_in(cast.hugo).get(f"/account/{path}").status_code == 404


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "\t//evil.example", "https://evil.example/"],
)
def test_signing_in_leads_to_no_foreign_address(client, cast, enrolled, target):
    enrolled(cast.hugo)
    client.post(LOGIN, {"login": cast.hugo.email, "password": PASSWORD, "next": target})
    assert give_code(client, second_factor.code_now(cast.hugo))["Location"] == "/"


# --- How long it lasts ------------------------------------------------------------------------------------


def test_a_session_ends_after_half_an_hour_without_activity(client, cast, enrolled, clock):
    sign_in_fully(client, enrolled(cast.hugo))
    client.get("/account/profile/")
    for _turn in range(3):
        clock(minutes=20)
        assert client.get("/account/profile/").status_code == 200
    clock(minutes=31)
    assert client.get("/account/profile/")["Location"].startswith(LOGIN)


def test_what_the_page_fetches_by_itself_keeps_nobody_signed_in(client, cast, enrolled, clock):
    sign_in_fully(client, enrolled(cast.hugo))
    client.get("/account/profile/")
    for _turn in range(3):
        clock(minutes=14)
        last = client.get("/account/profile/", headers={"x-background": "1"})
    assert (last.status_code, last.json()["code"]) == (401, "session_ended")


def test_a_session_ends_after_twelve_hours_of_activity(client, cast, enrolled, clock):
    sign_in_fully(client, enrolled(cast.hugo))
    for _turn in range(35):
        assert client.get("/account/profile/").status_code == 200
        clock(minutes=20)
    for _turn in range(3):
        last = client.get("/account/profile/")
        clock(minutes=20)
    assert last.status_code == 302


def test_ended_sessions_are_forgotten_at_night(client, cast, enrolled):
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from users.tasks import sweep

    elsewhere = Client()
    sign_in_fully(elsewhere, enrolled(cast.sonia))
    sign_in_fully(client, enrolled(cast.hugo))
    for browser in (client, elsewhere):
        browser.get("/account/profile/")
    ended = elsewhere.session.session_key
    Session.objects.filter(session_key=ended).update(expire_date=timezone.now() - timedelta(seconds=1))
    sweep(0)
    assert not UserSession.objects.filter(user=cast.sonia).exists()
    assert UserSession.objects.filter(user=cast.hugo).count() == 1
    assert client.get("/account/profile/").status_code == 200


@pytest.mark.parametrize("key", ["\0", "\0" * 32, "a" * 31 + "\0", "é" * 32, "a" * 400, "' or 1=1 -- -"])
def test_a_cookie_that_can_be_no_session_is_none(client, cast, key):
    """As browsers and attackers may send it: quoted, with octal escapes."""
    quoted = "".join(sign if sign.isalnum() and sign.isascii() else f"\\{ord(sign):03o}" for sign in key)
    answer = client.get("/account/login/", headers={"cookie": f'sessionid="{quoted}"'})
    assert answer.status_code == 200
    assert client.get("/", headers={"cookie": f'sessionid="{quoted}"'})["Location"].startswith(
        "/account/login/"
    )
