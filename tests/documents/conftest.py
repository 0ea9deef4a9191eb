"""Every test has a store of its own; the people and one case with its folder."""

import pytest

from documents import medical, storage
from tests.factories_documents import make_folder


@pytest.fixture(autouse=True)
def root(tmp_path, settings):
    """The store's folder, empty; no virus scanner."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""
    return settings.DOCUMENT_ROOT


@pytest.fixture(autouse=True)
def first_page(monkeypatch):
    """No first page is read for medical words: that has tests of its own (`test_medical`). Returns how it is done."""
    real = medical.words_on_first_page
    monkeypatch.setattr(medical, "words_on_first_page", lambda file: 0)
    return real


@pytest.fixture
def stored_files(root):
    """A function: the files in the store."""
    return lambda: [path for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def folder(cast):
    """The folder of Nadia's case, sent to the insurer."""
    return make_folder(cast.persons.nadia, contract=cast.ktg)


@pytest.fixture
def content():
    """A function: the plain bytes of a document in the store."""

    def read(document):
        with storage.open_document(document.pk) as reader:
            return b"".join(reader.chunks())

    return read
