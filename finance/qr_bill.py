"""The QR-bill of the Swiss Implementation Guidelines, version 2.3: content, code and printed texts.

Pure: no database. Only structured addresses (type S, the others ended on 21 November 2025), only
amounts and debtors that are known. The layout stands in ``templates/pdf/qr_bill.typ``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

import qrcode
from django.utils.translation import gettext as _

from core import identifiers
from core.identifiers import BadIdentifier
from core.text import NBSP

QR_SIZE_MM = 46
CROSS_SIZE_MM = 7
MAX_AMOUNT = Decimal("999999999.99")
MAX_MESSAGE = 140  # message and billing information together
MAX_PAYLOAD = 997

# Annex D of the guidelines: fixed wording, therefore not in the translation files.
HEADINGS = {
    "de": {
        "payment_part": "Zahlteil",
        "receipt": "Empfangsschein",
        "account": "Konto / Zahlbar an",
        "reference": "Referenz",
        "additional_information": "Zusätzliche Informationen",
        "payable_by": "Zahlbar durch",
        "currency": "Währung",
        "amount": "Betrag",
        "acceptance_point": "Annahmestelle",
    },
    "fr": {
        "payment_part": "Section paiement",
        "receipt": "Récépissé",
        "account": "Compte / Payable à",
        "reference": "Référence",
        "additional_information": "Informations supplémentaires",
        "payable_by": "Payable par",
        "currency": "Monnaie",
        "amount": "Montant",
        "acceptance_point": "Point de dépôt",
    },
    "it": {
        "payment_part": "Sezione pagamento",
        "receipt": "Ricevuta",
        "account": "Conto / Pagabile a",
        "reference": "Riferimento",
        "additional_information": "Informazioni supplementari",
        "payable_by": "Pagabile da",
        "currency": "Valuta",
        "amount": "Importo",
        "acceptance_point": "Punto di accettazione",
    },
    "en": {
        "payment_part": "Payment part",
        "receipt": "Receipt",
        "account": "Account / Payable to",
        "reference": "Reference",
        "additional_information": "Additional information",
        "payable_by": "Payable by",
        "currency": "Currency",
        "amount": "Amount",
        "acceptance_point": "Acceptance point",
    },
}


class QRBillError(ValueError):
    """This bill cannot be paid; the message is a sentence that says what to correct."""


# --- Texts ----------------------------------------------------------------------------------------------------

# What typographers write and the payment standard does not allow.
_PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "–": "-",
        "—": "-",
        "‑": "-",
        "−": "-",
        "…": "...",
    }
)
# Basic Latin, Latin-1, Latin Extended-A, the four Romanian letters with comma, the euro sign (version 2.3).
_ALLOWED = re.compile("[\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]*")


def plain(text: str) -> str:
    """The text in the characters a payment may carry; raises QRBillError naming the first that it may not."""
    composed = unicodedata.normalize("NFC", " ".join(text.split())).translate(_PLAIN)
    allowed = _ALLOWED.match(composed).end()
    if allowed < len(composed):
        raise QRBillError(
            _("“%(text)s” has a character that banks do not accept: %(sign)s. Write it in Latin letters.")
            % {"text": composed[:70], "sign": composed[allowed]}
        )
    return composed


def _within(text: str, limit: int, what: str, *, required: bool = True) -> str:
    cleaned = plain(text)
    if required and not cleaned:
        raise QRBillError(_("%(what)s is missing: a QR-bill cannot be paid without it.") % {"what": what})
    if len(cleaned) > limit:
        raise QRBillError(
            _("%(what)s is too long for a QR-bill: %(length)d characters, at most %(limit)d are allowed.")
            % {"what": what, "length": len(cleaned), "limit": limit}
        )
    return cleaned


@dataclass(frozen=True)
class Address:
    """A structured address. The name is a person's or a company's, ``country`` two letters."""

    name: str
    postcode: str
    town: str
    street: str = ""
    house_number: str = ""
    country: str = "CH"

    def __post_init__(self) -> None:
        limits = {
            "name": _within(self.name, 70, _("The name in the address")),
            "street": _within(self.street, 70, _("The street"), required=False),
            "house_number": _within(self.house_number, 16, _("The house number"), required=False),
            "postcode": _within(self.postcode, 16, _("The postcode")),
            "town": _within(self.town, 35, _("The town")),
        }
        for name, value in limits.items():
            object.__setattr__(self, name, value)
        if not re.fullmatch(r"[A-Z]{2}", self.country):
            raise QRBillError(_("The country of an address is written with two capital letters, such as CH."))

    def lines(self) -> list[str]:
        """As printed: the country stands before the postcode only abroad."""
        town = f"{self.postcode} {self.town}"
        street = f"{self.street} {self.house_number}".strip()
        return [
            line
            for line in (self.name, street, town if self.country == "CH" else f"{self.country}-{town}")
            if line
        ]

    def payload(self) -> list[str]:
        return ["S", self.name, self.street, self.house_number, self.postcode, self.town, self.country]


# --- References -----------------------------------------------------------------------------------------------


def reference_for(invoice_number: str, customer: str = "") -> str:
    """The 27 digits of an invoice's QR reference: nine of the customer (its UID), seventeen of the invoice, one check.

    Only the digits count, so ``P-2026-00001`` of ``CHE-123.456.788`` is 123456788 00000000202600001 and a check
    digit. Raises QRBillError where there are too many digits, or none in the invoice number.
    """
    invoice_digits = re.sub(r"[^0-9]", "", invoice_number)
    customer_digits = re.sub(r"[^0-9]", "", customer)
    if not 1 <= len(invoice_digits) <= 17 or len(customer_digits) > 9:
        raise QRBillError(
            _(
                "No payment reference can be made of invoice %(invoice)s and customer %(customer)s: too many digits."
            )
            % {"invoice": invoice_number, "customer": customer or "–"}
        )
    return identifiers.qr_reference(customer_digits.zfill(9) + invoice_digits.zfill(17))


# --- The bill -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QRBill:
    """One bill. The kind of reference follows from it: 27 digits QRR, RF… SCOR, empty NON."""

    account: str
    creditor: Address
    amount: Decimal
    debtor: Address
    reference: str = ""
    message: str = ""
    currency: str = "CHF"
    billing_information: str = ""
    reference_type: str = field(init=False)

    def __post_init__(self) -> None:
        try:
            account = identifiers.check_iban(self.account, countries=("CH", "LI"))
        except BadIdentifier as error:
            raise QRBillError(
                _("The account of the QR-bill is no valid IBAN of Switzerland or Liechtenstein.")
            ) from error
        object.__setattr__(self, "account", account)
        self._check_reference()
        self._check_amount()
        object.__setattr__(self, "message", plain(self.message))
        object.__setattr__(self, "billing_information", plain(self.billing_information))
        if self.billing_information and not self.billing_information.startswith("//"):
            raise QRBillError(_("Billing information for software begins with two slashes, such as //S1."))
        _within(
            self.message + self.billing_information,
            MAX_MESSAGE,
            _("The additional information"),
            required=False,
        )
        # Every field at its longest would not fit; together they may not pass what the code can hold.
        if len(self.payload()) > MAX_PAYLOAD:
            raise QRBillError(
                _("The texts of this QR-bill are too long together. Shorten the names or the message.")
            )

    def _check_reference(self) -> None:
        reference = re.sub(r"\s", "", self.reference).upper()
        try:
            if not reference:
                kind = "NON"
            elif reference.startswith("RF"):
                kind, reference = "SCOR", identifiers.check_creditor_reference(reference)
            else:
                kind, reference = "QRR", identifiers.check_qr_reference(reference)
        except BadIdentifier as error:
            raise QRBillError(_("The payment reference has a wrong digit or length.")) from error
        if identifiers.is_qr_iban(self.account) != (kind == "QRR"):
            raise QRBillError(
                _("A QR-IBAN needs a QR reference of 27 digits, and only a QR-IBAN may have one.")
            )
        object.__setattr__(self, "reference", reference)
        object.__setattr__(self, "reference_type", kind)

    def _check_amount(self) -> None:
        if self.currency not in ("CHF", "EUR"):
            raise QRBillError(_("A QR-bill is in Swiss francs or euros."))
        if not Decimal("0.01") <= self.amount <= MAX_AMOUNT:
            raise QRBillError(_("The amount of a QR-bill lies between 0.01 and 999’999’999.99."))
        if self.amount != self.amount.quantize(Decimal("0.01")):
            raise QRBillError(_("The amount of a QR-bill has two decimals at most."))

    def payload(self) -> str:
        """The text in the code: one element a line, empty ones included, nothing after the last one in use."""
        lines = [
            *("SPC", "0200", "1", self.account),
            *self.creditor.payload(),
            *[""] * 7,  # ultimate creditor: reserved, must stay empty
            *(f"{self.amount:.2f}", self.currency),
            *self.debtor.payload(),
            *(self.reference_type, self.reference, self.message, "EPD"),
        ]
        if self.billing_information:
            lines.append(self.billing_information)
        return "\r\n".join(lines)

    def svg(self) -> str:
        """The code with the Swiss cross as SVG, 46 × 46 mm without margin (the layout keeps 5 mm around it free)."""
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
        code.add_data(self.payload().encode(), optimize=0)
        code.make(fit=True)
        return _draw(code.get_matrix())

    def printed(self, language: str) -> dict[str, object]:
        """All texts of receipt and payment part as printed, for the template."""
        shown = {
            "QRR": identifiers.show_qr_reference,
            "SCOR": identifiers.show_iban,  # groups of four, too
            "NON": str,
        }[self.reference_type](self.reference)
        return {
            "headings": HEADINGS[language[:2]],
            "account": identifiers.show_iban(self.account),
            "creditor": self.creditor.lines(),
            "debtor": self.debtor.lines(),
            "reference": shown,
            "message": [line for line in (self.message, self.billing_information) if line],
            "currency": self.currency,
            # The guidelines separate thousands by a space, unlike the invoice above.
            "amount": f"{self.amount:,.2f}".replace(",", NBSP),
            "svg": self.svg(),
        }


def _draw(matrix: list[list[bool]]) -> str:
    """SVG path of the dark modules, row by row as runs, and the cross in the middle."""
    modules = len(matrix)
    runs = []
    for row, cells in enumerate(matrix):
        column = 0
        while column < modules:
            start = column
            while column < modules and cells[column]:
                column += 1
            if column > start:
                runs.append(f"M{start} {row}h{column - start}v1h-{column - start}z")
            column += 1
    scale = QR_SIZE_MM / modules
    corner = (QR_SIZE_MM - CROSS_SIZE_MM) / 2
    unit = CROSS_SIZE_MM / 19.8  # the published drawing of the cross is 19.8 wide, its white rim included
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{QR_SIZE_MM}mm" height="{QR_SIZE_MM}mm"'
        f' viewBox="0 0 {QR_SIZE_MM} {QR_SIZE_MM}">'
        f'<path transform="scale({scale:.6f})" d="{"".join(runs)}"/>'
        f'<g transform="translate({corner} {corner}) scale({unit:.6f})">'
        '<path fill="#fff" d="M0 0h19.8v19.8h-19.8z"/><path d="M1.4 1.4h17v17h-17z"/>'
        '<path fill="#fff" d="M8.25 4.4h3.3v11h-3.3zM4.4 8.25h11v3.3h-11z"/></g></svg>'
    )
