"""Papers over the API: the same sight, the same refusals, and a repeated request is one act."""

import hashlib
from functools import partial
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from documents.models import Document
from documents.services import follow_case
from permissions import grants
from permissions.models import AuditLine
from tests import papers
from tests.factories_documents import make_document, make_folder

pytestmark = pytest.mark.django_db
SECRET = "Burnout_Bericht.pdf"


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def address(name="list", document=None):
    return reverse(f"documents:api-{name}", args=[document.pk] if document else [])


def post(client, into, data=None, key=None, **fields):
    values = {
        "folder": str(into.pk),
        "file": SimpleUploadedFile(
            fields.pop("name", "wage.pdf"), papers.certificate() if data is None else data
        ),
        "visibility": "administrative",
        **fields,
    }
    return client.post(address(), values, headers={"Idempotency-Key": key} if key else {})


def listed(client, **query):
    return client.get(address(), query).json()


# --- Sight --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["hugo", "fiona"])
def test_medical_papers_do_not_exist_for_the_employer(cast, folder, sign_in, who):
    seen = make_document(folder, cast.nadia, "certificate")
    hidden = make_document(folder, cast.nadia, "medical", name=SECRET)
    client = sign_in(getattr(cast, who))
    for query in ({}, {"folder": folder.pk}, {"person": cast.persons.nadia.pk}, {"kind": "other"}):
        page = listed(client, **query)
        assert [row["id"] for row in page["results"]] == [str(seen.pk)]
        assert (page["count"], page["count_exact"]) == (1, True)
    for name in ("detail", "content"):
        there = client.get(address(name, hidden))
        nowhere = client.get(address(name, Document(pk=uuid4())))
        assert there.status_code == nowhere.status_code == 404
        assert there.content == nowhere.content
    there = client.post(address("classify", hidden), {"visibility": "medical"})
    nowhere = client.post(address("classify", Document(pk=uuid4())), {"visibility": "medical"})
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content


@pytest.mark.parametrize(
    ("who", "count"),
    [("nadia", 3), ("pauline", 3), ("hugo", 2), ("fiona", 2)]
    + [(who, 0) for who in ("claire", "sonia", "felix", "jonas", "bruno", "elena", "reto", "sacha", "zoe")],
)
def test_list_count_and_detail_agree(cast, folder, sign_in, who, count):
    documents = [
        make_document(folder, cast.nadia, visibility)
        for visibility in ("administrative", "certificate", "medical")
    ]
    client = sign_in(getattr(cast, who))
    page = listed(client)
    ids = {row["id"] for row in page["results"]}
    assert page["count"] == len(ids) == count
    for document in documents:
        assert (client.get(address("detail", document)).status_code == 200) is (str(document.pk) in ids)


def test_the_newest_come_first_and_page_by_page(cast, folder, sign_in):
    made = [make_document(folder, cast.nadia, "medical") for _ in range(5)]
    client = sign_in(cast.nadia)
    page, ids = listed(client, page_size=2), []
    while True:
        ids += [row["id"] for row in page["results"]]
        if not page["next"]:
            break
        page = client.get(page["next"]).json()
    assert ids == [str(document.pk) for document in reversed(made)]


def test_filters_narrow_and_never_widen(cast, folder, sign_in):
    mine = make_document(folder, cast.hugo, kind="wage_statement")
    other = make_document(make_folder(cast.marco, contract=cast.laa), cast.hugo)
    client = sign_in(cast.hugo)
    cases = [
        ({"folder": folder.pk}, [mine]),
        ({"contract": cast.laa.pk}, [other]),
        ({"kind": "wage_statement"}, [mine]),
        ({"person": cast.persons.elena.pk}, []),
        ({"received_from": "2100-01-01"}, []),
        ({"received_until": "2100-01-01"}, [other, mine]),
    ]
    for query, expected in cases:
        assert [row["id"] for row in listed(client, **query)["results"]] == [
            str(each.pk) for each in expected
        ]
    assert client.get(address(), {"kind": "diary"}).status_code == 400
    assert client.get(address(), {"folder": "x"}).status_code == 400


