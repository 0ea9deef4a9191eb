"""Fetching what a provider publishes: https, public addresses only, one answer, in time and of bounded size.

The name is resolved once and the connection goes to exactly the address that was checked: a name that answers
differently the second time leads nowhere else (DNS rebinding). Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

TIMEOUT = 5
# Seconds that an answer may take in all.
PATIENCE = 10
MOST_BYTES = 512 * 1024
_LOOPBACK_NAMES = {"localhost", "127.0.0.1"}
# Addresses behind a translator (RFC 6052): what lies there cannot be seen from the number.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """Nothing usable came from that address; `code` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to an address that was checked before, whatever the name says by now."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def check_address(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be asked or linked to. Raises Unreachable.

    https without credentials; http to this very machine where the setting `SSO_LOOPBACK` allows it.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Unreachable("address") from error
    if not host or parts.username or parts.password or not address.isprintable() or " " in address:
        raise Unreachable("address")
    loopback = settings.SSO_LOOPBACK and host in _LOOPBACK_NAMES
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise Unreachable("not_https")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def fetch(
    address: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """The body of a 200 answer; posts `form` if there is one. Raises Unreachable."""
    scheme, host, port = check_address(address)
    parts = urlsplit(address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _PinnedConnection(host, port, _public_address(host, port), secure=scheme == "https")
    body = urlencode(form) if form is not None else None
    sent = {"Accept": "*/*", "User-Agent": "enterprise-portal", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("POST" if body is not None else "GET", target, body=body, headers=sent)
        answer = connection.getresponse()
        if answer.status != 200:
            raise Unreachable("status")
        return _read(answer)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable("no_answer") from error
    finally:
        connection.close()


def fetch_json(address: str, **sent: Any) -> dict[str, Any]:
    """The JSON object at an address. Raises Unreachable."""
    try:
        found = json.loads(fetch(address, **sent))
    except (ValueError, RecursionError) as error:
        raise Unreachable("not_json") from error
    if not isinstance(found, dict):
        raise Unreachable("not_json")
    return found


def _read(answer: http.client.HTTPResponse) -> bytes:
    deadline, body = time.monotonic() + PATIENCE, b""
    while chunk := answer.read1(64 * 1024):
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unreachable("too_large")
        if time.monotonic() > deadline:
            raise Unreachable("too_slow")
    return body


def _public_address(host: str, port: int) -> str:
    """The first address of a name; every one it has must be public, or this machine's where that is allowed."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Unreachable("no_name") from error
    if settings.SSO_LOOPBACK and host in _LOOPBACK_NAMES:
        return "127.0.0.1"
    for address in found:
        number = ipaddress.ip_address(str(address).split("%", maxsplit=1)[0])
        inner = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None) or number
        if not inner.is_global or inner.is_multicast or number in _TRANSLATED:
            raise Unreachable("not_public")
    return str(min(found))
