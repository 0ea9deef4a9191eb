"""Cost guarantees of Nadia: granted after a first answer, asked back, waiting; each through the services."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from claims_files.guarantees import services
from claims_files.models import ClaimFile, Guarantee
from enterprise_portal.demo.papers import paper

OPEN = ("received", "in_progress", "document_missing", "unclear", "accepted", "medical_only")


def make_guarantees(users: dict[str, Any], pauline: Any) -> None:
    """Three requests in Nadia's last open case, one of them entered by the health manager for a clinic."""
    nadia = users["nadia"]
    claim = ClaimFile.unrestricted.filter(person__user=nadia, state__in=OPEN).order_by("-created").first()
    if claim is None:
        return
    granted = _ask(nadia, claim, 12, "therapy", "Physio Morges Sàrl", "1440.00", files=[21])
    services.answer(
        granted.pk,
        outcome="partly",
        days=9,
        reason="L’ordonnance prévoit neuf séances.",
        by=pauline,
    )
    services.answer(
        granted.pk,
        outcome="granted",
        amount=Decimal("1440.00"),
        until=timezone.localdate() + timedelta(days=120),
        conditions="Séances selon l’ordonnance complétée, chez le prestataire indiqué.",
        by=pauline,
    )
    asked = _ask(nadia, claim, 8, "aid", "Orthopédie Léman SA", "620.00", files=[22])
    services.ask(asked.pk, note="legible", by=pauline)
    _ask(nadia, claim, 2, "rehabilitation", "Clinique Valmont, Glion", "8500.00", files=[23], stay=20)
    _ask(pauline, claim, 1, "operation", "Hôpital de Morges", "3200.00")


def _ask(
    by: Any,
    claim: ClaimFile,
    age: int,
    kind: str,
    provider: str,
    estimate: str,
    *,
    files: list[int] | None = None,
    stay: int = 0,
) -> Guarantee:
    """A request of `age` days ago, for a treatment in some weeks; `stay`: days after the first one."""
    begin = timezone.localdate() + timedelta(days=30)
    guarantee = services.request(
        claim.pk,
        kind=kind,
        provider=provider,
        begin=begin,
        end=begin + timedelta(days=stay) if stay else None,
        estimate=Decimal(estimate),
        details="Selon l’ordonnance jointe." if files else "Demande de l’hôpital par téléphone.",
        files=[paper("medical_report", by.language, number) for number in files or ()],
        by=by,
    )
    Guarantee.unrestricted.filter(pk=guarantee.pk).update(created=F("created") - timedelta(days=age))
    return guarantee
