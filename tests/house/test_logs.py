"""Neither logs, nor the audit trail, nor waiting jobs learn a password, a code, a token or a session key."""

from __future__ import annotations

import json
import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from core.log_lines import discreet
from permissions.trail import AuditLine
from tests.house.routes import patterns
from tests.users.acts import PASSWORD, give_code, give_password
from users import second_factor, tasks
from users.models import InvitationLink, User, new_api_token
from users.services import create_token, invite

pytestmark = pytest.mark.django_db

WRONG = "Wrong-Secret-4711"
# Placeholders of addresses that open something for whoever has them.
SECRETS = {"code", "key", "token"}


@pytest.fixture
def written(caplog):
    """Everything written so far, by name of who wrote: logs down to the smallest remark, audit lines, jobs."""
    caplog.set_level(logging.DEBUG)
    cache.clear()

    def read() -> str:
        # The database's own log of queries is switched off outside of tests.
        logs = [f"{each.getMessage()} {each.exc_text or ''}" for each in caplog.records
                if not each.name.startswith("django.db")]  # fmt: skip
        lines = [json.dumps(facts) for facts in AuditLine.unrestricted.values_list("facts", flat=True)]
        jobs = [json.dumps(args) for args in ProcrastinateJob.objects.values_list("args", flat=True)]
        return "\n".join([*logs, *lines, *jobs])

    return read


def test_the_search_finds_what_it_forbids(written):
    logging.getLogger("some.room").debug("The password was %s", WRONG)
    assert WRONG in written()


def test_what_is_typed_to_sign_in_is_written_nowhere(cast, client, written):
    second_factor.enrol_demo_factor(cast.hugo)
    code = second_factor.code_now(cast.hugo)
    give_password(client, cast.hugo.email, WRONG)
    give_password(client, cast.hugo.email, PASSWORD)
    give_code(client, code)
    assert client.session["_auth_user_id"] == str(cast.hugo.pk)
    key = client.session.session_key
    assert Session.objects.filter(session_key=key).exists()
    assert AuditLine.unrestricted.filter(event="user.sign_in_failed").exists()
    for secret in (WRONG, PASSWORD, key):
        assert secret not in written()
    assert not re.search(rf"\b{code}\b", written())


def test_the_token_of_an_invitation_stands_in_its_mail_only(cast, mailoutbox, written):
    invitation = invite(
        cast.rochat, email="new@rochat.example", first_name="N", last_name="N", preset="hr", by=cast.reto
    )
    (job,) = ProcrastinateJob.objects.filter(task_name="users.send_invitation")
    assert job.args == {"invitation_id": str(invitation.pk)}
    tasks.send_invitation(**job.args)
    token = re.search(r"/users/invitation/([\w-]+)/", mailoutbox[0].body)[1]
    assert token not in written()
    assert token not in InvitationLink.objects.get().digest


@pytest.mark.parametrize("path", ["/api/v1/claim-files/", "/api/v1/nowhere/", "/account/profile/"])
def test_an_api_token_stands_in_the_answer_that_made_it_only(cast, client, written, path):
    second_factor.enrol_demo_factor(cast.hugo)
    _token, text = create_token(cast.hugo, name="Payroll", actions=["claim.view"], days=1)
    for shown in (text, text[:-1], new_api_token()):
        client.get(path, headers={"authorization": f"Bearer {shown}"})
        assert shown[10:] not in written()


def test_what_stands_in_a_letter_is_written_nowhere(cast, settings, written, monkeypatch):
    """Activation code, initial password and PUK: in the letter, and nowhere else."""
    from users import services
    from users.models import PersonalLetter

    printed = []
    monkeypatch.setattr("core.letters.deliver", printed.append)
    activation = services.order_activation(cast.rochat.pk, by=cast.reto)
    services.print_activation(activation.pk)
    person = cast.marco
    person.street, person.postcode, person.town = "Rue du Port", "1110", "Morges"
    person.save()
    User.objects.filter(pk=cast.zoe.pk).update(initial_password_until=timezone.now())
    letter = PersonalLetter.objects.create(kind="access", user=cast.zoe, person=person)
    services.print_letter(letter.pk)
    secrets = [value for each in printed for label, value in each.content.codes]
    assert len(secrets) == 4
    secrets.remove(User.objects.get(pk=cast.zoe.pk).identifier)
    for secret in secrets:
        bare = re.sub(r"[\s-]", "", secret)
        assert secret not in written()
        assert bare not in written()


def test_every_address_that_opens_something_is_shortened_in_logs():
    """Also one that is added later: a token or a code in an address must have its place in `SECRET_PATHS`."""
    secret = "Abc-123_xyz"
    found = [
        reverse(name, kwargs={each: secret if each in SECRETS else "1" for each in placeholders})
        for name, placeholders in patterns()
        # A directory names its people by ids.
        if SECRETS & set(placeholders) and not name.startswith("scim:")
    ]
    assert len(found) > 6
    for path in found:
        assert secret not in discreet(f'Unprocessable Entity: {path} "POST {path} HTTP/1.1"'), path
