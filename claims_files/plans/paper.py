"""A version of the return-to-work plan on paper, in the reader's language; for every side of the case."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from claims_files.models import ClaimFile
from claims_files.plans.models import ReturnPlan, ReturnStep
from core.letters import Content, compose
from core.text import swiss_date


def pdf_of(plan: ReturnPlan, claim: ClaimFile) -> bytes:
    """The plan as PDF. Raises core.pdf.PdfError."""
    # No address: the company reads it, too.
    recipient = [claim.person.name, claim.company.name]
    return compose(plan.pk, "plan", get_language() or "fr", recipient, _content(plan, claim)).pdf


def file_name(plan: ReturnPlan, claim: ClaimFile) -> str:
    """What the file is called."""
    return f"{_('Return-to-work plan')} {claim.number}-{plan.version}.pdf"


def in_words(step: ReturnStep) -> str:
    """How much is worked from a step on."""
    percent = f"{step.degree}\u00a0%"
    if step.hours is None:
        return percent
    hours = ngettext("%(n)d hour a week", "%(n)d hours a week", step.hours) % {"n": step.hours}
    return f"{percent} · {hours}"


def agreements(plan: ReturnPlan) -> list[tuple[str, str]]:
    """Who has agreed to this version, in words."""
    rows = (
        (_("Insured person"), plan.person_agreed, plan.person_agreed_by),
        (_("Company"), plan.company_agreed, plan.company_agreed_by),
    )
    return [
        (
            side,
            _("agreed on %(day)s, %(name)s") % {"day": swiss_date(timezone.localdate(at)), "name": by.name}
            if at and by
            else _("not agreed yet"),
        )
        for side, at, by in rows
    ]


def _content(plan: ReturnPlan, claim: ClaimFile) -> Content:
    facts = [
        (_("Claim number"), claim.number),
        (_("Version"), str(plan.version)),
        *((_("From %(day)s") % {"day": swiss_date(step.begin)}, in_words(step)) for step in plan.steps.all()),
    ]
    if plan.review_on:
        facts.append((_("Look at it again on"), swiss_date(plan.review_on)))
    sections = [(_("Adaptations"), plan.adapted)] if plan.adapted else []
    if plan.note:
        sections.append((_("Note"), [plan.note]))
    sections.append((_("Agreement"), [f"{side}: {words}" for side, words in agreements(plan)]))
    return Content(
        title=_("Return-to-work plan"),
        paragraphs=[
            _("The insured person, the company and the insurer share this plan. It says nothing of health.")
        ],
        facts=facts,
        sections=sections,
        closing=[_("Proposed by %(name)s.") % {"name": plan.by.name}],
        day=timezone.localdate(plan.at),
    )
