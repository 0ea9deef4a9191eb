"""Papers as people send them, and as they should not: made here, the same bytes every time.

Used by the tests of the intake, by the browser tests and by the demo data. Each function returns bytes;
`GOOD` and `BAD` name them with the file name under which they come and, for the bad ones, the code of
the refusal.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import pikepdf
import pillow_heif
from PIL import Image, ImageDraw

MEGABYTE = 1024 * 1024
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """A picture that does not compress."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def sheet(width: int, height: int, lines: list[str]) -> Image.Image:
    """A white page with lines of text, as a scanner sees it."""
    page = Image.new("RGB", (width, height), "#fbfaf6")
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        place = (width // 12, height // 12 + number * height // 24)
        pen.text(place, line, fill="#1c2326", font_size=height // 40)
    return page


def jpeg_of(picture: Image.Image, **options) -> bytes:
    """The picture as JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", **({"quality": 90} | options))
    return out.getvalue()


def pdf_of(objects: list[bytes], *, version: str = "1.4") -> bytes:
    """A PDF of numbered objects; the first one is the catalogue."""
    out = io.BytesIO(f"%PDF-{version}\n%\xe2\xe3\xcf\xd3\n".encode("latin-1"))
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """A PDF stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), entries, body)


@cache
def text_pdf(*lines: str) -> bytes:
    """A one-page PDF with lines of text: a certificate, a letter, a wage slip."""
    text = "BT /F1 12 Tf 60 780 Td 18 TL " + " ".join(
        "({}) Tj T*".format(line.replace("\\", "").replace("(", "[").replace(")", "]")) for line in lines
    )
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                b"/Resources << /Font << /F1 5 0 R >> >> >>"
            ),
            stream(f"{text} ET".encode("cp1252", "replace")),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    )


def certificate() -> bytes:
    """A certificate of incapacity as PDF, without a diagnosis."""
    title = "Certificat d'incapacité de travail"
    return text_pdf(title, "", "Incapacité : 100 %", "du 09.11.2026 au 22.11.2026", "Maladie")


@cache
def scan_pdf(megabytes: int = 10) -> bytes:
    """A scanned PDF of about that many megabytes, one page for every two."""
    pages = max(1, megabytes // 2)
    kids = b" ".join(b"%d 0 R" % (3 + 3 * n) for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
    ]
    for number in range(pages):
        picture = jpeg_of(noise(1024, 1448, seed=number), quality=92, subsampling=0)
        picture += b"\0" * max(0, 2 * MEGABYTE - len(picture))
        first = 3 + 3 * number
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << /Im %d 0 R >> >> >>" % (first + 1, first + 2),
            stream(b"q 595 0 0 842 0 0 cm /Im Do Q"),
            stream(
                picture,
                b"/Type /XObject /Subtype /Image /Width 1024 /Height 1448 /ColorSpace /DeviceRGB "
                b"/BitsPerComponent 8 /Filter /DCTDecode",
            ),
        ]
    return pdf_of(objects)


def padded_pdf(megabytes: int) -> bytes:
    """A one-page PDF that carries so many megabytes which no page shows."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            stream(b"\0" * (megabytes * MEGABYTE)),
        ]
    )


@cache
def photo_jpeg() -> bytes:
    """A 12-megapixel photo of a paper, 4000 by 3000, progressive, with camera data and a trailer."""
    picture = noise(500, 375).resize((4000, 3000), Image.Resampling.BILINEAR)
    picture.paste(sheet(2000, 2700, ["Certificat", "Arbeitsunfähig 100 %"]), (1000, 150))
    exif = Image.Exif()
    exif[271] = "Camera"
    return jpeg_of(picture, exif=exif, progressive=True) + b"\0" * 64


@cache
def small_jpeg() -> bytes:
    """A small photo."""
    return jpeg_of(sheet(600, 800, ["Attestation", "100 %"]))


@cache
def small_png() -> bytes:
    """A screenshot."""
    out = io.BytesIO()
    sheet(800, 600, ["Screenshot"]).save(out, "PNG")
    return out.getvalue()


@cache
def three_page_tiff() -> bytes:
    """A fax of three pages."""
    pages = [sheet(1240, 1754, [f"Page {n}"]).convert("1", dither=Image.Dither.NONE) for n in (1, 2, 3)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(150, 150))
    return out.getvalue()


@cache
def photo_heic() -> bytes:
    """A photo as a phone stores it."""
    out = io.BytesIO()
    pillow_heif.from_pillow(sheet(1200, 1600, ["Feuille-accident"])).save(out, quality=60)
    return out.getvalue()


def cut(data: bytes, share: float = 0.6) -> bytes:
    """The beginning of a file whose transfer stopped."""
    return data[: int(len(data) * share)]


@cache
def locked_pdf() -> bytes:
    """A PDF that asks for a password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(certificate())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user="secret"))
    return out.getvalue()


