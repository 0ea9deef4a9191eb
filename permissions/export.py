"""The activity log as a file: CSV, read piece by piece, with the rights asked anew for every piece."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext, override

from core.tables import harmless
from permissions.audit import record
from permissions.events import details_of, words_of
from permissions.log import facts_of, lines_for, people_of
from permissions.policy import require_somewhere
from permissions.reach import forget
from permissions.trail import AuditLine

PIECE = 1000


@transaction.atomic
def begin(user: Any, narrow: Callable[[QuerySet], QuerySet], filters: list[str]) -> Lines:
    """The file of the lines that `user` may read; that he took them along leaves a line itself.

    `filters` are the names of the filters in `narrow`. Raises NotAllowed without the right anywhere.
    """
    require_somewhere(user, "audit.view")
    record(user, "log.exported", None, filters=filters)
    return Lines(user, narrow)


class Lines:
    """The pieces of the file. Ends early when the right ends meanwhile."""

    def __init__(self, user: Any, narrow: Callable[[QuerySet], QuerySet]) -> None:
        self.user, self.narrow, self.language = user, narrow, get_language() or "fr"

    def __iter__(self) -> Iterator[bytes]:
        # Spreadsheet programs know UTF-8 by the mark, and Swiss ones separate by semicolons.
        yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode() + self._written([_headings(self.language)])
        last: int | None = None
        while piece := self._piece(last):
            last = piece[-1].pk
            yield self._written(_rows(piece, self.language))

    def _piece(self, last: int | None) -> list[AuditLine]:
        forget()
        lines = self.narrow(lines_for(self.user))
        if last is not None:
            lines = lines.filter(pk__lt=last)
        return list(lines.order_by("-id")[:PIECE])

    def _written(self, rows: list[list[Any]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode()


class AsyncLines:
    """The same for an ASGI server, which would gather a synchronous iterator in memory first."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self.lines)
        following = sync_to_async(lambda: next(pieces, b""))
        while piece := await following():
            yield piece


def _headings(language: str) -> list[str]:
    with override(language):
        return [
            gettext("Entry"),
            gettext("When"),
            gettext("What"),
            gettext("Details"),
            gettext("Who"),
            "event",
            "actor",
            "target_type",
            "target",
            "company",
        ]


def _rows(lines: list[AuditLine], language: str) -> list[list[Any]]:
    people = people_of(lines)
    with override(language):
        return [
            [
                line.pk,
                line.at.isoformat(timespec="seconds"),
                harmless(str(words_of(line.event))),
                harmless(", ".join(details_of(facts_of(line), people))),
                harmless(people.get(str(line.actor), "")),
                line.event,
                line.actor or "",
                line.target_type,
                line.target or "",
                line.company or "",
            ]
            for line in lines
        ]
