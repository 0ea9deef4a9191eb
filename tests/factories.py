"""Small makers of records for tests: sensible values, everything can be said otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from companies.models import Company, Contract, InsuredPerson, Site
from core.text import fold
from enterprise_portal.demo.companies import ahv_number, uid_number
from users.models import User, luhn_digit

_numbers = itertools.count(1)


def make_user(first_name: str = "Ada", last_name: str = "Muster", *, email: str = "", **fields: Any) -> User:
    """An account with a verified address and the password `secret-Word-1`."""
    email = email or f"{first_name}.{next(_numbers)}@people.example".lower()
    user = User.objects.create_user(
        email, fields.pop("password", "secret-Word-1"), first_name=first_name, last_name=last_name, **fields
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_people(members: Iterable[Any]) -> dict[str, User]:
    """The accounts of a cast by key, like `make_user` but all at once: most tests begin with them."""
    people = {
        member.key: User(
            email=member.email,
            first_name=member.first_name,
            last_name=member.last_name,
            language=member.language,
            sort_key=fold(f"{member.last_name} {member.first_name}"),
            identifier=_identifier(next(_numbers)),
            password=_password(settings.PASSWORD_HASHERS[0]),
        )
        for member in members
    }
    User.objects.bulk_create(people.values())
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people.values()
    )
    return people


@cache
def _password(_hasher: str) -> str:
    return make_password("secret-Word-1")


def _identifier(number: int) -> str:
    return f"{settings.IDENTIFIER_PREFIX}{number:07d}{luhn_digit(f'{number:07d}')}"


def make_company(name: str = "Muster AG", **fields: Any) -> Company:
    """A company with a valid UID."""
    values = {
        "uid": uid_number(next(_numbers) + 1000),
        "legal_form": Company.LegalForm.SA,
        "street": "Rue du Lac",
        "house_number": "1",
        "postcode": "1003",
        "town": "Lausanne",
    }
    company = Company(name=name, **{**values, **fields})
    company.full_clean(exclude=None, validate_unique=False, validate_constraints=False)
    company.save()
    return company


def make_site(company: Company, name: str = "Lausanne") -> Site:
    """A site of a company."""
    return Site.unrestricted.create(company=company, name=name, postcode="1003", town=name)


def make_contract(company: Company, branch: str = "ktg", **fields: Any) -> Contract:
    """A contract in force since 2020."""
    values = {
        "policy_number": f"{branch.upper()}-{next(_numbers):06d}",
        "begin": date(2020, 1, 1),
        "waiting_days": 14,
        "benefit_rate": Decimal(80),
    }
    return Contract.unrestricted.create(company=company, branch=branch, **{**values, **fields})


def make_person(
    company: Company, site: Site, first_name: str = "Max", last_name: str = "Muster", **fields: Any
) -> InsuredPerson:
    """An insured person with a valid AHV number."""
    number = next(_numbers)
    values = {
        "insured_number": f"V{number:08d}",
        "ahv_number": ahv_number(50_000_000 + number),
        "birth_date": date(1985, 5, 17),
        "sex": "m",
        "occupation": "Joiner",
        "employment_begin": date(2018, 3, 1),
        "degree_percent": Decimal(100),
        "annual_salary": Decimal("78000.00"),
    }
    person = InsuredPerson(
        company=company, site=site, first_name=first_name, last_name=last_name, **{**values, **fields}
    )
    person.full_clean(validate_unique=False, validate_constraints=False)
    person.save()
    return person


def make_manager(cast: Any, user: Any) -> Any:
    """Let somebody administer Atelier Rochat, users included: Reto has asked for it, Sacha confirms."""
    from permissions.grants import grant

    wide = {"preset": "administrator", "extra": ["users.manage"]}
    return grant(cast.rochat, to=user, by=cast.reto, second=cast.sacha, **wide)
