"""Answers that make a report complete, as people type them."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from declarations import services

TODAY = date.today()
FIRST_DAY = TODAY - timedelta(days=20)


def typed(day: date) -> str:
    """A date as people type it."""
    return f"{day.day}.{day.month}.{day.year}"


PERSON = {"street": "Rue du Lac", "house_number": "4", "postcode": "1110", "town": "Morges"}
EMPLOYMENT = {
    "begin": "1.3.2018",
    "occupation": "Joiner",
    "contract": "open",
    "degree": "100",
    "annual_salary": "78'000.00",
}
PERIODS = [
    {"begin": typed(FIRST_DAY), "end": typed(FIRST_DAY + timedelta(days=6)), "degree": "100"},
    {"begin": typed(FIRST_DAY + timedelta(days=7)), "end": "", "degree": "50 %"},
]
ILLNESS: dict[str, dict[str, Any]] = {
    "person": PERSON,
    "employment": EMPLOYMENT,
    "event": {"cause": "illness", "first_day": typed(FIRST_DAY), "earlier": "no"},
    "incapacity": {"periods": PERIODS, "returned": "no", "long": "unknown"},
    "treatment": {"doctor": "Dr. Aubert", "doctor_town": "Morges", "hospital": "no", "payee": "employer"},
}
ACCIDENT: dict[str, dict[str, Any]] = {
    "person": PERSON | {"marital_status": "married", "children": "2"},
    "employment": EMPLOYMENT,
    "event": {
        "accident_date": typed(FIRST_DAY),
        "precision": "exact",
        "accident_time": "14.30",
        "place": "Morges, workshop hall 2",
        "setting": "work",
        "activity": "Carrying a beam",
        "course": "He slipped on the stairs and fell on his hand.",
        "objects": "Stairs",
        "police": "no",
        "body_part": "wrist",
        "body_side": "left",
        "injury": "fracture",
    },
    "incapacity": {"unable": "yes", "periods": PERIODS, "returned": "no"},
    "treatment": {"treated": "yes", "doctor": "CHUV, Lausanne", "payee": "employer"},
}
ANSWERS = {"illness": ILLNESS, "accident": ACCIDENT}


def answers(kind: str = "illness", **changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Complete answers with some fields changed: `answers("illness", event={"cause": "pregnancy"})`."""
    found = deepcopy(ANSWERS[kind])
    for part, fields in changes.items():
        found[part].update(fields)
    return found


def fill(declaration: Any, values: dict[str, dict[str, Any]], *, by: Any) -> None:
    """Save every part."""
    for part, fields in values.items():
        services.save_part(declaration.pk, part, fields, by=by)


def complete(person: Any, kind: str = "illness", *, by: Any) -> Any:
    """A draft that can be sent."""
    declaration = services.start(person, kind, by=by)
    fill(declaration, answers(kind), by=by)
    return declaration


def sent(person: Any, kind: str = "illness", *, by: Any) -> Any:
    """A report that was sent."""
    declaration = complete(person, kind, by=by)
    services.submit(declaration.pk, by=by)
    declaration.refresh_from_db()
    return declaration
