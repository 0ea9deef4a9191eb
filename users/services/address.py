"""Postal addresses: changed by the person himself or by his company, told to him, and when letters may go to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from companies import services as companies
from users import tasks
from users.models import User

# Whoever got into an account for a moment must not have the letter sent that opens it for good.
SETTLING = timedelta(days=10)


@transaction.atomic
def change_address(user: User, values: dict[str, str]) -> None:
    """Change the own postal address (`companies.services.OWN_ADDRESS`) at every employment that goes on.

    The person is told by mail, without the address. The same address once more changes nothing. Raises
    ValidationError by field, OutOfReach for somebody who is not insured, NotNow once no employment goes on.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if companies.change_own_address(locked, values):
        tasks.tell_of_change.defer(user_id=str(locked.pk), what="address")


def moved_since(user: User, moment: datetime) -> bool:
    """Whether the person himself changed his address after that moment."""
    rows = apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user)
    return rows.filter(address_by_person__gt=moment).exists()


def unchecked_since(person: Any) -> datetime | None:
    """When the company wrote an address that is too new for a letter with codes (`ADDRESS_SETTLES_DAYS`); else None.

    The employer knows whatever one registers with: he must not choose where the letter goes as well.
    """
    entered = person.address_by_company
    return entered if entered is not None and settles(entered) > timezone.now() else None


def settles(entered: datetime) -> datetime:
    """From when an address written by the company then has settled."""
    return entered + timedelta(days=settings.ADDRESS_SETTLES_DAYS)


def tell_of_company_change(person: Any) -> None:
    """Tell an insured person with an account that the company has changed the address; within the caller's transaction."""
    if person.user_id is not None and person.address_by_company is not None:
        tasks.tell_of_change.defer(user_id=str(person.user_id), what="address_by_company")


def is_settling(user: User) -> bool:
    """Whether the address was changed by the person himself so lately that he cannot order a PUK to it."""
    return moved_since(user, timezone.now() - SETTLING)
