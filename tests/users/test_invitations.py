"""Inviting: from the form to the account, once, and everything that can come in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from permissions import grants
from permissions.policy import can
from tests.factories import make_manager, make_user
from users import services
from users.models import Invitation, InvitationLink, ManagementRequest, User

PASSWORD = "Grüne-Wiese-26"
SARA = {"email": "Sara@rochat.example ", "first_name": "Sara", "last_name": "Blanc", "language": "de"}


@pytest.fixture
def invited(cast):
    """Sara, invited by Claire to do the books."""
    return services.invite(cast.rochat, preset="finance", by=cast.claire, **SARA)


# --- The way --------------------------------------------------------------------------------------


def test_from_the_link_to_signed_in_with_the_promised_access(
    client, cast, invited, link_in, lines, mailoutbox
):
    link = link_in("sara@rochat.example")
    assert mailoutbox[0].subject.startswith("Ihr") or "Enterprise Portal" in mailoutbox[0].subject
    page = client.get(link)
    assert page.context["case"] == "new"
    weak = client.post(link, {"password": "password"})
    assert weak.status_code == 422
    assert not User.objects.filter(email="sara@rochat.example").exists()
    answer = client.post(link, {"password": PASSWORD})
    assert answer["Location"] == "/"
    assert client.get("/")["Location"] == "/account/2fa/totp/activate/"
    assert client.get("/account/2fa/totp/activate/").status_code == 200
    sara = User.objects.get(email="sara@rochat.example")
    assert (sara.first_name, sara.language, sara.check_password(PASSWORD)) == ("Sara", "de", True)
    assert can(sara, "invoice.view", cast.rochat)
    assert not can(sara, "invoice.view", cast.keller)
    (row,) = grants.grants_of(sara)
    assert row.granted_by == cast.claire
    (line,) = lines("invitation.accepted")
    assert (line.actor, line.facts["user"], line.facts["preset"]) == (sara.pk, str(sara.pk), "finance")
    assert not [line for line in lines("access.granted") if line.facts["user"] == str(sara.pk)]
    assert Notification.objects.filter(user=cast.claire, event="invitation.accepted").count() == 1
    assert not lines("user.signed_in")


def test_the_token_is_kept_nowhere_in_clear(cast, invited, link_in, lines):
    token = link_in("sara@rochat.example").rstrip("/").rsplit("/", 1)[1]
    assert InvitationLink.objects.get().digest != token
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(string_agg(args::text, ''), '') from procrastinate_jobs")
        assert token not in cursor.fetchone()[0]
    assert token not in str(
        [line.facts for event in ("invitation.sent", "access.granted") for line in lines(event)]
    )
    assert "sara" not in str([line.facts for line in lines("invitation.sent")]).lower()


def test_a_second_click_is_harmless_and_says_so(client, cast, invited, link_in):
    link = link_in("sara@rochat.example")
    client.post(link, {"password": PASSWORD})
    again = Client().get(link)
    assert (again.status_code, again.context["case"]) == (200, "accepted")
    assert "/account/login/" in again.content.decode()
    other = Client().post(link, {"password": "Andere-Wörter-26"})
    assert other.status_code == 200
    assert User.objects.get(email="sara@rochat.example").check_password(PASSWORD)


def test_an_expired_link_offers_a_new_one_to_the_same_address(client, cast, invited, link_in, mailoutbox):
    link = link_in("sara@rochat.example")
    InvitationLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
    Invitation.unrestricted.update(
        expires=timezone.now() - timedelta(seconds=1), sent=timezone.now() - timedelta(days=14)
    )
    assert client.get(link).context["case"] == "expired"
    assert client.post(link, {"password": PASSWORD}).context["case"] == "expired"
    assert not User.objects.filter(email="sara@rochat.example").exists()
    assert client.post(link, {"renew": "1"})["Location"] == "/users/invitation/renewed/"
    fresh = link_in("sara@rochat.example")
    assert fresh != link
    # Asking again at once sends nothing more.
    client.post(link, {"renew": "1"})
    link_in("sara@rochat.example")
    assert len(mailoutbox) == 2
    client.post(fresh, {"password": PASSWORD})
    assert User.objects.filter(email="sara@rochat.example").exists()


def test_a_withdrawn_invitation_is_dead(client, cast, invited, link_in, lines):
    link = link_in("sara@rochat.example")
    services.withdraw_invitation(invited.pk, by=cast.claire)
    assert client.get(link).context["case"] == "withdrawn"
    client.post(link, {"password": PASSWORD})
    client.post(link, {"renew": "1"})
    assert not User.objects.filter(email="sara@rochat.example").exists()
    with pytest.raises(NotNow):
        services.resend(invited.pk, by=cast.claire)
    assert len(lines("invitation.withdrawn")) == 1


def test_a_promise_ends_with_the_right_of_who_made_it(client, cast, invited, link_in):
    link = link_in("sara@rochat.example")
    make_manager(cast, cast.zoe)
    grants.revoke(grants.grants_of(cast.claire)[0], by=cast.reto)
    assert client.get(link).context["case"] == "lapsed"
    assert client.post(link, {"password": PASSWORD}).context["case"] == "lapsed"
    client.post(link, {"renew": "1"})
    assert not User.objects.filter(email="sara@rochat.example").exists()
    token = link.rstrip("/").rsplit("/", 1)[1]
    for act in (lambda: services.accept_invitation(token, password=PASSWORD), lambda: services.renew(token)):
        with pytest.raises(NotNow) as refusal:
            act()
        assert refusal.value.code == "lapsed"
    # Sent again by somebody who may, it is that person's promise.
    services.resend(invited.pk, by=cast.zoe)
    client.post(link_in("sara@rochat.example"), {"password": PASSWORD})
    (row,) = grants.grants_of(User.objects.get(email="sara@rochat.example"))
    assert row.granted_by == cast.zoe


def test_whoever_may_not_give_it_does_not_take_a_lapsed_promise_over(cast):
    promised = services.invite(
        cast.rochat, preset="administrator", extra=["users.manage"], by=cast.reto, **SARA
    )
    services.confirm_management(ManagementRequest.unrestricted.get(invitation=promised).pk, by=cast.sacha)
    cast.rochat.contract_manager = cast.sacha
    cast.rochat.save()
    with pytest.raises(NotAllowed):
        services.resend(promised.pk, by=cast.claire)


def test_an_unknown_token_is_no_page(client, cast, invited, link_in):
    link = link_in("sara@rochat.example")
    assert client.get("/users/invitation/unknown/").status_code == 404
    assert client.get(link[:-2] + "/").status_code == 404


# --- Somebody who has an account already -----------------------------------------------------------


def test_an_account_of_that_address_accepts_signed_in(client, cast, sign_in, link_in):
    services.invite(cast.rochat, preset="hr", by=cast.claire, **{**SARA, "email": cast.bruno.email})
    link = link_in(cast.bruno.email)
    page = client.get(link)
    assert page.context["case"] == "sign_in"
    assert client.post(link, {"password": PASSWORD}).context["case"] == "sign_in"
    assert not cast.bruno.check_password(PASSWORD)
    sign_in(cast.bruno)
    assert client.get(link).context["case"] == "join"
    assert client.post(link)["Location"] == "/"
    assert can(cast.bruno, "person.edit", cast.marco)
    assert can(cast.bruno, "users.manage", cast.keller)


@pytest.mark.parametrize("other", ["hugo", "bruno"])
def test_somebody_elses_account_cannot_accept(client, cast, sign_in, invited, link_in, other):
    link = link_in("sara@rochat.example")
    sign_in(getattr(cast, other))
    assert client.get(link).context["case"] == "other_account"
    client.post(link, {"password": PASSWORD})
    invited.refresh_from_db()
    assert invited.accepted is None
    with pytest.raises(NotNow):
        services.accept_invitation(link.rstrip("/").rsplit("/", 1)[1], by=getattr(cast, other))


def test_accepting_widens_what_one_holds_and_never_narrows(cast, link_in):
    services.invite(cast.keller, preset="administrator", by=cast.reto, **SARA | {"email": "x@y.example"})
    grants.write(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto, extra=["invoice.view"])
    services.invite(
        cast.rochat,
        preset="finance",
        by=cast.claire,
        until=timezone.localdate(),
        **SARA | {"email": cast.zoe.email},
    )
    token = link_in(cast.zoe.email).rstrip("/").rsplit("/", 1)[1]
    services.accept_invitation(token, by=cast.zoe)
    assert {row.preset for row in grants.grants_of(cast.zoe)} == {"hr", "finance"}
    assert can(cast.zoe, "person.edit", cast.marco)


def test_people_of_the_insurer_do_not_become_customers(cast, link_in):
    services.invite(cast.rochat, preset="hr", by=cast.claire, **SARA | {"email": cast.pauline.email})
    token = link_in(cast.pauline.email).rstrip("/").rsplit("/", 1)[1]
    with pytest.raises(NotNow):
        services.accept_invitation(token, by=cast.pauline)
    assert not grants.grants_of(cast.pauline)


# --- Limits -----------------------------------------------------------------------------------------


def test_who_may_invite_where(cast):
    for outsider in (cast.bruno, cast.zoe, cast.elena):
        with pytest.raises(OutOfReach):
            services.invite(cast.rochat, preset="hr", by=outsider, **SARA)
    for insider in (cast.hugo, cast.felix, cast.fiona, cast.nadia, cast.sacha):
        with pytest.raises(NotAllowed):
            services.invite(cast.rochat, preset="hr", by=insider, **SARA)
    assert not Invitation.unrestricted.exists()


def test_user_management_is_promised_by_the_contract_manager_only(cast):
    with pytest.raises(NotAllowed):
        services.invite(cast.rochat, preset="administrator", extra=["users.manage"], by=cast.claire, **SARA)
    invitation = services.invite(
        cast.rochat, preset="administrator", extra=["users.manage"], by=cast.reto, **SARA
    )
    # Promised by one person, it waits for the second one; the rest of the invitation does not.
    assert invitation.extra_actions == []
    waiting = ManagementRequest.unrestricted.get(invitation=invitation)
    services.confirm_management(waiting.pk, by=cast.sacha)
    invitation.refresh_from_db()
    assert invitation.extra_actions == ["users.manage"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "claire@rochat.example"}, "email"),
        ({"email": "felix@rochat.example"}, "email"),
        ({"first_name": ""}, "first_name"),
        ({"language": "xx"}, "language"),
        ({"preset": "contract_manager"}, "preset"),
        ({"extra": ["settings.manage"]}, "extra"),
        ({"until": timezone.localdate() - timedelta(days=1)}, "until"),
    ],
)
def test_bad_input_is_refused_at_its_field(cast, changed, field):
    with pytest.raises(ValidationError) as error:
        services.invite(cast.rochat, by=cast.claire, **{**SARA, "preset": "finance", **changed})
    assert field in error.value.message_dict
    assert not Invitation.unrestricted.exists()


def test_the_same_promise_is_made_once(cast, invited, run_jobs, mailoutbox):
    with pytest.raises(ValidationError):
        services.invite(cast.rochat, preset="finance", by=cast.claire, **SARA)
    services.resend(invited.pk, by=cast.claire)
    run_jobs()
    assert len(mailoutbox) == 2
    # Another role, or another place, is another promise.
    services.invite(cast.morges, preset="hr_site", by=cast.claire, **SARA)
    services.invite(cast.rochat, preset="hr", by=cast.claire, **SARA)


@pytest.mark.parametrize("act", [services.resend, services.withdraw_invitation])
def test_invitations_of_others_do_not_exist_or_stay_untouched(cast, invited, act):
    with pytest.raises(OutOfReach):
        act(invited.pk, by=cast.bruno)
    with pytest.raises(OutOfReach):
        act(invited.pk, by=cast.hugo)
    with pytest.raises(NotAllowed):
        act(invited.pk, by=cast.sacha)


# --- At the same moment --------------------------------------------------------------------------


def _at_once(number, act):
    def run(turn):
        try:
            return act(turn)
        except (NotNow, OutOfReach, NotAllowed, ValidationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_accepts_make_one_account(cast, link_in):
    services.invite(cast.rochat, preset="finance", by=cast.claire, **SARA)
    token = link_in("sara@rochat.example").rstrip("/").rsplit("/", 1)[1]
    results = _at_once(20, lambda turn: services.accept_invitation(token, password=PASSWORD))
    made = [result for result in results if isinstance(result, User)]
    assert len(made) == 1
    assert {result.code for result in results if isinstance(result, NotNow)} == {"accepted"}
    assert User.objects.filter(email="sara@rochat.example").count() == 1
    assert len(grants.grants_of(made[0])) == 1


@pytest.mark.django_db(transaction=True)
def test_two_promises_to_one_address_make_one_account(cast, run_jobs, mailoutbox):
    services.invite(cast.rochat, preset="finance", by=cast.claire, **SARA)
    services.invite(cast.keller, preset="finance", by=cast.bruno, **SARA)
    run_jobs()
    tokens = [mail.body.split("/users/invitation/")[1].split("/")[0] for mail in mailoutbox]
    results = _at_once(2, lambda turn: services.accept_invitation(tokens[turn], password=PASSWORD))
    assert User.objects.filter(email="sara@rochat.example").count() == 1
    assert sorted(isinstance(result, User) for result in results) == [False, True]
    assert next(result.code for result in results if isinstance(result, NotNow)) == "sign_in"


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_invitations_are_one(cast):
    results = _at_once(
        10, lambda turn: services.invite(cast.rochat, preset="finance", by=cast.claire, **SARA)
    )
    assert sum(isinstance(result, Invitation) for result in results) == 1
    assert Invitation.unrestricted.count() == 1


def test_nothing_is_mailed_when_the_invitation_fails(cast, run_jobs, mailoutbox):
    make_user(email="taken@x.example")
    with pytest.raises(ValidationError):
        services.invite(cast.rochat, preset="nonsense", by=cast.claire, **SARA)
    assert run_jobs() == 0
    assert not mailoutbox
