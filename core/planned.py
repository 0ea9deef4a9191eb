"""Long queries that are asked again and again: the database plans them once for each connection.

Planning the question who may do what takes ten times as long as answering it. The driver's own prepared statements do
not help here: it drops all of them with every rollback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_PLACE = re.compile(r"%\((\w+)\)s")
# By connection of the driver: the statements that it knows.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def rows(query: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query; what changes from time to time stands in `given`, by name, never in its text.

    A statement belongs to its session with the server: a pooler that hands sessions on between transactions does not
    go together with it (nor with the portal's notices).
    """
    name, statement, places = _statement(query)
    connection.ensure_connection()
    known = _known.setdefault(connection.connection, set())
    if name not in known:
        # A rollback does not undo it; what fails is neither known nor there.
        with connection.wrap_database_errors:
            connection.connection.execute(f"prepare {name} as {statement}")
        known.add(name)
    with connection.cursor() as cursor:
        asked = f"execute {name} ({', '.join(['%s'] * len(places))})"
        cursor.execute(asked, [given[place] for place in places])
        return cursor.fetchall()


@cache
def _statement(query: str) -> tuple[str, str, list[str]]:
    """The name of a query among the statements, its text with numbered places, and what stands in each."""
    places = list(dict.fromkeys(_PLACE.findall(query)))
    text = _PLACE.sub(lambda found: f"${places.index(found[1]) + 1}", query)
    return f"portal_{sha256(query.encode()).hexdigest()[:24]}", text, places
