"""What the orchestrator asks: does the process live, and may visitors be sent to it."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(settings, tmp_path):
    """Where the documents lie: not there yet, as on the first day."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    return settings.DOCUMENT_ROOT


@pytest.fixture
def no_database(monkeypatch):
    def refuse(self, *args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)


def test_both_answer_and_leave_nothing_behind(client, root):
    for path in ("/livez", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert "no-store" in answer["Cache-Control"]
    assert list(root.iterdir()) == []


def test_without_the_database_it_lives_but_is_not_ready(client, no_database):
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"database does not answer\n")


def test_without_the_place_of_the_documents_it_lives_but_is_not_ready(client, root):
    root.write_text("a file where the folder should be")
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"documents cannot be kept\n")


def test_with_a_full_disk_it_is_not_ready(client, root, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert client.get("/readyz").status_code == 503
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200
    assert list(root.iterdir()) == []


def test_the_probes_say_nothing_about_the_inside(client, root, no_database):
    assert b"refused" not in client.get("/readyz").content
    for path in ("/livez", "/readyz"):
        assert client.post(path).status_code == 405
