"""What the pages of one report have in common: its tabs, its heading."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.models import Contract, InsuredPerson
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
from declarations.facts import deadline_of
from declarations.forms import IDENTITY_LABELS, identity_of, parts_of
from declarations.kinds import words_of
from declarations.models import Declaration
from declarations.services.cover import contract_for
from documents import services as papers
from permissions.policy import can

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
        "case_reason": words_of(declaration.kind).reason,
        "tabs": tabs(declaration, user, current, parts),
        "step": steps.index(current) + 1 if current in steps else 0,
        "steps": len(steps),
        "may_edit": can(user, "declaration.edit", declaration),
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


def waiting_words(contract: Contract | None) -> str:
    """The waiting period of the daily allowance for illness in words; the accident insurance has none to choose."""
    if contract is None or contract.branch == Contract.Branch.LAA:
        return ""
    days = contract.waiting_days
    return ngettext(
        "Waiting period by contract: %(days)s day", "Waiting period by contract: %(days)s days", days
    ) % {"days": days}


def terms_today(person: InsuredPerson) -> dict[str, Any]:
    """What the company’s contracts say today about reporting: the deadlines in words, and the waiting period."""
    kinds = (Declaration.Kind.ILLNESS, Declaration.Kind.ACCIDENT)
    today = timezone.localdate()
    covers = [(kind, contract_for(person.company_id, kind, today)) for kind in kinds]
    found = [
        deadline_of(kind, contract.waiting_days if contract else None, None) for kind, contract in covers
    ]
    return {"deadlines": [each for each in found if each], "waiting": waiting_words(covers[0][1])}
