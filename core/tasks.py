"""Jobs of what many rooms need."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core import imports


@app.task(name="core.carry_on_import", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def carry_on_import(table_id: str) -> None:
    """Check or write the rows of a table; killed, it is done again and goes on where it stood."""
    imports.carry_on(table_id)


@app.periodic(cron="37 * * * *")
@app.task(name="core.forget_imports", queueing_lock="core.forget_imports")
def forget_imports(timestamp: int) -> None:
    """Forget the tables that were brought a day ago."""
    imports.forget_old()
