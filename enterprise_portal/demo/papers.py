"""The demo's papers: invented certificates, wage statements, reports and photos, made once and used again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from core.pdf import render

DOCTORS = (
    ("Cabinet médical de la Place", "Rue Centrale 3", "1003 Lausanne"),
    ("Praxis am Bahnhof", "Bahnhofplatz 1", "8400 Winterthur"),
    ("Studio medico Ceresio", "Via Pretorio 10", "6900 Lugano"),
)
TITLES = {
    "certificate": {
        "fr": "Certificat d’incapacité de travail",
        "de": "Arbeitsunfähigkeitszeugnis",
        "it": "Certificato d’incapacità al lavoro",
        "en": "Certificate of incapacity for work",
    },
    "medical_report": {
        "fr": "Rapport médical",
        "de": "Arztbericht",
        "it": "Rapporto medico",
        "en": "Medical report",
    },
    "wage_statement": {
        "fr": "Certificat de salaire",
        "de": "Lohnausweis",
        "it": "Certificato di salario",
        "en": "Wage statement",
    },
    "bill": {
        "fr": "Note d’honoraires",
        "de": "Honorarrechnung",
        "it": "Nota d’onorario",
        "en": "Medical bill",
    },
}
MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


@cache
def _pdf(kind: str, language: str, number: int) -> bytes:
    sender = DOCTORS[number % len(DOCTORS)]
    data = {
        "insurer": {"name": settings.BRAND["insurer"], "lines": []},
        "sender": sender,
        "title": TITLES[kind][language],
        "lines": [f"Nr. {1000 + number}", "05.01.2026", "………………………………………………"],
        "signature": sender[0],
    }
    return render("demo_paper", data, language, moment=MOMENT)


@cache
def _photo(number: int) -> bytes:
    """A photographed sheet as a file."""
    return _written(_sheet(number), "JPEG", quality=80)


@cache
def _fax(number: int) -> bytes:
    """Three sheets as a machine scans them: one file, black and white."""
    first, *others = (_sheet(number + page).convert("1") for page in range(3))
    return _written(first, "TIFF", save_all=True, append_images=others, compression="group4")


def _written(picture: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def _sheet(number: int) -> Image.Image:
    """A sheet of grey paper on a table, a few lines on it."""
    picture = Image.new("RGB", (1200, 1600), (92 + number, 84, 76))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(120, 110), (1090, 90), (1110, 1500), (100, 1520)], fill=(238, 236, 230))
    for line in range(18):
        pen.line(
            [(200, 260 + line * 62), (960 - (line * 37) % 300, 258 + line * 62)], fill=(70, 74, 82), width=7
        )
    return picture


def paper(kind: str, language: str, number: int) -> SimpleUploadedFile:
    """A file of this kind as somebody would send it; every seventh is a photo, a fax has three pages."""
    if kind == "fax":
        return SimpleUploadedFile(f"fax-{2200 + number}.tif", _fax(number), "image/tiff")
    if number % 7 == 3:
        # A photographed bill is never the photo of a certificate: the same paper is taken in once.
        sheet = number % 40 + (40 if kind == "bill" else 0)
        return SimpleUploadedFile(f"IMG_{2200 + number}.jpg", _photo(sheet), "image/jpeg")
    name = TITLES[kind][language].lower().replace("’", "-").replace(" ", "-")
    return SimpleUploadedFile(f"{name}.pdf", _pdf(kind, language, number % 24), "application/pdf")
