"""Own parts of insured persons in the demo: one is asked for, one was answered with a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation

from claims_files.services import hash_of
from declarations.models import Declaration
from declarations.private import services

COMPLAINTS = {
    "fr": ("Fatigue, sommeil perturbé depuis plusieurs semaines", "Dre Keller, Lugano"),
    "de": ("Erschöpfung, seit Wochen gestörter Schlaf", "Dr. Keller, Lugano"),
    "it": ("Spossatezza, sonno disturbato da diverse settimane", "Dott.ssa Keller, Lugano"),
}


def make_own_parts(users: Mapping[str, Any], hr: Mapping[str, Any]) -> None:
    """Nadia is asked for hers; Elena has answered, signed a release and sent it."""
    services.ask(_report(users["nadia"]).pk, by=hr["rochat"])
    elena = users["elena"]
    report = _report(elena)
    part = services.ask(report.pk, by=hr["keller"])
    complaints, doctor = COMPLAINTS.get(elena.language, COMPLAINTS["fr"])
    answers = {"complaints": complaints, "before": "no", "treated_by": doctor}
    first_day = (report.parts.get("event") or {})["first_day"]
    services.save(part.pk, answers | {"since": first_day}, by=elena)
    informers = ["doctors", "hospitals"]
    with translation.override(elena.language):
        text = services.release_text(part, informers, by=elena)
        services.sign(part.pk, informers, name=report.person.name, sha256=hash_of(text), by=elena)
    services.send(part.pk, by=elena)


def _report(user: Any) -> Declaration:
    """The newest report of the company about somebody whose case is open."""
    rows = Declaration.unrestricted.filter(person__user=user, side=Declaration.Side.EMPLOYER)
    rows = rows.exclude(claim_file=None).exclude(claim_file__state__in=services.OVER)
    return rows.order_by("-created")[0]
