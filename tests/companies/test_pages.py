"""Pages of companies and their people."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from companies.models import Company, InsuredPerson
from permissions.trail import AuditLine
from tests.factories import make_person
from tests.factories_claims import open_claim

CAST = [
    "claire", "hugo", "sonia", "felix", "nadia", "jonas", "bruno", "elena", "fiona", "reto", "pauline", "sacha", "zoe",
]  # fmt: skip
PERSONS = reverse("companies:persons")
COMPANIES = reverse("companies:list")
# Who opens Marco (Morges), Nadia (Lausanne), Elena (the other company); both companies.
PERSON = {
    "claire": "yes yes no",
    "hugo": "yes yes no",
    "sonia": "yes no no",
    "felix": "no no no",
    "nadia": "no yes no",
    "jonas": "no no no",
    "bruno": "no no yes",
    "elena": "no no yes",
    "fiona": "yes yes yes",
    "reto": "yes yes yes",
    "pauline": "yes yes yes",
    "sacha": "no no no",
    "zoe": "no no no",
}
COMPANY = {
    "claire": "yes no",
    "hugo": "yes no",
    "sonia": "yes no",
    "felix": "yes no",
    "nadia": "yes no",
    "jonas": "yes no",
    "bruno": "no yes",
    "elena": "no yes",
    "fiona": "yes yes",
    "reto": "yes yes",
    "pauline": "yes yes",
    "sacha": "yes yes",
    "zoe": "no no",
}


@pytest.mark.parametrize("name", CAST)
def test_people_list_and_detail_agree_for_everybody(cast, sign_in, name):
    browser = sign_in(getattr(cast, name))
    answer = browser.get(PERSONS)
    listed = browser.get("/api/v1/insured-persons/").json()["results"]
    people = (cast.marco, cast.persons.nadia, cast.persons.elena)
    for person, expected in zip(people, PERSON[name].split(), strict=True):
        status = 200 if expected == "yes" else 404
        address = reverse("companies:person", args=[person.pk])
        assert browser.get(address).status_code == status
        assert browser.get(f"/api/v1/insured-persons/{person.pk}/").status_code == status
        assert (str(person.pk) in answer.content.decode()) == (expected == "yes")
        assert (str(person.pk) in str(listed)) == (expected == "yes")
    assert answer.status_code == (403 if name in {"felix", "sacha", "zoe"} else 200)


@pytest.mark.parametrize("name", CAST)
def test_companies_list_and_detail_agree_for_everybody(cast, sign_in, name):
    browser = sign_in(getattr(cast, name))
    answer = browser.get(COMPANIES, follow=True)
    listed = browser.get("/api/v1/companies/").json()["results"]
    for company, expected in zip((cast.rochat, cast.keller), COMPANY[name].split(), strict=True):
        status = 200 if expected == "yes" else 404
        assert browser.get(reverse("companies:company", args=[company.pk])).status_code == status
        assert browser.get(f"/api/v1/companies/{company.pk}/").status_code == status
        assert (str(company.pk) in answer.content.decode()) == (expected == "yes")
        assert (str(company.pk) in str(listed)) == (expected == "yes")
    assert answer.status_code == (403 if name == "zoe" else 200)


def test_signed_out(client, cast):
    for address in (PERSONS, COMPANIES, reverse("companies:person", args=[cast.marco.pk])):
        assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bernasc", {"marco"}),
        ("q=Keller Nadia", {"nadia"}),
        ("employment=left", {"old"}),
        ("employment=employed", {"marco", "nadia"}),
        ("q=nobody", set()),
    ],
)
def test_search_and_filters(cast, sign_in, query, found):
    old = make_person(cast.rochat, cast.morges, "Rosa", "Vieux", employment_end=date(2024, 12, 31))
    people = {"marco": cast.marco, "nadia": cast.persons.nadia, "old": old}
    text = sign_in(cast.hugo).get(f"{PERSONS}?{query}").content.decode()
    assert {key for key, person in people.items() if str(person.pk) in text} == found


def test_search_by_number(cast, sign_in):
    browser = sign_in(cast.hugo)
    for value in (cast.marco.ahv_number, cast.marco.ahv_number.replace(".", ""), cast.marco.insured_number):
        text = browser.get(PERSONS, {"q": value}).content.decode()
        assert str(cast.marco.pk) in text
        assert str(cast.persons.nadia.pk) not in text
    # A part of an AHV number is no way to find one out.
    assert str(cast.marco.pk) not in browser.get(PERSONS, {"q": cast.marco.ahv_number[4:8]}).content.decode()


def test_filter_by_site(cast, sign_in):
    text = sign_in(cast.hugo).get(PERSONS, {"site": cast.morges.pk}).content.decode()
    assert str(cast.marco.pk) in text
    assert str(cast.persons.nadia.pk) not in text


@pytest.mark.parametrize(
    ("name", "closely"),
    [
        ("hugo", True),
        ("pauline", True),
        ("claire", False),
        ("sonia", False),
        ("reto", False),
        ("fiona", False),
    ],
)
def test_who_sees_ahv_number_and_salary(cast, sign_in, name, closely):
    browser = sign_in(getattr(cast, name))
    text = browser.get(reverse("companies:person", args=[cast.marco.pk])).content.decode()
    assert (cast.marco.ahv_number in text) == closely
    assert ("78’000.00" in text) == closely
    body = browser.get(f"/api/v1/insured-persons/{cast.marco.pk}/").json()
    assert (body["ahv_number"] == cast.marco.ahv_number) == closely
    assert (body["annual_salary"] == "78000.00") == closely
    # Never whole in a list.
    assert cast.marco.ahv_number not in browser.get(PERSONS).content.decode()
    assert cast.marco.ahv_number not in str(browser.get("/api/v1/insured-persons/").json())


def test_the_person_sees_his_own_data(cast, sign_in):
    own = cast.persons.nadia
    text = sign_in(cast.nadia).get(reverse("companies:person", args=[own.pk])).content.decode()
    assert own.ahv_number in text


def test_cases_of_a_person_by_policy(cast, sign_in):
    claim = open_claim(cast)
    address = reverse("companies:person", args=[cast.marco.pk])
    for name, sees in (
        ("hugo", True),
        ("sonia", True),
        ("pauline", True),
        ("claire", False),
        ("reto", False),
    ):
        text = sign_in(getattr(cast, name)).get(address).content.decode()
        assert (claim.number in text) == sees, name


def test_reporting_a_case_starts_here(cast, sign_in):
    address = reverse("companies:person", args=[cast.marco.pk])
    link = f"{reverse('declarations:start')}?person={cast.marco.pk}"
    for name, may in (("hugo", True), ("sonia", True), ("claire", False), ("pauline", False)):
        assert (link in sign_in(getattr(cast, name)).get(address).content.decode()) == may, name


def test_the_contract_manager_sees_claim_numbers_and_nothing_else(cast, sign_in):
    claim = open_claim(cast)
    other = open_claim(cast, person=cast.persons.elena)
    address = reverse("companies:company", args=[cast.rochat.pk])
    text = sign_in(cast.reto).get(address).content.decode()
    assert claim.number in text
    assert other.number not in text
    assert "1 claim file" in text
    for word in (
        "Marco",
        "Bernasconi",
        "Illness",
        "Received",
        reverse("claims_files:detail", args=[claim.pk]),
    ):
        assert word not in text
    for name in ("claire", "hugo", "sonia", "felix", "sacha"):
        assert claim.number not in sign_in(getattr(cast, name)).get(address).content.decode()


def test_contracts_on_the_companys_page(cast, sign_in):
    address = reverse("companies:company", args=[cast.rochat.pk])
    for name, sees in (("claire", True), ("felix", True), ("reto", True), ("sonia", False), ("nadia", False)):
        text = sign_in(getattr(cast, name)).get(address).content.decode()
        assert (cast.ktg.policy_number in text) == sees, name
        assert cast.keller_ktg.policy_number not in text


# --- Changing -----------------------------------------------------------------------------------

VALUES = {
    "occupation": "Foreman",
    "degree_percent": "80",
    "annual_salary": "81'000.50",
    "employment_end": "",
    "language": "it",
    "street": "Rue Neuve",
    "house_number": "3b",
    "postcode": "1110",
    "town": "Morges",
}


def test_hr_keeps_a_person_up_to_date(cast, sign_in):
    address = reverse("companies:edit_person", args=[cast.marco.pk])
    values = VALUES | {"site": cast.lausanne.pk}
    assert sign_in(cast.hugo).post(address, values).status_code == 302
    person = InsuredPerson.unrestricted.get(pk=cast.marco.pk)
    assert (person.site, person.annual_salary) == (cast.lausanne, Decimal("81000.50"))
    line = AuditLine.unrestricted.get(event="person.edited")
    # Which fields, never what stands in them.
    assert "annual_salary" in line.facts["fields"]
    assert "81000" not in str(line.facts)
    sign_in(cast.hugo).post(address, values)
    assert AuditLine.unrestricted.filter(event="person.edited").count() == 1


def test_a_site_of_another_company_cannot_be_chosen(cast, sign_in):
    address = reverse("companies:edit_person", args=[cast.marco.pk])
    answer = sign_in(cast.hugo).post(address, VALUES | {"site": cast.winterthur.pk})
    assert answer.status_code == 422
    assert InsuredPerson.unrestricted.get(pk=cast.marco.pk).site == cast.morges


def test_leaving_before_joining_is_refused(cast, sign_in):
    values = VALUES | {"site": cast.morges.pk, "employment_end": "01.01.1990"}
    answer = sign_in(cast.hugo).post(reverse("companies:edit_person", args=[cast.marco.pk]), values)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("name", "status"), [("claire", 403), ("sonia", 403), ("pauline", 403), ("bruno", 404)]
)
def test_others_do_not_edit_people(cast, sign_in, name, status):
    browser = sign_in(getattr(cast, name))
    address = reverse("companies:edit_person", args=[cast.marco.pk])
    assert browser.get(address).status_code == status
    assert browser.post(address, VALUES | {"site": cast.morges.pk}).status_code == status
    api = f"/api/v1/insured-persons/{cast.marco.pk}/"
    answer = browser.patch(api, {"occupation": "Foreman"}, content_type="application/json")
    assert answer.status_code == status
    assert InsuredPerson.unrestricted.get(pk=cast.marco.pk).occupation == "Joiner"


def test_editing_over_the_api(cast, sign_in):
    browser, api = sign_in(cast.hugo), f"/api/v1/insured-persons/{cast.marco.pk}/"

    def patch(**values):
        return browser.patch(api, values, content_type="application/json")

    assert patch(occupation="Foreman").json()["occupation"] == "Foreman"
    assert patch(site=str(cast.lausanne.pk)).json()["site"] == str(cast.lausanne.pk)
    assert patch(site=str(cast.winterthur.pk)).status_code == 400
    assert patch(degree_percent="140").status_code == 400
    # Legal identity is not HR's to change: what is not offered is ignored, and stays.
    assert patch(last_name="Nobody").json()["last_name"] == "Bernasconi"


def test_the_contract_manager_keeps_a_company_up_to_date(cast, sign_in):
    address = reverse("companies:edit_company", args=[cast.rochat.pk])
    values = {
        "name": "Atelier Rochat & Fils SA",
        "legal_form": "sa",
        "language": "fr",
        "street": "Rue du Port",
        "house_number": "2",
        "postcode": "1003",
        "town": "Lausanne",
        "contract_manager": cast.reto.pk,
        "health_manager": cast.pauline.pk,
    }
    assert sign_in(cast.reto).post(address, values).status_code == 302
    company = Company.unrestricted.get(pk=cast.rochat.pk)
    assert (company.name, company.sort_key) == ("Atelier Rochat & Fils SA", "atelier rochat & fils sa")
    line = AuditLine.unrestricted.get(event="company.edited")
    assert line.facts == {"fields": ["house_number", "name", "street"]}


@pytest.mark.parametrize(
    ("name", "status"), [("claire", 403), ("hugo", 403), ("pauline", 403), ("bruno", 404)]
)
def test_others_do_not_edit_companies(cast, sign_in, name, status):
    browser = sign_in(getattr(cast, name))
    assert browser.get(reverse("companies:edit_company", args=[cast.rochat.pk])).status_code == status
    assert browser.post(reverse("companies:edit_company", args=[cast.rochat.pk]), {}).status_code == status


@pytest.mark.parametrize("address", [PERSONS, "/api/v1/insured-persons/?page_size=100"])
def test_the_number_of_queries_does_not_grow(cast, sign_in, address):
    browser = sign_in(cast.hugo)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    browser.get(address)
    few = asked()
    for number in range(45):
        make_person(cast.rochat, cast.morges, "Anna", f"Muster {number}")
    assert asked() == few


def test_the_api_of_sites_and_contracts_follows_the_policy(cast, sign_in):
    def listed(name, noun):
        return {row["id"] for row in sign_in(getattr(cast, name)).get(f"/api/v1/{noun}/").json()["results"]}

    assert listed("hugo", "sites") == {str(cast.lausanne.pk), str(cast.morges.pk)}
    assert listed("sonia", "sites") == {str(cast.morges.pk)}
    assert listed("zoe", "sites") == set()
    assert listed("felix", "contracts") == {str(cast.ktg.pk), str(cast.laa.pk)}
    assert listed("sonia", "contracts") == set()
    assert sign_in(cast.bruno).get(f"/api/v1/contracts/{cast.ktg.pk}/").status_code == 404
