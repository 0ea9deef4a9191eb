"""Serve pages, API and sockets from one process."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from daphne.cli import CommandLineInterface
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from enterprise_portal import lifeline

# A knock goes to the browser; what comes from it is never longer than a few words.
LARGEST_MESSAGE = 4096


class Command(BaseCommand):
    """`manage.py serve`: daphne with the portal's limits."""

    help = "Serve the portal (daphne): pages, API and sockets in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lifeline"]:
            lifeline.hold()
        # daphne spools request bodies to the temporary directory before a view runs: a private one.
        os.environ["TMPDIR"] = tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR
        CommandLineInterface().run(
            [
                "--bind",
                options["host"],
                "--port",
                str(options["port"]),
                "--verbosity",
                "0",
                "--no-server-name",
                "--websocket-max-message-size",
                str(LARGEST_MESSAGE),
                "--websocket-max-frame-size",
                str(LARGEST_MESSAGE),
                "--application-close-timeout",
                "5",
                "enterprise_portal.asgi:application",
            ]
        )
