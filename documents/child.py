"""A child process that works on one untrusted file: it is handed the plain bytes and nothing else."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from documents.crypto import Reader

SECONDS = 45
# What a child ends with when the file does not open.
UNREADABLE = 3


class TooHeavy(Exception):
    """The child was ended by its limits, or answered nonsense."""


class Unreadable(Exception):
    """The file holds nothing that the child could use."""


@contextmanager
def child(script: Path, arguments: Sequence[str], reader: Reader) -> Iterator[IO[bytes]]:
    """What the script answers to the document, within this block. Raises TooHeavy, Unreadable at its end."""
    # An empty environment: the child needs none of our secrets.
    with subprocess.Popen(
        [sys.executable, "-I", str(script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as process:
        # Its own alarm ends it sooner, unless the file has taken it over.
        clock = threading.Timer(SECONDS, process.kill)
        clock.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError), process.stdin as pipe:
                for chunk in reader.chunks():
                    pipe.write(chunk)
            yield process.stdout
            # Whoever took what he wanted leaves the rest.
            process.stdout.close()
            process.wait()
        finally:
            clock.cancel()
            process.kill()
    if process.returncode != 0:
        raise Unreadable if process.returncode == UNREADABLE else TooHeavy
