"""The letter on a decision: what the insured person is told, in his language, with the legal remedy of the branch."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from claims_files import plain
from claims_files.models import ClaimFile, Decision, GuaranteeAnswer, Outcome
from claims_files.states import law_of_claims, remedy_until
from companies.models import Contract
from core.dated import Values
from core.letters import Content, Letter, compose
from core.text import swiss_date
from permissions.holders import role_of

Remedy = ClaimFile.Remedy


def remedy_for(branch: str, outcome: str) -> str:
    """The legal remedy that goes with a decision; none while it is open.

    A refusal by the accident insurance is a formal decision, against which one objects (ATSG art. 52); whom it
    concedes something can ask for one (ATSG art. 51). All else is contract law (VVG).
    """
    if outcome == Outcome.UNCLEAR:
        return ""
    if branch != Contract.Branch.LAA:
        return Remedy.CIVIL_ACTION.value
    return Remedy.OBJECTION.value if outcome == Outcome.DECLINED else Remedy.FORMAL_DECISION.value


def remedy_text(decision: Decision | GuaranteeAnswer, law: Values) -> str:
    """What one can do against the decision, in the active language; empty while it is open."""
    house = settings.BRAND["insurer"]
    day = timezone.localdate(decision.at)
    if decision.legal_remedy == Remedy.OBJECTION:
        return _(
            "You can object to this decision within %(days)s days of having received it, in writing or in person, "
            "to %(house)s (ATSG art. 52). Say what you ask for and why. Without an objection the decision "
            "becomes final."
        ) % {"days": int(law.on("claims.objection_days", day).value), "house": house}
    if decision.legal_remedy == Remedy.FORMAL_DECISION:
        return _(
            "If you do not agree, you can ask %(house)s for a formal decision (ATSG art. 51). You can object to "
            "that one."
        ) % {"house": house}
    if decision.legal_remedy == Remedy.CIVIL_ACTION:
        return _(
            "If you do not agree, write to %(house)s: we look at the case again. You can also bring an action in "
            "the civil court. Claims under the contract lapse %(years)s years after the event (VVG art. 46)."
        ) % {"years": int(law.on("claims.contract_law_years", day).value), "house": house}
    return ""


def remedy_lines(decision: Decision | GuaranteeAnswer) -> list[str]:
    """The same with the last day where there is one, as a letter says it; for what has a legal remedy."""
    law = law_of_claims()
    lines = [remedy_text(decision, law)]
    if until := remedy_until(decision, law):
        counted = _("Counted from the date of this letter, that is until %(day)s.")
        lines.append(counted % {"day": swiss_date(until)})
    return lines


def letter_of(decision: Decision, claim: ClaimFile) -> tuple[str, Letter]:
    """The letter with the name of its file, in the person’s language. Raises core.pdf.PdfError."""
    person = claim.person
    with translation.override(person.language):
        content = _content(decision, claim)
        name = f"{_('Decision')} {claim.number}-{decision.number}.pdf"
    recipient = [person.name, *person.address_lines]
    return name, compose(decision.pk, "decision", person.language, recipient, content)


def _content(decision: Decision, claim: ClaimFile) -> Content:
    contract = decision.cover.contract
    facts = [
        (_("Claim number"), claim.number),
        (_("Kind"), str(claim.get_kind_display())),
        (_("Date of the event"), swiss_date(claim.event_date)),
        (_("Insurance"), str(contract.get_branch_display())),
        (_("Policy"), contract.policy_number),
        (_("Decision"), str(decision.get_outcome_display())),
    ]
    if decision.expected:
        facts.append((_("Decision expected by"), swiss_date(decision.expected)))
    paragraphs = [_opening(decision)]
    if decision.replaces is not None:
        replaced = _("This letter replaces our decision of %(day)s.")
        paragraphs.append(replaced % {"day": swiss_date(timezone.localdate(decision.replaces.at))})
    sections = []
    # What came from the core system was signed by nobody who answers.
    asked = claim.health_manager if role_of(decision.by) == "core_system" else decision.by
    if decision.reason:
        # As it was typed: the template shows data as text, whatever stands in it.
        lines = [line for line in decision.reason.splitlines() if line.strip()]
        sections.append((_("Reason"), lines))
    day = timezone.localdate(decision.at)
    if explained := plain.explain(decision.codes, day, kinds=plain.OF_DECISIONS):
        sections.append(
            (_("Codes"), [f"{each.code}: {each.text}" if each.text else each.code for each in explained])
        )
    if decision.legal_remedy:
        sections.append((_("Legal remedy"), remedy_lines(decision)))
    return Content(
        title=_("Decision on your claim"),
        paragraphs=paragraphs,
        facts=facts,
        sections=sections,
        closing=[
            *_told_to_employer(decision),
            _("If you have questions, ask %(name)s.") % {"name": f"{asked.name}, {asked.email}"},
        ],
        day=day,
    )


def _told_to_employer(decision: Decision) -> list[str]:
    """What of the decision is on the employer's pages."""
    if decision.outcome == Outcome.UNCLEAR:
        told = _(
            "Your employer learns that the decision is still open, until when, and whether benefits are paid in advance."
        )
    elif decision.reason_code:
        told = _("Your employer learns the outcome.")
    else:
        return [_("Your employer learns the outcome only, not the reason.")]
    if not decision.reason_code:
        return [told]
    reason = _("Of the reason your employer is told this only: %(reason)s.")
    return [told, reason % {"reason": decision.get_reason_code_display()}]


def _opening(decision: Decision) -> str:
    if decision.outcome == Outcome.ACCEPTED:
        return _("We have examined your claim and accept it. We pay the benefits that the contract promises.")
    if decision.outcome == Outcome.MEDICAL_ONLY:
        return _("We have examined your claim and pay the costs of treatment. No daily allowance is due.")
    if decision.outcome == Outcome.DECLINED:
        return _("We have examined your claim and have to decline it.")
    if decision.advances:
        return _("We cannot decide on your claim yet. Until then we pay the benefits in advance.")
    return _("We cannot decide on your claim yet. Until then we pay no benefits.")
