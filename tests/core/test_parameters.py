"""Dated parameters: the value of the day asked for, never a constant."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.models import DatedParameter
from core.parameters import LAW, ParameterMissing, seed, value_on, values_of

pytestmark = pytest.mark.django_db


def test_the_value_of_the_day():
    DatedParameter.objects.create(
        key="uvg.max_annual_salary",
        valid_from=date(2027, 1, 1),
        amount=Decimal(150000),
        source="UVV, new text",
    )
    assert value_on("uvg.max_annual_salary", date(2016, 1, 1)) == Decimal(148200)
    assert value_on("uvg.max_annual_salary", date(2026, 12, 31)) == Decimal(148200)
    assert value_on("uvg.max_annual_salary", date(2027, 1, 1)) == Decimal(150000)
    found = values_of("uvg").on("uvg.max_annual_salary", date(2027, 1, 1))
    assert (found.value, found.source) == (Decimal(150000), "UVV, new text")


def test_a_value_that_is_no_amount():
    assert value_on("payroll.declaration_deadline", date(2026, 1, 1)) == {"month": 1, "day": 31}


@pytest.mark.parametrize(
    ("key", "day"), [("uvg.max_annual_salary", date(2015, 12, 31)), ("no.such.key", date(2026, 1, 1))]
)
def test_no_value_is_an_error_not_a_guess(key, day):
    with pytest.raises(ParameterMissing):
        value_on(key, day)
    with pytest.raises(ParameterMissing):
        values_of("uvg", "no").on(key, day)


def test_the_law_is_seeded_once_and_never_overwrites():
    row = DatedParameter.objects.get(key="uvg.max_daily_salary")
    row.amount = Decimal(407)
    row.save()
    DatedParameter.objects.filter(key="uvg.benefit_percent").delete()
    seed()
    seed()
    assert value_on("uvg.max_daily_salary", date(2026, 1, 1)) == Decimal(407)
    assert value_on("uvg.benefit_percent", date(2026, 1, 1)) == Decimal(80)
    assert DatedParameter.objects.count() == len(LAW)


def test_every_row_of_the_law_says_where_it_comes_from():
    assert all(rule.source for rule in LAW)
    assert all((rule.amount is None) != (rule.value is None) for rule in LAW)


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": date(2016, 1, 1), "amount": Decimal(1)},  # a second value for the same day
        {"valid_from": date(2030, 1, 1), "amount": Decimal(1), "value": {"a": 1}},
        {"valid_from": date(2030, 1, 1)},
    ],
)
def test_the_database_refuses_two_values_or_none(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        DatedParameter.objects.create(key="uvg.max_annual_salary", source="x", **fields)


@pytest.mark.django_db(transaction=True)
def test_the_law_is_there_again_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    assert value_on("uvg.max_annual_salary", date(2026, 1, 1)) == Decimal(148200)
