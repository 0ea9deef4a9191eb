"""Signing in: what lets somebody in, what does not, and what each attempt leaves behind."""

import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from users import second_factor
from users.models import User

PASSWORD = "secret-Word-1"
LOGIN = "/account/login/"
CODE = "/account/2fa/authenticate/"
SET_UP = "/account/2fa/totp/activate/"


def give_password(browser, login, password=PASSWORD, **extra):
    return browser.post(LOGIN, {"login": login, "password": password}, **extra)


def give_code(browser, code):
    return browser.post(CODE, {"code": code})


def sign_in_fully(browser, user):
    give_password(browser, user.email)
    return give_code(browser, second_factor.code_now(user))


def user_of(browser):
    return browser.session.get("_auth_user_id")


# --- The way in -------------------------------------------------------------------------------------


def test_password_and_code_open_the_home_page(client, cast, enrolled, lines):
    enrolled(cast.hugo)
    assert give_password(client, cast.hugo.email)["Location"] == CODE
    assert user_of(client) is None
    answer = give_code(client, second_factor.code_now(cast.hugo))
    assert answer["Location"] == "/"
    assert user_of(client) == str(cast.hugo.pk)
    (line,) = lines("user.signed_in")
    assert (line.actor, line.target) == (cast.hugo.pk, cast.hugo.pk)


@pytest.mark.parametrize(
    "written", [str, str.lower, lambda number: f"{number[:2]} {number[2:6]} {number[6:]}"]
)
def test_user_name_is_read_as_people_write_it(client, cast, enrolled, written):
    enrolled(cast.hugo)
    assert give_password(client, written(cast.hugo.identifier))["Location"] == CODE


def test_first_sign_in_leads_through_set_up_and_codes_home(client, cast, lines, run_jobs, mailoutbox):
    assert give_password(client, cast.hugo.email)["Location"] == "/"
    assert client.get("/")["Location"] == SET_UP
    page = client.get(SET_UP)
    assert not lines("user.signed_in")
    secret = re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', page.content.decode())[1].replace(" ", "")
    # The page may be loaded again without the picture changing under the phone.
    assert secret in client.get(SET_UP).content.decode().replace(" ", "")
    step = int(time.time()) // 30
    code = second_factor.format_hotp_value(second_factor.hotp_value(secret, step))
    answer = client.post(SET_UP, {"code": code})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    page = client.get(answer["Location"])
    codes = page.context["codes"]
    assert len(codes) == 10
    assert codes[0] in client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert client.post(answer["Location"])["Location"] == "/"
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 404
    assert client.get(answer["Location"]).context["codes"] is None
    assert client.get(reverse("users:account")).status_code == 200
    assert len(lines("user.signed_in")) == 1
    (line,) = lines("user.second_factor_set")
    assert line.facts["first"] is True
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    # The code that set the app up is used up.
    client.post("/account/logout/")
    give_password(client, cast.hugo.email)
    assert give_code(client, code).status_code == 200
    assert user_of(client) is None


def test_secrets_are_encrypted_at_rest(client, cast, enrolled):
    row = enrolled(cast.hugo).authenticator_set.get(type="totp")
    assert row.data["secret"].startswith("gAAAA")
    give_password(client, cast.jonas.email)
    client.get(SET_UP)
    assert client.session[second_factor.PENDING].startswith("gAAAA")


# --- Refusals ---------------------------------------------------------------------------------------


def test_unknown_wrong_and_deactivated_are_answered_alike(cast, enrolled, lines):
    enrolled(cast.hugo)
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False)
    answers = [
        give_password(Client(), login, password)
        for login, password in (
            (cast.hugo.email, "wrong-Word-1"),
            ("nobody@nowhere.example", "wrong-Word-1"),
            (cast.sonia.email, PASSWORD),
            ("EP00000000", "wrong-Word-1"),
        )
    ]
    assert {answer.status_code for answer in answers} == {200}
    bodies = set()
    for answer in answers:
        body = re.sub(
            r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", answer.content.decode()
        )
        bodies.add(re.sub(r'value="[^"@]*@[^"]+"|value="EP\d+"', "", body))
    assert len(bodies) == 1
    found = lines("user.sign_in_failed")
    assert [line.target for line in found] == [cast.hugo.pk, None, cast.sonia.pk, None]
    assert {line.facts["stage"] for line in found} == {"password"}
    assert all("nobody" not in str(line.facts) for line in found)


def test_a_code_counts_once_however_it_is_written(client, cast, enrolled, lines):
    code = second_factor.code_now(enrolled(cast.hugo))
    give_password(client, cast.hugo.email)
    assert give_code(client, f"{code[:3]} {code[3:]}")["Location"] == "/"
    for again in (
        code,
        f"{code[:3]} {code[3:]}",
        f"{code[:3]}-{code[3:]}",
        code.translate({48 + n: 0xFF10 + n for n in range(10)}),
    ):
        other = Client()
        give_password(other, cast.hugo.email)
        assert give_code(other, again).status_code == 200
        assert user_of(other) is None
    assert {line.facts["stage"] for line in lines("user.sign_in_failed")} == {"second_factor"}
    assert len(lines("user.sign_in_failed")) == 4


