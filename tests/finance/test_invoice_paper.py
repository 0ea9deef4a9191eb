"""The printed premium invoice: a scanner reads its code, a ruler finds the measures of the guidelines."""

import logging
from decimal import Decimal

import pytest

from core import pdf
from finance.qr_bill import HEADINGS, Address, QRBill
from tests.finance import papers

BILL = QRBill(
    account="CH4431999123000889012",
    creditor=Address("Helvia Assurances SA", "1003", "Lausanne", "Avenue de la Gare", "12"),
    amount=Decimal("12480.50"),
    debtor=Address("Hôtel de l’Étoile & Söhne", "1400", "Yverdon-les-Bains", "Rue des Moulins", "27b"),
    reference="210000000003139471430009017",
    message="Premium 2026, invoice P-2026-00001",
)
LONG = "Genossenschaftlicher Zusammenschluss der Holzbauunternehmungen Zürich"


def paper(language: str, *, bill: QRBill | None = BILL, lines: int = 3, **changes) -> bytes:
    data = {
        "insurer": {"name": "Helvia Assurances", "lines": ["Avenue de la Gare 12, 1003 Lausanne"]},
        "labels": {"page": "Page {page} of {pages}", "header": "Premium invoice P-2026-00001"},
        "sender": "Helvia Assurances · 1003 Lausanne",
        "recipient": ["Hôtel de l’Étoile & Söhne", "Rue des Moulins 27b", "1400 Yverdon-les-Bains"],
        "title": "Premium invoice",
        "number": "P-2026-00001",
        "facts": [{"label": "Payable by", "value": "31.12.2026"}],
        "intro": "We invoice the following premiums.",
        "columns": {
            "branch": "Insurance",
            "group": "Persons",
            "basis": "Payroll",
            "rate": "Rate",
            "amount": "CHF",
        },
        "lines": [
            {
                "branch": f"Insurance number {number}",
                "policy": "Policy 12.345.678-1",
                "group": "All staff",
                "basis": "1’482’000.00",
                "rate": "0.82 %",
                "amount": "12’152.40",
            }
            for number in range(lines)
        ],
        "total": {"label": "Total to pay", "amount": "CHF 12’480.50"},
        "pay": {"title": "How to pay", "steps": ["Scan the code."]},
        "contact": {"title": "Questions?", "lines": ["Claire Favre"]},
        "bill": bill and bill.printed(language) | {"alt": "QR code for paying CHF 12’480.50"},
    }
    return pdf.render("premium_invoice", data | changes, language)


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_a_scanner_reads_the_code_in_every_language(language):
    content = paper(language)
    (page,) = papers.pages(content)
    (code,) = papers.codes(page)
    assert code.bytes.decode() == BILL.payload()
    assert code.ec_level == "M"
    shown = papers.text(content)
    for heading in HEADINGS[language].values():
        assert heading in shown
    for printed in ("CH44 3199 9123 0008 8901 2", "21 00000 00003 13947 14300 09017", "12’480.50"):
        assert printed in shown


def test_measures_of_the_guidelines():
    (page,) = papers.pages(paper("de"))
    assert papers.millimetres(page.width) == pytest.approx(210, abs=0.2)
    (code,) = papers.codes(page)
    corners = code.position
    width = papers.millimetres(corners.top_right.x - corners.top_left.x)
    height = papers.millimetres(corners.bottom_left.y - corners.top_left.y)
    assert width == pytest.approx(46, abs=0.5)
    assert height == pytest.approx(46, abs=0.5)
    # Payment part from x = 62 mm; code 5 mm from its left edge, 17 mm below the cutting line.
    assert papers.millimetres(corners.top_left.x) == pytest.approx(67, abs=0.5)
    assert papers.millimetres(corners.top_left.y) == pytest.approx(297 - 105 + 17, abs=0.5)


