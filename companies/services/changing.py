"""What is changed about companies and insured persons."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, InsuredPerson
from companies.services.reading import going_on, sites
from core.countries import country_codes
from core.errors import NotNow, OutOfReach
from permissions import reach
from permissions.audit import record
from permissions.grants import grants_at, is_staff, keep_managers_without
from permissions.holders import holders_of_role
from permissions.policy import require
from permissions.scoped import locked

ADDRESS_FIELDS = frozenset({"street", "house_number", "postcode", "town"})
# Who wrote the address last.
ORIGIN = ("address_by_person", "address_by_company", "address_entered_by")
# What the person says when he moves.
OWN_ADDRESS = ADDRESS_FIELDS | {"country"}
FOUR_DIGITS, FOUR = frozenset({"CH", "LI"}), re.compile(r"[1-9][0-9]{3}")
# What each side changes by itself. Names, AHV number and date of birth are the person's legal identity.
PERSON_FIELDS = ADDRESS_FIELDS | {
    "site",
    "occupation",
    "degree_percent",
    "annual_salary",
    "employment_end",
    "language",
}
# Who of the insurer looks after a company: the role that each of them must hold.
MANAGERS = ("contract_manager", "health_manager")
COMPANY_FIELDS = ADDRESS_FIELDS | {"name", "legal_form", "language", *MANAGERS}


@transaction.atomic
def edit_person(person_id: Any, changes: dict[str, Any], *, by: Any) -> InsuredPerson:
    """Change what HR keeps up to date about a person (`PERSON_FIELDS`).

    `site` is one of the person's company that `by` sees. Raises OutOfReach, NotAllowed, ValidationError by field, NotNow
    where an end of employment would take the company's last administrator, or give former access back.
    """
    person = locked(InsuredPerson, person_id)
    require(by, "person.edit", person)
    site = changes.get("site")
    if site is not None and not sites(by).filter(pk=site.pk, company=person.company_id).exists():
        raise ValidationError({"site": _("Choose a site of the company.")})
    if "employment_end" in changes and person.user is not None:
        _check_end(person, changes["employment_end"])
    changed = _change(person, changes, PERSON_FIELDS)
    if ADDRESS_FIELDS & set(changed):
        note_origin(person, None if is_staff(by) else by)
        person.save(update_fields=ORIGIN)
    if changed:
        record(by, "person.edited", person, fields=changed)
    return person


def _check_end(person: InsuredPerson, end: date | None) -> None:
    """With the employment access ends and comes back (decision 0017): neither is for whoever does HR to bring about alone."""
    today = timezone.localdate()
    if going_on(person.user).filter(company=person.company_id).exclude(pk=person.pk).exists():
        return
    gone = person.employment_end is not None and person.employment_end < today
    goes = end is not None and end < today
    if goes and not gone:
        keep_managers_without(person.user, company=person.company_id)
    if gone and not goes and any(row.user_id == person.user_id for row in grants_at(person.company_id)):
        raise NotNow(
            _(
                "This person still has access from the former employment. Let whoever manages users remove it first."
            ),
            code="former_access",
        )


@transaction.atomic
def change_own_address(user: Any, values: dict[str, str]) -> list[InsuredPerson]:
    """The person himself has moved: the address of every employment that goes on changes, former ones keep theirs.

    `values` by `OWN_ADDRESS`, all but the house number filled in; returns the rows that changed. Raises
    ValidationError by field, OutOfReach for somebody who is not insured, NotNow once no employment goes on.
    """
    check_own_address(user)
    check_fields(values, OWN_ADDRESS)
    values = {name: " ".join(values.get(name, "").split()) for name in OWN_ADDRESS}
    _check_address(values)
    moved = []
    for person in going_on(user).select_for_update(of=("self",)).order_by("pk"):
        changed = _change(person, values, OWN_ADDRESS)
        if changed:
            person.address_by_person = timezone.now()
            person.address_by_company = person.address_entered_by = None
            person.save(update_fields=ORIGIN)
            record(user, "person.moved", person)
            moved.append(person)
    return moved


def note_origin(person: InsuredPerson, by: Any) -> None:
    """Note who wrote the address in place of the person: `by` for the company, or the insurer (None).

    Whoever does HR does so for the company, at his own employment too. The caller saves (`ORIGIN`).
    """
    person.address_by_person = None
    person.address_by_company = timezone.now() if by else None
    person.address_entered_by = by


@transaction.atomic
def settle_address(person_id: Any) -> None:
    """Count an address that the company wrote as checked by the insurer; the caller has looked at the right."""
    person = locked(InsuredPerson, person_id)
    person.address_by_company = person.address_entered_by = None
    person.save(update_fields=ORIGIN)


def check_own_address(user: Any) -> None:
    """Raise OutOfReach for somebody who is not insured, NotNow where no employment goes on any more."""
    if going_on(user).exists():
        return
    if not InsuredPerson.unrestricted.filter(user=user).exists():
        raise OutOfReach
    raise NotNow(
        _("Your employment has ended. Ask your contract manager to correct the address."), code="not_employed"
    )


def _check_address(values: dict[str, str]) -> None:
    """Raise ValidationError by field for an address to which no letter could go."""
    sentences = {
        "street": _("Enter the street or the name of the house."),
        "postcode": _("Enter the postcode."),
        "town": _("Enter the town."),
    }
    wrong = {name: sentence for name, sentence in sentences.items() if not values[name]}
    if values["country"] not in country_codes():
        wrong["country"] = _("Choose a country of the list.")
    elif values["country"] in FOUR_DIGITS and values["postcode"] and not FOUR.fullmatch(values["postcode"]):
        wrong["postcode"] = _("A postcode in Switzerland or Liechtenstein has four digits.")
    if wrong:
        raise ValidationError(wrong)


@transaction.atomic
def edit_company(company_id: Any, changes: dict[str, Any], *, by: Any) -> Company:
    """Change name, legal form, language, address of a company, or who of the insurer looks after it.

    The managers are accounts with that role; the company leaves the portfolio of a contract manager who names
    another one. Raises as `edit_person`.
    """
    company = locked(Company, company_id)
    require(by, "company.edit", company)
    for role in MANAGERS:
        if role in changes:
            check_manager(role, changes[role], current=getattr(company, f"{role}_id"))
    changed = _change(company, changes, COMPANY_FIELDS)
    if changed:
        named = {role: getattr(company, f"{role}_id") for role in MANAGERS if role in changed}
        record(by, "company.edited", company, fields=changed, **named)
        reach.forget()
    return company


def check_manager(role: str, account: Any, *, current: Any = None) -> None:
    """Raise ValidationError unless the account holds the role at the insurer, or has stood there before."""
    if account is None or holders_of_role(role, current=current).filter(pk=account.pk).exists():
        return
    sentences = {
        "contract_manager": _("Choose one of the contract managers."),
        "health_manager": _("Choose one of the health managers."),
    }
    raise ValidationError({role: sentences[role]})


def check_fields(values: dict[str, Any], allowed: frozenset[str]) -> None:
    """Raise ValidationError for a field that does not belong to the act."""
    if unknown := set(values) - allowed:
        raise ValidationError({name: _("This cannot be changed here.") for name in unknown})


def _change(row: Any, changes: dict[str, Any], allowed: frozenset[str]) -> list[str]:
    """Set, check and save what differs; returns the names of the changed fields."""
    check_fields(changes, allowed)
    changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, changes[name])
    if changed:
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save()
    return changed