def test_a_row_holds_what_the_schema_says_and_the_title_for_its_sender(cast, folder, sign_in):
    document = make_document(folder, cast.hugo, title="mine")
    row = sign_in(cast.hugo).get(address("detail", document)).json()
    assert set(row) == {
        "id", "created", "folder", "company", "contract", "claim_file", "person", "visibility", "kind", "name",
        "title", "content_type", "size", "sha256", "pages", "photos", "preview", "uploaded_by", "content_url",
    }  # fmt: skip
    assert row["title"] == "mine"
    assert sign_in(cast.nadia).get(address("detail", document)).json()["title"] == ""


def test_strangers_are_refused(folder, client):
    assert client.get(address()).status_code == 403
    assert post(client, folder).status_code == 403


# --- Sending and opening ------------------------------------------------------------------------


def test_a_paper_is_sent_and_opened(cast, folder, sign_in):
    client = sign_in(cast.hugo)
    answer = post(client, folder, papers.small_jpeg(), name="photo.jpg", kind="id_copy")
    assert answer.status_code == 201
    row = answer.json()["document"]
    assert (row["kind"], row["sha256"]) == ("id_copy", hashlib.sha256(papers.small_jpeg()).hexdigest())
    content = client.get(row["content_url"], headers={"Accept": "application/json"})
    assert b"".join(content.streaming_content) == papers.small_jpeg()
    assert content["Content-Disposition"] == 'attachment; filename="photo.jpg"'
    assert content["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert AuditLine.unrestricted.filter(event="document.read").count() == 1


def test_a_sealed_paper_answers_with_a_receipt_and_nothing_more(cast, folder, sign_in):
    answer = post(sign_in(cast.hugo), folder, visibility="medical", name=SECRET)
    assert answer.status_code == 201
    assert answer.json()["document"] is None
    assert set(answer.json()["receipt"]) == {"id", "created", "folder", "size", "sha256", "photos"}
    document = Document.unrestricted.get()
    assert str(document.pk) not in answer.content.decode()


@pytest.mark.parametrize("paper", ["empty", "program as PDF", "password", "bomb", "900 megapixels"])
def test_a_bad_file_is_answered_with_code_and_sentence(cast, folder, sign_in, stored_files, paper):
    name, code, make = papers.BAD[paper]
    answer = post(sign_in(cast.hugo), folder, make(), name=name)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["detail"].endswith(".")
    assert stored_files() == []
    assert not Document.unrestricted.exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"visibility": ""}, "visibility"),
        ({"visibility": "public"}, "visibility"),
        ({"kind": "diary"}, "kind"),
        ({"kind": "bill"}, "visibility"),
        ({"folder": "x"}, "folder"),
        ({"file": "text"}, "file"),
        ({"title": "x" * 81}, "title"),
    ],
)
def test_wrong_fields_are_named(cast, folder, sign_in, stored_files, fields, named):
    answer = post(sign_in(cast.hugo), folder, **fields)
    assert answer.status_code == 400
    assert named in answer.json()
    assert stored_files() == []


def test_what_the_server_decides_cannot_be_said(cast, folder, sign_in):
    answer = post(
        sign_in(cast.hugo),
        folder,
        company=str(cast.keller.pk),
        person=str(cast.persons.elena.pk),
        uploaded_by=str(cast.nadia.pk),
        sha256="0" * 64,
        stage="private",
    )
    assert answer.status_code == 201
    document = Document.unrestricted.get()
    assert (document.company_id, document.person_id) == (cast.rochat.pk, cast.persons.nadia.pk)
    assert (document.uploaded_by_id, document.stage) == (cast.hugo.pk, "sent")


