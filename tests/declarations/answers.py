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
PLAIN_EMPLOYMENT = {name: EMPLOYMENT[name] for name in ("begin", "occupation", "contract", "degree")}
PLAIN_TREATMENT = {"treated": "yes", "doctor": "CHUV, Lausanne"}
SHORT = {
    "unable": "yes",
    "periods": [{"begin": typed(FIRST_DAY), "end": typed(FIRST_DAY + timedelta(days=2)), "degree": "100"}],
    "returned": "fully",
    "returned_on": typed(FIRST_DAY + timedelta(days=3)),
}
MINOR: dict[str, dict[str, Any]] = {
    "person": PERSON,
    "employment": PLAIN_EMPLOYMENT,
    "event": {name: value for name, value in ACCIDENT["event"].items() if name != "objects"},
    "incapacity": SHORT,
    "treatment": PLAIN_TREATMENT,
}
RELAPSE: dict[str, dict[str, Any]] = ACCIDENT | {
    "event": {
        "relapse_date": typed(FIRST_DAY),
        "old_date": typed(FIRST_DAY - timedelta(days=900)),
        "old_employer": "Rochat Bois SA, Morges",
        "body_part": "knee",
        "relapse_course": "The knee swelled again while climbing stairs.",
    },
}
DENTAL: dict[str, dict[str, Any]] = {
    "person": PERSON,
    "employment": PLAIN_EMPLOYMENT,
    "event": {
        "accident_date": typed(FIRST_DAY),
        "precision": "approximate",
        "place": "Morges, canteen",
        "setting": "work",
        "activity": "Lunch",
        "course": "He bit on something hard.",
        "chewing": "yes",
        "bitten_on": "A cherry stone in a piece of cake",
        "teeth": "Upper front tooth on the left",
    },
    "incapacity": {"unable": "no"},
    "treatment": PLAIN_TREATMENT,
}
OCCUPATIONAL: dict[str, dict[str, Any]] = ACCIDENT | {
    "event": {
        "noticed": typed(FIRST_DAY),
        "agent": "substance",
        "substance": "Epoxy resin",
        "task": "Gluing floor coverings",
        "exposed_since": "1.3.2019",
    },
}
SEVERE: dict[str, dict[str, Any]] = {
    "person": PERSON,
    "employment": EMPLOYMENT,
    "event": ACCIDENT["event"] | {"severity": "danger", "relative": "Anna Rossi, wife"},
    "incapacity": ACCIDENT["incapacity"],
    "treatment": ACCIDENT["treatment"],
}
MATERNITY: dict[str, dict[str, Any]] = {
    "person": PERSON,
    "employment": EMPLOYMENT,
    "event": {
        "expected": typed(FIRST_DAY + timedelta(days=4)),
        "born": typed(FIRST_DAY),
        "children_born": "1",
        "returned": "no",
    },
    "payment": {"continued": "partly", "eo_asked": "yes", "payee": "employer"},
}
OTHER_PARENT: dict[str, dict[str, Any]] = {
    "person": PERSON,
    "employment": EMPLOYMENT,
    "event": {
        "born": typed(FIRST_DAY),
        "leave_from": typed(FIRST_DAY + timedelta(days=1)),
        "leave_until": typed(FIRST_DAY + timedelta(days=14)),
        "leave_days": "14",
    },
    "payment": {"continued": "no", "payee": "person", "iban": "CH93 0076 2011 6238 5295 7"},
}
ANSWERS = {
    "illness": ILLNESS,
    "accident": ACCIDENT,
    "minor_accident": MINOR,
    "relapse": RELAPSE,
    "dental": DENTAL,
    "occupational_disease": OCCUPATIONAL,
    "severe_accident": SEVERE,
    "maternity": MATERNITY,
    "other_parent": OTHER_PARENT,
}


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
