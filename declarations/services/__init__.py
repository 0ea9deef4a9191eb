"""What is done with claim reports: begin, fill in, change what is reported, send, discard."""

from declarations.services.cover import contract_on, no_contract
from declarations.services.drafts import (
    ChangedByAnother,
    Saved,
    changed_by,
    delete_draft,
    discard_private_drafts,
    reportable,
    save_part,
    senders,
    start,
)
from declarations.services.kind import change_kind
from declarations.services.sending import submit

__all__ = [
    "ChangedByAnother",
    "Saved",
    "change_kind",
    "changed_by",
    "contract_on",
    "delete_draft",
    "discard_private_drafts",
    "no_contract",
    "reportable",
    "save_part",
    "senders",
    "start",
    "submit",
]
