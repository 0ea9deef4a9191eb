"""Serve pages and API as in production: bodies reach a view while they arrive. Sockets are `serve`'s."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from enterprise_portal import lifeline

WORKERS = 2
# A file that arrives slowly holds a thread, and no connection to the database.
THREADS = 16


class Command(BaseCommand):
    """`manage.py serve_http`: granian with the WSGI application."""

    help = "Serve pages and API (granian); sockets need `serve` beside it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        # A worker is a fork whose standard input is closed: it holds on to a copy.
        line = os.dup(sys.stdin.fileno()) if options["lifeline"] else None
        if line is not None:
            lifeline.hold(line)

        def application(target: str) -> Any:
            if line is not None:
                lifeline.hold(line)
            from enterprise_portal.wsgi import application

            return application

        Granian(
            "enterprise_portal.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=WORKERS,
            blocking_threads=THREADS,
            websockets=False,
            log_level=LogLevels.warning,
            workers_kill_timeout=5,
        ).serve(target_loader=application)
