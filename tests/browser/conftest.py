"""The real portal, started once with its seeded people, and browsers to visit it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from enterprise_portal import embedded
from tests.browser.visitor import PATIENCE, Visitor, sign_in

ROOT = Path(__file__).resolve().parents[2]
SIZE = os.environ.get("PORTAL_BROWSER_SIZE", "m" if os.environ.get("PORTAL_PAGES") else "s")
START_SECONDS = 400
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 700}


def pytest_collection_modifyitems(items) -> None:
    """Everything here shares one portal: one process runs it."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


class Portal:
    """A running portal: its address, and how to come in."""

    def __init__(self, address: str, environment: dict[str, str]) -> None:
        self.address = address
        self.environment = environment
        self._inside: subprocess.Popen[str] | None = None

    def run(self, snippet: str) -> str:
        """What some lines of Python print on the running portal's database; one process runs them all."""
        if self._inside is None:
            self._inside = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.inside"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._inside.stdin
        assert self._inside.stdout
        self._inside.stdin.write(f"{json.dumps(snippet)}\n")
        self._inside.stdin.flush()
        answer = self._inside.stdout.readline()
        assert answer, "the process inside the portal has ended"
        done = json.loads(answer)
        assert "failed" not in done, done["failed"]
        return done["said"]

    def close(self) -> None:
        """End the process that runs Python on the portal's database, if there was need of one."""
        if self._inside is not None:
            # Its input ends, and so does it.
            self._inside.communicate(timeout=30)

    def recovery_codes(self, email: str) -> list[str]:
        """Somebody's codes that are good at once: those of the app would have to be waited for."""
        script = f"""
from users import models, second_factor
codes = second_factor.recovery_codes(models.User.objects.get(email="{email}"))
print(*codes.get_unused_codes() if codes else ())
"""
        return self.run(script).split()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(data: Path) -> dict[str, str]:
    """The environment of the portal whose files lie in `data`: nothing of the tests' own database."""
    own = {
        "DATABASE_URL",
        "DATABASE_POOL",
        "DJANGO_SETTINGS_MODULE",
        "PORTAL_EMBEDDED",
        "XDG_RUNTIME_DIR",
    }
    environment = {name: value for name, value in os.environ.items() if name not in own}
    return environment | {"PORTAL_MODE": "demo", "PORTAL_DATA": str(data), "PYTHONWARNINGS": "default"}


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """`manage.py demo` on a database and a port of its own.

    With PORTAL_BROWSER_URL (and PORTAL_DATA, if it has a folder of its own) a portal that runs already.
    """
    if running := os.environ.get("PORTAL_BROWSER_URL"):
        # The tests have a folder of their own by now: the one they were started with is meant.
        with closing(
            Portal(running.rstrip("/"), _environment(Path(os.environ["PORTAL_TEST_BASE"])))
        ) as found:
            yield found
        return
    port = _free_port()
    data = embedded.data_directory() / "browser"
    data.mkdir(parents=True, exist_ok=True)
    environment = _environment(data)
    # What an earlier run left; anchors of a trail that is gone would accuse the new one.
    shutil.rmtree(data / "documents", ignore_errors=True)
    (data / "audit-anchors.jsonl").unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "tests.migrated", "calm"], cwd=ROOT, env=environment, check=True)
    log = data / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port), "--size", SIZE],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/readyz", log)
            with closing(Portal(f"http://127.0.0.1:{port}", environment)) as started:
                yield started
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
            shutil.rmtree(data / "documents", ignore_errors=True)


def _wait(process: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    process.kill()
    raise AssertionError(f"The portal did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, without sandbox as root."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail(
            "Chromium is missing: `apt-get install chromium-headless-shell` (as root, `make test` does it)."
        )
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=path, args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def sign_ins() -> dict[str, dict]:
    """The cookies of those who signed in already, by key of the cast."""
    return {}


@pytest.fixture
def visit(portal: Portal, chromium: Browser, sign_ins: dict[str, dict]):
    """`visit("hugo", language="de", javascript=False)`: that person's signed-in visitor; None: a stranger."""
    opened: list[Visitor] = []

    def enter(
        key: str | None,
        *,
        language: str = "fr",
        javascript: bool = True,
        viewport: dict[str, int] | None = None,
        dark: bool = False,
    ) -> Visitor:
        if key is not None and key not in sign_ins:
            sign_ins[key] = sign_in(chromium, portal, key)
        settings = {
            "java_script_enabled": javascript,
            "viewport": viewport or DESKTOP,
            "color_scheme": "dark" if dark else "light",
            "locale": language,
        }
        context = chromium.new_context(**settings, storage_state=sign_ins[key] if key else None)
        if key and context.request.get(f"{portal.address}/api/v1/me/", max_redirects=0).status != 200:
            # A fresh code in another story has given the session a new key.
            context.close()
            sign_ins[key] = sign_in(chromium, portal, key)
            context = chromium.new_context(**settings, storage_state=sign_ins[key])
        context.add_cookies([{"name": "django_language", "value": language, "url": portal.address}])
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context, portal.address, language=language, javascript=javascript)
        opened.append(visitor)
        return visitor

    yield enter
    complaints = [complaint for visitor in opened for complaint in visitor.complaints]
    for visitor in opened:
        visitor.context.close()
    assert not complaints, complaints
