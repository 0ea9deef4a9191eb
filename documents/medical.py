"""Whether a file looks like a medical paper: by its name, and by a few words on the first page of a PDF.

A guess, made to ask the sender, never to decide for him. What is read is neither kept nor logged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from documents.first_page import plain
from documents.intake import Accepted, Readable, blocks

FIRST_PAGE = Path(__file__).with_name("first_page.py")

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
    command = [sys.executable, "-I", str(FIRST_PAGE), json.dumps(ON_PAGES)]
    # An empty environment: the child needs none of our secrets.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        with suppress(BrokenPipeError), child.stdin as pipe:
            for block in blocks(file):
                pipe.write(block)
        answer = child.stdout.read(20)
    file.seek(0)
    return int(answer) if child.returncode == 0 and answer.isdigit() else 0
