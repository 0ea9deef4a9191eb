"""Companies, sites, contracts and insured persons: who sees which, and what is changed about them."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Contract, InsuredPerson, Site
from core.errors import OutOfReach
from core.text import fold
from permissions.audit import record
from permissions.policy import can, require, visible_to
from permissions.reach import reach_of

# What each side changes by itself. Names, AHV number and date of birth are the person's legal identity.
PERSON_FIELDS = frozenset(
    {
        "site",
        "occupation",
        "degree_percent",
        "annual_salary",
        "employment_end",
        "language",
        "street",
        "house_number",
        "postcode",
        "town",
    }
)
COMPANY_FIELDS = frozenset({"name", "legal_form", "language", "street", "house_number", "postcode", "town"})


# --- Reading ------------------------------------------------------------------------------------


def companies(user: Any) -> QuerySet[Company]:
    """The companies that `user` sees."""
    return visible_to(user, "company.view", Company.unrestricted.all())


def sites(user: Any) -> QuerySet[Site]:
    """The sites that `user` sees, by company and name."""
    return visible_to(user, "company.view", Site.unrestricted.all()).order_by("company__sort_key", "name")


def contracts(user: Any) -> QuerySet[Contract]:
    """The contracts that `user` sees."""
    return visible_to(user, "contract.view", Contract.unrestricted.all())


def persons(user: Any) -> QuerySet[InsuredPerson]:
    """The insured persons that `user` sees."""
    rows = InsuredPerson.unrestricted.select_related("company", "site")
    return visible_to(user, "person.view", rows)


# A name that more people bear than this is no way to find somebody; a list then looks for it as it goes.
MOST_NAMED = 5000


def people_named(user: Any, action: str, text: str) -> list[Any] | None:
    """Ids of all insured persons in whose names every word of `text` begins a word; asks for no right.

    Only of the companies where `user` holds `action`, where that is known beforehand: it makes the search
    short. None if there are more than `MOST_NAMED`, or no word in `text`.
    """
    words = re.findall(r"\w+", fold(text))
    if not words:
        return None
    scopes = reach_of(user).scopes(action)
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
    rows = InsuredPerson.unrestricted.filter(words=query).order_by()
    if not (scopes.everywhere or scopes.site or scopes.contract or scopes.claim_file or scopes.own):
        # Few bear a name, many work for these companies: compared with each found, never looked up in an index.
        rows = rows.alias(employer=Coalesce("company_id", "company_id"))
        rows = rows.filter(employer__in=scopes.company)
    found = list(rows.values_list("pk", flat=True)[: MOST_NAMED + 1])
    return found if len(found) <= MOST_NAMED else None


def knows_closely(user: Any, person: InsuredPerson) -> bool:
    """Whether `user` is shown the whole AHV number, salary and address: himself, his HR, the health manager."""
    if person.pk in reach_of(user).own_persons or can(user, "person.edit", person):
        return True
    company = reach_of(user).scopes("claim.take_over")
    return company.everywhere or person.company_id in company.company


# --- Changing -----------------------------------------------------------------------------------


@transaction.atomic
def edit_person(person_id: Any, changes: dict[str, Any], *, by: Any) -> InsuredPerson:
    """Change what HR keeps up to date about a person (`PERSON_FIELDS`).

    `site` is one of the person's company that `by` sees. Raises OutOfReach, NotAllowed, ValidationError by field.
    """
    person = _locked(InsuredPerson, person_id)
    require(by, "person.edit", person)
    site = changes.get("site")
    if site is not None and not sites(by).filter(pk=site.pk, company=person.company_id).exists():
        raise ValidationError({"site": _("Choose a site of the company.")})
    changed = _change(person, changes, PERSON_FIELDS)
    if changed:
        record(by, "person.edited", person, fields=changed)
    return person


@transaction.atomic
def edit_company(company_id: Any, changes: dict[str, Any], *, by: Any) -> Company:
    """Change name, legal form, language and address of a company. Raises as `edit_person`."""
    company = _locked(Company, company_id)
    require(by, "company.edit", company)
    changed = _change(company, changes, COMPANY_FIELDS)
    if changed:
        record(by, "company.edited", company, fields=changed)
    return company


def _locked(model: Any, key: Any) -> Any:
    found = model.unrestricted.select_for_update().filter(pk=key).first()
    if found is None:
        raise OutOfReach
    return found


def _change(row: Any, changes: dict[str, Any], allowed: frozenset[str]) -> list[str]:
    """Set, check and save what differs; returns the names of the changed fields."""
    if unknown := set(changes) - allowed:
        raise ValidationError({name: _("This cannot be changed here.") for name in unknown})
    changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, changes[name])
    if changed:
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save()
    return changed
