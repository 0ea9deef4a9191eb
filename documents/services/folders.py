"""Folders: they follow their case, and show to each person what is his to see."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.errors import OutOfReach
from documents import parts, storage
from documents.models import (
    SCOPE_FIELDS,
    Document,
    Folder,
    HandoverReceipt,
    HeldPaper,
    Stage,
    Upload,
    Visibility,
)
from permissions.narrowing import is_viewed
from permissions.policy import can, find, visible_to
from permissions.reach import reach_of


@dataclass(frozen=True)
class Contents:
    """Of a folder what one person sees: documents, and the receipts of what he himself handed over sealed.

    `held`: what he sent and the virus scanner has not let pass.
    """

    documents: list[Document]
    receipts: list[HandoverReceipt]
    held: list[HeldPaper] = field(default_factory=list)


def open_folder(
    *,
    company: Any,
    site: Any = None,
    contract: Any = None,
    person: Any = None,
    stage: Stage = Stage.SENT,
    sealed: bool = False,
) -> Folder:
    """A folder for a new case; part of the act that opens the case, which records it.

    `sealed`: it is between the insured person and the insurer, and does not exist for the employer.
    """
    return Folder.unrestricted.create(
        company=company, site=site, contract=contract, person=person, stage=stage, sealed=sealed
    )


def follow_case(folder_id: UUID, **scopes: Any) -> Folder:
    """Let the folder, and with it every document in it, take the scopes and stage of its case.

    `scopes`: any of site, contract, person, claim_file, stage. Part of the act that changes the case.
    """
    folder = Folder.unrestricted.select_for_update().get(pk=folder_id)
    for name, value in scopes.items():
        if name not in {"site", "contract", "person", "claim_file", "stage"}:
            raise TypeError(f"A folder does not follow {name}.")
        setattr(folder, name, value)
    folder.save(update_fields=list(scopes))
    # The database answers what it generated.
    return Folder.unrestricted.get(pk=folder_id)


def move_papers(source_id: UUID, target_id: UUID, *, only_medical: bool = False) -> None:
    """Let the papers of one folder, with what is held and on its way, stand in another one of the same case.

    Part of the act that moves them, which records it. `only_medical`: the others stay.
    """
    folders = Folder.unrestricted.select_for_update().filter(pk__in=[source_id, target_id]).order_by("pk")
    found = {folder.pk: folder for folder in folders}
    target = found[target_id]
    standing = {column: getattr(target, column) for column in (*SCOPE_FIELDS.values(), "stage")}
    for model, columns in ((Document, standing), (HeldPaper, {}), (Upload, {})):
        rows = model.unrestricted.filter(folder=source_id)
        if only_medical:
            rows = rows.filter(visibility=Visibility.MEDICAL)
        rows.update(folder=target, **columns)


def discard_folder(folder_id: UUID) -> None:
    """Remove the folder of a discarded draft with everything in it; part of the act that records it.

    The files go after the commit. Raises RuntimeError for the folder of a claim file: its papers are kept.
    """
    folder = Folder.unrestricted.select_for_update().get(pk=folder_id)
    if folder.claim_file_id is not None or folder.stage == Stage.SENT:
        raise RuntimeError("The papers of a claim file are kept.")
    ids = list(Document.unrestricted.filter(folder=folder).values_list("pk", flat=True))
    held = HeldPaper.unrestricted.filter(folder=folder)
    ids += held.values_list("document_id", flat=True)
    held.delete()
    HandoverReceipt.unrestricted.filter(folder=folder).delete()
    Document.unrestricted.filter(pk__in=ids).delete()
    on_their_way = list(Upload.unrestricted.filter(folder=folder).values_list("pk", flat=True))
    Upload.unrestricted.filter(pk__in=on_their_way).delete()
    folder.delete()
    # What a crash leaves behind, the sweeper removes.
    for document_id in ids:
        transaction.on_commit(partial(storage.remove, document_id))
    for upload_id in on_their_way:
        transaction.on_commit(partial(parts.remove, upload_id))


def forget_titles(user: Any) -> None:
    """Remove the titles that somebody gave his papers for himself; part of the act that records it."""
    for model in (Document, HeldPaper, Upload):
        model.unrestricted.filter(uploaded_by=user).exclude(title="").update(title="")


def contents(folder: Folder, user: Any) -> Contents:
    """What `user` sees in the folder, newest first; the same law as every other list."""
    documents = visible_to(user, "document.view", Document.unrestricted.filter(folder=folder))
    receipts = HandoverReceipt.unrestricted.filter(folder=folder, uploaded_by=user)
    if is_viewed(user.pk):
        # What he handed over sealed is between him and the insurer.
        receipts = receipts.none()
    return Contents(
        documents=list(documents.select_related("uploaded_by").order_by("-created", "-id")),
        receipts=list(receipts.order_by("-created")),
        held=list(held_back(user, folder=folder)),
    )


def sent_papers(folder: Folder) -> list[dict[str, Any]]:
    """What stands of the folder's papers in a report that is sent: kind, size and hash, no name.

    A sealed paper is not named: whoever may read the report would learn of it.
    """
    rows = Document.unrestricted.filter(folder=folder).exclude(visibility=Visibility.MEDICAL)
    return [dict(row) for row in rows.order_by("created", "id").values("kind", "size", "sha256")]


def held_by(user: Any, **narrowed: Any) -> QuerySet[HeldPaper]:
    """What `user` sent himself and was held for the virus check, the newest first; nobody else knows of it."""
    rows = HeldPaper.unrestricted.filter(uploaded_by=user.pk, **narrowed)
    if is_viewed(user.pk):
        return rows.none()
    # Where he may send no more, he is told no more.
    return rows.filter(folder__in=folders(user, "document.upload")).order_by("-created", "-id")


def held_back(user: Any, **narrowed: Any) -> QuerySet[HeldPaper]:
    """Of that, what the virus scanner has not let pass."""
    return held_by(user, **narrowed).exclude(state=HeldPaper.State.RELEASED)


def folders(user: Any, action: str = "document.view") -> QuerySet[Folder]:
    """The folders in which `user` may do `action`."""
    return visible_to(user, action, Folder.unrestricted.all())


def readable(user: Any) -> QuerySet[Document]:
    """Every document that `user` may see, anywhere."""
    return visible_to(user, "document.view", Document.unrestricted.all())


def find_readable(user: Any, document_id: UUID) -> Document:
    """One document that `user` may see. Raises OutOfReach."""
    document = readable(user).filter(pk=document_id).first()
    if document is None:
        raise OutOfReach
    return document


def classifiable(user: Any) -> QuerySet[Document]:
    """The documents that `user` sees and whose class he may change."""
    return visible_to(user, "document.classify", Document.unrestricted.all())


def sendable(folder_id: UUID, *, by: Any) -> Folder:
    """The folder, for whoever may send into it. Raises OutOfReach, NotAllowed."""
    return find(by, Folder.unrestricted, folder_id, "document.upload")


def side_of(user: Any, folder: Folder) -> str:
    """On whose behalf `user` sends papers here: `person` (his own case), `insurer` or `employer`."""
    if folder.person_id in reach_of(user).own_persons:
        return "person"
    return "insurer" if can(user, "document.read_medical", folder) else "employer"
