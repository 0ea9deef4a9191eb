"""Acting through something that may less than its holder: an API token is scoped to chosen actions.

The one place is `permissions.reach.reach_of`: lists, counts, single objects and `explain` all ask there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Narrowing:
    """Whom it narrows, and to which actions."""

    user_id: Any
    actions: frozenset[str]


_narrowing: ContextVar[Narrowing | None] = ContextVar("narrowing", default=None)


@contextmanager
def narrowed(user_id: Any, actions: Iterable[str]) -> Iterator[None]:
    """Within this block (one request) this person reaches no further than these actions; others as ever.

    By what means he acts is said to the audit trail alone (`permissions.audit.by_means_of`).
    """
    before = _narrowing.set(Narrowing(user_id, frozenset(actions)))
    try:
        yield
    finally:
        _narrowing.reset(before)


def narrowing_of(user_id: Any) -> Narrowing | None:
    """What narrows this person here and now; None for somebody who acts as himself."""
    found = _narrowing.get()
    return found if found is not None and found.user_id == user_id else None
