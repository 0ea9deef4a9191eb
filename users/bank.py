"""Bank details, as they are read: one's own, a person's, and those that wait for an approval."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from permissions.policy import visible_to
from users.models import BankDetails, User

State = BankDetails.State


def is_insured(user: User) -> bool:
    """Whether somebody is an insured person, now or formerly: he may be paid benefits."""
    return apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user).exists()


def own_details(user: User) -> list[BankDetails]:
    """What somebody entered about himself: valid, waiting, and the newest if it was declined; newest first.

    A row for each employment whose payments it is about.
    """
    rows = BankDetails.unrestricted.filter(person__user=user).exclude(state=State.FORMER)
    return _without_old(rows.select_related("company", "person").order_by("-created", "-id")[:50])


def details_of(reader: Any, person: Any) -> list[BankDetails]:
    """What the reader may know of where benefits are paid to a person, newest first."""
    rows = BankDetails.unrestricted.filter(person=person, state__in=[State.WAITING, State.VALID])
    return list(visible_to(reader, "bank.view", rows).order_by("-created", "-id"))


def requests_to_approve(reader: User) -> QuerySet[BankDetails]:
    """What the reader has to approve or to decline, the oldest first."""
    rows = BankDetails.unrestricted.select_related("person", "company").filter(state=State.WAITING)
    return visible_to(reader, "bank.approve", rows).order_by("created", "id")


def details_for(reader: User) -> QuerySet[BankDetails]:
    """All the reader sees, newest first."""
    rows = BankDetails.unrestricted.select_related("person", "company", "decided_by")
    return visible_to(reader, "bank.view", rows).order_by("-created", "-id")


def _without_old(rows: Any) -> list[BankDetails]:
    """For each person: what stands, and what was declined only while nothing newer was entered."""
    found: list[BankDetails] = []
    seen = set()
    for row in rows:
        if row.state in {State.WAITING, State.VALID} or (
            row.state == State.DECLINED and row.person_id not in seen
        ):
            found.append(row)
        seen.add(row.person_id)
    return found
