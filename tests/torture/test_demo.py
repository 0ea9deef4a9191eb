"""The demo starts with one command, survives being killed, and leaves nothing running."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psutil
import pytest

pytestmark = [pytest.mark.torture, pytest.mark.long, pytest.mark.xdist_group("demo")]
ROOT = Path(__file__).resolve().parent.parent.parent
ONE_PERSON = """
from django.db import transaction
from enterprise_portal.management.commands.seed_demo import SEEDED
from permissions.audit import record
from users.models import User
with transaction.atomic():
    User.objects.create_user("one@demo.example", None)
    record(None, SEEDED, size="one")
"""


class Demo:
    """A demo with a data folder of its own."""

    def __init__(self, home: Path) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        clean.pop("PORTAL_EMBEDDED", None)
        self.environment = clean | {
            "PORTAL_DATA": str(home),
            "PORTAL_MODE": "demo",
            "DJANGO_SETTINGS_MODULE": "enterprise_portal.settings",
        }
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def manage(self, *command: str) -> str:
        """Run a management command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=90,
        ).stdout

    def start(self, *options: str) -> None:
        """Start it, until it says that it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(self.port), *options],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C stops everything" in line:
                return
        pytest.fail(f"The demo did not start: {self.said}")

    def answers(self) -> bool:
        """Whether the portal answers on its port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def running(self) -> list[str]:
        """What runs for it: its own processes and its database's."""
        found = []
        for process in psutil.process_iter():
            try:
                line, home = " ".join(process.cmdline()), process.environ().get("PORTAL_DATA")
            except psutil.Error:
                continue
            if line and (str(self.home) in line or home == str(self.home)):
                found.append(line)
        return found

    def child(self, name: str) -> psutil.Process:
        """Its server or its worker."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if name in child.cmdline())

    def end(self) -> int:
        """The exit code; the pipe is drained so that nobody waits for a reader."""
        self.said += self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(20)


@pytest.fixture(scope="session")
def demo():
    """A demo in which somebody exists already: seeding has tests of its own."""
    home = Path(tempfile.mkdtemp(prefix="portal-demo-", dir="/var/tmp"))
    demo = Demo(home)
    try:
        subprocess.run([sys.executable, "-m", "tests.migrated"], cwd=ROOT, env=demo.environment, check=True)
        demo.manage(
            "shell",
            "--no-imports",
            "-c",
            ONE_PERSON,
        )
        yield demo
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_stays(demo):
    """Whatever a test left running is stopped, so that one failure is one failure."""
    yield
    if demo.process.poll() is None:
        demo.process.terminate()
    if not demo.process.stdout.closed:
        demo.end()


def people(demo: Demo) -> str:
    return demo.manage(
        "shell", "--no-imports", "-c", "from users.models import User; print(User.objects.count())"
    ).strip()


def stop(demo: Demo, sign: signal.Signals) -> None:
    """End it as people do: it ends well, and nothing runs any more."""
    demo.process.send_signal(sign)
    assert demo.end() == 0
    assert demo.running() == []


def kill(demo: Demo, part: str) -> None:
    """Kill one part: the rest stops by itself, and says why."""
    if part.startswith("postgres"):
        server = psutil.Process(int((demo.home / "postgres" / "postmaster.pid").read_text().split()[0]))
        # Told to end in good order it waits for its clients: they are let go.
        (server.kill if part == "postgres" else server.terminate)()
    else:
        demo.child(part).kill()
    assert demo.end() == 1
    assert "ended by itself" in demo.said


def test_killed_as_a_whole_it_starts_again_with_its_data(demo):
    demo.start()
    assert demo.answers()
    assert "claire@rochat.example" in demo.said
    assert len(demo.running()) > 3
    demo.process.kill()
    demo.process.stdout.close()
    demo.process.wait()
    demo.start()
    assert demo.answers()
    assert "Seeding" not in demo.said
    stop(demo, signal.SIGINT)
    assert people(demo) == "1"


@pytest.mark.skipif("PORTAL_TORTURE" not in os.environ, reason="the other parts have less to lose")
@pytest.mark.parametrize("part", ["serve", "work", "postgres", "postgres told to end"])
def test_when_another_part_is_killed_the_rest_stops_and_it_starts_again(demo, part):
    demo.start()
    kill(demo, part)
    demo.start()
    assert "Seeding" not in demo.said
    stop(demo, signal.SIGTERM)
    assert people(demo) == "1"
