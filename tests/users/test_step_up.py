"""Fresh proofs: for one act, for five minutes, once; and what was typed before."""

import pytest
from django.test import Client

from tests.users.acts import PASSWORD, PROOF, give_password, prove, sign_in_fully
from users import second_factor
from users.models import CodeFactor, FreshProof, User

PHONE, CHANGE = "/account/phone/", "/account/password/change/"
NUMBER = "079 123 45 67"


def test_a_proof_for_the_phone_does_not_open_the_password(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    asked = client.get(PHONE)
    assert "act=phone" in asked["Location"]
    assert prove(client, cast.hugo, asked)["Location"] == PHONE
    assert client.get(PHONE).status_code == 200
    for other in (CHANGE, "/account/2fa/totp/activate/", "/account/2fa/recovery-codes/generate/"):
        assert client.get(other)["Location"].startswith(PROOF), other


def test_a_proof_is_used_up_by_the_act_and_not_by_a_mistake(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    prove(client, cast.hugo, client.get(PHONE))
    assert client.post(PHONE, {"phone": "call me"}).status_code == 422
    assert client.post(PHONE, {"phone": NUMBER})["Location"] == "/account/profile/"
    assert client.get(PHONE)["Location"].startswith(PROOF)
    assert not FreshProof.objects.exists()


def test_a_stale_copy_of_the_session_brings_no_proof_back(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    prove(client, cast.hugo, client.get(PHONE))
    before = dict(client.session)
    client.post(PHONE, {"phone": NUMBER})
    session = client.session
    session.update(before)
    session.save()
    assert client.get(PHONE)["Location"].startswith(PROOF)


def test_a_proof_lives_five_minutes(client, cast, enrolled):
    from datetime import timedelta

    from django.utils import timezone

    sign_in_fully(client, enrolled(cast.hugo))
    prove(client, cast.hugo, client.get(PHONE))
    FreshProof.objects.update(created=timezone.now() - timedelta(seconds=299))
    assert client.get(PHONE).status_code == 200
    FreshProof.objects.update(created=timezone.now() - timedelta(seconds=301))
    assert client.get(PHONE)["Location"].startswith(PROOF)


def test_a_proof_is_of_its_session_alone(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    prove(client, cast.hugo, client.get(PHONE))
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    other = Client()
    sign_in_fully(other, cast.hugo)
    assert other.get(PHONE)["Location"].startswith(PROOF)


def test_what_was_typed_is_there_again_but_no_password(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    asked = client.post(PHONE, {"phone": NUMBER})
    prove(client, cast.hugo, asked)
    assert "79 123 45 67" in client.get(PHONE).content.decode()
    # Handed out once.
    assert "79 123 45 67" not in client.get(PHONE).content.decode()
    asked = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": "Neue-Wörter-26"})
    assert asked["Location"].startswith(PROOF)
    assert PASSWORD not in str(dict(client.session))
    assert "Neue-W" not in str(dict(client.session))


@pytest.mark.parametrize("kind", ["sms", "recovery_codes"])
def test_any_of_one_s_types_gives_the_proof(client, cast, enrolled, run_jobs, kind):
    from core.models import OutboxMessage

    sign_in_fully(client, enrolled(cast.hugo))
    CodeFactor.objects.create(user=cast.hugo, kind="sms", to="+41791234567")
    asked = client.get(PHONE)["Location"]
    if kind == "sms":
        sent = client.post(asked, {"send": "sms"})
        assert "type=sms" in sent["Location"]
        assert "act=phone" in sent["Location"]
        asked = sent["Location"]
        run_jobs()
        code = OutboxMessage.objects.get(kind="sms").text.split()[0]
    else:
        code = second_factor.recovery_codes(cast.hugo).get_unused_codes()[0]
    assert client.post(asked, {"type": kind, "code": code})["Location"] == PHONE
    assert client.get(PHONE).status_code == 200


def test_the_code_of_the_sign_in_is_no_fresh_one(client, cast, enrolled):
    code = second_factor.code_now(enrolled(cast.hugo))
    sign_in_fully(client, cast.hugo)
    asked = client.get(PHONE)["Location"]
    assert client.post(asked, {"code": code}).status_code == 422
    assert client.get(PHONE)["Location"].startswith(PROOF)


def test_wrong_codes_are_counted_here_too(client, cast, enrolled, lines):
    sign_in_fully(client, enrolled(cast.hugo))
    asked = client.get(PHONE)["Location"]
    for number in range(6):
        client.post(asked, {"code": f"00000{number}"})
    assert prove(client, cast.hugo, asked).status_code == 422
    stages = [line.facts["stage"] for line in lines("user.sign_in_failed")]
    assert stages == ["code_again"] * 5 + ["limit"] * 2


def test_without_a_factor_the_password_proves(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    give_password(client, cast.hugo.email)
    asked = client.get(PHONE)["Location"]
    assert asked.startswith("/account/reauthenticate/")
    assert client.post(asked, {"password": "wrong-Word-1"}).status_code == 422
    assert client.post(asked, {"password": PASSWORD})["Location"] == PHONE
    assert client.get(PHONE).status_code == 200
    assert client.get(CHANGE)["Location"].startswith("/account/reauthenticate/")


def test_whoever_has_a_factor_does_not_prove_by_the_password(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    answer = client.post("/account/reauthenticate/?act=phone", {"password": PASSWORD})
    assert answer["Location"].startswith(PROOF)
    assert client.get(PHONE)["Location"].startswith(PROOF)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_a_proof_leads_to_no_foreign_address(client, cast, enrolled, target):
    sign_in_fully(client, enrolled(cast.hugo))
    answer = prove(client, cast.hugo, f"{PROOF}?act=phone&next={target}")
    assert answer["Location"] == "/"


def test_the_phone_of_a_country_that_is_not_allowed(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    prove(client, cast.hugo, client.get(PHONE))
    answer = client.post(PHONE, {"phone": "+1 202 555 0143"})
    assert answer.status_code == 422
    (error,) = answer.context["form"].errors.as_data()["phone"]
    assert error.code == "country"


def test_changing_the_phone_ends_other_sessions_and_is_told(client, cast, enrolled, run_jobs, mailoutbox):
    elsewhere = Client()
    sign_in_fully(elsewhere, enrolled(cast.hugo))
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    sign_in_fully(client, cast.hugo)
    prove(client, cast.hugo, client.get(PHONE))
    client.post(PHONE, {"phone": NUMBER})
    assert elsewhere.get("/account/profile/").status_code == 302
    assert client.get("/account/profile/").status_code == 200
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    assert User.objects.get(pk=cast.hugo.pk).phone == "+41791234567"


@pytest.mark.parametrize("act", ["", "\0", "x" * 100, "phone\n", "Ärger", "../../phone", "<script>"])
def test_a_nonsense_act_opens_nothing(client, cast, enrolled, act):
    sign_in_fully(client, enrolled(cast.hugo))
    answer = client.get(PROOF, {"act": act})
    assert answer.status_code == 200
    row = cast.hugo.authenticator_set.get(type="totp")
    row.data["used_step"] -= 3
    row.save()
    code = second_factor.code_now(cast.hugo)
    assert client.post(PROOF, {"act": act, "code": code})["Location"] == "/"
    assert client.get(PHONE)["Location"].startswith(PROOF)


@pytest.mark.parametrize(
    ("page", "back"),
    [
        (PHONE, "/account/profile/"),
        (CHANGE, "/account/sign-in/"),
        ("/account/2fa/totp/activate/", "/account/2fa/"),
        ("/account/withdraw/", "/account/terms/"),
    ],
)
def test_who_gives_no_proof_goes_back_to_the_page_he_came_from(client, cast, enrolled, page, back):
    sign_in_fully(client, enrolled(cast.hugo))
    asked = client.get(client.get(page)["Location"])
    assert f'<a href="{back}">' in asked.content.decode()


def test_without_a_proof_for_a_company_one_is_back_at_the_company(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.reto))
    page = f"/companies/{cast.rochat.pk}/sign-in/"
    asked = client.get(client.get(f"{page}edit/")["Location"])
    assert f'<a href="{page}">' in asked.content.decode()


def test_without_a_proof_for_an_act_nobody_knows_one_is_at_home(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    for after in ("/nowhere/", "//elsewhere.example/account/", ""):
        assert client.get(f"{PROOF}?act=nothing&next={after}").context["back_url"] == "/"
