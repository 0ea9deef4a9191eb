"""Two people who add the same at the same moment: the second one reads why, and nothing is there twice."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from companies import services
from companies.models import Company, Contract, InsuredPerson, Site
from tests.companies.values import COMPANY, CONTRACT, PERSON, SITE


def objection_of_the_second(first, second):
    """The fields that the second act's objection stands at; it starts before the first one commits."""
    found = []

    def run():
        try:
            second()
        except ValidationError as error:
            found.extend(error.message_dict)
        finally:
            connection.close()

    late = threading.Thread(target=run)
    with transaction.atomic():
        first()
        late.start()
        late.join(0.5)
        assert late.is_alive(), "The second one did not wait."
    late.join(10)
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("field", "model"),
    [("uid", Company), ("policy_number", Contract), ("name", Site), ("ahv_number", InsuredPerson)],
)
def test_the_second_one_reads_why(cast, field, model):
    at_morges = PERSON | {"site": cast.morges}
    acts = {
        "uid": [lambda: services.create_company(COMPANY, by=cast.reto)] * 2,
        "policy_number": [
            lambda: services.create_contract(cast.rochat.pk, CONTRACT, by=cast.reto),
            lambda: services.create_contract(cast.keller.pk, CONTRACT, by=cast.reto),
        ],
        "name": [lambda: services.create_site(cast.rochat.pk, SITE, by=cast.reto)] * 2,
        "ahv_number": [
            lambda: services.create_person(cast.rochat.pk, at_morges, by=cast.hugo),
            lambda: services.create_person(cast.rochat.pk, at_morges, by=cast.reto),
        ],
    }[field]
    before = model.unrestricted.count()
    assert objection_of_the_second(*acts) == [field]
    assert model.unrestricted.count() == before + 1


def test_of_several_people_all_or_none(cast):
    rows = [PERSON | {"site": cast.morges}, PERSON | {"site": cast.lausanne}]
    before = InsuredPerson.unrestricted.count()
    with pytest.raises(ValidationError):
        services.create_persons(cast.rochat.pk, rows, by=cast.hugo)
    assert InsuredPerson.unrestricted.count() == before


@pytest.mark.parametrize("name", ["user", "insured_number", "company", "sort_key"])
def test_what_does_not_belong_to_the_act_is_refused(cast, name):
    with pytest.raises(ValidationError) as refused:
        services.create_person(cast.rochat.pk, PERSON | {"site": cast.morges, name: "x"}, by=cast.hugo)
    assert list(refused.value.message_dict) == [name]
