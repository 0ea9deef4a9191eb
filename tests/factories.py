"""Small makers of records for tests: sensible values, everything can be said otherwise."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from stdnum import ean

from companies.models import Company, Contract, InsuredPerson, Site
from users.models import User

_numbers = itertools.count(1)


def make_user(first_name: str = "Ada", last_name: str = "Muster", *, email: str = "", **fields: Any) -> User:
    """An account with a verified address and the password `secret-Word-1`."""
    email = email or f"{first_name}.{next(_numbers)}@people.example".lower()
    user = User.objects.create_user(
        email, fields.pop("password", "secret-Word-1"), first_name=first_name, last_name=last_name, **fields
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_company(name: str = "Muster AG", **fields: Any) -> Company:
    """A company with a valid UID."""
    values = {
        "uid": uid_number(next(_numbers)),
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
        "ahv_number": ahv_number(number),
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


def ahv_number(number: int) -> str:
    """The valid AHV number with this running number."""
    body = f"756{number:09d}"
    digits = body + ean.calc_check_digit(body)
    return f"{digits[:3]}.{digits[3:7]}.{digits[7:11]}.{digits[11:]}"


def uid_number(number: int) -> str:
    """A valid UID from this number on (numbers whose check digit would be 10 were never issued)."""
    while True:
        body = f"{10_000_000 + number * 37:08d}"
        check = (11 - sum(int(d) * w for d, w in zip(body, (5, 4, 3, 2, 7, 6, 5, 4), strict=True)) % 11) % 11
        if check < 10:
            digits = body + str(check)
            return f"CHE-{digits[:3]}.{digits[3:6]}.{digits[6:]}"
        number += 100_000
