"""Two at once: one document."""

import threading

import pytest
from django.db import connection

from documents import services
from documents.intake import FileRefused
from documents.models import Document
from tests import papers
from tests.factories_documents import make_folder, upload_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_file_sent_by_eight_clicks_is_one_document(cast, stored_files):
    folder = make_folder(cast.persons.nadia)
    ready, outcomes = threading.Barrier(8), []

    def click():
        try:
            ready.wait(10)
            services.receive(
                folder.pk, upload_of(papers.certificate()), visibility="administrative", by=cast.hugo
            )
            outcomes.append("received")
        except FileRefused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["duplicate"] * 7 + ["received"]
    assert Document.unrestricted.count() == len(stored_files()) == 1
