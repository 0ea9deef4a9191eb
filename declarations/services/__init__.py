"""What is done with claim reports: begin, fill in, hand over, change what is reported, send, discard or give back;
amend, take back, copy.
"""

from declarations.services.amend import (
    amend,
    amendable,
    changes_of,
    check_amendment,
    form_to_amend,
    known_version,
    may_amend,
    refuse_others,
    withdraw,
)
from declarations.services.copy import copy
from declarations.services.cover import contract_on, no_contract
from declarations.services.discarding import delete_draft, discard_private_drafts, goes_back, refuse_loss
from declarations.services.drafts import (
    ChangedByAnother,
    Saved,
    changed_by,
    guide,
    refuse_other_kind,
    reportable,
    save_part,
    senders,
    start,
)
from declarations.services.handover import hand_over, refuse_handed_over, why_not_handed_over
from declarations.services.kind import change_kind
from declarations.services.sending import submit
from declarations.services.todo import waiting_for, who_answers

__all__ = [
    "ChangedByAnother",
    "Saved",
    "amend",
    "amendable",
    "change_kind",
    "changed_by",
    "changes_of",
    "check_amendment",
    "contract_on",
    "copy",
    "delete_draft",
    "discard_private_drafts",
    "form_to_amend",
    "goes_back",
    "guide",
    "hand_over",
    "known_version",
    "may_amend",
    "no_contract",
    "refuse_handed_over",
    "refuse_loss",
    "refuse_other_kind",
    "refuse_others",
    "reportable",
    "save_part",
    "senders",
    "start",
    "submit",
    "waiting_for",
    "who_answers",
    "why_not_handed_over",
    "withdraw",
]
