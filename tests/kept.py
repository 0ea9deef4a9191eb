"""What most tests begin with, made once by the services and then put back as rows; and emptying after a test.

Making the cast took a third of a usual test's time. The rows are the very ones the services wrote.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase

# Filled by triggers from what stands in other tables.
BY_TRIGGER = {"procrastinate_events"}
# By maker, the present number of a content type (another one when the tables were emptied meanwhile) and what hashes
# the passwords.
_kept: dict[tuple[Callable[..., Any], int, str], _Kept] = {}
# What stands in each table of an empty database.
_nothing: dict[str, bytes] = {}
_flush = TransactionTestCase._fixture_teardown


@dataclass
class _Kept:
    """What a maker returned, the rows it wrote, the keys of those it changed, and its papers' files."""

    made: bytes
    rows: dict[str, bytes]
    changed: dict[str, tuple[str, list[str]]]
    files: dict[Path, bytes]


def once(make: Callable[..., Any], *given: Any) -> Any:
    """What `make` returns, with its rows in the database: made the first time, later only written down again.

    `given` is what it makes it of, itself the same in every test: a cast.
    """
    # The same people as in the test before: what is counted against them begins anew.
    cache.clear()
    number = ContentType.objects.order_by("pk").values_list("pk", flat=True)[0]
    key = make, number, settings.PASSWORD_HASHERS[0]
    if key not in _kept:
        before, papers = _tables(), _files()
        made = make(*given)
        after = _tables()
        _kept[key] = _Kept(
            pickle.dumps(made),
            {table: new for table, now in after.items() if (new := _added(before.get(table, b""), now))},
            {
                table: _keys(table, gone)
                for table, was in before.items()
                if (gone := _added(after.get(table, b""), was))
            },
            {path: data for path, data in _files().items() if path not in papers},
        )
        return made
    kept = _kept[key]
    with transaction.atomic(), connection.cursor() as cursor:
        # They fitted together when they were made, and what triggers made of them is among them.
        cursor.execute("set local session_replication_role = replica")
        for table, (column, keys) in kept.changed.items():
            cursor.execute(f'delete from "{table}" where "{column}"::text = any(%s)', [keys])
        for table, lines in kept.rows.items():
            with cursor.copy(f'copy "{table}" from stdin') as copy:
                copy.write(lines)
        cursor.execute("set local session_replication_role = origin")
    for path, data in kept.files.items():
        file = Path(settings.DOCUMENT_ROOT) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return pickle.loads(kept.made)


def _files() -> dict[Path, bytes]:
    """The files of the papers' store, by their place in it."""
    root = Path(settings.DOCUMENT_ROOT)
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _keys(table: str, lines: bytes) -> tuple[str, list[str]]:
    """The column of a table's key, and the keys of these rows."""
    with connection.cursor() as cursor:
        column = connection.introspection.get_primary_key_column(cursor, table)
        names = [field.name for field in connection.introspection.get_table_description(cursor, table)]
    assert column, table
    return column, [line.split("\t")[names.index(column)] for line in lines.decode().splitlines()]


def _tables(without: Collection[str] = ()) -> dict[str, bytes]:
    """The rows of every table, as `COPY` writes them."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in without:
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
        _nothing.update(_tables(BY_TRIGGER))
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # No trigger and no foreign key has a say: in the end everything fits together again.
        cursor.execute("set local session_replication_role = replica")
        for table, lines in _tables(BY_TRIGGER).items():
            before = _nothing.get(table, b"")
            if lines != before and table != "django_migrations":
                cursor.execute(f'delete from "{table}"')
                with cursor.copy(f'copy "{table}" from stdin') as copy:
                    copy.write(before)
        for table in BY_TRIGGER:
            cursor.execute(f'delete from "{table}"')
