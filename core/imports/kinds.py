"""What a room says about the tables it takes: columns, what a row means, and how it is written."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.at_rest import decrypt, encrypt
from core.errors import NotAllowed, NotNow, OutOfReach, validation_detail
from core.models import ImportedRow, TableImport
from core.text import number, swiss_date

Outcome, Result = ImportedRow.Outcome, ImportedRow.Result

SENTENCES: dict[str, Any] = {
    "missing": _("Fill in “%(label)s”."),
    "long": _("At most %(most)s characters."),
    "choice": _("Choose one of: %(choices)s."),
    "double": _("The same as row %(row)s."),
    "moved_on": _("Something has changed since the rows were shown. Bring the row again."),
    "said": "%(sentence)s",
}


@dataclass(frozen=True)
class Problem:
    """Something wrong in one cell of a row, to be said in any language."""

    column: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column: heading, what is written in it, and the field that reads a cell; `choices` are read in all languages."""

    label: Any
    field: forms.Field
    hint: Any = ""
    needed: bool = False
    # What people may write → the value.
    meanings: Callable[[], dict[str, Any]] | None = None
    # The values to choose from, in the reader's words.
    offered: Callable[[], list[str]] | None = None


@dataclass
class Line:
    """A row: what is written in it, what it means, what it would change, and what is wrong with it."""

    number: int
    cells: dict[str, str]
    # What is read of the cells that are filled in.
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # (column, as it is, as it will be), each as text.
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    outcome: str = Outcome.WAITING
    result: str = Result.NONE
    # Whom or what it is about; two rows about the same are one too many.
    about: str = ""
    # The row of the records it is about, if there is one.
    target: Any = None
    made: Any = None

    def says(self, column: str, code: str, **facts: Any) -> None:
        """Note that something is wrong."""
        self.problems.append(Problem(column, code, facts))
        self.outcome = Outcome.FAULT

    def left_out(self, column: str, code: str, **facts: Any) -> None:
        """Note why it is not written after the yes."""
        self.problems.append(Problem(column, code, facts))
        self.result = Result.LEFT_OUT

    def attempt(self, act: Callable[[], Any], columns: Container[str] = ()) -> None:
        """Have the row written by `act`, all or nothing of it; what a service refuses is left out with its reason.

        Objections to a field that is one of the `columns` stand at it. The kind's sentence `no_right` says that the
        person may not.
        """
        try:
            with transaction.atomic():
                self.made = act().pk
        except ValidationError as error:
            for name, sentences in validation_detail(error).items():
                self.left_out(name if name in columns else "", "said", sentence=" ".join(sentences))
        except NotNow as error:
            self.left_out("", "said", sentence=str(error.sentence))
        except (NotAllowed, OutOfReach):
            self.left_out("", "no_right")

    def seal(self) -> str:
        """What the database keeps of its content, encrypted."""
        problems = [[each.column, each.code, each.facts] for each in self.problems]
        return encrypt(json.dumps({"cells": self.cells, "changes": self.changes, "problems": problems}))


def line_of(row: ImportedRow) -> Line:
    """A row as it was left by the last step."""
    kept = json.loads(decrypt(row.sealed))
    return Line(
        row.number,
        kept["cells"],
        problems=[Problem(*each) for each in kept["problems"]],
        changes=[(column, old, new) for column, old, new in kept["changes"]],
        outcome=row.outcome,
        result=row.result,
        about=row.about,
        made=row.made,
    )