@cache
def printable_only_pdf() -> bytes:
    """A PDF that opens without a password and only forbids changes: accepted."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(certificate())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user=""))
    return out.getvalue()


@cache
def linear_pdf() -> bytes:
    """A PDF arranged for the web, small enough that its first cross-reference is near its end too."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(certificate())) as document:
        document.save(out, linearize=True, deterministic_id=True)
    return out.getvalue()


def html() -> bytes:
    """A web page."""
    return b"<!doctype html><script>alert(document.cookie)</script>" + b" " * 200


def program() -> bytes:
    """The beginning of a Windows program."""
    return b"MZ\x90\x00" + b"\0" * 60 + b"PE\0\0" + b"\0" * 512


@cache
def archive() -> bytes:
    """A ZIP archive with a certificate inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(zipfile.ZipInfo("certificate.pdf"), certificate())
    return out.getvalue()


def gif_pdf() -> bytes:
    """A GIF that is also a PDF."""
    return b"GIF89a\x01\x00\x01\x00\x00\x00\x00!\xfe\x20" + certificate() + b"\x00;"


def jpeg_pdf() -> bytes:
    """A JPEG with a whole PDF in its comment."""
    comment = certificate()
    picture = small_jpeg()
    return picture[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + picture[2:]


def pdf_zip() -> bytes:
    """A PDF with an archive behind it: each program opens the half it knows."""
    return certificate() + archive()


def png_header(width: int, height: int) -> bytes:
    """A complete PNG whose header promises width times height pixels and whose data hold none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@cache
def bomb_pdf() -> bytes:
    """A small PDF whose object stream, needed to open it, unfolds into two gigabytes."""
    # One squeezed piece stands as often as it takes: squeezing two gigabytes would take ten seconds.
    pieces, squeeze = 2048, zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = squeeze.compress(b" " * MEGABYTE) + squeeze.flush(zlib.Z_FULL_FLUSH)
    length, modulus = pieces * MEGABYTE, 65521
    low, high = 1 + 32 * length, length + 16 * length * (length + 1)
    checksum = struct.pack(">HH", high % modulus, low % modulus)
    body = b"\x78\xda" + piece * pieces + squeeze.flush() + checksum
    objects = stream(body, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    out = b"%PDF-1.5\n"
    place = len(out)
    out += b"3 0 obj\n" + objects + b"\nendobj\n"
    start = len(out)
    # Objects 1 and 2, catalogue and pages, are said to live inside object stream 3.
    rows = struct.pack(">BIH", 0, 0, 65535) + struct.pack(">BIH", 2, 3, 0) + struct.pack(">BIH", 2, 3, 1)
    rows += struct.pack(">BIH", 1, place, 0) + struct.pack(">BIH", 1, start, 0)
    out += b"4 0 obj\n" + stream(rows, b"/Type /XRef /Size 5 /W [1 4 2] /Root 1 0 R") + b"\nendobj\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def looping_pdf() -> bytes:
    """A PDF whose tree of pages contains itself."""
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"])


def nested_pdf() -> bytes:
    """A PDF with a hundred thousand brackets."""
    return pdf_of([b"<< /Type /Catalog /Pages " + b"[" * 100_000 + b"]" * 100_000 + b" >>"])


def pageless_pdf() -> bytes:
    """A PDF without a page."""
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])


