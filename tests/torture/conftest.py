"""Papers lie in a directory of their own."""

import pytest


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
