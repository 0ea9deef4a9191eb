"""How the portal starts: production refuses what is not safe, the demo comes and goes as a whole."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Lock

import psutil
import pytest

from enterprise_portal import embedded
from scripts.check import PRODUCTION, with_key

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = [
    "SECRET_KEY",
    "DOCUMENT_KEYS",
    "MFA_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "CACHE_URL",
    "SIGNING_KEY_FILE",
]
OURS = ("PORTAL_", "DATABASE_", "SECRET_", "DOCUMENT_", "MFA_", "ALLOWED_", "CACHE_", "DJANGO_", "EMAIL_")


def only(**environment: str) -> dict[str, str]:
    """An environment of its own: nothing of this test run's is handed on."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | environment


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """A management command in an environment of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=only(**environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestProduction:
    def test_all_settings_given_the_checks_for_deployment_find_nothing(self, tmp_path):
        answer = manage("check", "--deploy", "--fail-level", "INFO", **with_key(PRODUCTION, tmp_path))
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "no issues" in answer.stdout

    @pytest.mark.parametrize("name", NEEDED)
    def test_it_refuses_to_start_without(self, name):
        given = {key: value for key, value in PRODUCTION.items() if key != name}
        answer = manage("check", **given)
        assert answer.returncode != 0
        assert f"{name} must be set in production" in answer.stderr

    def test_an_empty_value_is_none(self):
        answer = manage("check", **(PRODUCTION | {"DOCUMENT_KEYS": ""}))
        assert answer.returncode != 0
        assert "DOCUMENT_KEYS must be set" in answer.stderr

    def test_it_refuses_the_embedded_server(self):
        answer = manage("check", **PRODUCTION, PORTAL_EMBEDDED="1")
        assert answer.returncode != 0
        assert "embedded server" in answer.stderr

    def test_the_documented_cache_is_there(self):
        """Nobody listens at the port: getting as far as that shows that the client is installed and asked."""
        ask = "from django.core.cache import cache; cache.get('x')"
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            cache = f"rediscache://127.0.0.1:{nobody.getsockname()[1]}/0"
            answer = manage("shell", "--no-imports", "-c", ask, **(PRODUCTION | {"CACHE_URL": cache}))
        assert answer.returncode != 0
        assert "Connection refused" in answer.stderr

    def test_an_unknown_mode_is_refused(self):
        assert "PORTAL_MODE is demo, test or production" in manage("check", PORTAL_MODE="live").stderr

    @pytest.mark.parametrize("command", ["demo", "seed_demo"])
    def test_the_demo_does_not_run_there(self, command):
        answer = manage(command, **PRODUCTION)
        assert answer.returncode != 0
        assert "PORTAL_MODE" in answer.stderr


PROBE = """
from django.conf import settings
from django.urls import NoReverseMatch, reverse
database = settings.DATABASES["default"]
try:
    address = reverse("outbox")
except NoReverseMatch:
    address = None
print("outbox", address, "age", database["CONN_MAX_AGE"], "pool", bool(database["OPTIONS"].get("pool")),
      "debug", settings.DEBUG)
"""


@pytest.mark.parametrize(
    "environment, outbox",
    [
        ({"PORTAL_MODE": "demo", "DATABASE_URL": "postgresql:///nowhere"}, "/demo/outbox/"),
        ({"PORTAL_MODE": "test", "DATABASE_URL": "postgresql:///nowhere"}, None),
        (PRODUCTION, None),
    ],
)
def test_the_outbox_is_an_address_of_the_demo_only_and_connections_are_pooled_everywhere(environment, outbox):
    answer = manage("shell", "--no-imports", "-c", PROBE, **environment)
    assert answer.stdout.strip() == f"outbox {outbox} age 0 pool True debug False", answer.stderr


def test_a_taken_port_is_one_clear_sentence():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = manage("demo", "--port", str(port), PORTAL_MODE="demo", DATABASE_URL="postgresql:///nowhere")
    assert answer.returncode == 1
    assert answer.stderr.strip().count("\n") == 0
    assert f"Port {port} is taken" in answer.stderr


class TestTheEmbeddedServer:
    def test_the_first_processes_of_a_new_machine_add_its_account_one_after_the_other(self):
        together, alone = Barrier(3), Lock()
        overlaps = []

        def add(name: str) -> None:
            overlaps.append(not alone.acquire(blocking=False))
            time.sleep(0.05)
            alone.release()

        def begin(_number: int) -> None:
            together.wait()
            embedded.provide_account(add)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(begin, range(3)))
        assert overlaps == [False] * 3


CLIENT = """
import os
import psycopg
from enterprise_portal import embedded
embedded.provide_database()
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("select 'connected'").fetchone()[0], embedded.serves(), flush=True)
    input()
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        print("let go", embedded.serves())
"""


def test_an_embedded_server_that_was_told_to_end_lets_its_clients_go_and_starts_again():
    home = Path(tempfile.mkdtemp(prefix="portal-end-", dir="/var/tmp"))

    def client() -> subprocess.Popen:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", CLIENT]
        return subprocess.Popen(
            command, cwd=ROOT, env=only(PORTAL_DATA=str(home)), stdin=pipe, stdout=pipe, text=True
        )

    try:
        with client() as first:
            assert first.stdout.readline() == "connected True\n"
            file = home / "postgres" / "postmaster.pid"
            psutil.Process(int(file.read_text().split()[0])).terminate()
            deadline = time.monotonic() + 10
            while "stopping" not in file.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
            with client() as second:
                assert second.stdout.readline() == "connected True\n"
                assert first.communicate("\n", timeout=20)[0] == "let go True\n"
                second.communicate("\n", timeout=20)
            assert (first.returncode, second.returncode) == (0, 0)
    finally:
        shutil.rmtree(home, ignore_errors=True)