def test_the_clock_may_be_half_a_minute_off_and_no_more(cast, enrolled):
    enrolled(cast.hugo)
    row = cast.hugo.authenticator_set.get(type="totp")
    secret = second_factor.get_adapter().decrypt(row.data["secret"])
    now = int(time.time()) // 30
    codes = {
        offset: second_factor.format_hotp_value(second_factor.hotp_value(secret, now + offset))
        for offset in (-3, -1, 1, 3)
    }
    assert second_factor.check(cast.hugo, codes[-3]) is None
    assert second_factor.check(cast.hugo, codes[3]) is None
    assert second_factor.check(cast.hugo, codes[-1])
    assert second_factor.check(cast.hugo, codes[1])
    # Older than one that was used: no longer.
    assert second_factor.check(cast.hugo, codes[-1]) is None


def test_a_recovery_code_counts_once(client, cast, enrolled):
    enrolled(cast.hugo)
    code = second_factor.recovery_codes(cast.hugo).get_unused_codes()[0]
    give_password(client, cast.hugo.email)
    assert give_code(client, f"{code[:4]} {code[4:]}")["Location"] == "/"
    other = Client()
    give_password(other, cast.hugo.email)
    assert give_code(other, code).status_code == 200
    assert user_of(other) is None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/account/profile/",
        "/account/sessions/",
        "/account/password/change/",
        "/account/2fa/recovery-codes/",
        "/account/2fa/recovery-codes/generate/",
    ],
)
def test_the_password_alone_opens_nothing(client, cast, path):
    give_password(client, cast.hugo.email)
    assert user_of(client) == str(cast.hugo.pk)
    assert client.get(path)["Location"].startswith(SET_UP)
    assert client.post(path)["Location"].startswith(SET_UP)


def test_the_password_alone_opens_no_api(client, cast):
    give_password(client, cast.hugo.email)
    answer = client.get("/api/schema/")
    assert answer.status_code == 403
    assert answer.json()["code"] == "second_factor_required"


def test_between_password_and_code_nothing_opens(client, cast, enrolled):
    enrolled(cast.hugo)
    give_password(client, cast.hugo.email)
    for path in ("/account/profile/", "/account/2fa/totp/activate/", "/account/sessions/"):
        assert client.get(path)["Location"].startswith(LOGIN)


def test_whoever_is_deactivated_between_password_and_code_stays_out(client, cast, enrolled, lines):
    enrolled(cast.hugo)
    give_password(client, cast.hugo.email)
    User.objects.filter(pk=cast.hugo.pk).update(is_active=False)
    give_code(client, second_factor.code_now(cast.hugo))
    assert user_of(client) is None
    assert not lines("user.signed_in")


# --- Limits -----------------------------------------------------------------------------------------


