"""Measure lists of claim files at 1,000, 100,000 and 1,000,000, the audit trail at 1,000,000, an import of 10,000 rows,
the intake of files and the reckoning of allowances: `make bench`.

`make bench ONLY=hr` measures one case, `ONLY=trail` the audit trail alone, `ONLY=import` the import, `ONLY=intake` the
intake, `ONLY=allowance` the allowances, `ONLY=worklist` the insurer's worklist and deadlines.

Data goes by COPY into databases of its own on the embedded server; all sizes are measured in the same run, round
by round. Prints a table, writes `var/bench.json`, and says of each aim whether it holds; exit code 1 if one
does not:

- what the list adds over hand-written SQL grows no faster: db(1M) - db(1k) ≤ 1.5 × (floor(1M) - floor(1k)) + 2 ms
- the page does not get slow: page(1M) ≤ 1.5 × page(1k)
- every fault of an import is named, nothing written before the yes or twice, memory stays flat (`bench.imports`)
- every forgery of the trail is found, memory stays flat, a page of the log takes no more than 400 ms (`bench.trail`)
- files are taken in, encrypted, at least half as fast as the same bytes are written as they are (`bench.intake`)
- no page of the worklist or the deadlines gets slow: page(1M) ≤ 1.5 × page(1k), or 20 ms more (`bench.worklist`)
- 100,000 cases of each kind of allowance a minute and core, each number with its explanation (`bench.allowance`)
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

SIZES = [1_000, 100_000, 1_000_000]
ROUNDS = 30
# The cases that are no lists: the audit trail (`bench.trail`), an import of employees (`bench.imports`), the intake of
# files (`bench.intake`), the allowances (`bench.allowance`), the insurer's worklist (`bench.worklist`).
TRAIL, IMPORT, INTAKE, ALLOWANCE, WORKLIST = OTHERS = "trail", "import", "intake", "allowance", "worklist"
# Seconds for everything; guardian's rounds give way.
LIMIT = 540
TARGET = Path(__file__).resolve().parent.parent / "var" / "bench.json"


def main() -> int:
    """Fill, measure, print, write; 0 if every aim holds."""
    begin = time.monotonic()
    only = os.environ.get("ONLY", "")
    os.environ.update(PORTAL_MODE="demo", DATABASE_POOL="0", LOG_LEVEL="ERROR")
    os.environ["DJANGO_SETTINGS_MODULE"] = "enterprise_portal.settings"
    import django

    django.setup()
    from bench import measure

    cases = [case for case in measure.CASES if only in ("", case)]
    if not cases and only not in OTHERS:
        print(f"There is no case {only}. There are: {', '.join([*measure.CASES, *OTHERS])}")
        return 2
    results, missed = _lists(measure, cases, begin) if cases else ([], [])
    if only in ("", TRAIL):
        of_trail, missed_there = _trail(measure)
        results.append(of_trail)
        missed += missed_there
    if only in ("", IMPORT):
        of_import, missed_there = _import(measure)
        results.append(of_import)
        missed += missed_there
    if only in ("", INTAKE):
        of_intake, missed_there = _intake()
        results.append(of_intake)
        missed += missed_there
    if only in ("", ALLOWANCE):
        of_allowance, missed_there = _allowance()
        results.append(of_allowance)
        missed += missed_there
    if only in ("", WORKLIST):
        of_worklist, missed_there = _worklist()
        results.append(of_worklist)
        missed += missed_there
    TARGET.parent.mkdir(exist_ok=True)
    kept = []
    if only and TARGET.exists():
        # One case measured again takes its place among the others.
        kept = [result for result in json.loads(TARGET.read_text()) if result["case"] != only]
    TARGET.write_text(json.dumps(kept + results, indent=1) + "\n")
    print("\n".join(missed) or "Every aim holds.")
    print(f"{time.monotonic() - begin:.0f} s, written to {TARGET.relative_to(TARGET.parent.parent)}")
    return 1 if missed else 0


def _lists(measure: Any, cases: list[str], begin: float) -> tuple[list[dict[str, Any]], list[str]]:
    """The lists at every size, printed; with the aims that are missed."""
    _provide(measure)
    try:
        with tqdm(total=ROUNDS, desc="rounds", disable=not sys.stderr.isatty()) as bar:
            results = measure.measure(cases, SIZES, ROUNDS, begin + LIMIT, bar.update)
    finally:
        _drop(measure)
    _print(results)
    return results, aims(results)


def _alone(measure: Any, case: str, run: Any) -> tuple[dict[str, Any], list[str]]:
    """What `run` measures in a database of its own."""
    from django.db import connection

    name = measure.database(case)
    with connection.cursor() as cursor:
        cursor.execute(f'drop database if exists "{name}" with (force)')
        cursor.execute(f'create database "{name}"')
    try:
        measure.use(case)
        return run(case)
    finally:
        measure.leave()
        with connection.cursor() as cursor:
            cursor.execute(f'drop database if exists "{name}" with (force)')


def _import(measure: Any) -> tuple[dict[str, Any], list[str]]:
    """The import of employees, printed; with the aims that are missed."""
    from bench import imports

    result, missed = _alone(measure, IMPORT, imports.run)
    print(
        f"import of {result['rows']:,} employees, {result['wrong']} wrong: read and checked in {result['check_csv_s']} s "
        f"(CSV) and {result['check_xlsx_s']} s (Excel), killed at {result['killed_at']:,}, the rest written in "
        f"{result['write_s']} s; {result['written']:,} people, at most {result['peak_mb']} MB "
        f"({result['peak_mb_at_a_tenth']} MB at a tenth)"
    )
    return result, missed


def _trail(measure: Any) -> tuple[dict[str, Any], list[str]]:
    """The audit trail, printed; with the aims that are missed."""
    from bench import trail

    result, missed = _alone(measure, TRAIL, trail.run)
    print(
        f"audit trail of {result['lines']:,} lines: sealed {result['sealed_per_second']:,} lines a second, "
        f"verified {result['verified_per_second']:,} lines a second, at most {result['peak_mb']} MB "
        f"({result['peak_mb_at_a_tenth']} MB at a tenth)"
    )
    for kind, found in result["forgeries"].items():
        print(f"  one line {kind}: {'; '.join(found) or 'NOT FOUND'}")
    for page, ms in result["pages_ms"].items():
        print(f"  activity log, {page}: {ms} ms")
    return result, missed


def _intake() -> tuple[dict[str, Any], list[str]]:
    """The intake of files against the plain write, printed; with the aims that are missed."""
    from bench import intake

    result, missed = intake.run(INTAKE)
    for name, speed in result["mb_per_second"].items():
        print(f"intake of {result['megabytes']} MB, {name}: {speed:,} MB a second")
    return result, missed


def _allowance() -> tuple[dict[str, Any], list[str]]:
    """The allowance engine, printed; with the aims that are missed."""
    from bench import allowance

    result, missed = allowance.run(ALLOWANCE)
    for name, speed in result["cases_a_minute"].items():
        print(f"allowance, {name}: {speed:,} cases a minute and core")
    return result, missed


def _worklist() -> tuple[dict[str, Any], list[str]]:
    """The worklist, printed; with the aims that are missed."""
    from bench import worklist

    try:
        result, missed = worklist.run(WORKLIST)
    finally:
        worklist.drop(WORKLIST)
    for name, (small, large) in result["pages_ms"].items():
        print(f"{name:40}{small:>10} ms{large:>10} ms")
    return result, missed


def _provide(measure: Any) -> None:
    """One database for every size, made anew."""
    from django.core.management import call_command
    from django.db import connection, connections

    from bench import data, floor

    _drop(measure)
    with connection.cursor() as cursor:
        for rows in SIZES:
            cursor.execute(f'create database "{measure.database(rows)}"')
    for rows in tqdm(SIZES, desc="data", disable=not sys.stderr.isatty()):
        measure.use(rows)
        call_command("migrate", verbosity=0)
        data.fill(rows)
        floor.prepare()
        with connections["default"].cursor() as cursor:
            cursor.execute("vacuum (analyze)")


def _drop(measure: Any) -> None:
    """Leave nothing behind: a million cases with their indexes take more than a gigabyte."""
    from django.db import connection

    measure.leave()
    with connection.cursor() as cursor:
        for rows in SIZES:
            cursor.execute(f'drop database if exists "{measure.database(rows)}" with (force)')


def aims(results: list[dict[str, Any]]) -> list[str]:
    """The aims that are missed, in words."""
    by = {(result["case"], result["rows"]): result for result in results}
    missed = []
    for case in dict.fromkeys(result["case"] for result in results):
        small, large = by[case, SIZES[0]], by[case, SIZES[-1]]
        grown = large["db_ms"] - small["db_ms"]
        allowed = 1.5 * (large["floor_ms"] - small["floor_ms"]) + 2
        if grown > allowed:
            missed.append(f"missed: {case}: the list grew by {grown:.1f} ms, allowed are {allowed:.1f}")
        if small["page_ms"] and large["page_ms"] > 1.5 * small["page_ms"]:
            missed.append(f"missed: {case}: the page grew from {small['page_ms']} to {large['page_ms']} ms")
    return missed


def _print(results: list[dict[str, Any]]) -> None:
    columns = ["case", "rows", "page_ms", "api_ms", "db_ms", "queries", "floor_ms", "guardian_ms"]
    print(f"{columns[0]:24}" + "".join(f"{name:>12}" for name in columns[1:]))
    for result in results:
        cells = ["–" if result[name] is None else result[name] for name in columns[1:]]
        print(
            f"{result['case']:24}"
            + "".join(f"{cell:>12,}" if isinstance(cell, int) else f"{cell:>12}" for cell in cells)
        )


if __name__ == "__main__":
    sys.exit(main())
