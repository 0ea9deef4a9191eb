"""Processes to be killed: one is made ready once, and each round splits a sender off it that is killed at its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

import psutil
from django.db import connection

# What a script says of itself: `send(*words)`, which writes a line for whatever was acknowledged to it.
AROUND = """
import os, sys
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
given = sys.argv[2:]
{script}
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        send(*line.split())
        os._exit(0)
    print("sender", child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


class Senders:
    """A process with the tests' database from which senders split off; `given` are words for its script."""

    def __init__(self, script: str, *given: Any) -> None:
        command = [sys.executable, "-c", AROUND.format(script=script), connection.settings_dict["NAME"]]
        self.process = subprocess.Popen(
            [*command, *map(str, given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )

    def __enter__(self) -> Self:
        assert self._line() == ["ready"]
        return self

    def __exit__(self, *_error: Any) -> None:
        with self.process:
            self.process.stdin.close()  # type: ignore[union-attr]

    def _line(self) -> list[str]:
        return self.process.stdout.readline().split()  # type: ignore[union-attr]

    def killed(self, *words: Any, seconds: float, after: int = 0) -> list[list[str]]:
        """Have one work on `words` and kill it so long after it has said `after` lines; what it said, in words."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]
        said: list[list[str]] = []
        child, killer = 0, None
        while (line := self._line()) != ["dead"]:
            assert line, "The process that senders split off has ended."
            if line[0] == "sender":
                child = int(line[1])
            else:
                said.append(line)
            if child and killer is None and len(said) >= after:
                killer = threading.Timer(seconds, _kill, [child])
                killer.start()
        if killer:
            killer.cancel()
            killer.join()
        return said


def _kill(pid: int) -> None:
    """End it at once, if it still runs."""
    if psutil.pid_exists(pid):
        os.kill(pid, signal.SIGKILL)
