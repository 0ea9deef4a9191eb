"""Second factors where they meet the rest: locked accounts, letters, addresses, companies' providers, tokens, leaving."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.test import Client
from django.utils import timezone

from tests.users.acts import CODE, PROOF, bearer, give_password, have_proven, sign_in_fully, user_of
from tests.users.soft_key import SoftKey
from tests.users.test_passkeys import add, alone
from users import known_browsers, services
from users.models import CodeFactor, EmailChange, EmailChangeLink, SecurityCode, TrustedBrowser, User, digest
from users.second_factor import fingerprint, recovery_codes, registered
from users.services import staff
from users.sso.models import SsoConnection, SsoDomain

NUMBER, NEW = "+41791234567", "hugo@elsewhere.example"


@pytest.fixture
def trusting(cast, enrolled):
    """Hugo with codes by SMS and e-mail, one under way, and a browser that he trusts."""
    user = enrolled(cast.hugo)
    CodeFactor.objects.create(user=user, kind="sms", to=NUMBER)
    CodeFactor.objects.create(user=user, kind="email", to=user.email)
    until = timezone.now() + timedelta(minutes=9)
    SecurityCode.objects.create(user=user, kind="email", purpose="set_up", to=user.email, expires=until)
    TrustedBrowser.objects.create(
        user=user, digest="d" * 64, fingerprint=fingerprint(user), last_used=timezone.now(), expires=until
    )
    return user


@pytest.fixture
def keyed(cast):
    """Hugo with one passkey: its software, and a browser of his without any session."""
    key, browser = SoftKey(), Client(SERVER_NAME="localhost")
    give_password(browser, cast.hugo.email)
    add(browser, key)
    return key, Client(SERVER_NAME="localhost")


def asked(user, email):
    """A change of address, with the tokens of its two links."""
    row = EmailChange.objects.create(user=user, email=email, former=user.email)
    for purpose in ("confirm", "deny"):
        until = timezone.now() + timedelta(days=1)
        EmailChangeLink.objects.create(change=row, purpose=purpose, digest=digest(purpose), expires=until)
    return "confirm", "deny"


# --- Locked accounts and initial passwords ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["totp", "sms", "email", "recovery_codes"])
def test_wrong_codes_of_every_type_lock(client, trusting, settings, run_jobs, kind):
    settings.SIGN_IN_FAILURES, settings.SECOND_FACTOR_BY_EMAIL = 3, True
    give_password(client, trusting.email)
    if kind in {"sms", "email"}:
        client.post(CODE, {"send": kind})
    for _turn in range(3):
        assert client.post(CODE, {"type": kind, "code": "00000000"}).status_code == 422
        run_jobs()
    assert services.is_locked(User.objects.get(pk=trusting.pk))
    right = recovery_codes(trusting).get_unused_codes()[0]
    client.post(CODE, {"type": "recovery_codes", "code": right})
    assert user_of(client) is None


def test_a_passkey_that_does_not_fit_after_the_password_counts_too(cast, keyed, settings, run_jobs):
    _key, browser = keyed
    settings.SIGN_IN_FAILURES = 2
    give_password(browser, cast.hugo.email)
    for _turn in range(2):
        assert browser.post(CODE, {"type": "webauthn", "credential": '{"id": "x"}'}).status_code == 422
        run_jobs()
    assert services.is_locked(User.objects.get(pk=cast.hugo.pk))


def test_wrong_fresh_proofs_count_for_the_account_and_for_the_browser(
    client, trusting, settings, run_jobs, monkeypatch
):
    settings.SIGN_IN_FAILURES = 2
    seen = []
    monkeypatch.setattr(known_browsers, "failed", lambda request, user: seen.append(user.pk))
    sign_in_fully(client, trusting)
    for _turn in range(2):
        assert client.post(f"{PROOF}?act=phone", {"type": "totp", "code": "000000"}).status_code == 422
        run_jobs()
    assert seen == [trusting.pk] * 2
    assert services.is_locked(User.objects.get(pk=trusting.pk))


def test_a_passkey_alone_opens_no_locked_account(cast, keyed, lines):
    key, browser = keyed
    User.objects.filter(pk=cast.hugo.pk).update(locked_at=timezone.now())
    assert alone(browser, key).status_code == 422
    assert user_of(browser) is None
    assert lines("user.sign_in_failed")[-1].facts["stage"] == "locked"
    User.objects.filter(pk=cast.hugo.pk).update(locked_at=None)
    assert alone(browser, key)["Location"] == "/"


def test_a_passkey_alone_leads_around_no_initial_password(cast, keyed):
    key, browser = keyed
    User.objects.filter(pk=cast.hugo.pk).update(initial_password_until=timezone.now() - timedelta(days=1))
    assert alone(browser, key).status_code == 422
    assert user_of(browser) is None
    # Nor does it stand for the letter as long as that is good.
    User.objects.filter(pk=cast.hugo.pk).update(initial_password_until=timezone.now() + timedelta(days=1))
    assert alone(browser, key)["Location"] == "/account/login/"
    assert user_of(browser) is None


def test_a_passkey_alone_is_worth_nothing_after_a_suspicion(cast, keyed):
    """Whoever was here may have added it."""
    key, browser = keyed
    services.raise_suspicion(cast.hugo)
    assert alone(browser, key).status_code == 422
    assert user_of(browser) is None
    services.set_password(cast.hugo, "Neue-Wörter-26")
    assert alone(browser, key)["Location"] == "/"


# What somebody who is not signed in reads.
ENGLISH = {"accept-language": "en"}


def grow_old(user, *kinds, days=31):
    """These factors were set up so many days ago."""
    moment = timezone.now() - timedelta(days=days)
    Authenticator.objects.filter(user=user, type__in=kinds).update(created_at=moment)
    CodeFactor.objects.filter(user=user, kind__in=kinds).update(created=moment)


@pytest.mark.parametrize("way", ["the page", "the former mailbox"])
def test_what_a_stranger_set_up_goes_where_something_older_stays(
    cast, keyed, trusting, lines, mailoutbox, run_jobs, english, way
):
    key, browser = keyed
    grow_old(trusting, "totp", "sms")
    if way == "the page":
        own = Client()
        sign_in_fully(own, trusting)
        page = own.post("/account/suspicion/").content.decode()
    else:
        _confirm, deny = asked(trusting, NEW)
        page = Client().post(f"/account/e-mail/deny/{deny}/", headers=ENGLISH).content.decode()
    assert "remove what you do not know" in page
    assert set(registered(trusting)) == {"totp", "sms"}
    gone = [line.facts["kind"] for line in lines("user.second_factor_removed")]
    assert sorted(gone) == ["email", "webauthn"]
    assert not SecurityCode.objects.filter(user=trusting).exists()
    run_jobs()
    (mail,) = [
        mail for mail in mailoutbox if trusting.email in mail.to and "/password/reset/key/" in mail.body
    ]
    assert "remove what you do not know" in mail.body
    assert "did not ask" not in mail.body
    services.set_password(trusting, "Neue-Wörter-26")
    assert alone(browser, key).status_code == 422
    assert user_of(browser) is None


@pytest.mark.parametrize("who", ["hugo", "reto"])
def test_nobody_is_left_without_a_factor_that_suffices(cast, enrolled, lines, who):
    user = enrolled(getattr(cast, who))
    CodeFactor.objects.create(user=user, kind="sms", to=NUMBER)
    # Nothing is old: all stays, to be looked through.
    services.raise_suspicion(user)
    assert set(registered(user)) == {"totp", "sms"}
    # Codes by SMS suffice for a customer's person, and for nobody at the insurer.
    grow_old(user, "sms")
    services.raise_suspicion(user)
    assert set(registered(user)) == ({"sms"} if who == "hugo" else {"totp", "sms"})
    assert len(lines("user.second_factor_removed")) == (who == "hugo")


def test_after_a_new_password_the_way_to_the_factors_is_shown(cast, client, english):
    page = client.get("/account/password/reset/key/done/", headers=ENGLISH).content.decode()
    assert "Look through my second factors" in page
    assert 'href="/account/sign-in/"' in page


# --- The address ------------------------------------------------------------------------------------


def test_another_address_takes_its_codes_along_and_ends_trust(trusting):
    confirm, deny = asked(trusting, NEW)
    services.confirm_email_change(confirm, by=trusting)
    assert trusting.code_factors.get(kind="email").to == NEW
    assert trusting.code_factors.get(kind="sms").to == NUMBER
    assert not TrustedBrowser.objects.exists()
    assert not SecurityCode.objects.exists()
    services.deny_email_change(deny)
    assert trusting.code_factors.get(kind="email").to == "hugo@rochat.example"


def test_an_address_that_cannot_be_given_back_proves_nothing(cast, trusting):
    confirm, deny = asked(trusting, NEW)
    services.confirm_email_change(confirm, by=trusting)
    User.objects.filter(pk=cast.sonia.pk).update(email="hugo@rochat.example")
    services.deny_email_change(deny)
    assert not trusting.code_factors.filter(kind="email").exists()


# --- The end of an account --------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["deactivated", "dismissed"])
def test_with_the_account_end_trust_and_codes(cast, trusting, enrolled, end):
    if end == "deactivated":
        services.deactivate(trusting.pk, by=cast.claire)
    else:
        TrustedBrowser.objects.update(user=cast.reto)
        SecurityCode.objects.update(user=cast.reto)
        staff.dismiss(cast.reto.email)
    assert not TrustedBrowser.objects.exists()
    assert not SecurityCode.objects.exists()


def test_whoever_leaves_takes_every_factor_along(cast, trusting):
    services.deactivate(trusting.pk, by=cast.claire)
    services.delete_account(trusting.pk, by=cast.reto)
    for name in ("CodeFactor", "SecurityCode", "FreshProof", "TrustedBrowser"):
        assert not apps.get_model("users", name).objects.filter(user=trusting.pk).exists(), name
    assert not trusting.authenticator_set.exists()


# --- A company's provider, tokens, other acts -------------------------------------------------------


def test_a_passkey_leads_around_no_compulsory_provider(cast, keyed):
    key, browser = keyed
    SsoConnection.unrestricted.create(
        company=cast.rochat, protocol="oidc", issuer="https://login.example", client_id="portal",
        active=True, required=True, tested=timezone.now(), used=timezone.now(),
    )  # fmt: skip
    SsoDomain.unrestricted.create(company=cast.rochat, domain="rochat.example", confirmed_by=cast.reto)
    assert alone(browser, key)["Location"] == "/account/company/"
    assert user_of(browser) is None


def test_a_token_neither_reads_nor_changes_factors(trusting, token_of):
    program = bearer(token_of(trusting, "claim.view"))
    assert program.get("/api/v1/me/second-factors/").json()["code"] == "not_by_token"
    assert program.delete("/api/v1/me/second-factors/sms/").json()["code"] == "not_by_token"


@pytest.mark.parametrize(
    ("act", "page", "typed"),
    [
        ("additions", "/account/additions/", {}),
        ("email", "/account/e-mail/", {"email": NEW, "again": NEW}),
        ("token", "/account/api/new/", {"name": "Payroll", "actions": ["claim.view"], "days": "7"}),
    ],
)
def test_a_proof_is_for_one_act_and_gone_with_it(client, trusting, act, page, typed):
    sign_in_fully(client, trusting)
    have_proven(client, trusting, "phone")
    assert client.get(page)["Location"].startswith(f"{PROOF}?act={act}&")
    have_proven(client, trusting, act)
    assert client.post(page, typed).status_code in {200, 302}
    assert client.post(page, typed)["Location"].startswith(f"{PROOF}?act={act}&")


def test_the_page_of_the_proof_names_every_act(client, trusting):
    from users import proofs

    sign_in_fully(client, trusting)
    for act, label in proofs.ACTS.items():
        assert client.get(f"{PROOF}?act={act}").context["act_in_words"] == label


@pytest.mark.parametrize(("number", "refused"), [("+1 202 555 0143", True), ("079 123 45 67", False)])
def test_registering_takes_numbers_of_the_countries_allowed(client, number, refused):
    answer = client.post("/register/", {"phone": number})
    assert ("phone" in answer.context["form"].errors) is refused
