"""Tables from outside and to outside: what is read of them, what is refused, and that no cell runs."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from openpyxl import Workbook, load_workbook

from core import tables
from core.tables import csv_file, harmless, read_table, xlsx_file

TEXT = 'E-mail;Prénom;Fin\r\na@b.example;"Zoé; dite Zo";31.12.2026\r\n'
READ = [(1, ["E-mail", "Prénom", "Fin"]), (2, ["a@b.example", "Zoé; dite Zo", "31.12.2026"])]


def workbook(*rows, **parts) -> bytes:
    """A workbook with these rows; `parts` replaces or adds parts of the archive."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    if not parts:
        return out.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in parts:
                new.writestr(part, old.read(part))
        for name, content in parts.items():
            new.writestr(name, content)
    return changed.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bomb">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)
DISGUISED = b'<?xml version="1.0" encoding="cp037"?>' + BOMB.encode("cp037")


def long_text_in_each_cell() -> bytes:
    """A small file that would take a minute to clean, were each cell cleaned whole and by itself."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shared = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument'
        '.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    with zipfile.ZipFile(io.BytesIO(workbook(["a"]))) as archive:
        types = archive.read("[Content_Types].xml").decode().replace("</Types>", shared)
    row = "<row>" + '<c t="s"><v>0</v></c>' * tables.MOST_COLUMNS + "</row>"
    return workbook(
        ["a"],
        **{
            "[Content_Types].xml": types,
            "xl/sharedStrings.xml": f'<sst xmlns="{main}"><si><t>{" " * 8_000_000}b</t></si></sst>',
            SHEET: f'<worksheet xmlns="{main}"><sheetData>{row * 9}</sheetData></worksheet>',
        },
    )


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        b"sep=;\r\n" + TEXT.encode("cp1252"),
        TEXT.replace(";", "\t").replace("Zoé\t", "Zoé;").encode(),
        TEXT.replace(";", ",").replace("Zoé,", "Zoé;").encode(),
        workbook(*(row for _number, row in READ)),
    ],
    ids=["utf-8", "mark", "windows", "utf-16", "sep", "tabs", "commas", "xlsx"],
)
def test_one_table_in_every_form(data):
    rows = read_table(io.BytesIO(data))
    assert [cells[:3] for _number, cells in rows] == [cells for _number, cells in READ]


def test_cells_become_text_and_rows_keep_their_number():
    data = workbook(
        ["Name", "Day", "Number"],
        [],
        [" Zoé\u00a0 B\n x ", datetime(2026, 12, 31), 12.0],
        ["=1+1", True, 1.5],
    )
    rows = [(number, cells[:3]) for number, cells in read_table(io.BytesIO(data))]
    assert rows[1] == (3, ["Zoé B x", "2026-12-31", "12"])
    # Of a formula counts what it came to; nobody has calculated this one.
    assert rows[2] == (4, ["", "", "1.5"])
    assert read_table(io.BytesIO(b"a,b\n\n,\nc,d\n")) == [(1, ["a", "b"]), (4, ["c", "d"])]


FAR = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n;;\n", "empty"),
        (b"a\n" * (tables.MOST_ROWS + 2), "more than"),
        (b"a\n" + b"x" * (tables.LONGEST_CELL + 1), "row 2"),
        (b"x" * (tables.LARGEST + 1), "2 MB"),
        (b"\x89PNG\r\n\x00\x01", "cannot be read"),
        (b"\x81\x8d", "cannot be read"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel"),
        (b"PK\x03\x04 and nothing more", "cannot be read"),
        (workbook(["a"], **{SHEET: "<no xml"}), "cannot be read"),
        (workbook(["a"], **{"xl/workbook.xml": "<a/>"}), "cannot be read"),
        # A bomb: 15 kB that would be 20 MB; another of many parts; one that declares entities.
        (workbook(["a"], **{SHEET: "<a>" + " " * 20_000_000}), "unpacked"),
        (workbook(["a"], **{f"x{number}": "" for number in range(201)}), "unpacked"),
        (workbook(["a"], **{SHEET: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "cannot be read"),
        (
            workbook(["a"], **{SHEET: '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'.encode("utf-16")}),
            "cannot",
        ),
        # Declared in another encoding.
        (workbook(["a"], **{SHEET: DISGUISED}), "cannot be read"),
        # A row numbered so far away that counting up to it would never end.
        (workbook(["a"], **{SHEET: FAR}), "empty"),
        (workbook(["a"], *([["b"]] * (tables.MOST_ROWS + 1))), "more than"),
    ],
)
def test_what_is_no_such_table_is_refused_with_words(data, words):
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        read_table(io.BytesIO(data))
    with translation.override("en"):
        assert words in refusal.value.messages[0]


def test_one_long_text_in_every_cell_is_looked_through_once():
    data, begun = long_text_in_each_cell(), time.process_time()
    with pytest.raises(ValidationError):
        read_table(io.BytesIO(data))
    assert time.process_time() - begun < 2


DANGEROUS = ["=1+1", "+41", "-2", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", "＝1"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_that_is_written_runs(kind):
    rows = [[text, date(2026, 12, 31), None, "it’s; “fine”"] for text in DANGEROUS]
    if kind == "csv":
        data = csv_file(["=heading", "b", "c", "d"], rows)
        assert data.startswith(b"\xef\xbb\xbf")
        found = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        assert found[1][1:] == ["31.12.2026", "", "it’s; “fine”"]
    else:
        sheet = load_workbook(io.BytesIO(xlsx_file("T", ["=heading", "b", "c", "d"], rows))).active
        assert {cell.data_type for row in sheet for cell in row} <= {"s", "d", "n"}
        found = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert found[1][1] == datetime(2026, 12, 31)
    assert all(row[0].startswith("'") for row in found), [row[0] for row in found]
    assert harmless("Zoé - Lausanne") == "Zoé - Lausanne"


def test_a_workbook_offers_values_by_their_column():
    data = xlsx_file("Rows", ["a", "b"], [], choices={1: ("It’s 'b'", ["x", "=y"])})
    book = load_workbook(io.BytesIO(data))
    (offered,) = book["Rows"].data_validations.dataValidation
    assert (str(offered.sqref), offered.formula1) == ("B2:B1001", "'It’s ''b'''!$A$1:$A$2")
    assert [row[0].value for row in book["It’s 'b'"].iter_rows()] == ["x", "'=y"]


def test_a_workbook_spoilt_within_is_refused_in_words():
    data = bytearray(workbook(["a"] * 40, *([f"{n}" * 30] for n in range(60))))
    middle = data.find(b"xl/worksheets/sheet1.xml") + 80
    data[middle : middle + 40] = bytes(range(40))
    with pytest.raises(ValidationError):
        read_table(io.BytesIO(bytes(data)))
