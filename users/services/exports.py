"""Taking the table of user management away as a file; who did so is in the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import NotNow
from core.tables import table_file
from core.text import number
from permissions.audit import record
from permissions.policy import require_somewhere, visible_to
from users import people
from users.models import User

VIEW = "users.view"
# More are narrowed by company, role or name first.
MOST_PEOPLE = 20_000
CHUNK = 500


@transaction.atomic
def export_people(rows: QuerySet, kind: str, *, by: User, company: Any = None) -> bytes:
    """These people (of `people_within`) with everything they hold within the reach of `by`, a row per right.

    `kind` is `csv` or `xlsx`, `company` the one the table is narrowed to. Raises NotAllowed, and NotNow for more than
    `MOST_PEOPLE`.
    """
    require_somewhere(by, VIEW)
    keys = list(rows.values_list("pk", flat=True)[: MOST_PEOPLE + 1])
    if len(keys) > MOST_PEOPLE:
        raise NotNow(
            _("A file holds at most %(most)s people. Narrow the table by company or role first.")
            % {"most": number(MOST_PEOPLE)}
        )
    found = [
        row
        for start in range(0, len(keys), CHUNK)
        for row in _rights(by, keys[start : start + CHUNK], getattr(company, "pk", None))
    ]
    record(by, "access.exported", company or _only_company(by), people=len(keys), kind=kind)
    return table_file(kind, _("Users"), _heading(), found)


def _only_company(reader: User) -> Any:
    """The company in whose trail the line stands, for somebody who sees one only."""
    companies = list(visible_to(reader, VIEW)[:2])
    return companies[0] if len(companies) == 1 else None


def _heading() -> list[str]:
    return [
        _("Last name"),
        _("First name"),
        _("E-mail"),
        _("Status"),
        _("Role"),
        _("Access to"),
        _("In words"),
        _("Access"),
        _("Ends on"),
        _("Since"),
        _("Given by"),
        _("Second factor"),
        _("Last sign-in"),
    ]


def _rights(reader: User, keys: list[Any], company: Any) -> list[list[Any]]:
    named = User.objects.filter(pk__in=keys).order_by("sort_key", "pk")
    found = []
    for entry in people.entries(reader, named, company=company):
        person = entry.person
        who = [person.last_name, person.first_name, person.email]
        status = _("Active") if person.is_active else _("Deactivated")
        factor = _("Active") if entry.has_factor else _("Not yet")
        seen = _day(person.last_login) or _("Never")
        for right in entry.rights:
            words = right["words"]
            state = _("Ended") if right["ended"] else _("In force")
            given = [words.role, words.where, words.sentence, state, words.until, _day(words.since)]
            found.append([*who, status, *given, words.granted_by, factor, seen])
    return found


def _day(moment: Any) -> Any:
    return timezone.localtime(moment).date() if moment else None
