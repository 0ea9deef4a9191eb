"""Words of the insurer in the demo: templates of requests, codes in plain words; and certificates read off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from claims_files import services
from claims_files.models import ClaimFile, RequestTemplate
from claims_files.reading import periods_of
from claims_files.term_imports import TERMS
from core import imports

# Kind, addressee, days; then title and text in German, French, Italian and English.
TEMPLATES = (
    ("certificate", "employer", 10,
     "Zeugnis für den nächsten Zeitraum", "Bitte senden Sie das Arbeitsunfähigkeitszeugnis mit Beginn, Ende und Grad. Angaben zur Ursache gehören nicht dazu.",
     "Certificat pour la période suivante", "Veuillez envoyer le certificat d’incapacité de travail avec début, fin et taux. La cause n’y figure pas.",
     "Certificato per il periodo successivo", "Inviate il certificato d’incapacità al lavoro con inizio, fine e grado. La causa non vi figura.",
     "Certificate for the next period", "Please send the certificate of incapacity for work with begin, end and degree. It says nothing of the cause."),
    ("wage_statement", "employer", 14,
     "Lohnausweise der letzten zwölf Monate", "Wir brauchen die Lohnabrechnungen der zwölf Monate vor dem Ereignis, um das Taggeld zu berechnen.",
     "Décomptes de salaire des douze derniers mois", "Nous avons besoin des décomptes de salaire des douze mois avant l’événement pour calculer l’indemnité journalière.",
     "Conteggi di salario degli ultimi dodici mesi", "Per calcolare l’indennità giornaliera ci servono i conteggi di salario dei dodici mesi prima dell’evento.",
     "Wage statements of the last twelve months", "We need the wage statements of the twelve months before the event to reckon the daily allowance."),
    ("accident_sheet", "employer", 20,
     "Unfallschein zurücksenden", "Die Behandlung ist abgeschlossen: Bitte senden Sie den Unfallschein zurück.",
     "Retour de la feuille-accident", "Le traitement est terminé : veuillez renvoyer la feuille-accident.",
     "Restituzione del foglio d’infortunio", "La cura è terminata: rinviate il foglio d’infortunio.",
     "Return the accident sheet", "The treatment is over: please send the accident sheet back."),
    ("medical_report", "person", 20,
     "Bericht Ihrer Ärztin oder Ihres Arztes", "Bitten Sie Ihre Ärztin oder Ihren Arzt um einen Bericht zum Verlauf. Nur Sie und der Versicherer sehen ihn.",
     "Rapport de votre médecin", "Demandez à votre médecin un rapport sur l’évolution. Seuls vous et l’assureur le voyez.",
     "Rapporto del vostro medico", "Chiedete al vostro medico un rapporto sul decorso. Lo vedete solo voi e l’assicuratore.",
     "Report of your doctor", "Ask your doctor for a report on the course. Only you and the insurer see it."),
    ("id_copy", "person", 10,
     "Kopie eines Ausweises", "Bitte senden Sie eine Kopie Ihres Ausweises, damit wir die Auszahlung prüfen können.",
     "Copie d’une pièce d’identité", "Veuillez envoyer une copie de votre pièce d’identité pour que nous puissions contrôler le versement.",
     "Copia di un documento d’identità", "Inviate una copia del vostro documento d’identità, affinché possiamo verificare il versamento.",
     "Copy of an identity document", "Please send a copy of your identity document, so that we can check the payment."),
)  # fmt: skip
# Kind and code, then the meaning in German, French, Italian and English; invented, in the form of usual tariffs.
CODES = (
    ("tariff", "00.0010", "Konsultation, erste 5 Minuten", "Consultation, 5 premières minutes", "Consultazione, primi 5 minuti", "Consultation, first 5 minutes"),
    ("tariff", "00.0020", "Konsultation, jede weiteren 5 Minuten", "Consultation, chaque 5 minutes supplémentaires", "Consultazione, ogni 5 minuti supplementari", "Consultation, every further 5 minutes"),
    ("tariff", "00.0030", "Konsultation, letzte 5 Minuten", "Consultation, 5 dernières minutes", "Consultazione, ultimi 5 minuti", "Consultation, last 5 minutes"),
    ("tariff", "39.0020", "Röntgenaufnahme", "Radiographie", "Radiografia", "X-ray picture"),
    ("tariff", "7301", "Physiotherapie, eine Sitzung", "Physiothérapie, une séance", "Fisioterapia, una seduta", "Physiotherapy, one session"),
    ("reason", "R01", "Diese Leistung ist im Vertrag nicht enthalten.", "Cette prestation n’est pas prévue par le contrat.", "Questa prestazione non è prevista dal contratto.", "The contract does not include this benefit."),
    ("reason", "R02", "Ihr Anteil: Selbstbehalt laut Vertrag.", "Votre part : quote-part selon le contrat.", "La vostra parte: aliquota secondo il contratto.", "Your share: the percentage that the contract says."),
    ("reason", "R03", "Schon mit einer früheren Rechnung bezahlt.", "Déjà payé avec une facture précédente.", "Già pagato con una fattura precedente.", "Paid with an earlier bill already."),
    ("reason", "R04", "Tage vor dem Ende der Wartefrist.", "Jours avant la fin du délai d’attente.", "Giorni prima della fine del periodo di attesa.", "Days before the end of the waiting period."),
    ("decision", "D01", "Angenommen: Der Versicherer zahlt.", "Accepté : l’assureur paie.", "Accettato: l’assicuratore paga.", "Accepted: the insurer pays."),
    ("decision", "D02", "Unklar: Es fehlen Angaben, der Entscheid folgt.", "Incertain : des indications manquent, la décision suivra.", "Incerto: mancano indicazioni, la decisione segue.", "Unclear: something is missing, the decision follows."),
    ("decision", "D03", "Abgelehnt: Der Versicherer zahlt nicht.", "Refusé : l’assureur ne paie pas.", "Rifiutato: l’assicuratore non paga.", "Declined: the insurer does not pay."),
)  # fmt: skip


def make_words(sacha: Any) -> None:
    """Templates, and the dictionary as the insurer loads it: as a table, after a yes."""
    for kind, addressee, days, *words in TEMPLATES:
        fields = {
            f"{part}_{code}": words[2 * place + offset]
            for place, code in enumerate(("de", "fr", "it", "en"))
            for offset, part in enumerate(("title", "text"))
        }
        services.save_template(RequestTemplate(kind=kind, addressee=addressee, days=days, **fields), by=sacha)
    texts = ("text_de", "text_fr", "text_it", "text_en")
    rows = [
        {"kind": kind, "code": code, "valid_from": "01.01.2020", **dict(zip(texts, words, strict=True))}
        for kind, code, *words in CODES
    ]
    table = imports.bring_rows(TERMS, None, rows, by=sacha)
    imports.confirm(TERMS, table.pk, by=sacha)
    imports.carry_on(table.pk)


def read_certificates(users: Mapping[str, Any], hr: Mapping[str, Any], pauline: Any) -> None:
    """One that ends in a few days and is confirmed; Nadia's was entered by HR, with a gap before it."""
    today = timezone.localdate()
    claim = _going_on()
    services.enter_certificate(
        claim.pk,
        begin=claim.event_date,
        end=today + timedelta(days=4),
        degree=100,
        issued=claim.event_date + timedelta(days=1),
        by=pauline,
    )
    claim = _case_of(users["nadia"])
    services.enter_certificate(
        claim.pk,
        begin=claim.event_date + timedelta(days=2),
        end=today - timedelta(days=2),
        degree=100,
        by=hr["rochat"],
    )


def _going_on() -> ClaimFile:
    """The oldest accepted case of an incapacity whose end nobody knows."""
    claims = list(ClaimFile.unrestricted.filter(state="accepted").order_by("event_date"))
    periods = periods_of(claims)
    return next(each for each in claims if periods[each.pk] and periods[each.pk][-1].end is None)


def _case_of(user: Any) -> ClaimFile:
    """The newest case of somebody of the cast."""
    return ClaimFile.unrestricted.filter(person__user=user).order_by("-created")[0]
