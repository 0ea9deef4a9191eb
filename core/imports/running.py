"""How a table goes its way: brought, checked, confirmed, written; each step by batches that a kill cannot halve.

A batch is one transaction: its rows, what they have become, and how far the job has come. Whoever goes on behind the
cursor writes no row twice and forgets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.columns import find_columns
from core.errors import NotAllowed, NotNow, OutOfReach
from core.imports.kinds import Kind, Line, Outcome, Result, kind_called, line_of
from core.live import knock
from core.models import ImportedRow, TableImport, import_expiry
from core.tables import Limits, as_meant, rows_of

State = TableImport.State
LIMITS = Limits(size=10_000_000, rows=20_000, unpacked=64_000_000)
# Of one person and kind at a time: the newest.
MOST_TABLES = 5
# Rows read, checked and written at once.
READ, CHECKED, WRITTEN = 500, 500, 100
# Fewer are checked at once, more by a job.
AT_ONCE = 300
TOPIC = "imports"
# In a file that comes back with its faults: known, never read.
NUMBER, REASON = _("Row"), _("What is wrong")


def bring(kind: Kind, key: Any, file: BinaryIO, *, by: Any) -> TableImport:
    """Read a CSV or XLSX file for the company `key` and check its rows: a short one at once, a long one by a job.

    Nothing is written to the records. Raises OutOfReach, NotAllowed, ValidationError at `file` for one that is no such
    table.
    """
    scope = kind.scope(key, by=by)
    try:
        with transaction.atomic():
            table = _new(kind, scope, by)
            table.total = _keep(table, _cells(kind, table, rows_of(file, LIMITS)))
            if not table.total:
                raise ValidationError(_("This file has a heading, but no rows."))
            return _set_going(table)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error


@transaction.atomic
def bring_rows(kind: Kind, key: Any, rows: Iterable[Mapping[str, str]], *, by: Any) -> TableImport:
    """The same for rows that come as `{column: text}`; they are numbered from 1."""
    scope = kind.scope(key, by=by)
    table = _new(kind, scope, by)
    table.total = _keep(
        table, ((number, {**dict.fromkeys(kind.columns, ""), **row}) for number, row in enumerate(rows, 1))
    )
    return _set_going(table)


def _new(kind: Kind, scope: Any, by: Any) -> TableImport:
    mine = TableImport.objects.filter(user=by, kind=kind.name).exclude(state=State.RUNNING)
    older = list(mine.order_by("-created").values_list("pk", flat=True)[MOST_TABLES - 1 :])
    TableImport.objects.filter(pk__in=older).delete()
    return TableImport.objects.create(kind=kind.name, user=by, scope=scope.pk, means=kind.leave(by))


def _cells(
    kind: Kind, table: TableImport, rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the heading by column. Raises ValidationError where no column tells who or what a row is about."""
    _first, heading = next(rows)
    columns, table.ignored = find_columns(heading, kind.labels(), (), {"row": NUMBER, "reason": REASON})
    if not any(set(group) <= set(columns) for group in kind.identifying):
        groups = [" + ".join(kind.label(name) for name in group) for group in kind.identifying]
        raise ValidationError(
            _("The first row names none of these columns: %(columns)s. Start from the template.")
            % {"columns": "; ".join(groups)}
        )
    empty = dict.fromkeys(kind.columns, "")
    for number, cells in rows:
        yield number, {**empty, **{n: as_meant(cell) for n, cell in zip(columns, cells, strict=False) if n}}


def _keep(table: TableImport, rows: Iterable[tuple[int, dict[str, str]]]) -> int:
    found, left = 0, iter(rows)
    while batch := list(islice(left, READ)):
        ImportedRow.objects.bulk_create(
            ImportedRow(table=table, number=number, sealed=Line(number, cells).seal())
            for number, cells in batch
        )
        found += len(batch)
    return found


