"""What the events of the audit trail are called towards people. Who did it and when stands beside the words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from permissions.vocabulary import ACTIONS, PRESET_NAMES

EVENTS = {
    "access.changed": _("Access changed"),
    "access.declined": _("Access request declined"),
    "access.granted": _("Access granted"),
    "access.refused": _("Access refused"),
    "access.requested": _("Access requested"),
    "access.revoked": _("Access taken away"),
    "claim.accepted": _("Claim accepted"),
    "claim.closed": _("Claim file closed"),
    "claim.declined": _("Claim declined"),
    "claim.documents_seen": _("New documents of a claim file looked at"),
    "claim.paper_requested": _("Document requested"),
    "claim.paper_settled": _("Document request settled"),
    "claim.taken_over": _("Claim file taken over"),
    "company.created": _("Company added"),
    "company.edited": _("Company details changed"),
    "contract.created": _("Contract added"),
    "declaration.discarded": _("Draft discarded"),
    "declaration.part_saved": _("Draft saved"),
    "declaration.started": _("Draft begun"),
    "declaration.submitted": _("Case reported"),
    "document.classified": _("Document made less visible"),
    "document.handed_over": _("Document handed over sealed"),
    "document.read": _("Medical document read"),
    "document.received": _("Document received"),
    "invitation.accepted": _("Invitation accepted"),
    "invitation.resent": _("Invitation sent again"),
    "invitation.sent": _("Invitation sent"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "invoice.cancelled": _("Premium invoice cancelled"),
    "invoice.issued": _("Premium invoice issued"),
    "invoice.paid": _("Premium invoice paid"),
    "invoice.printed": _("Premium invoice printed"),
    "person.created": _("Employee added"),
    "person.edited": _("Employee’s details changed"),
    "site.created": _("Site added"),
    "staff.appointed": _("Role at the insurer given"),
    "user.deactivated": _("Account deactivated"),
    "user.passkey_renamed": _("Passkey renamed"),
    "user.password_changed": _("Password changed"),
    "user.phone_changed": _("Phone number changed"),
    "user.preferences_set": _("Language or appearance changed"),
    "user.recovery_codes_renewed": _("Recovery codes renewed"),
    "user.second_factor_removed": _("Second factor removed"),
    "user.second_factor_set": _("Second factor set up"),
    "user.sessions_ended": _("Sessions ended"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "user.suspicion_raised": _("Stranger in the account suspected"),
    "user.trust_ended": _("Trusted browsers ended"),
}


def words_of(event: str) -> Any:
    """The event in plain words; its own name where it has none."""
    return EVENTS.get(event, event)


def details_of(facts: dict[str, Any], names: dict[str, str]) -> list[str]:
    """What a line's facts add in plain words: for whom, which role, which right. `names` by account id."""
    found = []
    if name := names.get(str(facts.get("user"))):
        found.append(gettext("for %(name)s") % {"name": name})
    if preset := PRESET_NAMES.get(facts.get("preset", "")):
        found.append(str(preset))
    found += [str(ACTIONS[action]) for action in _actions(facts) if action in ACTIONS]
    return found


def _actions(facts: dict[str, Any]) -> list[str]:
    return [*([facts["action"]] if "action" in facts else []), *facts.get("extra", [])]
