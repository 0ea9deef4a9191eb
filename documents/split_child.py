"""The bookbinder: takes pages of one untrusted file and binds them to a new PDF, in a process of its own.

Run as a script by `split.py`: `python -I split_child.py <kind> <most pixels> <page>,<page>…`, the file on standard
input, the PDF on standard output. It imports nothing of the portal, and once it holds the file it opens no other. Its
limits end it in any case; it ends with 3 when the pages cannot be taken out.
"""

import io
import resource
import signal
import sys

import pikepdf
import pillow_heif
from PIL import Image, ImageOps, PdfImagePlugin, TiffImagePlugin  # noqa: F401

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 15
WALL_SECONDS = 40
QUALITY = 88
FAILED = 3


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
    Image.new("RGB", (8, 8)).save(io.BytesIO(), "PDF", quality=QUALITY)
    Image.new("1", (8, 8)).save(io.BytesIO(), "PDF")
    blank = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(blank)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def from_pdf(data: bytes, numbers: list[int]) -> bytes:
    """The pages as they are, without what belongs to the others."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as source, pikepdf.new() as target:
        # Pages often share one list of everything that is drawn on any of them.
        source.remove_unreferenced_resources()
        for number in numbers:
            target.pages.append(source.pages[number - 1])
        # The same pages are the same bytes: what is split off twice is noticed.
        target.save(out, deterministic_id=True)
    return out.getvalue()


def from_pictures(kind: str, data: bytes, numbers: list[int], most_pixels: int) -> bytes:
    """The pictures of a fax or a phone, one on each page."""
    Image.MAX_IMAGE_PIXELS = None
    pages = []
    if kind == "heic":
        pillow_heif.options.DECODE_THREADS = 1
        pictures = pillow_heif.open_heif(io.BytesIO(data))
        pages = [pictures[number - 1].to_pillow().convert("RGB") for number in numbers]
    else:
        opened = Image.open(io.BytesIO(data), formats=[kind.upper()])
        for number in numbers:
            opened.seek(number - 1)
            if opened.width * opened.height > most_pixels:
                raise ValueError("too many pixels")
            page = ImageOps.exif_transpose(opened)
            pages.append(page if page.mode in ("1", "L") else page.convert("RGB"))
    # Black and white is kept without loss, and knows no quality.
    quality = {} if any(page.mode == "1" for page in pages) else {"quality": QUALITY}
    dates = {"creationDate": None, "modDate": None}
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=150, **quality, **dates)
    return out.getvalue()


def main() -> None:
    """Take the file, shut the doors, bind."""
    limit()
    kind, most_pixels = sys.argv[1], int(sys.argv[2])
    numbers = [int(number) for number in sys.argv[3].split(",")]
    data = sys.stdin.buffer.read()
    shut()
    try:
        content = (
            from_pdf(data, numbers) if kind == "pdf" else from_pictures(kind, data, numbers, most_pixels)
        )
    except MemoryError:
        raise
    except Exception:
        sys.exit(FAILED)
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
