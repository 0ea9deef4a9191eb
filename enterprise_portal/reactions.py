"""What follows from what: the one page of it.

Each event of the audit trail may have reactions, called with the line and the object in the transaction of
the act. What must follow after the commit (mail, letter) is a job enqueued here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from claims_files import services as claims
from claims_files.bills import holding as held_bills
from claims_files.models import ClaimFile, PaperRequest
from companies.models import Company
from companies.services import ADDRESS_FIELDS
from correspondence.services import forget_notifications, is_quiet, notify
from declarations import services as declarations
from declarations.private import services as own_parts
from documents import services as papers
from permissions.policy import users_who_can
from users.services import (
    post_waiting,
    reviewers_at,
    settle_requests,
    tell_of_company_change,
    who_can_answer,
    who_confirms_deputy,
    who_confirms_management,
)

# --- Who is told of what ------------------------------------------------------------------------


def tell_of_report(line: Any, declaration: Any) -> None:
    """A case was reported: everybody who sees its claim file."""
    claim = declaration.claim_file
    notify(line, claim, users_who_can("claim.view", claim))


def tell_of_amendment(line: Any, declaration: Any) -> None:
    """A report was amended: who sees the claim file; of sealed answers only who reads those."""
    claim = declaration.claim_file
    sealed = line.company is None
    notify(line, claim, users_who_can("claim.view_sealed" if sealed else "claim.view", claim))


def tell_of_own_part(line: Any, part: Any) -> None:
    """The insured person's own part arrived, or he took a release back: the insurer."""
    if claim := part.declaration.claim_file:
        notify(line, claim, users_who_can("claim.view_sealed", claim) - {part.person.user_id})


def tell_of_asked_part(line: Any, declaration: Any) -> None:
    """The company asks for the insured person's own part: him."""
    notify(line, own_parts.part_about(declaration), [declaration.person.user_id])


def tell_of_handing_over(line: Any, declaration: Any) -> None:
    """The insured person hands a draft over: those at the company who can go on with it."""
    notify(line, declaration, users_who_can("declaration.submit", declaration) - {declaration.person.user_id})


def tell_of_handing_back(line: Any, declaration: Any) -> None:
    """The company gives a draft back that cannot be sent: the insured person who handed it over."""
    notify(line, declaration, [declaration.person.user_id])


def tell_of_discarded_draft(line: Any, declaration: Any) -> None:
    """A draft of the company is discarded with what the insured person had added to it: him."""
    if own_parts.part_about(declaration) and not declaration.sealed:
        notify(line, None, [declaration.person.user_id])


def tell_of_claim(line: Any, claim: Any) -> None:
    """Something was decided: everybody who sees the claim file."""
    notify(line, claim, users_who_can("claim.view", claim))


def tell_of_request(line: Any, paper: Any) -> None:
    """A paper is asked for: what is asked of the insured person does not exist for the employer."""
    claim = paper.claim_file
    sealed = paper.addressee == PaperRequest.Addressee.PERSON
    notify(line, claim, users_who_can("claim.view_sealed" if sealed else "claim.view", claim))


def tell_of_open_answers(line: Any, row: Any) -> None:
    """Answers to a report are still open: those who can give them."""
    notify(line, row.claim_file, declarations.who_answers(row))


def tell_of_ending_certificate(line: Any, period: Any) -> None:
    """The last certificate of a case ends soon: the insured person, and who looks after the case at the insurer."""
    claim = period.claim_file
    notify(line, claim, [period.person.user_id, *claims.who_looks_after(claim)])


def tell_of_new_manager(line: Any, claim: Any) -> None:
    """A claim file was handed over: who looks after it from now on."""
    notify(line, claim, [claim.health_manager_id])


def tell_of_deadline(line: Any, row: Any) -> None:
    """A deadline is near: those who keep it."""
    notify(line, row.claim_file, claims.who_keeps(row))


def tell_of_document(line: Any, document: Any) -> None:
    """A paper arrived in a claim file: those who may read this very paper."""
    if document.claim_file_id is not None:
        notify(line, document, users_who_can("document.view", document))


def tell_of_bill(line: Any, bill: Any) -> None:
    """A bill was processed, its result corrected, or a better paper is asked for: the insured person."""
    notify(line, bill, [bill.person.user_id])


def tell_of_guarantee(line: Any, guarantee: Any) -> None:
    """A cost guarantee is asked for or taken back, or a paper came: the insured person and who looks after the case."""
    notify(line, guarantee, [guarantee.person.user_id, *claims.who_looks_after(guarantee.claim_file)])


def tell_of_answered_guarantee(line: Any, guarantee: Any) -> None:
    """A cost guarantee is answered, or a paper asked for: the insured person."""
    notify(line, guarantee, [guarantee.person.user_id])


def tell_of_statement(line: Any, statement: Any) -> None:
    """A benefit statement is issued: those who read it."""
    notify(line, statement, users_who_can("statement.read", statement))


