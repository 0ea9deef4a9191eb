"""A report like another one: what stays the same from case to case is filled in, the event is not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from companies.services import knows_closely
from core.errors import OutOfReach
from declarations.content import reads_sealed
from declarations.forms import form_class_of, form_of
from declarations.models import Declaration
from declarations.services.drafts import start
from permissions.policy import visible_to

# How the person is reached and employed, and who treats him; no day, no injury, nothing of the other case.
KEPT: dict[str, frozenset[str] | None] = {
    "person": None,
    "employment": None,
    "treatment": frozenset({"doctor", "doctor_town", "payee", "iban"}),
}


@transaction.atomic
def copy(pk: UUID, *, by: Any, request_id: UUID | None = None) -> Declaration:
    """Begin a draft for the same person and kind with what a new case has in common with this one.

    What the other side wrote is left out where `by` does not read it, or where it is the company's alone; what the
    records know today goes before what was typed then. Raises OutOfReach, NotAllowed.
    """
    source = visible_to(by, "declaration.view").select_related("person", "claim_file").filter(pk=pk).first()
    if source is None:
        raise OutOfReach
    made = start(source.person, source.kind, by=by, request_id=request_id)
    if made.version > 1:
        # The second click of a double one, after somebody has typed already.
        return made
    for part, names in KEPT.items():
        kept = _kept(source, made, part, names, by)
        values = {**kept, **(made.parts.get(part) or {})}
        if values:
            made.parts[part] = values
    made.save(update_fields=["parts"])
    return made


def _kept(
    source: Declaration, made: Declaration, part: str, names: frozenset[str] | None, by: Any
) -> dict[str, Any]:
    form_class = form_class_of(made.kind, part)
    if form_class is None or not source.parts.get(part):
        return {}
    same_side = source.side == made.side
    if part != "treatment" and not (same_side and knows_closely(by, source.person)):
        return {}
    form = form_of(source, part)
    hidden = form.sealed if not same_side or not reads_sealed(by, source) else frozenset()
    return {
        name: value
        for name, value in form.effective().items()
        if (names is None or name in names) and name not in hidden
    }
