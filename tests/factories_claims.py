"""Makers of claim files for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from claims_files import services
from claims_files.models import ClaimFile, RequestTemplate
from documents.services import open_folder

CONTENT = {
    "parts": [
        {
            "name": "event",
            "title": "Event",
            "audience": "all",
            "rows": [["Date of the event", "03.11.2026"], ["Place", "Workshop"]],
        },
        {
            "name": "health",
            "title": "Health questionnaire",
            "audience": "person",
            "rows": [["Diagnosis", "Lumbago"]],
        },
    ]
}


def open_claim(
    cast: Any,
    *,
    person: Any = None,
    contract: Any = None,
    content: Any = None,
    periods: Any = ((date(2026, 11, 3), date(2026, 11, 16), 100),),
    by: Any = None,
    **fields: Any,
) -> ClaimFile:
    """A claim file of Marco (or `person`), opened by HR the way a submitted report opens it."""
    person = person or cast.marco
    company = person.company
    if contract is None:
        contract = cast.ktg if company.pk == cast.rochat.pk else cast.keller_ktg
    with transaction.atomic():
        return services.open_from_report(
            kind=fields.pop("kind", "illness"),
            company=company,
            site=person.site,
            contract=contract,
            person=person,
            event_date=fields.pop("event_date", date(2026, 11, 3)),
            content=CONTENT if content is None else content,
            language="fr",
            folder=open_folder(company=company, site=person.site, contract=contract, person=person),
            incapacity=[{"begin": begin, "end": end, "degree": degree} for begin, end, degree in periods],
            by=by or cast.hugo,
        )


def make_template(by: Any, **fields: Any) -> RequestTemplate:
    """A template of a request for a certificate from the employer, or otherwise."""
    languages = ("de", "fr", "it", "en")
    values = {
        "kind": "certificate",
        "addressee": "employer",
        "days": 14,
        **{f"title_{code}": f"Title {code}" for code in languages},
        **{f"text_{code}": f"Text {code}" for code in languages},
        **fields,
    }
    return services.save_template(RequestTemplate(**values), by=by)
