"""Pages of a document as a new PDF, bound by a child process (`documents/children/take_out.py`) with limits on memory and time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from documents.child import Task, TooHeavy, Unreadable, child
from documents.crypto import Reader
from documents.intake import KINDS
from documents.models import Document

TAKE_OUT = Task("take_out", cpu_seconds=15, wall_seconds=40)
__all__ = ["TooHeavy", "Unreadable", "in_short", "taken_out", "which_pages"]


def which_pages(text: str, pages: int) -> list[int]:
    """The pages that people name like “2-3, 5”, in the order of the paper.

    Raises ValidationError for anything else, for pages that are not there, and for all of them.
    """
    found: set[int] = set()
    for part in filter(None, (part.strip() for part in re.split(r"[,;]", text))):
        match = re.fullmatch(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?", part, re.ASCII)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= pages:
            raise ValidationError(
                _("Write pages from 1 to %(pages)s, for example 2-3, 5."),
                code="pages",
                params={"pages": pages},
            )
        found.update(range(first, last + 1))
    if not found or len(found) == pages:
        raise ValidationError(
            _("Name some of the %(pages)s pages, not all of them."), code="pages", params={"pages": pages}
        )
    return sorted(found)


def in_short(numbers: Iterable[int]) -> str:
    """Pages as people write them: 2-3, 5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def taken_out(document: Document, reader: Reader, numbers: list[int]) -> bytes:
    """The PDF of these pages. Raises TooHeavy, Unreadable."""
    arguments = [KINDS[document.content_type], str(settings.DOCUMENT_MAX_PIXELS), ",".join(map(str, numbers))]
    with child(TAKE_OUT, arguments, reader.chunks()) as pipe:
        content = pipe.read(settings.DOCUMENT_MAX_BYTES + 1)
    if not content.startswith(b"%PDF-"):
        raise Unreadable
    return content
