"""The insured person begins a report and lets the company go on: his sealed answers stay his."""

from __future__ import annotations

from copy import copy
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow
from declarations.content import frozen_part
from declarations.forms import FORMS, SEALED_OF, distributed, form_of
from declarations.models import Declaration, PrivatePart
from declarations.private import services as private
from declarations.services.drafts import locked, refuse_sent
from documents import services as papers
from documents.models import Stage
from permissions.audit import record
from permissions.policy import require, users_who_can

Privacy, Side = Declaration.Privacy, Declaration.Side
# Whatever kind of report asks it, and whatever kind it becomes: by these names nothing goes to the company.
SEALED = frozenset().union(*SEALED_OF.values())


def who_goes_on(declaration: Declaration) -> set[Any]:
    """The ids of those at the company who could send this report of the insured person, were it theirs."""
    theirs = copy(declaration)
    theirs.side, theirs.privacy = Side.EMPLOYER, Privacy.EMPLOYER
    return users_who_can("declaration.submit", theirs) - {declaration.person.user_id}


def why_not_handed_over(declaration: Declaration) -> NotNow | None:
    """What speaks against handing a private draft over; None where nothing does.

    What the insurer needs at once, or is wrong, and the company is never asked for, the insured person says before.
    """
    if not who_goes_on(declaration):
        return NotNow(
            _("Nobody at your company may complete reports at the moment. Send this one yourself."),
            code="nobody_there",
        )
    labels = []
    for form in (form_of(declaration, name) for name in FORMS[declaration.kind]):
        left = set(form.may_follow())
        labels += [
            str(form.fields[name].label)
            for name in form.fields
            if name in (form.sealed & form.errors.keys()) - left
        ]
    if not labels:
        return None
    return NotNow(
        _(
            "Your company is not asked for this, because it does not read it. Answer it before you hand over: %(questions)s"
        )
        % {"questions": " · ".join(labels)},
        code="needed_first",
    )


def _sealed_parts(declaration: Declaration) -> list[dict[str, Any]]:
    return [
        entry
        for name in FORMS[declaration.kind]
        for entry in frozen_part(declaration, name)
        if entry["audience"] == "person"
    ]


def bring_back(declaration: Declaration) -> None:
    """The company turned a report that was handed over into another kind: what the insured person had answered to its
    sealed questions, and had set aside, is for the insurer again; part of the act that changes the kind.
    """
    part = PrivatePart.unrestricted.select_for_update().filter(declaration=declaration).first()
    if not declaration.handed_over or part is None:
        return
    mine = copy(declaration)
    mine.side, mine.handed_over, mine.handed_kind = Side.EMPLOYEE, None, ""
    answers = {name: value for name, value in part.answers.items() if name in SEALED}
    for values in declaration.parts.values():
        # What the company answered by these names is its own.
        answers |= {name: value for name, value in values.items() if name not in SEALED}
    mine.parts, _left = distributed(declaration.kind, answers)
    owner = part.person.user
    with translation.override(owner.language if owner else declaration.language):
        found = _sealed_parts(mine)
    for entry in found:
        entry["rows"] = [row for row in entry["rows"] if row[1].strip()]
    found = [entry for entry in found if entry["rows"]]
    if found:
        brought = {name for entry in found for name in entry["values"]}
        part.handed = [*part.handed, *found]
        part.answers = {name: value for name, value in part.answers.items() if name not in brought}
        part.save()


@transaction.atomic
def hand_over(pk: UUID, *, by: Any) -> PrivatePart:
    """Hand one's own draft over to the company, which completes and sends it; returns one's own part of it.

    From then on the company holds the pen. What the insured person answered for the insurer alone, and his medical
    papers, stay between those two. A second click is harmless. Raises OutOfReach, NotNow for a report that was sent,
    that the company began, where nobody at the company could go on, or where something is left that only he can say.
    """
    declaration = locked(pk)
    part = PrivatePart.unrestricted.select_for_update().filter(declaration=declaration).first()
    if declaration.handed_over and part is not None:
        require(by, "declaration.add_own", part)
        return part
    require(by, "declaration.edit", declaration)
    refuse_sent(declaration)
    if declaration.privacy != Privacy.PRIVATE:
        raise NotNow(_("Only a report that you began yourself can be handed over."), code="not_own")
    if reason := why_not_handed_over(declaration):
        raise reason
    with translation.override(by.language):
        kept = _sealed_parts(declaration)
    if part is None:
        part = PrivatePart(
            declaration=declaration, company_id=declaration.company_id, person_id=declaration.person_id
        )
    part.handed = kept
    part.answers |= {name: value for name, value in declaration.set_aside.items() if name in SEALED}
    if not private.asks(declaration):
        # Nothing is left to answer.
        part.state, part.answered_at = PrivatePart.State.READY, timezone.now()
    declaration.parts = {
        name: left
        for name, values in declaration.parts.items()
        if (left := {field: value for field, value in values.items() if field not in SEALED})
    }
    declaration.set_aside = {
        name: value for name, value in declaration.set_aside.items() if name not in SEALED
    }
    declaration.side, declaration.privacy = Side.EMPLOYER, Privacy.EMPLOYER
    declaration.handed_over = declaration.saved = timezone.now()
    declaration.handed_kind = declaration.kind
    # One question a page is proposed to him, not to the company.
    declaration.guided = False
    declaration.version += 1
    # Who has a form of it open somewhere no longer holds the pen.
    declaration.saves = {}
    declaration.save()
    part.folder = private.own_folder(declaration)
    part.save()
    papers.move_papers(declaration.folder_id, part.folder.pk, only_medical=True)
    papers.follow_case(declaration.folder_id, stage=Stage.EMPLOYER)
    record(by, "declaration.handed_over", declaration, kind=declaration.kind)
    return part


def refuse_handed_over(user: Any, pk: UUID) -> None:
    """Raise NotNow for the insured person who looks for a draft that he has handed over: it is with the company now."""
    row = Declaration.unrestricted.filter(pk=pk, person__user=user.pk).exclude(handed_over=None).first()
    if row is not None and row.is_draft:
        raise NotNow(
            _("You have handed this report over: your company completes it and sends it."), code="handed_over"
        )
