"""Companies, sites, contracts and employees are added and changed over the API."""

from typing import Any

import pytest

from companies.models import Company, Contract, InsuredPerson, Site
from core.idempotency import HEADER
from enterprise_portal.demo.companies import ahv_number, uid_number
from permissions.trail import AuditLine
from tests.companies.values import COMPANY, CONTRACT, PERSON, SITE
from tests.factories import make_person


@pytest.fixture
def post(sign_in):
    """`post(user, noun, values)` adds one and returns the answer."""

    def send(user: Any, noun: str, values: dict[str, Any], **headers: str) -> Any:
        browser = sign_in(user)
        return browser.post(
            f"/api/v1/{noun}/", values, content_type="application/json", headers=headers or None
        )

    return send


def test_a_company_from_nothing_to_its_first_employee(cast, post, sign_in):
    company = post(cast.reto, "companies", COMPANY)
    assert company.status_code == 201, company.content
    assert company.json()["uid"] == COMPANY["uid"]
    assert (company.json()["contract_manager"], company.json()["health_manager"]) == ("Reto Tschanz", None)
    key = company.json()["id"]
    assert sign_in(cast.reto).get(f"/api/v1/companies/{key}/").status_code == 200
    site = post(cast.reto, "sites", SITE | {"company": key}).json()
    assert site["name"] == SITE["name"]
    contract = post(cast.reto, "contracts", CONTRACT | {"company": key}).json()
    assert (contract["policy_number"], contract["persons_groups"]) == ("KTG-77", ["A", "B"])
    person = post(cast.reto, "insured-persons", PERSON | {"company": key, "site": site["id"]})
    assert person.status_code == 201, person.content
    # He may add them and not see closely what he typed: that is HR's.
    assert "••••" in person.json()["ahv_number"]
    assert InsuredPerson.unrestricted.get(pk=person.json()["id"]).ahv_number == PERSON["ahv_number"]
    lines = AuditLine.unrestricted.filter(company=key).order_by("id")
    assert list(lines.values_list("event", "actor", "facts")) == [
        (event, cast.reto.pk, {})
        for event in ("company.created", "site.created", "contract.created", "person.created")
    ]
    assert lines.last().person == InsuredPerson.unrestricted.get(pk=person.json()["id"]).pk


def test_hr_adds_employees(cast, post):
    values = PERSON | {"company": str(cast.rochat.pk), "site": str(cast.morges.pk)}
    first = post(cast.hugo, "insured-persons", values).json()
    second = post(cast.hugo, "insured-persons", values | {"ahv_number": ahv_number(72)}).json()
    assert int(second["insured_number"]) == int(first["insured_number"]) + 1
    assert first["ahv_number"] == PERSON["ahv_number"]


@pytest.mark.parametrize("name", ["claire", "sonia", "felix", "nadia", "fiona", "pauline", "sacha", "zoe"])
def test_others_add_nothing(cast, post, name):
    user, company, site = getattr(cast, name), str(cast.rochat.pk), str(cast.morges.pk)
    for noun, values in (
        ("companies", COMPANY),
        ("sites", SITE | {"company": company}),
        ("contracts", CONTRACT | {"company": company}),
        ("insured-persons", PERSON | {"company": company, "site": site}),
    ):
        assert post(user, noun, values).status_code == 403, noun
    assert Company.unrestricted.count() == 2
    assert not AuditLine.unrestricted.filter(event__endswith=".created").exists()


def test_elsewhere_does_not_exist(cast, post):
    keller = {"company": str(cast.keller.pk)}
    # HR of Rochat at Keller, with a site of Rochat's and with one of Keller's.
    values = PERSON | keller
    assert post(cast.hugo, "insured-persons", values | {"site": str(cast.morges.pk)}).status_code == 404
    assert post(cast.hugo, "insured-persons", values | {"site": str(cast.winterthur.pk)}).status_code == 400
    other = values | {"company": str(cast.rochat.pk), "site": str(cast.winterthur.pk)}
    assert post(cast.reto, "insured-persons", other).json() == {"site": ["Choose a site of the company."]}
    Company.unrestricted.filter(pk=cast.keller.pk).update(contract_manager=None)
    assert post(cast.reto, "sites", SITE | keller).status_code == 404
    assert post(cast.reto, "contracts", CONTRACT | keller).status_code == 404


WRONG_UID, WRONG_AHV = "CHE-123.456.789", "756.1234.5678.90"


