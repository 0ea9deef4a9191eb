"""The first sign-in with the letter: whose mailbox and phone the account has is confirmed, or the account is closed."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.test import Client
from django.utils import timezone

from companies.models import InsuredPerson
from core.errors import NotNow
from core.models import OutboxMessage
from tests.users.acts import give_password, user_of
from tests.users.test_registration import FORM, GATE, NEW, printed, typed
from users import services
from users.models import User

pytestmark = pytest.mark.usefixtures("english")

HOME, STRANGER = "marco@home.example", "stranger@elsewhere.example"
ADDRESS = {"street": "Rue du Port", "house_number": "3", "postcode": "1110", "town": "Morges"}


@pytest.fixture
def letter(cast, link_in, run_jobs, settings):
    """Register Marco from a mailbox: `letter(HOME)` gives what is typed from his letter."""
    settings.LETTER_BACKEND = "core.letters.OutboxBackend"
    InsuredPerson.unrestricted.filter(pk=cast.marco.pk).update(**ADDRESS, birth_date=date(1985, 5, 17))
    cast.marco.refresh_from_db()

    def write(email, **other):
        browser = Client()
        browser.post(FORM, typed(cast.marco, email, **other))
        browser.post(link_in(email))
        run_jobs()
        return printed(OutboxMessage.objects.filter(kind="letter").order_by("-created").first().text)

    return write


def test_mailbox_and_phone_are_confirmed_before_anything_else(client, cast, letter):
    given = letter(HOME)
    give_password(client, given["identifier"], given["password"])
    page = client.get(GATE).content.decode()
    assert HOME in page
    assert "+41791234567" in page
    refused = client.post(GATE, {"password": NEW})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["mine"]
    cast.marco.refresh_from_db()
    assert cast.marco.user is None
    assert client.post(GATE, {"password": NEW, "mine": "on"})["Location"] == "/"
    cast.marco.refresh_from_db()
    assert cast.marco.user.email == HOME


def test_a_strangers_registration_is_closed_and_the_person_registers_again(
    client, cast, letter, link_in, lines, run_jobs
):
    given = letter(STRANGER)
    give_password(client, given["identifier"], given["password"])
    account = User.objects.get(email=STRANGER)
    answer = client.post(GATE, {"act": "not_mine"})
    assert 'href="/register/"' in answer.content.decode()
    assert user_of(client) is None
    account.refresh_from_db()
    assert not account.is_active
    assert [(line.actor, line.facts) for line in lines("user.disowned")] == [(account.pk, {})]
    # Neither letter nor PUK opens it, and the second click changes nothing.
    assert client.post(GATE, {"act": "not_mine"}).status_code == 302
    give_password(client, given["identifier"], given["password"])
    assert user_of(client) is None
    assert not services.use_puk(given["identifier"], given["puk"], lost_factor=False)
    cast.marco.refresh_from_db()
    assert cast.marco.user is None
    again = letter(HOME)
    mine = Client()
    give_password(mine, again["identifier"], again["password"])
    assert mine.post(GATE, {"password": NEW, "mine": "on"})["Location"] == "/"
    cast.marco.refresh_from_db()
    assert cast.marco.user.email == HOME
    # What was closed does not keep a mailbox for ever.
    User.objects.filter(pk=account.pk).update(initial_password_until=timezone.now() - timedelta(days=31))
    services.sweep_registrations()
    with pytest.raises(ObjectDoesNotExist):
        account.refresh_from_db()
    assert User.objects.filter(email=HOME).exists()


def test_an_account_that_is_the_persons_is_not_closed_so(cast, lines):
    with pytest.raises(NotNow):
        services.disown_account(cast.nadia)
    cast.nadia.refresh_from_db()
    assert cast.nadia.is_active
    assert lines("user.disowned") == []
