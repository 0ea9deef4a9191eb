"""A real daphne process on the test database, and browsers' sockets to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """They share one server: one worker runs them."""
    for item in items:
        if "tests/live" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("live"))


def _address_of_database() -> str:
    from django.db import connection

    whole = urlsplit(os.environ["DATABASE_URL"])
    return whole._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def run_manage(*command: str, **kwargs) -> subprocess.Popen:
    """Start a management command on the test database, as a process of its own."""
    environment = os.environ | {
        "DATABASE_URL": _address_of_database(),
        "DATABASE_POOL": "1",
        "PORTAL_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "enterprise_portal.settings",
    }
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *command], cwd=ROOT, env=environment, **kwargs
    )


def end(process: subprocess.Popen) -> None:
    """Let a process of ours end by its lifeline."""
    process.stdin.close()
    process.wait(15)


@pytest.fixture(scope="package")
def portal(django_db_setup, django_db_blocker):
    """`portal.http` and `portal.ws`: addresses of the portal, served by its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with django_db_blocker.unblock():
        process = run_manage("serve", "--port", str(port), "--lifeline", stdin=subprocess.PIPE)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                break
        except OSError:
            time.sleep(0.05)
    else:
        end(process)
        pytest.fail("The server does not answer.")
    yield SimpleNamespace(http=address, ws=f"ws://127.0.0.1:{port}/ws/")
    end(process)


@pytest.fixture
def inside(transactional_db, cast):
    """Sign somebody in, both factors given: `inside(cast.hugo)` gives the session's key."""
    from django.test import Client

    def enter(user, *, second_factor: bool = True) -> str:
        from allauth.mfa.models import Authenticator
        from allauth.usersessions.models import UserSession

        if second_factor:
            Authenticator.objects.get_or_create(
                user=user, type=Authenticator.Type.TOTP, defaults={"data": {}}
            )
        browser = Client()
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        key = browser.session.session_key
        # As the page of signing in does: it is listed among the person's sessions, and ended with them.
        UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1", user_agent="Test")
        return key

    return enter
