"""Background jobs of the audit trail."""

from __future__ import annotations

from procrastinate.contrib.django import app

from permissions import sealing


@app.periodic(cron="* * * * *")
@app.task(name="permissions.seal", queueing_lock="permissions.seal", pass_context=False)
def seal(timestamp: int) -> None:
    """Seal the lines of the last minute."""
    sealing.seal_pending()
