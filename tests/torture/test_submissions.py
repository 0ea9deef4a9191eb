"""Processes killed while they send reports: a report is sent whole, with its claim file, or not at all."""

import os
import random
from uuid import UUID

import pytest

from claims_files.models import ClaimFile, Report
from declarations.models import Declaration
from permissions.models import AuditLine
from tests.declarations.answers import complete
from tests.torture.senders import Senders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "10"))
DRAFTS_A_ROUND = 5

SENDER = """
from declarations import services
from users.models import User

def send(*drafts):
    user = User.objects.get(pk=given[0])
    for draft in drafts:
        print(draft, services.submit(draft, by=user).pk, flush=True)
"""


def test_a_report_is_sent_whole_or_not_at_all(cast):
    acknowledged: dict[UUID, UUID] = {}
    dice = random.Random()
    with Senders(SENDER, cast.hugo.pk) as senders:
        for number in range(ROUNDS):
            drafts = [complete(cast.marco, by=cast.hugo).pk for _ in range(DRAFTS_A_ROUND)]
            # At its first report, or at one that comes after it.
            said = senders.killed(*drafts, seconds=dice.uniform(0.0, 0.3), after=number % 2)
            acknowledged |= {UUID(draft): UUID(claim) for draft, claim in said}
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
