"""Several documents as one PDF: each made into pages of its own, an index before them, then bound together.

Whatever opens an untrusted file is a child process with limits (`documents/children`): one for each document, so that a
bad one spoils nothing but itself, and one that binds what came of them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pikepdf
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from core import pdf
from core.text import number, swiss_datetime
from documents.child import Task, TooHeavy, Unreadable, child
from documents.models import Document
from documents.split import in_short

BIND = Task("bind", cpu_seconds=30, wall_seconds=60)


@dataclass(frozen=True)
class Paper:
    """A document with the PDF of its pages and, in words of any language, from which side it came."""

    document: Document
    content: bytes
    side: Any


@dataclass(frozen=True)
class LeftOut:
    """A document that could not be put in, with the reason in words of any language."""

    document: Document
    reason: Any


@dataclass(frozen=True)
class Heading:
    """What stands above the index: what the papers are about, who put them together and when; its language."""

    subject: str
    by: str
    at: datetime
    language: str


def bound(papers: Sequence[Paper], left_out: Sequence[LeftOut], heading: Heading) -> bytes:
    """The PDF: its index, then the papers in their order. Raises TooHeavy, Unreadable."""
    with translation.override(heading.language):
        index = _index(papers, left_out, heading, 0)
        # How long it is decides on which page each paper begins.
        with pikepdf.open(io.BytesIO(index)) as own:
            length = len(own.pages)
        index = _index(papers, left_out, heading, length)
        marks = [_("Index"), *(f"{row}. {each.document.name}" for row, each in enumerate(papers, 1))]
    parts = [json.dumps(marks).encode(), index, *(each.content for each in papers)]
    with child(BIND, [str(len(part)) for part in parts], parts) as pipe:
        content = pipe.read(settings.DOCUMENT_MAX_BYTES + 1)
    if not content.startswith(b"%PDF-"):
        raise Unreadable
    if len(content) > settings.DOCUMENT_MAX_BYTES:
        raise TooHeavy
    return content


def _index(papers: Sequence[Paper], left_out: Sequence[LeftOut], heading: Heading, length: int) -> bytes:
    data = index_of(papers, left_out, heading, length)
    return pdf.render("merge_index", data, heading.language, moment=heading.at)


def index_of(
    papers: Sequence[Paper], left_out: Sequence[LeftOut], heading: Heading, length: int
) -> dict[str, Any]:
    """The data of `templates/pdf/merge_index.typ` in the active language; the index itself has `length` pages."""
    title = _("Index of the documents")
    first = length + 1
    rows = []
    for row, each in enumerate(papers, 1):
        document = each.document
        rows.append(
            {
                "number": str(row),
                "name": document.name,
                "kind": document.get_kind_display(),
                "audience": document.get_visibility_display(),
                "received": swiss_datetime(document.created),
                "side": str(each.side),
                "pages": number(document.pages),
                "at": in_short(range(first, first + document.pages)),
                "sha256": document.sha256,
            }
        )
        first += document.pages
    return {
        "insurer": pdf.letterhead(),
        "labels": {
            "page": _("Page {page} of {pages}"),
            "header": title,
            "received": _("Received"),
            "side": _("Sender"),
            "pages": _("Pages"),
            "at": _("In this file on page"),
            "original": _("SHA-256 of the original"),
        },
        "title": title,
        "subject": heading.subject,
        "lead": _(
            "Put together by %(name)s on %(moment)s. The originals stay in the portal as they were sent; their SHA-256 shows "
            "that they are the same."
        )
        % {"name": heading.by, "moment": swiss_datetime(heading.at)},
        "rows": rows,
        "left_out": {
            "title": _("Left out"),
            "rows": [{"name": each.document.name, "reason": str(each.reason)} for each in left_out],
        },
    }
