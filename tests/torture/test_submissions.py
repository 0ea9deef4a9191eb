"""Processes killed while they send reports: a report is sent whole, with its claim file, or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from claims_files.models import ClaimFile, Report
from declarations.models import Declaration
from permissions.models import AuditLine
from tests.declarations.answers import complete

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "4"))
DRAFTS_A_ROUND = 12

SENDER = """
import sys
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from declarations import services
from users.models import User

user = User.objects.get(pk=sys.argv[2])
print("ready", flush=True)
for pk in sys.argv[3:]:
    claim = services.submit(pk, by=user)
    print(pk, claim.pk, flush=True)
"""


def test_a_report_is_sent_whole_or_not_at_all(cast):
    acknowledged: dict[UUID, UUID] = {}
    dice = random.Random()
    for _round in range(ROUNDS):
        drafts = [complete(cast.marco, by=cast.hugo) for _ in range(DRAFTS_A_ROUND)]
        acknowledged |= killed_sender(drafts, cast.hugo, dice.uniform(0.0, 0.5))
    assert acknowledged
    sent = {row.pk: row for row in Declaration.unrestricted.filter(state="sent")}
    assert {pk: sent[pk].claim_file_id for pk in acknowledged} == acknowledged
    # Whatever was sent has its claim file, its frozen report and its one line; nothing else has.
    claims = set(ClaimFile.unrestricted.values_list("pk", flat=True))
    assert claims == {row.claim_file_id for row in sent.values()}
    assert set(Report.unrestricted.values_list("claim_file_id", flat=True)) == claims
    lines = AuditLine.unrestricted.filter(event="declaration.submitted").values_list("target", flat=True)
    assert sorted(lines) == sorted(sent)
    # No number is missing and none is there twice.
    numbers = sorted(ClaimFile.unrestricted.values_list("number", flat=True))
    assert [int(number.rsplit("-", 1)[1]) for number in numbers] == list(range(1, len(claims) + 1))


def killed_sender(drafts, user, seconds) -> dict[UUID, UUID]:
    """Start a process that sends report after report, kill it after its first one; what it acknowledged."""
    database = connection.settings_dict["NAME"]
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, database, str(user.pk), *[str(draft.pk) for draft in drafts]],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        said = first + process.stdout.read()
    # A line that the kill cut in two was not heard.
    pairs = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    return {UUID(draft): UUID(claim) for draft, claim in pairs}
