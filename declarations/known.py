"""What the records know already when a report is begun: nobody types it twice."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from companies.models import InsuredPerson
from companies.services import knows_closely
from core.fields import PhoneField
from declarations.forms import codes, event_date_of
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


# How an illness begins for a company: a doctor has certified it, nobody is back yet, the salary is paid on.
USUAL = {
    "event": {"cause": codes.IllnessCause.ILLNESS.value},
    "incapacity": {"returned": codes.Returned.NO.value},
    "treatment": {"payee": codes.Payee.EMPLOYER.value},
}


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


def suggested(declaration: Declaration, part: str) -> dict[str, Any]:
    """What stands in a part of the company's report until somebody has answered it: what is so nearly always.

    It is seen and sent with the part, and kept for nobody who never opened it. In one's own report nothing is
    supposed. The first period begins with the case: nobody types the date twice.
    """
    kept = declaration.parts.get(part) or {}
    found: dict[str, Any] = {}
    if part == "incapacity" and not kept.get("periods") and (day := event_date_of(declaration.parts)):
        found["periods"] = [{"begin": day.isoformat()}]
    if part not in declaration.saves and declaration.side == Declaration.Side.EMPLOYER:
        found |= _usual(declaration).get(part, {})
    return {name: value for name, value in found.items() if not kept.get(name)}


def _usual(declaration: Declaration) -> dict[str, dict[str, str]]:
    open_ended = not declaration.person.employment_end
    usual = {"employment": {"contract": codes.Employment.OPEN.value}} if open_ended else {}
    return usual | (USUAL if declaration.kind == Declaration.Kind.ILLNESS else {})


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
