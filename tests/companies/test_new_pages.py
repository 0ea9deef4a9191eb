"""Companies, sites, contracts and employees are added on pages, without scripts."""

from datetime import date

import pytest
from django.urls import reverse

from companies.models import Company, Contract, InsuredPerson, Site
from permissions import grants
from permissions.trail import AuditLine
from tests.companies.values import COMPANY, CONTRACT, PERSON, SITE
from tests.factories import make_company, make_person, make_site, make_user

NEW_COMPANY = reverse("companies:new_company")
TYPED_CONTRACT = CONTRACT | {
    "begin": "1.1.26",
    "end": "",
    "benefit_rate": "80 %",
    "persons_groups": "A, B,,A",
}
TYPED_PERSON = PERSON | {
    "birth_date": "28.2.90",
    "employment_begin": "1.4.2020",
    "employment_end": "",
    "annual_salary": "64'000.–",
    "ahv_number": PERSON["ahv_number"].replace(".", " "),
}


def at(name, company):
    return reverse(f"companies:{name}", args=[company.pk])


def test_a_company_with_site_contract_and_employee(cast, sign_in):
    browser = sign_in(cast.reto)
    assert NEW_COMPANY in browser.get(reverse("companies:list")).content.decode()
    answer = browser.post(NEW_COMPANY, COMPANY | {"health_manager": cast.pauline.pk}, follow=True)
    company = Company.unrestricted.get(uid=COMPANY["uid"])
    assert (company.contract_manager, company.health_manager) == (cast.reto, cast.pauline)
    text = answer.content.decode()
    for name in ("new_site", "new_contract", "new_person"):
        assert at(name, company) in text
    # Without a site nobody works there: the page says so and leads to it.
    assert at("new_site", company) in browser.get(at("new_person", company)).content.decode()
    assert browser.post(at("new_site", company), SITE).status_code == 302
    site = Site.unrestricted.get(company=company)
    assert (site.name, site.town, site.street) == ("Versoix", "Versoix", "Quai")
    assert browser.post(at("new_contract", company), TYPED_CONTRACT).status_code == 302
    contract = Contract.unrestricted.get(company=company)
    assert (contract.begin, contract.end, contract.persons_groups) == (date(2026, 1, 1), None, ["A", "B"])
    answer = browser.post(at("new_person", company), TYPED_PERSON | {"site": site.pk}, follow=True)
    person = InsuredPerson.unrestricted.get(company=company)
    assert (person.ahv_number, person.annual_salary) == (PERSON["ahv_number"], 64000)
    assert person.name in answer.content.decode()
    assert AuditLine.unrestricted.filter(company=company.pk, actor=cast.reto.pk).count() == 4


def test_hr_adds_an_employee(cast, sign_in):
    browser = sign_in(cast.hugo)
    listed = browser.get(reverse("companies:persons")).content.decode()
    assert reverse("companies:add_person") in listed
    # One company only: straight to its form.
    answer = browser.get(reverse("companies:add_person"))
    assert answer["Location"] == at("new_person", cast.rochat)
    assert at("new_person", cast.rochat) in browser.get(at("company", cast.rochat)).content.decode()
    answer = browser.post(at("new_person", cast.rochat), TYPED_PERSON | {"site": cast.morges.pk})
    person = InsuredPerson.unrestricted.get(last_name="Ärni")
    assert answer["Location"] == reverse("companies:person", args=[person.pk])
    assert (person.site, person.user, person.sort_key) == (cast.morges, None, "arni zita")


def test_the_form_begins_with_the_language_of_the_company(cast, sign_in):
    form = sign_in(cast.reto).get(at("new_person", cast.keller)).context["form"]
    assert form["language"].value() == "de"


def test_several_companies_are_chosen_from(cast, sign_in):
    text = sign_in(cast.reto).get(reverse("companies:add_person")).content.decode()
    assert at("new_person", cast.rochat) in text
    assert at("new_person", cast.keller) in text
    found = sign_in(cast.reto).get(reverse("companies:add_person"), {"q": "keller"}).content.decode()
    assert at("new_person", cast.rochat) not in found
    assert at("new_person", cast.keller) in found


def test_no_button_for_who_may_not(cast, sign_in):
    for name in ("claire", "sonia", "fiona", "pauline"):
        browser = sign_in(getattr(cast, name))
        text = browser.get(reverse("companies:persons")).content.decode()
        text += browser.get(at("company", cast.rochat)).content.decode()
        text += browser.get(reverse("companies:list"), follow=True).content.decode()
        for address in (reverse("companies:add_person"), NEW_COMPANY, at("new_person", cast.rochat)):
            assert address not in text, name
        assert at("new_site", cast.rochat) not in text
        assert at("new_contract", cast.rochat) not in text


