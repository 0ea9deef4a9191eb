"""A file passes the virus scanner only when the scanner says so."""

import io
import socket
import struct
import threading

import pytest

from documents.intake import FileRefused
from documents.scan import answers, scan
from tests.papers import EICAR


class Scanner:
    """Answers like clamd: reads one INSTREAM, finds the test signature."""

    def __init__(self, path, answer=None, greeting=b"zINSTREAM\0"):
        self.answer, self.greeting = answer, greeting
        self.received = b""
        self.line = socket.socket(socket.AF_UNIX)
        self.line.bind(str(path))
        self.line.listen(1)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        line, _ = self.line.accept()
        with line, line.makefile("rb") as stream:
            assert stream.read(len(self.greeting)) == self.greeting
            while self.greeting == b"zINSTREAM\0" and (length := struct.unpack(">I", stream.read(4))[0]):
                self.received += stream.read(length)
            found = b"stream: Eicar-Test-Signature FOUND" if EICAR in self.received else b"stream: OK"
            line.sendall((found if self.answer is None else self.answer) + b"\0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join(10)
        self.line.close()


@pytest.fixture
def address(tmp_path, settings):
    settings.CLAMD_SOCKET = str(tmp_path / "clamd.sock")
    return tmp_path / "clamd.sock"


def test_a_clean_file_passes_and_is_left_at_its_start(address):
    data = b"paper " * 50_000
    file = io.BytesIO(data)
    with Scanner(address) as scanner:
        scan(file)
    assert scanner.received == data
    assert file.read() == data


def test_an_infected_file_is_refused(address):
    with Scanner(address), pytest.raises(FileRefused) as refusal:
        scan(io.BytesIO(b"%PDF-1.4 " * 20_000 + EICAR))
    assert refusal.value.code == "malware"


def test_a_file_above_the_scanners_limit_is_refused_for_good(address):
    with Scanner(address, b"INSTREAM size limit exceeded. ERROR"), pytest.raises(FileRefused) as refusal:
        scan(io.BytesIO(b"paper"))
    assert refusal.value.code == "too_complex"


def test_a_scanner_that_answers_its_name_is_there(address, settings):
    assert not answers()
    with Scanner(address, b"PONG", greeting=b"zPING\0"):
        assert answers()
    with Scanner(address.with_suffix(".2"), b"", greeting=b"zPING\0"):
        settings.CLAMD_SOCKET = str(address.with_suffix(".2"))
        assert not answers()


@pytest.mark.parametrize("answer", [b"", b"stream: OKAY", b"OK", b"out of memory ERROR"])
def test_any_other_answer_does_not_count_as_clean(address, answer):
    with Scanner(address, answer), pytest.raises(FileRefused) as refusal:
        scan(io.BytesIO(b"paper"))
    assert refusal.value.code == "scan_unavailable"


def test_a_scanner_out_of_reach_refuses(address, settings):
    for unreachable in (str(address), "127.0.0.1:1"):
        settings.CLAMD_SOCKET = unreachable
        with pytest.raises(FileRefused) as refusal:
            scan(io.BytesIO(b"paper"))
        assert refusal.value.code == "scan_unavailable"


def test_without_a_scanner_nothing_is_asked(settings):
    settings.CLAMD_SOCKET = ""
    scan(io.BytesIO(EICAR))
