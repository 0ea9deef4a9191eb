"""Merging: several documents of a folder become one new PDF with an index; they themselves stay as they are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from documents import merge, split, tasks
from documents.child import TooHeavy, Unreadable
from documents.crypto import Damaged
from documents.intake import MEGABYTE, FileRefused, clean_name
from documents.merge import Heading, LeftOut, Paper
from documents.models import Document, Folder, Kind, Merge, Stage, Visibility
from documents.services.reading import note_reading, opened
from documents.services.receiving import TOPIC, Received, receive
from permissions.audit import record
from permissions.narrowing import is_viewed
from permissions.policy import require, visible_to
from permissions.reach import reach_of
from permissions.scoped import locked

State, Problem = Merge.State, Merge.Problem
MOST = 50
# A merge on which no work went on for so long is lost: a document takes a minute at most.
LOST = timedelta(minutes=15)
# Why a document is not in it.
LEFT_OUT = {
    "unreadable": _("It does not open: it is damaged or protected."),
    "too_heavy": _("It takes more time or memory than it may."),
    "missing": _("The stored file cannot be opened at the moment."),
}
SIDES = {"person": _("Insured person"), "employer": _("Employer"), "insurer": _("Insurer")}


class _Ended(Exception):
    """The merge is not made; the argument is the problem."""


def mergeable(user: Any, folder: Folder) -> QuerySet[Document]:
    """The documents of this folder that `user` may merge, in the order in which they came."""
    rows = visible_to(user, "document.split", Document.unrestricted.filter(folder=folder, stage=Stage.SENT))
    return rows.order_by("created", "id")


def merges_of(user: Any, folder: Folder) -> QuerySet[Merge]:
    """What `user` has had merged in this folder; nobody else knows of it."""
    rows = Merge.unrestricted.filter(by=user.pk, folder=folder)
    return rows.none() if is_viewed(user.pk) else rows


@transaction.atomic
def request_merge(folder_id: UUID, *, documents: Sequence[UUID], name: str, by: Any) -> Merge:
    """Have documents of a folder merged, in this order, into one of that name; it is done by a job.

    Raises OutOfReach, NotAllowed, and ValidationError by field.
    """
    folder = locked(Folder, folder_id)
    require(by, "document.split", folder)
    found = mergeable(by, folder).in_bulk(documents)
    if len(found) != len(documents):
        raise ValidationError({"documents": _("Choose documents of this folder, each once.")})
    if not 2 <= len(found) <= MOST:
        sentence = _("Choose from 2 to %(most)s documents.")
        raise ValidationError({"documents": ValidationError(sentence, params={"most": MOST})})
    if sum(document.size for document in found.values()) > settings.DOCUMENT_MAX_BYTES:
        sentence = _("Together these documents are larger than %(limit)s MB. Choose fewer of them.")
        limit = settings.DOCUMENT_MAX_BYTES // MEGABYTE
        raise ValidationError({"documents": ValidationError(sentence, params={"limit": limit})})
    rows = [{"document": str(document_id), "left_out": ""} for document_id in documents]
    given = {"folder": folder, "by": by, "name": clean_name(name)[:100], "papers": rows}
    # A second click waits for the first one, and is the same.
    if twin := Merge.unrestricted.filter(**given, state=State.WORKING, done=0).first():
        return twin
    asked = Merge.unrestricted.create(**given)
    tasks.merge.defer(merge_id=str(asked.pk))
    return asked


def work_on_merge(merge_id: UUID) -> None:
    """Merge what was asked for, and say in the row how that went."""
    asked = Merge.unrestricted.select_related("by", "folder__person", "folder__company").filter(
        pk=merge_id, state=State.WORKING
    )
    row = asked.first()
    if row is None:
        return
    try:
        _make(row)
    except _Ended as ended:
        _end(row, ended.args[0])


def end_lost_merges() -> int:
    """Say of every merge whose work was interrupted that it is not made; returns how many."""
    rows = Merge.unrestricted.filter(state=State.WORKING, touched__lt=timezone.now() - LOST)
    found = list(rows.select_related("by"))
    for row in found:
        _end(row, Problem.INTERRUPTED)
    return len(found)


def _make(row: Merge) -> None:
    documents = _documents(row)
    papers: list[Paper] = []
    left_out: list[LeftOut] = []
    for place, document in enumerate(documents):
        try:
            papers.append(Paper(document, _pages(document), _side(document)))
        except (TooHeavy, Unreadable, NotNow, Damaged, OSError) as failure:
            why = {TooHeavy: "too_heavy", Unreadable: "unreadable"}.get(type(failure), "missing")
            row.papers[place]["left_out"] = why
            left_out.append(LeftOut(document, LEFT_OUT[why]))
        note_reading(document, by=row.by)
        _goes_on(row, place + 1)
        # Asked after each: a small file may have heavy pages, and all of them lie in memory.
        if sum(len(paper.content) for paper in papers) > settings.DOCUMENT_MAX_BYTES:
            raise _Ended(Problem.TOO_LARGE)
    if len(papers) < 2:
        raise _Ended(Problem.TOO_FEW)
    try:
        content = merge.bound(papers, left_out, _heading(row))
    except TooHeavy:
        raise _Ended(Problem.TOO_LARGE) from None
    except Unreadable:
        raise _Ended(Problem.REFUSED) from None
    _file(row, documents, papers, content)


def _documents(row: Merge) -> list[Document]:
    """The documents in their order, which whoever asked may still merge."""
    ids = [UUID(each["document"]) for each in row.papers]
    found = mergeable(row.by, row.folder).select_related("uploaded_by", "person").in_bulk(ids)
    if len(found) != len(ids):
        raise _Ended(Problem.NO_RIGHT)
    return [found[document_id] for document_id in ids]


def _pages(document: Document) -> bytes:
    """All pages of the document as a PDF. Raises TooHeavy, Unreadable, and for a damaged file NotNow, Damaged, OSError."""
    with opened(document) as reader:
        return split.taken_out(document, reader, list(range(1, document.pages + 1)))


def _side(document: Document) -> Any:
    """In words, from which side a document came; a dash where its sender is nobody's any more."""
    sender, person = document.uploaded_by, document.person
    if sender is None:
        return SIDES["insurer"]
    if person is not None and person.user_id == sender.pk:
        return SIDES["person"]
    if not sender.is_active:
        return "–"
    return SIDES["employer" if reach_of(sender).staff_preset is None else "insurer"]