def test_a_folder_out_of_reach_is_like_none(cast, folder, sign_in, stored_files):
    client = sign_in(cast.bruno)
    there, nowhere = post(client, folder), post(client, type(folder)(pk=uuid4()))
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content
    assert stored_files() == []


def test_a_repeated_request_is_one_paper(cast, folder, sign_in, stored_files):
    client = sign_in(cast.hugo)
    first, second = post(client, folder, key="a"), post(client, folder, key="a")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Document.unrestricted.count() == len(stored_files()) == 1
    assert AuditLine.unrestricted.filter(event="document.received").count() == 1
    other = post(client, folder, papers.small_png(), name="x.png", key="a")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    scan = papers.text_pdf("Report")
    sealed = [
        post(client, folder, scan, name="s.pdf", visibility="medical", kind="medical_report", key="c")
        for _ in range(2)
    ]
    assert sealed[0].json() == sealed[1].json()
    assert sealed[0].json()["receipt"] is not None
    refused = post(client, folder, b"", key="b")
    assert refused.status_code == 400
    assert post(client, folder, papers.small_png(), name="x.png", key="b").status_code == 201


def test_the_answer_to_a_repeated_request_ends_with_the_right(cast, folder, sign_in):
    client = sign_in(cast.hugo)
    sent = {
        key: partial(post, client, folder, papers.text_pdf(key), key=key, visibility=visibility)
        for key, visibility in (("a", "administrative"), ("b", "medical"))
    }
    assert [send().status_code for send in sent.values()] == [201, 201]
    assert [send().status_code for send in sent.values()] == [201, 201]
    grants.revoke(grants.grants_of(cast.hugo)[0], by=cast.reto)
    assert [send().status_code for send in sent.values()] == [404, 404]


@pytest.mark.parametrize("kind", ["statement", "cost_guarantee"])
def test_what_the_insurer_issues_is_sent_by_the_insurer_alone(cast, folder, sign_in, kind):
    refused = post(sign_in(cast.hugo), folder, kind=kind)
    assert (refused.status_code, list(refused.json())) == (400, ["kind"])
    assert post(sign_in(cast.pauline), folder, kind=kind).status_code == 201


def test_a_sealed_paper_of_an_unsent_report_exists_for_nobody(cast, sign_in):
    draft = make_folder(cast.persons.nadia, stage="employer")
    answer = post(
        sign_in(cast.hugo), draft, papers.text_pdf("Report"), visibility="medical", kind="medical_report"
    )
    assert answer.json()["receipt"]["size"]
    paper = Document.unrestricted.get()
    for reader in (cast.nadia, cast.hugo, cast.sonia, cast.pauline):
        client = sign_in(reader)
        assert listed(client)["count"] == 0
        assert client.get(address("detail", paper)).status_code == 404
    follow_case(draft.pk, stage="sent")
    for reader, status in ((cast.nadia, 200), (cast.pauline, 200), (cast.hugo, 404)):
        assert sign_in(reader).get(address("detail", paper)).status_code == status


def test_classifying(cast, folder, sign_in):
    document = make_document(folder, cast.hugo)
    client = sign_in(cast.hugo)
    answer = client.post(address("classify", document), {"visibility": "certificate"})
    assert (answer.status_code, answer.json()["visibility"]) == (200, "certificate")
    wider = client.post(address("classify", document), {"visibility": "administrative"})
    assert (wider.status_code, wider.json()["code"]) == (409, "only_stricter")
    assert client.post(address("classify", document), {"visibility": "medical"}).status_code == 204
    assert client.get(address("detail", document)).status_code == 404


def test_a_long_list_asks_no_more_often_than_a_short_one(cast, folder, sign_in):
    client = sign_in(cast.pauline)
    counts = []
    for more in (3, 12):
        for _ in range(more):
            make_document(folder, cast.nadia, "medical")
        for url in (
            address(),
            reverse("documents:archive"),
            reverse("documents:papers", args=[folder.pk]),
        ):
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]
