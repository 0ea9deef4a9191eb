"""Background jobs, done by a worker of its own process; nothing that was begun is lost."""

from __future__ import annotations

import os
import subprocess

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction

from claims_files import services as claims
from correspondence import tasks
from correspondence.models import Notification
from enterprise_portal.tasks import retry_orphans
from tests.factories_claims import open_claim
from tests.live.conftest import run_manage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_jobs(transactional_db):
    """procrastinate's tables are not Django's: what tests before left in them stays until emptied by hand."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")


def work() -> None:
    """A worker does what waits, then leaves."""
    os.environ["EMAIL_URL"] = "dummymail://"
    try:
        process = run_manage("work", "--once", stderr=subprocess.PIPE, text=True)
    finally:
        del os.environ["EMAIL_URL"]
    _out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def states() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select status, count(*) from procrastinate_jobs where task_name = %s group by status",
            [tasks.send_news.name],
        )
        return dict(cursor.fetchall())


def test_the_worker_does_what_an_act_asked_for(cast):
    claim = open_claim(cast)
    claims.take_over(claim.pk, by=cast.pauline)
    assert states() == {"todo": 1}
    work()
    assert states() == {}
    assert not Notification.objects.filter(event="claim.taken_over", mailed=None).exists()


def test_a_job_of_an_act_that_was_rolled_back_never_existed(cast):
    claim = open_claim(cast)
    with transaction.atomic():
        claims.take_over(claim.pk, by=cast.pauline)
        transaction.set_rollback(True)
    assert states() == {}


def test_what_a_killed_worker_had_begun_is_done_by_the_next(cast):
    claim = open_claim(cast)
    claims.take_over(claim.pk, by=cast.pauline)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 minute') returning id"
        )
        (dead,) = cursor.fetchone()
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", [dead])
    async_to_sync(retry_orphans.func)(timestamp=0)
    assert states() == {"todo": 1}
    assert Notification.objects.filter(event="claim.taken_over", mailed=None).exists()
    work()
    assert states() == {}
    assert not Notification.objects.filter(event="claim.taken_over", mailed=None).exists()
