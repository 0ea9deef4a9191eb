"""Reports of every kind in which each sealed answer is a word that stands nowhere else.

Which answers are sealed is read from the forms: one of a new sort fails here until somebody says how it is marked.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from django import forms

from core.fields import IBANField, PhoneField, SwissDateField
from declarations.forms import FORMS
from declarations.forms.base import PartForm, in_words
from tests.declarations.answers import FIRST_DAY, answers

# What the employer reads of somebody's own report, of the event and after it: every other answer is sealed.
OPEN = frozenset(
    [
        "accident_date",
        "accident_form",
        "accident_time",
        "activity",
        "date_precision",
        "last_worked",
        "last_worked_time",
        "objects",
        "absence_until",
        "persons",
        "place",
        "police",
        "police_station",
        "precision",
        "setting",
        "died_on",
        "old_date",
        "old_employer",
        "old_insurer",
        "old_number",
        "relapse_date",
        "bitten_on",
        "chewing",
        "kept",
        "agent",
        "exposed_since",
        "exposed_until",
        "noticed",
        "protection",
        "substance",
        "task",
        "first_day",
        "long",
        "returned",
        "returned_on",
        "unable",
        "born",
        "children_born",
        "expected",
        "leave_days",
        "leave_from",
        "leave_until",
        "continued",
        "continued_until",
        "eo_asked",
        "payee",
        "payee_from",
        "persons_group",
    ]
)
# Under what open answers the sealed ones are asked for.
ASKED = {
    "event": {
        "accident": {"setting": "free_time", "last_worked": f"{FIRST_DAY - timedelta(days=1):%d.%m.%Y}"},
    },
    "treatment": {"payee": "person"},
    "payment": {"payee": "person"},
}
# An illness has a reason, which decides on the cover; the other two days lie where nothing else happens.
DAYS = {
    "earlier_from": FIRST_DAY - timedelta(days=419),
    "earlier_until": FIRST_DAY - timedelta(days=411),
    "child_home": FIRST_DAY + timedelta(days=11),
}
_running = itertools.count(1)


def is_marked(value: Any) -> bool:
    """Whether somebody gave such a word as one of the answers to choose from."""
    return any(str(each).startswith("qx") for each in (value if isinstance(value, list) else [value]))


@contextmanager
def any_answer() -> Iterator[None]:
    """Within this block a question to choose from takes our words, too, and asks on as for any other answer."""
    valid, applies = forms.ChoiceField.valid_value, PartForm.applies

    def takes(field: Any, value: Any) -> bool:
        return is_marked(value) or valid(field, value)

    def asks(form: Any, name: str) -> bool:
        condition = form.conditions.get(name) if name in form.sealed else None
        return (condition is not None and is_marked(form.data.get(condition.field, ""))) or applies(
            form, name
        )

    with patch.object(forms.ChoiceField, "valid_value", takes), patch.object(PartForm, "applies", asks):
        yield


def secret_answers(kind: str) -> tuple[dict[str, dict[str, Any]], list[tuple[str, str]]]:
    """The answers of somebody's own report of this kind, all sealed ones given; and each sealed one with its words."""
    given, words = answers(kind), []
    for part, form in FORMS[kind].items():
        fields: dict[str, forms.Field] = form.base_fields  # type: ignore[attr-defined]
        asked: dict[str, Any] = ASKED.get(part, {})
        asked = asked.get("accident", {}) if part == "event" and "absence" in fields else asked
        given[part] |= {name: value for name, value in asked.items() if name in fields}
        for name in sorted(form.sealed & fields.keys()):
            given[part][name] = typed = _marked(
                f"{kind.replace('_', '')}{name.replace('_', '')}", name, fields[name]
            )
            words += [(name, text) for text in _said(fields[name], typed)]
    return given, words


def _marked(word: str, name: str, field: forms.Field) -> Any:
    """An answer as it is typed, that stands nowhere else."""
    number = next(_running)
    if isinstance(field, SwissDateField):
        return f"{DAYS[name]:%d.%m.%Y}"
    if isinstance(field, PhoneField):
        return f"021 998 76 {number % 100:02d}"
    if isinstance(field, IBANField):
        return _iban(number)
    if isinstance(field, forms.MultipleChoiceField):
        return [f"qx{word}zv"]
    assert type(field) in {forms.ChoiceField, forms.CharField}, (
        f"How is an answer to {name} marked? Say it here."
    )
    return f"qx{word}zv"


def _said(field: forms.Field, typed: Any) -> set[str]:
    """How an answer stands on pages, and over the API."""
    if isinstance(typed, list):
        return set(typed)
    with any_answer():
        value = field.clean(typed)
    return {in_words(field, typed)[0], value.isoformat() if isinstance(value, date) else str(value)}


def _iban(number: int) -> str:
    """An account at a bank that exists, with its check digits."""
    account = f"00761998{number:09d}"
    return f"CH{98 - int(f'{account}121700') % 97:02d}{account}"
