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
    """Whom it narrows, to which actions, and the id of the token through which he acts."""

    user_id: Any
    actions: frozenset[str]
    token_id: Any


_narrowing: ContextVar[Narrowing | None] = ContextVar("narrowing", default=None)


@contextmanager
def narrowed(user_id: Any, actions: Iterable[str], token_id: Any) -> Iterator[None]:
    """Within this block (one request) this person reaches no further than these actions; others as ever."""
    before = _narrowing.set(Narrowing(user_id, frozenset(actions), token_id))
    try:
        yield
    finally:
        _narrowing.reset(before)


def narrowing_of(user_id: Any) -> Narrowing | None:
    """What narrows this person here and now; None for somebody who acts as himself."""
    found = _narrowing.get()
    return found if found is not None and found.user_id == user_id else None
