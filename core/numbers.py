"""Number ranges without gaps: claim numbers, report numbers, invoice numbers."""

from __future__ import annotations

from django.db import connection, transaction

from core.models import NumberRange


def next_number(series: str, year: int) -> int:
    """The next number of `series` in `year`, from 1 on.

    The range stays locked until the caller's transaction ends, so a rollback gives the number back and
    no gap remains. Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"A number of {series} was drawn outside a transaction.")
    table = connection.ops.quote_name(NumberRange._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} as range (series, year, last) values (%s, %s, 1) "  # noqa: S608
            "on conflict (series, year) do update set last = range.last + 1 returning last",
            [series, year],
        )
        return cursor.fetchone()[0]


def formatted(series: str, year: int, digits: int = 5) -> str:
    """The next number as written on papers: `formatted("S", 2026)` → `S-2026-04817`."""
    return f"{series}-{year}-{next_number(series, year):0{digits}d}"
