"""Letters with codes: who orders a PUK for whom, what waits for an address, the contract confirmation."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from companies.models import Company, InsuredPerson
from companies.services import edit_company, edit_person
from core.errors import NotAllowed, NotNow, OutOfReach
from core.models import OutboxMessage
from permissions import grants
from users import people, services
from users.models import PersonalLetter, Puk, User
from users.services.letters import order_access_letter

pytestmark = pytest.mark.usefixtures("letter_box")

HOME = "marco@home.example"
ADDRESS = {"street": "Rue du Port", "house_number": "3", "postcode": "1110", "town": "Morges"}


@pytest.fixture
def homeless(cast, link_in, run_jobs):
    """Marco has registered, rightly, and no address is on record."""
    InsuredPerson.unrestricted.filter(pk=cast.marco.pk).update(birth_date=date(1985, 5, 17))
    services.register(
        number=cast.marco.insured_number, birth_date=date(1985, 5, 17), email=HOME, phone="", language="fr"
    )
    services.confirm_registration(link_in(HOME).rstrip("/").rsplit("/", 1)[1])
    run_jobs()
    return cast.marco


def page_of(user):
    return f"/users/people/{user.pk}/puk-letter/"


def posted():
    return OutboxMessage.objects.filter(kind="letter").order_by("created")


def give_address(person, by):
    edit_person(person.pk, ADDRESS, by=by)


def post_checked(person, by):
    """The insurer has asked the person whether the address is right."""
    person.refresh_from_db()
    letter = PersonalLetter.objects.get(person=person)
    services.release_letter(letter.pk, entered=person.address_by_company, by=by)


# --- Letters that wait for an address ---------------------------------------------------------------


def test_the_contract_manager_sees_that_a_letter_waits_until_he_has_checked_the_address(
    cast, homeless, sign_in, run_jobs, lines
):
    assert not posted().exists()
    reto = sign_in(cast.reto, on=Client())
    employee = reverse("companies:person", args=[homeless.pk])
    assert f"{employee}#account" in reto.get("/").content.decode()
    (row,) = reto.get("/api/v1/waiting-letters/").json()["results"]
    assert (row["kind"], row["person"], row["company"]) == ("access", str(homeless.pk), str(cast.rochat.pk))
    page = reto.get(employee)
    waiting = [panel for panel in page.context["panels"] if 'class="alert' in panel]
    assert len(waiting) == 1
    # HR records an address; half of one is none.
    edit_person(homeless.pk, {"street": "Rue du Port"}, by=cast.hugo)
    assert run_jobs() == 0
    give_address(homeless, cast.hugo)
    post_checked(homeless, cast.reto)
    run_jobs()
    assert [letter.to for letter in posted()] == ["Marco Bernasconi, Rue du Port 3, 1110 Morges"]
    assert reto.get("/api/v1/waiting-letters/").json()["results"] == []
    assert f"{employee}#account" not in reto.get("/").content.decode()
    # A later change posts nothing more.
    edit_person(homeless.pk, {"house_number": "4"}, by=cast.hugo)
    run_jobs()
    assert posted().count() == 1
    (line,) = lines("user.letter_waits")
    assert (line.actor, line.facts) == (None, {"kind": "access"})


def test_nobody_else_hears_of_a_letter_that_waits(cast, homeless, sign_in):
    employee = reverse("companies:person", args=[homeless.pk])
    for who in ("claire", "hugo", "sonia", "bruno", "sacha", "pauline"):
        browser = sign_in(getattr(cast, who), on=Client())
        assert f"{employee}#account" not in browser.get("/").content.decode(), who
        assert browser.get("/api/v1/waiting-letters/").status_code == 403, who
    Company.unrestricted.filter(pk=cast.rochat.pk).update(contract_manager=None)
    assert not people.waiting_letters(cast.reto).exists()


def test_registering_again_makes_no_second_letter(cast, homeless, run_jobs):
    user = User.objects.get(email=HOME)
    with transaction.atomic():
        order_access_letter(user, homeless)
    give_address(homeless, cast.hugo)
    post_checked(homeless, cast.reto)
    run_jobs()
    assert PersonalLetter.objects.count() == posted().count() == 1


def test_a_letter_whose_address_is_gone_before_it_is_printed_waits_too(cast, run_jobs):
    services.order_puk(cast.hugo.pk, by=cast.hugo)
    Company.unrestricted.filter(pk=cast.rochat.pk).update(postcode="")
    run_jobs()
    (letter,) = people.waiting_letters(cast.reto)
    assert (letter.user, letter.company, posted().exists()) == (cast.hugo, cast.rochat, False)
    edit_company(cast.rochat.pk, {"postcode": "1003"}, by=cast.reto)
    run_jobs()
    assert posted().count() == 1


def test_a_puk_without_an_address_is_ordered_once_and_dies_with_the_account(cast, run_jobs, sign_in):
    first = services.order_puk(cast.nadia.pk, by=cast.nadia)
    again = services.order_puk(cast.nadia.pk, by=cast.reto)
    assert first.pk == again.pk
    assert first.waiting is not None
    assert [row.pk for row in people.waiting_letters(cast.reto)] == [first.pk]
    panel = sign_in(cast.reto).get(reverse("companies:person", args=[cast.persons.nadia.pk]))
    assert 'class="alert' in "".join(panel.context["panels"])
    User.objects.filter(pk=cast.nadia.pk).update(is_active=False)
    assert not people.waiting_letters(cast.reto).exists()
    give_address(cast.persons.nadia, cast.hugo)
    run_jobs()
    assert not posted().exists()


def test_an_address_that_came_another_way_is_found_at_night(cast, homeless, run_jobs):
    InsuredPerson.unrestricted.filter(pk=homeless.pk).update(**ADDRESS)
    assert services.post_waiting() == 1
    assert services.post_waiting() == 0
    run_jobs()
    assert posted().count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_orders_at_once_are_one_that_waits(cast):
    def order(_turn):
        try:
            return services.order_puk(cast.nadia.pk, by=cast.nadia).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(order, range(20)))) == 1
    assert PersonalLetter.objects.count() == 1


# --- PUKs for others --------------------------------------------------------------------------------


def test_the_contract_manager_orders_a_puk_on_a_page(cast, sign_in, run_jobs):
    reto = sign_in(cast.reto)
    assert page_of(cast.hugo) in reto.get(reverse("users:person", args=[cast.hugo.pk])).content.decode()
    assert cast.hugo.name in reto.get(page_of(cast.hugo)).content.decode()
    assert not PersonalLetter.objects.exists()
    assert reto.post(page_of(cast.hugo)).status_code == 302
    run_jobs()
    assert cast.hugo.name in posted().get().to
    assert Puk.objects.filter(user=cast.hugo).exists()
    # An insured person without any grant, from the page of the employee.
    employee = reto.get(reverse("companies:person", args=[cast.persons.nadia.pk])).content.decode()
    assert page_of(cast.nadia) in employee
    answer = reto.post(page_of(cast.nadia), follow=True)
    assert [str(message.level_tag) for message in answer.context["messages"]] == ["warning"]
    assert reto.post(f"/api/v1/users/{cast.nadia.pk}/puk-letter/").status_code == 202


def test_the_superuser_sees_to_the_insurers_people_and_administrators_alone(cast, sign_in, run_jobs):
    sacha = sign_in(cast.sacha)
    staff = sacha.get("/users/").content.decode()
    for user in (cast.reto, cast.pauline, cast.claire, cast.bruno):
        own_page = reverse("users:person", args=[user.pk])
        shown = staff if user in {cast.reto, cast.pauline} else sacha.get(own_page).content.decode()
        assert page_of(user) in shown, user
        assert sacha.post(page_of(user)).status_code == 302
    run_jobs()
    to = [letter.to for letter in posted()]
    assert len(to) == 4
    assert cast.reto.name in to[0]
    assert "Lausanne" in to[0]
    hugos = sacha.get(reverse("users:person", args=[cast.hugo.pk])).content.decode()
    assert page_of(cast.hugo) not in hugos
    assert page_of(cast.sacha) not in staff
    for user in (cast.hugo, cast.nadia):
        with pytest.raises((NotAllowed, OutOfReach)):
            services.order_puk(user.pk, by=cast.sacha)
    # Who administers no longer is his no longer.
    for row in grants.grants_of(cast.claire):
        type(row).objects.filter(pk=row.pk).update(until=date(2020, 1, 1))
    with pytest.raises(NotAllowed):
        services.order_puk(cast.claire.pk, by=cast.sacha)


@pytest.mark.parametrize("who", ["claire", "hugo", "pauline", "bruno", "nadia"])
def test_nobody_else_orders_for_the_insurers_people(cast, sign_in, who):
    browser = sign_in(getattr(cast, who))
    assert browser.get(page_of(cast.reto)).status_code == 404
    assert browser.post(page_of(cast.reto)).status_code == 404
    assert browser.post(f"/api/v1/users/{cast.reto.pk}/puk-letter/").status_code == 404
    assert "users/people/" + str(cast.reto.pk) not in browser.get("/users/").content.decode()
    assert not PersonalLetter.objects.exists()


def test_a_closed_account_gets_no_puk(cast, sign_in):
    User.objects.filter(pk=cast.hugo.pk).update(is_active=False)
    assert sign_in(cast.reto).post(page_of(cast.hugo)).status_code == 409
    with pytest.raises(NotNow):
        services.order_puk(cast.hugo.pk, by=cast.reto)


def test_the_same_order_sent_twice_over_the_api_is_one_letter(cast, sign_in):
    browser = sign_in(cast.reto)
    for user in (cast.hugo, cast.nadia):
        address, before = f"/api/v1/users/{user.pk}/puk-letter/", PersonalLetter.objects.count()
        answers = [browser.post(address, headers={"idempotency-key": str(user.pk)}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert PersonalLetter.objects.count() == before + 1


# --- The contract confirmation ----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_the_own_contract_confirmation_carries_the_user_name_and_no_secret(cast, sign_in, language):
    person, browser = cast.persons.nadia, sign_in(cast.nadia)
    cast.nadia.language = language
    cast.nadia.save()
    address = f"/account/contract/{person.pk}/"
    assert address in browser.get("/account/profile/").content.decode()
    answer = browser.get(address, headers={"accept-language": language})
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    assert cast.nadia.identifier in answer["Content-Disposition"]
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    text = page.extract_text()
    for word in (cast.nadia.identifier, person.name, person.insured_number, cast.ktg.policy_number):
        assert word in text, word
    assert page.pdf.root_object["/Lang"].startswith(language)
    assert not re.search(r"756[.\d]+|\d{4} \d{4} \d{4}", text)


def test_nobody_saves_the_confirmation_of_somebody_else(cast, sign_in, lines):
    address = f"/account/contract/{cast.persons.nadia.pk}/"
    for who in ("jonas", "hugo", "claire", "reto", "elena"):
        browser = sign_in(getattr(cast, who), on=Client())
        assert browser.get(address).status_code == 404, who
        assert browser.get(f"/api/v1/me/contracts/{cast.persons.nadia.pk}/confirmation/").status_code == 404
    browser = sign_in(cast.nadia, on=Client())
    (row,) = browser.get("/api/v1/me/contracts/").json()
    assert row["person"] == str(cast.persons.nadia.pk)
    paper = browser.get(f"/api/v1/me/contracts/{row['person']}/confirmation/")
    assert paper.content.startswith(b"%PDF")
    assert [line.actor for line in lines("person.contract_confirmed")] == [cast.nadia.pk]