def tell_of_stopped_document(line: Any, document: Any) -> None:
    """The virus check stopped a paper that was received: its sender (his mail is `documents.tasks.tell_of_stopped`)."""
    notify(line, document.folder, [document.uploaded_by_id], mail=False)


def tell_of_invoice(line: Any, invoice: Any) -> None:
    """An invoice is ready: those who see it."""
    notify(line, invoice, users_who_can("invoice.view", invoice))


def tell_of_access_request(line: Any, asked: Any) -> None:
    """Somebody asks for access: those who can give it (their mail is `users.tasks.tell_of_request`)."""
    people = {user.pk for user in who_can_answer(asked)}
    notify(line, asked, people, mail=False)


def tell_of_answered_access(line: Any, asked: Any) -> None:
    """A request was answered, or nobody did in time: the one who asked (his mail is `users.tasks.tell_of_answer`)."""
    notify(line, None, [asked.user_id], mail=False)


def tell_of_access(line: Any, scope: Any) -> None:
    """A right was given or taken away: the one who holds it; leads to what was opened as long as he sees it."""
    if "request" in line.facts:
        # He asked for it and is told of the answer.
        return
    opened = scope if line.event == "access.granted" and isinstance(scope, Company | ClaimFile) else None
    notify(line, opened, [UUID(line.facts["user"])], mail=False)


def tell_of_acceptance(line: Any, invitation: Any) -> None:
    """An invitation was accepted: the one who sent it."""
    notify(line, invitation.company, {invitation.invited_by_id}, mail=False)


def tell_of_correction(line: Any, asked: Any) -> None:
    """A correction is asked for: those who answer it (their mail is `users.tasks.tell_of_correction`)."""
    notify(line, asked, users_who_can("correction.answer", asked), mail=False)


def tell_of_answered_correction(line: Any, asked: Any) -> None:
    """A correction was answered: the one who asked (his mail is `users.tasks.tell_of_correction`)."""
    notify(line, None, [asked.user_id], mail=False)


def tell_of_bank_details(line: Any, details: Any) -> None:
    """Bank details wait: those who approve them (their mail is `users.tasks.tell_of_bank_details`)."""
    notify(line, details, users_who_can("bank.approve", details), mail=False)


def tell_of_decided_bank_details(line: Any, details: Any) -> None:
    """Bank details were approved or declined: the person (his mail is `users.tasks.tell_of_bank_details`)."""
    notify(line, None, [details.user_id], mail=False)


def tell_of_proposed_deputy(line: Any, row: Any) -> None:
    """A deputy is proposed: those who confirm (their mail is `users.rights_tasks.tell_of_deputy`)."""
    notify(line, row, {user.pk for user in who_confirms_deputy(row)}, mail=False)


def tell_of_deputy(line: Any, row: Any) -> None:
    """A deputy was named, confirmed or has ended: the two people (their mail is `users.rights_tasks.tell_of_deputy`)."""
    notify(line, None, [row.principal_id, row.deputy_id], mail=False)


def tell_of_management_request(line: Any, asked: Any) -> None:
    """Somebody is to manage users: those who confirm (their mail is `users.rights_tasks.tell_of_management_request`)."""
    notify(line, asked, {user.pk for user in who_confirms_management(asked)}, mail=False)


def tell_of_answered_management(line: Any, asked: Any) -> None:
    """It was confirmed or declined: whoever asked (his mail is `users.rights_tasks.tell_of_management_answer`)."""
    notify(line, None, [asked.asked_by_id], mail=False)


def tell_of_review(line: Any, review: Any) -> None:
    """An access review was opened or is completed: those at the company who decide (their mail is
    `users.review_tasks.remind_of_review`)."""
    notify(line, review, reviewers_at(review.company), mail=False)


def tell_of_right_handed_on(line: Any, review: Any) -> None:
    """A right is left to the contract manager: he hears of it."""
    notify(line, review, users_who_can("users.grant_management", review.company), mail=False)


def tell_of_viewing(line: Any, viewing: Any) -> None:
    """Somebody looks at the portal as another person: that person."""
    notify(line, None, [viewing.viewed_id], mail=False)


# --- Letters that wait for an address -----------------------------------------------------------


def post_letters_to_person(line: Any, person: Any) -> None:
    """The data of an insured person were changed: perhaps the address is whole now, or the employment ends."""
    post_waiting(person=person)
    if "employment_end" in line.facts["fields"]:
        claims.keep_deadlines_of(person=person)


def tell_of_address(line: Any, person: Any) -> None:
    """The company changed the address of somebody with an account: he is mailed, without the address."""
    if ADDRESS_FIELDS & set(line.facts["fields"]):
        tell_of_company_change(person)


def post_letters_to_company(line: Any, company: Any) -> None:
    """The data of a company were changed: perhaps the address is whole now."""
    post_waiting(company=company)


# --- Requests for access ------------------------------------------------------------------------


def settle_access_requests(line: Any, obj: Any) -> None:
    """Somebody's rights have changed: what he asked for before may need no answer any more."""
    # Nobody's yet is what an invitation promises.
    if user := line.facts["user"]:
        settle_requests(user)


# --- What goes with a person --------------------------------------------------------------------


