"""Reading a printed page back: as a scanner sees the code, as a ruler sees the measures."""

import io

import pypdfium2
import zxingcpp
from PIL import Image
from pypdf import PdfReader

DPI = 300


def pages(content: bytes) -> list[Image.Image]:
    """The pages as grey images at 300 dpi."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def codes(image: Image.Image) -> list:
    """The QR codes a scanner finds on the page."""
    return zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)


def millimetres(pixels: float) -> float:
    return pixels / DPI * 25.4


def text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def fonts(content: bytes) -> set[str]:
    """Names of the embedded fonts, without the six letters of the subset."""
    return {
        font.get_object()["/BaseFont"].partition("+")[2]
        for page in PdfReader(io.BytesIO(content)).pages
        for font in page["/Resources"]["/Font"].values()
    }
