"""Processes killed while they receive papers: what was acknowledged is there, everything else is not."""

import os
import random
from datetime import timedelta
from uuid import UUID

import pytest

from documents import services, storage
from documents.models import Document
from permissions.models import AuditLine
from tests.factories_documents import make_folder
from tests.torture.senders import Senders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "10"))

SENDER = """
import itertools, pathlib
from documents import services
from tests import papers
from tests.factories_documents import upload_of
from users.models import User

settings.DOCUMENT_ROOT = pathlib.Path(given[0])

def send(name):
    user = User.objects.get(pk=given[2])
    for number in itertools.count():
        data = papers.text_pdf(name, str(number)) + b"%" + b"x" * 700_000
        received = services.receive(given[1], upload_of(data), visibility="administrative", by=user)
        print(received.document.pk, received.document.sha256, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(cast, root, stored_files):
    folder = make_folder(cast.persons.nadia)
    acknowledged = {}
    dice = random.Random()
    with Senders(SENDER, root, folder.pk, cast.hugo.pk) as senders:
        for number in range(ROUNDS):
            # At its first paper, or at one that comes after it.
            said = senders.killed(number, seconds=dice.uniform(0.0, 0.5), after=number % 2)
            acknowledged |= {UUID(document_id): sha256 for document_id, sha256 in said}
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
