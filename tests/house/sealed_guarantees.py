"""The cost guarantees of the walks of `test_secrecy`: between Nadia and the insurer, like her bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from claims_files.guarantees import services
from claims_files.models import ClaimFile, GuaranteeAnswer
from core.text import chf
from tests.factories_bills import examined, scan
from tests.factories_guarantees import ask_for


def ask_sealed(case: Any, claim: ClaimFile) -> None:
    """A request full of secret words, granted in part, with its letter."""
    cast, own = case.cast, ("nadia", "pauline")
    estimate, most = Decimal("9317.35"), Decimal("8264.15")
    guarantee = ask_for(
        cast.nadia,
        claim,
        provider=case.word("guaranteeprovider", *own),
        details=case.word("guaranteedetails", *own),
        estimate=estimate,
        files=[scan(f"{case.word('guaranteepaper', *own)}.pdf")],
    )
    services.answer(
        guarantee.pk,
        outcome="partly",
        amount=most,
        conditions=case.word("guaranteeconditions", *own),
        reason=case.word("guaranteereason", *own),
        by=cast.pauline,
    )
    letter = services.file_letter(GuaranteeAnswer.unrestricted.get(guarantee=guarantee).pk).letter
    amounts = (estimate, chf(estimate), most, chf(most))
    for secret in (guarantee.pk, guarantee.number, letter.pk, letter.sha256, *amounts):
        case.only_for(secret, *own)


def live_through(cast: Any, claim: ClaimFile) -> None:
    """Everything that can happen with a request, of the insured person and for a provider."""
    services.withdraw(ask_for(cast.nadia, claim).pk, by=cast.nadia)
    asked = ask_for(cast.pauline, claim)
    services.ask(asked.pk, note="legible", by=cast.pauline)
    better = scan()
    with examined(better):
        services.add_papers(asked.pk, [better], by=cast.nadia)
    services.answer(asked.pk, outcome="declined", reason="No.", by=cast.pauline)
    services.answer(asked.pk, outcome="granted", days=10, by=cast.pauline)
    services.file_letter(GuaranteeAnswer.unrestricted.filter(guarantee=asked).latest("number").pk)
