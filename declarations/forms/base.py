"""What all parts of a report share: how answers are read, kept, checked and shown.

A part's form is the only place where its questions stand. The page draws it, the API reads the same values
through it, the check page, the receipt and the claim file show its `answers()`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.field_layout import target_id
from core.fields import (
    AHVField,
    IBANField,
    MoneyField,
    PercentField,
    PhoneField,
    RateField,
    SwissDateField,
)
from core.identifiers import show_iban
from core.text import chf, percent, swiss_date
from declarations.forms.questions import ClockField

HIDDEN_FROM_EMPLOYER = _("Your employer does not see this answer.")
# The answer that is none yet: the question stays open (`PartForm.missing`).
CLARIFYING = "clarifying"
# Marks an error that speaks of something missing, and of no single question.
MISSING = "missing"


@dataclass(frozen=True)
class When:
    """A question that makes sense only where another one was answered with one of `values`.

    `sentence` is the error where the answer is then missing; without it the answer stays optional.
    """

    field: str
    values: frozenset[str]
    sentence: Any = None


@dataclass(frozen=True)
class Group:
    """Questions under a heading of their own.

    `folded`: opened by whoever needs them; none of them is asked for but by another answer among them.
    `lead`: a sentence under the heading. `together`: on one page where every other question has its own.
    """

    title: Any
    fields: tuple[str, ...]
    folded: bool = False
    lead: Any = ""
    together: bool = False


@dataclass(frozen=True)
class Answer:
    """One question with its answer in words. `sealed`: the employer does not see what the employee wrote here."""

    field: str
    label: str
    value: str
    kind: str = ""
    sealed: bool = False


class PartForm(forms.Form):
    """One part of a report (`declaration`), over the values given so far.

    The form of another kind leaves a question out by setting its field to None. A field has one name and one
    meaning throughout: by its name an answer goes along when the kind changes (`declarations.services.kind`).
    """

    use_required_attribute = False
    part: ClassVar[str] = ""
    title: ClassVar[Any] = ""
    lead: ClassVar[Any] = ""
    # Labels in the insured person's own report.
    personal: ClassVar[dict[str, Any]] = {}
    conditions: ClassVar[dict[str, When]] = {}
    # What the employer does not see of the insured person's own report.
    sealed: ClassVar[frozenset[str]] = frozenset()
    # Short answers that stand side by side; widths of controls (core/field_layout.py).
    inline: ClassVar[frozenset[str]] = frozenset()
    widths: ClassVar[dict[str, str]] = {}
    # The questions outside of all groups come first; the fields of the form have the order of the groups.
    groups: ClassVar[tuple[Group, ...]] = ()
    # The few answers without which the report cannot be sent; the others may follow (`missing`).
    now: ClassVar[frozenset[str]] = frozenset()
    # Questions outside of groups that belong on one page where every other question has its own.
    together: ClassVar[tuple[Group, ...]] = ()
    rows_name: ClassVar[str] = ""
    # What the rows are called where they stand alone.
    rows_title: ClassVar[Any] = ""
    # The field before which the rows stand.
    rows_before: ClassVar[str] = ""
    row_form: ClassVar[type[forms.Form] | None] = None

    def __init__(
        self,
        declaration: Any,
        values: Mapping[str, Any] | None = None,
        blank_rows: int = 0,
        left_out: Set[str] = frozenset(),
    ) -> None:
        """`left_out`: questions that are not put in this report, though its kind has them."""
        self.declaration = declaration
        self.own = declaration.side == "employee"
        values = values or {}
        super().__init__(
            {
                name: _shown(field, values[name])
                for name, field in self.base_fields.items()
                if values.get(name) not in (None, "")
            }
        )
        for name in left_out & self.fields.keys():
            del self.fields[name]
        self.neutral = {name: field.label for name, field in self.fields.items()}
        if self.own:
            for name, label in self.personal.items():
                if name in self.fields:
                    self.fields[name].label = label
            for name in self.sealed & self.fields.keys():
                field = self.fields[name]
                field.help_text = (
                    format_lazy("{} {}", field.help_text, HIDDEN_FROM_EMPLOYER)
                    if field.help_text
                    else HIDDEN_FROM_EMPLOYER
                )
        self.rows = self._make_rows(values.get(self.rows_name) or [], blank_rows)
        self._rows_wait = False

    def _make_rows(self, rows: list[Mapping[str, Any]], blank_rows: int) -> list[Any]:
        if self.row_form is None:
            return []
        made = []
        for number, row in enumerate([*rows, *({} for _each in range(blank_rows))]):
            prefix = f"{self.rows_name}-{number}"
            data = {
                f"{prefix}-{name}": _shown(field, row.get(name, ""))
                for name, field in self.row_form.base_fields.items()  # type: ignore[attr-defined]
            }
            made.append(
                self.row_form(data, prefix=prefix, empty_permitted=True, use_required_attribute=False)
            )
        return made

    def speak_of_the_person(self) -> None:
        """Put the questions to somebody else than the insured person whose report it is."""
        for name, label in self.neutral.items():
            self.fields[name].label = label

    # --- Checking -----------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        return super().is_valid() and all(row.is_valid() or self._waits(row) for row in self.rows)

    def applies(self, name: str) -> bool:
        """Whether the question makes sense, given the answers to the others."""
        condition = self.conditions.get(name)
        if condition is None:
            return True
        given = self.data.get(condition.field, "")
        return not condition.values.isdisjoint(given if isinstance(given, list) else [given])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.fields:
            condition = self.conditions.get(name)
            if not self.applies(name):
                # What is not asked cannot be wrong; it is kept, and neither shown nor sent.
                self.errors.pop(name, None)
                cleaned[name] = None
            elif condition and condition.sentence and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, condition.sentence)
        return cleaned

    def filled_rows(self) -> list[dict[str, Any]]:
        """The cleaned rows that are not blank; rows with errors are left out."""
        return [row.cleaned_data for row in self.rows if row.is_valid() and row.cleaned_data]

    # --- What may follow ----------------------------------------------------------------------------

    def missing(self) -> list[str]:
        """The questions that are asked for and have no answer yet, in the order of the page; of the rows their name."""
        found = []
        for name in self.fields:
            if name == self.rows_before and self._rows_lack():
                found.append(self.rows_name)
            value = self.data.get(name, "")
            if value == CLARIFYING or (value in ("", [], None) and name in self.errors):
                found.append(name)
        return found

    def may_follow(self) -> list[str]:
        """Those of them without which the report can be sent."""
        return [name for name in self.missing() if name not in self.now]

    def put_off(self, names: Set[str] | None = None) -> None:
        """What is only missing is no error any more: of all that may follow, or of these questions."""
        for name in self.may_follow() if names is None else names & set(self.missing()):
            if name == self.rows_name:
                self._rows_wait = True
                left = [each for each in self.non_field_errors().as_data() if each.code != MISSING]
                self.errors.pop("__all__", None)
                if left:
                    self.add_error(None, left)
            else:
                self.errors.pop(name, None)

    @property
    def asks_rows(self) -> bool:
        """Whether the rows are asked for, given the other answers."""
        return self.row_form is not None

    def _rows_lack(self) -> bool:
        told = self.errors.get("__all__")
        # Beside a row that is told, a half one is no question left open: it is whole, or it is none.
        begun = any(map(_lacks, self.rows)) and not self.filled_rows()
        return begun or bool(told and any(each.code == MISSING for each in told.as_data()))

    def _waits(self, row: forms.Form) -> bool:
        return self._rows_wait and _lacks(row)

    def problems(self, names: Collection[str] | None = None) -> list[dict[str, str]]:
        """What is wrong, in the order of the page: text, the id of the control, the question (of a row: of all rows).

        `names`: with these questions alone.
        """
        found = []
        for error in self.non_field_errors().as_data():
            name = self.rows_name if error.code == MISSING else ""
            found += [{"text": text, "target": "", "field": name} for text in error.messages]
        for bound in self:
            found += [
                {"text": str(text), "target": target_id(bound), "field": bound.name} for text in bound.errors
            ]
        for number, row in enumerate(self.rows, start=1):
            for bound in () if self._waits(row) else row:
                found += [
                    {
                        "text": f"{self.row_title(number)}: {text}",
                        "target": target_id(bound),
                        "field": self.rows_name,
                    }
                    for text in bound.errors
                ]
        return [each for each in found if names is None or not each["field"] or each["field"] in names]

    def messages(self) -> dict[str, list[str]]:
        """What is wrong by field, for the API; rows as `periods.0.begin`."""
        found = {
            ("non_field_errors" if name == "__all__" else name): [str(text) for text in texts]
            for name, texts in self.errors.items()
        }
        for number, row in enumerate(self.rows):
            for name, texts in () if self._waits(row) else row.errors.items():
                found[f"{self.rows_name}.{number}.{name}"] = [str(text) for text in texts]
        return found

    def row_title(self, number: int) -> str:
        """The name of a row, from 1 on."""
        return str(number)

    def quiet(self) -> None:
        """Show no errors: somebody who has not pressed a button yet has done nothing wrong."""
        for form in (self, *self.rows):
            form._errors, form.cleaned_data = forms.utils.ErrorDict(), {}

    # --- Keeping ------------------------------------------------------------------------------------

    def stored(self) -> dict[str, Any]:
        """The answers to keep: in their one form where they could be read, else as typed. Nothing is dropped."""
        kept = {
            name: value
            for name, field in self.fields.items()
            if (value := _canonical(field, self.data.get(name, ""))) not in ("", [])
        }
        rows = []
        for row in self.rows:
            values = {
                name: value
                for name, field in row.fields.items()
                if (value := _canonical(field, row.data.get(row.add_prefix(name), ""))) != ""
            }
            if values:
                rows.append(values)
        if rows:
            kept[self.rows_name] = rows
        return kept

    def effective(self) -> dict[str, Any]:
        """What is sent: the kept answers without those to questions that do not apply."""
        kept = self.stored()
        return {name: value for name, value in kept.items() if self.applies(name)}

    # --- Showing ------------------------------------------------------------------------------------

    @property
    def absent(self) -> frozenset[str]:
        """The questions that are not put at all, whatever the answers to the others."""
        return frozenset()

    def facts(self, group: Group) -> list[tuple[str, str]]:
        """What is known without asking, to be read at the head of a group."""
        return []

    def drawn(self) -> list[dict[str, Any]]:
        """The groups in their order with their fields; the first one, without a title, holds the others."""
        grouped = {name for group in self.groups for name in group.fields}
        first = Group("", tuple(name for name in self.fields if name not in grouped))
        return [self._drawn_group(group) for group in (first, *self.groups) if self._holds(group)]

    def drawn_on(self, names: Collection[str]) -> dict[str, Any]:
        """These questions alone, without the rows."""
        rows = [self._drawn_field(self[name]) for name in names if name in self.fields]
        return {"rows": [{**row, "rows_before": False} for row in rows]}

    def _holds(self, group: Group) -> bool:
        """Whether a group has a question here: the form of another kind may have left all of them out."""
        return not group.title or any(name in self.fields for name in group.fields)

    def _drawn_group(self, group: Group) -> dict[str, Any]:
        asked = [name for name in group.fields if name in self.fields and name not in self.absent]
        rows = [self._drawn_field(self[name]) for name in asked]
        given = [in_words(row["bound"].field, self.data.get(row["bound"].name, ""))[0] for row in rows]
        return {
            "group": group,
            "facts": self.facts(group),
            "rows": rows,
            # A folded group says what it holds, and is open where something in it is wrong.
            "holds": " · ".join(" ".join(words.split()) for words in given if words.strip()),
            "open": any(row["bound"].errors for row in rows),
        }

    def _drawn_field(self, bound: Any) -> dict[str, Any]:
        """How a field is drawn; before one of them the rows stand."""
        condition = self.conditions.get(bound.name)
        return {
            "bound": bound,
            "inline": bound.name in self.inline,
            # Optional only as long as the other answer does not ask for it.
            "plain": bool(condition and condition.sentence),
            "width": self.widths.get(bound.name),
            "rows_before": bound.name == self.rows_before,
        }

    def answers(self, *, without_sealed: bool = False, personal: bool = False) -> list[Answer]:
        """Label and value of each question that applies, in the reader's language.

        `personal`: the reader is the insured person himself, and is spoken to. An empty answer is shown as
        such, unless the question was folded away: nobody was expected to answer it.
        """
        found = []
        folded = {name for group in self.groups if group.folded for name in group.fields}
        for bound in self:
            if bound.name == self.rows_before:
                found += self._row_answers()
            if not self.applies(bound.name):
                continue
            sealed = self.own and bound.name in self.sealed
            if sealed and without_sealed:
                continue
            value, kind = in_words(bound.field, self.data.get(bound.name, ""))
            if not value.strip() and bound.name in folded:
                continue
            label = bound.label if personal else self.neutral[bound.name]
            found.append(Answer(bound.name, str(label), value, kind, sealed))
        return found

    def _row_answers(self) -> list[Answer]:
        rows = [(number, self.row_in_words(row)) for number, row in enumerate(self.rows)]
        return [
            Answer(f"{self.rows_name}.{number}", self.row_title(number + 1), words)
            for number, words in rows
            if words
        ]

    def row_in_words(self, row: forms.Form) -> str:
        """A row on one line; empty for a blank one."""
        words = [in_words(bound.field, row.data.get(bound.html_name, ""))[0] for bound in row]
        return ", ".join(word for word in words if word)

    @property
    def hides_from_employer(self) -> bool:
        """Whether this part holds answers that the employer does not see."""
        return self.own and bool(self.sealed)


def _lacks(row: forms.Form) -> bool:
    """Whether a row is begun, and nothing is wrong in it but what is missing."""
    blank = [not row.data.get(row.add_prefix(name)) for name in row.errors]
    return bool(blank) and all(blank) and any(row.fields[name].required for name in row.errors)


def _read(field: forms.Field, raw: Any) -> Any:
    """The cleaned value, or None where it is blank or cannot be read."""
    try:
        return field.clean(raw) or None
    except ValidationError:
        return None


def _shown(field: forms.Field, raw: Any) -> Any:
    """A kept value as a person types it: the field reads it again."""
    if isinstance(field, SwissDateField | MoneyField | IBANField | ClockField | PhoneField):
        value = _readable(field, raw)
        return raw if value in (None, "") else field.prepare_value(value)
    return raw


def _readable(field: forms.Field, raw: Any) -> Any:
    """The value as read, also where a limit speaks against it."""
    try:
        return field.to_python(raw)
    except ValidationError:
        return None


def _canonical(field: forms.Field, raw: Any) -> Any:
    if isinstance(raw, list):
        return raw
    value = _read(field, raw)
    if value is None:
        return raw
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | list) else str(value)


def in_words(field: forms.Field, raw: Any) -> tuple[str, str]:
    """The answer as text, and its kind (`ahv` is masked on papers); what cannot be read stays as typed."""
    if isinstance(field, forms.MultipleChoiceField):
        names = dict(_flat(field.choices))
        return ", ".join(str(names.get(each, each)) for each in raw or []), ""
    if isinstance(field, forms.ChoiceField):
        return str(dict(_flat(field.choices)).get(raw, raw)), ""
    value = _readable(field, raw)
    if value in (None, ""):
        return str(raw), ""
    if isinstance(field, SwissDateField):
        return swiss_date(value), ""
    if isinstance(field, MoneyField):
        return chf(value), ""
    if isinstance(field, PercentField | RateField):
        return percent(value), ""
    if isinstance(field, IBANField):
        return show_iban(value), "iban"
    if isinstance(field, PhoneField):
        return field.prepare_value(value), ""
    return str(value), "ahv" if isinstance(field, AHVField) else ""


def _flat(choices: Iterable[Any]) -> list[tuple[str, Any]]:
    return [(str(value), label) for value, label in choices if value != ""]
