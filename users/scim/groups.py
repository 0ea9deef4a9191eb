"""The roles of user management for a company's directory: `Groups`. Being in one is holding the role on the company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone, translation

from core.errors import OutOfReach
from permissions import grants
from permissions.holders import departed, ended
from permissions.vocabulary import PRESET_NAMES
from users import services
from users.models import ProvisionedUser, ScimToken
from users.scim import people
from users.scim.errors import ScimError
from users.summary import PRESETS_OF_SCOPE

EMPLOYEE = "employee"
# Roles on the whole company; who is insured there is an employee, and no directory decides that.
GROUPS = (*PRESETS_OF_SCOPE["company"], EMPLOYEE)


def name_of(group: str) -> str:
    """The role's English name: directories look groups up by it."""
    with translation.override("en"):
        return str(PRESET_NAMES[group])


def check(group: str) -> str:
    """A group that there is. Raises OutOfReach."""
    if group not in GROUPS:
        raise OutOfReach
    return group


def ledger_of(token: ScimToken) -> list[Any]:
    """The rows in force on the whole company; of who has left those he had, so that the directory takes them away."""
    today = timezone.localdate()
    rows = grants.grants_on({"company": [token.company_id]})
    rows = [row for row in rows if row.until is None or row.until >= today]
    over = ended(rows)
    gone = departed({row.user_id for row in rows if row.uuid in over})
    return [row for row in rows if row.uuid not in over or (row.user_id, token.company_id) in gone]


def held_by(token: ScimToken, rows: Iterable[ProvisionedUser]) -> dict[Any, list[str]]:
    """The groups of these people, by the id of the account; constant queries."""
    users = [row.user_id for row in rows]
    found: dict[Any, list[str]] = defaultdict(list)
    for grant in ledger_of(token):
        found[grant.user_id].append(grant.preset)
    insured = apps.get_model("companies.InsuredPerson").unrestricted.filter(
        company=token.company_id, user__in=users
    )
    for user_id in set(insured.values_list("user", flat=True)):
        found[user_id].append(EMPLOYEE)
    return {user: [group for group in GROUPS if group in found[user]] for user in users}


@transaction.atomic
def set_members(token: ScimToken, group: str, keys: Iterable[str]) -> None:
    """Let exactly these people hold the role on the company.

    By the services of user management and within their limits, for the token's maker. Raises NotAllowed,
    NotNow, ScimError for somebody who is not of the company's people, and for employees.
    """
    company = people.lock(token)
    rows = {str(row.pk): row for row in people.rows_of(token)}
    wanted = set(keys)
    if unknown := wanted - set(rows):
        raise ScimError(400, f"Not one of the company's people: {sorted(unknown)[0][:60]}", "invalidValue")
    held = held_by(token, rows.values())
    present = {key for key, row in rows.items() if group in held[row.user_id]}
    if group == EMPLOYEE and wanted != present:
        raise ScimError(400, "Employees are those whom the company has insured.", "mutability")
    for key in sorted(wanted - present):
        row = rows[key]
        if not row.active or not row.user.is_active:
            raise ScimError(400, f"This person is not active: {key}", "invalidValue")
        services.give_access(company, to=row.user, preset=group, by=token.made_by)
    ledger = {(grant.user_id, grant.preset): grant for grant in ledger_of(token)}
    for key in sorted(present - wanted):
        services.remove_access(ledger[rows[key].user_id, group].uuid, by=token.made_by)
