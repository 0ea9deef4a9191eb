"""Registering at the same moment: one account, one letter, and nobody meets an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import NotNow
from users import services
from users.models import PersonalLetter, Registration, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("letter_box")]
HOME = "marco@home.example"
NEW = "Zwölf-Kleine-Schafe"


def register(person, email=HOME):
    """Somebody who knows number and birthday."""
    return services.register(
        number=person.insured_number, birth_date=person.birth_date, email=email, phone="", language="fr"
    )


def at_once(number, act):
    """What so many callers get who do the same at once; the code of a refusal in its place."""

    def turn(each):
        try:
            return act(each)
        except NotNow as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(turn, range(number)))


def test_twenty_confirmations_are_one(marco, link_in, run_jobs):
    register(marco)
    token = link_in(HOME).rstrip("/").rsplit("/", 1)[1]
    results = at_once(20, lambda _turn: services.confirm_registration(token))
    assert results.count("confirmed") == 19
    run_jobs()
    assert PersonalLetter.objects.count() == 1
    assert User.objects.filter(email=HOME).count() == 1


def test_a_registration_is_compared_once_by_however_many_workers(marco, link_in):
    register(marco)
    row = services.confirm_registration(link_in(HOME).rstrip("/").rsplit("/", 1)[1])
    results = at_once(8, lambda _turn: services.complete_registration(row.pk))
    assert sum(result is not None for result in results) == 1
    assert PersonalLetter.objects.count() == 1


def test_of_several_accounts_one_becomes_the_person(marco):
    """Several letters are on their way to one person, and all are used in the same moment."""
    ids = [register(marco, f"{word}@home.example").pk for word in ("one", "two", "three")]
    Registration.objects.update(confirmed=timezone.now())
    accounts = [services.complete_registration(pk) for pk in ids]

    def replace(turn):
        services.replace_initial_password(accounts[turn], NEW)
        return "done"

    assert sorted(at_once(3, replace)) == ["bound", "bound", "done"]
    assert User.objects.filter(pk__in=[each.pk for each in accounts]).count() == 1
