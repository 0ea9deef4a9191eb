"""The worker: what a job defers belongs to the job's own transaction."""

import pytest
from django.core.management import call_command
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task():
    """Make a task of this test only: `task("name", function)`."""
    made = []

    def make(name, function):
        made.append(name)
        return app.task(name=name)(function)

    yield make
    for name in made:
        del app.tasks[name]


def test_a_job_deferred_by_a_job_waits_for_its_commit(task):
    seen = []
    inner = task("tests.inner", lambda email: seen.append(User.objects.filter(email=email).exists()))

    @transaction.atomic
    def change():
        inner.defer(email="new@example.test")
        # The other half of the worker is free: given the time, it would take the job now.
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("select pg_sleep(1)")
        User.objects.create_user("new@example.test")

    task("tests.outer", change).defer()
    call_command("work", once=True)
    call_command("work", once=True)
    assert seen == [True]


def test_a_job_that_fails_leaves_no_job_behind(task):
    inner = task("tests.inner", lambda: None)

    @transaction.atomic
    def change():
        inner.defer()
        raise ValueError

    task("tests.outer", change).defer()
    call_command("work", once=True)
    assert not ProcrastinateJob.objects.filter(task_name="tests.inner").exists()
    assert ProcrastinateJob.objects.get(task_name="tests.outer").status == "failed"
