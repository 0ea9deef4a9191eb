"""Check digits: the vectors of the standards, and the typing errors they must catch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import identifiers
from core.identifiers import BadIdentifier

ten_digits = st.integers(min_value=0, max_value=10**9 - 1).map("{:09d}".format)


def ean13(twelve: str) -> str:
    """The check digit written out once more, independent of the library."""
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve))
    return str((10 - total % 10) % 10)


def code_of(check, value) -> str:
    with pytest.raises(BadIdentifier) as caught:
        check(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("756.9217.0769.85", "756.9217.0769.85"),
        ("7561234567897", "756.1234.5678.97"),
        (" 756 1234 5678 97 ", "756.1234.5678.97"),
        ("756-1234-5678-97", "756.1234.5678.97"),
    ],
)
def test_ahv(typed, stored):
    assert identifiers.check_ahv(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (" . ", "empty"),
        ("756.9217.0769.84", "checksum"),
        ("756.9217.0769.8", "length"),
        ("80756015090002647590", "length"),
        ("123.4567.8910.19", "prefix"),
        ("756.9217.0769.8O", "letters"),
        ("٧٥٦٩٢١٧٠٧٦٩٨٥", "letters"),
    ],
)
def test_ahv_refused(typed, code):
    assert code_of(identifiers.check_ahv, typed) == code


@given(ten_digits, st.integers(0, 9), st.integers(1, 9))
def test_ahv_catches_every_single_wrong_digit(middle, place, shift):
    number = f"756{middle}"
    number += ean13(number)
    stored = identifiers.check_ahv(number)
    assert stored.replace(".", "") == number
    assert identifiers.check_ahv(stored) == stored
    place += 3  # the first three are fixed, changing them is caught by the prefix
    wrong = f"{number[:place]}{(int(number[place]) + shift) % 10}{number[place + 1 :]}"
    assert code_of(identifiers.check_ahv, wrong) == "checksum"


def test_ahv_masked():
    assert identifiers.mask_ahv("756.1234.5678.97") == "756.••••.••78.97"
    assert identifiers.mask_ahv("") == identifiers.mask_ahv("12") == ""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("CHE-100.155.212", "CHE-100.155.212"),
        ("che 123456788 MWST", "CHE-123.456.788"),
        ("CHE-123.456.788 TVA", "CHE-123.456.788"),
        ("123.456.788", "CHE-123.456.788"),
    ],
)
def test_uid(typed, stored):
    assert identifiers.check_uid(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("MWST", "empty"),
        ("CHE-123.456.789", "checksum"),
        ("CHE-123.456", "length"),
        ("ADM-123.456.788", "prefix"),
        ("CHE", "empty"),
        ("CHE-12E.456.788", "letters"),
        ("CHE-000.000.060", "checksum"),  # the check digit would be 10: such numbers are not issued
    ],
)
def test_uid_refused(typed, code):
    assert code_of(identifiers.check_uid, typed) == code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("CH93 0076 2011 6238 5295 7", "CH9300762011623852957"),
        ("ch44-3199-9123-0008-8901-2", "CH4431999123000889012"),
        ("LI21 0881 0000 2324 013A A", "LI21088100002324013AA"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ],
)
def test_iban(typed, stored):
    assert identifiers.check_iban(typed) == stored
    assert identifiers.check_iban(identifiers.show_iban(stored)) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("CH93 0076 2011 6238 5295 8", "checksum"),
        ("CH93 0076 2011 6238 5295", "length"),
        ("CH93 007A 2011 6238 5295 7", "letters"),
        ("US93 0076 2011 6238 5295 7", "country"),
        ("93 0076", "prefix"),
    ],
)
def test_iban_refused(typed, code):
    assert code_of(identifiers.check_iban, typed) == code


def test_iban_of_a_country_not_wanted():
    with pytest.raises(BadIdentifier, match="country"):
        identifiers.check_iban("DE89 3704 0044 0532 0130 00", countries=("CH", "LI"))


def test_qr_iban_by_its_institution():
    assert identifiers.is_qr_iban("CH44 3199 9123 0008 8901 2")
    assert not identifiers.is_qr_iban("CH93 0076 2011 6238 5295 7")
    assert not identifiers.is_qr_iban("DE89 3100 0044 0532 0130 00")


TABLE = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def recursive_mod10(digits: str) -> str:
    """Modulo 10, recursive, as the QR-bill's annex prints it."""
    carry = 0
    for digit in digits:
        carry = TABLE[(carry + int(digit)) % 10]
    return str((10 - carry) % 10)


def test_qr_reference_vector():
    assert identifiers.qr_reference("21000000000313947143000901") == "210000000003139471430009017"
    assert identifiers.check_qr_reference("21 00000 00003 13947 14300 09017") == "210000000003139471430009017"
    assert identifiers.show_qr_reference("210000000003139471430009017") == "21 00000 00003 13947 14300 09017"


@given(st.integers(1, 10**26 - 1), st.integers(0, 26), st.integers(1, 9))
def test_qr_reference_catches_every_single_wrong_digit(body, place, shift):
    reference = identifiers.qr_reference(str(body))
    assert len(reference) == 27
    assert reference[-1] == recursive_mod10(reference[:-1])
    assert identifiers.check_qr_reference(identifiers.show_qr_reference(reference)) == reference
    wrong = f"{reference[:place]}{(int(reference[place]) + shift) % 10}{reference[place + 1 :]}"
    assert code_of(identifiers.check_qr_reference, wrong) == "checksum"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("0" * 27, "checksum"), ("1" * 26, "length"), ("", "empty"), ("2" * 26 + "x", "letters")],
)
def test_qr_reference_refused(typed, code):
    assert code_of(identifiers.check_qr_reference, typed) == code


@pytest.mark.parametrize("body", ["", "1" * 27, "12a", "-1"])
def test_qr_reference_needs_digits(body):
    assert code_of(identifiers.qr_reference, body) == "length"


def test_creditor_reference_vector():
    assert identifiers.creditor_reference("539007547034") == "RF18539007547034"
    assert identifiers.check_creditor_reference("RF18 5390 0754 7034") == "RF18539007547034"


@given(st.from_regex(r"[0-9A-Z]{1,21}", fullmatch=True), st.integers(4, 24), st.integers(1, 9))
def test_creditor_reference_catches_a_wrong_digit(body, place, shift):
    reference = identifiers.creditor_reference(body)
    assert identifiers.check_creditor_reference(reference) == reference
    if place < len(reference) and reference[place].isdigit():
        wrong = f"{reference[:place]}{(int(reference[place]) + shift) % 10}{reference[place + 1 :]}"
        assert code_of(identifiers.check_creditor_reference, wrong) == "checksum"


@pytest.mark.parametrize(
    ("typed", "code"), [("RF17539007547034", "checksum"), ("RF1", "length"), ("XX18539007547034", "prefix")]
)
def test_creditor_reference_refused(typed, code):
    assert code_of(identifiers.check_creditor_reference, typed) == code
