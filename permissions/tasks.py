"""Background jobs of the audit trail."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from permissions import sealing

RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.periodic(cron="* * * * *")
@app.task(name="permissions.seal", queueing_lock="permissions.seal", pass_context=False)
def seal(timestamp: int) -> None:
    """Seal the lines of the last minute."""
    sealing.seal_pending()


@app.task(name="permissions.check", retry=RETRY)
def check(check_id: str) -> None:
    """Verify the whole trail."""
    from permissions import checks

    checks.run(check_id)
