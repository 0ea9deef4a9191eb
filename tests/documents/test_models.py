"""What the database itself refuses."""

import pytest
from django.db import IntegrityError, transaction

from documents.models import Document
from documents.services import follow_case
from permissions.policy import can
from tests.factories_documents import make_document, make_folder


@pytest.mark.parametrize(
    "column", ["company_id", "site_id", "contract_id", "person_id", "claim_file_id", "stage"]
)
def test_a_document_cannot_stand_elsewhere_than_its_folder(cast, folder, column):
    document = make_document(folder, cast.hugo)
    elsewhere = {
        "company_id": cast.keller.pk,
        "site_id": cast.morges.pk,
        "contract_id": None,
        "person_id": cast.marco.pk,
        "claim_file_id": document.pk,
        "stage": "private",
    }
    with pytest.raises(IntegrityError, match="does not stand where its folder stands"), transaction.atomic():
        Document.unrestricted.filter(pk=document.pk).update(**{column: elsewhere[column]})


def test_the_documents_follow_their_folder(cast):
    folder = make_folder(cast.persons.nadia)
    document = make_document(folder, cast.hugo)
    follow_case(folder.pk, contract=cast.ktg, site=cast.morges)
    document.refresh_from_db()
    assert (document.contract_id, document.site_id) == (cast.ktg.pk, cast.morges.pk)
    assert can(cast.sonia, "document.view", document)


def test_a_folder_follows_its_case_only(folder, cast):
    with pytest.raises(TypeError):
        follow_case(folder.pk, company=cast.keller)


@pytest.mark.parametrize(
    ("stage", "visibility", "lock"),
    [
        ("private", "administrative", "own"),
        ("private", "certificate", "own"),
        ("private", "medical", "own"),
        ("employer", "administrative", "draft"),
        ("employer", "certificate", "draft"),
        ("employer", "medical", "waiting"),
        ("sent", "administrative", "administrative"),
        ("sent", "certificate", "certificate"),
        ("sent", "medical", "medical"),
    ],
)
def test_the_lock_follows_stage_and_class(cast, folder, stage, visibility, lock):
    document = make_document(folder, cast.nadia, visibility)
    follow_case(folder.pk, stage=stage)
    document.refresh_from_db()
    assert document.lock == lock


def test_a_medical_report_cannot_be_stored_as_anything_else(cast, folder):
    document = make_document(folder, cast.nadia, "medical", kind="medical_report")
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.unrestricted.filter(pk=document.pk).update(visibility="administrative")
