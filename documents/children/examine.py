"""The examiner: opens one untrusted file and says what it found.

Asked by `documents.intake`: `<kind> <most pixels>`. It answers with one line of JSON: `{"pages": 3}` or
`{"refused": "password"}`. Where its limits end it, the file is refused.
"""

import io
import json
import re
import struct
import sys
import zlib

import ready

MOST_PAGES = 5_000


class Refused(Exception):
    """The file is not taken; the argument is the code of the sentence."""


def prepare(arguments: list[str]) -> None:
    """The library of this kind of file; JPEG and PNG are walked without one first."""
    kind = arguments[0]
    if kind == "pdf":
        ready.qpdf()
    elif kind == "heic":
        import pillow_heif  # noqa: F401
    else:
        # A JPEG may hold several pictures, as phones keep their depths: it is another plugin's then.
        from PIL import Image, MpoImagePlugin, TiffImagePlugin  # noqa: F401

        Image.preinit()


def pdf(data: bytes) -> int:
    """Pages of a PDF that opens without a password; qpdf may repair its table of contents, as viewers do."""
    import pikepdf

    whole = reaches_its_end(data)
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as document:
            pages = len(document.pages)
            if pages > MOST_PAGES:
                raise Refused("too_complex")
    except pikepdf.PasswordError:
        raise Refused("password") from None
    except pikepdf.PdfError:
        raise Refused("damaged" if whole else "truncated") from None
    # qpdf repairs a file that was cut off by dropping what is missing: pages would be lost in silence.
    if not whole:
        raise Refused("truncated")
    if not pages:
        raise Refused("damaged")
    return pages


def reaches_its_end(data: bytes) -> bool:
    """Whether the closing pointer of a PDF is there and no object stands behind it.

    A linearized file carries a first pointer of 0 near its start; that one closes nothing.
    """
    place = data.rfind(b"startxref")
    pointer = re.match(rb"startxref\s+(\d+)", data[place : place + 40]) if place >= 0 else None
    if pointer is None or int(pointer[1]) == 0:
        return False
    return not re.search(rb"\d+\s+\d+\s+obj\b", data[place:])


def jpeg(data: bytes) -> int:
    """Walk the markers: the picture is whole when an end marker follows its last scan."""
    place, scans = 2, 0
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise Refused("truncated")
        marker = data[place + 1]
        if marker == 0xD9:
            if not scans:
                raise Refused("damaged")
            return 1
        if marker == 0xFF:
            place += 1
        elif marker in (0x00, 0x01, 0xD8) or 0xD0 <= marker <= 0xD7:
            place += 2
        else:
            if place + 4 > len(data):
                raise Refused("truncated")
            place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
            scans += marker == 0xDA


def png(data: bytes) -> int:
    """Every chunk's checksum, up to the end chunk; nothing is unpacked."""
    place = 8
    while True:
        if place + 12 > len(data):
            raise Refused("truncated")
        length = struct.unpack(">I", data[place : place + 4])[0]
        end = place + 8 + length
        if end + 4 > len(data):
            raise Refused("truncated")
        if zlib.crc32(data[place + 4 : end]) != struct.unpack(">I", data[end : end + 4])[0]:
            raise Refused("damaged")
        if data[place + 4 : place + 8] == b"IEND":
            return 1
        place = end + 4


def tiff(data: bytes, most_pixels: int) -> int:
    """Walk the pages' directories: each lies inside the file, and so do its strips or tiles."""
    order = "<" if data.startswith(b"II") else ">"
    big = struct.unpack(order + "H", data[2:4])[0] == 43
    # Formats of: place in the file, number of entries; bytes of an entry and of the value inside it.
    place_as, count_as, entry, inside = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)

    def take(how: str, place: int) -> tuple:
        end = place + struct.calcsize(order + how)
        if end > len(data):
            raise Refused("truncated")
        return struct.unpack(order + how, data[place:end])

    def values(at: int) -> tuple:
        kind, count = take("H", at + 2)[0], take(place_as, at + 4)[0]
        letter = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
        if letter is None:
            raise Refused("damaged")
        value = at + entry - inside
        fits = struct.calcsize("=" + letter) * count <= inside
        return take(f"{count}{letter}", value if fits else take(place_as, value)[0])

    pages = 0
    seen: set[int] = set()
    (place,) = take(place_as, 8 if big else 4)
    while place:
        if place in seen or len(seen) >= MOST_PAGES:
            raise Refused("too_complex")
        seen.add(place)
        (count,) = take(count_as, place)
        first = place + struct.calcsize("=" + count_as)
        (place,) = take(place_as, first + count * entry)
        wanted = (256, 257, 273, 279, 324, 325)
        tags = {take("H", at)[0]: at for at in range(first, first + count * entry, entry)}
        found = {tag: values(tags[tag]) for tag in wanted if tag in tags}
        if 256 not in found or 257 not in found or not (273 in found or 324 in found):
            raise Refused("damaged")
        if found[256][0] * found[257][0] > most_pixels:
            raise Refused("too_many_pixels")
        for starts, lengths in ((273, 279), (324, 325)):
            pairs = zip(found.get(starts, ()), found.get(lengths, ()), strict=False)
            if any(start + length > len(data) for start, length in pairs):
                raise Refused("truncated")
        pages += 1
    if not pages:
        raise Refused("damaged")
    return pages


def heic(data: bytes, most_pixels: int) -> int:
    """The boxes add up to the file, and the header opens."""
    import pillow_heif

    place = 0
    while place < len(data):
        if place + 8 > len(data):
            raise Refused("truncated")
        length = struct.unpack(">I", data[place : place + 4])[0]
        if length == 1 and place + 16 <= len(data):
            length = struct.unpack(">Q", data[place + 8 : place + 16])[0]
        elif length == 0:
            length = len(data) - place
        if length < 8:
            raise Refused("damaged")
        place += length
    if place > len(data):
        raise Refused("truncated")
    pictures = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    for picture in pictures:
        measure(picture, most_pixels)
    return len(pictures)


def measure(picture, most_pixels: int) -> None:
    """Refuse by the size in the header, before anything is unpacked."""
    width, height = picture.size
    if width * height > most_pixels:
        raise Refused("too_many_pixels")


def examine(kind: str, data: bytes, most_pixels: int) -> int:
    """The number of pages; raises Refused."""
    if kind == "pdf":
        return pdf(data)
    if kind == "heic":
        return heic(data, most_pixels)
    pages = tiff(data, most_pixels) if kind == "tiff" else jpeg(data) if kind == "jpeg" else png(data)
    from PIL import Image

    # The limit is ours; Pillow's own would speak through warnings.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(data), formats=[kind.upper()]) as picture:
        measure(picture, most_pixels)
    return pages


def main(arguments: list[str], data: bytes) -> None:
    """Answer in one line."""
    kind, most_pixels = arguments[0], int(arguments[1])
    try:
        answer: dict[str, int | str] = {"pages": examine(kind, data, most_pixels)}
    except Refused as refusal:
        answer = {"refused": refusal.args[0]}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_complex"}
    except Exception:
        answer = {"refused": "damaged"}
    sys.stdout.write(json.dumps(answer))
