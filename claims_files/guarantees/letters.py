"""The letter on an answer to a request for a cost guarantee, to the insured person and in his language."""

from __future__ import annotations

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from claims_files.guarantees.models import GuaranteeAnswer, GuaranteeOutcome
from claims_files.letters import remedy_lines
from core.letters import Content, Letter, compose
from core.text import chf, swiss_date


def letter_of(answer: GuaranteeAnswer) -> tuple[str, Letter]:
    """The letter with the name of its file, in the person’s language. Raises core.pdf.PdfError."""
    person = answer.guarantee.person
    with translation.override(person.language):
        content = _content(answer)
        name = f"{_('Cost guarantee')} {answer.guarantee.number}-{answer.number}.pdf"
    recipient = [person.name, *person.address_lines]
    return name, compose(answer.pk, "guarantee", person.language, recipient, content)


def limits_of(answer: GuaranteeAnswer) -> list[tuple[str, str]]:
    """What limits a guarantee, in words; empty where nothing does."""
    found = []
    if answer.amount is not None:
        found.append((_("At most"), chf(answer.amount)))
    if answer.days is not None:
        found.append((_("Number of days"), str(answer.days)))
    if answer.until is not None:
        found.append((_("Valid until"), swiss_date(answer.until)))
    return found


def _content(answer: GuaranteeAnswer) -> Content:
    guarantee = answer.guarantee
    claim = guarantee.claim_file
    facts = [
        (_("Number"), guarantee.number),
        (_("Claim number"), claim.number),
        (_("Policy"), f"{claim.contract.policy_number} ({claim.contract.get_branch_display()})"),
        (_("Kind of treatment"), str(guarantee.get_kind_display())),
        (_("Who treats"), guarantee.provider),
        (_("From"), swiss_date(guarantee.begin)),
    ]
    if guarantee.end:
        facts.append((_("To"), swiss_date(guarantee.end)))
    facts += [(_("Answer"), str(answer.get_outcome_display())), *limits_of(answer)]
    paragraphs = [_opening(answer)]
    before = (
        GuaranteeAnswer.unrestricted.filter(guarantee=guarantee, number__lt=answer.number)
        .order_by("-number")
        .first()
    )
    if before is not None:
        replaced = _("This letter replaces our answer of %(day)s.")
        paragraphs.append(replaced % {"day": swiss_date(timezone.localdate(before.at))})
    sections = [
        (title, [line for line in text.splitlines() if line.strip()])
        for title, text in ((_("Conditions"), answer.conditions), (_("Reason"), answer.reason))
        if text
    ]
    if answer.legal_remedy:
        sections.append((_("Legal remedy"), remedy_lines(answer)))
    return Content(
        title=_("Your request for a cost guarantee"),
        paragraphs=paragraphs,
        facts=facts,
        sections=sections,
        closing=[
            _("Your employer learns nothing of this request, nor of our answer."),
            _("If you have questions, ask %(name)s.") % {"name": f"{answer.by.name}, {answer.by.email}"},
        ],
        day=timezone.localdate(answer.at),
    )


def _opening(answer: GuaranteeAnswer) -> str:
    if answer.outcome == GuaranteeOutcome.GRANTED:
        return _("We have examined the request and take over the costs of this treatment as stated below.")
    if answer.outcome == GuaranteeOutcome.PARTLY:
        return _(
            "We have examined the request and take over part of the costs of this treatment, as stated below."
        )
    return _("We have examined the request and cannot take over the costs of this treatment.")
