"""One address for the two servers of the production pair, for trying it out: in production a real proxy does this."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from enterprise_portal import lifeline

BLOCK = 64 * 1024
# The first line of a request is within so many bytes; browsers open a connection of its own for each socket.
HEAD = 16 * 1024


class Command(BaseCommand):
    """`manage.py route`: connections that begin with `/ws/` go to one port, all others to another; byte by byte."""

    help = "Hand connections on to the server of pages and to that of sockets (demo only)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--http", type=int, required=True, help="port of pages and API")
        parser.add_argument("--sockets", type=int, required=True, help="port of `/ws/`")
        parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lifeline"]:
            lifeline.hold()
        self.host, self.http, self.sockets = options["host"], options["http"], options["sockets"]
        asyncio.run(self._run(options["port"]))

    async def _run(self, port: int) -> None:
        over = asyncio.Event()
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, over.set)
        server = await asyncio.start_server(self._hand_on, self.host, port, limit=HEAD)
        await over.wait()
        server.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            first = await reader.readuntil(b"\r\n")
            port = self.sockets if first.split(b" ")[1:2] == [b"/ws/"] else self.http
            behind, there = await asyncio.open_connection(self.host, port)
            there.write(first)
            await asyncio.gather(_pour(reader, there), _pour(behind, writer))
        writer.close()


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Everything from one side to the other, as fast as that one takes it; its end ends the other."""
    try:
        while block := await source.read(BLOCK):
            target.write(block)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()
