"""What the events of the audit trail are called towards people. Who did it and when stands beside the words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from permissions.vocabulary import ACTIONS, PRESET_NAMES

EVENTS = {
    "access.approved": _("Access request approved"),
    "access.changed": _("Access changed"),
    "access.declined": _("Access request declined"),
    "access.exported": _("List of users saved as a file"),
    "access.granted": _("Access granted"),
    "access.lapsed": _("Access request lapsed"),
    "access.refused": _("Access refused"),
    "access.requested": _("Access requested"),
    "access.revoked": _("Access taken away"),
    "access.settled": _("Access request settled: given otherwise"),
    "access.withdrawn": _("Access request taken back"),
    "activation.ordered": _("Activation letter ordered"),
    "activation.printed": _("Activation letter printed"),
    "activation.used": _("Activation code used"),
    "bank.approved": _("Bank details approved"),
    "bank.declined": _("Bank details declined"),
    "bank.requested": _("Bank details entered"),
    "bank.withdrawn": _("Bank details taken back"),
    "bill.asked": _("Document for a bill requested"),
    "bill.corrected": _("Result of a bill corrected"),
    "bill.completed": _("Document for a bill received"),
    "bill.processed": _("Bill processed"),
    "bill.submitted": _("Bill sent"),
    "bill.taken": _("Bill taken into work"),
    "bill.withdrawn": _("Bill taken back"),
    "claim.accepted": _("Claim accepted"),
    "claim.answers_due": _("Open answers are due"),
    "claim.answers_reminded": _("Reminder of open answers"),
    "claim.closed": _("Claim file closed"),
    "claim.deadline_done": _("Deadline of a claim file done"),
    "claim.deadline_near": _("Deadline of a claim file reminded of"),
    "claim.declined": _("Claim declined"),
    "claim.documents_seen": _("New documents of a claim file looked at"),
    "claim.exported": _("List of claims saved as a file"),
    "claim.incapacity_changed": _("Incapacity for work changed"),
    "claim.opened": _("Claim file opened"),
    "claim.paper_reopened": _("Document asked for again"),
    "claim.paper_requested": _("Document requested"),
    "claim.paper_settled": _("Document request settled"),
    "claim.reassigned": _("Claim file handed over to another health manager"),
    "claim.taken_over": _("Claim file taken over"),
    "company.created": _("Company added"),
    "company.edited": _("Company details changed"),
    "contract.created": _("Contract added"),
    "contract.rule_set": _("Deadline of a contract set"),
    "correction.answered": _("Request for a correction answered"),
    "correction.requested": _("Correction asked for"),
    "declaration.amended": _("Report amended"),
    "declaration.discarded": _("Draft discarded"),
    "declaration.kind_changed": _("Draft turned into another kind of report"),
    "declaration.import_begun": _("Import of claim reports begun"),
    "declaration.import_over": _("Import of claim reports completed"),
    "declaration.handed_over": _("Draft handed over to the company"),
    "declaration.own_asked": _("Insured person asked for the own part"),
    "declaration.own_begun": _("Own part of a report begun"),
    "declaration.own_ready": _("Own part of a report ready to go with it"),
    "declaration.own_saved": _("Own part of a report saved"),
    "declaration.own_told": _("Company told that the own part was answered"),
    "declaration.own_sent": _("Own part of a report sent"),
    "declaration.part_saved": _("Draft saved"),
    "declaration.release_signed": _("Release from secrecy signed"),
    "declaration.release_withdrawn": _("Release from secrecy taken back"),
    "declaration.started": _("Draft begun"),
    "declaration.submitted": _("Case reported"),
    "declaration.withdrawn": _("Report withdrawn"),
    "deputy.confirmed": _("Deputy confirmed"),
    "deputy.ended": _("Deputising ended"),
    "deputy.named": _("Deputy named"),
    "deputy.proposed": _("Deputy proposed"),
    "document.classified": _("Document made less visible"),
    "document.handed_over": _("Document handed over sealed"),
    "document.held": _("Document received and held for the virus check"),
    "document.merged": _("Documents merged into one"),
    "document.quarantine_ended": _("Document removed from quarantine"),
    "document.quarantined": _("Document stopped by the virus check"),
    "document.read": _("Document opened"),
    "document.received": _("Document received"),
    "document.released": _("Document released after the virus check"),
    "document.split_off": _("Pages of a document split off"),
    "invitation.accepted": _("Invitation accepted"),
    "invitation.resent": _("Invitation sent again"),
    "invitation.sent": _("Invitation sent"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "invoice.cancelled": _("Premium invoice cancelled"),
    "invoice.issued": _("Premium invoice issued"),
    "invoice.paid": _("Premium invoice paid"),
    "invoice.printed": _("Premium invoice printed"),
    "log.exported": _("Activity log taken along as a file"),
    "management.confirmed": _("User management confirmed"),
    "management.declined": _("User management declined"),
    "management.requested": _("User management asked for"),
    "management.withdrawn": _("Request for user management taken back"),
    "person.contract_confirmed": _("Contract confirmation made"),
    "person.created": _("Employee added"),
    "person.edited": _("Employee’s details changed"),
    "person.exported": _("List of employees saved as a file"),
    "person.import_begun": _("Import of employees begun"),
    "person.import_over": _("Import of employees completed"),
    "person.moved": _("Employee changed the own address"),
    "provisioning.closed": _("Person closed by the company’s directory"),
    "provisioning.created": _("Person added by the company’s directory"),
    "provisioning.deleted": _("Person removed by the company’s directory"),
    "provisioning.edited": _("Person changed by the company’s directory"),
    "provisioning.opened": _("Person opened again by the company’s directory"),
    "scim.token_made": _("Token for the company’s directory made"),
    "scim.token_revoked": _("Token for the company’s directory revoked"),
    "registration.confirmed": _("E-mail address of a registration confirmed"),
    "registration.link_renewed": _("Registration link asked for again"),
    "registration.link_sent": _("Registration link sent"),
    "registration.link_used": _("Registration link used"),
    "registration.started": _("Registration begun"),
    "review.completed": _("Access review completed"),
    "review.confirmed": _("Access confirmed in a review"),
    "review.handed_on": _("Right left to the contract manager in a review"),
    "review.opened": _("Access review begun"),
    "review.unfinished": _("Access review ended unfinished"),
    "settings.review_changed": _("Settings of access reviews changed"),
    "settings.role_named": _("Name of a role changed"),
    "site.created": _("Site added"),
    "sso.activated": _("Single sign-on switched on"),
    "sso.deactivated": _("Single sign-on switched off"),
    "sso.domain_confirmed": _("Domain of the company confirmed"),
    "sso.domain_removed": _("Domain of the company removed"),
    "sso.released": _("Single sign-on no longer compulsory"),
    "sso.removed": _("Single sign-on removed"),
    "sso.required": _("Single sign-on made compulsory"),
    "sso.saved": _("Single sign-on set up"),
    "sso.tested": _("Single sign-on tested"),
    "staff.appointed": _("Role at the insurer given"),
    "terms.published": _("New version of terms published"),
    "trail.check_started": _("Verification of the activity log started"),
    "trail.checked": _("Activity log verified"),
    "user.additions_cleared": _("Own additions removed"),
    "user.calendar_ended": _("Address of the calendar ended"),
    "user.calendar_made": _("Address of the calendar made"),
    "user.code_asked": _("Code by SMS or e-mail asked for"),
    "user.code_sent": _("Code by SMS or e-mail sent"),
    "user.consent_changed": _("Consent to product information changed"),
    "user.deactivated": _("Account deactivated"),
    "user.delivery_chosen": _("Delivery of documents chosen"),
    "user.disowned": _("Account of a stranger’s registration closed"),
    "user.email_change_asked": _("Change of e-mail address asked for"),
    "user.email_change_cancelled": _("Change of e-mail address taken back"),
    "user.email_change_denied": _("Change of e-mail address denied from the former mailbox"),
    "user.email_changed": _("E-mail address changed"),
    "user.erased": _("Account deleted"),
    "user.news_set": _("Mails about news changed"),
    "user.letter_held": _("Letter waits until the address is checked"),
    "user.letter_ordered": _("Letter with PUK ordered"),
    "user.letter_printed": _("Letter with PUK printed"),
    "user.letter_released": _("Address checked, letter released"),
    "user.letter_waits": _("Letter waits for an address"),
    "user.locked": _("Account locked"),
    "user.passkey_renamed": _("Passkey renamed"),
    "user.password_changed": _("Password changed"),
    "user.phone_changed": _("Phone number changed"),
    "user.preferences_set": _("Language or appearance changed"),
    "user.provider_linked": _("Account bound to the company’s sign-in"),
    "user.reactivated": _("Account opened again"),
    "user.puk_used": _("PUK used"),
    "user.recovery_codes_renewed": _("Recovery codes renewed"),
    "user.registered": _("Insured person registered"),
    "user.second_factor_removed": _("Second factor removed"),
    "user.second_factor_set": _("Second factor set up"),
    "user.sessions_ended": _("Sessions ended"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "user.suspicion_raised": _("Stranger in the account suspected"),
    "user.token_made": _("API token made"),
    "user.token_revoked": _("API token revoked"),
    "user.terms_accepted": _("Terms accepted"),
    "user.unlocked": _("Account unlocked"),
    "user.view_removed": _("Own view of the worklist removed"),
    "user.view_saved": _("Own view of the worklist saved"),
    "user.trust_ended": _("Trusted browsers ended"),
    "viewing.ended": _("View as somebody else ended"),
    "viewing.started": _("View as somebody else begun"),
}


def words_of(event: str) -> Any:
    """The event in plain words; its own name where it has none."""
    return EVENTS.get(event, event)


def details_of(facts: dict[str, Any], names: dict[str, str]) -> list[str]:
    """What a line's facts add in plain words: for whom, which role, which right. `names` by account id."""
    found = []
    if name := names.get(str(facts.get("user"))):
        found.append(gettext("for %(name)s") % {"name": name})
    if name := names.get(str(facts.get("viewed"))):
        found.append(gettext("looking at the portal as %(name)s") % {"name": name})
    if preset := PRESET_NAMES.get(facts.get("preset", "")):
        found.append(str(preset))
    if way := PRESET_NAMES.get(facts.get("way", "")):
        found.append(str(way))
    if facts.get("single"):
        found.append(gettext("a single claim file"))
    if "request" in facts:
        found.append(gettext("on request"))
    if "scim_token" in facts:
        found.append(gettext("through the company’s directory"))
    if "review" in facts:
        found.append(gettext("in an access review"))
    found += [str(ACTIONS[action]) for action in _actions(facts) if action in ACTIONS]
    return found


def _actions(facts: dict[str, Any]) -> list[str]:
    return [*([facts["action"]] if "action" in facts else []), *facts.get("extra", [])]