class Kind(ABC):
    """One kind of table. A room writes one for each and registers it (`AppConfig.ready`)."""

    name: str
    title: Any
    lede: Any
    # What one should know before.
    notes: tuple[Any, ...] = ()
    # The heading over who or what a row is about, and over which columns are needed.
    named_words: Any
    needed_words: Any
    # Of templates, lists with faults and exports.
    file_name: Any
    # The beginning of the names of its addresses.
    urls: str
    # What a row does, in words, and the colour of its tag; in the order of the page.
    outcomes: dict[str, tuple[Any, str]]
    columns: dict[str, Column]
    # Of these groups of columns one at least must be there.
    identifying: tuple[tuple[str, ...], ...]
    # Whether the table goes into the records of a company that the address names; else there is one place only.
    of_company = True
    sentences: dict[str, Any] = {}
    # The outcomes that lead to something being written.
    written: tuple[str, ...] = (Outcome.NEW, Outcome.CHANGED, Outcome.LEAVES)

    @abstractmethod
    def scope(self, key: Any, *, by: Any) -> Any:
        """The company into whose records the table goes. Raises OutOfReach, NotAllowed."""

    @abstractmethod
    def require_somewhere(self, *, by: Any) -> None:
        """Raise NotAllowed for somebody who may bring such tables nowhere."""

    @abstractmethod
    def judge(self, lines: list[Line], scope: Any, *, by: Any) -> None:
        """Say of each line (`values` are read) what it is about, what it would change, and what is wrong with it."""

    @abstractmethod
    def write(self, lines: list[Line], scope: Any, *, by: Any, table: TableImport) -> None:
        """Write these lines within the caller's transaction: each gets `made`, or is left out with the reason."""

    def leave(self, by: Any) -> dict[str, Any]:
        """How `by` acts at this moment, as far as a job that goes on for him must know it."""
        return {}

    def resume(self, by: Any, table: TableImport) -> AbstractContextManager[None]:
        """Within it a job acts as `by` did (`table.means`)."""
        return nullcontext()

    @abstractmethod
    def begun(self, table: TableImport, scope: Any, *, by: Any) -> None:
        """Leave the line in the activity log: the yes was said to `total` rows."""

    @abstractmethod
    def over(self, table: TableImport, scope: Any, *, by: Any, done: int, left_out: int) -> None:
        """Leave the line in the activity log: the last row is written."""

    @abstractmethod
    def named(self, line: Line) -> str:
        """Who or what a row is about, as written."""

    @abstractmethod
    def home(self, scope: Any) -> tuple[str, str]:
        """Name and address of the page the import belongs to."""

    @abstractmethod
    def made_url(self, line: Line) -> str:
        """The page of what a row has become; empty while it is nothing yet."""

    # --- For everybody ------------------------------------------------------------------------------

    def place(self, key: Any) -> dict[str, Any]:
        """What the addresses of this kind name besides the table."""
        return {"company_id": key} if self.of_company else {}

    def labels(self) -> dict[str, Any]:
        """The headings by column."""
        return {name: column.label for name, column in self.columns.items()}

    def label(self, column: str) -> str:
        """The heading of a column; empty for what concerns the whole row."""
        return str(self.columns[column].label) if column in self.columns else ""

    def words(self, problem: Problem) -> str:
        """What is wrong and what to do."""
        facts = {"label": self.label(problem.column), **problem.facts}
        column = self.columns.get(problem.column)
        sentences = {**SENTENCES, **self.sentences}
        if problem.code == "choice" and column and column.offered:
            facts["choices"] = ", ".join(column.offered())
        if problem.code in sentences:
            return str(sentences[problem.code]) % facts
        assert column is not None, problem
        return str(column.field.error_messages[problem.code]) % facts

    def read(self, lines: Iterable[Line]) -> None:
        """Read the cells that are filled in; what cannot be read is wrong."""
        meanings = {
            name: column.meanings() for name, column in self.columns.items() if column.meanings is not None
        }
        for line in lines:
            for name, written in line.cells.items():
                if written:
                    self._read_cell(line, name, written, meanings.get(name))

    def _read_cell(self, line: Line, name: str, written: str, meanings: dict[str, Any] | None) -> None:
        from core.columns import bare

        column = self.columns[name]
        if meanings is not None:
            if bare(written) in meanings:
                line.values[name] = meanings[bare(written)]
            else:
                line.says(name, "choice")
            return
        longest = getattr(column.field, "max_length", None)
        if longest is not None and len(written) > longest:
            line.says(name, "long", most=longest)
            return
        try:
            line.values[name] = column.field.clean(written)
        except ValidationError as error:
            (first,) = error.error_list[:1]
            facts = {
                key: str(value) if not isinstance(value, int) else value
                for key, value in (first.params or {}).items()
            }
            line.says(name, str(first.code), **facts)


def as_text(value: Any) -> str:
    """A value as it is shown beside another one."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return number(Decimal(f"{value.normalize():f}"))
    return swiss_date(value) if hasattr(value, "year") else str(value)


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; called while the rooms start."""
    _KINDS[kind.name] = kind


def kind_called(name: str) -> Kind:
    """The kind of this name."""
    return _KINDS[name]
