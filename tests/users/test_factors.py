"""Second factors of all types: chosen at sign-in, set up, changed, removed; and browsers that are trusted."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from core.models import OutboxMessage
from tests.users.acts import (
    CODE,
    CONFIRM,
    LOGIN,
    NUMBER,
    PASSWORD,
    PROOF,
    SET_UP,
    SMS,
    give_code,
    give_password,
    other_than,
    prove,
    sign_in_fully,
    user_of,
)
from users import codes, second_factor
from users.models import CodeFactor, FactorKind, SecurityCode, User

# --- Signing in by SMS ------------------------------------------------------------------------------


def test_a_code_by_sms_lets_in_once(client, by_sms, newest, lines):
    assert give_password(client, by_sms.email)["Location"] == CODE
    code = newest()
    page = client.get(CODE).content.decode()
    assert "+41 •• •• 67" in page
    assert NUMBER not in page
    assert give_code(client, other_than(code)).status_code == 422
    assert give_code(client, f"{code[:3]} {code[3:]}")["Location"] == "/"
    assert user_of(client) == str(by_sms.pk)
    assert len(lines("user.signed_in")) == 1
    row = SecurityCode.objects.get()
    assert code not in row.digest
    # The same code again, in the same spelling and in others.
    for again in (code, f"{code[:3]}-{code[3:]}", code.translate({48 + n: 0xFF10 + n for n in range(10)})):
        other = Client()
        give_password(other, by_sms.email)
        assert give_code(other, again).status_code == 422
        assert user_of(other) is None


def test_a_code_counts_in_the_session_that_asked_for_it(client, by_sms, newest):
    give_password(client, by_sms.email)
    code = newest()
    thief = Client()
    give_password(thief, by_sms.email)
    assert give_code(thief, code).status_code == 422
    assert give_code(client, code)["Location"] == "/"


def test_a_code_in_full_width_digits_is_none(client, by_sms, newest):
    give_password(client, by_sms.email)
    wide = newest().translate({48 + n: 0xFF10 + n for n in range(10)})
    assert give_code(client, wide).status_code == 422


def test_a_code_dies_after_ten_minutes_and_by_the_next_one(client, by_sms, newest):
    give_password(client, by_sms.email)
    first = newest()
    client.post(CODE, {"send": "sms"})
    second = newest()
    assert give_code(client, first).status_code == 422 or first == second
    SecurityCode.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert give_code(client, second).status_code == 422
    assert user_of(client) is None


def test_a_code_does_not_outlive_its_number(client, by_sms, newest):
    give_password(client, by_sms.email)
    code = newest()
    CodeFactor.objects.update(to="+41797654321")
    assert give_code(client, code).status_code == 422


def test_five_guesses_are_all_also_twenty_at_once(by_sms, transactional_db):
    row = SecurityCode.objects.create(
        user=by_sms, kind="sms", purpose="sign_in", to=NUMBER, expires=timezone.now() + codes.LIFE
    )
    right = codes.make(row)
    guesses = [f"{n:06d}" for n in range(20) if f"{n:06d}" != right]
    request = RequestFactory().post(CODE)
    request.session = {codes.SENT: {"sign_in": str(row.pk)}}

    def guess(code):
        try:
            return codes.check(request, by_sms, "sign_in", "sms", code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert not any(pool.map(guess, guesses))
    row.refresh_from_db()
    assert row.attempts == SecurityCode.MAX_ATTEMPTS
    assert codes.check(request, by_sms, "sign_in", "sms", right) is None


def test_twenty_at_once_use_a_code_once(by_sms, transactional_db):
    row = SecurityCode.objects.create(
        user=by_sms, kind="sms", purpose="sign_in", to=NUMBER, expires=timezone.now() + codes.LIFE
    )
    right = codes.make(row)
    request = RequestFactory().post(CODE)
    request.session = {codes.SENT: {"sign_in": str(row.pk)}}

    def use(_turn):
        try:
            return codes.check(request, by_sms, "sign_in", "sms", right) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(use, range(20))) == 1


def test_nobody_is_bombed_with_messages(client, by_sms, run_jobs):
    give_password(client, by_sms.email)
    answers = [client.post(CODE, {"send": "sms"}).status_code for _turn in range(6)]
    assert answers == [302] * 4 + [429] * 2
    run_jobs()
    # A code that was replaced before it left is not sent any more.
    assert OutboxMessage.objects.filter(kind="sms").count() <= 5
    # Neither from another address of the caller nor with a fresh session.
    other = Client()
    give_password(other, by_sms.email, REMOTE_ADDR="192.0.2.20")
    assert SecurityCode.objects.count() == 1
    assert other.get(CODE).context["sent"] is None
    assert other.post(CODE, {"send": "sms"}, REMOTE_ADDR="192.0.2.20").status_code == 429


def test_one_address_of_a_caller_sends_no_flood(cast, settings):
    settings.SECOND_FACTOR_LIMITS = {**settings.SECOND_FACTOR_LIMITS, "send_code": "3/h/ip,5/15m/key"}
    request = RequestFactory().post(SMS, REMOTE_ADDR="192.0.2.30")
    request.session = {}
    for number in range(3):
        codes.send(request, cast.hugo, "sms", "set_up", f"+4179123456{number}")
    with pytest.raises(codes.TooMany):
        codes.send(request, cast.sonia, "sms", "set_up", "+41791234599")
    bystander = RequestFactory().post(SMS, REMOTE_ADDR="192.0.2.31")
    bystander.session = {}
    assert codes.send(bystander, cast.sonia, "sms", "set_up", "+41791234599")


def test_the_text_is_in_the_language_of_the_person_and_the_code_in_no_log(by_sms, client, newest, caplog):
    User.objects.filter(pk=by_sms.pk).update(language="en")
    give_password(client, by_sms.email)
    code = newest()
    text = OutboxMessage.objects.get(kind="sms").text
    assert text == (
        f"{code} is your security code for Enterprise Portal, valid for 10 minutes. Nobody will ask you for it."
    )
    assert code not in caplog.text
    assert NUMBER not in caplog.text


def test_no_code_leaves_for_somebody_deactivated_meanwhile(by_sms, client, run_jobs):
    give_password(client, by_sms.email)
    User.objects.filter(pk=by_sms.pk).update(is_active=False)
    run_jobs()
    assert not OutboxMessage.objects.filter(kind="sms").exists()


# --- Choosing ---------------------------------------------------------------------------------------


def test_the_type_used_last_comes_first_and_the_others_are_one_click_away(client, cast, enrolled, newest):
    CodeFactor.objects.create(user=enrolled(cast.hugo), kind="sms", to=NUMBER)
    give_password(client, cast.hugo.email)
    assert client.get(CODE).context["kind"] == FactorKind.TOTP
    assert not SecurityCode.objects.exists()
    assert client.post(CODE, {"send": "sms"})["Location"] == f"{CODE}?type=sms"
    assert client.get(f"{CODE}?type=sms").context["kind"] == FactorKind.SMS
    assert client.post(CODE, {"type": "sms", "code": newest()})["Location"] == "/"
    again = Client()
    give_password(again, cast.hugo.email)
    page = again.get(CODE)
    assert page.context["kind"] == FactorKind.SMS
    assert page.context["others"] == [FactorKind.TOTP, FactorKind.RECOVERY]
    answer = again.post(CODE, {"type": "totp", "code": second_factor.code_now(cast.hugo)})
    assert answer["Location"] == "/"


def test_a_type_one_does_not_have_cannot_be_chosen(client, cast, enrolled):
    enrolled(cast.hugo)
    give_password(client, cast.hugo.email)
    assert client.get(f"{CODE}?type=sms").context["kind"] == FactorKind.TOTP
    assert client.post(CODE, {"send": "sms"}).status_code == 422
    assert not SecurityCode.objects.exists()


def test_a_recovery_code_stands_in_for_any_type(client, by_sms, run_jobs):
    (code, *_others) = second_factor.recovery_codes(by_sms).get_unused_codes()
    give_password(client, by_sms.email)
    # The field of the SMS code takes SMS codes only.
    assert give_code(client, code).status_code == 422
    assert client.post(CODE, {"type": "recovery_codes", "code": code})["Location"] == "/"
    other = Client()
    give_password(other, by_sms.email)
    assert other.post(CODE, {"type": "recovery_codes", "code": code}).status_code == 422


def test_a_type_no_longer_offered_does_not_open_the_door_to_the_password_alone(client, by_sms, settings):
    settings.SMS_BACKEND = ""
    assert give_password(client, by_sms.email)["Location"] == CODE
    assert client.get(CODE).context["kind"] == FactorKind.RECOVERY
    (code, *_others) = second_factor.recovery_codes(by_sms).get_unused_codes()
    assert client.post(CODE, {"type": "recovery_codes", "code": code})["Location"] == "/"
    # Inside, another one must be set up first; and for that, a fresh proof is due.
    assert client.get("/account/profile/")["Location"].startswith(SET_UP)
    assert client.get(SET_UP)["Location"].startswith("/account/2fa/reauthenticate/")


HALF_OPEN = [
    "/", "/account/profile/", "/account/sign-in/", "/account/2fa/", SMS, CONFIRM, "/account/2fa/email/",
    "/account/2fa/passkeys/add/", "/account/2fa/remove/sms/", SET_UP, "/account/2fa/reauthenticate/",
    "/account/2fa/recovery-codes/", "/account/phone/", "/account/sessions/", "/account/password/change/",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["totp", "webauthn", "sms", "email"])
def test_between_password_and_second_factor_nothing_opens(client, cast, settings, kind):
    settings.SECOND_FACTOR_BY_EMAIL = True
    if kind in CodeFactor.Kind.values:
        CodeFactor.objects.create(user=cast.hugo, kind=kind, to=NUMBER if kind == "sms" else cast.hugo.email)
    else:
        cast.hugo.authenticator_set.create(type=kind, data={"credential": {}, "name": "", "key": ""})
    answer = client.post(LOGIN, {"login": cast.hugo.email, "password": PASSWORD})
    assert answer["Location"] == CODE
    for path in HALF_OPEN:
        for method in (client.get, client.post):
            assert method(path)["Location"].startswith(LOGIN), path
    for path in ("/api/v1/me/", "/api/v1/me/second-factors/"):
        assert client.get(path).status_code == 403
    assert user_of(client) is None


# --- Setting up -------------------------------------------------------------------------------------


def test_the_first_factor_may_be_a_code_by_sms(client, cast, newest, lines):
    give_password(client, cast.hugo.email)
    assert client.get("/")["Location"] == SET_UP
    page = client.get(SET_UP)
    assert [each["url"] for each in page.context["others"]] == [reverse("mfa_add_passkey"), SMS]
    assert client.post(SMS, {"phone": "079 123 45 67"})["Location"] == CONFIRM
    # The number does not count before its code.
    assert not CodeFactor.objects.exists()
    assert client.get("/account/profile/")["Location"].startswith(SET_UP)
    code = newest()
    assert client.post(CONFIRM, {"code": other_than(code)}).status_code == 422
    assert client.post(CONFIRM, {"code": code})["Location"] == reverse("mfa_view_recovery_codes")
    assert len(client.get("/account/2fa/recovery-codes/").context["codes"]) == 10
    assert client.post("/account/2fa/recovery-codes/")["Location"] == "/"
    assert client.get("/account/profile/").status_code == 200
    assert CodeFactor.objects.get().to == NUMBER
    assert len(lines("user.signed_in")) == 1
    (line,) = lines("user.second_factor_set")
    assert line.facts == {"kind": "sms", "first": True}


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("079 123 45 67", 302),
        ("+33 6 12 34 56 78", 302),
        ("+1 202 555 0143", 422),
        ("+44 7400 123456", 422),
        ("021 555 01 00", 422),
        ("call me", 422),
    ],
)
def test_only_mobile_numbers_of_the_countries_allowed(client, cast, number, status):
    give_password(client, cast.hugo.email)
    assert client.post(SMS, {"phone": number}).status_code == status
    assert SecurityCode.objects.exists() == (status == 302)


def test_a_replaced_number_ends_everything_else_and_is_told(
    client, cast, enrolled, newest, lines, mailoutbox, run_jobs
):
    elsewhere = Client()
    sign_in_fully(elsewhere, enrolled(cast.hugo))
    cast.hugo.authenticator_set.filter(type="totp").delete()
    second_factor.enrol_demo_factor(cast.hugo)
    sign_in_fully(client, cast.hugo)
    asked = client.post(SMS, {"phone": "079 123 45 67"})
    assert asked["Location"].startswith("/account/2fa/reauthenticate/")
    prove(client, cast.hugo, asked)
    # What was typed is there again.
    assert "79 123 45 67" in client.get(SMS).content.decode()
    client.post(SMS, {"phone": "079 123 45 67"})
    assert client.post(CONFIRM, {"code": newest()})["Location"] == reverse("users:sign_in_and_account")
    assert elsewhere.get("/account/profile/").status_code == 302
    assert client.get("/account/profile/").status_code == 200
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    # The proof is used up: another change asks for another one.
    assert client.get(SMS)["Location"].startswith("/account/2fa/reauthenticate/")


def test_the_code_of_a_set_up_does_not_sign_in(client, cast, newest, by_sms):
    give_password(client, cast.hugo.email)
    session = client.session
    row = SecurityCode.objects.get(purpose="sign_in")
    SecurityCode.objects.filter(pk=row.pk).update(purpose="set_up")
    session.save()
    assert give_code(client, newest()).status_code == 422


def test_codes_by_e_mail_only_where_the_insurer_allows_them(client, cast, settings, run_jobs, mailoutbox):
    give_password(client, cast.hugo.email)
    assert client.get("/account/2fa/email/").status_code == 404
    assert client.post("/account/2fa/email/").status_code == 404
    settings.SECOND_FACTOR_BY_EMAIL = True
    assert cast.hugo.email in client.get("/account/2fa/email/").content.decode()
    assert client.post("/account/2fa/email/")["Location"] == "/account/2fa/email/confirm/"
    run_jobs()
    code = next(line for line in mailoutbox[-1].body.splitlines() if line.strip().isdigit()).strip()
    assert code not in mailoutbox[-1].subject
    client.post("/account/2fa/email/confirm/", {"code": code})
    assert CodeFactor.objects.get().to == cast.hugo.email
    client.post("/account/logout/")
    mailoutbox.clear()
    assert give_password(client, cast.hugo.email)["Location"] == CODE
    run_jobs()
    code = next(
        line for mail in mailoutbox for line in mail.body.splitlines() if line.strip().isdigit()
    ).strip()
    assert give_code(client, code)["Location"] == "/"


@pytest.mark.parametrize("kind", ["sms", "email"])
def test_asking_sending_and_using_a_code_leave_one_line_each(
    client, cast, settings, run_jobs, lines, newest, mailoutbox, kind
):
    """Setting up, signing in, proving oneself again; never with the number, the address or the code."""
    settings.SECOND_FACTOR_BY_EMAIL = True

    def code():
        if kind == "sms":
            return newest()
        run_jobs()
        found = [re.search(r"(?m)^\s*(\d{6})\s*$", mail.body) for mail in mailoutbox]
        return [match for match in found if match][-1][1]

    def told(event):
        return [(line.actor, line.facts) for line in lines(event)]

    give_password(client, cast.hugo.email)
    page = SMS if kind == "sms" else "/account/2fa/email/"
    client.post(page, {"phone": NUMBER})
    assert told("user.code_sent") == []
    client.post(f"{page}confirm/", {"code": other_than(code())})
    assert told("user.second_factor_set") == []
    client.post(f"{page}confirm/", {"code": code()})
    assert told("user.second_factor_set") == [(cast.hugo.pk, {"kind": kind, "first": True})]
    client.post("/account/logout/")
    before = len(lines("user.signed_in"))
    give_password(client, cast.hugo.email)
    give_code(client, code())
    assert len(lines("user.signed_in")) == before + 1
    client.post(
        client.get("/account/phone/")["Location"], {"send": kind, "type": kind, "act": "phone", "next": "/"}
    )
    give = {"code": code(), "type": kind, "act": "phone", "next": "/account/phone/"}
    assert client.post(PROOF, give)["Location"] == "/account/phone/"
    purposes = ["set_up", "sign_in", "proof"]
    asked = [
        (None if each == "sign_in" else cast.hugo.pk, {"kind": kind, "purpose": each}) for each in purposes
    ]
    assert told("user.code_asked") == asked
    assert told("user.code_sent") == [(None, facts) for _actor, facts in asked]


# --- API --------------------------------------------------------------------------------------------


def test_the_api_lists_one_s_own_factors_without_secrets(client, cast, enrolled, sign_in):
    CodeFactor.objects.create(user=enrolled(cast.hugo), kind="sms", to=NUMBER)
    sign_in(cast.hugo)
    answer = client.get("/api/v1/me/second-factors/")
    found = answer.json()
    assert (found["compulsory"], found["recovery_codes_left"]) == (True, 10)
    assert [each["id"] for each in found["factors"]] == ["totp", "sms"]
    assert set(found["factors"][0]) == {"id", "kind", "name", "usable", "last_used"}
    assert NUMBER not in answer.content.decode()
    secret = cast.hugo.authenticator_set.get(type="totp").data["secret"]
    assert secret not in answer.content.decode()


def test_the_api_removes_with_a_fresh_proof_and_not_the_last_one(client, cast, enrolled, sign_in):
    sign_in(enrolled(cast.hugo))
    path = "/api/v1/me/second-factors/totp/"
    refused = client.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")
    client.post(refused.json()["page"], {"code": second_factor.code_now(cast.hugo)})
    assert client.delete(path).json()["code"] == "last_factor"
    CodeFactor.objects.create(user=cast.hugo, kind="sms", to=NUMBER)
    assert client.delete(path).status_code == 204
    assert client.delete("/api/v1/me/second-factors/sms/").status_code == 403
    assert client.delete("/api/v1/me/second-factors/nothing/").status_code == 404


# --- The demo ---------------------------------------------------------------------------------------


def test_the_demo_tells_the_code_of_the_app_and_the_one_that_was_sent(client, by_sms, newest):
    from io import StringIO

    from django.core.management import CommandError, call_command

    def printed():
        out = StringIO()
        call_command("demo_code", by_sms.email, stdout=out)
        return out.getvalue().split()

    with pytest.raises(CommandError):
        printed()
    give_password(client, by_sms.email)
    code = newest()
    assert printed() == [code]
    second_factor.enrol_demo_factor(by_sms)
    assert printed() == [second_factor.code_now(by_sms), code]


def test_production_tells_no_code(by_sms, settings):
    from django.core.management import CommandError, call_command

    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("demo_code", by_sms.email)
