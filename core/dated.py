"""Values that hold from a day on, in memory: for what computes without a database. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

_FROM = attrgetter("valid_from")


class ParameterMissing(LookupError):
    """No value of this parameter holds on that day."""


@dataclass(frozen=True, slots=True)
class Dated:
    """What a parameter is from a day on: a Decimal for an amount, else the JSON value; and who says so."""

    key: str
    valid_from: date
    value: Any
    source: str


class Values:
    """Every value that some parameters ever had; read once, asked without a database."""

    def __init__(self, rows: Iterable[Dated]) -> None:
        self._rows: dict[str, list[Dated]] = {}
        for row in sorted(rows, key=_FROM):
            self._rows.setdefault(row.key, []).append(row)

    def on(self, key: str, day: date) -> Dated:
        """What the parameter was on `day`. Raises ParameterMissing."""
        rows = self._rows.get(key, ())
        place = bisect_right(rows, day, key=_FROM)
        if not place:
            raise ParameterMissing(f"{key} has no value on {day}.")
        return rows[place - 1]

    def stretches(self, key: str, begin: date, end: date) -> list[tuple[date, date, Dated]]:
        """The days from `begin` to `end`, both included, cut where the parameter changes."""
        later = [row.valid_from for row in self._rows.get(key, ()) if begin < row.valid_from <= end]
        starts = [begin, *later]
        ends = [*(day - timedelta(days=1) for day in later), end]
        return [(first, last, self.on(key, first)) for first, last in zip(starts, ends, strict=True)]
