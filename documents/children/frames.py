"""Pictures of a JPEG, PNG, TIFF or HEIC as they are meant to be looked at."""

import io
from collections.abc import Callable

import pillow_heif
from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin  # noqa: F401


def opened(kind: str, data: bytes, most_pixels: int, edge: int = 0) -> Callable[[int], Image.Image]:
    """A function that unpacks a picture of the file upright, counted from 0; not much larger than `edge` will do."""
    return heic(data, most_pixels) if kind == "heic" else picture(kind, data, most_pixels, edge)


def heic(data: bytes, most_pixels: int) -> Callable[[int], Image.Image]:
    """The same of a HEIC; the library turns it upright."""
    pillow_heif.options.DECODE_THREADS = 1
    pictures = pillow_heif.open_heif(io.BytesIO(data))

    def draw(number: int) -> Image.Image:
        measure(pictures[number].size, most_pixels)
        return pictures[number].to_pillow()

    return draw


def picture(kind: str, data: bytes, most_pixels: int, edge: int) -> Callable[[int], Image.Image]:
    """The same of a JPEG, PNG or TIFF."""
    Image.MAX_IMAGE_PIXELS = None
    source = Image.open(io.BytesIO(data), formats=[kind.upper()])

    def draw(number: int) -> Image.Image:
        source.seek(number)
        measure(source.size, most_pixels)
        if edge:
            source.draft("RGB", (edge, edge))
        return square(ImageOps.exif_transpose(eight_bits(source)), source.info.get("dpi"))

    return draw


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


def on_white(frame: Image.Image) -> Image.Image:
    """Colours as a screen shows them; what is transparent lies on white. Nothing but pixels is taken over."""
    if frame.mode == "P" or "A" in frame.mode or "transparency" in frame.info:
        above = frame.convert("RGBA")
        below = Image.new("RGB", above.size, "white")
        below.paste(above, mask=above.getchannel("A"))
        return below
    return frame.convert("RGB")
