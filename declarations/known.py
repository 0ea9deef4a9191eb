"""What the records know already when a report is begun: nobody types it twice."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from companies.models import InsuredPerson
from companies.services import knows_closely
from core.fields import PhoneField
from declarations.forms import codes
from declarations.forms.questions import plain_decimal


def known_parts(person: InsuredPerson, own: bool, by: Any) -> dict[str, dict[str, Any]]:
    """The first answers of a report about `person` that `by` begins: `{part: {field: value}}`.

    The company's figures stay out of one's `own` report. Whoever is not shown a person's salary and address in
    the records does not learn them by a draft either.
    """
    closely = knows_closely(by, person)
    known = {
        "person": _reached(person) if closely else {},
        "employment": {} if own else _employed(person, closely=closely) | _contact(by),
    }
    filled = {
        part: {name: value for name, value in fields.items() if value} for part, fields in known.items()
    }
    return {part: fields for part, fields in filled.items() if fields}


def _reached(person: InsuredPerson) -> dict[str, str]:
    found = {
        "street": person.street,
        "house_number": person.house_number,
        "postcode": person.postcode,
        "town": person.town,
        "country": person.country,
    }
    if person.country and person.country not in codes.Country.values:
        found |= {"country": codes.Country.OTHER.value, "other_country": person.country}
    return found


def _employed(person: InsuredPerson, *, closely: bool) -> dict[str, str]:
    site = person.site
    places = [site.name] if site.town in site.name else [site.name, site.town]
    return {
        "begin": person.employment_begin.isoformat(),
        "occupation": person.occupation,
        "degree": str(plain_decimal(person.degree_percent)),
        "annual_salary": str(person.annual_salary) if closely else "",
        "workplace": ", ".join(place for place in places if place),
    }


def _contact(by: Any) -> dict[str, str]:
    """Whoever reports is asked first; a phone number that the form would refuse is left out."""
    try:
        phone = PhoneField(required=False).clean(by.phone)
    except ValidationError:
        phone = ""
    return {"contact_name": by.name, "contact_phone": phone, "contact_email": by.email}
