"""Getting in over the API, by nobody signed in: the page's services, limits and sentences."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from core.models import IdempotentAnswer, OutboxMessage
from users import services
from users.models import Activation, Invitation, PersonalLetter, Registration, RegistrationLink

pytestmark = pytest.mark.usefixtures("letter_box")

REGISTER = "/api/v1/registrations/"
HOME = "marco@home.example"


def sent(address, body, **headers):
    return Client().post(address, json.dumps(body), content_type="application/json", headers=headers)


def details(person, email=HOME, **other):
    return {
        "number": person.insured_number,
        "birth_date": str(person.birth_date),
        "email": email,
        "email_again": email,
        "phone": "+41 79 123 45 67",
        "terms": True,
        "privacy": True,
        **other,
    }


def token_in(link):
    return {"token": link.rstrip("/").rsplit("/", 1)[1]}


# --- Registering ------------------------------------------------------------------------------------


def test_from_the_first_call_to_the_letter(marco, link_in, run_jobs):
    assert sent(REGISTER, details(marco)).status_code == 202
    token = token_in(link_in(HOME))
    assert sent(REGISTER + "confirm/", token).status_code == 202
    again = sent(REGISTER + "confirm/", token)
    assert (again.status_code, again.json()["code"]) == (409, "confirmed")
    run_jobs()
    assert marco.name in OutboxMessage.objects.get(kind="letter").to
    answer = sent(REGISTER + "confirm/", {"token": "x" * 43})
    assert answer.status_code == 404


def test_whatever_is_sent_the_answer_and_the_work_are_the_same(cast, marco, run_jobs):
    seen = set()
    for body in (
        details(marco),
        details(marco, "wrong@x.example", birth_date="1985-05-18"),
        details(marco, "unknown@x.example", number="V99999999"),
        details(cast.persons.nadia, "has@x.example"),
        details(marco, cast.hugo.email),
    ):
        with CaptureQueriesContext(connection) as asked:
            answer = sent(REGISTER, body)
        jobs = [job.task_name for job in ProcrastinateJob.objects.filter(status="todo")]
        seen.add((answer.status_code, answer.content, len(asked), *jobs))
        run_jobs()
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("email_again", "o@x.example"), ("email", "nonsense"), ("birth_date", "1985-02-31"), ("phone", "021 555 01 00"),
     ("number", ""), ("terms", False), ("privacy", False)],
)  # fmt: skip
def test_what_cannot_be_is_said_at_the_field_in_the_words_of_the_page(marco, field, value):
    answer = sent(REGISTER, details(marco) | {field: value}, **{"accept-language": "en"})
    assert answer.status_code == 400
    assert field in answer.json()
    assert set(answer.json()) <= {field, "email_again"}
    if field == "terms":
        assert answer.json() == {"terms": ["Accept the terms of use to go on."]}
    assert not Registration.objects.exists()


def test_page_and_api_count_together(marco):
    form = details(marco) | {"birth_date": "17.05.1985", "terms": "on", "privacy": "on"}
    for number in range(3):
        assert sent(REGISTER, details(marco, f"a{number}@x.example")).status_code == 202
    for number in range(2):
        email = f"b{number}@x.example"
        assert Client().post("/register/", form | {"email": email, "email_again": email}).status_code == 302
    answer = sent(REGISTER, details(marco, "c@x.example"))
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert (
        Client().post("/register/", form | {"email": "d@x.example", "email_again": "d@x.example"}).status_code
        == 429
    )
    assert sent(REGISTER, details(marco, "e@x.example", number="V0")).status_code == 202


def test_an_expired_confirmation_is_renewed(marco, link_in, mailoutbox):
    sent(REGISTER, details(marco))
    old = token_in(link_in(HOME))
    past = timezone.now() - timedelta(hours=49)
    Registration.objects.update(expires=past, sent=past)
    assert sent(REGISTER + "confirm/", old).json()["code"] == "expired"
    assert sent(REGISTER + "renew/", old).status_code == 202
    assert sent(REGISTER + "confirm/", token_in(link_in(HOME))).status_code == 202
    assert len(mailoutbox) == 2


# --- The same key -----------------------------------------------------------------------------------


def test_the_same_key_registers_once_and_disturbs_no_stranger_who_chose_it_too(marco):
    body = details(marco)
    answers = [sent(REGISTER, body, **{"idempotency-key": "1"}) for _turn in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert Registration.objects.count() == 1
    other = sent(REGISTER, details(marco, "stranger@x.example"), **{"idempotency-key": "1"})
    assert (other.status_code, Registration.objects.count()) == (202, 2)
    kept = IdempotentAnswer.objects.first()
    assert (kept.user_id, len(kept.key), kept.key == kept.fingerprint) == (None, 64, True)
    # What is refused frees the key.
    assert sent(REGISTER, body | {"phone": ""}, **{"idempotency-key": "2"}).status_code == 400
    assert IdempotentAnswer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_are_one(marco, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "registration": "100/m/ip"}

    def send(_turn):
        try:
            return sent(REGISTER, details(marco), **{"idempotency-key": "1"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(send, range(20))) == {202}
    assert Registration.objects.count() == 1


# --- By the insurer's link --------------------------------------------------------------------------


def test_a_link_sent_and_used_over_the_api(cast, marco, sign_in, link_in, run_jobs):
    reto = sign_in(cast.reto)
    address, body = "/api/v1/registration-links/", {"person": str(marco.pk), "email": HOME}
    key = {"idempotency-key": "a"}
    made = [reto.post(address, body, "application/json", headers=key) for _turn in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    (row,) = reto.get(address, {"company": str(cast.rochat.pk), "person": str(marco.pk)}).json()["results"]
    assert (row["state"], row["email"], "digest" in row) == ("open", HOME, False)
    token = token_in(link_in(HOME))
    given = {**token, "birth_date": "1985-05-17", "phone": "0791234567", "terms": True, "privacy": True}
    assert sent(REGISTER + "by-link/", given | {"terms": False}).json().keys() == {"terms"}
    assert sent(REGISTER + "by-link/", given).status_code == 202
    again = sent(REGISTER + "by-link/", given)
    assert (again.status_code, again.json()["code"]) == (409, "answered")
    assert sent(REGISTER + "by-link/", given | {"again": True}).status_code == 202
    run_jobs()
    assert PersonalLetter.objects.count() == 1
    RegistrationLink.unrestricted.update(expires=timezone.now())
    assert sent(REGISTER + "by-link/", given).json()["code"] == "expired"
    assert sent(REGISTER + "by-link/renew/", token).status_code == 202
    assert sent(REGISTER + "by-link/renew/", token).json()["code"] == "replaced"
    assert sent(REGISTER + "by-link/", given | {"token": "x" * 43}).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("claire", 403), ("hugo", 403), ("sacha", 403), ("bruno", 403)])
def test_who_may_not_sends_no_link(cast, marco, sign_in, who, status):
    body = {"person": str(marco.pk), "email": HOME}
    answer = sign_in(getattr(cast, who)).post("/api/v1/registration-links/", body, "application/json")
    assert answer.status_code == status
    assert not RegistrationLink.unrestricted.exists()


# --- The activation code ----------------------------------------------------------------------------


def test_an_activation_code_makes_an_invitation_once(cast, run_jobs, mailoutbox):
    services.order_activation(cast.rochat.pk, by=cast.reto)
    run_jobs()
    code = re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", OutboxMessage.objects.get(kind="letter").text)[0]
    body = {"code": code.lower(), "first_name": "Anne", "last_name": "Rey", "email": "anne@rochat.example",
            "email_again": "anne@rochat.example", "terms": True, "privacy": True}  # fmt: skip
    wrong = sent("/api/v1/activations/", body | {"code": "0000-0000-0000-0000"})
    assert (wrong.status_code, set(wrong.json())) == (400, {"code"})
    assert sent("/api/v1/activations/", body | {"privacy": False}).json().keys() == {"privacy"}
    assert sent("/api/v1/activations/", body).status_code == 202
    assert Invitation.unrestricted.get().email == "anne@rochat.example"
    again = sent("/api/v1/activations/", body)
    assert (again.status_code, again.json()["code"]) == (409, "used")
    assert Activation.unrestricted.get().used


def test_guesses_at_a_code_are_few(db):
    cache.clear()
    body = {"first_name": "A", "last_name": "R", "email": "a@x.example", "email_again": "a@x.example", "terms": True,
            "privacy": True}  # fmt: skip
    codes = [
        sent("/api/v1/activations/", body | {"code": f"AAAA-0000-0000-{n:04d}"}).status_code for n in range(7)
    ]
    assert codes == [400] * 5 + [429] * 2
