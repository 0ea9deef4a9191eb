"""How long something took, and how much memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any


def timed(act: Callable[[], Any]) -> float:
    """The seconds that `act` takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def peak() -> int:
    """The most memory that this process has taken so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