def test_who_sees_one_company_and_may_add_stays_on_the_list(db, sign_in):
    only = make_user("Nur", "Eine")
    grants.appoint(only, "contract_manager")
    make_company("Only SA", contract_manager=only, health_manager=only)
    answer = sign_in(only).get(reverse("companies:list"))
    assert answer.status_code == 200
    assert NEW_COMPANY in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "typed", "field", "sentence"),
    [
        ("new_company", COMPANY | {"uid": "CHE-123.456.789"}, "uid", "This UID has a wrong digit."),
        ("new_site", SITE | {"name": "Morges"}, "name", "a site with this name already"),
        ("new_contract", TYPED_CONTRACT | {"end": "31.12.2025"}, "end", "ends before it begins"),
        ("new_contract", TYPED_CONTRACT | {"waiting_days": "-1"}, "waiting_days", "greater than or equal to 0"),
        ("new_person", TYPED_PERSON | {"ahv_number": "756.1234.5678.90"}, "ahv_number", "wrong digit"),
        ("new_person", TYPED_PERSON | {"employment_end": "1.1.2019"}, "employment_end", "after it begins"),
        ("new_person", TYPED_PERSON | {"employment_begin": "1.4.1989"}, "birth_date", "after the date of birth"),
        ("new_person", TYPED_PERSON | {"birth_date": "28.2.2100"}, "birth_date", "not after"),
    ],
)  # fmt: skip
def test_objections_stand_at_their_fields_and_what_was_typed_stays(
    cast, sign_in, name, typed, field, sentence
):
    address = NEW_COMPANY if name == "new_company" else at(name, cast.rochat)
    typed = typed | ({"site": cast.morges.pk} if name == "new_person" else {})
    answer = sign_in(cast.reto).post(address, typed)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert sentence in form.errors[field][0]
    text = answer.content.decode()
    assert f'id="id_{field}"' in text
    assert f'value="{typed[field]}"' in text


def test_what_is_taken_is_said_at_the_field(cast, sign_in):
    browser = sign_in(cast.reto)
    person = make_person(cast.rochat, cast.morges)
    for address, typed, field in (
        (NEW_COMPANY, COMPANY | {"uid": cast.keller.uid}, "uid"),
        (at("new_contract", cast.rochat), TYPED_CONTRACT | {"policy_number": cast.keller_ktg.policy_number}, "policy_number"),
        (at("new_person", cast.rochat), TYPED_PERSON | {"ahv_number": person.ahv_number, "site": cast.morges.pk}, "ahv_number"),
    ):  # fmt: skip
        answer = browser.post(address, typed)
        assert answer.status_code == 422
        assert "already" in answer.context["form"].errors[field][0]


def test_a_site_of_another_company_is_no_choice(cast, sign_in):
    typed = TYPED_PERSON | {"site": cast.winterthur.pk}
    assert sign_in(cast.reto).post(at("new_person", cast.rochat), typed).status_code == 422


def test_handing_a_company_over(cast, sign_in):
    successor = make_user("Nach", "Folgerin")
    grants.appoint(successor, "contract_manager")
    browser, address = sign_in(cast.reto), at("edit_company", cast.rochat)
    values = {name: getattr(cast.rochat, name) for name in COMPANY if name != "uid"}
    values |= {"contract_manager": successor.pk, "health_manager": ""}
    text = browser.get(address).content.decode()
    assert "Nach Folgerin" in text
    # Of the insurer, and with that role only.
    assert cast.sacha.name not in text
    assert cast.claire.name not in text
    for stranger in (cast.pauline, cast.claire):
        answer = browser.post(address, values | {"contract_manager": stranger.pk})
        assert list(answer.context["form"].errors) == ["contract_manager"]
    answer = browser.post(address, values)
    assert answer["Location"] == reverse("companies:list")
    assert browser.get(at("company", cast.rochat)).status_code == 404
    company = Company.unrestricted.get(pk=cast.rochat.pk)
    assert (company.contract_manager, company.health_manager) == (successor, None)
    line = AuditLine.unrestricted.get(event="company.edited")
    assert line.facts == {
        "fields": ["contract_manager", "health_manager"],
        "contract_manager": str(successor.pk),
        "health_manager": None,
    }
    assert sign_in(successor).get(at("company", cast.rochat)).status_code == 200


def test_a_closed_account_stays_named_until_another_is_chosen(cast, sign_in):
    cast.pauline.is_active = False
    cast.pauline.save()
    browser = sign_in(cast.reto)
    values = {name: getattr(cast.rochat, name) for name in COMPANY if name != "uid"} | {"town": "Bex"}
    values |= {"contract_manager": cast.reto.pk, "health_manager": cast.pauline.pk}
    assert browser.post(at("edit_company", cast.rochat), values).status_code == 302
    assert browser.post(NEW_COMPANY, COMPANY | {"health_manager": cast.pauline.pk}).status_code == 422


def test_a_wrong_ahv_number_in_the_search(cast, sign_in):
    right = cast.marco.ahv_number
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    answer = sign_in(cast.hugo).get(reverse("companies:persons"), {"q": wrong})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This AHV number has a wrong digit." in text
    assert f'value="{wrong}"' in text
    assert cast.marco.last_name not in text


def test_hr_of_a_single_site_adds_nobody(cast, sign_in):
    """An employee is added to a company: the right on one of its sites is not enough."""
    make_site(cast.keller, "Frauenfeld")
    grants.grant(cast.morges, to=cast.zoe, preset="hr", by=cast.reto)
    browser = sign_in(cast.zoe)
    assert reverse("companies:add_person") not in browser.get(reverse("companies:persons")).content.decode()
    assert browser.get(at("new_person", cast.rochat)).status_code == 403
