"""What happens to the store by itself."""

from __future__ import annotations

from procrastinate.contrib.django import app

from documents import services


@app.periodic(cron="17 * * * *")
@app.task(name="documents.sweep", queueing_lock="documents.sweep")
def sweep(timestamp: int) -> None:
    """Every hour: remove what a crash left without a row, and forget uploads that nobody went on with."""
    services.sweep()
    services.sweep_uploads()
