"""Do the background jobs."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params

from enterprise_portal import lifeline


class WorkerConnector(PsycopgConnector):
    """The worker's own connections; what a job defers goes through Django's, within the job's transaction.

    On a connection of the worker a deferred job would start before the change it belongs to is committed, and
    would stand even if that change is rolled back.
    """

    def get_sync_connector(self) -> DjangoConnector:
        """The connector behind `task.defer(…)`."""
        return DjangoConnector()


class Command(BaseCommand):
    """`manage.py work`: one worker; as many may run as are useful."""

    help = "Work off the background jobs, as they come, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")
        parser.add_argument("--once", action="store_true", help="do what waits, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lifeline"]:
            lifeline.hold()
        with app.replace_connector(WorkerConnector(kwargs=connector_params())) as worker:
            asyncio.run(self._work(worker, once=options["once"]))

    async def _work(self, worker: Any, *, once: bool) -> None:
        async with worker.open_async():
            await worker.run_worker_async(
                wait=not once,
                concurrency=2,
                delete_jobs="successful",
                shutdown_graceful_timeout=8,
                install_signal_handlers=True,
            )
