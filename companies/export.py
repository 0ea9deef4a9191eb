"""Taking the list of employees away as a file, in the columns in which it can be brought back; who did so is in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from companies.imports import PERSONS
from companies.models import Company, InsuredPerson
from companies.services import known_closely
from core.errors import NotNow
from core.tables import table_file
from core.text import number
from permissions.audit import record
from permissions.policy import require_somewhere

# More are narrowed by site or name first.
MOST_PEOPLE = 20_000
CHUNK = 500
VIEW = "person.view"


@transaction.atomic
def export_persons(rows: QuerySet[InsuredPerson], kind: str, *, by: Any) -> bytes:
    """These people (of `persons(by)`) as `csv` or `xlsx`; numbers, salary and address only as `by` is shown them.

    Raises NotAllowed, and NotNow for more than `MOST_PEOPLE`.
    """
    require_somewhere(by, VIEW)
    keys = list(rows.order_by("sort_key", "pk").values_list("pk", flat=True)[: MOST_PEOPLE + 1])
    if len(keys) > MOST_PEOPLE:
        raise NotNow(
            _("A file holds at most %(most)s people. Narrow the list by site or name first.")
            % {"most": number(MOST_PEOPLE)}
        )
    companies = list(
        InsuredPerson.unrestricted.filter(pk__in=keys)
        .order_by()
        .values_list("company", flat=True)
        .distinct()[:2]
    )
    company = Company.unrestricted.get(pk=companies[0]) if len(companies) == 1 else None
    record(by, "person.exported", company, people=len(keys), kind=kind)
    heading = [*(str(label) for label in PERSONS.labels().values()), _("Company")]
    return table_file(kind, _("Employees"), heading, _cells(keys, by))


def _cells(keys: list[Any], by: Any) -> Iterator[list[Any]]:
    """In the order of the columns of `PERSONS`."""
    languages = dict(settings.LANGUAGES)
    for start in range(0, len(keys), CHUNK):
        people = list(
            InsuredPerson.unrestricted.filter(pk__in=keys[start : start + CHUNK])
            .select_related("company", "site")
            .order_by("sort_key", "pk")
        )
        known = known_closely(by, people)
        for person in people:
            closely = person.pk in known
            hidden = [person.annual_salary, person.street, person.house_number, person.postcode, person.town]
            yield [
                person.insured_number,
                person.ahv_number if closely else person.ahv_masked,
                person.last_name,
                person.first_name,
                person.birth_date,
                person.get_sex_display(),
                languages[person.language],
                person.site.name,
                person.occupation,
                person.employment_begin,
                person.employment_end,
                Decimal(f"{person.degree_percent.normalize():f}"),
                *(hidden if closely else [""] * len(hidden)),
                person.company.name,
            ]