def _set_going(table: TableImport) -> TableImport:
    from core import tasks

    table.save(update_fields=["total", "ignored"])
    if table.total <= AT_ONCE:
        while _check_batch(table.pk):
            pass
        table.refresh_from_db()
    else:
        tasks.carry_on_import.defer(table_id=str(table.pk))
    return table


# --- Looking --------------------------------------------------------------------------------------------


def find(kind: Kind, key: Any, *, by: Any) -> TableImport:
    """A table of this kind that `by` brought, while he may bring such tables. Raises OutOfReach, NotAllowed."""
    table = TableImport.objects.filter(pk=key, kind=kind.name, user=by, expires__gt=timezone.now()).first()
    if table is None:
        raise OutOfReach
    kind.scope(table.scope, by=by)
    return table


def tables_of(kind: Kind, user: Any) -> list[TableImport]:
    """What somebody brought within the last day, the newest first."""
    rows = TableImport.objects.filter(user=user, kind=kind.name, expires__gt=timezone.now())
    return list(rows.order_by("-created"))


def counts(table: TableImport) -> dict[str, int]:
    """How many rows have which outcome; of those that were to be written `done` and `left_out`."""
    rows = table.rows.order_by()
    found = dict(rows.values_list("outcome").annotate(Count("pk")))
    results = dict(rows.exclude(result="").values_list("result").annotate(Count("pk")))
    return {
        **{outcome: found.get(outcome, 0) for outcome in Outcome.values},
        **{r: results.get(r, 0) for r in ("done", "left_out")},
    }


def lines_of(rows: Iterable[ImportedRow]) -> list[Line]:
    """The rows as the last step left them."""
    return [line_of(row) for row in rows]


# --- Going on -------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(kind: Kind, key: Any, *, by: Any) -> TableImport:
    """The yes: write every row without fault, by a job. Said twice it counts once.

    Raises as `find`, and NotNow while the rows are being checked or where none is to be written.
    """
    table = _found_locked(kind, key, by)
    scope = kind.scope(table.scope, by=by)
    if table.state in {State.RUNNING, State.DONE, State.STOPPED}:
        return table
    total = table.rows.filter(outcome__in=kind.written).count()
    if table.state == State.CHECKING or not total:
        raise NotNow(_("There is nothing to take over yet: look at the rows again."), code="nothing_to_write")
    table.state, table.cursor, table.done, table.total = State.RUNNING, 0, 0, total
    table.expires, table.means = import_expiry(), kind.leave(by)
    table.save()
    kind.begun(table, scope, by=by)
    from core import tasks

    tasks.carry_on_import.defer(table_id=str(table.pk))
    return table


@transaction.atomic
def discard(kind: Kind, key: Any, *, by: Any) -> None:
    """Forget a table at once; what was written stays. Raises as `find`, NotNow while it is being written."""
    table = _found_locked(kind, key, by)
    if table.state == State.RUNNING:
        raise NotNow(_("The rows are being taken over. Wait until it is done."), code="under_way")
    table.delete()


def _found_locked(kind: Kind, key: Any, by: Any) -> TableImport:
    find(kind, key, by=by)
    table = TableImport.objects.select_for_update().filter(pk=key).first()
    if table is None:
        raise OutOfReach
    return table


def forget_old() -> None:
    """Forget the tables whose last step was a day ago, also those that a job did not bring to their end."""
    TableImport.objects.filter(expires__lte=timezone.now()).delete()


def carry_on(key: Any) -> None:
    """Check or write a table to its end, batch by batch, from where it stands; what a job calls, again after a kill."""
    while _check_batch(key) or _write_batch(key):
        pass


def _locked(key: Any, state: str) -> TableImport | None:
    rows = TableImport.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(pk=key, state=state).first()


