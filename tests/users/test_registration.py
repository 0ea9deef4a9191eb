"""An insured person registers: what it takes, what it answers, what reaches the letter box."""

import io
import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pypdf import PdfReader

from companies.models import InsuredPerson
from core.errors import NotNow, OutOfReach
from core.models import OutboxMessage
from permissions.policy import can
from tests.finance.papers import codes, pages
from tests.users.acts import PASSWORD, give_password, user_of
from users import services, terms
from users.models import PersonalLetter, Puk, Registration, User

pytestmark = pytest.mark.usefixtures("letter_box")
FORM = "/register/"
GATE = "/account/first-password/"
NEW = "Zwölf-Kleine-Schafe"


def typed(person, email="marco@home.example", **other):
    return {
        "number": person.insured_number,
        "birth_date": person.birth_date.strftime("%d.%m.%Y"),
        "email": email,
        "email_again": email,
        "phone": "079 123 45 67",
        "terms": "on",
        "privacy": "on",
        **other,
    }


@pytest.fixture
def registered(marco, link_in, run_jobs):
    """Register somebody up to his letter: `registered()`; its text."""

    def run(email="marco@home.example", person=None):
        browser = Client()
        browser.post(FORM, typed(person or marco, email))
        browser.post(link_in(email))
        run_jobs()
        letter = OutboxMessage.objects.filter(kind="letter").order_by("-created").first()
        return letter.text if letter else ""

    return run


def printed(text):
    """What is typed from a letter."""
    labels = {
        "identifier": r"EP\d{8}",
        "password": r"\b(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}\b",
        "puk": r"\b\d{4} \d{4} \d{4}\b",
    }
    return {name: re.search(pattern, text)[0] for name, pattern in labels.items()}


# --- The story --------------------------------------------------------------------------------------


def test_from_the_form_to_the_own_case(client, marco, registered, lines, mailoutbox):
    text = registered()
    given = printed(text)
    assert "marco@home.example" in text
    account = User.objects.get(email="marco@home.example")
    assert (account.identifier, account.first_name, account.phone) == (
        given["identifier"],
        "Marco",
        "+41791234567",
    )
    # Nobody is anybody before the letter was used.
    marco.refresh_from_db()
    assert marco.user is None
    assert not can(account, "person.view", marco)
    assert give_password(client, given["identifier"], given["password"])["Location"] == "/"
    # First the password, then the second factor; nothing else opens.
    assert client.get("/")["Location"] == GATE
    assert client.get("/account/2fa/totp/activate/")["Location"].startswith(GATE)
    assert client.get("/api/v1/me/").json()["code"] == "initial_password"
    assert client.post(GATE, {"password": given["password"], "mine": "on"}).status_code == 422
    assert client.post(GATE, {"password": "marco", "mine": "on"}).status_code == 422
    assert client.post(GATE, {"password": NEW, "mine": "on"})["Location"] == "/"
    assert client.get("/")["Location"].startswith("/account/2fa/totp/activate/")
    assert client.get(GATE)["Location"].startswith("/account/2fa/totp/activate/")
    marco.refresh_from_db()
    assert marco.user == account
    assert [row.pk for row in InsuredPerson.unrestricted.filter(user=account)] == [marco.pk]
    assert can(account, "person.view", marco)
    assert give_password(Client(), given["identifier"], given["password"]).status_code == 200
    assert give_password(Client(), marco.insured_number, NEW)["Location"] == "/"
    (line,) = lines("user.registered")
    assert line.target == account.pk
    assert "marco" not in str([line.facts for line in lines("registration.started")]).lower()


def test_what_was_accepted_on_the_form_is_not_asked_again(registered):
    texts = dict.fromkeys(("fr", "de", "it", "en"), ("Terms", "Be kind."))
    services.publish_terms("portal_terms", texts)
    registered()
    user = User.objects.get(email="marco@home.example")
    assert terms.to_accept(user) == []
    services.publish_terms("portal_terms", texts)
    assert len(terms.to_accept(user)) == 1


