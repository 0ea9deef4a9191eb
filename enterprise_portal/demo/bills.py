"""Bills and receipts of the cast, one in each state; processed through the services."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from claims_files.bills import services
from claims_files.models import Bill, BillPaper, ClaimFile
from companies.models import Contract, InsuredPerson
from documents.models import Document
from enterprise_portal.demo.papers import paper


def make_bills(users: dict[str, Any], pauline: Any) -> None:
    """Nadia's bills in all states, and one of Elena's that nobody has looked at."""
    nadia, elena = users["nadia"], users["elena"]
    declined = _send(nadia, 30, "other", "95.00", "Fitness Ouchy SA", 13, own_case=False)
    services.take(declined.pk, by=pauline)
    services.process(
        declined.pk,
        covered=Decimal(0),
        explanation="Un abonnement de fitness n’est pas un traitement médical.",
        legal_remedy="formal_decision",
        by=pauline,
    )
    paid = _send(nadia, 24, "medicine", "68.40", "Pharmacie de la Gare", 11)
    services.take(paid.pk, by=pauline)
    services.process(
        paid.pk,
        covered=Decimal("56.40"),
        explanation="La pommade (CHF 12.–) n’est pas assurée.",
        legal_remedy="formal_decision",
        by=pauline,
    )
    services.correct(
        paid.pk,
        covered=paid.amount,
        explanation="La pommade a été prescrite par votre médecin : elle est remboursée elle aussi.",
        by=pauline,
    )
    part = _send(nadia, 18, "doctor", "480.50", "Cabinet médical de la Place", 3)
    services.take(part.pk, by=pauline)
    services.process(
        part.pk,
        covered=Decimal("432.50"),
        own_share=Decimal("43.25"),
        explanation="Le certificat pour le sport (CHF 48.–) n’est pas assuré. La participation est de 10 %.",
        codes=["00.0010", "00.0020", "39.0020", "R01", "R02", "00.9999"],
        legal_remedy="formal_decision",
        statement=paper("bill", "fr", 5),
        by=pauline,
    )
    asked = _send(nadia, 9, "aid", "129.00", "Orthopédie Léman SA", 10)
    services.take(asked.pk, by=pauline)
    services.ask(asked.pk, note="legible", by=pauline)
    in_work = _send(
        nadia, 6, "abroad", "215.00", "Clinica San Marco, Como", 12, currency="EUR", own_case=False
    )
    services.take(in_work.pk, by=pauline)
    _send(nadia, 2, "travel", "36.80", "Taxi Lausanne Sàrl", 17, own_case=False)
    mistaken = _send(nadia, 1, "travel", "36.80", "Taxi Lausanne Sàrl", 18, own_case=False)
    services.withdraw(mistaken.pk, by=nadia)
    _send(elena, 3, "hospital", "1890.00", "Kantonsspital Winterthur", 19)


def _send(
    by: Any,
    age: int,
    kind: str,
    amount: str,
    provider: str,
    number: int,
    *,
    own_case: bool = True,
    **given: Any,
) -> Bill:
    """A bill of `age` days ago, sent the day after; of the latest case, or without one of the accident insurance."""
    person = InsuredPerson.unrestricted.get(user=by)
    claim = ClaimFile.unrestricted.filter(person=person).order_by("-created").first()
    contract = Contract.unrestricted.filter(company=person.company, branch=Contract.Branch.LAA).first()
    place = {"claim_id": claim.pk} if own_case and claim else {"contract_id": contract and contract.pk}
    bill = services.submit(
        kind=kind,
        amount=Decimal(amount),
        currency=given.get("currency", "CHF"),
        provider=provider,
        date=timezone.localdate() - timedelta(days=age),
        paid_already=kind != "hospital",
        files=[paper("bill", by.language, number)],
        by=by,
        **place,
    )
    back = timedelta(days=age - 1)
    Bill.unrestricted.filter(pk=bill.pk).update(created=F("created") - back)
    papers = BillPaper.unrestricted.filter(bill=bill).values("document")
    Document.unrestricted.filter(pk__in=papers).update(created=F("created") - back)
    return bill
