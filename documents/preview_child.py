"""The draughtsman: draws pages of one untrusted file as pictures, in a process of its own.

Run as a script by `preview.py`: `python -I preview_child.py <kind> <most pixels> <first page> <pages>`, the file on
standard input. On standard output, for each picture, a line of JSON (`{"picture": "page-3", "bytes": 5120}`) and its
bytes; page 1 brings its thumbnail. A page that cannot be drawn has 0 bytes; a file that does not open ends it with 3.
It imports nothing of the portal, and once it holds the file it opens no other: neither files nor connections. Its
limits end it in any case.

The pictures are made of nothing but pixels: orientation is applied, whatever the file says besides stays behind.
"""

import io
import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator

import pillow_heif
import pypdfium2
from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin  # noqa: F401

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 15
WALL_SECONDS = 40
# The long edge in pixels: a page can be read, a thumbnail cannot.
PAGE = 1600
THUMBNAIL = 96
# A paper longer than that is a strip of a till, and drawn narrower.
LONGEST = 3200
QUALITY = 82
# What the process ends with when the file does not open.
UNREADABLE = 3


def limit() -> None:
    """Bind this process: memory, processor time, no written files, an end in any case."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(WALL_SECONDS)


def shut() -> None:
    """From here on nothing is opened: no file, no connection. What the libraries look for late is fetched before."""
    Image.preinit()
    blank = pypdfium2.PdfDocument.new()
    webp(blank.new_page(8, 8).render(may_draw_forms=True).to_pil(), 8)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


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


def heic(data: bytes, most_pixels: int) -> Callable[[int], Image.Image]:
    """A function that unpacks a picture of the file; the library turns it upright."""
    pillow_heif.options.DECODE_THREADS = 1
    pictures = pillow_heif.open_heif(io.BytesIO(data))

    def draw(number: int) -> Image.Image:
        measure(pictures[number].size, most_pixels)
        return pictures[number].to_pillow()

    return draw


def picture(kind: str, data: bytes, most_pixels: int) -> Callable[[int], Image.Image]:
    """A function that unpacks a frame of a JPEG, PNG or TIFF."""
    Image.MAX_IMAGE_PIXELS = None
    opened = Image.open(io.BytesIO(data), formats=[kind.upper()])

    def draw(number: int) -> Image.Image:
        opened.seek(number)
        measure(opened.size, most_pixels)
        # A large photo is unpacked at a fraction of its size.
        opened.draft("RGB", (PAGE, PAGE))
        return square(ImageOps.exif_transpose(eight_bits(opened)), opened.info.get("dpi"))

    return draw


def opened(kind: str, data: bytes, most_pixels: int) -> Callable[[int], Image.Image]:
    """The function that draws a page of this kind of file, counted from 0."""
    if kind == "pdf":
        return pdf(data)
    return heic(data, most_pixels) if kind == "heic" else picture(kind, data, most_pixels)


def measure(size: tuple[int, int], most_pixels: int) -> None:
    """Refuse by the size in the header, before anything is unpacked."""
    if size[0] * size[1] > most_pixels:
        raise ValueError("too many pixels")


def eight_bits(frame: Image.Image) -> Image.Image:
    """A frame with 16 bits a pixel scaled down; Pillow itself would cut it off at white."""
    return frame.point(lambda value: value / 257).convert("L") if frame.mode.startswith("I;16") else frame


def square(frame: Image.Image, dpi: tuple[float, float] | None) -> Image.Image:
    """A fax with half as many lines as columns, drawn as it was on paper."""
    across, down = map(float, dpi or (1, 1))
    if not down or not 1.5 < across / down < 2.5:
        return frame
    return frame.resize((frame.width, round(frame.height * across / down)))


def on_paper(frame: Image.Image) -> Image.Image:
    """Colours as a screen shows them; what is transparent lies on white. Nothing but pixels is taken over."""
    if frame.mode == "P" or "A" in frame.mode or "transparency" in frame.info:
        above = frame.convert("RGBA")
        below = Image.new("RGB", above.size, "white")
        below.paste(above, mask=above.getchannel("A"))
        return below
    return frame.convert("RGB")


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
            frame = on_paper(draw(number - 1))
            if number == 1:
                yield "thumbnail", webp(frame, THUMBNAIL)
            yield f"page-{number}", webp(frame, PAGE)
        except MemoryError:
            raise
        except Exception:
            # One page that cannot be drawn leaves the others.
            yield f"page-{number}", b""


def main() -> None:
    """Take the file, shut the doors, draw."""
    limit()
    kind, most_pixels, first, count = sys.argv[1], *map(int, sys.argv[2:5])
    data = sys.stdin.buffer.read()
    shut()
    try:
        draw = opened(kind, data, most_pixels)
    except MemoryError:
        raise
    except Exception:
        sys.exit(UNREADABLE)
    for name, content in pictures(draw, first, count):
        sys.stdout.buffer.write(json.dumps({"picture": name, "bytes": len(content)}).encode() + b"\n")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