def test_what_was_typed_is_forgotten_when_it_was_compared(marco, registered):
    registered()
    row = Registration.objects.get()
    assert (row.number, row.birth_date) == ("", None)
    assert row.accepted is not None
    assert row.user.email == "marco@home.example"


def test_the_policy_number_is_enough_where_the_birthday_is_unique(cast, marco, client, link_in, run_jobs):
    marco.birth_date = date(1971, 2, 3)
    marco.save()
    client.post(FORM, typed(marco, number=cast.ktg.policy_number.lower()))
    client.post(link_in("marco@home.example"))
    run_jobs()
    assert User.objects.filter(email="marco@home.example").exists()


def test_the_policy_number_is_not_enough_for_two_of_one_birthday(cast, marco, client, link_in, run_jobs):
    InsuredPerson.unrestricted.filter(pk=cast.persons.nadia.pk).update(birth_date=marco.birth_date)
    client.post(FORM, typed(marco, number=cast.ktg.policy_number))
    client.post(link_in("marco@home.example"))
    run_jobs()
    assert not PersonalLetter.objects.exists()


# --- The letter -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_the_letter_speaks_the_language_of_the_form(marco, link_in, run_jobs, language):
    browser = Client(headers={"accept-language": language})
    browser.post(FORM, typed(marco))
    browser.post(link_in("marco@home.example"))
    run_jobs()
    (page,) = PdfReader(io.BytesIO(bytes(OutboxMessage.objects.get(kind="letter").pdf))).pages
    assert page.pdf.root_object["/Lang"].startswith(language)


def test_the_paper_holds_what_is_typed_and_a_code_that_a_scanner_reads(marco, registered):
    given = printed(registered())
    paper = bytes(OutboxMessage.objects.get(kind="letter").pdf)
    (page,) = PdfReader(io.BytesIO(paper)).pages
    text = page.extract_text()
    for value in (*given.values(), "Marco Bernasconi", "Rue du Port 3", "1110 Morges"):
        assert value in text, value
    (code,) = [code for image in pages(paper) for code in codes(image)]
    assert code.text.endswith(f"/account/login/?login={given['identifier']}")
    form = Client().get("/account/login/", {"login": given["identifier"]})
    assert given["identifier"] in form.content.decode()
    assert given["password"] not in code.text


def test_only_hashes_are_kept(marco, registered):
    given = printed(registered())
    user = User.objects.get(email="marco@home.example")
    row = Puk.objects.get(user=user)
    assert given["password"] not in user.password
    assert given["puk"].replace(" ", "") not in row.hash
    assert "$" in row.hash


def test_an_initial_password_dies_and_a_new_one_is_asked_for(client, marco, registered):
    old = printed(registered())
    User.objects.filter(email="marco@home.example").update(
        initial_password_until=timezone.now() - timedelta(seconds=1)
    )
    assert give_password(client, old["identifier"], old["password"]).status_code == 200
    assert user_of(client) is None
    new = printed(registered())
    assert new["identifier"] == old["identifier"]
    assert new["password"] != old["password"]
    assert give_password(client, new["identifier"], old["password"]).status_code == 200
    assert give_password(client, new["identifier"], new["password"])["Location"] == "/"
    assert User.objects.filter(first_name="Marco").count() == 1


def test_the_mailbox_alone_opens_nothing(client, marco, registered, run_jobs, mailoutbox):
    """Whoever knows number and birthday and registers with his own address gets no link for a password."""
    registered("stranger@elsewhere.example")
    mailoutbox.clear()
    client.post("/account/password/reset/", {"email": "stranger@elsewhere.example"})
    run_jobs()
    assert not mailoutbox


def test_whoever_gets_the_letter_is_the_person_and_the_others_vanish(client, marco, registered):
    registered("stranger@elsewhere.example")
    given = printed(registered())
    give_password(client, given["identifier"], given["password"])
    client.post(GATE, {"password": NEW, "mine": "on"})
    marco.refresh_from_db()
    assert marco.user.email == "marco@home.example"
    assert not User.objects.filter(email="stranger@elsewhere.example").exists()


