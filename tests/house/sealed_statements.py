"""The statements of the walks of `test_secrecy`: the company reads what is paid, and none of the reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from claims_files.statements import services
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
