"""Tables of many rows on their way into the records: read, every row judged and shown, written after a yes, never twice."""

from core.imports.kinds import Column, Kind, Line, Problem, kind_called, register
from core.imports.running import (
    LIMITS,
    bring,
    bring_rows,
    carry_on,
    confirm,
    counts,
    discard,
    find,
    forget_old,
    lines_of,
    tables_of,
)

__all__ = [
    "LIMITS",
    "Column",
    "Kind",
    "Line",
    "Problem",
    "bring",
    "bring_rows",
    "carry_on",
    "confirm",
    "counts",
    "discard",
    "find",
    "forget_old",
    "kind_called",
    "lines_of",
    "register",
    "tables_of",
]
