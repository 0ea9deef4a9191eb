"""A child process that works on untrusted bytes: it is handed them and nothing else (`documents/children`)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

WORKBENCH = Path(__file__).with_name("children")
# What a child ends with when the file does not open.
UNREADABLE = 3
# Its own alarm ends a child sooner, unless the file has taken it over.
GRACE = 5


@dataclass(frozen=True)
class Task:
    """A module of `documents/children` and what it may use: `memory` in MB, seconds of the processor and by the clock."""

    name: str
    cpu_seconds: int
    wall_seconds: int
    memory: int = 512


class TooHeavy(Exception):
    """The child was ended by its limits, or answered nonsense."""


class Unreadable(Exception):
    """The file holds nothing that the child could use."""


@contextmanager
def child(task: Task, arguments: Sequence[str], chunks: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """What the task answers to these bytes, within this block. Raises TooHeavy, Unreadable at its end.

    Of an answer that is not read to its end nothing is said: its child could not finish.
    """
    limits = (task.memory, task.cpu_seconds, task.wall_seconds)
    # An empty environment: the child needs none of our secrets.
    with subprocess.Popen(
        [sys.executable, "-I", str(WORKBENCH), task.name, *map(str, limits), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as process:
        clock = threading.Timer(task.wall_seconds + GRACE, process.kill)
        clock.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError), process.stdin as pipe:
                for chunk in chunks:
                    pipe.write(chunk)
            yield process.stdout
            left = process.stdout.read(1)
            process.stdout.close()
            process.wait()
        finally:
            clock.cancel()
            process.kill()
    if process.returncode != 0 and not left:
        raise Unreadable if process.returncode == UNREADABLE else TooHeavy
