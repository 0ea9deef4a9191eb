"""Processes killed while they receive papers: what was acknowledged is there, everything else is not."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from documents import services, storage
from documents.models import Document
from permissions.models import AuditLine
from tests.factories_documents import make_folder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "4"))

SENDER = """
import sys, pathlib, itertools
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[5]
django.setup()
from documents import services
from documents.models import Document
from tests import papers
from tests.factories_documents import upload_of
from users.models import User

settings.DOCUMENT_ROOT = pathlib.Path(sys.argv[1])
user = User.objects.get(pk=sys.argv[3])
print("ready", flush=True)
for number in itertools.count():
    data = papers.text_pdf(sys.argv[4], str(number)) + b"%" + b"x" * 700_000
    received = services.receive(sys.argv[2], upload_of(data), visibility="administrative", by=user)
    print(received.document.pk, received.document.sha256, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(cast, root, stored_files):
    folder = make_folder(cast.persons.nadia)
    acknowledged = {}
    dice = random.Random()
    for number in range(ROUNDS):
        acknowledged |= killed_sender(folder, cast.hugo, root, str(number), dice.uniform(0.05, 0.6))
    assert acknowledged
    rows = {document.pk: document for document in Document.unrestricted.all()}
    assert set(acknowledged) <= set(rows)
    for document_id, sha256 in acknowledged.items():
        assert rows[document_id].sha256 == sha256
    # No row without its whole file, and one line for each row; leftovers go.
    assert list(services.broken(whole=True)) == []
    assert AuditLine.unrestricted.filter(event="document.received").count() == len(rows)
    services.sweep(timedelta(seconds=-1))
    assert set(stored_files()) == {storage.place(document_id) for document_id in rows}


def killed_sender(folder, user, root, name, seconds):
    """Start a process that sends paper after paper, kill it after its first ones; what it acknowledged."""
    database = connection.settings_dict["NAME"]
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(root), str(folder.pk), str(user.pk), name, database],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        said = first + process.stdout.read()
    # A line that the kill cut in two was not heard.
    lines = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    return {UUID(document_id): sha256 for document_id, sha256 in lines}