def dark(page, left, top, right, bottom) -> bool:
    """Whether anything is printed in this box, in mm."""
    box = [round(edge / 25.4 * papers.DPI) for edge in (left, top, right, bottom)]
    return page.crop(box).getextrema()[0] < 128


def test_cutting_lines_and_quiet_margins():
    (page,) = papers.pages(paper("de"))
    assert dark(page, 150, 191.7, 205, 192.3)  # horizontal line, 105 mm above the foot
    assert dark(page, 61.7, 230, 62.3, 290)  # vertical line, 62 mm from the left
    # 5 mm of white around the code and along the edges of the sheet.
    assert not dark(page, 62.5, 204.2, 66.7, 259.8)
    assert not dark(page, 113.4, 204.2, 117.6, 259.8)
    assert not dark(page, 62.5, 204.2, 117.6, 208.7)
    assert not dark(page, 62.5, 255.3, 117.6, 259.7)
    assert not dark(page, 0, 192.5, 4.5, 297)
    assert not dark(page, 205.5, 192.5, 210, 297)
    assert not dark(page, 0, 292.5, 61, 297)


def test_the_cross_is_seven_millimetres_in_the_middle():
    (page,) = papers.pages(paper("de"))
    middle_x, middle_y = 67 + 23, 209 + 23
    assert not dark(page, middle_x - 0.4, middle_y - 1.5, middle_x + 0.4, middle_y + 1.5)  # white bar
    assert dark(page, middle_x - 2.8, middle_y - 2.8, middle_x - 2.2, middle_y - 2.2)  # black field
    assert not dark(page, middle_x - 3.4, middle_y - 3.4, middle_x - 3.1, middle_y + 3.4)  # white rim


def test_fonts_are_the_shipped_ones(caplog):
    with caplog.at_level(logging.WARNING):
        content = paper("it")
    assert papers.fonts(content) == {
        "PublicSans-Regular",
        "PublicSans-SemiBold",
        "PublicSans-Bold",
        "LiberationSans",
        "LiberationSans-Bold",
    }
    assert not caplog.records


def test_many_lines_put_the_payment_part_at_the_foot_of_the_last_page():
    content = paper("fr", lines=30)
    *before, last = papers.pages(content)
    assert before
    assert all(not papers.codes(page) for page in before)
    (code,) = papers.codes(last)
    assert code.bytes.decode() == BILL.payload()
    assert papers.millimetres(code.position.top_left.y) == pytest.approx(209, abs=0.5)
    shown = papers.text(content)
    assert "Insurance number 29" in shown
    assert f"Page {len(before) + 1} of {len(before) + 1}" in shown


def test_the_longest_names_stay_inside_their_parts():
    address = Address(
        LONG,
        "8953",
        "Dietikon im Limmattal bei Zürich",
        "Im unteren Breitwiesenackerfeldwegli-Hinterhof",
        "1234567890123",
    )
    bill = QRBill(
        account=BILL.account,
        creditor=address,
        amount=Decimal("999999999.99"),
        debtor=address,
        reference=BILL.reference,
        message="A message of one hundred and forty characters, as long as the guidelines allow it to be. "
        + "x " * 24,
    )
    (page,) = papers.pages(paper("de", bill=bill))
    (code,) = papers.codes(page)
    assert code.bytes.decode() == bill.payload()
    assert not dark(page, 0, 192.5, 4.5, 297)
    assert not dark(page, 57.5, 200, 61, 259)  # right margin of the receipt
    assert not dark(page, 205.5, 192.5, 210, 297)
    assert not dark(page, 6, 257.5, 57, 259)  # between information and amount of the receipt
    assert not dark(page, 119, 284, 205, 297)


def test_without_a_bill_nothing_asks_for_money():
    content = paper("fr", bill=None, pay=None, notice="This invoice was cancelled on 02.12.2026.")
    (page,) = papers.pages(content)
    assert not papers.codes(page)
    assert "Section paiement" not in papers.text(content)
    assert "This invoice was cancelled" in papers.text(content)
