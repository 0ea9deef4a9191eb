"""How fast files are taken in, encrypted, against writing the same bytes as they are: both survive a power cut."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

MEGABYTE = 1024 * 1024
# A large paper, and the pieces in which the portal's own pages send it.
SIZE = 64 * MEGABYTE
PIECE = 4 * MEGABYTE
BLOCK = 64 * 1024
ROUNDS = 7
# Encrypted intake is at least half as fast as the plain write.
AIM = 0.5


def run(case: str) -> tuple[dict[str, Any], list[str]]:
    """Measure both ways in turn, as a whole and in pieces; the figures, and the aims that are missed."""
    root, store = Path(tempfile.mkdtemp(dir=settings.DATA_DIR)), settings.DOCUMENT_ROOT
    settings.DOCUMENT_ROOT = root
    data = os.urandom(SIZE)
    ways: dict[str, Callable[[Path, bytes], None]] = {
        "plain, whole": _plain,
        "encrypted, whole": _encrypted,
        "plain, in pieces": _plain_pieces,
        "encrypted, in pieces": _encrypted_pieces,
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    try:
        for number in range(ROUNDS + 1):
            for name, act in ways.items():
                begin = time.perf_counter()
                act(root, data)
                if number:
                    seconds[name].append(time.perf_counter() - begin)
                for left in root.iterdir():
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
    finally:
        settings.DOCUMENT_ROOT = store
        shutil.rmtree(root, ignore_errors=True)
    speeds = {name: round(SIZE / MEGABYTE / statistics.median(each)) for name, each in seconds.items()}
    missed = []
    for way in ("whole", "in pieces"):
        share = speeds[f"encrypted, {way}"] / speeds[f"plain, {way}"]
        if share < AIM:
            missed.append(f"missed: {case}: encrypted, {way}: {share:.2f} of the plain write, aimed at {AIM}")
    return {"case": case, "megabytes": SIZE // MEGABYTE, "mb_per_second": speeds}, missed


def _blocks(data: bytes) -> Iterator[bytes]:
    return (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))


def _plain(root: Path, data: bytes) -> None:
    with (root / "plain").open("wb") as file:
        for block in _blocks(data):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _encrypted(root: Path, data: bytes) -> None:
    from documents import storage

    storage.write(uuid4(), _blocks(data))


def _plain_pieces(root: Path, data: bytes) -> None:
    for start in range(0, len(data), PIECE):
        with (root / "plain").open("ab") as file:
            for block in _blocks(data[start : start + PIECE]):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())


def _encrypted_pieces(root: Path, data: bytes) -> None:
    from documents import parts

    upload, key, stored = uuid4(), os.urandom(32), 0
    for start in range(0, len(data), PIECE):
        with parts.appending(upload, key) as target:
            target.go_to(stored, start)
            for block in _blocks(data[start : start + PIECE]):
                target.write(block)
            stored = target.settle()
