"""Printed papers: a typst template and plain data become a tagged PDF.

Templates stand in ``templates/pdf/``; they see the data only as text, never as markup, and no file
outside their folder. Fonts come from ``static/fonts/ttf`` alone, so a paper looks the same on every
machine (typst replaces a missing font without an error; a test reads the names from the PDF).
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

logger = logging.getLogger(__name__)

# Accessible (tagged, with title and language); PDF/A-2a on top keeps it readable for the ten years papers are kept.
ARCHIVABLE = ("a-2a", "ua-1")


class PdfError(RuntimeError):
    """The paper could not be set: a mistake in the template or a missing value, never the reader's fault."""


def templates_directory() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "pdf"


def fonts_directory() -> Path:
    return Path(settings.BASE_DIR) / "static" / "fonts" / "ttf"


@cache
def _fonts() -> typst.Fonts:
    """The shipped fonts, read once per process."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts_directory())]
    )


def letterhead(*address: str) -> dict[str, Any]:
    """The insurer at the head and the foot of a paper, with these lines of its address, or those of the settings."""
    brand = settings.BRAND
    return {
        "name": brand["insurer"],
        "lines": [", ".join(address or insurer_address()), f"{brand['hotline']} · {brand['email']}"],
    }


def insurer_address() -> list[str]:
    """Street and town of the insurer, a line each."""
    brand = settings.BRAND
    return [
        f"{brand['street']} {brand['house_number']}".strip(),
        f"{brand['postcode']} {brand['town']}".strip(),
    ]


def render(
    template: str,
    data: Mapping[str, Any],
    language: str,
    *,
    pdf_standard: str | Sequence[str] | None = ARCHIVABLE,
    moment: datetime.datetime | None = None,
) -> bytes:
    """The PDF of ``templates/pdf/<template>.typ`` with ``data`` (anything Django can write as JSON).

    ``language`` is the two-letter language of the paper (hyphenation, screen readers). ``moment`` is the
    creation time written into the file: the same data and moment give the same bytes, so a paper
    printed again has the hash of the first one. Raises PdfError.
    """
    content = json.dumps({**data, "language": language[:2]}, cls=DjangoJSONEncoder)
    standards = [pdf_standard] if isinstance(pdf_standard, str) else list(pdf_standard or ())
    compiler = typst.Compiler(
        input=str(templates_directory() / f"{template}.typ"),
        root=str(templates_directory()),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": content},
    )
    try:
        pdf, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=standards, timestamp=int(moment.timestamp()) if moment else None
        )
    except typst.TypstError as error:
        # The trace names lines of the template; the data stays out of the log.
        raise PdfError(f"{template}: {error.message}") from error
    for warning in warnings:
        logger.warning("pdf template %s: %s", template, warning.message)
    return pdf
