"""Upkeep of the whole house: jobs of dead workers, sessions that have ended, answers kept for a day."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from core.idempotency import forget_old


@app.periodic(cron="* * * * *")
@app.task(name="portal.retry_orphans", queueing_lock="portal.retry_orphans")
async def retry_orphans(timestamp: int) -> None:
    """Do again what a worker had begun when it was killed: its heartbeat has stopped for half a minute."""
    manager: Any = app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job_by_id_async(job.id, retry_at=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="portal.clear_sessions", queueing_lock="portal.clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Forget the sessions that have ended."""
    call_command("clearsessions")


@app.periodic(cron="27 * * * *")
@app.task(name="portal.forget_answers", queueing_lock="portal.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Forget the answers of the API that were kept in case they are asked for again."""
    forget_old()
