"""Sending a claim report opens its claim file in the same transaction; twenty sendings at once open one."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from claims_files import services as claims
from declarations.content import event_date, progress
from declarations.facts import finding_of
from declarations.forms import cover_of, form_class_of, form_of, identity_of
from declarations.later import frozen
from declarations.models import Declaration
from declarations.private import services as private
from declarations.services.cover import contract_on, earlier_claim, no_contract
from declarations.services.drafts import locked, refuse_sent
from permissions.audit import record
from permissions.policy import require

Privacy, State = Declaration.Privacy, Declaration.State


@transaction.atomic
def submit(pk: UUID, *, by: Any) -> Any:
    """Send the report: its content is frozen and its claim file opened. Returns the claim file.

    Questions that may follow do not hold it up: they are kept with a due date. Raises OutOfReach, NotAllowed,
    NotNow if it was sent before (with the numbers), ValidationError with the parts in which something is wrong or
    needed at once, or if no contract was in force on the day of the event.
    """
    declaration = locked(pk)
    require(by, "declaration.submit", declaration)
    refuse_sent(declaration)
    parts = progress(declaration)
    needed = {each.part: _needed(each) for each in parts if each.blocks}
    if needed:
        raise ValidationError(needed)
    finding = finding_of(declaration)
    if finding is not None and finding.must:
        raise ValidationError({finding.part: [finding.sentence]})
    day = event_date(declaration)
    assert day is not None, "A complete report says when it happened."
    contract = contract_on(declaration, day)
    if contract is None:
        raise ValidationError({"event": [no_contract(declaration, day)]})
    declaration.contract = contract
    declaration.language = by.language
    declaration.parts["identity"] = identity_of(declaration.person)
    declaration.parts["cover"] = cover_of(contract)
    content = frozen(declaration)
    claim_file = claims.open_from_report(
        kind=declaration.kind,
        company=declaration.company,
        site=declaration.site,
        contract=contract,
        person=declaration.person,
        event_date=day,
        content=content,
        language=declaration.language,
        folder=declaration.folder,
        incapacity=_course(declaration),
        relapse_of=earlier_claim(declaration),
        by=by,
    )
    declaration.claim_file = claim_file
    declaration.state, declaration.privacy = State.SENT, Privacy.SENT
    declaration.sent = declaration.saved = timezone.now()
    declaration.sent_by = by
    declaration.set_aside = {}
    declaration.content_sha256 = hashlib.sha256(claims.canonical(content)).hexdigest()
    declaration.version += 1
    declaration.save()
    record(
        by,
        "declaration.submitted",
        declaration,
        number=declaration.number,
        claim_file=claim_file.pk,
        claim_number=claim_file.number,
        sha256=declaration.content_sha256,
    )
    private.send_along(declaration)
    return claim_file


def _course(declaration: Declaration) -> list[dict[str, Any]]:
    """The periods of incapacity; after a birth there are none."""
    if form_class_of(declaration.kind, "incapacity") is None:
        return []
    form: Any = form_of(declaration, "incapacity")
    return form.periods()


def _needed(part: Any) -> list[str]:
    if not part.form.declaration.parts.get(part.part):
        return [gettext("“%(part)s” is still empty.") % {"part": part.title}]
    problems = [row["text"] for row in part.form.problems()]
    return problems or [gettext("“%(part)s” is not complete.") % {"part": part.title}]
