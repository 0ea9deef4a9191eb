"""Printed papers: the shipped fonts, tags for screen readers, the same bytes twice, data that stays text."""

import datetime
import io
import logging

import pytest
from django.utils import timezone
from pypdf import PdfReader

from core import pdf

MOMENT = datetime.datetime(2026, 11, 21, 14, 5, tzinfo=datetime.UTC)


def receipt(**changes) -> dict:
    """A receipt as the declarations hand it over."""
    data = {
        "insurer": {"name": "Helvia Assurances", "lines": ["Avenue de la Gare 12, 1003 Lausanne"]},
        "labels": {"page": "Page {page} of {pages}", "header": "Accident report D-2026-00931"},
        "title": "Accident report",
        "number": "D-2026-00931",
        "status": "Sent",
        "lead": "We have received your report.",
        "facts": [{"label": "Sent on", "value": "21.11.2026, 14:05"}],
        "sections": [
            {
                "title": "Insured person",
                "answers": [
                    {"label": "Name", "value": "Jasmina Šabić-Đorđević"},
                    {"label": "AHV number", "value": "756.1234.5678.97", "kind": "ahv"},
                    {"label": "Police report", "value": ""},
                    {"label": "Incapacity", "value": ["100 % from 03.11.2026", "50 % from 18.11.2026"]},
                ],
            }
        ],
        "documents": {
            "title": "Documents",
            "empty": "No document was sent.",
            "columns": {"name": "Document", "size": "Size", "hash": "SHA-256"},
            "rows": [{"name": "Certificate.pdf", "size": "240 kB", "sha256": "0123456789abcdef" * 4}],
        },
        "next_step": {"title": "What happens next", "text": "Your health manager checks the report."},
        "contacts": {
            "title": "Your contacts",
            "people": [{"role": "Health manager", "name": "Luca Bernasconi", "lines": ["+41 21 555 01 40"]}],
        },
        "proof": {
            "title": "Proof",
            "text": "Fingerprint.",
            "rows": [{"label": "SHA-256", "value": "ab" * 32}],
        },
    }
    return data | changes


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(content).pages)


def fonts_of(content: bytes) -> set[str]:
    """Names of the embedded fonts, without the six letters of the subset."""
    names = set()
    for page in read(content).pages:
        for font in page["/Resources"]["/Font"].values():
            names.add(font.get_object()["/BaseFont"].lstrip("/").partition("+")[2])
    return names


def test_only_the_shipped_fonts(caplog):
    with caplog.at_level(logging.WARNING):
        content = pdf.render("declaration_receipt", receipt(), "en", moment=MOMENT)
    assert fonts_of(content) <= {"PublicSans-Regular", "PublicSans-SemiBold", "PublicSans-Bold"}
    assert "PublicSans-Regular" in fonts_of(content)
    assert not caplog.records


def test_every_font_file_is_readable_and_licensed():
    families = set(pdf._fonts().families())
    assert families == {"Public Sans", "Liberation Sans"}
    for family in ("PublicSans", "LiberationSans"):
        assert (pdf.fonts_directory() / f"{family}-LICENSE.txt").stat().st_size > 4000


def test_tagged_titled_and_in_its_language():
    document = read(pdf.render("declaration_receipt", receipt(), "de", moment=MOMENT))
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"].startswith("de")
    assert document.metadata.title == "Accident report D-2026-00931"
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaid:part>2</pdfaid:part>" in metadata


def test_the_insurer_stands_at_the_head_of_every_paper_with_its_whole_address(settings):
    settings.BRAND = settings.BRAND | {
        "street": "Place",
        "house_number": "7",
        "postcode": "1003",
        "town": "Lausanne",
    }
    assert pdf.letterhead()["lines"][0] == "Place 7, 1003 Lausanne"
    assert pdf.letterhead("Case postale", "1002 Lausanne")["lines"][0] == "Case postale, 1002 Lausanne"


def test_same_data_same_bytes():
    assert pdf.render("declaration_receipt", receipt(), "en", moment=MOMENT) == pdf.render(
        "declaration_receipt", receipt(), "en", moment=MOMENT
    )


def test_receipt_shows_every_answer_and_masks_the_ahv_number():
    shown = text_of(pdf.render("declaration_receipt", receipt(), "en", moment=MOMENT))
    for expected in (
        "D-2026-00931",
        "Jasmina Šabić-Đorđević",
        "756.••••.••78.97",
        "50 % from 18.11.2026",
        "Certificate.pdf",
        "01234567 89abcdef",
        "Your health manager checks the report.",
        "Luca Bernasconi",
        "+41 21 555 01 40",
    ):
        assert expected in shown
    assert "1234.5678" not in shown


def test_receipt_without_documents_says_so():
    without = receipt()
    without["documents"]["rows"] = []
    assert "No document was sent." in text_of(pdf.render("declaration_receipt", without, "en"))


@pytest.mark.parametrize(
    "typed", ['#read("/etc/passwd")', "#panic()", "*bold* $x^2$ = heading", '"] #let x', "\\u{41}"]
)
def test_what_people_typed_is_never_markup(typed):
    shown = text_of(pdf.render("declaration_receipt", receipt(lead=typed), "en"))
    assert typed in shown


def test_dates_and_lazy_texts_may_stand_in_the_data():
    content = pdf.render("declaration_receipt", receipt(lead=timezone.localdate()), "en")
    assert str(timezone.localdate().year) in text_of(content)


def test_a_missing_value_is_an_error_without_the_data_in_it():
    broken = receipt(lead="Burnout")
    del broken["facts"]
    with pytest.raises(pdf.PdfError) as caught:
        pdf.render("declaration_receipt", broken, "en")
    assert "declaration_receipt" in str(caught.value)
    assert "Burnout" not in str(caught.value)


def test_templates_reach_no_file_outside_their_folder(settings, tmp_path):
    (tmp_path / "templates" / "pdf").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "templates" / "pdf" / "curious.typ").write_text('#read("../../secret.txt")')
    settings.BASE_DIR = tmp_path
    with pytest.raises(pdf.PdfError):
        pdf.render("curious", {}, "en", pdf_standard=None)
