"""Swiss formats: what is written reads back to the same value, in all four languages."""

import datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import formats, translation
from hypothesis import given
from hypothesis import strategies as st

from core import text
from core.text import NBSP

amounts = st.decimals(min_value=-999_999_999, max_value=999_999_999, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("12480.5", "12’480.50"),
        ("0", "0.00"),
        ("-0.001", "0.00"),
        ("0.005", "0.01"),
        ("-1234567.891", "-1’234’567.89"),
        ("999", "999.00"),
    ],
)
def test_money(value, written):
    assert text.money(Decimal(value)) == written


def test_number_chf_and_percent():
    assert text.number(148200) == "148’200"
    assert text.chf(Decimal("1490.4")) == f"CHF{NBSP}1’490.40"
    assert text.percent(Decimal("1.246")) == f"1.246{NBSP}%"


def test_dates():
    assert text.swiss_date(datetime.date(2026, 12, 31)) == "31.12.2026"
    assert text.swiss_date(datetime.date(987, 1, 2)) == "02.01.0987"
    assert text.swiss_date(None) == text.swiss_datetime(None) == ""
    # 23:30 in London is already the next year in Zurich.
    moment = datetime.datetime(2026, 12, 31, 23, 30, tzinfo=datetime.UTC)
    assert text.swiss_date(moment) == "01.01.2027"
    assert text.swiss_datetime(moment) == f"01.01.2027,{NBSP}00:30"


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_every_language_has_the_same_formats(language):
    with translation.override(language):
        assert formats.date_format(datetime.date(2026, 12, 31)) == "31.12.2026"
        assert formats.date_format(datetime.date(2026, 12, 31), "SHORT_DATE_FORMAT") == "31.12.2026"
        assert formats.number_format(Decimal("12480.50"), use_l10n=True, force_grouping=True) == "12’480.50"
        shown = Template("{{ day }} {{ amount|floatformat:'2g' }}").render(
            Context({"day": datetime.date(2026, 3, 1), "amount": Decimal("12480.5")})
        )
        assert shown == "01.03.2026 12’480.50"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Émile", "emile"),
        ("ÄRZTE", "arzte"),
        ("Straße", "strasse"),
        ("Œuvre d’Étude", "oeuvre d'etude"),
        ("  Anna   Łucja ", "anna lucja"),
        ("Đorđević", "dordevic"),
        ("İzmir", "izmir"),
    ],
)
def test_fold(name, key):
    assert text.fold(name) == key


@given(st.text())
def test_folding_twice_changes_nothing(name):
    assert text.fold(text.fold(name)) == text.fold(name)


@given(st.text())
def test_case_does_not_matter_to_the_key(name):
    assert text.fold(name.upper()) == text.fold(name.upper().lower())


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("+41791234567", "+41 79 123 45 67"), ("", ""), ("reception", "reception"), ("079 123", "079 123")],
)
def test_phone(stored, shown):
    assert text.phone(stored).replace(NBSP, " ") == shown


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (2_400_000, "2.4 MB"),
        (20_000_000, "20 MB"),
        (123_456_789, "123 MB"),
        (5 * 10**15, "5’000 TB"),
    ],
)
def test_bytes_size(size, written):
    with translation.override("en"):
        assert text.bytes_size(size) == written.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("12'480.50", "12480.50"),
        ("12’480.50", "12480.50"),
        ("12 480,50", "12480.50"),
        ("12\u00a0480,50", "12480.50"),
        ("12\u202f480,5", "12480.50"),
        ("12480", "12480.00"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("CHF 100.–", "100.00"),
        ("Fr. 100.--", "100.00"),
        ("100.-", "100.00"),
        ("350 CHF", "350.00"),
        ("-12.5", "-12.50"),
        ("− 12.50", "-12.50"),
        (" 0,05 ", "0.05"),
    ],
)
def test_parse_money(typed, amount):
    assert text.parse_money(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "1.234",
        "1,234",
        "12.345",
        "1'23",
        "1 2 3",
        "12'480'50",
        "1.2.3",
        "12.5.0",
        "1e5",
        "NaN",
        "١٢",
        "--5",
        ".",
    ],
)
def test_what_is_no_amount(typed):
    with pytest.raises(ValueError, match="not an amount"):
        text.parse_money(typed)


@given(amounts)
def test_amounts_read_back(amount):
    assert text.parse_money(text.money(amount)) == amount
    assert text.parse_money(text.chf(amount)) == amount


@given(st.text(max_size=20))
def test_reading_an_amount_answers_or_refuses(typed):
    try:
        amount = text.parse_money(typed)
    except ValueError:
        return
    assert amount == amount.quantize(Decimal("0.01"))


TODAY = datetime.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("3.11.26", (2026, 11, 3)),
        ("3 11 2026", (2026, 11, 3)),
        ("3. 11. 2026", (2026, 11, 3)),
        ("03/11/2026", (2026, 11, 3)),
        ("3-11-26", (2026, 11, 3)),
        ("03112026", (2026, 11, 3)),
        ("031126", (2026, 11, 3)),
        ("2026-11-03", (2026, 11, 3)),
        ("2026.11.3", (2026, 11, 3)),
        (" 29.02.2028 ", (2028, 2, 29)),
        ("1.1.36", (2036, 1, 1)),
        ("1.1.37", (1937, 1, 1)),
    ],
)
def test_parse_date(typed, day):
    assert text.parse_date(typed, today=TODAY) == datetime.date(*day)


def test_a_birth_year_of_two_digits_is_never_ahead():
    assert text.parse_date("1.1.26", today=TODAY, years_ahead=0).year == 2026
    assert text.parse_date("1.1.27", today=TODAY, years_ahead=0).year == 1927


@pytest.mark.parametrize(
    "typed", ["31.02.2026", "29.2.2027", "32.1.2026", "11.13.2026", "00.01.2026", "1.1.0000"]
)
def test_days_the_calendar_does_not_have(typed):
    with pytest.raises(text.NotADay):
        text.parse_date(typed, today=TODAY)


@pytest.mark.parametrize("typed", ["", "yesterday", "1.1", "1.1.202", "111", "١.١.٢٠٢٦", "1.1.2026 12:00"])
def test_what_is_no_date(typed):
    with pytest.raises(ValueError, match="not a date"):
        text.parse_date(typed, today=TODAY)


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_dates_read_back(day):
    assert text.parse_date(text.swiss_date(day)) == day
    assert text.parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("typed", "number"),
    [("7", 7), ("00012", 12), ("123456", None), ("", None), ("-1", None), ("1.5", None), ("٣", None)],
)
def test_a_whole_number_of_an_address(typed, number):
    assert text.whole_number(typed) == number
