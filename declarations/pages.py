"""What the pages of one report have in common: its tabs, its heading."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.services import knows_closely
from core.text import swiss_date
from declarations.content import (
    COMPLETE,
    DOCUMENTS,
    IN_PROGRESS,
    OPTIONAL,
    UNTOUCHED,
    Progress,
    event_date,
    progress,
)
from declarations.forms import IDENTITY_LABELS, identity_of, parts_of
from declarations.kinds import words_of
from declarations.models import Declaration
from documents import services as papers

TONES = {UNTOUCHED: "mute", IN_PROGRESS: "info", COMPLETE: "", OPTIONAL: ""}


def state_words() -> dict[str, str]:
    """The state of a part in words."""
    return {
        UNTOUCHED: _("To do"),
        IN_PROGRESS: _("In progress"),
        COMPLETE: _("Complete"),
        OPTIONAL: _("Optional"),
    }


def tabs(
    declaration: Declaration, user: Any, current: str, parts: list[Progress] | None = None
) -> list[dict[str, Any]]:
    """The parts as tabs with address and state; the document transfer is the last one, sending closes the list."""
    words = state_words()
    found = [
        {
            "label": each.title,
            "url": reverse("declarations:part", args=[declaration.pk, each.part]),
            "state": words[each.state],
            "tone": TONES[each.state],
            "current": each.part == current,
        }
        for each in parts or progress(declaration)
    ]
    inside = papers.contents(declaration.folder, user)
    count = len(inside.documents) + len(inside.receipts)
    found.append(
        {
            "label": _("Document transfer"),
            "url": reverse("declarations:part", args=[declaration.pk, DOCUMENTS]),
            "state": ngettext("%(count)s document", "%(count)s documents", count) % {"count": count}
            if count
            else words[OPTIONAL],
            "tone": "",
            "current": current == DOCUMENTS,
        }
    )
    found.append(
        {
            "label": _("Check and send"),
            "url": reverse("declarations:check", args=[declaration.pk]),
            "current": current == "check",
            "closing": True,
        }
    )
    return found


def part_context(
    declaration: Declaration, user: Any, current: str, parts: list[Progress] | None = None
) -> dict[str, Any]:
    """Context of a page inside a draft."""
    parts = parts or progress(declaration)
    steps = [*parts_of(declaration.kind), "check"]
    return {
        "declaration": declaration,
        "part": current,
        "case_heading": words_of(declaration.kind).heading,
        "tabs": tabs(declaration, user, current, parts),
        "step": steps.index(current) + 1,
        "steps": len(steps),
        "own": declaration.side == Declaration.Side.EMPLOYEE,
        "identity": identity_rows(declaration, user),
    }


def identity_rows(declaration: Declaration, user: Any) -> list[tuple[str, str]]:
    """Who the insured person is, for reading; the AHV number whole only for whoever knows the person closely."""
    known = declaration.parts.get("identity") or identity_of(declaration.person)
    if not knows_closely(user, declaration.person):
        known = {**known, "ahv_number": declaration.person.ahv_masked}
    return [(str(label), known.get(name, "")) for name, label in IDENTITY_LABELS.items()]


def sent_facts(declaration: Declaration) -> list[tuple[str, str]]:
    """The facts beside a report that was sent."""
    return [
        (_("Report number"), format_html('<span class="nowrap">{}</span>', declaration.number)),
        (_("Insured person"), declaration.person.name),
        (_("Company"), declaration.company.name),
        (_("Policy"), declaration.contract.policy_number),
        (_("Date of the event"), swiss_date(event_date(declaration))),
    ]
