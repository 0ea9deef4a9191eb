"""Locked accounts and the PUK: who guesses is stopped, the owner comes in."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from core.errors import NotAllowed, NotNow, OutOfReach
from core.models import OutboxMessage
from tests.users.acts import CODE, PASSWORD, give_password, sign_in_fully, user_of
from users import second_factor, services
from users.models import PersonalLetter, Puk, User, luhn_digit, read_identifier

PUK, PAGE = "1234 5678 9012", "/account/puk/"


@pytest.fixture(autouse=True)
def letter_box(settings):
    """Letters are kept where the demo keeps them."""
    settings.LETTER_BACKEND = "core.letters.OutboxBackend"
    settings.SIGN_IN_FAILURES = 20


@pytest.fixture
def locked(cast, enrolled):
    """Hugo, locked out by somebody's guesses."""
    enrolled(cast.hugo)
    for _turn in range(20):
        services.count_failure(cast.hugo.pk)
    cast.hugo.refresh_from_db()
    assert services.is_locked(cast.hugo)
    return cast.hugo


@pytest.fixture
def with_puk(cast, enrolled):
    """Hugo with a PUK and an authenticator app."""
    enrolled(cast.hugo)
    Puk.objects.create(user=cast.hugo, hash=make_password("123456789012"))
    return cast.hugo


# --- Locking ----------------------------------------------------------------------------------------


def test_twenty_wrong_passwords_within_a_day_lock(cast, enrolled, run_jobs, mailoutbox, lines):
    enrolled(cast.hugo)
    for turn in range(20):
        cache.clear()
        give_password(Client(), cast.hugo.email, f"wrong-{turn}")
        run_jobs()
    cast.hugo.refresh_from_db()
    assert services.is_locked(cast.hugo)
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    assert len(lines("user.locked")) == 1
    cache.clear()
    wrong = give_password(Client(), cast.hugo.email, "wrong-again")
    right = give_password(Client(), cast.hugo.email)
    assert (wrong.status_code, bare(wrong)) == (right.status_code, bare(right))
    assert user_of(Client()) is None
    run_jobs()
    assert len(mailoutbox) == 1


def bare(answer):
    return re.sub(
        r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", answer.content.decode()
    )


def test_failures_of_two_days_do_not_add_up(cast):
    for _turn in range(19):
        services.count_failure(cast.hugo.pk)
    User.objects.filter(pk=cast.hugo.pk).update(failures_since=timezone.now() - timedelta(hours=25))
    services.count_failure(cast.hugo.pk)
    cast.hugo.refresh_from_db()
    assert (cast.hugo.failures, cast.hugo.locked_at) == (1, None)


def test_a_sign_in_begins_the_count_anew(client, cast, enrolled):
    enrolled(cast.hugo)
    for _turn in range(19):
        services.count_failure(cast.hugo.pk)
    sign_in_fully(client, cast.hugo)
    cast.hugo.refresh_from_db()
    assert cast.hugo.failures == 0


