"""The first days of a portal: a contract manager whose portfolio is empty begins it."""

from django.urls import reverse

from companies.models import Company
from permissions import grants
from permissions.policy import can, can_somewhere
from tests.companies.values import COMPANY
from tests.factories import make_user


def test_an_empty_portfolio_is_begun_by_its_contract_manager(db, sign_in):
    first = make_user("Erste", "Betreuerin")
    grants.appoint(first, "contract_manager")
    assert can_somewhere(first, "company.edit")
    browser = sign_in(first)
    for name in ("home", "companies:list", "companies:persons", "finance:invoices", "users:management"):
        assert browser.get(reverse(name)).status_code == 200, name
    answer = browser.post("/api/v1/companies/", COMPANY, content_type="application/json")
    assert answer.status_code == 201
    assert can(first, "company.edit", Company.unrestricted.get())


def test_who_has_an_empty_portfolio_reaches_nothing(cast, sign_in):
    for preset in ("contract_manager", "health_manager"):
        other = make_user("Andere", preset)
        grants.appoint(other, preset)
        browser = sign_in(other)
        for noun in ("companies", "sites", "contracts", "insured-persons"):
            assert browser.get(f"/api/v1/{noun}/").json()["results"] == [], noun
        assert not can(other, "company.view", cast.rochat)


def test_the_closed_account_of_a_contract_manager_adds_nothing(db):
    former = make_user("Ehemalige", "Betreuerin", is_active=False)
    grants.appoint(former, "contract_manager")
    assert not can_somewhere(former, "company.edit")
