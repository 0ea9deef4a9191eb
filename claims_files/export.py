"""Taking the list of claim files away as a file, each as its reader is shown it; who did so is in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from claims_files import reading
from claims_files.models import ClaimFile
from companies.models import Company
from core.errors import NotNow
from core.tables import table_file
from core.text import number
from permissions.audit import record
from permissions.policy import require_somewhere, visible_to

VIEW = "claim.view"
# More are narrowed by day, status or site first.
MOST_CLAIMS = 20_000
CHUNK = 500


@transaction.atomic
def export_claims(rows: QuerySet[ClaimFile], kind: str, *, by: Any) -> bytes:
    """Those of `rows` that `by` sees, the newest first, as `csv` or `xlsx`: state and course as the list shows them.

    Raises NotAllowed, and NotNow for more than `MOST_CLAIMS`.
    """
    require_somewhere(by, VIEW)
    found = visible_to(by, VIEW, rows).order_by("-created", "-id").values_list("pk", "company")
    keys = list(found[: MOST_CLAIMS + 1])
    if len(keys) > MOST_CLAIMS:
        raise NotNow(
            _("A file holds at most %(most)s claim files. Narrow the list by status, site or days first.")
            % {"most": number(MOST_CLAIMS)}
        )
    companies = {company for _key, company in keys}
    company = Company.unrestricted.get(pk=companies.pop()) if len(companies) == 1 else None
    record(by, "claim.exported", company, claims=len(keys), kind=kind)
    return table_file(kind, _("Claims"), _heading(), _cells([key for key, _company in keys], by))


def _heading() -> list[str]:
    return [
        _("Claim number"),
        _("Last name"),
        _("First name"),
        _("Insured number"),
        _("Company"),
        _("Site"),
        _("Kind"),
        _("Date of the event"),
        _("Status"),
        _("First day of incapacity"),
        _("Last day of incapacity"),
        _("Degree of incapacity"),
    ]


def _cells(keys: list[Any], by: Any) -> Iterator[list[Any]]:
    for start in range(0, len(keys), CHUNK):
        chosen = ClaimFile.unrestricted.filter(pk__in=keys[start : start + CHUNK])
        claims = list(chosen.select_related("person", "company", "site").order_by("-created", "-id"))
        sides, periods = reading.sides_of(by, claims), reading.periods_of(claims)
        for claim in claims:
            course = periods[claim.pk]
            yield [
                claim.number,
                claim.person.last_name,
                claim.person.first_name,
                claim.person.insured_number,
                claim.company.name,
                claim.site.name,
                claim.get_kind_display(),
                claim.event_date,
                str(ClaimFile.State(reading.shown_state(claim, sides[claim.pk])).label),
                course[0].begin if course else None,
                course[-1].end if course else None,
                course[-1].degree if course else None,
            ]
