"""The file comes first: whole and on disk, or not there at all."""

import os
from uuid import uuid4

import pytest

from documents import storage
from documents.crypto import Damaged, UnknownKey
from tests.documents.test_crypto import NEW, OLD


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.DOCUMENT_KEYS = [OLD]


def files(root):
    return [path for path in root.rglob("*") if path.is_file()]


def read(document):
    with storage.open_document(document) as reader:
        return b"".join(reader.chunks())


def test_what_is_written_is_read_again_and_nobody_else_may_read_it(root):
    document = uuid4()
    storage.write(document, [b"one ", b"", b"two"])
    assert read(document) == b"one two"
    assert files(root) == [storage.place(document)]
    assert storage.place(document).stat().st_mode & 0o077 == 0
    assert storage.place(document).parent.stat().st_mode & 0o077 == 0


def test_a_broken_stream_leaves_nothing(root):
    def chunks():
        yield b"x" * 600_000
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        storage.write(uuid4(), chunks())
    assert files(root) == []


@pytest.mark.parametrize("call", ["open", "fsync", "rename"])
def test_a_disk_that_fails_at_any_step_leaves_nothing(root, monkeypatch, call):
    real = getattr(os, call)
    for step in range(1, 50):
        calls = iter(range(1, 50))

        def failing(*args, calls=calls, step=step, **options):
            if next(calls) == step:
                raise OSError("disk full")
            return real(*args, **options)

        document = uuid4()
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            try:
                storage.write(document, [b"paper"])
            except OSError:
                assert files(root) == []
            else:
                break
    assert step > 1
    assert read(document) == b"paper"


def test_a_document_is_never_written_over():
    document = uuid4()
    storage.write(document, [b"first"])
    with pytest.raises(FileExistsError):
        storage.write(document, [b"second"])
    assert read(document) == b"first"


def test_a_file_in_anothers_place_does_not_open(root):
    mine, yours = uuid4(), uuid4()
    storage.write(mine, [b"mine"])
    storage.write(yours, [b"yours"])
    storage.place(yours).replace(storage.place(mine))
    with pytest.raises(Damaged):
        read(mine)
    with pytest.raises(FileNotFoundError):
        read(yours)


def test_a_changed_key_reaches_the_old_papers(settings):
    document = uuid4()
    storage.write(document, [b"paper" * 200_000])
    settings.DOCUMENT_KEYS = [NEW, OLD]
    assert storage.change_key(document)
    assert not storage.change_key(document)
    settings.DOCUMENT_KEYS = [NEW]
    assert read(document) == b"paper" * 200_000
    settings.DOCUMENT_KEYS = [OLD]
    with pytest.raises(UnknownKey):
        read(document)
