"""Every small lie the policy could tell: each cell flipped, each lock opened by another right, each exception gone.

A mutant is applied in this process only, to the imported pages; `noticed` says whether the written table
(`tests.permissions.table`), asked about real rows, finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from unittest import mock

from django.db.models import Q

from core.errors import NotAllowed
from permissions import explain, grants, newest, policy, reach, vocabulary
from tests.permissions.table import COLUMNS, wrong_answers, wrong_keys


@dataclass(frozen=True)
class Mutant:
    """One change: `kind` is cell or lock; `place` and `value` say where and what."""

    kind: str
    place: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.place} {self.value}"


def every() -> list[Mutant]:
    """All mutants, in a fixed order."""
    found = [Mutant("cell", preset, action) for preset in COLUMNS for action in sorted(vocabulary.ACTIONS)]
    for view, lock in vocabulary.LOCKS.items():
        for value, right in lock.actions.items():
            others = sorted(set(lock.actions.values()) - {right})
            found += [Mutant("lock", f"{view} {value}", other) for other in others]
    return found


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """The policy with this one change, for the length of the block."""
    if mutant.kind == "cell":
        actions = vocabulary.PRESETS[mutant.place]
        actions ^= {mutant.value}
        try:
            yield
        finally:
            actions ^= {mutant.value}
        return
    view, value = mutant.place.split()
    lock = vocabulary.LOCKS[view]
    changed = replace(lock, actions={**lock.actions, value: mutant.value})
    with mock.patch.dict(vocabulary.LOCKS, {view: changed}):
        yield


def noticed(mutant: Mutant, staged: Any) -> bool:
    """Whether some cell of the written table is answered wrongly under the mutant."""
    columns = [mutant.place] if mutant.kind == "cell" else COLUMNS
    with applied(mutant):
        return any(wrong_answers(staged, preset) for preset in columns) or bool(wrong_keys(staged))


# Rules that are no cell: each is broken in a run of its own over the tests of this room, in the process
# that starts with PORTAL_MUTANT set (`tests/permissions/conftest.py`).
RULES: dict[str, list[tuple[Any, str, Any]]] = {
    "own case counts": [
        (reach, "not_own", lambda reach, action, model: Q()),
        (newest, "not_own", lambda reach, action, model: Q()),
    ],
    "own case counts in lists": [(newest, "not_own", lambda reach, action, model: Q())],
    "hidden rows can be acted on": [(reach, "not_hidden", lambda reach, action, model: Q())],
    "hidden rows are listed": [(newest, "not_hidden", lambda reach, action, model: Q())],
    "withheld actions are held": [
        (module, "effective", lambda preset, extra=(), withheld=(): _effective(preset, extra, ()))
        for module in (reach, grants, explain)
    ],
    "a row gives whatever is written in it": [
        (reach, "effective", lambda preset, extra=(), withheld=(): _anything(preset, extra, withheld))
    ],
    "grants never end": [(reach, "timezone", mock.Mock(localdate=lambda: date(1, 1, 1)))],
    "explained grants never end": [(explain, "timezone", mock.Mock(localdate=lambda: date(1, 1, 1)))],
    "reach is kept after a change": [(reach, "forget", lambda: None)],
    "everybody grants user management": [(vocabulary.ONLY_BY, "users.manage", "users.manage")],
    "one person gives user management": [(grants, "_check_second", lambda *args, **kwargs: None)],
    "a deputy manages users": [(reach, "NOT_BY_DEPUTY", frozenset())],
    "the last administrator may go": [(grants, "_keep_one_manager", lambda company, leaving: None)],
    "an earlier end is no loss": [
        (grants, "_lost", lambda row, preset, extra, withheld, until: _lost(row, preset, extra, withheld))
    ],
    "the unseen answers like the forbidden": [(policy, "OutOfReach", NotAllowed("claim.view"))],
}

_effective = vocabulary.effective


def _anything(preset: str, extra: Any, withheld: Any) -> set[str]:
    return (set(vocabulary.PRESETS.get(preset, ())) | set(extra)) - set(withheld)


def _lost(row: Any, preset: str, extra: Any, withheld: Any) -> set[str]:
    return grants._limited(row) - _effective(preset, extra, withheld)


def break_rule(name: str) -> None:
    """Break a rule for the rest of this process. Raises KeyError for a name that is none."""
    for place, key, value in RULES[name]:
        if isinstance(place, dict):
            place[key] = value
        else:
            setattr(place, key, value)
