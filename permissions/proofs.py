"""That an act stands in the audit trail: its position, and the proof that holds outside the portal.

The proof is one JSON file: the line, its way up to the root of its block, and what the block's head is made of.
Whoever has the line's own hash from a receipt and the heads from an anchor file needs nothing else
(`scripts/check_receipt.py`, docs/receipts.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import Model

from permissions.sealing import COLUMNS, canonical, facts_digest, prove, sql_condition
from permissions.trail import AuditBlock, AuditLine

# A change of the file's form is a new number: old files stay checkable by the script of their time.
FORM = "enterprise-portal-proof-1"


@dataclass(frozen=True)
class Position:
    """Where an act stands in the trail: its line, and its block once it is sealed."""

    line: int
    block: int | None


def position_of(event: str, obj: Model, **facts: str) -> Position | None:
    """The position of the first act of this name (with these facts) on `obj`; None without one. Asks for no right."""
    line = _line(event, obj, facts)
    if line is None:
        return None
    return Position(line.pk, _block_of(line.pk).values_list("pk", flat=True).first())


def proof_of(event: str, obj: Model, **facts: str) -> dict[str, Any] | None:
    """The proof for the first act of this name (with these facts) on `obj`, as a file; None while it is not sealed.

    Asks for no right: whoever may have it, the caller knows.
    """
    line = _line(event, obj, facts)
    found = prove(line.pk) if line is not None else None
    if line is None or found is None:
        return None
    block = AuditBlock.unrestricted.get(pk=found.block)
    return {
        "form": FORM,
        "line": json.loads(canonical({name: getattr(line, name) for name in COLUMNS})),
        "path": [list(step) for step in found.path],
        "block": {
            "number": block.pk,
            "sealed": block.sealed.astimezone(UTC).isoformat(),
            "root": block.root,
            "facts": facts_digest(block).hex(),
            "previous_head": block.previous_head,
            "head": block.head,
        },
    }


def _line(event: str, obj: Model, facts: dict[str, str]) -> AuditLine | None:
    # Compared here, not in the query: an object has few acts of a name, and facts have no index.
    lines = AuditLine.unrestricted.filter(target=obj.pk, event=event).order_by("id")
    return next((line for line in lines if facts.items() <= line.facts.items()), None)


def _block_of(line: int) -> Any:
    return AuditBlock.unrestricted.filter(sql_condition("numbers @> %s::bigint", line))
