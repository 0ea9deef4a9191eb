"""Report now, complete later: which questions a report leaves open, and who is to answer them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import translation

from claims_files.models import OpenAnswers
from declarations.content import Progress, freeze, progress
from declarations.forms import COMPANYS, IncapacityForm
from declarations.models import Declaration
from documents import services as papers

Addressee = OpenAnswers.Addressee


@dataclass(frozen=True)
class Open:
    """A question that is asked for and has no answer yet, or one that is still being clarified."""

    part: str
    title: str
    field: str
    label: str
    addressee: str


def addressee_of(declaration: Declaration, part: str) -> str:
    """Who is to answer: the side that reports, and the company what it knows better."""
    own = declaration.side == Declaration.Side.EMPLOYEE and part not in COMPANYS
    return (Addressee.PERSON if own else Addressee.EMPLOYER).value


def frozen(declaration: Declaration) -> dict[str, Any]:
    """All that is sent: the answers, the questions that are left for later, and the papers."""
    with translation.override(declaration.language):
        left = [asdict(each) for each in open_questions(declaration)]
    return freeze(declaration) | {"open": left, "documents": papers.sent_papers(declaration.folder)}


def open_questions(
    declaration: Declaration, parts: Iterable[Progress] | None = None, *, personal: bool = False
) -> list[Open]:
    """The questions that are left open, in the language of the page; `personal`: the insured person is spoken to."""
    found = []
    for each in progress(declaration) if parts is None else parts:
        form = each.form
        if isinstance(form, IncapacityForm) and form.periods():
            # How it goes on is told in the claim file.
            continue
        labels = {name: field.label for name, field in form.fields.items()} if personal else form.neutral
        found += [
            Open(
                each.part,
                each.title,
                name,
                str(form.rows_title if name == form.rows_name else labels[name]),
                addressee_of(declaration, each.part),
            )
            for name in each.later
        ]
    return found
