"""Small makers of what the insurer's core system sends, for tests."""

from __future__ import annotations

from typing import Any

from permissions import grants
from tests.factories import make_user

SECRET = "Qxmedicalzv"
BASE = "/api/v1/core-import/core/"
DAYS = {
    "begin": "2026-10-01",
    "end": "2026-10-31",
    "days": 31,
    "degree": 100,
    "rate": "150",
    "amount": "4650.00",
}
STATEMENT: dict[str, Any] = {
    "claim": "C-1",
    "begin": "2026-10-01",
    "end": "2026-10-31",
    "annual_salary": "73000.00",
    "daily": "160.00",
    "payee": "company",
    "total": "4460.00",
    "waiting_left": 0,
    "lines": [DAYS, {"kind": "hospital", "amount": "-190.00", "reason": SECRET}],
}  # fmt: skip


def core_account() -> Any:
    """The account of the program, at all companies."""
    user = make_user("Core", "System", email="core@insurer.example")
    grants.appoint(user, "core_system", all_companies=True)
    return user


def number_of(claim: Any, number: str = "4711/26") -> dict[str, str]:
    """What is sent for the number of a claim file."""
    return {"claim_number": claim.number, "number": number}
