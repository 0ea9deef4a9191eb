"""Tables by the rules of this room: a job goes on as whoever brought the table, reaching no further than he did then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.imports import Kind
from core.models import TableImport
from permissions.audit import by_means_of, means
from permissions.narrowing import narrowed, narrowing_of


class RecordedKind(Kind):
    """A kind of whose rows every line names the table, and of which an API token does no more than it is scoped to."""

    def leave(self, by: Any) -> dict[str, Any]:
        """By what means `by` acts now, and what narrows him."""
        narrowing = narrowing_of(by.pk)
        return {
            "means": {name: str(value) for name, value in means().items()},
            "actions": None if narrowing is None else sorted(narrowing.actions),
        }

    @contextmanager
    def resume(self, by: Any, table: TableImport) -> Iterator[None]:
        """Within this block it is as it was when `by` left the table to a job; every line names the table."""
        with by_means_of(**table.means.get("means", {}), table=table.pk):
            if table.means.get("actions") is None:
                yield
                return
            with narrowed(by.pk, table.means["actions"]):
                yield
