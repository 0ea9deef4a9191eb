"""The matrix of rights: areas of the work, what a role says on each right, and how two settings differ, in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from permissions.grants import in_force
from permissions.ledger import Grant
from permissions.vocabulary import ACTIONS, CUSTOMER_PRESETS, GRANTABLE, ONLY_BY, PRESET_NAMES, effective

MANAGE = "users.manage"

# Everything a customer's people may hold, by area of their work; a test compares.
AREAS = {
    "claims": (_("Claim files"), ("claim.view", "claim.edit_incapacity", "plan.propose", "plan.agree")),
    "reports": (
        _("Claim reports"),
        (
            "declaration.create",
            "declaration.read_draft",
            "declaration.edit",
            "declaration.submit",
            "declaration.read",
        ),
    ),
    "statements": (_("Benefit statements"), ("statement.read", "statement.payroll")),
    "documents": (
        _("Documents"),
        (
            "document.read_administrative",
            "document.read_certificate",
            "document.read_draft",
            "document.upload",
            "document.classify",
        ),
    ),
    "employees": (_("Employees"), ("person.view", "person.create", "person.edit", "person.view_absences")),
    "company": (_("Company and contracts"), ("company.view", "contract.view")),
    "finance": (_("Finance"), ("invoice.view",)),
    "administration": (_("Administration"), ("users.view", MANAGE, "audit.view")),
}
IN_ORDER = tuple(action for _title, actions in AREAS.values() for action in actions)

_OF_A_FILE = frozenset(
    {
        "claim.edit_incapacity",
        "claim.view",
        "company.view",
        "declaration.read",
        "document.classify",
        "document.read_administrative",
        "document.read_certificate",
        "document.upload",
        "plan.agree",
        "plan.propose",
        "statement.payroll",
        "statement.read",
    }
)
_OF_A_CONTRACT = _OF_A_FILE | {
    "contract.view",
    "declaration.edit",
    "declaration.read_draft",
    "declaration.submit",
    "document.read_draft",
    "invoice.view",
    "users.manage",
    "users.view",
}
_OF_A_SITE = (_OF_A_CONTRACT - {"contract.view", "invoice.view"}) | {
    "declaration.create",
    "person.edit",
    "person.view",
    "person.view_absences",
}
# What means something on a scope of each kind: there is no premium invoice of a site, and no employee of a claim file.
MEANT_ON = {
    "company": frozenset(IN_ORDER),
    "site": _OF_A_SITE,
    "contract": _OF_A_CONTRACT,
    "claim_file": _OF_A_FILE,
}

# A single claim file is opened for working on it or for reading it: a role, and what is withheld from it.
FILE_LEVELS = {
    "work": ("hr", frozenset()),
    "read": (
        "hr",
        frozenset(
            {
                "claim.edit_incapacity",
                "document.classify",
                "document.upload",
                "plan.agree",
                "plan.propose",
                "statement.payroll",
            }
        ),
    ),
}


def meant_on(kind: str | None, kept: Iterable[str] = ()) -> list[str]:
    """The rights to decide on for a scope of this kind (None: not chosen yet), in the order of the areas.

    `kept` are deviations that a row has already, whatever they mean there.
    """
    meant = MEANT_ON[kind or "company"] | set(kept)
    return [action for action in IN_ORDER if action in meant & GRANTABLE]


def in_areas(actions: Iterable[str]) -> list[tuple[Any, list[Any]]]:
    """Rights in words by area: `[(area, [right, …]), …]`, without the empty ones."""
    held = set(actions)
    found = [
        (title, [ACTIONS[action] for action in within if action in held]) for title, within in AREAS.values()
    ]
    return [(title, words) for title, words in found if words]


def held_by(row: Grant) -> set[str]:
    """The rights that a ledger row in force amounts to on its scope."""
    return effective(row.preset, row.extra_actions, row.withheld_actions) & (
        MEANT_ON[row.SCOPE] | set(row.extra_actions)
    )


@dataclass(frozen=True)
class Difference:
    """What saving would change in a ledger row."""

    gained: list[Any] = field(default_factory=list)
    lost: list[Any] = field(default_factory=list)
    # (before, after), None where they are the same.
    role: tuple[Any, Any] | None = None
    end: tuple[date | None, date | None] | None = None
    # Whether the right to decide on others' access is given.
    administration: bool = False
    # Whether something is taken away: a right, or days.
    taking: bool = False
    # Names what stands now and what would stand: what was shown is what is saved.
    mark: str = ""

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.role or self.end)

    @property
    def weighty(self) -> bool:
        """Whether it is asked about once more, although it was shown already."""
        return self.taking or self.administration


def difference(row: Grant, rights: dict[str, Any]) -> Difference:
    """What giving the row these rights (`preset`, `extra`, `withheld`, `until`) would change."""
    before = held_by(row) if in_force(row) else set()
    preset, until = rights["preset"], rights["until"]
    after = effective(preset, rights["extra"], rights["withheld"]) & (
        MEANT_ON[row.SCOPE] | set(rights["extra"])
    )
    gained, lost = after - before, before - after
    sooner = bool(before) and until is not None and (row.until is None or until < row.until)
    return Difference(
        gained=_words(gained),
        lost=_words(lost),
        role=None if row.preset == preset else (PRESET_NAMES[row.preset], PRESET_NAMES[preset]),
        end=None if row.until == until else (row.until, until),
        administration=bool(gained & set(ONLY_BY)),
        taking=bool(lost) or sooner,
        mark=_mark(row, rights),
    )


def is_the_same(row: Grant, rights: dict[str, Any]) -> bool:
    """Whether a ledger row says exactly this already."""
    return (
        row.preset == rights["preset"]
        and set(row.extra_actions) == set(rights["extra"])
        and set(row.withheld_actions) == set(rights["withheld"])
        and row.until == rights["until"]
    )


def _words(actions: set[str]) -> list[Any]:
    return [ACTIONS[action] for action in IN_ORDER if action in actions]


def _mark(row: Grant, rights: dict[str, Any]) -> str:
    before = [row.preset, sorted(row.extra_actions), sorted(row.withheld_actions), str(row.until)]
    after = [rights["preset"], sorted(rights["extra"]), sorted(rights["withheld"]), str(rights["until"])]
    text = json.dumps([str(row.uuid), row.granted.isoformat(), before, after])
    return hashlib.sha256(text.encode()).hexdigest()


def roles_with(action: str) -> list[str]:
    """The roles that contain an action, by their words."""
    return [preset for preset, actions in CUSTOMER_PRESETS.items() if action in actions]
