"""The own part of the walks of `test_secrecy`: what Nadia adds to her report is between her and the insurer."""

from __future__ import annotations

from typing import Any

from claims_files.models import ClaimFile, PrivateReport
from claims_files.services import hash_of
from declarations.models import Declaration, PrivatePart
from declarations.private import services
from declarations.private.forms import AccidentHealthForm


def _sign(part: PrivatePart, by: Any) -> Any:
    text = services.release_text(part, ["hospitals"], by=by)
    return services.sign(part.pk, ["hospitals"], name=part.person.name, sha256=hash_of(text), by=by)


def add_own_part(case: Any, claim: ClaimFile) -> None:
    """A secret word in every question that takes words; the part and its hashes betray it as well."""
    by, own = case.cast.nadia, ("nadia", "pauline")
    part = services.begin(Declaration.unrestricted.get(claim_file=claim).pk, by=by)
    typed = [name for name, field in AccidentHealthForm.base_fields.items() if not hasattr(field, "choices")]
    values = {name: case.word(f"own{name.replace('_', '')}", *own) for name in typed}
    services.save(part.pk, values | {"hurt_before": "yes", "other_insurers": ["disability"]}, by=by)
    release = _sign(part, by)
    services.send(part.pk, by=by)
    case.only_for(part.pk, "nadia")
    for secret in (release.sha256, PrivateReport.unrestricted.get(claim_file=claim).sha256):
        case.only_for(secret, *own)


def live_through(cast: Any, claim: ClaimFile) -> None:
    """Everything that can happen with an own part: begun, answered, signed, sent, amended, the release taken back."""
    part = services.begin(Declaration.unrestricted.get(claim_file=claim).pk, by=cast.nadia)
    for complaints in ("The hand", "The whole arm"):
        services.save(part.pk, {"complaints": complaints, "hurt_before": "no"}, by=cast.nadia)
        if complaints == "The hand":
            _sign(part, cast.nadia)
        services.send(part.pk, by=cast.nadia)
    services.withdraw_release(part.pk, by=cast.nadia)
