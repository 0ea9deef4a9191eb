"""The bookbinder: takes pages out of one untrusted file and binds them to a new PDF.

Asked by `documents.split`: `<kind> <most pixels> <page>,<page>…`; answers with the PDF.
"""

import io
import sys

import frames
import pikepdf
import ready
from PIL import Image, PdfImagePlugin  # noqa: F401

QUALITY = 88
LEAST_DPI = 150
# The long edge of A4 in points.
SHEET = 842
# What a link may do in a document that the insurer made: show another page, of this document or of the web.
LINKS = ("/GoTo", "/URI")
HANGING = ("/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/3D")


def prepare(arguments: list[str]) -> None:
    """What the libraries look for late."""
    Image.preinit()
    Image.new("RGB", (8, 8)).save(io.BytesIO(), "PDF", quality=QUALITY)
    Image.new("1", (8, 8)).save(io.BytesIO(), "PDF")
    ready.qpdf()


def is_field(each: pikepdf.Object) -> bool:
    """Whether what hangs on a page is a field of a form."""
    return each.get("/Subtype") == "/Widget"


def write_answers(source: pikepdf.Pdf) -> None:
    """Draw what was filled into fields on the pages, without the fields: each knows those of the other pages. Notes stay."""
    every = [list(page.get("/Annots", [])) for page in source.pages]
    fields = [each for those in every for each in those if is_field(each)]
    if not fields:
        return
    # Whatever hangs on any page meanwhile would become a part of its drawing.
    for page, those in zip(source.pages, every, strict=True):
        page.Annots = pikepdf.Array([each for each in those if is_field(each)])
    if "/AcroForm" not in source.Root:
        source.Root.AcroForm = pikepdf.Dictionary(Fields=[])
    form = source.Root.AcroForm
    form.NeedAppearances = bool(form.get("/NeedAppearances")) or any("/AP" not in each for each in fields)
    source.generate_appearance_streams()
    source.flatten_annotations()
    for page, those in zip(source.pages, every, strict=True):
        page.Annots = pikepdf.Array([each for each in those if not is_field(each)])


def still(page: pikepdf.Page) -> pikepdf.Page:
    """The page, which does nothing by itself: no script, no program that is started, no file that hangs on it."""
    kept = []
    for note in page.get("/Annots", []):
        if note.get("/Subtype") in HANGING:
            continue
        action = note.get("/A")
        if action is not None and ("/Next" in action or action.get("/S") not in LINKS):
            del note["/A"]
        kept.append(note)
    if "/Annots" in page:
        page.Annots = pikepdf.Array(kept)
    for each in (page.obj, *kept):
        for key in ("/AA", "/AF"):
            if key in each:
                del each[key]
    return page


def from_pdf(data: bytes, numbers: list[int]) -> bytes:
    """The pages as they are, without what belongs to the others."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as source, pikepdf.new() as target:
        write_answers(source)
        # Pages often share one list of everything that is drawn on any of them.
        source.remove_unreferenced_resources()
        for number in numbers:
            target.pages.append(still(source.pages[number - 1]))
        # The same pages are the same bytes: what is split off twice is noticed.
        target.save(out, deterministic_id=True)
    return out.getvalue()


def from_pictures(kind: str, data: bytes, numbers: list[int], most_pixels: int) -> bytes:
    """The pictures of a fax or a phone, one on each page; one after the other, for each alone may be large."""
    draw = frames.opened(kind, data, most_pixels)
    out = io.BytesIO()
    with pikepdf.new() as target:
        for number in numbers:
            with pikepdf.open(page_of(draw(number - 1))) as page:
                target.pages.extend(page.pages)
        target.save(out, deterministic_id=True)
    return out.getvalue()


def page_of(frame: Image.Image) -> io.BytesIO:
    """A PDF of one page, no longer than a sheet of paper. Black and white is kept without loss, and knows no quality."""
    page = frame if frame.mode in ("1", "L") else frames.on_white(frame)
    page.info = {}
    quality = {} if page.mode == "1" else {"quality": QUALITY}
    resolution = max(LEAST_DPI, max(page.size) * 72 / SHEET)
    out = io.BytesIO()
    page.save(out, "PDF", resolution=resolution, creationDate=None, modDate=None, **quality)
    return out


def main(arguments: list[str], data: bytes) -> None:
    """Take the pages out."""
    kind, most_pixels = arguments[0], int(arguments[1])
    numbers = [int(number) for number in arguments[2].split(",")]
    out = from_pdf(data, numbers) if kind == "pdf" else from_pictures(kind, data, numbers, most_pixels)
    sys.stdout.buffer.write(out)
