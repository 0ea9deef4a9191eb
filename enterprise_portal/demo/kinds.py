"""The rarer kinds of reports in the demo: what HR would write, in the language of the company."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from companies.models import InsuredPerson
from declarations.forms import FORMS
from declarations.models import Declaration

Kind = Declaration.Kind
Parts = dict[str, dict[str, Any]]

# How often a case is of a kind, in a hundred.
OFTEN = {
    Kind.ILLNESS: 48,
    Kind.ACCIDENT: 20,
    Kind.MINOR_ACCIDENT: 14,
    Kind.DENTAL: 4,
    Kind.RELAPSE: 4,
    Kind.MATERNITY: 5,
    Kind.OTHER_PARENT: 3,
    Kind.OCCUPATIONAL_DISEASE: 1,
    Kind.SEVERE_ACCIDENT: 1,
}

TEETH = {
    "fr": ("Noyau de cerise dans un gâteau", "Incisive supérieure gauche", "A mordu sur un objet dur."),
    "de": ("Kirschkern in einem Kuchenstück", "Oberer Schneidezahn links", "Auf etwas Hartes gebissen."),
    "it": ("Nocciolo di ciliegia in una torta", "Incisivo superiore sinistro", "Ha morso qualcosa di duro."),
}
AGENTS = {
    "fr": ("Résine époxy", "Collage de revêtements de sol, environ quatre heures par jour", "Gants, masque"),
    "de": ("Epoxidharz", "Kleben von Bodenbelägen, rund vier Stunden pro Tag", "Handschuhe, Maske"),
    "it": ("Resina epossidica", "Incollaggio di pavimenti, circa quattro ore al giorno", "Guanti, maschera"),
}
# Whoever was born before gives birth to nobody.
PARENTS_BORN_SINCE = 1982
RELAPSES = {
    "fr": "Les douleurs sont revenues en montant les escaliers.",
    "de": "Die Beschwerden sind beim Treppensteigen zurückgekommen.",
    "it": "I disturbi sono ricomparsi salendo le scale.",
}


def kind_for(random: Random, person: InsuredPerson) -> str:
    """What is reported of this person next; births of those young enough, by the one who gives birth or the other."""
    kind = random.choices(list(OFTEN), list(OFTEN.values()))[0]
    if not kind.is_birth:
        return kind.value
    if person.birth_date.year < PARENTS_BORN_SINCE:
        return Kind.ILLNESS.value
    mother = person.sex == InsuredPerson.Sex.FEMALE
    return (Kind.MATERNITY if mother else Kind.OTHER_PARENT).value


def fitted(kind: str, person: InsuredPerson, event: date, parts: Parts, random: Random) -> Parts:
    """The answers of an ordinary accident made into those of another kind: what it asks besides, and nothing else."""
    besides = MAKERS.get(Kind(kind), _nothing)(person, event, random)
    found = {}
    for part, form in FORMS[kind].items():
        names = {*form.base_fields, form.rows_name}  # type: ignore[attr-defined]
        answers = parts.get(part, {}) | besides.get(part, {})
        found[part] = {name: value for name, value in answers.items() if name in names}
    return found


def _language(person: InsuredPerson) -> str:
    return person.company.language if person.company.language in TEETH else "fr"


def _written(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _nothing(_person: InsuredPerson, _event: date, _random: Random) -> Parts:
    return {}


def _minor(_person: InsuredPerson, event: date, random: Random) -> Parts:
    if random.random() < 0.5:
        return {"incapacity": {"unable": "no", "periods": [], "returned": "", "returned_on": ""}}
    last = event + timedelta(days=random.randint(0, 2))
    period = {"begin": _written(event), "end": _written(last), "degree": "100"}
    back = {"returned": "fully", "returned_on": _written(last + timedelta(days=1))}
    return {"incapacity": {"unable": "yes", "periods": [period], **back}}


def _dental(person: InsuredPerson, _event: date, _random: Random) -> Parts:
    bitten, teeth, course = TEETH[_language(person)]
    event = {"chewing": "yes", "bitten_on": bitten, "kept": "yes", "teeth": teeth, "course": course}
    return {"event": event, "incapacity": {"unable": "no", "periods": [], "returned": "", "returned_on": ""}}


def _relapse(person: InsuredPerson, event: date, random: Random) -> Parts:
    earlier = event - timedelta(days=random.randint(300, 900))
    return {
        "event": {
            "old_number": f"K {random.randint(10, 99)}.{random.randint(10000, 99999)}",
            "old_date": _written(earlier),
            "old_employer": person.company.name,
            "relapse_date": _written(event),
            "relapse_course": RELAPSES[_language(person)],
            "between": "no",
        }
    }


def _disease(person: InsuredPerson, event: date, _random: Random) -> Parts:
    substance, task, protection = AGENTS[_language(person)]
    return {
        "event": {
            "noticed": _written(event),
            "date_precision": "approximate",
            "agent": "substance",
            "substance": substance,
            "task": task,
            "exposed_since": _written(max(person.employment_begin, event - timedelta(days=700))),
            "protection": protection,
        }
    }


def _severe(person: InsuredPerson, _event: date, random: Random) -> Parts:
    severity = random.choice(("danger", "severe"))
    return {"event": {"severity": severity, "relative": f"Famille {person.last_name}"}}


def _maternity(_person: InsuredPerson, event: date, _random: Random) -> Parts:
    return {
        "event": {
            "expected": _written(event + timedelta(days=5)),
            "born": _written(event),
            "children_born": "1",
            "child_hospital": "no",
            "returned": "no",
            "returned_on": "",
        },
        "payment": {"continued": "partly", "eo_asked": "yes", "payee": "employer"},
    }


def _other_parent(_person: InsuredPerson, event: date, _random: Random) -> Parts:
    return {
        "event": {
            "born": _written(event),
            "leave_from": _written(event + timedelta(days=7)),
            "leave_until": _written(event + timedelta(days=20)),
            "leave_days": "14",
        },
        "payment": {"continued": "fully", "eo_asked": "yes", "payee": "employer"},
    }


MAKERS: dict[Kind, Callable[[InsuredPerson, date, Random], Parts]] = {
    Kind.MINOR_ACCIDENT: _minor,
    Kind.DENTAL: _dental,
    Kind.RELAPSE: _relapse,
    Kind.OCCUPATIONAL_DISEASE: _disease,
    Kind.SEVERE_ACCIDENT: _severe,
    Kind.MATERNITY: _maternity,
    Kind.OTHER_PARENT: _other_parent,
}
