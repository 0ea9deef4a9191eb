"""Receiving and reading a file takes the same memory whatever its size."""

import subprocess
import sys

from tests import papers

MEASURE = """
import sys
import django
django.setup()
from uuid import uuid4
from django.conf import settings
from django.core.files import File
from documents import intake, storage

settings.DOCUMENT_ROOT = __import__("pathlib").Path(sys.argv[2])
settings.DOCUMENT_MAX_BYTES = 10**9

def peak():
    # Not ru_maxrss: that one remembers the process we were forked from.
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1])

def through(path):
    document = uuid4()
    with open(path, "rb") as raw:
        upload = File(raw)
        accepted = intake.check(upload, "scan.pdf")
        storage.write(document, intake.blocks(upload))
    with storage.open_document(document) as reader:
        assert sum(map(len, reader.chunks())) == accepted.size

through(sys.argv[1])
before = peak()
through(sys.argv[3])
print(peak() - before)
"""


def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path, root):
    small, large = tmp_path / "small.pdf", tmp_path / "large.pdf"
    small.write_bytes(papers.scan_pdf(2))
    # 96 MB of picture behind one page.
    large.write_bytes(papers.padded_pdf(96))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(small), str(root), str(large)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    grown = int(done.stdout)
    assert grown < 16 * 1024, f"{grown} KB more for the large file"
