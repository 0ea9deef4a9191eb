"""The QR-bill: its content by the guidelines, its references, and every refusal as a sentence."""

from decimal import Decimal

import pytest
import qrbill
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.identifiers import check_qr_reference
from finance.qr_bill import HEADINGS, Address, QRBill, QRBillError, plain, reference_for

QR_IBAN = "CH44 3199 9123 0008 8901 2"
IBAN = "CH93 0076 2011 6238 5295 7"
REFERENCE = "210000000003139471430009017"
INSURER = Address("Helvia Assurances SA", "1003", "Lausanne", "Avenue de la Gare", "12")
ROCHAT = Address("Menuiserie Rochat & Fils SA", "1400", "Yverdon-les-Bains", "Rue des Moulins", "27b")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def bill(**changes) -> QRBill:
    given = {
        "account": QR_IBAN,
        "creditor": INSURER,
        "amount": Decimal("12480.50"),
        "debtor": ROCHAT,
        "reference": REFERENCE,
        "message": "Premium 2026, invoice P-2026-00001",
    }
    return QRBill(**(given | changes))


def test_payload_line_by_line():
    assert bill().payload().split("\r\n") == [
        "SPC",
        "0200",
        "1",
        "CH4431999123000889012",
        "S",
        "Helvia Assurances SA",
        "Avenue de la Gare",
        "12",
        "1003",
        "Lausanne",
        "CH",
        *[""] * 7,
        "12480.50",
        "CHF",
        "S",
        "Menuiserie Rochat & Fils SA",
        "Rue des Moulins",
        "27b",
        "1400",
        "Yverdon-les-Bains",
        "CH",
        "QRR",
        "210000000003139471430009017",
        "Premium 2026, invoice P-2026-00001",
        "EPD",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"message": ""},
        {"amount": Decimal("0.05")},
        {"amount": Decimal("999999999.99")},
        {"account": IBAN, "reference": "RF18 5390 0754 7034"},
        {"account": IBAN, "reference": ""},
        {"currency": "EUR"},
        {"billing_information": "//S1/10/P202600001/11/261121"},
        {"debtor": Address("Müller GmbH", "79098", "Freiburg", country="DE")},
    ],
)
def test_payload_agrees_with_another_implementation(changes):
    ours = bill(**changes)

    def theirs(address):
        return {
            "name": address.name,
            "street": address.street,
            "house_num": address.house_number,
            "pcode": address.postcode,
            "city": address.town,
            "country": address.country,
        }

    other = qrbill.QRBill(
        account=ours.account,
        creditor=theirs(ours.creditor),
        amount=str(ours.amount),
        currency=ours.currency,
        debtor=theirs(ours.debtor),
        reference_number=ours.reference or None,
        additional_information=ours.message,
        billing_information=ours.billing_information,
    )
    assert ours.payload() == other.qr_data()


def test_kind_of_reference_follows_from_account_and_reference():
    assert bill().reference_type == "QRR"
    assert bill(account=IBAN, reference="RF18539007547034").reference_type == "SCOR"
    assert bill(account=IBAN, reference="").reference_type == "NON"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"account": "CH44 3199 9123 0008 8901 3"}, "no valid IBAN"),
        ({"account": "DE89 3704 0044 0532 0130 00"}, "no valid IBAN"),
        ({"account": IBAN}, "only a QR-IBAN may have one"),
        ({"reference": "RF18539007547034"}, "needs a QR reference"),
        ({"reference": ""}, "needs a QR reference"),
        ({"reference": "210000000003139471430009018"}, "wrong digit"),
        ({"reference": "21000000000313947143000901"}, "wrong digit or length"),
        ({"amount": Decimal(0)}, "between 0.01"),
        ({"amount": Decimal(-5)}, "between 0.01"),
        ({"amount": Decimal(1000000000)}, "between 0.01"),
        ({"amount": Decimal("1.005")}, "two decimals"),
        ({"currency": "USD"}, "francs or euros"),
        ({"message": "x" * 141}, "141 characters, at most 140"),
        ({"message": "x" * 120, "billing_information": "//" + "y" * 19}, "141 characters, at most 140"),
        ({"billing_information": "S1"}, "two slashes"),
        ({"message": "Счёт"}, "does not accept: С".replace("does", "do")),
    ],
)
def test_refused_with_a_sentence(changes, says):
    with pytest.raises(QRBillError) as caught:
        bill(**changes)
    assert says in str(caught.value)
    assert str(caught.value).endswith((".", "//S1."))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "The name in the address is missing"),
        ({"postcode": " "}, "The postcode is missing"),
        ({"town": ""}, "The town is missing"),
        ({"name": "n" * 71}, "71 characters, at most 70"),
        ({"street": "s" * 71}, "The street is too long"),
        ({"house_number": "1" * 17}, "at most 16"),
        ({"town": "t" * 36}, "at most 35"),
        ({"country": "Schweiz"}, "two capital letters"),
    ],
)
def test_address_refused_with_a_sentence(changes, says):
    with pytest.raises(QRBillError, match=says):
        Address(**({"name": "Rochat", "postcode": "1400", "town": "Yverdon"} | changes))


