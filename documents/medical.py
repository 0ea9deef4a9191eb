"""Whether a file looks like a medical paper: by its name, and by a few words on the first page of a PDF.

A guess, made to ask the sender, never to decide for him. What is read is neither kept nor logged.
"""

from __future__ import annotations

import json

from documents.child import Task, TooHeavy, Unreadable, child
from documents.children.first_page import plain
from documents.intake import Accepted, Readable, blocks

FIRST_PAGE = Task("first_page", cpu_seconds=5, wall_seconds=10)

# Beginnings of words, without accents: German, French, Italian, English.
IN_NAMES = (
    "arzt", "aerztlich", "befund", "laborbericht", "laborwert", "rontgen", "roentgen", "krankengeschichte",
    "krankenbericht", "austrittsbericht", "operationsbericht", "spitalbericht", "klinikbericht", "schwangerschaft",
    "medecin", "ordonnance", "anamnes", "operatoire", "radiograph", "grossesse", "irm ",
    "referto", "ricetta", "radiografia", "gravidanza", "cartella clinica", "dimissione ospedaliera",
    "prescription", "discharge summary", "pregnancy", "x ray", "xray", "mri ",
    "medical", "medico", "medica ", "medicale", "medizin", "diagnos", "therap", "terapia", "patholog", "patolog",
    "psychiatr", "psichiatr", "psychotherap", "psicoterap", "radiolog", "oncolog", "onkolog", "burnout", "burn out",
    "depression", "depressione",
)  # fmt: skip
# Any paper may use one of them: two different ones speak of an illness.
ON_PAGES = (
    "diagnos", "anamnes", "befund", "symptom", "sintom", "prognos", "icd 10", "icd10", "cim 10",
    "patient", "pazient", "therap", "traitement medic", "terapia", "medikament", "medicament", "farmac",
    "arztzeugnis", "arztbericht", "certificat medical", "rapport medical", "certificato medico", "rapporto medico",
    "medical certificate", "medical report", "klinisch", "examen clinique", "esame clinico", "clinical",
    "posologi", "dosierung", "ordonnance", "ricetta", "prescription",
)  # fmt: skip
ENOUGH = 2


def looks_medical(file: Readable, accepted: Accepted) -> bool:
    """Whether this checked file looks like a medical paper. Leaves it at its start."""
    name = plain(accepted.name)
    if any(f" {word}" in f" {name} " for word in IN_NAMES):
        return True
    return accepted.content_type == "application/pdf" and words_on_first_page(file) >= ENOUGH


def words_on_first_page(file: Readable) -> int:
    """How many of the words stand there; none when the page cannot be read: whatever else it is, it is a guess."""
    try:
        with child(FIRST_PAGE, [json.dumps(ON_PAGES)], blocks(file)) as pipe:
            answer = pipe.read(20)
    except (TooHeavy, Unreadable):
        return 0
    finally:
        file.seek(0)
    return int(answer) if answer.isdigit() else 0
