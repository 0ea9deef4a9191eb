"""The insurer sends somebody newly insured a link to register: who may, what it opens, when it dies."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from companies.models import InsuredPerson
from core.errors import NotAllowed, NotNow, OutOfReach
from core.models import OutboxMessage
from tests.users.acts import give_password
from users import services
from users.models import PersonalLetter, Registration, RegistrationLink, User

pytestmark = pytest.mark.usefixtures("letter_box")
HOME = "marco@home.example"
BORN = date(1985, 5, 17)
NEW = "Zwölf-Kleine-Schafe"


@pytest.fixture
def link(cast, marco, link_in):
    """The address of a link that Reto sent to Marco."""
    services.send_registration_link(marco.pk, email=HOME, by=cast.reto)
    return link_in(HOME)


def typed(**other):
    return {"birth_date": "17.05.1985", "phone": "079 123 45 67", "terms": "on", "privacy": "on", **other}


def page_of(person):
    return f"/employees/{person.pk}/registration-link/"


def token_in(link):
    return link.rstrip("/").rsplit("/", 1)[1]


def letter():
    found = OutboxMessage.objects.filter(kind="letter").order_by("-created").first()
    return found.text if found else ""


# --- The story --------------------------------------------------------------------------------------


def test_from_the_employees_page_to_the_own_account(cast, marco, sign_in, link_in, run_jobs, lines):
    reto = sign_in(cast.reto, on=Client())
    assert page_of(marco) in reto.get(f"/employees/{marco.pk}/").content.decode()
    answer = reto.post(page_of(marco), {"email": HOME, "email_again": HOME})
    assert answer["Location"] == f"/employees/{marco.pk}/#account"
    link = link_in(HOME)
    assert HOME in reto.get(f"/employees/{marco.pk}/").content.decode()
    (row,) = RegistrationLink.unrestricted.all()
    assert row.expires - timezone.now() > timedelta(days=4, hours=23)
    assert row.digest not in link
    browser = Client()
    page = browser.get(link).content.decode()
    assert HOME in page
    assert marco.insured_number not in page + link
    assert marco.last_name not in page
    assert browser.post(link, typed()).context["case"] == "done"
    run_jobs()
    text = letter()
    identifier = re.search(r"EP\d{8}", text)[0]
    password = re.search(r"\b(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}\b", text)[0]
    assert give_password(browser, identifier, password)["Location"] == "/"
    browser.post("/account/first-password/", {"password": NEW, "mine": "on"})
    marco.refresh_from_db()
    assert marco.user.email == HOME
    assert page_of(marco) not in reto.get(f"/employees/{marco.pk}/").content.decode()
    assert reto.get(page_of(marco)).status_code == 409
    told = [line for name in ("sent", "used") for line in lines(f"registration.link_{name}")]
    assert [(line.actor, line.person) for line in told] == [(cast.reto.pk, marco.pk), (None, marco.pk)]
    assert "marco" not in str([line.facts for line in told]).lower()


def test_the_mail_names_nobody_and_no_company(cast, marco, link_in, mailoutbox):
    services.send_registration_link(marco.pk, email=HOME, by=cast.reto)
    link_in(HOME)
    assert not re.search(f"Bernasconi|Marco|Rochat|{marco.insured_number}", mailoutbox[-1].body)


# --- Who may send, and to whom ----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["claire", "hugo", "sacha", "pauline", "bruno", "nadia"])
def test_only_the_contract_manager_sends_links(cast, marco, who):
    with pytest.raises((NotAllowed, OutOfReach)):
        services.send_registration_link(marco.pk, email=HOME, by=getattr(cast, who))
    assert not RegistrationLink.unrestricted.exists()


def test_nobody_with_an_account_nobody_who_left_and_no_minor_gets_a_link(cast, marco):
    today = timezone.localdate()
    minor = date(today.year - 17, today.month, min(today.day, 28))
    for changes, code in (
        ({"user": cast.nadia}, "account"),
        ({"user": None, "employment_end": today - timedelta(days=1)}, "left"),
        ({"employment_end": None, "birth_date": minor}, "minor"),
    ):
        InsuredPerson.unrestricted.filter(pk=marco.pk).update(**changes)
        with pytest.raises(NotNow) as refusal:
            services.send_registration_link(marco.pk, email=HOME, by=cast.reto)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("first", "again"), [("nonsense", "nonsense"), (HOME, "other@home.example"), ("", "")]
)
def test_the_address_is_checked(cast, marco, sign_in, first, again):
    answer = sign_in(cast.reto).post(page_of(marco), {"email": first, "email_again": again})
    assert answer.status_code == 422
    with pytest.raises(ValidationError):
        services.send_registration_link(marco.pk, email="nonsense", by=cast.reto)
    assert not RegistrationLink.unrestricted.exists()


def test_an_address_with_an_account_hears_that_it_has_one(cast, marco, run_jobs, mailoutbox):
    services.send_registration_link(marco.pk, email=cast.hugo.email, by=cast.reto)
    run_jobs()
    (mail,) = mailoutbox
    assert "/account/login/" in mail.body
    assert "/register/" not in mail.body


# --- Nothing is told --------------------------------------------------------------------------------


def plain(page, *hidden):
    text = page.content.decode()
    for word in hidden:
        text = text.replace(word, "…")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]*"', "", text)


def test_right_and_wrong_birth_dates_are_answered_alike(cast, marco, link, link_in, run_jobs):
    other = cast.persons.jonas
    InsuredPerson.unrestricted.filter(pk=other.pk).update(user=None)
    services.send_registration_link(other.pk, email="other@home.example", by=cast.reto)
    answers, work = set(), set()
    for address, day in ((link, "17.05.1985"), (link_in("other@home.example"), "01.02.1903")):
        browser = Client()
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            answer = browser.post(address, typed(birth_date=day))
        names = [job.task_name for job in ProcrastinateJob.objects.filter(status="todo")]
        work.add((len(asked), *names))
        run_jobs()
        again = browser.get(address)
        answers.add((answer.status_code, plain(answer, address), again.status_code, plain(again, address)))
    assert len(answers) == len(work) == 1
    assert PersonalLetter.objects.count() == 1


def test_birth_dates_are_few_for_one_link_and_the_right_one_comes_too_late(link, run_jobs):
    browser = Client()
    for turn in range(5):
        answer = browser.post(link + "?again=1" * bool(turn), typed(birth_date="01.01.1990"))
        assert answer.context["case"] == "done"
    assert browser.post(link + "?again=1", typed()).status_code == 429
    cache.clear()
    assert browser.post(link + "?again=1", typed()).context["case"] == "enough"
    run_jobs()
    assert not PersonalLetter.objects.exists()
    assert not Registration.objects.exclude(birth_date=None).exists()


def test_a_mistyped_birth_date_can_be_sent_once_more(link, run_jobs):
    browser = Client()
    browser.post(link, typed(birth_date="01.01.1990"))
    run_jobs()
    assert "?again=1" in browser.get(link).content.decode()
    # Once it was right, sending it again makes no second letter.
    for _turn in range(2):
        assert browser.post(link + "?again=1", typed()).context["case"] == "done"
        run_jobs()
        assert PersonalLetter.objects.count() == 1


@pytest.mark.parametrize("field", ["birth_date", "phone", "terms", "privacy"])
def test_what_is_missing_is_said_at_its_field(link, field):
    answer = Client().post(link, typed(**{field: ""}))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert not Registration.objects.exists()


# --- The link's life --------------------------------------------------------------------------------


def test_the_second_click_is_harmless_and_says_so(link, run_jobs):
    browser = Client()
    assert browser.post(link, typed()).context["case"] == "done"
    assert browser.post(link, typed()).context["case"] == "answered"
    assert browser.get(link).context["case"] == "answered"
    run_jobs()
    assert Registration.objects.count() == PersonalLetter.objects.count() == 1


def test_an_expired_link_offers_a_new_one_to_the_same_address(link, link_in, mailoutbox):
    RegistrationLink.unrestricted.update(expires=timezone.now() - timedelta(seconds=1))
    browser = Client()
    assert browser.get(link).context["case"] == "expired"
    assert browser.post(link, typed()).context["case"] == "expired"
    assert browser.post(link, {"renew": "1"}).context["case"] == "renewed"
    new = link_in(HOME)
    assert new != link
    assert browser.post(link, {"renew": "1"}).context["case"] == "replaced"
    assert browser.get(link).context["case"] == "replaced"
    assert browser.post(new, {"renew": "1"}).context["case"] == "open"
    assert browser.post(new, typed()).context["case"] == "done"
    assert [mail.to for mail in mailoutbox] == [[HOME]] * 2


def test_a_newer_link_kills_the_older(cast, marco, link, link_in):
    services.send_registration_link(marco.pk, email="other@home.example", by=cast.reto)
    assert Client().post(link, typed()).context["case"] == "replaced"
    assert Client().get(link_in("other@home.example")).context["case"] == "open"


def test_it_dies_with_the_employment_and_for_good_with_an_account(marco, link, run_jobs):
    rows = InsuredPerson.unrestricted.filter(pk=marco.pk)
    rows.update(employment_end=timezone.localdate() - timedelta(days=1))
    assert Client().post(link, typed()).context["case"] == "ended"
    rows.update(employment_end=None)
    Client().post(link, typed())
    run_jobs()
    services.replace_initial_password(User.objects.get(email=HOME), NEW)
    assert Client().get(link + "?again=1").context["case"] == "ended"
    # The account may be deleted within the days of the link.
    rows.update(user=None)
    assert Client().post(link + "?again=1", typed()).context["case"] == "ended"


def test_who_left_before_the_job_gets_no_account(marco, link, run_jobs):
    Client().post(link, typed())
    rows = InsuredPerson.unrestricted.filter(pk=marco.pk)
    rows.update(employment_end=timezone.localdate() - timedelta(days=1))
    run_jobs()
    assert not PersonalLetter.objects.exists()


def test_a_link_that_was_never_sent_leads_nowhere(db):
    assert Client().get("/register/link/" + "x" * 43 + "/").status_code == 404
    assert Client().post("/register/link/" + "x" * 43 + "/", typed()).status_code == 404


def test_what_is_long_over_is_forgotten(link):
    RegistrationLink.unrestricted.update(expires=timezone.now() - timedelta(days=31))
    services.sweep_registrations()
    assert not RegistrationLink.unrestricted.exists()


# --- At the same moment -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one(cast, marco, link_in, run_jobs, mailoutbox):
    def at_once(act):
        def run(_turn):
            try:
                return act()
            except NotNow as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            return list(pool.map(run, range(20)))

    sent = at_once(lambda: services.send_registration_link(marco.pk, email=HOME, by=cast.reto))
    assert len({link.pk for link in sent}) == 1
    token = token_in(link_in(HOME))
    assert len(mailoutbox) == 1
    given = {"birth_date": BORN, "phone": "", "language": "fr"}
    used = at_once(lambda: services.use_registration_link(token, **given))
    assert used.count("answered") == 19
    more = at_once(lambda: services.use_registration_link(token, again=True, **given))
    assert more.count("enough") == 16
    run_jobs()
    assert PersonalLetter.objects.count() == 1
