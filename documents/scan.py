"""The virus scanner: clamd's INSTREAM protocol, when `CLAMD_SOCKET` names one.

The setting is the path of a Unix socket or `host:port`; empty means no scanner. Once it is set, a file
passes only when the scanner says so: unreachable, too slow, over the scanner's own size limit or any
other answer refuses the file.
"""

import socket
import struct

from django.conf import settings

from documents.intake import FileRefused, Readable, blocks

SECONDS = 60


def scan(file: Readable) -> None:
    """Have a seekable file scanned; raises FileRefused (`malware`, `scan_unavailable`). Leaves it at its start."""
    if not settings.CLAMD_SOCKET:
        return
    try:
        answer = _ask(settings.CLAMD_SOCKET, file)
    except OSError as error:
        raise FileRefused("scan_unavailable") from error
    file.seek(0)
    if answer.endswith(b" FOUND"):
        raise FileRefused("malware")
    if answer != b"stream: OK":
        raise FileRefused("scan_unavailable")


def _ask(address: str, file: Readable) -> bytes:
    host, colon, port = address.rpartition(":")
    by_path = address.startswith("/") or not colon
    with (
        socket.socket(socket.AF_UNIX)
        if by_path
        else socket.create_connection((host, int(port)), SECONDS) as line
    ):
        line.settimeout(SECONDS)
        if by_path:
            line.connect(address)
        line.sendall(b"zINSTREAM\0")
        for block in blocks(file):
            line.sendall(struct.pack(">I", len(block)) + block)
        line.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := line.recv(4096)):
            answer += more
    return answer.rstrip(b"\0\n")
