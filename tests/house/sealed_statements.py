"""The statements of the walks of `test_secrecy`: the company reads what is paid, and none of the reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from claims_files.core_system import taking
from claims_files.statements import services
from permissions import grants
from tests.factories import make_user
from tests.factories_statements import accepted, drafted

KINDS = ("hospital", "over_compensation", "deduction", "addition")


def issue_sealed(case: Any) -> None:
    """A statement about Nadia with a secret reason for each adjustment, its correction, and a draft."""
    cast, own = case.cast, ("nadia", "pauline")
    claim = accepted(cast)
    first = drafted(cast, claim)
    for kind in KINDS:
        reason = case.word(f"{kind.replace('_', '')}reason", *own)
        services.adjust(first.pk, kind=kind, amount=Decimal("17.35"), reason=reason, by=cast.pauline)
    first = services.issue(first.pk, by=cast.pauline)
    second = services.issue(drafted(cast, claim).pk, by=cast.pauline)
    for made in (first, second):
        # The superuser's log keeps the hash; what it is taken of holds an unknown.
        case.only_for(made.sha256, *own, "sacha")
        case.only_for(made.number, *own, "hugo", "fiona")
    draft = drafted(cast, claim, claim.event_date, claim.event_date)
    case.only_for(draft.pk, "pauline")
    _from_core(case, *own)


def _from_core(case: Any, *own: str) -> None:
    """A statement of the core system with a secret reason and a code that says as much."""
    core = make_user("Core", "System")
    grants.appoint(core, "core_system", all_companies=True)
    claim = accepted(case.cast)
    number = {"claim_number": claim.number, "number": "26.004711.7"}
    taking.take("number", "core", "C-1", number, by=core)
    case.only_for("QXCORECODE", *own)
    adjusted = {
        "kind": "deduction",
        "amount": Decimal("-17.35"),
        "reason": case.word("corereason", *own),
        "codes": ["QXCORECODE"],
    }
    values = {
        "claim": "C-1",
        "begin": claim.event_date,
        "end": claim.event_date,
        "annual_salary": Decimal("73000.00"),
        "daily": Decimal("160.00"),
        "payee": "company",
        "total": Decimal("-17.35"),
        "lines": [adjusted],
    }
    made = taking.take("statement", "core", "B-1", values, by=core)[0].statement
    case.only_for(made.number, *own, "hugo", "fiona")
