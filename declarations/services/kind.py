"""What is reported turns out to be something else: the answers stay."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from declarations.content import event_date
from declarations.forms import distributed
from declarations.models import Declaration
from declarations.services.cover import contract_on
from declarations.services.drafts import locked, refuse_sent
from declarations.services.handover import bring_back
from permissions.audit import record
from permissions.policy import require


@transaction.atomic
def change_kind(pk: UUID, kind: str, *, by: Any) -> Declaration:
    """Report something else with the same draft. The same kind again changes nothing.

    Answers to questions that both kinds put stay; the others are set aside, and come back with their kind. Raises
    OutOfReach, NotAllowed, NotNow once sent, ValidationError for an unknown kind.
    """
    declaration = locked(pk)
    require(by, "declaration.edit", declaration)
    refuse_sent(declaration)
    if kind not in Declaration.Kind.values:
        raise ValidationError({"kind": _("Choose what you want to report.")})
    if kind == declaration.kind:
        return declaration
    before, declaration.kind = declaration.kind, kind
    answers = dict(declaration.set_aside)
    for values in declaration.parts.values():
        answers |= values
    declaration.parts, declaration.set_aside = distributed(kind, answers)
    declaration.version += 1
    declaration.saved = timezone.now()
    # Whoever has the form of the other kind open saves over what he does not see: he is shown it first.
    declaration.saves = {
        part: {"version": declaration.version, "by": str(by.pk), "at": declaration.saved.isoformat()}
        for part in {*declaration.saves, *declaration.parts}
    }
    day = event_date(declaration)
    declaration.contract = contract_on(declaration, day) if day else None
    declaration.save()
    bring_back(declaration)
    record(by, "declaration.kind_changed", declaration, before=before, kind=kind)
    return declaration
