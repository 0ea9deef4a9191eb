"""The demo's ways in: a company that waits for its first administrator, people insured without an account."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from companies.models import Company, InsuredPerson
from users import services
from users.models import PersonalLetter, Registration

# The company whose activation letter lies in the outbox, by its key and by the name on the letter.
WAITING, LETTER_TO = "limmat", "Limmat Logistik AG"
# The mailbox of somebody newly insured, to which Reto has sent a registration link.
LINK_TO = "new.colleague@home.example"


def order_letters(companies: dict[str, Company], reto: Any) -> None:
    """Order the activation letter of the company that waits; it is printed when the worker starts."""
    services.order_activation(companies[WAITING].pk, by=reto)


def not_registered() -> InsuredPerson | None:
    """Somebody of age at Atelier Rochat SA who can be registered: insured, with an address, without an account.

    Nor with a letter that was printed already: whoever tries it here finds one letter only.
    """
    return (
        _without_account()
        .exclude(pk__in=PersonalLetter.objects.exclude(person=None).values("person"))
        .first()
    )


def send_link(reto: Any) -> None:
    """A registration link to somebody newly insured; it is mailed when the worker starts."""
    person = _without_account().last()
    if person is not None:
        services.send_registration_link(person.pk, email=LINK_TO, by=reto)


def let_a_letter_wait() -> None:
    """Somebody has registered whose street the insurer does not know: his letter waits, and Reto sees it."""
    person = _without_account().reverse()[1:2].first()
    if person is None:
        return
    person.street = person.house_number = ""
    person.save(update_fields=["street", "house_number"])
    registration = Registration.objects.create(
        number=person.insured_number,
        birth_date=person.birth_date,
        email="moved.house@home.example",
        language=person.language,
        confirmed=timezone.now(),
    )
    services.complete_registration(registration.pk)


def _without_account() -> QuerySet[InsuredPerson]:
    people = InsuredPerson.unrestricted.filter(
        company__name="Atelier Rochat SA", user=None, birth_date__year__lt=2000, employment_end=None
    )
    return people.exclude(Q(street="") | Q(town="")).order_by("insured_number")
