"""The draughtsman: draws pages of one untrusted file as pictures.

Asked by `documents.preview`: `<kind> <most pixels> <first page> <pages>`. For each picture it answers a line of JSON
(`{"picture": "page-3", "bytes": 5120}`) and its bytes; page 1 brings its thumbnail. A page that cannot be drawn has 0
bytes.

The pictures are made of nothing but pixels: orientation is applied, whatever the file says besides stays behind.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator

import frames
import pypdfium2
from PIL import Image, WebPImagePlugin  # noqa: F401

# The long edge in pixels: a page can be read, a thumbnail cannot.
PAGE = 1600
THUMBNAIL = 96
# A paper longer than that is a strip of a till, and drawn narrower.
LONGEST = 3200
QUALITY = 82


def prepare(arguments: list[str]) -> None:
    """What the libraries look for late."""
    Image.preinit()
    blank = pypdfium2.PdfDocument.new()
    webp(blank.new_page(8, 8).render(may_draw_forms=True).to_pil(), 8)


def pdf(data: bytes) -> Callable[[int], Image.Image]:
    """A function that draws a page of the PDF, counted from 0, with what was filled into its fields."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()

    def draw(number: int) -> Image.Image:
        page = document[number]
        width, height = page.get_size()
        picture = page.render(scale=PAGE / max(width, height, 1.0), may_draw_forms=True).to_pil()
        page.close()
        return picture

    return draw


def opened(kind: str, data: bytes, most_pixels: int) -> Callable[[int], Image.Image]:
    """The function that draws a page of this kind of file, counted from 0."""
    # A large photo is unpacked at a fraction of its size.
    return pdf(data) if kind == "pdf" else frames.opened(kind, data, most_pixels, edge=PAGE)


def webp(frame: Image.Image, edge: int) -> bytes:
    """The picture, its long edge at most `edge` pixels."""
    clean = frame.copy()
    clean.thumbnail((edge, LONGEST if edge == PAGE else edge), Image.Resampling.LANCZOS)
    clean.info = {}
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()


def pictures(draw: Callable[[int], Image.Image], first: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each picture, pages counted from 1."""
    for number in range(first, first + count):
        try:
            frame = frames.on_white(draw(number - 1))
            if number == 1:
                yield "thumbnail", webp(frame, THUMBNAIL)
            yield f"page-{number}", webp(frame, PAGE)
        except MemoryError:
            raise
        except Exception:
            # One page that cannot be drawn leaves the others.
            yield f"page-{number}", b""


def main(arguments: list[str], data: bytes) -> None:
    """Draw."""
    kind, most_pixels, first, count = arguments[0], *map(int, arguments[1:4])
    draw = opened(kind, data, most_pixels)
    for name, content in pictures(draw, first, count):
        sys.stdout.buffer.write(json.dumps({"picture": name, "bytes": len(content)}).encode() + b"\n")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