def forget_own_additions(line: Any, user: Any) -> None:
    """Somebody removes what is his own, or leaves: notifications, titles of papers, drafts and answers that only he sees, his
    views of the worklist and the address of his calendar."""
    forget_notifications(user)
    papers.forget_titles(user)
    declarations.discard_private_drafts(user, by=line.actor)
    own_parts.forget_unsent(user)
    claims.forget_personal(user)


def end_calendar(line: Any, user: Any) -> None:
    """An account is closed, or somebody else was in it: the address of its calendar opens nothing from then on."""
    claims.forget_feed(user)


# What follows an event.
REACTIONS: dict[str, Callable[[Any, Any], None]] = {
    "access.changed": settle_access_requests,
    "access.granted": settle_access_requests,
    "access.revoked": settle_access_requests,
    "company.edited": post_letters_to_company,
    "document.classified": claims.document_classified,
    "document.quarantined": held_bills.paper_stopped,
    "document.received": claims.document_arrived,
    "document.released": held_bills.paper_released,
    "invitation.accepted": settle_access_requests,
    "management.confirmed": settle_access_requests,
    "person.edited": post_letters_to_person,
    "user.additions_cleared": forget_own_additions,
    "user.deactivated": end_calendar,
    "user.disowned": end_calendar,
    "user.erased": forget_own_additions,
    "user.suspicion_raised": end_calendar,
}

# Who is told of it then.
NEWS: dict[str, Callable[[Any, Any], None]] = {
    "access.approved": tell_of_answered_access,
    "access.declined": tell_of_answered_access,
    "access.granted": tell_of_access,
    "access.lapsed": tell_of_answered_access,
    "access.requested": tell_of_access_request,
    "access.revoked": tell_of_access,
    "bank.approved": tell_of_decided_bank_details,
    "bank.declined": tell_of_decided_bank_details,
    "bank.requested": tell_of_bank_details,
    "bill.asked": tell_of_bill,
    "bill.corrected": tell_of_bill,
    "bill.processed": tell_of_bill,
    "claim.accepted": tell_of_claim,
    "claim.answers_due": tell_of_open_answers,
    "claim.answers_reminded": tell_of_open_answers,
    "claim.certificate_ending": tell_of_ending_certificate,
    "claim.closed": tell_of_claim,
    "claim.deadline_near": tell_of_deadline,
    "claim.declined": tell_of_claim,
    "claim.duplicate": tell_of_claim,
    "claim.incapacity_changed": tell_of_claim,
    "claim.paper_overdue": tell_of_request,
    "claim.paper_reminded": tell_of_request,
    "claim.paper_reopened": tell_of_request,
    "claim.paper_requested": tell_of_request,
    "claim.relapsed": tell_of_claim,
    "claim.revised": tell_of_claim,
    "claim.reassigned": tell_of_new_manager,
    "claim.taken_over": tell_of_claim,
    "claim.transferred": tell_of_claim,
    "claim.unclear": tell_of_claim,
    "correction.answered": tell_of_answered_correction,
    "correction.requested": tell_of_correction,
    "declaration.amended": tell_of_amendment,
    "declaration.discarded": tell_of_discarded_draft,
    "declaration.handed_back": tell_of_handing_back,
    "declaration.handed_over": tell_of_handing_over,
    "declaration.own_asked": tell_of_asked_part,
    "declaration.own_sent": tell_of_own_part,
    "declaration.release_withdrawn": tell_of_own_part,
    "declaration.submitted": tell_of_report,
    "declaration.withdrawn": tell_of_report,
    "deputy.confirmed": tell_of_deputy,
    "deputy.ended": tell_of_deputy,
    "deputy.named": tell_of_deputy,
    "deputy.proposed": tell_of_proposed_deputy,
    "document.quarantined": tell_of_stopped_document,
    "document.received": tell_of_document,
    "guarantee.answered": tell_of_answered_guarantee,
    "guarantee.asked": tell_of_answered_guarantee,
    "guarantee.completed": tell_of_guarantee,
    "guarantee.requested": tell_of_guarantee,
    "guarantee.withdrawn": tell_of_guarantee,
    "invitation.accepted": tell_of_acceptance,
    "invoice.issued": tell_of_invoice,
    "management.confirmed": tell_of_answered_management,
    "management.declined": tell_of_answered_management,
    "management.requested": tell_of_management_request,
    "person.edited": tell_of_address,
    "plan.agreed": tell_of_claim,
    "plan.proposed": tell_of_claim,
    "plan.review_due": tell_of_claim,
    "review.completed": tell_of_review,
    "review.handed_on": tell_of_right_handed_on,
    "review.opened": tell_of_review,
    "statement.issued": tell_of_statement,
    "viewing.started": tell_of_viewing,
}


def react(line: Any, obj: Any) -> None:
    """Do what follows an event, then tell of it; quietly, nobody is even looked for."""
    if reaction := REACTIONS.get(line.event):
        reaction(line, obj)
    if (tell := NEWS.get(line.event)) and not is_quiet():
        tell(line, obj)
