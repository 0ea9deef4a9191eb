"""An import of 10,000 employees with 200 faulty rows: how long, how much memory, killed half-way, and brought again."""

from __future__ import annotations

import io
import os
import time
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench import data
from bench.stopwatch import peak, timed
from companies.imports import PERSONS
from companies.models import InsuredPerson
from core import imports
from core.models import TableImport
from core.tables import table_file
from enterprise_portal.demo.companies import ahv_number

ROWS, WRONG = 10_000, 200
COLUMNS = (
    "ahv_number", "last_name", "first_name", "birth_date", "sex", "employment_begin", "degree_percent",
    "annual_salary", "street", "town",
)  # fmt: skip
# Seconds for reading and checking, and for writing; megabytes that ten times as many rows may take more.
ALLOWED_CHECK, ALLOWED_WRITE, ALLOWED_GROWTH = 60, 180, 64


class Killed(BaseException):
    """What the end of a worker looks like from within."""


def run(name: str) -> tuple[dict[str, Any], list[str]]:
    """Measure in the empty database behind the default connection; (results, missed aims in words)."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    call_command("migrate", verbosity=0)
    data.people()
    data.companies()
    by = data.user("hr")
    data.grant(by, "hr", [0, 1])
    few = _bring(by, 1, ROWS // 10, 0)
    _written(few, by)
    small = peak()
    result: dict[str, Any] = {"case": name, "rows": ROWS, "wrong": WRONG}
    for form in ("xlsx", "csv"):
        begin = time.perf_counter()
        table = _bring(by, 0, ROWS, WRONG, form)
        result[f"check_{form}_s"] = round(time.perf_counter() - begin, 1)
    before = InsuredPerson.unrestricted.filter(company=data.key("company", 0)).count()
    faults = {
        line.number: line.problems
        for line in imports.lines_of(table.rows.filter(outcome="fault").order_by("number"))
    }
    imports.confirm(PERSONS, table.pk, by=by)
    killed_at = _kill_half_way(table)
    result["write_s"] = round(timed(lambda: imports.carry_on(table.pk)), 1)
    there = InsuredPerson.unrestricted.filter(company=data.key("company", 0)).count()
    again = _bring(by, 0, ROWS, WRONG)
    counts = imports.counts(again)
    result |= {"killed_at": killed_at, "written": there, "peak_mb": peak(), "peak_mb_at_a_tenth": small}
    aims = {
        "each fault is named with its row and reason": _named(faults),
        "nothing is written before the yes": before == 0,
        "every row without fault is written once": there == ROWS - WRONG,
        "brought again nothing changes": (counts["unchanged"], counts["fault"]) == (ROWS - WRONG, WRONG),
        f"checking takes at most {ALLOWED_CHECK} s": max(result["check_csv_s"], result["check_xlsx_s"])
        <= ALLOWED_CHECK,
        f"writing takes at most {ALLOWED_WRITE} s": result["write_s"] <= ALLOWED_WRITE,
        "memory is flat": result["peak_mb"] - small <= ALLOWED_GROWTH,
    }
    return result, [f"missed: {name}: {aim}" for aim, holds in aims.items() if not holds]


def _bring(by: Any, company: int, rows: int, wrong: int, form: str = "csv") -> TableImport:
    """A table of so many joiners, every fiftieth of them wrong, checked to its end."""
    heading = [str(PERSONS.label(name)) for name in COLUMNS]
    body = table_file(
        form, "Employees", heading, (_joiner(n, wrong and n % (rows // wrong) == 7) for n in range(rows))
    )
    table = imports.bring(PERSONS, data.key("company", company), io.BytesIO(body), by=by)
    imports.carry_on(table.pk)
    table.refresh_from_db()
    return table


def _joiner(number: int, wrong: Any) -> list[str]:
    ahv = ahv_number(60_000_000 + number)
    faulty = {
        0: (0, ahv[:-1] + str((int(ahv[-1]) + 1) % 10)),
        1: (3, "31.2.1990"),
        2: (7, "much"),
        3: (1, ""),
    }
    cells = [ahv, f"Name {number}", "Ada", "17.5.1990", "f", "1.2.2024", "80", "72000", "Weg 1", "Bern"]
    if wrong:
        place, text = faulty[number // 50 % 4]
        cells[place] = text
    return cells


def _named(faults: dict[int, list[Any]]) -> bool:
    wanted = {0: "ahv_number", 1: "birth_date", 2: "annual_salary", 3: "last_name"}
    # The heading is row 1.
    return len(faults) == WRONG and all(
        [each.column for each in problems] == [wanted[(number - 2) // 50 % 4]] and PERSONS.words(problems[0])
        for number, problems in faults.items()
    )


def _kill_half_way(table: TableImport) -> int:
    """Let the worker die within a batch, half the rows written; where the table stands then."""
    write, left = type(PERSONS).write, [ROWS // 200]

    def dies(*given: Any, **named: Any) -> None:
        write(PERSONS, *given, **named)
        left[0] -= 1
        if not left[0]:
            raise Killed

    PERSONS.write = dies  # type: ignore[method-assign]
    try:
        imports.carry_on(table.pk)
    except Killed:
        connection.close()
    finally:
        del PERSONS.write
    table.refresh_from_db()
    return table.done


def _written(table: TableImport, by: Any) -> None:
    imports.confirm(PERSONS, table.pk, by=by)
    imports.carry_on(table.pk)
