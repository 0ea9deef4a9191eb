"""How companies, sites, contracts and insured persons come into the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Contract, InsuredPerson, Site
from companies.services.changing import (
    ADDRESS_FIELDS,
    COMPANY_FIELDS,
    PERSON_FIELDS,
    check_fields,
    check_manager,
    note_origin,
)
from companies.services.reading import sites
from core.fields import AHVField, UIDField
from core.numbers import next_numbers
from permissions import reach
from permissions.audit import record
from permissions.grants import is_staff
from permissions.policy import require, require_somewhere
from permissions.scoped import locked

NEW_COMPANY = (COMPANY_FIELDS - {"contract_manager"}) | {"uid"}
NEW_SITE = ADDRESS_FIELDS | {"name"}
NEW_CONTRACT = frozenset(
    {"policy_number", "branch", "begin", "end", "waiting_days", "benefit_rate", "persons_groups"}
)
NEW_PERSON = PERSON_FIELDS | {
    "first_name",
    "last_name",
    "ahv_number",
    "birth_date",
    "sex",
    "employment_begin",
}
# Insured numbers have one length, and one range for all companies and years.
FIRST_INSURED = 10_000_000
# Set by the acts themselves, or looked up by them: not checked again.
GIVEN = ("company", "site", "user", "contract_manager", "health_manager", "insured_number")


@transaction.atomic
def create_company(values: dict[str, Any], *, by: Any) -> Company:
    """A new corporate customer, of which `by` (a contract manager) becomes the contract manager.

    `values` by `NEW_COMPANY`; `health_manager` is an account with that role, or none yet. Raises NotAllowed,
    ValidationError by field.
    """
    require_somewhere(by, "company.edit")
    check_fields(values, NEW_COMPANY)
    check_manager("health_manager", values.get("health_manager"))
    company = Company(**values, contract_manager=by)
    company.uid = _read("uid", UIDField(), company.uid)

    def untaken() -> None:
        if Company.unrestricted.filter(uid=company.uid).exists():
            raise ValidationError({"uid": _("A company with this UID is a customer already.")})

    _insert(company, untaken)
    record(by, "company.created", company)
    reach.forget()
    return company


@transaction.atomic
def create_site(company_id: Any, values: dict[str, Any], *, by: Any) -> Site:
    """A new place of work of a company (`NEW_SITE`). Raises OutOfReach, NotAllowed, ValidationError by field."""
    company = locked(Company, company_id)
    require(by, "company.edit", company)
    check_fields(values, NEW_SITE)
    site = Site(**values, company=company)

    def untaken() -> None:
        if Site.unrestricted.filter(company=company, name=site.name).exists():
            raise ValidationError({"name": _("The company has a site with this name already.")})

    _insert(site, untaken)
    record(by, "site.created", site)
    return site


@transaction.atomic
def create_contract(company_id: Any, values: dict[str, Any], *, by: Any) -> Contract:
    """A new insurance contract of a company (`NEW_CONTRACT`). Raises as `create_site`."""
    company = locked(Company, company_id)
    require(by, "company.edit", company)
    check_fields(values, NEW_CONTRACT)
    contract = Contract(**values, company=company)

    def untaken() -> None:
        if Contract.unrestricted.filter(policy_number=contract.policy_number).exists():
            raise ValidationError({"policy_number": _("A contract with this policy number exists already.")})

    _insert(contract, untaken)
    record(by, "contract.created", contract)
    return contract


def create_person(company_id: Any, values: dict[str, Any], *, by: Any) -> InsuredPerson:
    """A new insured person of a company (`NEW_PERSON`), with the next insured number. Raises as `create_site`.

    `site` is one of the company that `by` sees.
    """
    (person,) = create_persons(company_id, [values], by=by)
    return person


@transaction.atomic
def create_persons(company_id: Any, rows: Iterable[dict[str, Any]], *, by: Any) -> list[InsuredPerson]:
    """Several new insured persons of one company, all or none; see `create_person`.

    The objection raised is the first one's that is found.
    """
    company = locked(Company, company_id)
    require(by, "person.create", company)
    workplaces = set(sites(by).filter(company=company).values_list("pk", flat=True))
    entered_by = None if is_staff(by) else by
    people = []
    for values in rows:
        check_fields(values, NEW_PERSON)
        person = InsuredPerson(**values, company=company)
        if person.site_id not in workplaces:
            raise ValidationError({"site": _("Choose a site of the company.")})
        person.ahv_number = _read("ahv_number", AHVField(), person.ahv_number)
        _check(person)
        if any(values.get(name) for name in ADDRESS_FIELDS):
            note_origin(person, entered_by)
        people.append(person)
    # The company is locked: nobody else adds the same person meanwhile.
    numbers = [person.ahv_number for person in people]
    known = InsuredPerson.unrestricted.filter(company=company, ahv_number__in=numbers)
    if len(set(numbers)) < len(numbers) or known.exists():
        raise ValidationError(
            {"ahv_number": _("Somebody with this AHV number is among the employees of the company already.")}
        )
    if not people:
        return []
    drawn = next_numbers("insured", 0, len(people))
    for person, number in zip(people, drawn, strict=True):
        person.insured_number = str(FIRST_INSURED + number)
    InsuredPerson.unrestricted.bulk_create(people, batch_size=500)
    for person in people:
        record(by, "person.created", person)
    return people


def _read(name: str, field: Any, typed: Any) -> Any:
    """A number with a check digit in its stored form. Raises ValidationError at the field."""
    try:
        return field.clean(typed)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def _check(row: Any) -> None:
    row.full_clean(exclude=GIVEN, validate_unique=False, validate_constraints=False)


def _insert(row: Any, untaken: Callable[[], None]) -> None:
    """Check and write a new row; a twin that was quicker by a moment is an objection, too."""
    _check(row)
    untaken()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        untaken()
        raise
