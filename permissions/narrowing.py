"""Acting through something that may less than its holder: an API token is scoped to chosen actions, and whoever
looks at the portal as somebody else sees what both of them see.

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
    """Whom it narrows, and to which actions.

    With `viewer_id`, somebody else looks on: only what he sees himself is left, within one company.
    """

    user_id: Any
    actions: frozenset[str]
    viewer_id: Any = None
    company_id: Any = None


_narrowing: ContextVar[Narrowing | None] = ContextVar("narrowing", default=None)


@contextmanager
def narrowed(
    user_id: Any, actions: Iterable[str], *, viewer: Any = None, company: Any = None
) -> Iterator[None]:
    """Within this block (one request) this person reaches no further than these actions; others as ever.

    `viewer`, `company`: the ids of who looks on, and of the company at which. By what means he acts is said to the
    audit trail alone (`permissions.audit.by_means_of`).
    """
    before = _narrowing.set(Narrowing(user_id, frozenset(actions), viewer, company))
    try:
        yield
    finally:
        _narrowing.reset(before)


def narrowing_of(user_id: Any) -> Narrowing | None:
    """What narrows this person here and now; None for somebody who acts as himself."""
    found = _narrowing.get()
    return found if found is not None and found.user_id == user_id else None


def viewing() -> Narrowing | None:
    """The narrowing by somebody who looks on, whomever it narrows; None where nobody does."""
    found = _narrowing.get()
    return found if found is not None and found.viewer_id is not None else None


def is_viewed(user_id: Any) -> bool:
    """Whether somebody else looks at the portal as this person, here and now."""
    found = viewing()
    return found is not None and found.user_id == user_id
