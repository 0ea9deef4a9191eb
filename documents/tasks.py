"""What happens to the store by itself."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from documents import services

# Mails and what people wait for come before pictures.
LATER = -10


@app.periodic(cron="17 * * * *")
@app.task(name="documents.sweep", queueing_lock="documents.sweep")
def sweep(timestamp: int) -> None:
    """Every hour: remove what a crash left without a row, and forget uploads that nobody went on with."""
    services.sweep()
    services.sweep_uploads()


@app.task(name="documents.preview", priority=LATER)
def preview(document_id: str) -> None:
    """After a document was received: draw its first pages."""
    services.make_preview(UUID(document_id))


@app.periodic(cron="*/10 * * * *")
@app.task(name="documents.previews", queueing_lock="documents.previews", priority=LATER)
def previews(timestamp: int) -> None:
    """Every ten minutes: draw what has no pictures although it should."""
    services.make_missing()
