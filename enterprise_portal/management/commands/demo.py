"""One command to a running portal: database, people, server, worker. Ctrl-C ends all of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection

from core.text import swiss_date
from enterprise_portal import embedded
from enterprise_portal.demo.letters import not_registered
from enterprise_portal.demo.people import CAST, PASSWORD
from enterprise_portal.management.commands.seed_demo import SIZES, half_seeded, is_demo

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 12
# Old enough processes of a killed demo need a moment to notice and to free the port.
FREE_PORT_SECONDS = 6


class Stop(Exception):
    """The demo ends: on request (code 0), or because a part of it ended by itself (code 1)."""

    def __init__(self, sentence: str, code: int = 0) -> None:
        super().__init__(sentence)
        self.code = code


class Command(BaseCommand):
    """`manage.py demo [--port N] [--reset] [--server pair]`."""

    help = "Start the portal with seeded people on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reset", action="store_true", help="drop all data and seed anew")
        parser.add_argument(
            "--server",
            choices=["one", "pair"],
            default="one",
            help="one process for everything, or the pair of production",
        )
        parser.add_argument("--size", choices=SIZES, default="m", help="size of the seeded data")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo runs with PORTAL_MODE=demo only.")
        self.port, self.pair = options["port"], options["server"] == "pair"
        if not self._port_becomes_free():
            raise CommandError(
                f"Port {self.port} is taken by another program: stop it, or choose another port with PORT=8001.",
                returncode=1,
            )
        self.children: dict[str, subprocess.Popen] = {}
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, _stop)
        code = 0
        try:
            self._prepare(reset=options["reset"], size=options["size"])
            self._start()
            self._welcome()
            self._watch()
        except Stop as ending:
            code = ending.code
            self.stdout.write(f"\n{ending}" if str(ending) else "")
        finally:
            self._stop_children()
        if code:
            sys.exit(code)

    def _port_becomes_free(self) -> bool:
        deadline = time.monotonic() + (FREE_PORT_SECONDS if _left_behind() else 0)
        while True:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, self.port))
                    return True
                except OverflowError:
                    raise CommandError("PORT is a number from 1 to 65535.")
                except PermissionError:
                    raise CommandError(
                        f"Port {self.port} is reserved: choose one above 1023, like PORT=8001."
                    )
                except OSError:
                    if time.monotonic() > deadline:
                        return False
            time.sleep(0.2)

    def _prepare(self, *, reset: bool, size: str) -> None:
        _marker().write_text(str(os.getpid()))
        if any((settings.BASE_DIR / "locale").glob("*/LC_MESSAGES/*.po")):
            call_command("messages", compile=True)
        if reset:
            self._drop()
        self.stdout.write("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
        if half_seeded():
            self.stdout.write("The last start was interrupted while filling the database: starting anew.")
            self._drop()
            call_command("migrate", interactive=False, verbosity=0)
        if not get_user_model().objects.exists():
            self.stdout.write("Filling it with people and cases …")
            call_command("seed_demo", size=size)
        # The server and the worker have connections of their own; this process needs none any more.
        connection.close()
        connection.close_pool()

    def _drop(self) -> None:
        # A database named from outside may hold something else: only a demo's is dropped.
        if (
            not os.environ.get("PORTAL_EMBEDDED")
            and connection.introspection.table_names()
            and not _is_demo()
        ):
            raise Stop("This database was not filled by the demo: nothing is dropped.", 1)
        self.stdout.write("Dropping all data …")
        with connection.cursor() as cursor:
            cursor.execute("drop schema public cascade; create schema public")
        shutil.rmtree(settings.DOCUMENT_ROOT, ignore_errors=True)
        # Anchors of a trail that is gone would accuse the new one.
        Path(settings.AUDIT_ANCHOR_FILE).unlink(missing_ok=True)

    def _start(self) -> None:
        if self.pair:
            http, sockets = str(_free_port()), str(_free_port())
            self._spawn("server", "serve_http", "--host", HOST, "--port", http)
            self._spawn("server of sockets", "serve", "--host", HOST, "--port", sockets)
            ways = ("--http", http, "--sockets", sockets)
            self._spawn("proxy", "route", "--host", HOST, "--port", str(self.port), *ways)
        else:
            self._spawn("server", "serve", "--host", HOST, "--port", str(self.port))
        self._spawn("worker", "work")

    def _spawn(self, name: str, *command: str) -> None:
        environment = os.environ | {
            "PORTAL_MODE": "demo",
            "SITE_URL": os.environ.get("SITE_URL", f"http://{HOST}:{self.port}"),
        }
        # A session of its own: Ctrl-C reaches this process alone, which then stops the others in order.
        self.children[name] = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *command, "--lifeline"],
            stdin=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )

    def _welcome(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"http://{HOST}:{self.port}/readyz"):
            self._check_children()
            if time.monotonic() > deadline:
                raise Stop(f"The portal did not answer within {START_SECONDS} seconds.", 1)
            time.sleep(0.1)
        width = max(len(member.email) for member in CAST)
        names = max(len(f"{member.first_name} {member.last_name}") for member in CAST)
        rows = [
            f"  {member.email:<{width}}  {f'{member.first_name} {member.last_name}':<{names}}  {member.role}"
            for member in CAST
        ]
        self.stdout.write(
            "\n".join(
                [
                    "",
                    f"The portal is ready: http://{HOST}:{self.port}/",
                    "",
                    *rows,
                    "",
                    f"  Password of all of them: {PASSWORD}",
                    "  Security code:           .venv/bin/python manage.py demo_code EMAIL",
                    f"  Mails and letters:       http://{HOST}:{self.port}/demo/outbox/",
                    *_to_register(),
                    "",
                    "Ctrl-C stops everything; the data stay for the next start.",
                    "",
                ]
            )
        )
        self.stdout.flush()

    def _watch(self) -> None:
        while True:
            self._check_children()
            time.sleep(0.5)

    def _check_children(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None:
                raise Stop(f"The {name} ended by itself (code {child.returncode}): stopping the rest.", 1)
        if os.environ.get("PORTAL_EMBEDDED") and not embedded.serves():
            raise Stop("The database server ended by itself: stopping the rest.", 1)

    def _stop_children(self) -> None:
        # From here on further signals change nothing: what runs is being stopped already.
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)
        running = [child for child in self.children.values() if child.poll() is None]
        for child in running:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        _marker().unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _to_register() -> list[str]:
    """Somebody insured who has no account yet, to try the registration with."""
    person = not_registered()
    connection.close()
    connection.close_pool()
    if person is None:
        return []
    day = swiss_date(person.birth_date)
    return [
        f"  To register:             insured number {person.insured_number}, born on {day} ({person.name})"
    ]


def _is_demo() -> bool:
    try:
        return is_demo()
    except ProgrammingError:
        return False


def _stop(number: int, frame: Any) -> None:
    raise Stop("Stopping …")


def _marker() -> Path:
    return embedded.data_directory() / "demo.pid"


def _left_behind() -> bool:
    """Whether a demo was killed here: its marker still lies there."""
    return _marker().exists()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  our own address
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False