def test_guessing_a_password_is_stopped_whatever_address_is_pretended(cast, enrolled):
    enrolled(cast.hugo)
    for number in range(5):
        give_password(Client(), cast.hugo.email, f"guess-{number}", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    # Neither another pretended address nor the user name of the account opens another five attempts.
    for login in (cast.hugo.email, cast.hugo.email.upper(), cast.hugo.identifier):
        answer = give_password(Client(), login, HTTP_X_FORWARDED_FOR="192.0.2.77")
        assert answer.status_code == 200
        assert "Location" not in answer
        (error,) = answer.context["form"].non_field_errors().as_data()
        assert error.code == "too_many_login_attempts"


def test_somebody_elses_guesses_do_not_lock_me_out(cast, enrolled):
    enrolled(cast.hugo)
    enrolled(cast.sonia)
    for number in range(6):
        give_password(Client(), cast.hugo.email, f"guess-{number}")
    assert give_password(Client(), cast.sonia.email)["Location"] == CODE


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


# --- Passwords --------------------------------------------------------------------------------------


def test_forgotten_password_answers_alike_and_leaves_the_second_factor(
    client, cast, enrolled, link_in, mailoutbox, lines, run_jobs
):
    enrolled(cast.hugo)
    elsewhere = Client()
    sign_in_fully(elsewhere, cast.hugo)
    known = client.post("/account/password/reset/", {"email": cast.hugo.email})
    unknown = client.post("/account/password/reset/", {"email": "nobody@nowhere.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    link = link_in(cast.hugo.email)
    assert len(mailoutbox) == 1
    assert link_token(link) not in str([line.facts for line in lines("user.password_changed")])
    form = client.get(client.get(link)["Location"])
    assert form.status_code == 200
    weak = client.post(form.context["action_url"], {"password1": "password"})
    assert weak.status_code == 200
    done = client.post(form.context["action_url"], {"password1": "Neue-Wörter-26"})
    assert done["Location"] == "/account/password/reset/key/done/"
    assert user_of(client) is None
    # The other session is dead, the second factor is still asked for, the link is used up.
    assert elsewhere.get("/account/profile/")["Location"].startswith(LOGIN)
    assert give_password(Client(), cast.hugo.email, "Neue-Wörter-26")["Location"] == CODE
    assert give_password(Client(), cast.hugo.email).status_code == 200
    assert "action_url" not in (Client().get(link).context or {}) or Client().get(link).context.get(
        "token_fail"
    )
    (line,) = lines("user.password_changed")
    assert line.facts["way"] == "reset"
    run_jobs()
    assert len(mailoutbox) == 2


def link_token(link):
    return link.rstrip("/").rsplit("-", 1)[1]


def test_no_link_for_the_deactivated(client, cast, run_jobs, mailoutbox):
    User.objects.filter(pk=cast.hugo.pk).update(is_active=False)
    client.post("/account/password/reset/", {"email": cast.hugo.email})
    run_jobs()
    assert not mailoutbox


def test_changing_the_password_asks_for_a_fresh_code_and_ends_other_sessions(
    client, cast, enrolled, lines, run_jobs, mailoutbox
):
    enrolled(cast.hugo)
    elsewhere = Client()
    sign_in_fully(elsewhere, cast.hugo)
    sign_in_fully(client, cast.hugo)
    page = client.get("/account/password/change/")
    assert page["Location"].startswith("/account/2fa/reauthenticate/")
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    answer = client.post(page["Location"], {"code": second_factor.code_now(cast.hugo)})
    assert answer["Location"] == "/account/password/change/"
    wrong = client.post("/account/password/change/", {"oldpassword": "no", "password1": "Neue-Wörter-26"})
    assert wrong.status_code == 200
    done = client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": "Neue-Wörter-26"})
    assert done["Location"] == reverse("users:sign_in_and_account")
    assert client.get("/account/profile/").status_code == 200
    assert elsewhere.get("/account/profile/").status_code == 302
    assert len(lines("user.password_changed")) == 1
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]


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
        "2fa/",
        "2fa/totp/deactivate/",
        "2fa/webauthn/",
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


@pytest.fixture
def clock(monkeypatch):
    """Move the clock: `clock(minutes=31)`."""
    from django.utils import timezone

    real, start = time.time, timezone.now
    moved = {"seconds": 0}
    monkeypatch.setattr(time, "time", lambda: real() + moved["seconds"])
    monkeypatch.setattr(timezone, "now", lambda: start() + timedelta(seconds=moved["seconds"]))

    def forward(minutes):
        moved["seconds"] += minutes * 60

    return forward


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
    assert last.status_code == 302


def test_a_session_ends_after_twelve_hours_of_activity(client, cast, enrolled, clock):
    sign_in_fully(client, enrolled(cast.hugo))
    for _turn in range(35):
        assert client.get("/account/profile/").status_code == 200
        clock(minutes=20)
    for _turn in range(3):
        last = client.get("/account/profile/")
        clock(minutes=20)
    assert last.status_code == 302


# --- The same work for accounts that exist and for those that do not ---------------------------------------


@pytest.mark.parametrize(
    "login", ["hugo@rochat.example", "nobody@nowhere.example", "EP00000000", "identifier", "inactive"]
)
def test_every_refusal_costs_one_hash(client, cast, enrolled, monkeypatch, login):
    from django.contrib.auth.hashers import MD5PasswordHasher

    enrolled(cast.hugo)
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False)
    login = {"identifier": cast.hugo.identifier, "inactive": cast.sonia.email}.get(login, login)
    counted = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: counted.append(1) or encode(*args))
    give_password(client, login, "wrong-Word-1")
    assert len(counted) == 1


def test_before_the_second_factor_no_page_shows_a_menu(client, cast):
    give_password(client, cast.claire.email)
    page = client.get("/there-is-no-such-page/")
    assert page.status_code == 404
    assert "/users/" not in page.content.decode()


def test_behind_a_proxy_the_last_address_counts_and_the_others_do_not(cast, enrolled, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    enrolled(cast.hugo)
    forged = {"HTTP_X_FORWARDED_FOR": "10.0.0.%d, 192.0.2.9"}
    codes = [
        Client()
        .post(
            LOGIN,
            {"login": f"n{n}@x.example", "password": "x"},
            HTTP_X_FORWARDED_FOR=forged["HTTP_X_FORWARDED_FOR"] % n,
        )
        .status_code
        for n in range(32)
    ]
    assert codes[-1] == 429
    bystander = give_password(Client(), cast.hugo.email, HTTP_X_FORWARDED_FOR="10.0.0.1, 192.0.2.10")
    assert bystander["Location"] == CODE