def test_a_person_gets_three_letters_a_week(marco, registered):
    for number in range(5):
        registered(f"n{number}@elsewhere.example")
    assert OutboxMessage.objects.filter(kind="letter").count() == 3
    assert User.objects.filter(email__endswith="@elsewhere.example").count() == 3


def test_the_initial_password_is_replaced_once(marco, registered):
    registered()
    user = User.objects.get(email="marco@home.example")
    services.replace_initial_password(user, NEW)
    with pytest.raises(NotNow):
        services.replace_initial_password(user, NEW + "-2")
    other = User.objects.get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(initial_password_until=timezone.now())
    with pytest.raises(ValidationError):
        services.replace_initial_password(other, "password")


# --- Nothing is told --------------------------------------------------------------------------------


@pytest.fixture
def attempts(cast, marco):
    """What people type, right and wrong; the answer must not tell them apart."""
    minor = InsuredPerson.unrestricted.get(pk=cast.persons.elena.pk)
    today = timezone.localdate()
    InsuredPerson.unrestricted.filter(pk=minor.pk).update(
        birth_date=today.replace(year=today.year - 17),
        user=None,
        street="Weg",
        house_number="1",
        postcode="8400",
        town="W",
    )
    minor.refresh_from_db()
    return {
        "match": typed(marco),
        "wrong day": typed(marco, birth_date="18.05.1985"),
        "unknown number": typed(marco, number="V99999999"),
        "insured with an account": typed(cast.persons.nadia),
        "address of an account": typed(marco, cast.hugo.email),
        "minor": typed(minor),
    }


def test_every_attempt_is_answered_alike(attempts, run_jobs):
    answers, work = set(), set()
    for values in attempts.values():
        browser = Client()
        browser.get(FORM)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = browser.post(FORM, values)
        jobs = [job.task_name for job in ProcrastinateJob.objects.filter(status="todo")]
        run_jobs()
        page = browser.get(answer["Location"])
        answers.add((answer.status_code, answer["Location"], page.status_code, plain(page)))
        work.add((len(asked), tuple(jobs)))
    assert len(answers) == 1
    assert work == {(next(iter(work))[0], ("users.send_registration",))}


def plain(page):
    return re.sub(
        r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", page.content.decode()
    )


def test_confirming_is_answered_alike_too(attempts, link_in, run_jobs):
    del attempts["address of an account"]
    answers, work = set(), set()
    for number, values in enumerate(attempts.values()):
        email = f"n{number}@home.example"
        browser = Client()
        browser.post(FORM, {**values, "email": email, "email_again": email})
        link = link_in(email)
        browser.get(link)
        with CaptureQueriesContext(connection) as asked:
            answer = browser.post(link)
        jobs = [job.task_name for job in ProcrastinateJob.objects.filter(status="todo")]
        answers.add((answer.status_code, plain(answer).replace(link, "")))
        work.add((len(asked), tuple(jobs)))
        run_jobs()
    assert len(answers) == 1
    assert len(work) == 1
    assert OutboxMessage.objects.filter(kind="letter").count() == 1


def test_whoever_has_an_account_hears_of_it_in_his_mailbox(
    cast, marco, client, run_jobs, mailoutbox, link_in
):
    client.post(FORM, typed(marco, cast.hugo.email))
    run_jobs()
    (mail,) = mailoutbox
    assert mail.to == [cast.hugo.email]
    assert "/account/login/" in mail.body
    assert "/register/" not in mail.body
    mailoutbox.clear()
    client.post(FORM, typed(cast.persons.nadia))
    client.post(link_in("marco@home.example"))
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [["marco@home.example"], [cast.nadia.email]]
    assert not PersonalLetter.objects.exists()


def test_without_a_whole_address_no_letter_goes_out(cast, client, link_in, run_jobs):
    client.post(FORM, typed(cast.marco))
    client.post(link_in("marco@home.example"))
    run_jobs()
    assert not OutboxMessage.objects.filter(kind="letter").exists()
    assert PersonalLetter.objects.get().company == cast.rochat


