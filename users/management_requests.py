"""User management that waits for a second person, as it is read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from permissions.grants import staff_roles
from permissions.policy import can_each, visible_to
from permissions.vocabulary import CONFIRMED_BY, ONLY_BY, STAFF_PRESETS
from users import people, summary
from users.models import ManagementRequest, User

GRANT = ONLY_BY["users.manage"]
SHOWN = 50


def within(reader: User, *, company: Any = None) -> QuerySet[ManagementRequest]:
    """The requests that the reader sees in user management, newest first."""
    places = ("company", "site", "contract", "claim_file", "user", "invitation", "asked_by")
    rows = ManagementRequest.unrestricted.select_related(*places)
    if company is not None:
        rows = rows.filter(company=company)
    return visible_to(reader, "users.view", rows).order_by("-created", "-id")


def open_ones(reader: User, *, company: Any = None) -> list[dict[str, Any]]:
    """Those that wait, in words; `answerable` and `own` where the reader may answer or take back. Constant queries."""
    rows = list(within(reader, company=company).filter(state=ManagementRequest.State.OPEN)[:SHOWN])
    able = can_each(reader, CONFIRMED_BY, rows)
    granting = can_each(reader, GRANT, rows)
    askers = {preset for preset, actions in STAFF_PRESETS.items() if GRANT in actions}
    of_insurer = set(
        staff_roles()
        .filter(user__in={row.asked_by_id for row in rows}, preset__in=askers)
        .values_list("user", flat=True)
    )
    people.hide_numbers(reader, [row.claim_file for row in rows if row.claim_file])
    for row in rows:
        if row.scope != row.company:
            row.scope.company = row.company
    return [
        {
            "request": row,
            "where": summary.scope_name(row.scope),
            "own": row.asked_by_id == reader.pk,
            "answerable": row.pk in able
            and reader.pk not in {row.asked_by_id, row.user_id}
            and (row.asked_by_id in of_insurer or row.pk in granting),
        }
        for row in rows
    ]


def waiting_for(reader: User) -> list[dict[str, Any]]:
    """The requests that wait for this very person."""
    return [each for each in open_ones(reader) if each["answerable"]]
