"""Every test has a store of its own; the people and one case with its folder."""

import pytest

from documents import storage
from tests.factories_documents import make_folder


@pytest.fixture(autouse=True)
def root(tmp_path, settings):
    """The store's folder, empty; no virus scanner."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""
    return settings.DOCUMENT_ROOT


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
