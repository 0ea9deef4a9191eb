"""Two at once: one document."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from core.errors import NotNow, OutOfReach
from documents import services
from documents.intake import FileRefused
from documents.models import Document
from tests import papers
from tests.factories_documents import make_document, make_folder, upload_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_classifying_and_sending_the_draft_at_once_wait_in_no_ring(cast):
    folder = make_folder(cast.persons.nadia, stage="employer")
    papers_of_it = [make_document(folder, cast.hugo, "administrative") for _each in range(6)]
    ready, broken = threading.Barrier(7), []

    def run(act):
        try:
            ready.wait(10)
            act()
        except (NotNow, OutOfReach):
            pass
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    def send():
        with transaction.atomic():
            services.follow_case(folder.pk, stage="sent")

    acts = [
        partial(services.classify, each.pk, visibility="certificate", by=cast.hugo) for each in papers_of_it
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in (*acts, send)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []
    assert Document.unrestricted.filter(stage="sent", visibility="certificate").count() == 6


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
