"""Tables that people bring and take away: CSV and XLSX, read within limits, written so that no cell is a formula.

Reading gives text only, whatever the program that wrote the file: dates as 2026-12-31, whole numbers without decimals.
The library of workbooks is loaded when the first one comes: it would slow every start.
"""

from __future__ import annotations

import csv
import datetime
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from core.text import number, swiss_date

LARGEST = 2_000_000
MOST_ROWS = 1_000
MOST_COLUMNS = 40
LONGEST_CELL = 500
# A workbook is an archive: so much it may hold unpacked, in so many parts.
MOST_UNPACKED = 16_000_000
MOST_PARTS = 200
# More rows than any program writes.
LAST_ROW = 1_048_576

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# A workbook declares no document type; what does is after the parser.
_DOCTYPE = re.compile(b"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"[\s\u00a0\u200b\ufeff]+")
# What a spreadsheet takes for the beginning of a formula, or skips before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

UNREADABLE = _("This file cannot be read as a table. Save it as CSV or as an Excel workbook (.xlsx).")

# A row of a file: its number as a spreadsheet shows it, and its cells.
Row = tuple[int, list[str]]


# --- Reading ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """How much is read of one file: bytes, rows below the heading, bytes that a workbook holds unpacked."""

    size: int = LARGEST
    rows: int = MOST_ROWS
    unpacked: int = MOST_UNPACKED


USUAL = Limits()


def read_table(file: BinaryIO) -> list[Row]:
    """The rows of a CSV file or of a workbook's first sheet that are not empty; the first one is the heading."""
    return list(rows_of(file))


def rows_of(file: BinaryIO, limits: Limits = Limits()) -> Iterator[Row]:
    """The same, one row after the other: a long file need not stand in memory whole.

    CSV in UTF-8, UTF-16 with its mark or Windows-1252, parted by semicolons, commas or tabs. Raises ValidationError with
    what to do for a file that is too large, no table, or holds more rows below its heading than `limits` allow.
    """
    data = file.read(limits.size + 1)
    if len(data) > limits.size:
        raise ValidationError(
            _("This file is larger than %(size)s. Split it into several files.")
            % {"size": f"{limits.size // 1_000_000} MB"}
        )
    if data.startswith(_OLD_EXCEL):
        raise ValidationError(
            _("This is an old Excel file (.xls) or a protected one. Save it as .xlsx without a password.")
        )
    rows = _workbook_rows(data, limits) if data.startswith(_ZIP) else _csv_rows(data)
    found = 0
    for place, cells in rows:
        if not any(cells):
            continue
        if found > limits.rows:
            raise ValidationError(
                _("This file has more than %(most)s rows. Split it into several files.")
                % {"most": number(limits.rows)}
            )
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise ValidationError(
                _("A cell of row %(row)s has more than %(most)s characters. Shorten it.")
                % {"row": place, "most": LONGEST_CELL}
            )
        found += 1
        yield place, cells
    if not found:
        raise ValidationError(_("This file is empty."))


def _csv_rows(data: bytes) -> Iterator[Row]:
    text = _decoded(data)
    beginning = text.lstrip("\r\n ").split("\n", 1)[0].rstrip("\r")
    delimiter = _delimiter(beginning)
    try:
        for place, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            # Excel's own first line says by what the columns are parted.
            if place == 1 and cells and cells[0].lower().startswith("sep="):
                continue
            yield place, [_plain(cell) for cell in cells[:MOST_COLUMNS]]
    except csv.Error as error:
        raise ValidationError(UNREADABLE) from error


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError as error:
            raise ValidationError(UNREADABLE) from error
    if "\0" in text:
        raise ValidationError(UNREADABLE)
    return text


def _delimiter(beginning: str) -> str:
    if beginning.lower().startswith("sep=") and len(beginning) == len("sep=;"):
        return beginning[-1]
    unquoted = re.sub(r'"[^"]*"', "", beginning)
    return max(";\t,", key=unquoted.count)


def _workbook_rows(data: bytes, limits: Limits) -> Iterator[Row]:
    from openpyxl import load_workbook

    _check_archive(data, limits)
    # A workbook may name one text in many thousand cells.
    plain = lru_cache(maxsize=1024, typed=True)(_plain)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        rows = sheet.iter_rows(max_row=LAST_ROW, max_col=MOST_COLUMNS, values_only=True)
        for place, cells in enumerate(rows, 1):
            # A row that stands far below brings all the empty ones above it.
            if any(cells):
                yield place, [plain(cell) for cell in cells]
    except ValidationError:
        raise
    except Exception as error:
        # Whatever a broken workbook makes the reader stumble over: it is the file's fault.
        raise ValidationError(UNREADABLE) from error


def _check_archive(data: bytes, limits: Limits) -> None:
    """Refuse an archive that is not what it says, or that would unpack beyond the limits, before it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            # The reader takes no more of a part than the archive announces.
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked:
                raise ValidationError(
                    _("This workbook is too large unpacked. Copy the rows into a new one, or save it as CSV.")
                )
            # Whatever a part is called: the workbook itself says which one is read as what.
            if any(_declares_type(archive.read(part)) for part in parts):
                raise ValidationError(UNREADABLE)
    # Encrypted (RuntimeError) or packed in a way that is not known here (NotImplementedError), cut, or spoilt within.
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
    ) as error:
        raise ValidationError(UNREADABLE) from error


class _Declared(Exception):
    """A part declares a document type."""


class _Begun(Exception):
    """The content of a part has begun: a document type stands before it."""


def _declares_type(part: bytes) -> bool:
    """Whether a part declares a document type, in whatever encoding it is read."""

    def declared(*_said: Any) -> None:
        raise _Declared

    def begun(*_said: Any) -> None:
        raise _Begun

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, begun
    try:
        parser.Parse(part, True)
    except _Declared:
        return True
    except (_Begun, expat.ExpatError, LookupError, ValueError):
        # No XML at all, or in an encoding that nobody knows: it does not open.
        pass
    return bool(_DOCTYPE.search(part))


def _plain(value: Any) -> str:
    """A cell as text on one line."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # What is longer is refused as it is.
    return _BLANKS.sub(" ", _CONTROL.sub("", str(value)[: 4 * LONGEST_CELL])).strip()


def as_meant(cell: str) -> str:
    """A cell without the apostrophe that `harmless` puts before what begins like a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


# --- Writing ------------------------------------------------------------------------------------------


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    if not isinstance(value, str):
        return value
    value = _CONTROL.sub("", value)
    return f"'{value}" if value.startswith(_FORMULA) else value


def table_file(
    kind: str,
    title: str,
    heading: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    choices: Mapping[int, tuple[str, Sequence[str]]] | None = None,
) -> bytes:
    """A table as `csv` or `xlsx` (`CONTENT_TYPES`); see `csv_file` and `xlsx_file`."""
    if kind == CSV:
        return csv_file(heading, rows)
    return xlsx_file(title, heading, rows, choices=choices)


def table_answer(body: bytes, kind: str, name: str) -> HttpResponse:
    """The answer with which a browser saves a table; `name` becomes `name-2026-12-31.csv`."""
    response = HttpResponse(body, content_type=CONTENT_TYPES[kind])
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = content_disposition_header(True, f"{name}-{day}.{kind}")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "no-store, private"
    return response


def csv_file(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as Excel in Switzerland opens it with a double click: UTF-8 with its mark, semicolons; dates as 31.12.2026."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in (heading, *rows):
        writer.writerow([_written(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _written(cell: Any) -> Any:
    return swiss_date(cell) if isinstance(cell, datetime.date) else harmless(cell)


def xlsx_file(
    title: str,
    heading: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    choices: Mapping[int, tuple[str, Sequence[str]]] | None = None,
) -> bytes:
    """A workbook with one table, its heading in view while one scrolls.

    `choices`, by column: a name and the values that the column offers for choosing; they stand on sheets of their own.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet: Any = book.active
    sheet.title = title[:31]
    sheet.freeze_panes = "A2"
    widths = [len(word) for word in heading]
    for row in (heading, *rows):
        cells = [harmless(cell) for cell in row]
        sheet.append(cells)
        widths = [max(width, len(str(cell or ""))) for width, cell in zip(widths, cells, strict=True)]
    for place, width in enumerate(widths, 1):
        letter = get_column_letter(place)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = min(max(width + 3, 12), 60)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, datetime.date):
                cell.number_format = "DD.MM.YYYY"
    for column, (name, values) in (choices or {}).items():
        _offer(book, sheet, column, name, values)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _offer(book: Any, sheet: Any, column: int, name: str, values: Sequence[str]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = book.create_sheet(name[:31])
    for value in values:
        listed.append([harmless(value)])
    listed.column_dimensions["A"].width = 60
    area = f"'{listed.title.replace(chr(39), chr(39) * 2)}'!$A$1:$A${max(len(values), 1)}"
    # Other values may be written too: what they mean is checked when the file is read.
    offered = DataValidation(type="list", formula1=area, allow_blank=True, showErrorMessage=False)
    sheet.add_data_validation(offered)
    letter = get_column_letter(column + 1)
    offered.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
