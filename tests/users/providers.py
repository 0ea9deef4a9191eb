"""Providers of single sign-on as processes of their own on this machine, and what they are told."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(words: list[str], address: str) -> Iterator[str]:
    """A program of Python until it answers at `address`; ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            assert process.poll() is None, f"{words} has ended"
            assert time.monotonic() < deadline, f"{words} does not answer"
            try:
                urllib.request.urlopen(address, timeout=2).close()
                break
            except urllib.error.HTTPError as error:
                error.close()
                break
            except OSError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def send(address: str, *, method: str = "GET", data: Any = None, form: dict[str, str] | None = None) -> Any:
    """Status, headers and body of one answer, redirects not followed."""
    body = json.dumps(data).encode() if data is not None else None
    headers = {"Content-Type": "application/json"} if data is not None else {}
    if form is not None:
        body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(address, data=body, headers=headers, method=method)
    try:
        with _opener.open(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


def path_of(address: str) -> str:
    """An address of the portal without its host, for the test client."""
    parts = urllib.parse.urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def link_on(page: Any) -> str:
    """Where the page that leaves the portal leads to."""
    return unescape(re.search(r'<a class="btn" href="([^"]+)"', page.content.decode())[1])


def verified(email):
    return {"email": email, "email_verified": True}
