"""Form fields: lenient in what they read, exact in what they hand on, and a sentence for each refusal."""

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from core import fields


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def refusal(field, typed) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        field.clean(typed)
    (error,) = caught.value.error_list
    return error.code, str(caught.value.messages[0])


@pytest.mark.parametrize(
    ("field", "typed", "cleaned"),
    [
        (fields.AHVField(), " 7561234567897", "756.1234.5678.97"),
        (fields.UIDField(), "che123456788", "CHE-123.456.788"),
        (fields.IBANField(), "ch93 0076 2011 6238 5295 7", "CH9300762011623852957"),
        (fields.IBANField(countries=None), "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (fields.SwissDateField(), "3 11 2026", datetime.date(2026, 11, 3)),
        (fields.SwissDateField(), "2026-11-03", datetime.date(2026, 11, 3)),
        (fields.SwissDateField(), datetime.date(2026, 11, 3), datetime.date(2026, 11, 3)),
        (fields.MoneyField(), "12 480,50", Decimal("12480.50")),
        (fields.PercentField(), "80 %", 80),
        (fields.PercentField(), "80.0", 80),
        (fields.PercentField(minimum=0), "0", 0),
        (fields.RateField(), "1.246", Decimal("1.246")),
        (fields.RateField(), "0,82 %", Decimal("0.82")),
        (fields.RateField(), "100", Decimal(100)),
        (fields.PhoneField(), "079 123 45 67", "+41791234567"),
        (fields.PhoneField(), "0041 (0)79 123 45 67", "+41791234567"),
        (fields.PhoneField(), "+33 6 12 34 56 78", "+33612345678"),
        (fields.PhoneField(mobile=True, countries={"CH"}), "+41 79 123 45 67", "+41791234567"),
    ],
)
def test_read(field, typed, cleaned):
    assert field.clean(typed) == cleaned
    # What the page shows again reads back to the same value.
    assert field.clean(field.prepare_value(cleaned)) == cleaned
    assert not field.has_changed(cleaned, field.prepare_value(cleaned))


@pytest.mark.parametrize(
    ("field", "typed", "code", "says"),
    [
        (fields.AHVField(), "", "required", "Enter the AHV number"),
        (fields.AHVField(), "756.1234.5678.9", "length", "13 digits, not 12"),
        (fields.AHVField(), "756.1234.5678.98", "checksum", "Compare it digit by digit"),
        (fields.AHVField(), "123.4567.8910.19", "prefix", "begins with 756"),
        (fields.AHVField(), "abc", "letters", "only digits and dots"),
        (fields.AHVField(), "...", "letters", "only digits and dots"),
        (fields.UIDField(), "CHE-123.456.789", "checksum", "commercial register"),
        (fields.UIDField(), "CHE-123.456.7", "length", "not 7"),
        (fields.IBANField(), "CH93 0076 2011 6238 5295", "length", "not 20"),
        (fields.IBANField(), "DE89 3704 0044 0532 0130 00", "country", "Switzerland or Liechtenstein"),
        (fields.IBANField(countries=None), "XX89 3704 0044 0532 0130 00", "country", "first two letters"),
        (fields.IBANField(countries=None), "DE89 3704", "length", "too long or too short"),
        (fields.SwissDateField(), "31.02.2026", "impossible", "does not exist"),
        (fields.SwissDateField(), "tomorrow", "invalid", "for example 31.12.2026"),
        (
            fields.SwissDateField(latest=datetime.date(2026, 1, 1)),
            "2.1.2026",
            "latest",
            "not after 01.01.2026",
        ),
        (
            fields.SwissDateField(earliest=lambda: datetime.date(2026, 1, 1)),
            "31.12.2025",
            "earliest",
            "01.01.2026",
        ),
        (fields.MoneyField(), "1.234", "invalid", "for example 12’480.50"),
        (fields.MoneyField(), "-1", "minimum", "at least 0.00"),
        (fields.MoneyField(maximum=Decimal(12600)), "12'600.05", "maximum", "at most 12’600.00"),
        (fields.PercentField(), "0", "invalid", "from 1 to 100"),
        (fields.PercentField(), "101", "invalid", "from 1 to 100"),
        (fields.PercentField(), "50.5", "invalid", "whole number"),
        (fields.PercentField(), "", "required", "whole number"),
        (fields.RateField(), "0", "invalid", "above 0"),
        (fields.RateField(), "100.1", "invalid", "at most 100"),
        (fields.RateField(), "1.23456", "invalid", "for example 1.246"),
        (fields.PhoneField(), "0800 FLOWERS", "invalid", "079 123 45 67"),
        (fields.PhoneField(), "123", "invalid", "079 123 45 67"),
        (fields.PhoneField(mobile=True), "044 668 18 00", "mobile", "text message"),
        (fields.PhoneField(mobile=True, countries={"CH"}), "+33 6 12 34 56 78", "country", "another country"),
    ],
)
def test_refused_in_words(field, typed, code, says):
    given_code, sentence = refusal(field, typed)
    assert given_code == code
    assert says in sentence
    assert "%(" not in sentence


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        (fields.AHVField(required=False), ""),
        (fields.IBANField(required=False), ""),
        (fields.PhoneField(required=False), ""),
        (fields.SwissDateField(required=False), None),
        (fields.MoneyField(required=False), None),
        (fields.PercentField(required=False), None),
    ],
)
def test_an_optional_field_may_stay_empty(field, empty):
    assert field.clean("  ") == field.clean("") == field.clean(None) == empty
    assert not field.has_changed(None, "")


def test_zero_is_an_amount_not_an_empty_field():
    assert fields.MoneyField().clean("0") == Decimal("0.00")
    assert fields.MoneyField().prepare_value(Decimal(0)) == "0.00"


def test_has_changed_compares_values_not_spelling():
    assert not fields.MoneyField().has_changed(Decimal("12480.50"), "12'480.5")
    assert fields.MoneyField().has_changed(Decimal("12480.50"), "12480.55")
    assert fields.MoneyField().has_changed(Decimal("12480.50"), "nonsense")


def test_inputs_help_the_keyboard_and_cut_nothing_off():
    class Person(forms.Form):
        ahv = fields.AHVField()
        born = fields.SwissDateField(initial=datetime.date(1990, 5, 1))
        day = fields.SwissDateField(
            initial=datetime.date(1990, 5, 1), widget=forms.DateInput(attrs={"type": "date"})
        )
        salary = fields.MoneyField(initial=Decimal("68220"))
        phone = fields.PhoneField(
            initial="+41791234567", widget=forms.TextInput(attrs={"autocomplete": "off"})
        )
        account = fields.IBANField(initial="CH9300762011623852957")

    html = Person().as_p()
    assert 'inputmode="numeric"' in str(Person()["ahv"])
    assert "maxlength" not in html
    assert 'value="01.05.1990"' in html
    assert 'value="1990-05-01"' in html
    assert 'type="date"' in html
    assert 'value="68’220.00"' in html
    assert 'value="+41 79 123 45 67"' in html
    assert str(Person()["phone"]).count("autocomplete") == 1
    assert 'value="CH93 0076 2011 6238 5295 7"' in html


def test_a_page_shows_again_what_could_not_be_read():
    class Person(forms.Form):
        ahv = fields.AHVField()
        salary = fields.MoneyField()

    html = Person({"ahv": "756.12", "salary": "about 5000"}).as_p()
    assert 'value="756.12"' in html
    assert 'value="about 5000"' in html
