"""The virus scanner: clamd's INSTREAM protocol, when `CLAMD_SOCKET` names one.

The setting is the path of a Unix socket or `host:port`; empty means no scanner. Once it is set, a file
passes only when the scanner says so. What it finds infected, or too large for its own limit, is refused; while it is
unreachable, too slow or answers anything else, a file is held or refused (`documents.services.holding`).
"""

import socket
import struct
from collections.abc import Iterable
from enum import Enum, auto

from django.conf import settings

from documents.intake import FileRefused, Readable, blocks

# To be there at all, and to check a file.
CONNECT_SECONDS = 5
SECONDS = 60


class Verdict(Enum):
    """What the scanner says of a file."""

    CLEAN = auto()
    INFECTED = auto()
    TOO_LARGE = auto()
    # Nothing that counts: the same file may pass later.
    NONE = auto()


REFUSALS = {
    Verdict.INFECTED: "malware",
    Verdict.TOO_LARGE: "too_complex",
    Verdict.NONE: "scan_unavailable",
}


def scan(file: Readable) -> None:
    """Have a seekable file scanned; leaves it at its start.

    Raises FileRefused (`malware`, `too_complex` for one above the scanner's limit, `scan_unavailable`).
    """
    verdict = ask(blocks(file))
    if refusal := REFUSALS.get(verdict):
        raise FileRefused(refusal)
    file.seek(0)


def ask(chunks: Iterable[bytes]) -> Verdict:
    """What the scanner says of these bytes; without a scanner everything is clean."""
    if not settings.CLAMD_SOCKET:
        return Verdict.CLEAN
    try:
        answer = _stream(chunks)
    except OSError:
        return Verdict.NONE
    if answer == b"stream: OK":
        return Verdict.CLEAN
    if answer.endswith(b" FOUND"):
        return Verdict.INFECTED
    return Verdict.TOO_LARGE if answer.startswith(b"INSTREAM size limit exceeded") else Verdict.NONE


def answers() -> bool:
    """Whether the scanner is there and well."""
    try:
        with _line() as line:
            line.sendall(b"zPING\0")
            return _answer(line) == b"PONG"
    except OSError:
        return False


def _stream(chunks: Iterable[bytes]) -> bytes:
    with _line() as line:
        try:
            line.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                line.sendall(struct.pack(">I", len(chunk)) + chunk)
            line.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            # Above its limit it answers and hangs up before it has read everything.
            return _answer(line)
        return _answer(line)


def _line() -> socket.socket:
    address = settings.CLAMD_SOCKET
    host, colon, port = address.rpartition(":")
    if address.startswith("/") or not colon:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(address)
        except BaseException:
            line.close()
            raise
    else:
        line = socket.create_connection((host, int(port)), CONNECT_SECONDS)
    line.settimeout(SECONDS)
    return line


def _answer(line: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"\0") and (more := line.recv(4096)):
        answer += more
    return answer.rstrip(b"\0\n")
