"""Letters with codes to an address that the company wrote: who may post them, and when they go out by themselves."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies import services as companies
from companies.models import InsuredPerson
from core.errors import NotAllowed, NotNow, OutOfReach
from core.models import OutboxMessage
from tests.companies.values import PERSON
from tests.users.acts import have_proven, sign_in_fully
from tests.users.test_registration import FORM, typed
from users import services, tasks
from users.models import PersonalLetter, User

pytestmark = pytest.mark.usefixtures("english", "letter_box")

HOME, HIS_BOX = "marco@home.example", "hugo.private@box.example"
ADDRESS = {"street": "Rue du Port", "house_number": "3", "postcode": "1110", "town": "Morges"}
AT_HUGO = {"street": "Chemin Caché", "house_number": "8", "postcode": "1020", "town": "Renens"}
LIST = "/api/v1/waiting-letters/"


@pytest.fixture
def register(marco, link_in, run_jobs):
    """Register Marco from a mailbox, up to where his letter is printed or waits; what the browser was answered."""

    def run(email=HOME):
        browser = Client()
        first = browser.post(FORM, typed(marco, email))
        second = browser.post(link_in(email))
        run_jobs()
        return [
            (
                answer.status_code,
                re.sub(rf"\w{{64}}|/register/[\w-]{{43}}/|{email}", "", answer.content.decode()),
            )
            for answer in (first, second)
        ]

    return run


@pytest.fixture
def held(cast, marco, register):
    """The letter that waits since Hugo has moved Marco to his own address and registered in his name."""
    companies.edit_person(marco.pk, AT_HUGO, by=cast.hugo)
    register(HIS_BOX)
    marco.refresh_from_db()
    return PersonalLetter.objects.get()


def posted():
    return [message.to for message in OutboxMessage.objects.filter(kind="letter").order_by("created")]


def release(letter, by, entered=None):
    entered = entered or InsuredPerson.unrestricted.get(pk=letter.person_id).address_by_company
    return services.release_letter(letter.pk, entered=entered, by=by)


def at(letter):
    return reverse("users:release_letter", args=[letter.pk])


# --- The attack -------------------------------------------------------------------------------------


def test_hr_gets_no_letter_in_the_name_of_an_employee(cast, marco, register, lines, sign_in):
    honest = register()
    OutboxMessage.objects.filter(kind="letter").delete()
    browser = sign_in(cast.hugo, on=Client())
    url = reverse("companies:edit_person", args=[marco.pk])
    form = browser.get(url).context["form"]
    values = {name: form[name].value() or "" for name in form.fields} | AT_HUGO
    assert browser.post(url, values).status_code == 302
    # What the browser is answered is the same as where the letter goes out.
    assert register(HIS_BOX) == honest
    assert posted() == []
    letter = PersonalLetter.objects.get(user__email=HIS_BOX)
    assert letter.waiting is not None
    assert not User.objects.get(email=HIS_BOX).has_usable_password()
    (line,) = lines("user.letter_held")
    assert (line.actor, line.target, line.facts) == (None, letter.user_id, {"kind": "access"})
    # Nor does he post it, or anybody of the company; nor does another registration.
    for who in ("hugo", "claire", "sonia", "nadia", "pauline", "bruno"):
        assert sign_in(getattr(cast, who), on=Client()).post(at(letter)).status_code in {403, 404}, who
        with pytest.raises((NotAllowed, OutOfReach)):
            release(letter, getattr(cast, who))
    register(HIS_BOX)
    assert posted() == []


def test_somebody_entered_by_the_company_waits_too_and_by_the_insurer_does_not(cast, run_jobs):
    values = PERSON | ADDRESS | {"site": cast.morges}
    theirs = companies.create_person(cast.rochat.pk, values, by=cast.hugo)
    values |= {"ahv_number": "756.9217.0769.85"}
    ours = companies.create_person(cast.rochat.pk, values, by=cast.reto)
    assert theirs.address_by_company
    assert ours.address_by_company is None
    assert (theirs.address_entered_by, ours.address_entered_by) == (cast.hugo, None)
    bare = dict.fromkeys(ADDRESS, "") | {"ahv_number": "756.1234.5678.97"}
    assert companies.create_person(cast.rochat.pk, values | bare, by=cast.hugo).address_by_company is None


def test_a_new_puk_waits_too_and_the_person_is_told_of_the_change(
    cast, marco, run_jobs, mailoutbox, enrolled
):
    person = cast.persons.nadia
    companies.edit_person(person.pk, AT_HUGO, by=cast.hugo)
    run_jobs()
    (mail,) = [mail for mail in mailoutbox if cast.nadia.email in mail.to]
    assert mail.subject == "Your employer changed your postal address"
    assert "Renens" not in mail.body + mail.subject
    assert "/account/profile/" in mail.body
    nadia = Client()
    sign_in_fully(nadia, enrolled(cast.nadia))
    have_proven(nadia, cast.nadia, "puk")
    answer = nadia.post("/account/puk/order/", follow=True)
    assert "waits until your address is checked" in answer.content.decode()
    services.order_puk(cast.nadia.pk, by=cast.reto)
    run_jobs()
    assert posted() == []
    letter = PersonalLetter.objects.get()
    with pytest.raises((NotAllowed, OutOfReach)):
        release(letter, cast.nadia)
    # Her own word about her address is enough.
    services.change_address(cast.nadia, {**ADDRESS, "country": "CH"})
    person.refresh_from_db()
    assert (person.address_by_company, person.address_entered_by) == (None, None)
    # What is no address is told to nobody, and whoever has no account cannot be.
    run_jobs()
    mailoutbox.clear()
    companies.edit_person(person.pk, {"occupation": "Painter"}, by=cast.hugo)
    companies.edit_person(marco.pk, AT_HUGO, by=cast.hugo)
    run_jobs()
    assert not mailoutbox


# --- The release ------------------------------------------------------------------------------------


def test_the_contract_manager_posts_it_with_one_click(cast, held, sign_in, run_jobs, lines):
    reto = sign_in(cast.reto, on=Client())
    employee = reverse("companies:person", args=[held.person_id])
    assert "A letter waits until the address is checked" in reto.get("/").content.decode()
    page = reto.get(employee).content.decode()
    assert "Chemin Caché 8, 1020 Renens" in page
    entered = held.person.address_by_company.isoformat()
    assert f'name="entered" value="{entered.replace("+", "&#x2B;")}"' in page or f'value="{entered}"' in page
    answer = reto.post(at(held), {"entered": entered})
    assert (answer.status_code, answer["Location"]) == (302, f"{employee}#account")
    # The second click posts nothing more, and says so.
    assert reto.post(at(held), {"entered": entered}).status_code == 409
    run_jobs()
    assert posted() == ["Marco Bernasconi, Chemin Caché 8, 1020 Renens"]
    (line,) = lines("user.letter_released")
    assert (line.actor, line.facts) == (cast.reto.pk, {"kind": "access", "person": str(held.person_id)})
    assert reto.get(LIST).json()["results"] == []


def test_the_api_posts_it_alike(cast, held, sign_in, run_jobs):
    reto = sign_in(cast.reto, on=Client())
    (row,) = reto.get(LIST).json()["results"]
    url = f"{LIST}{row['id']}/release/"
    assert reto.post(url, {}).status_code == 400
    sent = {"address_entered": row["address_entered"]}
    assert sign_in(cast.hugo, on=Client()).post(url, sent).status_code == 403
    assert reto.post(url, sent).status_code == 204
    again = reto.post(url, sent)
    assert (again.status_code, again.json()["code"]) == (409, "posted")
    assert reto.post(f"{LIST}{cast.rochat.pk}/release/", sent).status_code == 404
    run_jobs()
    assert len(posted()) == 1


def test_only_what_was_looked_at_is_posted(cast, held, sign_in, run_jobs):
    seen = held.person.address_by_company
    companies.edit_person(held.person_id, {"house_number": "9"}, by=cast.hugo)
    for entered in (seen.isoformat(), "", "2026-13-99T00:00"):
        assert sign_in(cast.reto, on=Client()).post(at(held), {"entered": entered}).status_code == 409
    companies.edit_person(held.person_id, {"town": ""}, by=cast.hugo)
    with pytest.raises(NotNow) as refused:
        release(held, cast.reto)
    assert refused.value.code == "no_address"
    companies.edit_person(held.person_id, {"town": "Renens"}, by=cast.hugo)
    release(held, cast.reto)
    # Changed once more before it is printed, it waits once more.
    companies.edit_person(held.person_id, {"house_number": "10"}, by=cast.hugo)
    run_jobs()
    assert posted() == []
    held.refresh_from_db()
    assert held.waiting is not None


def test_never_by_whoever_wrote_the_address(cast, held):
    InsuredPerson.unrestricted.filter(pk=held.person_id).update(address_entered_by=cast.reto)
    with pytest.raises(NotAllowed):
        release(held, cast.reto)
    InsuredPerson.unrestricted.filter(pk=held.person_id).update(address_entered_by=cast.hugo, user=cast.reto)
    with pytest.raises(NotAllowed):
        release(held, cast.reto)


# --- By itself --------------------------------------------------------------------------------------


def test_it_goes_out_once_the_address_has_settled(cast, held, run_jobs, settings):
    def entered(days):
        moment = timezone.now() - timedelta(days=days, minutes=-1 if days == 30 else 1)
        InsuredPerson.unrestricted.filter(pk=held.person_id).update(address_by_company=moment)

    entered(30)
    tasks.sweep(0)
    assert run_jobs() == 0
    # Another change of the company restarts the days; what the person does not see of it changes nothing.
    entered(31)
    companies.edit_person(held.person_id, {"house_number": "9"}, by=cast.hugo)
    tasks.sweep(0)
    assert run_jobs() == 0
    entered(31)
    companies.edit_person(held.person_id, {"house_number": "9"}, by=cast.hugo)
    tasks.sweep(0)
    run_jobs()
    assert posted() == ["Marco Bernasconi, Chemin Caché 9, 1020 Renens"]


def test_the_insurers_own_change_settles_it(cast, held, run_jobs, monkeypatch):
    monkeypatch.setattr("companies.services.changing.is_staff", lambda user: True)
    companies.edit_person(held.person_id, ADDRESS, by=cast.hugo)
    run_jobs()
    assert posted() == ["Marco Bernasconi, Rue du Port 3, 1110 Morges"]


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_and_a_change_post_one_letter_or_none(cast, held, run_jobs):
    entered = held.person.address_by_company

    def act(number):
        try:
            if number == 10:
                companies.edit_person(held.person_id, {"house_number": "66"}, by=cast.hugo)
            else:
                services.release_letter(held.pk, entered=entered, by=cast.reto)
                return 1
        except NotNow:
            return 0
        finally:
            connection.close()
        return 0

    with ThreadPoolExecutor(8) as pool:
        released = sum(pool.map(act, range(20)))
    run_jobs()
    assert released <= 1
    assert not any("66" in to for to in posted())
    assert len(posted()) <= released
