"""How much of a long walk an ordinary run takes: a share, another one from place to place; `make torture` takes it whole."""

from __future__ import annotations

import os
from zlib import crc32

WHOLE = "PORTAL_TORTURE" in os.environ


def turn(*place: str, of: int) -> int:
    """A number below `of`, another one from place to place, the same in every run."""
    return crc32(" ".join(place).encode()) % of


def left_out(*place: str, of: int) -> bool:
    """Whether an ordinary run, which takes one place in `of`, passes this one by."""
    return not WHOLE and turn(*place, of=of) > 0
