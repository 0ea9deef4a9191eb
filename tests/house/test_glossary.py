"""One thing has one name: the glossary of the portal in four languages, and the catalogs that keep to it.

The names are those of Swiss insurers, authorities and of the salary standard (Swissdec). German is that of
Switzerland, and neutral where it names people (“Vertragsbetreuung” as well as “Vertragsbetreuer/in”).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from core.catalogs import LANGUAGES, load
from core.text import fold
from tests.house.test_layers import sources

# English; French, German, Italian. What follows the dot in a word is its ending, which the sentence decides on.
GLOSSARY = {
    "accident": ("accident·", "Unfall· | Unfäll·", "infortuni·o"),
    "accident insurance": (
        "assurance-accidents",
        "Unfallversicherung | UVG-Zusatzversicherung",
        "assicurazione contro gli infortuni | assicurazione complementare LAINF",
    ),
    "accident sheet": ("feuille·-accident", "Unfallschein·", "fogli·o d’infortuni·o"),
    "account settings": ("paramètres du compte", "Kontoeinstellungen", "impostazioni dell’account"),
    "AHV number": ("numéro· AVS", "AHV-Nummer·", "numer·o AVS"),
    "bank details": ("coordonnées bancaires", "Bankverbindung·", "coordinate bancarie"),
    "benefit statement": ("décompte· de prestations", "Leistungsabrechnung·", "conteggi·o delle prestazioni"),
    "certificate of incapacity": (
        "certificat· d’incapacité de travail", "Arbeitsunfähigkeitszeugnis·", "certificat·o d’incapacità al lavoro",
    ),
    "claim file": ("dossier·", "Schadendossier·", "incart·o"),
    "claim number": ("numéro· de sinistre·", "Schadennummer·", "numer·o di sinistro | numer·i dei sinistri"),
    "claim report": ("déclaration·", "Schadenmeldung·", "notific·a"),
    "company administrator": (
        "administrat·eur d’entreprise", "Betriebsadministrat·or/in", "amministrat·ore/trice di impresa",
    ),
    "contract manager": ("gestionnaire· contrat", "Vertragsbetreu·er/in", "gestor·e dei contratti"),
    "cost guarantee": ("garantie· de prise en charge", "Kostengutsprache·", "garanzi·a di assunzione dei costi"),
    "course of the accident": ("déroulement de l’accident", "Unfallhergang·", "descrizione dell’infortunio"),
    "daily allowance": ("indemnité· journalière·", "Taggeld·", "indennità giornalier·a"),
    "degree of incapacity": (
        "taux d’incapacité", "Arbeitsunfähigkeitsgrad·", "grado d’incapacità al lavoro",
    ),
    "document transfer": ("transfert· de documents", "Dokumentenübermittlung·", "trasmission·e di documenti"),
    "draft": ("brouillon·", "Entwurf· | Entwürf·e", "bozz·a"),
    "due date": ("échéance·", "Fällig·keit", "scadenz·a"),
    "employer": ("employeur·", "Arbeitgeb·er | Betrieb·", "dator·e di lavoro"),
    "forgotten password": ("mot de passe oublié", "Passwort vergessen", "password dimenticata"),
    "health manager": ("gestionnaire· santé", "Leistungsbetreu·er/in", "gestor·e delle prestazioni"),
    "illness": ("maladie·", "Krankheit· | krank·", "malatti·a"),
    "in progress": ("en traitement", "in Bearbeitung", "in elaborazione"),
    "incapacity": ("incapacité·", "Arbeitsunfähig·keit", "incapac·ità"),
    "incapacity for work": ("incapacité· de travail", "Arbeitsunfähig·keit", "incapac·ità al lavoro"),
    "injured body part": ("partie du corps atteinte", "betroffene·r Körperteil·", "parte del corpo lesa"),
    "insured person": (
        "personne· assurée·", "versicherte· Person· | versicherter Person·", "person·a assicurat·a",
    ),
    "insurer": ("assureur·", "Versicherer·", "assicurator·e"),
    "level of employment": ("taux d’occupation", "Beschäftigungsgrad·", "grado di occupazione"),
    "medical certificate": ("certificat· médica·l", "Arztzeugnis·", "certificat·o medic·o"),
    "occupation": ("profession·", "Beruf·", "profession·e"),
    "minor accident": (
        "accident·-bagatelle", "Bagatellunfall· | Bagatellunfäll·", "infortuni·o bagatella",
    ),
    "occupational disease": ("maladie· professionnelle·", "Berufskrankheit·", "malatti·a professional·e"),
    "other insurer": ("autres assureurs", "andere· Versicherer·", "altri assicuratori"),
    "payroll total": ("masse· salariale·", "Lohnsumme·", "mass·a salarial·e"),
    "policy": ("police·", "Police·", "polizz·a"),
    "premium": ("prime·", "Prämie·", "premi·o"),
    "premium invoice": ("facture· de primes", "Prämienrechnung·", "fattur·a dei premi"),
    "recovery code": ("code· de secours", "Wiederherstellungscode·", "codic·e di recupero"),
    "treating doctor": ("médecin· traitant·", "behandelnde· Arzt | behandelnde· Ärztin·", "medico curante"),
    "user management": ("gestion des utilisateurs", "Benutzerverwaltung", "gestione utenti"),
    "user name": ("identifiant·", "Benutzername·", "nom·e utente"),
    "waiting period": ("délai· d’attente", "Wartefrist·", "period·o di attesa"),
}  # fmt: skip
# The longest name first: a claim number is no claim.
NAMES = re.compile(
    r"\b(?:{})\b".format(
        "|".join(re.sub(r"y$", "(?:y|ies)", name) + "s?" for name in sorted(GLOSSARY, key=len, reverse=True))
    ),
    re.IGNORECASE,
)


def names_in(text: str) -> set[str]:
    """The names of the glossary that an English text uses, in the singular."""
    known = {fold(name): name for name in GLOSSARY}
    found = {fold(name) for name in NAMES.findall(text)}
    return {known.get(name) or known.get(name.removesuffix("s")) or known[name[:-3] + "y"] for name in found}


@cache
def pattern(words: str) -> re.Pattern[str]:
    """Finds one of the names of an entry, in any of its endings."""
    ways = []
    for way in words.split(" | "):
        stems = [
            re.escape(fold(re.sub(r"·[\w/]*", "·", part))).replace("·", r"[\w/]*") for part in way.split(" ")
        ]
        ways.append(r"\s+".join(stems))
    return re.compile(rf"\b(?:{'|'.join(ways)})")


def deviations(language: str, source: str, texts: tuple[str, ...]) -> list[str]:
    """The names that a translation of `source` leaves out."""
    column = LANGUAGES.index(language)
    return [
        f"{source!r}: {text!r} does not say {GLOSSARY[name][column]!r}"
        for name in sorted(names_in(source))
        for text in texts
        if not pattern(GLOSSARY[name][column]).search(fold(text))
    ]


def messages(language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every text of a catalog with its translations: one, or singular and plural."""
    found = []
    for message in load(language):
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[-1]
            texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
            found.append((source, tuple(texts)))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogs_use_the_names_of_the_glossary(language):
    found = [each for source, texts in messages(language) for each in deviations(language, source, texts)]
    assert not found, "\n".join(found)


