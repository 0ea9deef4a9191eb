"""Two at one thing at the same moment: one acts, the other is told so; nothing is lost."""

import os
import threading
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from claims_files import services
from claims_files.bills import services as bills
from claims_files.guarantees import services as guarantees
from claims_files.models import (
    Bill,
    ClaimFile,
    Decision,
    GuaranteeAnswer,
    ReturnPlan,
    Statement,
    TimelineEntry,
)
from claims_files.plans import services as plans
from claims_files.statements import services as statements
from core.errors import NotNow
from permissions.ledger import StaffRole
from permissions.trail import AuditLine
from tests.factories import make_user
from tests.factories_bills import send_bill
from tests.factories_claims import open_claim
from tests.factories_guarantees import ask_for
from tests.factories_statements import accepted, drafted

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


def at_once(managers, acts):
    """Let each manager do his act at the same moment; the sentences of those who were refused."""
    start, refused = threading.Barrier(len(acts)), []

    def attempt(manager, act):
        try:
            start.wait()
            act(by=manager)
        except NotNow as error:
            refused.append(str(error.sentence))
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=each) for each in zip(managers, acts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def of_case(claim, acts):
    """These acts of the case, to be done by somebody."""
    return [partial(getattr(services, act), claim.pk, **values) for act, values in acts]


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
        refused = at_once(managers[:: 1 if number % 2 else -1], of_case(claim, acts))
        assert len(refused) == 1, acts
        assert len(refused[0]) > 20
        assert written(claim) == (entries + 1, lines + 1), acts
        numbers = list(Decision.unrestricted.filter(claim_file=claim).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
    claim = services.take_over(open_claim(cast).pk, by=cast.pauline)
    entries, _lines = written(claim)
    assert at_once(managers, of_case(claim, BOTH)) == []
    assert written(claim)[0] == entries + 2
    assert ClaimFile.unrestricted.get(pk=claim.pk).state == "document_missing"


def answers_to_one_request(cast):
    """Granting and declining the same cost guarantee."""
    claim = services.take_over(open_claim(cast, person=cast.persons.nadia, by=cast.nadia).pk, by=cast.pauline)
    act = partial(guarantees.answer, ask_for(cast.nadia, claim).pk, known=0)
    return GuaranteeAnswer.unrestricted.all(), [
        partial(act, outcome="granted"),
        partial(act, outcome="declined", **WHY),
    ]


def results_of_one_bill(cast):
    """Processing the same bill with two results."""
    bill = bills.take(send_bill(cast.nadia, contract=cast.ktg).pk, by=cast.pauline)
    act = partial(bills.process, bill.pk, explanation="x", legal_remedy="objection")
    results = partial(act, covered=Decimal("480.50")), partial(act, covered=Decimal(80))
    return Bill.unrestricted.filter(state="processed"), results


def numbers_for_one_draft(cast):
    """Issuing the same draft of a statement twice."""
    act = partial(statements.issue, drafted(cast, accepted(cast)).pk)
    return Statement.unrestricted.filter(phase="issued"), [act, act]


def versions_of_one_plan(cast):
    """Two plans for the return to work, neither author having seen the other's."""
    claim = accepted(cast)
    monday = timezone.localdate() + timedelta(days=7)
    act = partial(plans.propose, claim.pk, known=0)
    steps = [[plans.Step(begin=monday, degree=degree, hours=10)] for degree in (20, 50)]
    return ReturnPlan.unrestricted.all(), [partial(act, steps=each) for each in steps]


@pytest.mark.parametrize(
    "scene", [answers_to_one_request, results_of_one_bill, numbers_for_one_draft, versions_of_one_plan]
)
def test_of_two_at_one_thing_of_a_case_one_acts_and_the_other_is_told(cast, scene):
    other = make_user("Paula", "Zwei")
    StaffRole.objects.create(user=other, preset="health_manager", all_companies=True)
    managers = [cast.pauline, other]
    for number in range(ROUNDS):
        made, acts = scene(cast)
        before = made.count()
        refused = at_once(managers[:: 1 if number % 2 else -1], acts)
        assert len(refused) == 1
        assert len(refused[0]) > 20
        assert made.count() == before + 1
