"""Changing the e-mail address: asked, confirmed from the new mailbox, denied from the former one."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.errors import NotNow, OutOfReach
from permissions import grants
from tests.users.acts import give_password, have_proven, sign_in_fully
from users import services
from users.models import EmailChange, EmailChangeLink, SsoConnection, SsoDomain, User
from users.second_factor import code_now

NEW = "hugo.favre@elsewhere.example"


@pytest.fixture
def links(mailoutbox, run_jobs):
    """The paths of the links mailed to an address, oldest first."""

    def find(address):
        run_jobs()
        found = [re.search(r"https?://[^/\s]+(/\S+)", mail.body) for mail in mailoutbox if address in mail.to]
        return [match[1] for match in found if match]

    return find


def token_of(path):
    return path.rstrip("/").rsplit("/", 1)[1]


@pytest.fixture
def asked(cast, links):
    """Hugo asked for a new address; the path of the link that confirms it."""
    services.ask_email_change(cast.hugo, NEW)
    (path,) = links(NEW)
    return path


def outcome(act):
    try:
        act()
    except NotNow as refusal:
        return refusal.code
    return "done"


# --- The story --------------------------------------------------------------------------------------


def test_the_address_changes_when_the_new_mailbox_confirms(client, cast, enrolled, links, lines, mailoutbox):
    sign_in_fully(client, enrolled(cast.hugo))
    elsewhere = Client()
    elsewhere.cookies["sessionid"] = "x"
    asked = client.get("/account/e-mail/")
    assert asked["Location"].startswith("/account/2fa/reauthenticate/")
    client.post(asked["Location"], {"code": code_now(cast.hugo)})
    answer = client.post("/account/e-mail/", {"email": NEW.upper(), "again": NEW})
    assert answer["Location"] == "/account/profile/"
    assert NEW in client.get("/account/profile/").content.decode()
    (confirm,) = links(NEW)
    (deny,) = links(cast.hugo.email)
    assert User.objects.get(pk=cast.hugo.pk).email == "hugo@rochat.example"
    assert client.get(confirm).status_code == 200
    # Looking is not confirming: programs that read mails follow links.
    assert User.objects.get(pk=cast.hugo.pk).email == "hugo@rochat.example"
    assert client.post(confirm)["Location"] == "/account/profile/"
    user = User.objects.get(pk=cast.hugo.pk)
    assert user.email == NEW
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")) == [
        (NEW, True, True)
    ]
    # The second click is harmless and says so.
    for again in (client.get(confirm), client.post(confirm)):
        assert (again.status_code, again.context["case"]) == (200, "confirmed")
    assert len(links("hugo@rochat.example")) == 2
    assert [line.actor for line in lines("user.email_changed")] == [cast.hugo.pk]
    assert all(NEW not in str(line.facts) for line in lines("user.email_changed"))
    assert give_password(Client(), NEW)["Location"].startswith("/account/2fa/")
    assert "Location" not in give_password(Client(), "hugo@rochat.example")
    assert "/account/e-mail/deny/" in deny


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nonsense", "again": "nonsense"}, "email"),
        ({"email": NEW, "again": "other@elsewhere.example"}, "again"),
        ({"email": "hugo@rochat.example", "again": "hugo@rochat.example"}, "email"),
        ({"email": "", "again": ""}, "email"),
    ],
)
def test_bad_input_is_answered_at_its_field(client, cast, enrolled, typed, field):
    sign_in_fully(client, enrolled(cast.hugo))
    have_proven(client, cast.hugo, "email")
    answer = client.post("/account/e-mail/", typed)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not EmailChange.objects.exists()


def test_an_address_of_somebody_else_is_answered_alike(client, cast, enrolled, links, mailoutbox):
    sign_in_fully(client, enrolled(cast.hugo))
    answers = []
    for email in (NEW, cast.sonia.email):
        have_proven(client, cast.hugo, "email")
        answer = client.post("/account/e-mail/", {"email": email, "again": email}, follow=True)
        # Until when the portal waits differs where the minute turns between the two answers.
        secrets_and_times = r"csrf\S+ value=\S+|[A-Za-z0-9]{64}|\d{2}\.\d{2}\.\d{4}|\d{2}:\d{2}"
        page = re.sub(secrets_and_times, "", answer.content.decode())
        answers.append(
            (answer.redirect_chain, page.replace(email, "…").replace(email.replace("@", "<wbr>@"), "…"))
        )
    assert answers[0] == answers[1]
    (path,) = links(cast.sonia.email)
    assert path == "/account/password/reset/"
    mail = next(mail for mail in mailoutbox if cast.sonia.email in mail.to)
    assert cast.hugo.email not in mail.body
    assert EmailChangeLink.objects.filter(purpose="confirm").count() == 0


# --- Whose link, and how long -----------------------------------------------------------------------


def test_the_link_is_for_the_one_who_asked(client, cast, sign_in, asked):
    assert Client().get(asked).context["case"] == "sign_in"
    assert Client().post(asked).context["case"] == "sign_in"
    other = sign_in(cast.sonia)
    for answer in (other.get(asked), other.post(asked)):
        assert answer.context["case"] == "other_account"
        assert NEW not in answer.content.decode()
    with pytest.raises(NotNow):
        services.confirm_email_change(token_of(asked), by=cast.sonia)
    assert User.objects.get(pk=cast.hugo.pk).email == "hugo@rochat.example"


def test_unknown_links_do_not_exist(client, cast, sign_in, asked):
    assert client.get("/account/e-mail/confirm/" + "x" * 43 + "/").status_code == 404
    # A link serves its own purpose only.
    assert client.get(asked.replace("confirm", "deny")).status_code == 404
    with pytest.raises(OutOfReach):
        services.deny_email_change(token_of(asked))


def test_after_two_days_the_link_is_over(cast, sign_in, asked):
    EmailChange.objects.update(expires=timezone.now() - timedelta(seconds=1))
    answer = sign_in(cast.hugo).post(asked)
    assert answer.context["case"] == "expired"
    assert outcome(lambda: services.confirm_email_change(token_of(asked), by=cast.hugo)) == "expired"
    services.ask_email_change(cast.hugo, NEW)
    assert EmailChange.objects.filter(ended=None).count() == 1


def end_by_password(cast):
    services.set_password(cast.hugo, "Neue-Wörter-26")


def end_by_suspicion(cast):
    services.raise_suspicion(cast.hugo)


def end_by_deactivation(cast):
    services.deactivate(cast.hugo.pk, by=cast.claire)


def end_by_another(cast):
    services.ask_email_change(cast.hugo, "third@elsewhere.example")


def end_by_hand(cast):
    services.cancel_email_change(cast.hugo)


@pytest.mark.parametrize(
    "ending", [end_by_password, end_by_suspicion, end_by_deactivation, end_by_another, end_by_hand]
)
def test_the_link_dies_with(cast, asked, ending):
    ending(cast)
    assert outcome(lambda: services.confirm_email_change(token_of(asked), by=cast.hugo)) == "ended"
    assert Client().get(asked).context["case"] == "ended"
    assert User.objects.get(pk=cast.hugo.pk).email == "hugo@rochat.example"


def test_no_link_is_mailed_for_a_change_that_ended_before(cast, links, run_jobs):
    services.ask_email_change(cast.hugo, NEW)
    services.deactivate(cast.hugo.pk, by=cast.claire)
    assert links(NEW) == []
    assert links(cast.hugo.email) == []


def test_a_link_for_a_password_dies_with_the_address(client, cast, asked, link_in):
    services.send_password_link([cast.hugo.pk])
    reset = link_in("hugo@rochat.example")
    services.confirm_email_change(token_of(asked), by=cast.hugo)
    page = Client().get(reset, follow=True)
    assert page.context["token_fail"]


def test_other_sessions_end(client, cast, enrolled, asked):
    sign_in_fully(client, enrolled(cast.hugo))
    assert client.get("/account/profile/").status_code == 200
    services.confirm_email_change(token_of(asked), by=cast.hugo, keep="")
    assert client.get("/account/profile/").status_code == 302


def test_an_address_that_was_taken_meanwhile_is_not_taken_away(cast, asked):
    User.objects.filter(pk=cast.sonia.pk).update(email=NEW)
    assert outcome(lambda: services.confirm_email_change(token_of(asked), by=cast.hugo)) == "taken"
    assert EmailAddress.objects.filter(user=cast.hugo, email="hugo@rochat.example").exists()


# --- “This was not me” ------------------------------------------------------------------------------


def test_denied_before_it_was_confirmed(client, cast, asked, links, lines, settings):
    (deny,) = links(cast.hugo.email)
    page = Client().get(deny)
    assert page.context["case"] == "deny"
    assert 'href="/account/login/"' in page.content.decode()
    assert not lines("user.suspicion_raised")
    assert Client().post(deny).status_code == 200
    assert len(lines("user.suspicion_raised")) == 1
    assert Client().post(deny).context["case"] == "denied"
    assert len(lines("user.email_change_denied")) == 1
    user = User.objects.get(pk=cast.hugo.pk)
    assert not user.has_usable_password()
    assert outcome(lambda: services.confirm_email_change(token_of(asked), by=cast.hugo)) == "ended"
    assert any("/password/reset/key/" in path for path in links(cast.hugo.email))
    assert links(settings.BRAND["email"]) == []


def test_denied_after_it_was_confirmed_the_former_address_is_back(
    client, cast, enrolled, asked, links, mailoutbox
):
    former = cast.hugo.email
    sign_in_fully(client, enrolled(cast.hugo))
    services.confirm_email_change(token_of(asked), by=cast.hugo, keep=client.session.session_key)
    assert client.get("/account/profile/").status_code == 200
    *_early, deny = links(former)
    Client().post(deny)
    assert client.get("/account/profile/").status_code == 302
    user = User.objects.get(pk=cast.hugo.pk)
    assert (user.email, user.has_usable_password()) == (former, False)
    before = len(links(NEW))
    assert any("/password/reset/key/" in path for path in links(former))
    assert len(links(NEW)) == before


def test_denied_too_late_or_for_a_closed_account(cast, asked, links):
    (deny,) = links(cast.hugo.email)
    EmailChangeLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert Client().post(deny).context["case"] == "expired"
    assert outcome(lambda: services.deny_email_change(token_of(deny))) == "expired"
    services.deactivate(cast.hugo.pk, by=cast.claire)
    assert Client().post(deny).context["case"] == "ended"


def test_a_strangers_own_mailbox_does_not_bring_his_address_back(cast, asked, links):
    """Two changes by a stranger: once the first is denied, nobody comes back by denying the second."""
    former = cast.hugo.email
    services.confirm_email_change(token_of(asked), by=cast.hugo)
    services.ask_email_change(cast.hugo, "third@elsewhere.example")
    services.confirm_email_change(token_of(links("third@elsewhere.example")[0]), by=cast.hugo)
    strangers = [path for path in links(NEW) if "/deny/" in path]
    (*_before, owners) = [path for path in links(former) if "/deny/" in path]
    services.deny_email_change(token_of(owners))
    assert {outcome(lambda path=path: services.deny_email_change(token_of(path))) for path in strangers} == {
        "denied"
    }
    assert User.objects.get(pk=cast.hugo.pk).email == former
    assert not any("/password/reset/key/" in path for path in links(NEW))


def test_without_a_way_back_nobody_gets_a_link_for_a_password(cast, asked, links):
    former = cast.hugo.email
    services.confirm_email_change(token_of(asked), by=cast.hugo)
    deny = links(former)[-1]
    User.objects.filter(pk=cast.sonia.pk).update(email=former)
    services.deny_email_change(token_of(deny))
    assert not any("/password/reset/key/" in path for path in links(NEW) + links(former))


def test_nobody_leaves_a_compulsory_provider_by_another_address(cast, links):
    SsoDomain.unrestricted.create(company=cast.rochat, domain="rochat.example")
    now = timezone.now()
    connection = SsoConnection.unrestricted.create(
        company=cast.rochat, issuer="https://id.example", active=True, tested=now, used=now
    )
    services.ask_email_change(cast.hugo, NEW)
    (path,) = links(NEW)
    SsoConnection.unrestricted.filter(pk=connection.pk).update(required=True)
    assert outcome(lambda: services.confirm_email_change(token_of(path), by=cast.hugo)) == "taken"
    with pytest.raises(ValidationError) as refused:
        services.ask_email_change(cast.hugo, NEW)
    assert set(refused.value.message_dict) == {"email"}
    services.ask_email_change(cast.hugo, "hugo.neu@rochat.example")
    # Somebody insured and nothing else is not bound to his employer.
    assert not grants.grants_of(cast.jonas)
    services.ask_email_change(cast.jonas, "jonas@home.example")


# --- Limits and the same moment ---------------------------------------------------------------------


def test_five_changes_an_hour(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    codes = []
    for number in range(6):
        have_proven(client, cast.hugo, "email")
        email = f"n{number}@elsewhere.example"
        codes.append(client.post("/account/e-mail/", {"email": email, "again": email}).status_code)
    assert codes == [302] * 5 + [429]


@pytest.mark.django_db(transaction=True)
def test_twenty_confirmations_at_once_confirm_once(cast, links, lines):
    services.ask_email_change(cast.hugo, NEW)
    (path,) = links(NEW)

    def confirm(_number):
        try:
            return outcome(lambda: services.confirm_email_change(token_of(path), by=cast.hugo))
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(confirm, range(20)))
    assert results.count("done") == 1
    assert set(results) == {"done", "confirmed"}
    assert len(lines("user.email_changed")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_want_one_address_at_once_do_not_share_it(cast, links):
    paths = {}
    for user in (cast.hugo, cast.sonia):
        before = set(links(NEW))
        services.ask_email_change(user, NEW)
        (paths[user],) = set(links(NEW)) - before

    def confirm(user):
        try:
            return outcome(lambda: services.confirm_email_change(token_of(paths[user]), by=user))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, paths)) == ["done", "taken"]
    assert User.objects.filter(email=NEW).count() == 1


# --- The API ----------------------------------------------------------------------------------------


def test_the_api_asks_for_a_fresh_code_and_answers_alike(client, cast, enrolled, links):
    sign_in_fully(client, enrolled(cast.hugo))
    path = "/api/v1/me/email-change/"
    assert client.get(path).json() == {"email": None, "expires": None}

    def ask(email):
        return client.post(path, {"email": email}, content_type="application/json")

    refused = ask(NEW)
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")
    client.post(refused.json()["page"], {"code": code_now(cast.hugo)})
    assert ask("nonsense").status_code == 400
    assert ask(cast.hugo.email).status_code == 400
    for email in (cast.sonia.email, NEW):
        answer = ask(email)
        assert (answer.status_code, answer.json()["email"]) == (202, email)
        # One proof, one act.
        assert ask(email).json()["code"] == "fresh_proof_required"
        have_proven(client, cast.hugo, "email")
    assert client.get(path).json()["email"] == NEW
    token = token_of(links(NEW)[-1])
    confirm = f"{path}confirm/"
    assert client.post(confirm, {"token": "x"}, content_type="application/json").status_code == 404
    assert client.post(confirm, {"token": token}, content_type="application/json").status_code == 204
    again = client.post(confirm, {"token": token}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "confirmed")
    assert client.get("/api/v1/me/").json()["email"] == NEW


def test_the_api_takes_a_change_back(client, cast, sign_in, asked):
    browser = sign_in(cast.hugo)
    assert browser.delete("/api/v1/me/email-change/").status_code == 204
    assert outcome(lambda: services.confirm_email_change(token_of(asked), by=cast.hugo)) == "ended"


def test_no_address_is_kept_in_the_job(cast):
    from procrastinate.contrib.django.models import ProcrastinateJob

    services.ask_email_change(cast.hugo, NEW)
    assert all("@" not in str(job.args) for job in ProcrastinateJob.objects.all())
    with pytest.raises(ValidationError):
        services.ask_email_change(cast.hugo, "x")


def test_after_a_month_no_former_address_is_kept(cast, asked):
    from users.tasks import sweep

    sweep(timestamp=0)
    assert EmailChange.objects.exists()
    EmailChange.objects.update(created=timezone.now() - timedelta(days=31))
    sweep(timestamp=0)
    assert not EmailChange.objects.exists()
