"""What stands in a report: progress of its parts, answers for reading, and the frozen content that is sent."""

from __future__ import annotations

import secrets
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from companies.services import knows_closely
from declarations.forms import DOCUMENTS, FORMS, Answer, PartForm, event_date_of, form_of, is_optional
from declarations.models import Declaration
from permissions.policy import can

UNTOUCHED, IN_PROGRESS, COMPLETE, OPTIONAL = "todo", "in_progress", "complete", "optional"


@dataclass(frozen=True)
class Progress:
    """How far one part is: `state` is todo, in_progress, complete or optional (may stay empty)."""

    part: str
    title: str
    state: str
    form: PartForm
    # What is wrong or missing by field, and of it the questions that may follow.
    messages: dict[str, list[str]] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    # Whether the report cannot be sent because of this part.
    blocks: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether there is something left to do in it."""
        return self.state in {UNTOUCHED, IN_PROGRESS}


@dataclass(frozen=True)
class Section:
    """The answers of one part for one reader; `withheld` says that there are answers he does not see."""

    part: str
    title: str
    answers: list[Answer] = field(default_factory=list)
    withheld: bool = False

    @property
    def change(self) -> str:
        """The words of the link that changes this part."""
        return _("Change – %(part)s") % {"part": self.title}


def progress(declaration: Declaration) -> list[Progress]:
    """The state of every part that has questions, in order."""
    return [_progress_of(declaration, part) for part in FORMS[declaration.kind]]


def _progress_of(declaration: Declaration, part: str) -> Progress:
    form = form_of(declaration, part)
    if not declaration.parts.get(part):
        state = OPTIONAL if is_optional(declaration, part) else UNTOUCHED
    else:
        state = COMPLETE if form.is_valid() else IN_PROGRESS
    messages = form.messages()
    later = tuple(form.may_follow())
    form.put_off()
    return Progress(part, str(form.title), state, form, messages, later, blocks=not form.is_valid())


def reads_sealed(user: Any, declaration: Declaration) -> bool:
    """Whether `user` reads what the insured person wrote for the insurer only.

    A draft has no sealed answers: the own one is read by the insured person alone.
    """
    if declaration.claim_file_id is None or declaration.side == Declaration.Side.EMPLOYER:
        return True
    return can(user, "claim.view_sealed", declaration.claim_file)


def sections(declaration: Declaration, user: Any) -> list[Section]:
    """The answers of each part as `user` may read them, in the language of the page."""
    everything = reads_sealed(user, declaration)
    closely = knows_closely(user, declaration.person)
    personal = user.pk == declaration.person.user_id
    found = []
    for part in FORMS[declaration.kind]:
        form = form_of(declaration, part)
        if not declaration.parts.get(part):
            if declaration.is_draft:
                found.append(Section(part, str(form.title)))
            continue
        answers = form.answers(without_sealed=not everything, personal=personal)
        if not closely:
            masked = declaration.person.ahv_masked
            answers = [replace(each, value=masked) if each.kind == "ahv" else each for each in answers]
        found.append(Section(part, str(form.title), answers, form.hides_from_employer and not everything))
    return found


def values_for(declaration: Declaration, user: Any) -> dict[str, dict[str, Any]]:
    """The kept values by part and field as `user` may read them, for the API."""
    everything = reads_sealed(user, declaration)
    found = {}
    for part in FORMS[declaration.kind]:
        form = form_of(declaration, part)
        # Sent is what applied: an answer to a question that was taken back is nobody's to read.
        kept = (declaration.parts.get(part) or {}) if declaration.is_draft else form.effective()
        hidden = form.sealed if form.own and not everything else frozenset()
        found[part] = {name: value for name, value in kept.items() if name not in hidden}
    return found


def event_date(declaration: Declaration) -> date | None:
    """The day the case began on, as far as it was given."""
    return event_date_of(declaration.parts)


def freeze(declaration: Declaration) -> dict[str, Any]:
    """The content that is sent, in the form of `claims_files.models.Report`, in the words of the sender's language.

    What the insured person keeps from the employer stands in parts of its own, for the audience `person`.
    """
    day = event_date(declaration)
    with translation.override(declaration.language):
        return {
            "declaration": declaration.number,
            "kind": declaration.kind,
            "side": declaration.side,
            "event_date": day.isoformat() if day else None,
            "contract": declaration.contract.policy_number if declaration.contract else None,
            # The hash is shown to those who know all but the sealed answers: without an unknown of this size
            # they could find the few possible ones by trying.
            "salt": secrets.token_hex(16),
            "parts": [entry for part in FORMS[declaration.kind] for entry in frozen_part(declaration, part)],
        }


def as_of(declaration: Declaration, report: Any) -> Declaration:
    """The declaration as a version of its report has it, to be read; never to be saved."""
    found = copy(declaration)
    parts = {name: declaration.parts[name] for name in ("identity", "cover") if name in declaration.parts}
    for entry in report.content["parts"]:
        name = entry["name"].removesuffix("_sealed")
        parts[name] = {**parts.get(name, {}), **entry.get("values", {})}
    found.parts = parts
    return found


def frozen_part(declaration: Declaration, part: str) -> list[dict[str, Any]]:
    """A part as it is frozen, in the language that is active: what everybody reads, and what is sealed, apart."""
    form = form_of(declaration, part)
    if not declaration.parts.get(part):
        return []
    answers = form.answers()
    values = form.effective()
    sealed = form.sealed if form.own else frozenset()
    entries = []
    for name, audience, hidden in ((part, "all", False), (f"{part}_sealed", "person", True)):
        rows = [[answer.label, answer.value] for answer in answers if answer.sealed == hidden]
        kept = {key: value for key, value in values.items() if (key in sealed) == hidden}
        if rows:
            title = _("%(part)s (for the insurer only)") % {"part": form.title} if hidden else str(form.title)
            entries.append({"name": name, "title": title, "audience": audience, "rows": rows, "values": kept})
    return entries


__all__ = [
    "COMPLETE",
    "DOCUMENTS",
    "IN_PROGRESS",
    "OPTIONAL",
    "UNTOUCHED",
    "Progress",
    "Section",
    "as_of",
    "event_date",
    "freeze",
    "frozen_part",
    "progress",
    "reads_sealed",
    "sections",
    "values_for",
]