def _check_batch(key: Any) -> bool:
    """Check the next rows; False once there is nothing to check."""
    with transaction.atomic():
        table = _locked(key, State.CHECKING)
        if table is None:
            return False
        kind, by = kind_called(table.kind), table.user
        with translation.override(by.language), kind.resume(by, table):
            scope = _scope(kind, table)
            rows = list(table.rows.filter(number__gt=table.cursor).order_by("number")[:CHECKED])
            if scope is not None and rows:
                lines = lines_of(rows)
                _judge(kind, table, scope, lines)
                _store(rows, lines)
                table.cursor, table.done = rows[-1].number, table.done + len(rows)
            if scope is not None and len(rows) < CHECKED:
                table.state = State.CHECKED
        return _saved(table)


def _write_batch(key: Any) -> bool:
    """Write the next rows; False once there is nothing to write."""
    with transaction.atomic():
        table = _locked(key, State.RUNNING)
        if table is None:
            return False
        kind, by = kind_called(table.kind), table.user
        with translation.override(by.language), kind.resume(by, table):
            scope = _scope(kind, table)
            left = table.rows.filter(number__gt=table.cursor, outcome__in=kind.written)
            rows = list(left.order_by("number")[:WRITTEN])
            if scope is not None and rows:
                _write(kind, table, scope, rows)
                table.cursor, table.done = rows[-1].number, table.done + len(rows)
            if scope is not None and len(rows) < WRITTEN:
                table.state = State.DONE
                became = counts(table)
                kind.over(table, scope, by=by, done=became["done"], left_out=became["left_out"])
        return _saved(table)


def _scope(kind: Kind, table: TableImport) -> Any:
    """The company; None, and the work is stopped, once the person may not bring tables there any more."""
    try:
        if table.user.is_active:
            return kind.scope(table.scope, by=table.user)
    except (OutOfReach, NotAllowed):
        pass
    table.state = State.STOPPED
    return None


def _saved(table: TableImport) -> bool:
    """Keep how far the work is and tell the page; False if this was the last of it."""
    table.expires = import_expiry()
    table.save(update_fields=["state", "cursor", "done", "expires"])
    knock([table.user_id], TOPIC, table.pk)
    return table.is_under_way


def _write(kind: Kind, table: TableImport, scope: Any, rows: list[ImportedRow]) -> None:
    """Judge these rows anew: what is still as it was shown is written, everything else left out with the reason."""
    shown = lines_of(rows)
    lines = [Line(line.number, line.cells) for line in shown]
    _judge(kind, table, scope, lines)
    fresh = []
    for before, line in zip(shown, lines, strict=True):
        if (line.outcome, line.changes) == (before.outcome, before.changes):
            fresh.append(line)
            continue
        line.outcome, line.changes = before.outcome, before.changes
        line.result = Result.LEFT_OUT
        if not line.problems:
            line.left_out("", "moved_on")
    kind.write(fresh, scope, by=table.user, table=table)
    for line in fresh:
        line.result = line.result or Result.DONE
    _store(rows, lines)


def _judge(kind: Kind, table: TableImport, scope: Any, lines: list[Line]) -> None:
    kind.read(lines)
    kind.judge(lines, scope, by=table.user)
    for line in lines:
        line.about = (
            salted_hmac(str(table.pk), line.about, algorithm="sha256").hexdigest() if line.about else ""
        )
    _find_twins(table, lines)


def _find_twins(table: TableImport, lines: list[Line]) -> None:
    """Say which rows are about what an earlier one is about; the first one counts."""
    abouts = [line.about for line in lines if line.about]
    earlier = table.rows.filter(about__in=abouts).order_by("-number").values_list("about", "number")
    first = dict(earlier)
    for line in sorted(lines, key=lambda each: each.number):
        if not line.about:
            continue
        row = min(first.get(line.about, line.number), line.number)
        first[line.about] = row
        if row != line.number:
            line.changes = []
            line.says("", "double", row=row)


def _store(rows: list[ImportedRow], lines: list[Line]) -> None:
    for row, line in zip(rows, lines, strict=True):
        row.outcome, row.result, row.about, row.made = line.outcome, line.result, line.about, line.made
        row.sealed = line.seal()
    ImportedRow.objects.bulk_update(rows, ["outcome", "result", "about", "made", "sealed"], batch_size=250)
