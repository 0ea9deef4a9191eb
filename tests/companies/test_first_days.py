"""The first days of a portal: a contract manager whose portfolio is empty begins it."""

from django.urls import reverse

from companies.models import Company
from declarations import services as declarations
from permissions import grants
from permissions.policy import can, can_somewhere
from tests.companies.values import COMPANY
from tests.factories import make_user
from tests.factories_claims import open_claim


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


def test_a_company_without_a_health_manager(cast, sign_in):
    Company.unrestricted.filter(pk=cast.rochat.pk).update(health_manager=None)
    for row in (cast.rochat, cast.marco):
        row.refresh_from_db()
    claim = open_claim(cast)
    draft = declarations.start(cast.marco, "illness", by=cast.hugo)
    browser = sign_in(cast.hugo)
    for name, keys in (
        ("home", []),
        ("claims_files:detail", [claim.pk]),
        ("companies:company", [cast.rochat.pk]),
        ("declarations:check", [draft.pk]),
    ):
        assert browser.get(reverse(name, args=keys)).status_code == 200, name
    edit, page = (reverse(f"companies:{name}", args=[cast.rochat.pk]) for name in ("edit_company", "company"))
    warning = "Nobody looks after the claim files yet"
    assert warning not in browser.get(page).content.decode()
    text = sign_in(cast.reto).get(page).content.decode()
    assert warning in text
    assert edit in text
    assert warning not in browser.get(reverse("companies:company", args=[cast.keller.pk])).content.decode()
