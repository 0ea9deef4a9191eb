"""The demo's letters: a company that waits for its first administrator, and somebody insured without an account."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from companies.models import Company, InsuredPerson
from users import services

# The company whose activation letter lies in the outbox, by its key and by the name on the letter.
WAITING, LETTER_TO = "limmat", "Limmat Logistik AG"


def order_letters(companies: dict[str, Company], reto: Any) -> None:
    """Order the activation letter of the company that waits; it is printed when the worker starts."""
    services.order_activation(companies[WAITING].pk, by=reto)


def not_registered() -> InsuredPerson | None:
    """Somebody of age at Atelier Rochat SA who can be registered: insured, with an address, without an account."""
    people = InsuredPerson.unrestricted.filter(
        company__name="Atelier Rochat SA", user=None, birth_date__year__lt=2000, employment_end=None
    )
    return people.exclude(Q(street="") | Q(town="")).order_by("insured_number").first()
