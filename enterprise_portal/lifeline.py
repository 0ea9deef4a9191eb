"""Processes that end with the one that started them, however it ended.

The starter keeps the writing end of a pipe whose reading end is the child's standard input. When the
starter is gone, even killed, the system closes the pipe, and the child leaves in good order.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

GRACE_SECONDS = 10


def hold(line: int | None = None) -> None:
    """From now on: leave when the standard input ends, or the pipe with this number."""
    end = sys.stdin.fileno() if line is None else line
    threading.Thread(target=_wait, args=[end], name="lifeline", daemon=True).start()


def _wait(line: int) -> None:
    while os.read(line, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
