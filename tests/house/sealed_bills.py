"""The bills of the walks of `test_secrecy`: all that can happen with them is between Nadia and the insurer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from claims_files.bills import services
from claims_files.models import ClaimFile
from core.text import chf
from tests.factories_bills import examined, scan, send_bill


def send_sealed(case: Any, claim: ClaimFile) -> None:
    """A bill for the case and one without a case, full of secret words, both processed."""
    cast, own = case.cast, ("nadia", "pauline")
    for name, place in (("case", {"claim": claim}), ("cover", {"contract": cast.ktg})):
        paper = scan(f"{case.word(f'{name}bill', *own)}.pdf")
        amount = Decimal("7391.45") if name == "case" else Decimal("6173.85")
        given = {"provider": case.word(f"{name}provider", *own), "amount": amount, "files": [paper]}
        bill = send_bill(cast.nadia, **given, **place)
        services.take(bill.pk, by=cast.pauline)
        why = case.word(f"{name}explained", *own)
        services.process(bill.pk, covered=0, explanation=why, legal_remedy="objection", by=cast.pauline)
        for secret in (bill.pk, bill.number, amount, chf(amount)):
            case.only_for(secret, *own)


def live_through(cast: Any, claim: ClaimFile) -> None:
    """Everything that can happen with a bill, for the case and without one."""
    for place in ({"claim": claim}, {"contract": cast.laa}):
        bill, better, statement = send_bill(cast.nadia, **place), scan(), scan()
        services.take(bill.pk, by=cast.pauline)
        services.ask(bill.pk, note="legible", by=cast.pauline)
        with examined(better, statement):
            services.add_papers(bill.pk, [better], by=cast.nadia)
            services.process(bill.pk, covered=bill.amount, statement=statement, by=cast.pauline)
