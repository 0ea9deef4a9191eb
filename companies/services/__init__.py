"""The acts and the reading of this room: companies, sites, contracts and insured persons."""

from companies.services.changing import (
    ADDRESS_FIELDS,
    MANAGERS,
    OWN_ADDRESS,
    PERSON_FIELDS,
    change_own_address,
    check_own_address,
    edit_company,
    edit_person,
    settle_address,
)
from companies.services.creating import (
    create_company,
    create_contract,
    create_person,
    create_persons,
    create_site,
)
from companies.services.reading import (
    companies,
    companies_to_staff,
    contracts,
    going_on,
    known_closely,
    knows_closely,
    people_named,
    persons,
    sites,
)

__all__ = [
    "ADDRESS_FIELDS",
    "MANAGERS",
    "OWN_ADDRESS",
    "PERSON_FIELDS",
    "change_own_address",
    "check_own_address",
    "companies",
    "companies_to_staff",
    "contracts",
    "create_company",
    "create_contract",
    "create_person",
    "create_persons",
    "create_site",
    "edit_company",
    "edit_person",
    "going_on",
    "known_closely",
    "knows_closely",
    "people_named",
    "persons",
    "settle_address",
    "sites",
]
