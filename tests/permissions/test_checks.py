"""Verifying the trail from the portal: who may, once at a time, what is found and where, and how it is told."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from permissions import checks, sealing, verification
from permissions.audit import record
from permissions.trail import AuditBlock, AuditCheck, AuditLine
from tests.permissions.seals import seal
from users.sessions import BACKGROUND

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")


@pytest.fixture
def sealed(cast) -> list[int]:
    """Six lines in a block of their own, and its anchor: what has been written so far is sealed before."""
    seal()
    before = AuditLine.unrestricted.order_by("-id").first().pk
    for _ in range(6):
        with transaction.atomic():
            record(cast.reto, "company.edited", cast.rochat)
    lines = AuditLine.unrestricted.filter(pk__gt=before)
    seal(lines)
    return list(lines.order_by("id").values_list("pk", flat=True))


@pytest.fixture
def press(sign_in):
    """The superuser presses the button and the worker works; the page of the result, in English."""

    def act(user):
        user.language = "en"
        user.save(update_fields=["language"])
        browser = sign_in(user, on=Client())
        answer = browser.post(reverse("verification"))
        if answer.status_code != 302:
            return answer
        under_way = browser.get(answer["Location"])
        # It looks again by itself, and keeps nobody signed in by that.
        assert "Under way" in (text := under_way.content.decode())
        assert "every 2s" in text
        assert BACKGROUND in text
        checks.run(AuditCheck.objects.get().pk)
        return browser.get(answer["Location"])

    return act


def test_an_untouched_trail_is_as_it_was_sealed(cast, sealed, press):
    page = press(cast.sacha)
    check = AuditCheck.objects.get()
    assert (check.state, check.found, check.anchors, check.blocks) == ("done", 0, 2, 2)
    assert check.lines == check.total == sealing.sealed_lines()
    assert "The log is as it was sealed" in page.content.decode()
    events = AuditLine.unrestricted.filter(target=check.pk).order_by("id").values_list("event", "actor")
    assert list(events) == [("trail.check_started", cast.sacha.pk), ("trail.checked", None)]
    # Run again, by a worker that did not hear of its end: nothing more happens.
    checks.run(check.pk)
    assert AuditLine.unrestricted.filter(event="trail.checked").count() == 1


FORGERIES = {
    "changed": ["update permissions_auditline set actor = gen_random_uuid() where id = {2}"],
    "removed": ["delete from permissions_auditline where id = {2}"],
    "inserted": [
        """insert into permissions_auditline (id, at, event, target_type, facts, transaction)
           select -7, at, event, '', '{{}}', '3' from permissions_auditline where id = {2}"""
    ],
    "reordered": [
        "update permissions_auditline set id = -5 where id = {2}",
        "update permissions_auditline set id = {2} where id = {3}",
        "update permissions_auditline set id = {3} where id = -5",
    ],
}
WHERE = {
    "changed": {(2, "changed since it was sealed")},
    "removed": {(2, "removed since it was sealed")},
    "inserted": {(-7, "inserted afterwards: its transaction was sealed without it")},
    "reordered": {(2, "changed since it was sealed"), (3, "changed since it was sealed")},
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_line_is_found_and_located(cast, sealed, press, kind, caplog):
    with connection.cursor() as cursor:
        for statement in FORGERIES[kind]:
            cursor.execute(statement.format(*sealed))
    text = press(cast.sacha).content.decode()
    check = AuditCheck.objects.get()
    found = {(each["line"], each["what"]) for each in check.findings}
    expected = {(line if line < 0 else sealed[line], what) for line, what in WHERE[kind]}
    assert found == expected
    assert "The log is not as it was sealed" in text
    assert all(what[:1].upper() + what[1:] in text for _line, what in expected)
    assert "The audit trail was changed" in caplog.text


@pytest.mark.parametrize(
    "statement",
    [
        "update permissions_auditblock set root = 'nothing' where id = {0}",
        "update permissions_auditblock set previous_head = 'nothing' where id = {0}",
        "update permissions_auditblock set numbers = '{{}}' where id = {0}",
        "update permissions_auditblock set numbers = '{{[999999,)}}' where id = {0}",
        "update permissions_auditline set at = 'infinity' where id = {1}",
    ],
)
def test_what_cannot_even_be_read_is_found_too(cast, sealed, statement, settings):
    block = AuditBlock.unrestricted.order_by("-id").first().pk
    with connection.cursor() as cursor:
        cursor.execute(statement.format(block, sealed[2]))
    with open(settings.AUDIT_ANCHOR_FILE, "ab") as file:
        file.write(b'\xff\n{"head": 1}\n7\n')
    check = checks.start(by=cast.sacha)
    checks.run(check.pk)
    check.refresh_from_db()
    assert (check.state, check.anchors) == ("done", 2)
    assert block in {each["block"] for each in check.findings}


def test_a_click_begins_anew_what_the_worker_gave_up(cast):
    check = checks.start(by=cast.sacha)
    jobs = ProcrastinateJob.objects.filter(task_name="permissions.check")
    assert checks.start(by=cast.sacha) == check
    assert jobs.count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set status = 'failed' where task_name = 'permissions.check'"
        )
    assert checks.start(by=cast.sacha) == check
    assert checks.start(by=cast.sacha) == check
    assert jobs.filter(status="todo").count() == 1


def test_only_the_superuser_has_the_button_and_the_results(cast, sealed, press, sign_in):
    press(cast.sacha)
    check = AuditCheck.objects.get()
    for who in ("claire", "reto", "pauline", "hugo"):
        browser = sign_in(getattr(cast, who), on=Client())
        for address in (reverse("verification"), reverse("activity_check", args=[check.pk])):
            assert browser.get(address).status_code == 403
        assert browser.post(reverse("verification")).status_code == 403
        assert browser.get("/api/v1/audit-checks/").status_code == 403
        assert browser.get(f"/api/v1/audit-checks/{check.pk}/").status_code == 404
        assert browser.post("/api/v1/audit-checks/").status_code == 403
    assert AuditCheck.objects.count() == 1


def test_a_second_click_leads_to_the_one_under_way(cast, sign_in):
    browser = sign_in(cast.sacha)
    first, second = (browser.post(reverse("verification"))["Location"] for _ in range(2))
    assert first == second
    answer = browser.post("/api/v1/audit-checks/")
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
    assert answer.json()["id"] in first
    assert AuditCheck.objects.count() == 1


def test_only_the_first_findings_are_kept_and_all_are_counted(cast, sealed):
    check = checks.start(by=cast.sacha)
    many = (verification.Finding(1, number, "changed since it was sealed") for number in range(500))
    with patch.object(verification, "verify", return_value=many):
        checks.run(check.pk)
    check.refresh_from_db()
    assert (check.found, len(check.findings)) == (500, checks.KEPT)
