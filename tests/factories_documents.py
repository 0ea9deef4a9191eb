"""Small makers of folders and documents; a made document has its real, encrypted file."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from documents import intake, services
from documents.models import Document, Folder, HandoverReceipt
from tests import papers


def make_folder(person: Any, **fields: Any) -> Folder:
    """The folder of a case of this insured person."""
    with transaction.atomic():
        folder = services.open_folder(company=person.company, site=person.site, person=person)
        return services.follow_case(folder.pk, **fields) if fields else folder


def upload_of(data: bytes, name: str = "certificat.pdf") -> SimpleUploadedFile:
    """A file as a form hands it over."""
    return SimpleUploadedFile(name, data)


def make_document(folder: Folder, by: Any, visibility: str = "administrative", **given: Any) -> Document:
    """A paper received in the folder; the document, even where its sender keeps only a receipt."""
    examined: Any = nullcontext()
    if (data := given.pop("data", None)) is None:
        data = papers.text_pdf("Paper", str(next(_running)))
        # The examiner has tests of its own: that this paper has one page is known.
        examined = intake.examined_once({data: (hashlib.sha256(data).hexdigest(), 1)})
    name = given.pop("name", "paper.pdf")
    before = set(Document.unrestricted.filter(folder=folder).values_list("pk", flat=True))
    with examined:
        # Whether a paper looks medical is asked of people.
        services.receive(
            folder.pk, upload_of(data, name), visibility=visibility, confirm_class=True, by=by, **given
        )
    return Document.unrestricted.filter(folder=folder).exclude(pk__in=before).get()


def receipts_of(user: Any) -> list[HandoverReceipt]:
    """All neutral lines of this sender."""
    return list(HandoverReceipt.unrestricted.filter(uploaded_by=user))


_running = iter(range(1, 1_000_000))