@pytest.mark.parametrize(
    ("noun", "values", "field", "sentence"),
    [
        ("companies", {"uid": WRONG_UID}, "uid", "wrong digit"),
        ("companies", {"legal_form": "llc"}, "legal_form", "choice"),
        ("companies", {"name": ""}, "name", "blank"),
        ("companies", {"health_manager_id": "00000000-0000-0000-0000-000000000001"}, "health_manager_id", "role"),
        ("sites", {"name": "Morges"}, "name", "already"),
        ("contracts", {"end": "2025-12-31"}, "end", "ends before it begins"),
        ("contracts", {"benefit_rate": "101"}, "benefit_rate", "100"),
        ("insured-persons", {"ahv_number": WRONG_AHV}, "ahv_number", "wrong digit"),
        ("insured-persons", {"employment_end": "2019-01-01"}, "employment_end", "after"),
        ("insured-persons", {"annual_salary": "-1"}, "annual_salary", "0"),
    ],
)  # fmt: skip
def test_objections_stand_at_their_fields(cast, post, noun, values, field, sentence):
    rochat = {"company": str(cast.rochat.pk)}
    whole = {
        "companies": COMPANY,
        "sites": SITE | rochat,
        "contracts": CONTRACT | rochat,
        "insured-persons": PERSON | rochat | {"site": str(cast.morges.pk)},
    }[noun]
    answer = post(cast.reto, noun, whole | values)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert sentence in answer.json()[field][0]


def test_what_is_taken_is_said_at_the_field(cast, post):
    answer = post(cast.reto, "companies", COMPANY | {"uid": cast.keller.uid.replace(".", "")})
    assert answer.json() == {"uid": ["A company with this UID is a customer already."]}
    taken = CONTRACT | {"policy_number": cast.keller_ktg.policy_number, "company": str(cast.rochat.pk)}
    assert "already" in post(cast.reto, "contracts", taken).json()["policy_number"][0]
    someone = PERSON | {"company": str(cast.rochat.pk), "site": str(cast.morges.pk)}
    answer = post(cast.hugo, "insured-persons", someone | {"ahv_number": cast.persons.nadia.ahv_number})
    assert "already" in answer.json()["ahv_number"][0]
    # The same person may work for two companies.
    answer = post(cast.hugo, "insured-persons", someone | {"ahv_number": cast.persons.elena.ahv_number})
    assert answer.status_code == 201


def test_sent_twice_it_is_added_once(cast, post):
    for noun, values, model in (
        ("companies", COMPANY, Company),
        ("sites", SITE | {"company": str(cast.rochat.pk)}, Site),
        ("contracts", CONTRACT | {"company": str(cast.rochat.pk)}, Contract),
        ("insured-persons", PERSON | {"company": str(cast.rochat.pk), "site": str(cast.morges.pk)}, InsuredPerson),
    ):  # fmt: skip
        before = model.unrestricted.count()
        first, again = (post(cast.reto, noun, values, **{HEADER: f"one {noun}"}) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert model.unrestricted.count() == before + 1


def test_changing_a_company(cast, sign_in):
    browser, api = sign_in(cast.reto), f"/api/v1/companies/{cast.rochat.pk}/"

    def patch(**values):
        return browser.patch(api, values, content_type="application/json")

    assert patch(name="Atelier Rochat & Cie SA").json()["name"] == "Atelier Rochat & Cie SA"
    assert patch(health_manager_id=None).json()["health_manager"] is None
    assert patch(health_manager_id=str(cast.pauline.pk)).json()["health_manager"] == "Pauline Berset"
    for stranger in (cast.reto, cast.claire):
        answer = patch(health_manager_id=str(stranger.pk))
        assert (answer.status_code, list(answer.json())) == (400, ["health_manager_id"])
    assert patch(contract_manager_id=None).status_code == 400
    # What is not offered is ignored, and stays.
    assert patch(uid=uid_number(4711)).json()["uid"] == cast.rochat.uid


@pytest.mark.parametrize(
    ("name", "status"), [("claire", 403), ("hugo", 403), ("pauline", 403), ("bruno", 404)]
)
def test_others_do_not_change_companies(cast, sign_in, name, status):
    api = f"/api/v1/companies/{cast.rochat.pk}/"
    browser = sign_in(getattr(cast, name))
    assert browser.patch(api, {"name": "X"}, content_type="application/json").status_code == status


def test_a_wrong_ahv_number_finds_an_objection(cast, sign_in):
    browser = sign_in(cast.hugo)
    person = make_person(cast.rochat, cast.morges)
    right = person.ahv_number
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert browser.get("/api/v1/insured-persons/", {"q": right}).json()["count"] == 1
    for typed in (wrong, wrong.replace(".", ""), wrong.replace(".", " ")):
        answer = browser.get("/api/v1/insured-persons/", {"q": typed})
        assert answer.status_code == 400
        assert "wrong digit" in answer.json()["q"][0]
