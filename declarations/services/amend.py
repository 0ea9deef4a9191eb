"""After sending: a report is amended in versions, or taken back, by the side that sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims_files import reading
from claims_files import services as claims
from claims_files.models import Report
from claims_files.states import Move, after
from core.errors import NotNow, OutOfReach
from declarations.content import event_date
from declarations.forms import (
    COMPANYS,
    FORMS,
    Answer,
    IncapacityForm,
    PartForm,
    accepted,
    form_class_of,
    form_of,
)
from declarations.later import frozen
from declarations.models import Declaration
from declarations.services.cover import contract_on, no_contract
from declarations.services.drafts import locked
from permissions.audit import record
from permissions.policy import can, require

# Once it was told its course is kept in the claim file, in versions of its own.
ELSEWHERE = "incapacity"


@dataclass(frozen=True)
class Change:
    """One answer that is different: `sealed` where the employer does not read it."""

    title: str
    label: str
    old: str
    new: str
    sealed: bool


def amendable(declaration: Declaration, user: Any) -> list[str]:
    """The parts of a sent report that `user` can amend, in their order.

    The side that reported amends what it reported; the company adds to the insured person's report what was left to
    it, and amends that. What was left open about the incapacity is answered here, too: once its course was told, it
    goes on in the claim file.
    """
    same = _same_side(user, declaration)
    return [part for part in FORMS[declaration.kind] if _is_amendable(declaration, part, same=same)]


def _is_amendable(declaration: Declaration, part: str, *, same: bool) -> bool:
    if part == ELSEWHERE:
        return same and _left_untold(declaration)
    if declaration.side == Declaration.Side.EMPLOYER or part not in COMPANYS:
        return same
    saved = declaration.saves.get(part)
    if saved and saved["by"] != str(declaration.person.user_id):
        return not same
    return same or bool(form_of(declaration, part).missing())


def _left_untold(declaration: Declaration) -> bool:
    claim: Any = declaration.claim_file
    return reading.course_untold(claim) and bool(form_of(declaration, ELSEWHERE).missing())


def may_amend(user: Any, declaration: Declaration, move: Move = Move.CHANGE) -> bool:
    """Whether `user` may amend (or with `WITHDRAW` take back) this report now."""
    if declaration.claim_file is None:
        return False
    if not _concerns(user, declaration, move):
        return False
    try:
        after(declaration.claim_file.state, move)
    except NotNow:
        return False
    return can(user, "declaration.submit", declaration)


def changes_of(declaration: Declaration, form: PartForm) -> list[Change]:
    """What `form` says differently from the answers that stand, in the language of the page."""
    before = {each.field: each for each in form_of(declaration, form.part).answers()}
    following = {each.field: each for each in form.answers()}
    found = []
    for name in [*following, *(name for name in before if name not in following)]:
        old, new = before.get(name), following.get(name)
        if _value(old) != _value(new):
            known: Any = new or old
            found.append(Change(str(form.title), known.label, _value(old), _value(new), known.sealed))
    return found


def form_to_amend(
    declaration: Declaration, part: str, user: Any, values: Mapping[str, Any], blank_rows: int = 0
) -> PartForm:
    """The form of a part over `values`; the company is not spoken to as the insured person."""
    form = form_of(declaration, part, values, blank_rows)
    if not _same_side(user, declaration):
        form.speak_of_the_person()
    return form


def check_amendment(declaration: Declaration, form: PartForm) -> bool:
    """Whether `form` can be sent: what was open may stay so, and nothing that was answered becomes open again."""
    left = set(form_of(declaration, form.part).missing())
    if form.rows:
        # Periods that are begun now are told in full.
        left.discard(form.rows_name)
    form.put_off(left)
    return form.is_valid()


@transaction.atomic
def amend(pk: UUID, part: str, data: Mapping[str, Any], *, by: Any, version: int | None = None) -> Report:
    """Amend one part of a sent report: the whole of it is frozen as its next version.

    `data` holds the fields to change, `version` is the one they were made from, as `by` knows them. Raises OutOfReach (also for a
    part that cannot be amended), NotAllowed, ValidationError by field, NotNow for a draft, for the other side,
    when the claim is declined or closed, or when somebody else amended it in the meantime.
    """
    declaration = _sent(pk, by, Move.CHANGE)
    if part not in amendable(declaration, by):
        raise OutOfReach
    if version is not None and version != known_version(declaration, by):
        raise NotNow(
            _("Somebody else has amended this report in the meantime. Look at it again before you send."),
            code="changed_by_another",
        )
    given = accepted(_form_class(declaration, part), data)
    form = form_of(declaration, part, {**(declaration.parts.get(part) or {}), **given})
    if not check_amendment(declaration, form):
        raise ValidationError(form.messages())
    with translation.override(by.language):
        changes = changes_of(declaration, form)
    if not changes:
        raise ValidationError(_("Nothing is different from what is known already."))
    day = event_date(declaration)
    declaration.parts[part] = form.stored()
    if isinstance(form, IncapacityForm):
        claims.tell_course(declaration.claim_file_id, form.periods(), by=by)
    new_day = event_date(declaration)
    assert new_day is not None, "A valid form of the event has its day."
    if new_day != day:
        _check_cover(declaration, new_day)
    declaration.language = by.language
    content = frozen(declaration) | {
        "changes": [
            {
                "title": each.title,
                "label": each.label,
                "old": each.old,
                "new": each.new,
                "audience": "person" if each.sealed else "all",
            }
            for each in changes
        ],
    }
    report = claims.add_version(
        declaration.claim_file_id, content=content, language=by.language, event_date=new_day, by=by
    )
    declaration.saves[part] = {
        "version": declaration.version,
        "by": str(by.pk),
        "at": timezone.now().isoformat(),
    }
    declaration.save(update_fields=["parts", "saves"])
    sealed = claims.audience_of_version(report) != "all"
    facts = {"number": declaration.number, "sha256": report.sha256, "part": part}
    record(by, "declaration.amended", declaration, sealed=sealed, **facts, **_claim_facts(declaration))
    return report


def known_version(declaration: Declaration, user: Any) -> int:
    """The number of the newest version of a sent report that `user` knows of: what is sealed from him changes it not."""
    claim: Any = declaration.claim_file
    return reading.versions_of(claim, reading.side_of(user, claim), user)[0].number


@transaction.atomic
def withdraw(pk: UUID, *, reason: str, by: Any) -> Any:
    """Take a sent report back before it is decided on; returns its claim file, which is closed.

    Raises OutOfReach, NotAllowed, ValidationError without a reason of the list, NotNow for a draft, for the
    other side, and once the insurer has decided.
    """
    declaration = _sent(pk, by, Move.WITHDRAW)
    claim = claims.withdraw(declaration.claim_file_id, reason=reason, by=by)
    facts: dict[str, Any] = {"number": declaration.number, "reason": reason}
    record(by, "declaration.withdrawn", declaration, **facts, **_claim_facts(declaration))
    return claim


def _sent(pk: UUID, by: Any, move: Move) -> Declaration:
    declaration = locked(pk)
    require(by, "declaration.submit", declaration)
    refuse_others(by, declaration, move)
    return declaration


def refuse_others(user: Any, declaration: Declaration, move: Move) -> None:
    """Raise NotNow for a draft, and towards the side that did not report the case and has nothing to add to it."""
    if declaration.is_draft:
        raise NotNow(_("This report is a draft: change it before you send it."), code="not_sent")
    if not _concerns(user, declaration, move):
        raise NotNow(
            _(
                "Only the side that reported the case can amend the report or take it back. Ask the health manager "
                "if something in it is wrong. You can send documents and report how the incapacity goes on."
            ),
            code="other_side",
        )


def _concerns(user: Any, declaration: Declaration, move: Move) -> bool:
    """Whether it is for `user`’s side to amend something, or to take the report back."""
    return _same_side(user, declaration) or (move == Move.CHANGE and bool(amendable(declaration, user)))


def _same_side(user: Any, declaration: Declaration) -> bool:
    own = declaration.person.user_id == user.pk
    return own == (declaration.side == Declaration.Side.EMPLOYEE)


def _form_class(declaration: Declaration, part: str) -> type[PartForm]:
    found = form_class_of(declaration.kind, part)
    assert found is not None, "Parts to amend have forms."
    return found


def _check_cover(declaration: Declaration, day: Any) -> None:
    contract = contract_on(declaration, day)
    if contract is None:
        raise ValidationError(no_contract(declaration, day))
    if contract.pk != declaration.contract_id:
        raise ValidationError(
            gettext(
                "Another contract was in force on that day. Take this report back and report the case anew, or ask "
                "the health manager."
            )
        )


def _claim_facts(declaration: Declaration) -> dict[str, Any]:
    claim: Any = declaration.claim_file
    return {"claim_file": claim.pk, "claim_number": claim.number}


def _value(answer: Answer | None) -> str:
    return answer.value.strip() if answer else ""
