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
    sections,
)
from declarations.facts import deadline_of
from declarations.forms import FORMS, IDENTITY_LABELS, PartForm, form_of, identity_of, parts_of
from declarations.kinds import words_of
from declarations.models import Declaration
from declarations.services.cover import contract_for
from declarations.walk import Page, applying, page_before, page_with, walk
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


# --- Where to go ----------------------------------------------------------------------------------


def page_url(declaration: Declaration, page: Page) -> str:
    """The address of a page with one question."""
    return reverse("declarations:question", args=[declaration.pk, page.part, page.name])


def part_url(declaration: Declaration, part: str) -> str:
    """Where a part is filled in, in the way in which the questions of this draft are put."""
    if declaration.guided and part in FORMS[declaration.kind]:
        pages = applying(form_of(declaration, part))
        if pages:
            return page_url(declaration, pages[0])
    return reverse("declarations:part", args=[declaration.pk, part])


def first_url(declaration: Declaration) -> str:
    """Where a draft begins."""
    if declaration.guided:
        return page_url(declaration, walk(declaration)[0])
    return part_url(declaration, parts_of(declaration.kind)[0])


def way_on(declaration: Declaration, parts: list[Progress] | None = None) -> str:
    """Where a draft goes on: at the first thing left to do, else where it is checked and sent."""
    parts = parts or progress(declaration)
    check = reverse("declarations:check", args=[declaration.pk])
    if not declaration.guided:
        part = next((each.part for each in parts if each.unfinished), None)
        return reverse("declarations:part", args=[declaration.pk, part]) if part else check
    lacking = {
        (each.part, each.form.rows_name if name == "non_field_errors" else name.split(".", maxsplit=1)[0])
        for each in parts
        for name in each.messages
    }
    steps = walk(declaration)
    found = next((page for page in steps if any((page.part, name) in lacking for name in page.fields)), None)
    return page_url(declaration, found) if found else check


def question_url(declaration: Declaration, part: str, field: str) -> str:
    """Where one question is answered, and back to the page of all answers; empty for what is not asked."""
    page = page_with(form_of(declaration, part), field)
    if page is None:
        return ""
    if declaration.guided:
        return f"{page_url(declaration, page)}?back=check"
    target = "periods" if field == page.name == "periods" else f"id_{field}"
    return f"{reverse('declarations:part', args=[declaration.pk, part])}?back=check#{target}"


def needed_url(declaration: Declaration, part: Progress) -> str:
    """Where the first thing is that keeps a report from being sent."""
    name = next((name for name in part.messages if name not in part.later), "")
    url = question_url(declaration, part.part, name) if declaration.guided else ""
    url = url or f"{reverse('declarations:part', args=[declaration.pk, part.part])}?back=check"
    return url if part.state == UNTOUCHED else f"{url}&show=problems"


def checked_sections(declaration: Declaration, user: Any) -> list[dict[str, Any]]:
    """The answers to check, by part; question by question each with its own way to change it."""
    found = []
    for section in sections(declaration, user):
        part = f"{reverse('declarations:part', args=[declaration.pk, section.part])}?back=check"
        row: dict[str, Any] = {"section": section, "url": part, "answers": [], "further": []}
        if declaration.guided:
            form = form_of(declaration, section.part)
            row["answers"] = [
                (answer, question_url(declaration, section.part, answer.field)) for answer in section.answers
            ]
            row["further"] = [
                (page.title, f"{page_url(declaration, page)}?back=check")
                for page in applying(form)
                if page.folded
            ]
        found.append(row)
    return found


def question_context(declaration: Declaration, user: Any, form: PartForm, page: Page) -> dict[str, Any]:
    """Context of a page with one question: where it stands in the walk, and what is asked."""
    steps = walk(declaration)
    keys = [each.key for each in steps]
    before = page_before(steps, page)
    return {
        "declaration": declaration,
        "part": page.part,
        "page": page,
        "page_url": page_url(declaration, page),
        "before_url": page_url(declaration, before) if before else "",
        # What is said of a part is said once, at its first question.
        "lead": page.lead or (form.lead if applying(form)[:1] == [page] else ""),
        "drawn": form.drawn_on(page.fields),
        "rows_asked": form.rows_name in page.fields,
        "waits": not form.now.intersection(page.fields),
        "case_heading": words_of(declaration.kind).heading,
        "case_reason": words_of(declaration.kind).reason,
        "step": keys.index(page.key) + 1 if page.key in keys else 0,
        "steps": len(keys),
        "sendable": not any(each.blocks for each in progress(declaration)),
        "may_edit": can(user, "declaration.edit", declaration),
        "own": declaration.side == Declaration.Side.EMPLOYEE,
    }


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