# --- The link ---------------------------------------------------------------------------------------


def test_the_second_click_is_harmless_and_says_so(marco, client, link_in, run_jobs):
    client.post(FORM, typed(marco))
    link = link_in("marco@home.example")
    assert client.get(link).context["case"] == "open"
    assert client.post(link).context["case"] == "done"
    run_jobs()
    assert client.get(link).context["case"] == "confirmed"
    assert client.post(link).context["case"] == "confirmed"
    assert client.post(link, {"renew": "1"}).context["case"] == "confirmed"
    run_jobs()
    assert PersonalLetter.objects.count() == 1


def test_an_expired_link_offers_a_new_one(marco, client, link_in, run_jobs, mailoutbox):
    client.post(FORM, typed(marco))
    link = link_in("marco@home.example")
    past = timezone.now() - timedelta(hours=49)
    Registration.objects.update(expires=past, sent=past)
    assert client.get(link).context["case"] == "expired"
    assert client.post(link).context["case"] == "expired"
    assert client.post(link, {"renew": "1"})["Location"] == "/register/sent/"
    new = link_in("marco@home.example")
    assert new != link
    assert client.get(link).status_code == 404
    assert client.post(new).context["case"] == "done"
    # Asking again and again mails no more.
    assert len(mailoutbox) == 2


def test_a_link_that_was_never_sent_leads_nowhere(client, db):
    assert client.get("/register/" + "x" * 43 + "/").status_code == 404
    with pytest.raises(OutOfReach):
        services.confirm_registration("x" * 43)


# --- What is typed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email_again", "other@home.example"),
        ("email", "nonsense"),
        ("birth_date", "31.02.1985"),
        ("birth_date", "01.01.2190"),
        ("phone", "021 555 01 00"),
        ("number", ""),
        ("terms", ""),
        ("privacy", ""),
    ],
)
def test_what_cannot_be_is_said_at_the_field(client, marco, field, value):
    answer = client.post(FORM, typed(marco) | {field: value})
    assert answer.status_code == 422
    wrong = set(answer.context["form"].errors)
    assert field in wrong
    assert wrong <= {field, "email_again"}
    assert not Registration.objects.exists()


def test_guesses_at_one_number_from_many_addresses_are_few(marco, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    codes = [
        Client()
        .post(
            FORM,
            typed(marco, f"n{n}@x.example", number=f"{marco.insured_number[:n]} {marco.insured_number[n:]}"),
            headers={"x-forwarded-for": f"192.0.2.{n}"},
        )
        .status_code
        for n in range(8)
    ]
    assert codes == [302] * 5 + [429] * 3
    other = typed(marco, "bystander@x.example", number="V00000000")
    assert Client().post(FORM, other, headers={"x-forwarded-for": "192.0.2.1"}).status_code == 302


def test_a_forged_address_does_not_help(marco):
    codes = [
        Client()
        .post(
            FORM, typed(marco, f"n{n}@x.example", number=f"V{n}"), headers={"x-forwarded-for": f"192.0.2.{n}"}
        )
        .status_code
        for n in range(25)
    ]
    assert codes.count(302) == 20 // 2
    assert codes[-1] == 429


# --- Housekeeping ----------------------------------------------------------------------------------


def test_what_led_to_nothing_is_swept_away(marco, registered):
    registered()
    Client().post(FORM, typed(marco, "other@home.example"))
    Registration.objects.update(created=timezone.now() - timedelta(days=31))
    services.sweep_registrations()
    assert [row.email for row in Registration.objects.all()] == ["marco@home.example"]
    User.objects.filter(email="marco@home.example").update(
        initial_password_until=timezone.now() - timedelta(days=31)
    )
    services.sweep_registrations()
    assert not User.objects.filter(email="marco@home.example").exists()
    assert not Registration.objects.exists()


def test_password_of_others_stays(cast):
    """Signing in with an ordinary account meets no gate of letters."""
    browser = Client()
    give_password(browser, cast.hugo.email, PASSWORD)
    assert browser.get("/")["Location"].startswith("/account/2fa/")
