"""The album: draws photos anew, a page for each, and binds them to a PDF.

Asked by `documents.services.combining`: `<most pixels> <long edge> <kind>:<bytes>:<pages>…`, the photos on standard input one
after the other; answers with the PDF. Of a photo nothing but its pixels is taken over, upright.
"""

import io
import sys

import frames
import pikepdf
import ready
from PIL import Image, PdfImagePlugin  # noqa: F401

QUALITY = 80
# The long edge of A4 in inches.
LONG_EDGE = 11.69


def prepare(arguments: list[str]) -> None:
    """What the libraries look for late."""
    ready.qpdf()
    Image.preinit()
    Image.new("RGB", (8, 8)).save(io.BytesIO(), "PDF", quality=QUALITY)


def page(frame: Image.Image, edge: int) -> bytes:
    """A PDF of one page as long as A4 with the picture on it."""
    clean = frames.on_white(frame)
    clean.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    clean.info = {}
    out = io.BytesIO()
    resolution = max(clean.size) / LONG_EDGE
    clean.save(out, "PDF", quality=QUALITY, resolution=resolution, creationDate=None, modDate=None)
    return out.getvalue()


def main(arguments: list[str], data: bytes) -> None:
    """Bind them in their order."""
    most_pixels, edge, place = int(arguments[0]), int(arguments[1]), 0
    out = io.BytesIO()
    with pikepdf.new() as target:
        for kind, size, pages in (each.split(":") for each in arguments[2:]):
            draw = frames.opened(kind, data[place : place + int(size)], most_pixels, edge)
            # What phones keep behind a photo, such as a map of its depths, is no page.
            for number in range(int(pages)):
                with pikepdf.open(io.BytesIO(page(draw(number), edge))) as source:
                    target.pages.extend(source.pages)
            place += int(size)
        # The same photos are the same bytes: what is sent twice is noticed.
        target.save(out, deterministic_id=True)
    sys.stdout.buffer.write(out.getvalue())