def _heading(row: Merge) -> Heading:
    person, company = row.folder.person, row.folder.company
    subject = f"{person.name}, {company.name}" if person else company.name
    return Heading(subject=subject, by=row.by.name, at=row.created, language=company.language)


def _file(row: Merge, documents: Sequence[Document], papers: Sequence[Paper], content: bytes) -> None:
    """Take the new document in, seen by those alone who see each of the others: what is left out is named in it, too."""
    visibility = max((Visibility(each.visibility) for each in documents), key=lambda each: each.strictness)
    upload = File(io.BytesIO(content), name=f"{row.name}.pdf")

    def settle(received: Received) -> None:
        # The folder is locked: nobody makes one of them stricter from here on.
        if [each.visibility for each in _documents(row)] != [each.visibility for each in documents]:
            raise _Ended(Problem.CHANGED)
        made = received.paper
        standing = Merge.unrestricted.filter(pk=row.pk, state=State.WORKING)
        if not standing.update(state=State.MADE, made=made.pk, papers=row.papers, touched=timezone.now()):
            raise _Ended(Problem.INTERRUPTED)
        sources = [paper.document.pk for paper in papers]
        record(row.by, "document.merged", made, sources=sources, left_out=len(row.papers) - len(papers))
        knock([row.by_id], TOPIC, row.folder_id)

    try:
        receive(
            row.folder_id,
            upload,
            visibility=visibility,
            kind=Kind.OTHER,
            hold=True,
            made_of=[each.pk for each in documents],
            by=row.by,
            then=settle,
        )
    except (FileRefused, ValidationError):
        raise _Ended(Problem.REFUSED) from None
    except (NotAllowed, OutOfReach):
        raise _Ended(Problem.NO_RIGHT) from None


@transaction.atomic
def _goes_on(row: Merge, done: int) -> None:
    row.done, row.touched = done, timezone.now()
    row.save(update_fields=["done", "touched", "papers"])
    knock([row.by_id], TOPIC, row.folder_id)


@transaction.atomic
def _end(row: Merge, problem: str) -> None:
    ended = Merge.unrestricted.filter(pk=row.pk, state=State.WORKING)
    if ended.update(state=State.FAILED, problem=problem, papers=row.papers, touched=timezone.now()):
        knock([row.by_id], TOPIC, row.folder_id)
