"""Requests for corrections, as they are read: one's own, and those that a contract manager answers."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from permissions.grants import is_staff
from permissions.policy import visible_to
from users.models import CorrectionRequest, User
from users.people import companies_of


def persons_of(user: User) -> list[Any]:
    """What the insurer knows of somebody as an insured person, a row for each company."""
    rows = apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user)
    return list(rows.select_related("company").order_by("company__sort_key"))


def may_ask(user: User) -> bool:
    """Whether there is a contract manager to ask: one belongs to a company, and not to the insurer."""
    return not is_staff(user) and bool(companies_of(user))


def own_requests(user: User) -> QuerySet:
    """What somebody asked to have corrected, newest first."""
    rows = CorrectionRequest.unrestricted.filter(user=user).select_related("company", "answered_by")
    return rows.order_by("-created", "-id")


def requests_to_answer(reader: User) -> QuerySet:
    """The requests that the reader answers, the open ones and the answered ones, newest first."""
    rows = CorrectionRequest.unrestricted.select_related("user", "company", "answered_by")
    return visible_to(reader, "correction.answer", rows).order_by("-created", "-id")


def requests_for(reader: User) -> QuerySet:
    """The requests that concern the reader: his own, and those that he answers; newest first."""
    answered = requests_to_answer(reader).order_by().values("pk")
    rows = CorrectionRequest.unrestricted.select_related("user", "company", "answered_by")
    return rows.filter(Q(user=reader) | Q(pk__in=answered)).order_by("-created", "-id")
