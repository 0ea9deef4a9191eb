"""What the records know already when a report is begun: nobody types it twice."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from companies.models import InsuredPerson
from companies.services import knows_closely
from core.fields import PhoneField
from declarations.forms import codes
from declarations.forms.questions import plain_decimal
from declarations.models import Declaration
from permissions.policy import visible_to

# What of an earlier report holds for the next one as well: about the person and the employment, never about a case.
LASTING = (
    "phone",
    "email",
    "nationality",
    "permit",
    "marital_status",
    "children",
    "position",
    "weekly_hours",
    "full_hours",
    "salary_unit",
    "thirteenth",
    "holiday_percent",
)


def known_answers(person: InsuredPerson, own: bool, by: Any) -> dict[str, Any]:
    """The first answers of a report about `person` that `by` begins, by field.

    The company's figures stay out of one's `own` report. Whoever is not shown a person's salary and address in
    the records does not learn them by a draft either. The records go before what was answered in an earlier report.
    """
    closely = knows_closely(by, person)
    known: dict[str, Any] = {}
    if closely:
        known |= _answered(person, own, by) | _given(_reached(person))
    if not own:
        known |= _given(_employed(person, closely=closely)) | _given(_contact(by))
    return known


def _given(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _answered(person: InsuredPerson, own: bool, by: Any) -> dict[str, Any]:
    """What the same side answered in the last report of this person: neither learns what the other one wrote."""
    side = Declaration.Side.EMPLOYEE if own else Declaration.Side.EMPLOYER
    rows = visible_to(by, "declaration.view").filter(person=person, side=side, state=Declaration.State.SENT)
    parts = rows.order_by("-created", "-id").values_list("parts", flat=True).first() or {}
    names = LASTING[:6] if own else LASTING
    answers = (parts.get("person") or {}) | (parts.get("employment") or {})
    return {name: answers[name] for name in names if name in answers}


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