def test_a_lock_ends_by_itself(client, locked):
    User.objects.filter(pk=locked.pk).update(locked_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert give_password(client, locked.email)["Location"] == CODE


def test_a_lock_between_password_and_code_holds(client, cast, enrolled):
    enrolled(cast.hugo)
    give_password(client, cast.hugo.email)
    for _turn in range(20):
        services.count_failure(cast.hugo.pk)
    client.post(CODE, {"code": second_factor.code_now(cast.hugo)})
    assert user_of(client) is None


def test_the_owner_at_a_browser_he_used_before_does_not_meet_the_lock(cast, enrolled):
    enrolled(cast.hugo)
    own = Client()
    sign_in_fully(own, cast.hugo)
    own.post("/account/logout/")
    for _turn in range(20):
        services.count_failure(cast.hugo.pk)
    # Nor the limit that a stranger has used up.
    for turn in range(6):
        give_password(Client(), cast.hugo.email, f"wrong-{turn}")
    assert give_password(Client(), cast.hugo.email).status_code == 200
    assert give_password(own, cast.hugo.email)["Location"] == CODE


def test_a_known_browser_is_forgotten_with_the_password_and_after_many_failures(cast, enrolled):
    enrolled(cast.hugo)
    own, other = Client(), Client()
    sign_in_fully(own, cast.hugo)
    own.post("/account/logout/")
    cookie = own.cookies["known_browser"].value
    assert str(cast.hugo.email) not in cookie
    for _turn in range(20):
        services.count_failure(cast.hugo.pk)
    # Somebody else's account learns nothing from it.
    other.cookies["known_browser"] = cookie
    assert give_password(other, cast.sonia.email, "wrong-Word-1").status_code == 200
    for turn in range(20):
        give_password(own, cast.hugo.email, f"wrong-{turn}")
    assert give_password(own, cast.hugo.email).status_code == 200


def test_a_forged_cookie_is_none(cast, locked):
    browser = Client()
    browser.cookies["known_browser"] = "eyJh:1abc:forged"
    assert give_password(browser, locked.email).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_parallel_failures_lock_once(cast):
    def fail(_turn):
        try:
            return services.count_failure(cast.hugo.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(fail, range(40))) == 1


# --- Unlocking by mail ------------------------------------------------------------------------------


def test_the_mailed_link_unlocks_on_a_click_and_is_harmless_afterwards(client, locked, link_in, lines):
    link = link_in(locked.email)
    # A mail scanner opens links: that alone does nothing.
    assert client.get(link).status_code == 200
    locked.refresh_from_db()
    assert services.is_locked(locked)
    assert client.post(link).context["case"] == "done"
    assert give_password(Client(), locked.email)["Location"] == CODE
    assert client.get(link).context["case"] == "ended"
    assert client.post(link).context["case"] == "ended"
    assert len(lines("user.unlocked")) == 1


def test_a_link_of_a_former_lock_does_not_end_a_later_one(client, locked, link_in):
    link = link_in(locked.email)
    client.post(link)
    for _turn in range(20):
        services.count_failure(locked.pk)
    assert client.post(link).context["case"] == "ended"
    locked.refresh_from_db()
    assert services.is_locked(locked)


def test_links_nobody_mailed_lead_nowhere(client, db):
    assert client.get("/account/unlock/abc/").status_code == 404
    assert client.post("/account/unlock/abc/").status_code == 404
    with pytest.raises(OutOfReach):
        services.unlock("abc")


def test_a_new_password_by_mail_unlocks(locked):
    services.set_password(locked, "Neue-Wörter-26", way="reset")
    assert give_password(Client(), locked.email, "Neue-Wörter-26")["Location"] == CODE


# --- The PUK ----------------------------------------------------------------------------------------


def use(login, puk=PUK, reason="locked", **extra):
    return Client().post(PAGE, {"login": login, "puk": puk, "reason": reason}, **extra)


def test_the_puk_unlocks_once_and_both_are_told(with_puk, run_jobs, mailoutbox, lines, settings):
    for _turn in range(20):
        services.count_failure(with_puk.pk)
    run_jobs()
    mailoutbox.clear()
    assert use(with_puk.email, "1234-5678-9012")["Location"] == "/account/puk/done/"
    assert give_password(Client(), with_puk.email)["Location"] == CODE
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[with_puk.email], [settings.BRAND["email"]]]
    assert with_puk.last_name not in mailoutbox[1].body
    assert second_factor.has_second_factor(with_puk)
    assert lines("user.puk_used")[0].facts["lost_factor"] is False
    assert services.use_puk(with_puk.email, PUK, lost_factor=False) is False


def test_the_puk_takes_a_lost_factor_away_and_the_password_is_still_asked_for(with_puk):
    elsewhere = Client()
    sign_in_fully(elsewhere, with_puk)
    use(with_puk.identifier, reason="lost")
    assert not with_puk.authenticator_set.exists()
    assert elsewhere.get("/account/profile/").status_code == 302
    browser = Client()
    assert give_password(browser, with_puk.email, "wrong-Word-1").status_code == 200
    give_password(browser, with_puk.email)
    assert browser.get("/account/profile/")["Location"].startswith("/account/2fa/totp/activate/")


def test_a_wrong_puk_changes_nothing(with_puk, lines):
    assert services.use_puk(with_puk.email, "1234 5678 9013", lost_factor=True) is False
    assert second_factor.has_second_factor(with_puk)
    assert lines("user.sign_in_failed")[-1].facts["stage"] == "puk"


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_uses_of_a_puk_are_one(with_puk):
    def run(_turn):
        try:
            return services.use_puk(with_puk.email, PUK, lost_factor=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(run, range(20))) == 1


def test_puks_are_answered_alike_with_the_same_work(cast, with_puk, monkeypatch):
    Puk.objects.create(user=cast.sonia, hash=make_password("123456789012"), used=timezone.now())
    User.objects.filter(pk=cast.felix.pk).update(is_active=False)
    Puk.objects.create(user=cast.felix, hash=make_password("123456789012"))
    hashes = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashes.append(1) or encode(*args))
    seen = set()
    for login, puk in (
        (cast.hugo.email, "000000000000"),
        (cast.nadia.email, PUK),
        (cast.sonia.email, PUK),
        (cast.felix.email, PUK),
        ("nobody@nowhere.example", PUK),
    ):
        hashes.clear()
        with CaptureQueriesContext(connection) as asked:
            answer = use(login, puk)
        jobs = ProcrastinateJob.objects.filter(status="todo").count()
        seen.add((answer.status_code, answer["Location"], len(asked), len(hashes), jobs))
    assert len(seen) == 1
    assert next(iter(seen))[3] == 1