def test_every_name_is_used():
    """An entry that no text uses would check nothing."""
    used = {name for source, _texts in messages("fr") for name in names_in(source)}
    assert GLOSSARY.keys() - used == set()


def asked_to_be_translated() -> Iterator[str]:
    """Every text that the code gives to gettext, read from its tree: the collector of the catalogs misses some."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            name = node.func.id
            if name == "_" or name.removesuffix("_lazy") in {"gettext", "ngettext", "pgettext"}:
                text = node.args[name.startswith("pgettext")]
                if isinstance(text, ast.Constant):
                    yield text.value


def test_the_catalogs_have_every_text_of_the_code():
    collected = {
        text
        for message in load("fr")
        for text in (message.id if isinstance(message.id, tuple) else (message.id,))
    }
    assert {text for text in asked_to_be_translated() if text not in collected} == set()


@pytest.mark.parametrize(
    ("language", "source", "right", "wrong"),
    [
        ("fr", "Claim numbers", "Numéros de sinistre", "Numéros de dossier"),
        ("fr", "Ask the health manager.", "Demandez à la gestionnaire santé.", "Demandez au gestionnaire."),
        ("de", "Drafts", "Entwürfe", "Vorlagen"),
        ("de", "Your contract manager", "Ihre Vertragsbetreuung", "Ihr Kundenberater"),
        ("it", "Claim files", "Incarti dei sinistri", "Pratiche"),
        ("it", "All policies", "Tutte le polizze", "Tutti i contratti"),
    ],
)
def test_a_wrong_name_is_found(language, source, right, wrong):
    assert deviations(language, source, (right,)) == []
    assert len(deviations(language, source, (wrong,))) == 1
