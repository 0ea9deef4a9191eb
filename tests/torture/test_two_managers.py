"""Two health managers at one claim file at the same moment: one acts, the other is told so; nothing is lost."""

import os
import threading

import pytest
from django.db import connection

from claims_files import services
from claims_files.models import ClaimFile, Decision, TimelineEntry
from core.errors import NotNow
from permissions.ledger import StaffRole
from permissions.trail import AuditLine
from tests.factories import make_user
from tests.factories_claims import open_claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "10"))
SAW = {"known": 0}
WHY = {"reason": "x"}
# What the two do at once: one of it is done, whichever comes first. With a decision behind them they replace it.
PAIRS = [
    [("accept", SAW), ("decline", SAW | WHY)],
    [("accept", {}), ("accept", {})],
    [("leave_unclear", SAW | WHY | {"advances": True}), ("accept", SAW)],
    [("close_as_duplicate", {"original": "first"}), ("hand_over", {"insurer": "Suva"})],
    [("revise", {"number": 1, "outcome": "declined"} | WHY), ("revise", {"number": 1, "outcome": "medical_only"})],
]  # fmt: skip
# What both can do: then both stand in the timeline.
BOTH = [
    ("request_paper", {"kind": "certificate", "addressee": "employer"}),
    ("request_paper", {"kind": "medical_report", "addressee": "person"}),
]


def at_once(claim, managers, acts):
    """Let each manager do his act at the same moment; the sentences of those who were refused."""
    start, refused = threading.Barrier(len(acts)), []

    def attempt(manager, act, values):
        try:
            start.wait()
            getattr(services, act)(claim.pk, by=manager, **values)
        except NotNow as error:
            refused.append(str(error.sentence))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=attempt, args=(manager, *act))
        for manager, act in zip(managers, acts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def written(claim):
    """How many lines the timeline and the audit trail have of the claim file."""
    lines = AuditLine.unrestricted.filter(target=claim.pk, event__startswith="claim.")
    return TimelineEntry.unrestricted.filter(claim_file=claim).count(), lines.count()


def test_of_two_managers_at_one_file_one_acts_and_the_other_is_told(cast):
    other = make_user("Paula", "Zwei")
    StaffRole.objects.create(user=other, preset="health_manager", all_companies=True)
    managers = [cast.pauline, other]
    first = open_claim(cast, contract=cast.laa, kind="accident")
    for number in range(ROUNDS):
        acts = [
            (act, {name: first.number if name == "original" else value for name, value in values.items()})
            for act, values in PAIRS[number % len(PAIRS)]
        ]
        claim = services.take_over(open_claim(cast, contract=cast.laa, kind="accident").pk, by=cast.pauline)
        if acts[0][0] == "revise":
            services.accept(claim.pk, by=cast.pauline)
        entries, lines = written(claim)
        refused = at_once(claim, managers[:: 1 if number % 2 else -1], acts)
        assert len(refused) == 1, acts
        assert len(refused[0]) > 20
        assert written(claim) == (entries + 1, lines + 1), acts
        numbers = list(Decision.unrestricted.filter(claim_file=claim).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
    claim = services.take_over(open_claim(cast).pk, by=cast.pauline)
    entries, _lines = written(claim)
    assert at_once(claim, managers, BOTH) == []
    assert written(claim)[0] == entries + 2
    assert ClaimFile.unrestricted.get(pk=claim.pk).state == "document_missing"