def test_guesses_at_one_puk_from_many_addresses_are_few(with_puk, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    answers = [
        use(with_puk.email, f"00000000000{n}", headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code
        for n in range(7)
    ]
    assert answers == [302] * 5 + [429] * 2
    assert use("other@x.example", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 302


def test_the_limit_of_one_name_tells_nothing_of_another(with_puk):
    for number in range(6):
        use(with_puk.email, f"00000000000{number}")
    assert use(with_puk.email).status_code == 429
    assert use(with_puk.email.upper()).status_code == 429
    assert use(with_puk.identifier, "000000000000").status_code == 302


# --- A new PUK --------------------------------------------------------------------------------------


def test_a_new_puk_is_ordered_by_letter(client, cast, with_puk, run_jobs):
    sign_in_fully(client, with_puk)
    row = with_puk.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    proof = client.get("/account/puk/order/")["Location"]
    client.post(proof, {"code": second_factor.code_now(with_puk)})
    page = client.get("/account/puk/order/").content.decode()
    assert "Atelier Rochat SA" in page
    assert client.post("/account/puk/order/").status_code == 302
    run_jobs()
    letter = OutboxMessage.objects.get(kind="letter")
    assert "Atelier Rochat SA" in letter.to
    new = re.search(r"\b\d{4} \d{4} \d{4}\b", letter.text)[0]
    assert services.use_puk(with_puk.email, PUK, lost_factor=False) is False
    assert services.use_puk(with_puk.email, new, lost_factor=False) is True


def test_who_may_order_a_puk_for_others(cast, run_jobs, sign_in):
    services.order_puk(cast.hugo.pk, by=cast.reto)
    with pytest.raises(NotAllowed):
        services.order_puk(cast.hugo.pk, by=cast.claire)
    with pytest.raises(OutOfReach):
        services.order_puk(cast.hugo.pk, by=cast.bruno)
    with pytest.raises(NotNow) as refused:
        services.order_puk(cast.zoe.pk, by=cast.zoe)
    assert refused.value.code == "no_address"
    answer = sign_in(cast.reto).post(f"/api/v1/users/{cast.hugo.pk}/puk-letter/")
    assert answer.status_code == 202
    services.order_puk(cast.hugo.pk, by=cast.hugo)
    with pytest.raises(NotNow) as refused:
        services.order_puk(cast.hugo.pk, by=cast.hugo)
    assert refused.value.code == "enough"
    run_jobs()
    assert PersonalLetter.objects.exclude(printed=None).count() == 3


# --- Names to sign in with --------------------------------------------------------------------------


def test_the_insured_number_opens_the_own_account(client, cast, enrolled):
    enrolled(cast.nadia)
    number = cast.persons.nadia.insured_number
    assert give_password(client, f" {number.lower()[:4]} {number[4:]} ")["Location"] == CODE


@pytest.mark.parametrize("login", ["nadia", "marco", "V99999999", "EP 1234 5678"])
def test_numbers_without_account_are_answered_like_a_wrong_password(cast, enrolled, monkeypatch, login):
    enrolled(cast.nadia)
    named = {"nadia": cast.persons.nadia.insured_number, "marco": cast.marco.insured_number}.get(login, login)
    hashes = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashes.append(1) or encode(*args))
    with CaptureQueriesContext(connection) as asked:
        answer = give_password(Client(), named, "wrong-Word-1")
    assert (answer.status_code, len(hashes)) == (200, 1)
    assert ProcrastinateJob.objects.filter(status="todo", task_name="users.count_failure").count() == 1
    assert len(asked) == len(asked_by_unknown())


def asked_by_unknown():
    with CaptureQueriesContext(connection) as asked:
        give_password(Client(), "V00000000X", "wrong-Word-1")
    return asked


def test_a_locked_account_costs_what_a_wrong_password_costs(locked):
    work = set()
    for login, password in ((locked.email, PASSWORD), (locked.email, "wrong-Word-1"), ("no@no.example", "x")):
        with CaptureQueriesContext(connection) as asked:
            answer = give_password(Client(), login, password)
        work.add((answer.status_code, len(asked)))
    assert len(work) == 1


def test_the_page_of_the_lost_user_name_names_the_hotline_and_nobody(client, cast, settings):
    page = client.get("/account/identifier/").content.decode()
    assert settings.BRAND["hotline"] in page
    assert cast.reto.last_name not in page
    login = client.get("/account/login/").content.decode()
    for path in ("/account/identifier/", "/account/puk/", "/register/", "/activate/"):
        assert f'href="{path}"' in login


def test_an_identifier_number_is_read_by_its_check_digit():
    number = new_identifier_of("0123456")
    assert read_identifier(f" {number[:2].lower()} {number[2:6]}-{number[6:]} ") == number
    assert read_identifier(number[:-1] + str((int(number[-1]) + 1) % 10)) == ""
    for typed in ("", "EP", number[2:], f"XX{number[2:]}", f"{number}0", "EP١٢٣٤٥٦٧٨"):
        assert read_identifier(typed) == "", typed


def new_identifier_of(digits):
    return f"EP{digits}{luhn_digit(digits)}"
