"""A gigabyte over the real servers, by a client that others wrote, over a line that is cut ten times."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.torture.test_demo import ONE_PERSON, Demo
from tests.torture.test_transfer import MEGABYTE, Cutting, marker_paper, send_by_client

pytestmark = [
    pytest.mark.torture,
    pytest.mark.xdist_group("demo"),
    pytest.mark.skipif("PORTAL_TORTURE" not in os.environ, reason="it takes minutes, and gigabytes of room"),
]
SIZE = int(os.environ.get("PORTAL_TORTURE_MEGABYTES", "1000"))
CUTS = 10
# By how much a process may grow while the file passes through it.
MEMORY = 64 * MEGABYTE
MARKER = b"qxplaintextzv..."
STAGE = """
from allauth.mfa.models import Authenticator
from tests.conftest import _make_cast
from tests.factories_documents import make_folder
from tests.torture.test_transfer import token_of
cast = _make_cast()
Authenticator.objects.create(user=cast.hugo, type="totp", data={})
print(make_folder(cast.persons.nadia).pk, token_of(cast.hugo))
"""
RECEIVED = """
from documents.models import Document
for document in Document.unrestricted.order_by("created"):
    print(document.sha256, document.size)
"""


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A demo with a data folder of its own, in which temporary files lie, too, and with a higher limit."""
    home = Path(tempfile.mkdtemp(prefix="portal-giga-", dir="/var/tmp"))
    demo = Demo(home)
    (home / "tmp").mkdir()
    demo.environment |= {"DOCUMENT_MAX_BYTES": str(2**31 - 1), "TMPDIR": str(home / "tmp")}
    try:
        demo.manage("migrate", "--verbosity", "0")
        demo.manage("shell", "--no-imports", "-c", ONE_PERSON)
        yield demo
    finally:
        process = getattr(demo, "process", None)
        if process and process.poll() is None:
            process.terminate()
            demo.end()
        shutil.rmtree(home, ignore_errors=True)


class Growth:
    """The most memory that each process of a tree held at any time, beyond what it held at the beginning."""

    def __init__(self, parent: int) -> None:
        self.parent = psutil.Process(parent)
        self.before = self._held()
        self.most = dict(self.before)
        self.over = threading.Event()
        self.watch = threading.Thread(target=self._look, daemon=True)

    def _held(self) -> dict[tuple[int, str], int]:
        """What each process has for itself, its share of what is shared included, in bytes."""
        held = {}
        for process in [self.parent, *self.parent.children(recursive=True)]:
            try:
                held[process.pid, " ".join(process.cmdline())] = process.memory_full_info().pss
            except psutil.Error:
                continue
        return held

    def _look(self) -> None:
        while not self.over.wait(0.3):
            for key, held in self._held().items():
                self.most[key] = max(held, self.most.get(key, 0))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look on while the block runs."""
        self.watch.start()
        try:
            yield
        finally:
            self.over.set()
            self.watch.join()

    def by_process(self) -> dict[str, int]:
        """How many bytes each of the processes grew by that were there from the beginning."""
        return {f"{pid} {line}": self.most[pid, line] - held for (pid, line), held in self.before.items()}


def holds(file: Path, marker: bytes) -> bool:
    """Whether these bytes stand in a file, read piece by piece."""
    end = b""
    with file.open("rb") as source:
        while block := source.read(MEGABYTE):
            if marker in end + block:
                return True
            end = block[-len(marker) :]
    return False


@pytest.mark.parametrize(("server", "chunk"), [("one", 4 * MEGABYTE), ("pair", None)], ids=["demo", "pair"])
def test_a_gigabyte_arrives_over_a_line_that_is_cut_and_no_server_keeps_it_in_memory(
    demo, tmp_path, server, chunk
):
    folder, token = demo.manage("shell", "--no-imports", "-c", STAGE).split()[-2:]
    demo.start("--server", server)
    assert demo.answers()
    small, file = tmp_path / "small.pdf", tmp_path / "large.pdf"
    hashes = [marker_paper(small, 5, MARKER), marker_paper(file, SIZE, MARKER)]
    # What is loaded with the first file stays: it is not the file.
    send_by_client(f"http://127.0.0.1:{demo.port}", token, folder, small, chunk)
    step = SIZE * MEGABYTE // (CUTS + 2)
    line = Cutting(demo.port, [step + number * 77_777 for number in range(CUTS)])
    growth = Growth(demo.process.pid)
    with growth.watched():
        try:
            send_by_client(f"http://127.0.0.1:{line.port}", token, folder, file, chunk)
        finally:
            line.close()
    received = demo.manage("shell", "--no-imports", "-c", RECEIVED).split("\n")
    assert [each for each in received if each] == [
        f"{sha256} {each.stat().st_size}" for sha256, each in zip(hashes, (small, file), strict=True)
    ]
    assert line.made == CUTS
    grown = growth.by_process()
    print({each: held // MEGABYTE for each, held in grown.items()})
    assert len(grown) > 2
    assert {each: held for each, held in grown.items() if held >= MEMORY} == {}
    kept = [path for path in demo.home.rglob("*") if path.is_file()]
    assert [path for path in kept if holds(path, MARKER)] == []
