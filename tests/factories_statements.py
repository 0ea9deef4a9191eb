"""Small makers of benefit statements for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from claims_files import services as claims
from claims_files.models import ClaimFile, Statement
from claims_files.statements import services
from tests.factories_claims import open_claim

SALARY = Decimal("73000.00")
BEGIN, END = date(2026, 10, 1), date(2026, 10, 31)


def accepted(cast: Any, *, person: Any = None, by: Any = None, **fields: Any) -> ClaimFile:
    """An accepted illness of Nadia (or `person`), wholly unable to work from 3 September 2026 on."""
    person = person or cast.persons.nadia
    given = {"periods": ((date(2026, 9, 3), None, 100),), "event_date": date(2026, 9, 3), **fields}
    claim = open_claim(cast, person=person, by=by, **given)
    claims.take_over(claim.pk, by=cast.pauline)
    return claims.accept(claim.pk, by=cast.pauline)


def drafted(cast: Any, claim: ClaimFile, begin: date = BEGIN, end: date = END, **given: Any) -> Statement:
    """A draft for October 2026 with a salary of 73’000 francs, paid to the company."""
    values = {"annual_salary": SALARY, "payee": "company", **given}
    return services.draft(claim.pk, begin=begin, end=end, by=cast.pauline, **values)


def issued(cast: Any, claim: ClaimFile, begin: date = BEGIN, end: date = END, **given: Any) -> Statement:
    """The same, issued."""
    return services.issue(drafted(cast, claim, begin, end, **given).pk, by=cast.pauline)
