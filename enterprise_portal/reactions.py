"""What follows from what: the one page of it.

Each event of the audit trail may have reactions, called with the line and the object in the transaction of
the act. What must follow after the commit (mail, letter) is a job enqueued here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from claims_files import services as claims

REACTIONS: dict[str, list[Callable[[Any, Any], None]]] = {
    "document.received": [claims.document_arrived],
    "document.classified": [claims.document_classified],
}


def react(line: Any, obj: Any) -> None:
    """Run the reactions to an event, in order."""
    for reaction in REACTIONS.get(line.event, ()):
        reaction(line, obj)
