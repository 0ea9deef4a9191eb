"""What most tests begin with, made once by the services and then put back as rows; and emptying after a test.

Making the cast took a third of a usual test's time. The rows are the very ones the services wrote.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase

# Filled by triggers from what stands in other tables.
BY_TRIGGER = {"procrastinate_events"}
# By maker and the present number of a content type: another one when the tables were emptied meanwhile.
_kept: dict[tuple[Callable[[], Any], int], tuple[bytes, dict[str, bytes]]] = {}
# What stands in each table of an empty database.
_nothing: dict[str, bytes] = {}
_flush = TransactionTestCase._fixture_teardown


def once(make: Callable[[], Any]) -> Any:
    """What `make` returns, with its rows in the database: made the first time, later only written down again."""
    # The same people as in the test before: what is counted against them begins anew.
    cache.clear()
    key = make, ContentType.objects.order_by("pk").values_list("pk", flat=True)[0]
    if key not in _kept:
        before = _tables()
        made = make()
        rows = {table: _added(before.get(table, b""), now) for table, now in _tables().items()}
        _kept[key] = pickle.dumps(made), {table: new for table, new in rows.items() if new}
        return made
    made, rows = _kept[key]
    with transaction.atomic(), connection.cursor() as cursor:
        for table, lines in rows.items():
            with cursor.copy(f'copy "{table}" from stdin') as copy:
                copy.write(lines)
    return pickle.loads(made)


def _tables() -> dict[str, bytes]:
    """The rows of every table, as `COPY` writes them."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in BY_TRIGGER:
                with cursor.copy(f'copy "{table}" to stdout') as copy:
                    found[table] = b"".join(copy)
    return found


def _added(before: bytes, now: bytes) -> bytes:
    known = set(before.splitlines(keepends=True))
    return b"".join(line for line in now.splitlines(keepends=True) if line not in known)


def empty(test: TransactionTestCase) -> None:
    """In place of Django's emptying after a test that commits: the tables become what its first time made of them.

    Its way empties every table and fills in the kinds of things, their permissions and the parameters anew.
    """
    if not _nothing:
        _flush(test)
        with connection.cursor() as cursor:
            cursor.execute(
                "truncate procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers cascade"
            )
        _nothing.update(_tables())
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # No trigger and no foreign key has a say: in the end everything fits together again.
        cursor.execute("set local session_replication_role = replica")
        for table, lines in _tables().items():
            before = _nothing.get(table, b"")
            if lines != before and table != "django_migrations":
                cursor.execute(f'delete from "{table}"')
                with cursor.copy(f'copy "{table}" from stdin') as copy:
                    copy.write(before)
        for table in BY_TRIGGER:
            cursor.execute(f'delete from "{table}"')
