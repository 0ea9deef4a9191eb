"""Number ranges without gaps: claim numbers, report numbers, invoice numbers."""

from __future__ import annotations

from django.db import connection, transaction

from core.models import NumberRange


def next_number(series: str, year: int) -> int:
    """The next number of `series` in `year`, from 1 on; as `next_numbers`."""
    return next_numbers(series, year, 1)[0]


def next_numbers(series: str, year: int, count: int) -> range:
    """The next `count` numbers (1 at least) of `series` in `year`, drawn at once.

    The range stays locked until the caller's transaction ends, so a rollback gives the numbers back and
    no gap remains. Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"A number of {series} was drawn outside a transaction.")
    table = connection.ops.quote_name(NumberRange._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} as range (series, year, last) values (%s, %s, %s) "  # noqa: S608
            "on conflict (series, year) do update set last = range.last + excluded.last returning last",
            [series, year, count],
        )
        last = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)


def formatted(series: str, year: int, digits: int = 5) -> str:
    """The next number as written on papers: `formatted("S", 2026)` → `S-2026-04817`."""
    return f"{series}-{year}-{next_number(series, year):0{digits}d}"