def zip_of(name: str, content: str = "x") -> bytes:
    """A ZIP archive whose first entry has this name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, content)
    return out.getvalue()


def flipped(data: bytes) -> bytes:
    """The file with one changed byte in its middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


GOOD: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "scan": ("Scan 10 MB.pdf", "application/pdf", scan_pdf),
    "certificate": ("certificat.PDF", "application/pdf", certificate),
    "printable only": ("police.pdf", "application/pdf", printable_only_pdf),
    "linear": ("lettre.pdf", "application/pdf", linear_pdf),
    "photo": ("IMG_2210.JPG", "image/jpeg", photo_jpeg),
    "small photo": ("photo.jpeg", "image/jpeg", small_jpeg),
    "screenshot": ("Bildschirmfoto.png", "image/png", small_png),
    "fax": ("fax.tif", "image/tiff", three_page_tiff),
    "phone": ("IMG_2211.HEIC", "image/heic", photo_heic),
}

BAD: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "empty": ("leer.pdf", "empty", lambda: b""),
    "web page as PDF": ("brief.pdf", "mismatch", html),
    "program as PDF": ("rechnung.pdf", "mismatch", program),
    "program": ("rechnung.exe", "extension", program),
    "web page": ("brief.html", "extension", html),
    "no extension": ("brief", "extension", certificate),
    "double extension": ("brief.pdf.exe", "extension", certificate),
    "archive": ("papiere.zip", "archive", archive),
    "packed office file": ("vertrag.docx", "office", lambda: zip_of("[Content_Types].xml")),
    "packed open office file": (
        "vertrag",
        "office",
        lambda: zip_of("mimetype", "application/vnd.oasis.opendocument.text"),
    ),
    "old office file": ("vertrag.doc", "office", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "office file by name": ("vertrag.ODT", "office", lambda: b"text"),
    "other archives": ("papiere.rar", "archive", lambda: b"Rar!\x1a\x07\x01\x00"),
    "archive by name": ("papiere.tar", "archive", lambda: b"text"),
    "packed archive": ("papiere.tar.gz", "archive", lambda: b"\x1f\x8b\x08" + bytes(20)),
    "archive as program": ("papiere.exe", "archive", lambda: b"7z\xbc\xaf\x27\x1c"),
    "archive as PDF": ("papiere.pdf", "mismatch", archive),
    "PNG as PDF": ("bild.pdf", "mismatch", small_png),
    "PDF as JPEG": ("brief.jpg", "mismatch", certificate),
    "GIF and PDF as PDF": ("brief.pdf", "mismatch", gif_pdf),
    "GIF and PDF as GIF": ("brief.gif", "extension", gif_pdf),
    "JPEG and PDF": ("brief.jpg", "two_formats", jpeg_pdf),
    "PDF and ZIP": ("brief.pdf", "two_formats", pdf_zip),
    "password": ("geheim.pdf", "password", locked_pdf),
    "cut PDF": ("scan.pdf", "truncated", lambda: cut(scan_pdf(2))),
    "cut linear PDF": ("lettre.pdf", "truncated", lambda: cut(linear_pdf(), 0.9)),
    "cut JPEG": ("foto.jpg", "truncated", lambda: cut(photo_jpeg())),
    "cut PNG": ("bild.png", "truncated", lambda: cut(small_png())),
    "cut TIFF": ("fax.tiff", "truncated", lambda: cut(three_page_tiff())),
    "cut HEIC": ("foto.heic", "truncated", lambda: cut(photo_heic())),
    "changed PNG": ("bild.png", "damaged", lambda: flipped(small_png())),
    "only a signature": ("brief.pdf", "truncated", lambda: b"%PDF-1.4\n"),
    "pageless": ("leer.pdf", "damaged", pageless_pdf),
    "looping": ("kreis.pdf", "damaged", looping_pdf),
    "900 megapixels": ("bild.png", "too_many_pixels", lambda: png_header(30_000, 30_000)),
    "bomb": ("bombe.pdf", "damaged", bomb_pdf),
    "nested": ("tief.pdf", "damaged", nested_pdf),
}
