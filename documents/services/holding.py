"""Files held for the virus check: released by themselves when the scanner answers, or put into quarantine.

What was acknowledged is never lost: a file waits encrypted, whatever happens to its sender's rights meanwhile. Until
it is released there is no document: nothing that lists, opens, draws or counts documents can find it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import mail
from core.live import knock
from documents import scan, storage, tasks
from documents.crypto import Damaged, UnknownKey
from documents.models import Folder, HeldPaper
from documents.scan import Verdict
from documents.services.receiving import TOPIC, enter, facts_of
from permissions.audit import record

logger = logging.getLogger(__name__)
State = HeldPaper.State
STOPPED = {Verdict.INFECTED: State.INFECTED, Verdict.TOO_LARGE: State.UNCHECKED}


def check_held() -> int:
    """Have every held file scanned, the oldest first; returns how many are decided.

    Ends with the first one of which the scanner says nothing: the others would wait for it in vain.
    """
    waiting = HeldPaper.unrestricted.filter(state=State.WAITING).order_by("created")
    rows = list(waiting.values_list("pk", "document_id"))
    decided = 0
    for held_id, document_id in rows:
        try:
            with storage.open_document(document_id) as reader:
                verdict = scan.ask(reader.chunks())
        except (OSError, Damaged, UnknownKey):
            # `check_documents` names it; the others need not wait for it.
            logger.exception("The stored file of held document %s does not open.", held_id)
            continue
        if verdict == Verdict.NONE:
            logger.warning("The virus scanner does not answer: %s files are held.", len(rows) - decided)
            break
        decided += _decide(held_id, verdict)
    return decided


@transaction.atomic
def _decide(held_id: UUID, verdict: Verdict) -> bool:
    # The folder first, like sending and discarding its draft: the other way round they would wait in a ring.
    folder = Folder.unrestricted.select_for_update().filter(held=held_id).first()
    held = HeldPaper.unrestricted.select_for_update().filter(pk=held_id, state=State.WAITING).first()
    if folder is None or held is None:
        # Discarded, or decided by another process.
        return False
    held.folder = folder
    document = held.as_document()
    if verdict == Verdict.CLEAN:
        held.state, held.released = State.RELEASED, timezone.now()
        held.name = held.title = ""
        held.save(update_fields=["state", "released", "name", "title"])
        record(None, "document.released", document, folder=folder.pk)
        enter(document)
        knock([held.uploaded_by_id], TOPIC, folder.pk)
        return True
    held.state = STOPPED[verdict]
    held.stopped = timezone.now()
    held.save(update_fields=["state", "stopped"])
    record(None, "document.quarantined", document, reason=held.state, **facts_of(document))
    tasks.tell_of_stopped.defer(held_id=str(held.pk))
    knock([held.uploaded_by_id], TOPIC, folder.pk)
    return True


def tell_of_stopped(held_id: UUID) -> None:
    """Mail the sender that a document was stopped; neither which one nor whose it is."""
    held = HeldPaper.unrestricted.select_related("uploaded_by").filter(pk=held_id).first()
    if held is None or not held.uploaded_by.is_active:
        return
    link = reverse("documents:folder", args=[held.folder_id])
    context = {
        "infected": held.state == State.INFECTED,
        "received": held.created,
        "button_url": settings.SITE_URL.rstrip("/") + link,
        "button_text": _("Open the portal"),
    }
    mail.send("document_stopped", held.uploaded_by.email, held.uploaded_by.language, context)


def empty_quarantine() -> int:
    """Remove the files that lay in quarantine for `QUARANTINE_DAYS`, with their names; returns how many."""
    before = timezone.now() - timedelta(days=settings.QUARANTINE_DAYS)
    due = HeldPaper.unrestricted.filter(stopped__lt=before, removed=None)
    removed = 0
    for held_id, document_id in list(due.values_list("pk", "document_id")):
        with transaction.atomic():
            held = due.select_for_update().select_related("folder").filter(pk=held_id).first()
            if held is None:
                continue
            record(None, "document.quarantine_ended", held.as_document(), reason=held.state)
            held.name = held.title = ""
            held.removed = timezone.now()
            held.save(update_fields=["name", "title", "removed"])
        # What a crash leaves behind, the sweeper removes.
        storage.remove(document_id)
        removed += 1
    return removed


def held_counts() -> dict[str, int]:
    """For operators: how many files wait for the scanner, and how many lie in quarantine."""
    stored = HeldPaper.unrestricted.filter(removed=None)
    return {
        "waiting": stored.filter(state=State.WAITING).count(),
        "quarantined": stored.filter(stopped__isnull=False).count(),
    }
