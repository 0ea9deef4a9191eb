"""The own postal address: changed by the person with a fresh code, told to him, and no way to somebody else’s letter."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from companies import services as companies
from companies.models import InsuredPerson
from core.countries import country_choices, country_name
from core.errors import NotNow, OutOfReach
from core.models import OutboxMessage
from permissions.trail import AuditLine
from tests.factories import make_person
from tests.users.acts import PROOF, bearer, have_proven, prove, sign_in_fully
from users import services
from users.models import FreshProof, PersonalLetter

pytestmark = pytest.mark.usefixtures("english")

PAGE, API, PUK = "/account/address/", "/api/v1/me/address/", "/account/puk/order/"
NEW = {
    "street": "Rue du  Lac ",
    "house_number": "9b",
    "postcode": "1006",
    "town": "Lausanne",
    "country": "CH",
}
ABROAD = {"street": "Hauptstr.", "postcode": "D-79 576", "town": "Weil", "country": "DE"}


def put(browser, values):
    return browser.put(API, values, content_type="application/json")


@pytest.fixture(autouse=True)
def outbox(settings):
    """Letters are kept where the demo keeps them."""
    settings.LETTER_BACKEND = "core.letters.OutboxBackend"


@pytest.fixture
def nadia(client, cast, enrolled):
    """Nadia’s browser, both factors given."""
    sign_in_fully(client, enrolled(cast.nadia))
    return client


@pytest.fixture
def proven(nadia, cast):
    """The same, with a fresh code for the address."""
    have_proven(nadia, cast.nadia, "address")
    return nadia


def address_of(person):
    return InsuredPerson.unrestricted.values_list(*NEW).get(pk=person.pk)


# --- The story --------------------------------------------------------------------------------------


def test_the_address_changes_with_a_fresh_code_and_is_told(nadia, cast, run_jobs, mailoutbox, lines, sign_in):
    asked = nadia.get(PAGE)
    assert asked["Location"].startswith(PROOF)
    assert prove(nadia, cast.nadia, asked)["Location"] == PAGE
    form = nadia.get(PAGE).context["form"]
    assert [value for value, _label in form.fields["country"].choices][:2] == ["CH", "LI"]
    # Only the house number may stay empty, and only it says so.
    assert nadia.get(PAGE).content.decode().count('class="optional"') == 1
    wrong = nadia.post(PAGE, {**NEW, "postcode": "10061", "town": ""})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"postcode", "town"})
    # A mistake does not use the code up; the change does.
    assert nadia.post(PAGE, NEW)["Location"] == "/account/profile/"
    assert nadia.post(PAGE, NEW)["Location"].startswith(PROOF)
    assert address_of(cast.persons.nadia) == ("Rue du Lac", "9b", "1006", "Lausanne", "CH")
    run_jobs()
    (mail,) = mailoutbox
    assert mail.to == [cast.nadia.email]
    (line,) = lines("person.moved")
    assert (line.actor, line.target, line.company) == (cast.nadia.pk, cast.persons.nadia.pk, cast.rochat.pk)
    for told in (mail.subject, mail.body, str(mail.alternatives), str(line.facts)):
        assert "Lac" not in told
        assert "1006" not in told


def test_who_sees_that_it_changed(cast, sign_in):
    url, api = f"/employees/{cast.persons.nadia.pk}/", f"/api/v1/insured-persons/{cast.persons.nadia.pk}/"
    note = f"by the person on {timezone.localdate():%d.%m.%Y}"

    def seen(text):
        people = ("nadia", "claire", "hugo", "fiona", "reto", "pauline")
        return {who for who in people if text in sign_in(getattr(cast, who)).get(url).content.decode()}

    assert seen(note) == set()
    services.change_address(cast.nadia, NEW)
    assert seen(note) == {"nadia", "hugo", "reto", "pauline"}
    # HR and health manager see the address as ever, the contract manager that it changed.
    assert seen("Rue du Lac 9b") == {"nadia", "hugo", "pauline"}
    assert sign_in(cast.hugo).get(api).json()["address_by_person"]
    assert sign_in(cast.claire).get(api).json()["address_by_person"] is None
    companies.edit_person(cast.persons.nadia.pk, {"annual_salary": 70000}, by=cast.hugo)
    assert seen(note)
    # What HR wrote is no longer the person's own.
    companies.edit_person(cast.persons.nadia.pk, {"house_number": "10"}, by=cast.hugo)
    assert seen(note) == set()


def test_every_employment_that_goes_on_changes_and_no_other(cast):
    yesterday = timezone.localdate() - timedelta(days=1)
    second = make_person(cast.keller, cast.winterthur, "Nadia", "Keller", user=cast.nadia)
    former = make_person(
        cast.keller,
        cast.winterthur,
        "Nadia",
        "Keller",
        user=cast.nadia,
        employment_end=yesterday,
        town="Bern",
    )
    services.change_address(cast.nadia, ABROAD)
    lines = ["Hauptstr.", "D-79 576 Weil", country_name("DE")]
    for person in (cast.persons.nadia, second):
        assert InsuredPerson.unrestricted.get(pk=person.pk).address_lines == lines
    assert address_of(former)[3] == "Bern"
    assert address_of(cast.persons.jonas)[3] == ""


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"postcode": "100"}, "postcode"),
        ({"postcode": "0999"}, "postcode"),
        ({"postcode": "10 06"}, "postcode"),
        ({"postcode": "١٠٠٦"}, "postcode"),
        ({"postcode": "10060", "country": "LI"}, "postcode"),
        ({"postcode": " "}, "postcode"),
        ({"street": ""}, "street"),
        ({"street": "x" * 71}, "street"),
        ({"house_number": "9" * 17}, "house_number"),
        ({"town": "\n"}, "town"),
        ({"country": "XX"}, "country"),
        ({"country": "ch"}, "country"),
        ({"country": ""}, "country"),
        ({"town": "Lau\0sanne"}, "town"),
    ],
)
def test_bad_input_stands_at_its_field(proven, cast, changes, field):
    before = address_of(cast.persons.nadia)
    answer = proven.post(PAGE, {**NEW, **changes})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    answer = put(proven, {**NEW, **changes})
    assert (answer.status_code, set(answer.json())) == (400, {field})
    assert address_of(cast.persons.nadia) == before
    assert FreshProof.objects.count() == 1


def test_nothing_else_of_the_person_is_changed_by_it(cast):
    with pytest.raises(ValidationError):
        companies.change_own_address(cast.nadia, {**NEW, "annual_salary": "1"})


def test_no_code_another_ones_code_and_a_stale_one_open_nothing(nadia, cast):
    before = address_of(cast.persons.nadia)
    for act in (None, "phone", "bank", "users:address"):
        if act:
            have_proven(nadia, cast.nadia, act)
        assert nadia.post(PAGE, NEW)["Location"].startswith(f"{PROOF}?act=address&")
        refused = put(nadia, NEW)
        assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")
    have_proven(nadia, cast.nadia, "address")
    FreshProof.objects.update(created=timezone.now() - timedelta(seconds=301))
    assert nadia.post(PAGE, NEW)["Location"].startswith(PROOF)
    assert put(nadia, NEW).status_code == 403
    assert address_of(cast.persons.nadia) == before


def test_what_was_typed_waits_for_the_code(nadia, cast):
    prove(nadia, cast.nadia, nadia.post(PAGE, NEW))
    assert "Rue du  Lac" in nadia.get(PAGE).content.decode()


def test_the_api_shows_and_changes_it_once_for_a_code(proven, cast, token_of):
    assert put(proven, {**NEW, "street": ""}).status_code == 400
    changed = put(proven, ABROAD)
    assert (changed.status_code, changed.json()) == (200, {**ABROAD, "house_number": ""})
    assert proven.get(API).json() == changed.json()
    assert put(proven, NEW).json()["code"] == "fresh_proof_required"
    program = bearer(token_of(cast.nadia, "person.view"))
    assert (program.get(API).status_code, put(program, NEW).status_code) == (403, 403)


def test_who_is_not_employed_has_no_address_of_his_own(cast, sign_in):
    for user in (cast.hugo, cast.reto):
        assert sign_in(user).get(PAGE).status_code == 404
        assert put(sign_in(user), NEW).status_code == 404
        with pytest.raises(OutOfReach):
            services.change_address(user, NEW)
    InsuredPerson.unrestricted.filter(user=cast.nadia).update(employment_end=timezone.localdate())
    assert sign_in(cast.nadia).get(API).status_code == 200
    yesterday = timezone.localdate() - timedelta(days=1)
    InsuredPerson.unrestricted.filter(user=cast.nadia).update(employment_end=yesterday)
    assert sign_in(cast.nadia).get(PAGE).status_code == 409
    assert put(sign_in(cast.nadia), NEW).json()["code"] == "not_employed"


@pytest.mark.django_db(transaction=True)
def test_twenty_changes_with_one_code_are_one(cast, enrolled, lines):
    browser = Client()
    sign_in_fully(browser, enrolled(cast.nadia))
    have_proven(browser, cast.nadia, "address")

    def send(number):
        twin = Client()
        twin.cookies = browser.cookies
        try:
            return put(twin, {**NEW, "house_number": str(number + 1)}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert answers.count(200) == 1
    assert set(answers) <= {200, 403, 409}
    assert len(lines("person.moved")) == 1


# --- The letter that opens an account ---------------------------------------------------------------


def test_no_puk_goes_to_an_address_that_was_just_changed(nadia, cast, run_jobs):
    services.change_address(cast.nadia, NEW)
    have_proven(nadia, cast.nadia, "puk", "users:order_puk")
    assert "Order the letter" not in nadia.get(PUK).content.decode()
    assert nadia.post(PUK).status_code == 409
    with pytest.raises(NotNow) as refused:
        services.order_puk(cast.nadia.pk, by=cast.nadia)
    assert refused.value.code == "just_moved"
    # Whoever calls is known to the contract manager, who orders it to the new address.
    services.order_puk(cast.nadia.pk, by=cast.reto)
    run_jobs()
    assert "Rue du Lac 9b" in OutboxMessage.objects.get(kind="letter").to
    moved = timezone.now() - timedelta(days=10, minutes=1)
    InsuredPerson.unrestricted.filter(user=cast.nadia).update(address_by_person=moved)
    services.order_puk(cast.nadia.pk, by=cast.nadia)


def test_a_letter_under_way_does_not_follow_to_a_new_address(cast, run_jobs):
    companies.edit_person(cast.persons.nadia.pk, {**NEW_AT_HR}, by=cast.hugo)
    services.order_puk(cast.nadia.pk, by=cast.nadia)
    services.change_address(cast.nadia, {**NEW, "town": "Genève"})
    run_jobs()
    assert not OutboxMessage.objects.filter(kind="letter").exists()
    assert PersonalLetter.objects.get().printed is None
    assert AuditLine.unrestricted.filter(event="user.letter_printed").count() == 0


NEW_AT_HR = {"street": "Rue du Port", "postcode": "1003", "town": "Lausanne"}


def test_countries_have_names_and_no_pretended_one_is_among_them():
    choices = dict(country_choices())
    assert len(choices) == 250
    assert not {"EU", "UN", "ZZ", "XA"} & set(choices)
    assert (country_name("FR"), country_name("QQ")) == ("France", "QQ")
