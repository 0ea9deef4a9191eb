"""Outgoing letters: made as PDF when they are printed, and handed to whoever prints and posts them.

The backend (`settings.LETTER_BACKEND`) is a spool folder that a print service empties, or the demo's outbox. What
is printed may hold a code or a password: nobody but the backend ever gets the paper, and nothing of it is kept here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import qrcode
from django.conf import settings
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathFillImage

from core import pdf
from core.models import OutboxMessage
from core.text import swiss_date


@dataclass(frozen=True)
class Content:
    """What a letter says, in the language of its reader.

    `codes` are pairs of label and what is to be typed; `steps` are numbered; `sections` have a title and paragraphs; `qr`
    is the address in the QR code; `day` is the date of the letter, today if not said.
    """

    title: str
    paragraphs: Sequence[str]
    codes: Sequence[tuple[str, str]] = ()
    facts: Sequence[tuple[str, str]] = ()
    steps: Sequence[str] = ()
    qr: str = ""
    qr_label: str = ""
    closing: Sequence[str] = field(default_factory=tuple)
    sections: Sequence[tuple[str, Sequence[str]]] = ()
    day: date | None = None

    def as_text(self) -> str:
        """The same as plain text, for the demo's outbox."""
        pairs = [f"{label}: {value}" for label, value in [*self.facts, *self.codes]]
        steps = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        sections = ["\n".join([title, *paragraphs]) for title, paragraphs in self.sections]
        parts = [
            "\n".join(self.paragraphs),
            "\n".join(pairs),
            *sections,
            "\n".join(steps),
            self.qr,
            *self.closing,
        ]
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Letter:
    """A finished letter."""

    id: UUID
    kind: str
    language: str
    recipient: Sequence[str]
    content: Content
    pdf: bytes

    @property
    def pages(self) -> int:
        """The number of pages."""
        with pikepdf.open(BytesIO(self.pdf)) as document:
            return len(document.pages)

    @property
    def sha256(self) -> str:
        """The hash of the PDF, in hex."""
        return hashlib.sha256(self.pdf).hexdigest()


def compose(number: UUID, kind: str, language: str, recipient: Sequence[str], content: Content) -> Letter:
    """Set a letter to paper; `recipient` are the lines of the address. Raises core.pdf.PdfError."""
    with translation.override(language):
        paper = pdf.render("letter", _data(recipient, content), language)
    return Letter(number, kind, language, tuple(recipient), content, paper)


def deliver(letter: Letter) -> None:
    """Hand a letter over to be printed and posted. Raises OSError where the spool folder cannot be written."""
    import_string(settings.LETTER_BACKEND)().deliver(letter)


def _data(recipient: Sequence[str], content: Content) -> dict[str, Any]:
    brand = settings.BRAND
    sender = [brand["insurer"], *pdf.insurer_address()]
    return {
        "insurer": pdf.letterhead(),
        "labels": {"page": _("Page {page} of {pages}"), "header": content.title},
        "sender": " · ".join(sender),
        "recipient": list(recipient),
        "date": f"{brand['town']}, {swiss_date(content.day or timezone.localdate())}",
        "title": content.title,
        "paragraphs": list(content.paragraphs),
        "codes": [{"label": label, "value": value} for label, value in content.codes],
        "facts": [{"label": label, "value": value} for label, value in content.facts],
        "sections": [
            {"title": title, "paragraphs": list(paragraphs)} for title, paragraphs in content.sections
        ],
        "steps": list(content.steps),
        "qr": {"svg": _picture(content.qr), "alt": content.qr_label, "label": content.qr_label}
        if content.qr
        else None,
        "closing": list(content.closing),
        "signature": brand["insurer"],
    }


def _picture(address: str) -> str:
    """The QR code of an address as SVG; level M survives a fold in the paper."""
    out = BytesIO()
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(address)
    code.make_image(image_factory=SvgPathFillImage).save(out)
    return out.getvalue().decode()


# --- Where letters go -------------------------------------------------------------------------------


class SpoolBackend:
    """A folder (`LETTER_SPOOL`) from which a print service takes `<id>.pdf` once `<id>.json` stands beside it.

    The manifest is one line: id, kind, language, pages, sha256, date. Name and address are in the PDF alone.
    """

    def deliver(self, letter: Letter) -> None:
        """Write both under temporary names, safe on the disk, then rename: the manifest last."""
        folder = Path(settings.LETTER_SPOOL)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        manifest = {
            "id": str(letter.id),
            "kind": letter.kind,
            "language": letter.language,
            "pages": letter.pages,
            "sha256": letter.sha256,
            "date": timezone.localdate().isoformat(),
        }
        _write(folder / f"{letter.id}.pdf", letter.pdf)
        _write(folder / f"{letter.id}.json", (json.dumps(manifest) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    # The name, too, has to be on the disk.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class OutboxBackend:
    """Keeps letters in the database, to be read at `/demo/outbox/`."""

    def deliver(self, letter: Letter) -> None:
        """Keep the text and the paper."""
        OutboxMessage.objects.create(
            kind=OutboxMessage.Kind.LETTER,
            to=", ".join(letter.recipient)[:254],
            subject=letter.content.title[:200],
            text=letter.content.as_text(),
            pdf=letter.pdf,
        )
