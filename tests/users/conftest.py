"""What the tests of this room share: jobs that run at once, mails, and people with a real second factor."""

import re
import time
from datetime import date, timedelta

import pytest
from django.core.cache import cache

from tests.users.acts import NUMBER


@pytest.fixture(autouse=True)
def fresh_limits():
    """Attempts are counted in the cache: every test begins without any."""
    cache.clear()


@pytest.fixture
def run_jobs():
    """Run the jobs that are waiting in the database, as a worker would; returns how many."""
    from django.db import connection
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    def run():
        number = 0
        while jobs := list(ProcrastinateJob.objects.filter(status="todo").order_by("id")):
            for job in jobs:
                app.tasks[job.task_name].func(**job.args)
                number += 1
            with connection.cursor() as cursor:
                cursor.execute(
                    "delete from procrastinate_jobs where id = any(%s)", [[job.id for job in jobs]]
                )
        return number

    return run


@pytest.fixture
def newest(run_jobs, mailoutbox):
    """The newest code sent by SMS, after the waiting jobs have run."""

    from core.models import OutboxMessage

    def read():
        run_jobs()
        message = OutboxMessage.objects.filter(kind="sms").order_by("-created").first()
        return message.text.split()[0]

    return read


@pytest.fixture
def by_sms(cast):
    """Hugo receives codes by SMS, and has nothing else."""
    from users import second_factor
    from users.models import CodeFactor

    CodeFactor.objects.create(user=cast.hugo, kind="sms", to=NUMBER)
    second_factor.new_recovery_codes(cast.hugo).wrap().mark_as_viewed()
    return cast.hugo


@pytest.fixture
def link_in(mailoutbox, run_jobs):
    """The path of the link in the newest mail to an address, after the waiting jobs have run."""

    def find(address):
        run_jobs()
        mail = next(mail for mail in reversed(mailoutbox) if address in mail.to)
        return re.search(r"https?://[^/\s]+(/\S+)", mail.body)[1]

    return find


@pytest.fixture
def enrolled(cast):
    """Give somebody of the cast a real authenticator app and a password: `enrolled(cast.hugo)`."""
    from users.second_factor import enrol_demo_factor

    def enrol(user):
        enrol_demo_factor(user)
        return user

    return enrol


@pytest.fixture
def english(cast):
    """Everybody of the cast reads English: for tests that compare the words of pages and mails."""
    from users.models import User

    for user in vars(cast).values():
        if isinstance(user, User):
            user.language = "en"
    User.objects.update(language="en")


@pytest.fixture
def lines(db):
    """The audit lines of an event, newest last: `lines("user.signed_in")`."""
    from permissions.trail import AuditLine

    return lambda event: list(AuditLine.unrestricted.filter(event=event).order_by("id"))


@pytest.fixture
def clock(monkeypatch):
    """Move the clock: `clock(minutes=31)`."""
    from django.utils import timezone

    real, start = time.time, timezone.now
    moved = {"seconds": 0}
    monkeypatch.setattr(time, "time", lambda: real() + moved["seconds"])
    monkeypatch.setattr(timezone, "now", lambda: start() + timedelta(seconds=moved["seconds"]))

    def forward(minutes):
        moved["seconds"] += minutes * 60

    return forward


@pytest.fixture
def token_of(cast, enrolled):
    """Make a token: `token_of(cast.hugo, "claim.view")` gives its text."""

    from users import second_factor, services

    def make(user, *actions, name="Payroll", days=30):
        if not second_factor.has_second_factor(user):
            enrolled(user)
        return services.create_token(user, name=name, actions=actions, days=days)[1]

    return make


@pytest.fixture
def token(cast):
    """A token of Rochat's directory, made by Claire, and its text."""
    from users.scim import tokens
    from users.sso import services as sso

    sso.add_domain(cast.rochat, "rochat.example", by=cast.reto)
    return tokens.make_token(cast.rochat, name="Entra", days=30, by=cast.claire)


@pytest.fixture
def directory(token):
    """Rochat's directory."""
    from tests.users.directory import Directory

    return Directory(token[1])


@pytest.fixture
def letter_box(settings):
    """Letters are kept where the demo keeps them."""
    settings.LETTER_BACKEND = "core.letters.OutboxBackend"


@pytest.fixture
def marco(cast):
    """Insured, of age, with an address on record and no account."""
    person = cast.marco
    person.street, person.house_number, person.postcode, person.town = "Rue du Port", "3", "1110", "Morges"
    person.birth_date = date(1985, 5, 17)
    person.save()
    return person