def test_address_printed():
    assert ROCHAT.lines() == ["Menuiserie Rochat & Fils SA", "Rue des Moulins 27b", "1400 Yverdon-les-Bains"]
    assert Address("A", "79098", "Freiburg", country="DE").lines() == ["A", "DE-79098 Freiburg"]


def test_texts_in_the_characters_banks_accept():
    assert (
        plain("L’Hôtel – “Zur Sonne”…\n Œuvre  Łódź Șerban €5")
        == 'L\'Hôtel - "Zur Sonne"... Œuvre Łódź Șerban €5'
    )
    assert plain("Zu\u0308rich") == "Zürich"


@given(st.text(max_size=60))
def test_no_typed_text_breaks_the_lines_of_the_code(typed):
    try:
        payload = bill(message=typed).payload()
    except QRBillError:
        return
    assert payload.count("\r\n") == bill().payload().count("\r\n")
    assert payload.replace("\r\n", "").isprintable() or "\u00ad" in payload


def test_references_are_27_digits_and_differ():
    assert reference_for("P-2026-00001", "CHE-123.456.788") == "12345678800000000202600001" + "0"
    assert reference_for("P-2026-00001") != reference_for("P-2026-00002")
    assert reference_for("P-2026-00001", "CHE-100.155.212") != reference_for(
        "P-2026-00001", "CHE-123.456.788"
    )


@given(st.integers(2000, 2999), st.integers(1, 99_999), st.integers(0, 10**9 - 1))
def test_references_are_valid(year, running, customer):
    reference = reference_for(f"P-{year}-{running:05d}", f"CHE-{customer:09d}")
    assert check_qr_reference(reference) == reference


@pytest.mark.parametrize(("number", "customer"), [("", ""), ("P-", ""), ("1" * 18, ""), ("1", "1" * 10)])
def test_no_reference_from_too_few_or_too_many_digits(number, customer):
    with pytest.raises(QRBillError, match="too many digits"):
        reference_for(number, customer)


def test_headings_are_those_of_the_guidelines():
    assert {language: texts["payment_part"] for language, texts in HEADINGS.items()} == {
        "de": "Zahlteil",
        "fr": "Section paiement",
        "it": "Sezione pagamento",
        "en": "Payment part",
    }
    assert len({frozenset(texts) for texts in HEADINGS.values()}) == 1


def test_printed_as_the_guidelines_ask():
    printed = bill().printed("de-ch")
    assert printed["account"] == "CH44 3199 9123 0008 8901 2"
    assert printed["reference"] == "21 00000 00003 13947 14300 09017"
    assert printed["amount"] == "12\u00a0480.50"
    assert (
        bill(account=IBAN, reference="RF18539007547034").printed("fr")["reference"] == "RF18 5390 0754 7034"
    )
    assert bill(account=IBAN, reference="").printed("fr")["reference"] == ""
