"""Passkeys and security keys: set up, as a second factor, as the only one, for a fresh proof; and what is refused."""

import base64
import json
import re

import pytest
from django.test import Client

from core.errors import OutOfReach
from tests.users.acts import CODE, SET_UP, give_password, prove, sign_in_fully, user_of
from tests.users.soft_key import SoftKey
from users import passkeys, second_factor, services
from users.models import FactorKind, User

ADD = "/account/2fa/passkeys/add/"
OPTIONS, ALONE = "/account/login/passkey/options/", "/account/login/passkey/"


@pytest.fixture
def browser():
    """A browser at an address with a name: passkeys want one."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def keyed(cast, browser):
    """Hugo with one passkey, its software, and his browser signed out again."""
    key = SoftKey()
    give_password(browser, cast.hugo.email)
    assert add(browser, key)["Location"] == "/account/2fa/recovery-codes/"
    browser.post("/account/2fa/recovery-codes/")
    browser.post("/account/logout/")
    return key


def options_of(page):
    return json.loads(page.context["options"])


def add(browser, key, name="Laptop"):
    made = key.create(options_of(browser.get(ADD)))
    return browser.post(ADD, {"name": name, "credential": json.dumps(made)})


def alone(browser, key, **changed):
    options = browser.post(OPTIONS).json()
    answer = key.get(options) | changed
    return browser.post(ALONE, {"credential": json.dumps(answer)})


# --- Setting up -------------------------------------------------------------------------------------


def test_a_passkey_may_be_the_first_and_only_factor(cast, keyed, lines):
    (line,) = lines("user.second_factor_set")
    assert line.facts == {"kind": "webauthn", "first": True}
    assert len(lines("user.signed_in")) == 1
    assert second_factor.ways_of(cast.hugo) == [FactorKind.PASSKEY, FactorKind.RECOVERY]
    assert second_factor.has_second_factor(cast.hugo)
    (row,) = passkeys.of(cast.hugo)
    # What the browser sent besides is not kept.
    assert set(row.data) == {"name", "credential", "key"}
    assert set(row.data["credential"]["response"]) == {"clientDataJSON", "attestationObject"}


def test_what_is_no_new_key_is_refused(cast, browser):
    give_password(browser, cast.hugo.email)
    options = options_of(browser.get(ADD))
    made = SoftKey().create(options)
    wrong = [
        "", "nonsense", "[]", "{}", "null", '{"id": 1}', json.dumps(made | {"response": {}}),
        json.dumps(made | {"response": made["response"] | {"attestationObject": "AAAA"}}),
        json.dumps(SoftKey("https://evil.example").create(options)),
    ]  # fmt: skip
    for credential in wrong:
        answer = browser.post(ADD, {"name": "Laptop", "credential": credential})
        assert answer.status_code == 422, credential
    # Each try has used up its challenge; the first answer is late.
    assert browser.post(ADD, {"name": "Laptop", "credential": json.dumps(made)}).status_code == 422
    assert passkeys.of(cast.hugo) == []


def test_the_same_key_counts_once_and_ten_are_enough(cast, keyed):
    (row,) = passkeys.of(cast.hugo)
    from django.core.exceptions import ValidationError

    from core.errors import NotNow

    with pytest.raises(ValidationError):
        services.add_passkey(cast.hugo, "Again", row.data["credential"])
    for number in range(9):
        services.add_passkey(cast.hugo, "Key", {**row.data["credential"], "id": f"key-{number}"})
    with pytest.raises(NotNow):
        services.add_passkey(cast.hugo, "Eleventh", {**row.data["credential"], "id": "key-x"})


def test_keys_are_named_and_removed(cast, keyed, browser, lines, sign_in):
    alone(browser, keyed)
    (row,) = passkeys.of(cast.hugo)
    path = f"/account/2fa/passkeys/{row.data['key']}/"
    asked = browser.get(path)["Location"]
    assert (
        browser.post(asked, {"credential": json.dumps(keyed.get(options_of(browser.get(asked))))})["Location"]
        == path
    )
    assert browser.post(path, {"name": ""}).status_code == 422
    assert browser.post(path, {"name": "Blue key"})["Location"] == "/account/2fa/"
    assert "Blue key" in browser.get("/account/2fa/").content.decode()
    assert len(lines("user.passkey_renamed")) == 1
    with pytest.raises(OutOfReach):
        services.rename_passkey(cast.sonia, row.data["key"], "Mine")
    with pytest.raises(OutOfReach):
        services.remove_factor(cast.sonia, row.data["key"])
    second_factor.enrol_demo_factor(cast.hugo)
    services.remove_factor(cast.hugo, row.data["key"])
    assert passkeys.of(cast.hugo) == []
    assert alone(Client(SERVER_NAME="localhost"), keyed).status_code == 422


def test_an_address_without_a_name_says_so(client, cast):
    give_password(client, cast.hugo.email)
    assert Client(SERVER_NAME="127.0.0.1").get("/account/login/").context["passkeys_work"] is False
    assert client.get("/account/login/") is not None
    assert client.get(ADD).context["passkeys_work"] is True


# --- As a second factor -----------------------------------------------------------------------------


def test_password_and_passkey_let_in(cast, keyed, browser, lines):
    assert give_password(browser, cast.hugo.email)["Location"] == CODE
    page = browser.get(CODE)
    assert page.context["kind"] == FactorKind.PASSKEY
    answer = browser.post(CODE, {"credential": json.dumps(keyed.get(options_of(page)))})
    assert answer["Location"] == "/"
    assert browser.get("/account/profile/").status_code == 200
    assert len(lines("user.signed_in")) == 2


def test_a_key_that_does_not_check_its_owner_is_a_second_factor_only(cast, keyed, browser):
    keyed.verifies = False
    give_password(browser, cast.hugo.email)
    page = browser.get(CODE)
    assert browser.post(CODE, {"credential": json.dumps(keyed.get(options_of(page)))})["Location"] == "/"
    browser.post("/account/logout/")
    assert alone(browser, keyed).status_code == 422
    assert user_of(browser) is None


@pytest.mark.parametrize(
    "spoil", ["other key", "other address", "other challenge", "signature", "nonsense", "no challenge"]
)
def test_a_wrong_answer_is_refused_and_counted(cast, keyed, browser, lines, spoil):
    give_password(browser, cast.hugo.email)
    options = options_of(browser.get(CODE))
    answer = keyed.get(options)
    if spoil == "other key":
        answer = SoftKey().get(options, owner=keyed.owner)
    elif spoil == "other address":
        keyed.origin = "https://evil.example"
        answer = keyed.get(options)
    elif spoil == "other challenge":
        other = {
            **options["publicKey"],
            "challenge": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("="),
        }
        answer = keyed.get({"publicKey": other})
    elif spoil == "signature":
        answer["response"]["signature"] = "AAAA"
    elif spoil == "nonsense":
        answer = {"id": [], "response": 3}
    else:
        session = browser.session
        del session["mfa.webauthn.state"]
        session.save()
    assert browser.post(CODE, {"credential": json.dumps(answer)}).status_code == 422
    assert user_of(browser) is None
    assert [line.facts["stage"] for line in lines("user.sign_in_failed")] == ["second_factor"]


def test_an_answer_counts_once_and_in_its_session(cast, keyed, browser):
    give_password(browser, cast.hugo.email)
    answer = {"credential": json.dumps(keyed.get(options_of(browser.get(CODE))))}
    thief = Client(SERVER_NAME="localhost")
    give_password(thief, cast.hugo.email)
    thief.get(CODE)
    assert thief.post(CODE, answer).status_code == 422
    assert browser.post(CODE, answer)["Location"] == "/"
    again = Client(SERVER_NAME="localhost")
    give_password(again, cast.hugo.email)
    again.get(CODE)
    assert again.post(CODE, answer).status_code == 422


def test_a_copied_key_is_refused(cast, keyed, browser):
    assert alone(browser, keyed)["Location"] == "/"
    browser.post("/account/logout/")
    counter = keyed.counter
    # One use behind, and one that has stopped counting.
    for copied in (counter - 1, -1):
        keyed.counter = copied
        assert alone(browser, keyed).status_code == 422
    keyed.counter = counter
    assert alone(browser, keyed)["Location"] == "/"


# --- Alone ------------------------------------------------------------------------------------------


def test_a_passkey_alone_lets_in(cast, keyed, browser, lines):
    answer = alone(browser, keyed)
    assert answer["Location"] == "/"
    assert user_of(browser) == str(cast.hugo.pk)
    assert browser.get("/account/profile/").status_code == 200
    assert len(lines("user.signed_in")) == 2


def test_a_passkey_alone_leads_to_the_page_that_was_wanted(cast, keyed, browser):
    options = browser.post(OPTIONS).json()
    body = {"credential": json.dumps(keyed.get(options)), "next": "/account/sessions/"}
    assert browser.post(ALONE, body)["Location"] == "/account/sessions/"
    browser.post("/account/logout/")
    body = {"credential": json.dumps(keyed.get(browser.post(OPTIONS).json())), "next": "//evil.example"}
    assert browser.post(ALONE, body)["Location"] == "/"


def test_unknown_owners_wrong_keys_and_closed_accounts_are_answered_alike(cast, keyed, lines):
    stranger = SoftKey()
    stranger.owner = base64.urlsafe_b64encode(b"0" * 32).decode().rstrip("=")
    foreign = SoftKey()
    foreign.owner = keyed.owner
    answers = [alone(Client(SERVER_NAME="localhost"), key) for key in (stranger, foreign)]
    nonsense = SoftKey()
    nonsense.owner = "%%%"
    answers.append(alone(Client(SERVER_NAME="localhost"), nonsense))
    User.objects.filter(pk=cast.hugo.pk).update(is_active=False)
    answers.append(alone(Client(SERVER_NAME="localhost"), keyed))
    assert {answer.status_code for answer in answers} == {422}
    changing = r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"'
    assert len({re.sub(changing, "", answer.content.decode()) for answer in answers}) == 1
    assert {line.facts["stage"] for line in lines("user.sign_in_failed")} == {"passkey"}


def test_a_passkey_after_somebody_elses_password_signs_its_owner_in(cast, keyed, browser, enrolled):
    give_password(browser, enrolled(cast.sonia).email)
    assert alone(browser, keyed)["Location"] == "/"
    assert user_of(browser) == str(cast.hugo.pk)
    # Nor does the passkey spare the next person at this browser the second factor.
    browser.post("/account/logout/")
    assert give_password(browser, cast.sonia.email)["Location"] == CODE


def test_a_challenge_of_the_password_s_stage_does_not_stand_alone(cast, keyed, browser):
    """At the second factor the owner need not be verified: that answer is none for signing in without a password."""
    keyed.verifies = False
    give_password(browser, cast.hugo.email)
    answer = keyed.get(options_of(browser.get(CODE)))
    posted = browser.post(ALONE, {"credential": json.dumps(answer)})
    assert posted.status_code == 422
    assert user_of(browser) is None


def test_too_many_challenges_are_refused(client, db):
    codes = [client.post(OPTIONS).status_code for _turn in range(62)]
    assert codes[0] == 200
    assert codes[-1] == 429


# --- Fresh proof ------------------------------------------------------------------------------------


def test_a_passkey_gives_the_fresh_proof(cast, keyed, browser):
    alone(browser, keyed)
    asked = browser.get("/account/phone/")["Location"]
    page = browser.get(asked)
    assert page.context["kind"] == FactorKind.PASSKEY
    answer = browser.post(asked, {"credential": json.dumps(keyed.get(options_of(page)))})
    assert answer["Location"] == "/account/phone/"
    assert browser.get("/account/phone/").status_code == 200


def test_adding_one_ends_the_other_sessions_and_is_told(cast, enrolled, browser, run_jobs, mailoutbox):
    elsewhere = Client()
    sign_in_fully(elsewhere, enrolled(cast.hugo))
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    sign_in_fully(browser, cast.hugo)
    prove(browser, cast.hugo, browser.get(ADD))
    add(browser, SoftKey())
    assert elsewhere.get("/account/profile/").status_code == 302
    assert browser.get("/account/profile/").status_code == 200
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    assert browser.get(SET_UP)["Location"].startswith("/account/2fa/")
