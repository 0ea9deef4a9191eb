"""Signing in: what lets somebody in, what does not, and what each attempt leaves behind."""

import re
import time

import pytest
from django.test import Client
from django.urls import reverse

from tests.users.acts import (
    CODE,
    LOGIN,
    PASSWORD,
    PROOF,
    SET_UP,
    give_code,
    give_password,
    sign_in_fully,
    user_of,
)
from users import second_factor, services
from users.models import User

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
    # Saved: the proof that showed them is used up.
    assert client.get(reverse("mfa_download_recovery_codes"))["Location"].startswith(PROOF)
    assert client.get(answer["Location"])["Location"].startswith(PROOF)
    assert client.get(reverse("users:account")).status_code == 200
    assert len(lines("user.signed_in")) == 1
    (line,) = lines("user.second_factor_set")
    assert line.facts["first"] is True
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    # The code that set the app up is used up.
    client.post("/account/logout/")
    give_password(client, cast.hugo.email)
    assert give_code(client, code).status_code == 422
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
        assert give_code(other, again).status_code == 422
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
    assert give_code(other, code).status_code == 422
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


@pytest.mark.parametrize("act", ["suspicion", "password"])
def test_a_password_that_is_no_longer_the_one_opens_nothing_with_a_code(client, cast, enrolled, lines, act):
    enrolled(cast.hugo)
    (old, *_others) = second_factor.recovery_codes(cast.hugo).get_unused_codes()
    give_password(client, cast.hugo.email)
    if act == "suspicion":
        services.raise_suspicion(cast.hugo)
    else:
        services.set_password(User.objects.get(pk=cast.hugo.pk), "Neue-Wörter-26")
    give_code(client, second_factor.code_now(cast.hugo))
    assert user_of(client) is None
    assert not lines("user.signed_in")
    kept = second_factor.recovery_codes(cast.hugo).get_unused_codes()
    # Nor does another code, at the second try.
    give_code(client, kept[-1])
    assert user_of(client) is None
    assert not lines("user.signed_in")
    assert (old in kept) == (act == "password")


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
    # The page says that it is done; the next one does not say it again.
    assert client.get(done["Location"]).status_code == 200
    assert not list(client.get(LOGIN).context["messages"])
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
