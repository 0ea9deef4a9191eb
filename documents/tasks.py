"""What happens to the store by itself."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from documents import services

RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)
# Mails and what people wait for come before pictures.
LATER = -10


@app.periodic(cron="17 * * * *")
@app.task(name="documents.sweep", queueing_lock="documents.sweep")
def sweep(timestamp: int) -> None:
    """Every hour: remove what a crash left without a row, uploads that nobody went on with, and old quarantine."""
    services.sweep()
    services.sweep_uploads()
    services.empty_quarantine()


@app.task(name="documents.preview", priority=LATER)
def preview(document_id: str) -> None:
    """After a document was received: draw its first pages."""
    services.make_preview(UUID(document_id))


@app.periodic(cron="*/10 * * * *")
@app.task(name="documents.previews", queueing_lock="documents.previews", priority=LATER)
def previews(timestamp: int) -> None:
    """Every ten minutes: draw what has no pictures although it should, and say which merges were interrupted."""
    services.make_missing()
    services.end_lost_merges()


@app.task(name="documents.merge")
def merge(merge_id: str) -> None:
    """After somebody asked for it: put documents together. Interrupted, it is not tried again: he is told."""
    services.work_on_merge(UUID(merge_id))


@app.periodic(cron="*/2 * * * *")
@app.task(name="documents.check_held", queueing_lock="documents.check_held")
def check_held(timestamp: int) -> None:
    """Every two minutes: ask the virus scanner for what is held."""
    services.check_held()


@app.task(name="documents.tell_of_stopped", retry=RETRY)
def tell_of_stopped(held_id: str) -> None:
    """After the virus check stopped a document that was received: tell its sender by mail."""
    services.tell_of_stopped(UUID(held_id))
