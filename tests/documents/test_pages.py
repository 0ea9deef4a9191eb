"""The pages of papers: what each person sees, what a refused file says, how a paper is opened."""

import hashlib
import re
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import reverse

from documents.models import Document
from documents.services import follow_case
from tests import papers
from tests.factories_documents import make_document, make_folder, receipts_of

pytestmark = pytest.mark.django_db
EMPLOYER = ("hugo", "fiona")
SECRET = "Burnout_Bericht.pdf"


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def page(folder):
    return reverse("documents:folder", args=[folder.pk])


def send(client, folder, *files, as_json=False, **fields):
    """Post files to the folder; returns the response."""
    values = {"visibility": "administrative", "kind": "other", "files": list(files), **fields}
    headers = {"Accept": "application/json"} if as_json else {"Accept": "text/html"}
    return client.post(reverse("documents:upload", args=[folder.pk]), values, headers=headers)


def file(data=None, name="wage.pdf"):
    return SimpleUploadedFile(name, papers.certificate() if data is None else data)


def english(user):
    user.language = "en"
    user.save()
    return user


# --- Who sees what ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["hugo", "fiona", "nadia", "pauline"])
def test_the_folder_shows_what_the_policy_opens(cast, folder, sign_in, who):
    make_document(folder, cast.nadia, "administrative", name="Lohnausweis.pdf")
    make_document(folder, cast.nadia, "medical", name=SECRET)
    shown = sign_in(getattr(cast, who)).get(page(folder)).content.decode()
    assert "Lohnausweis.pdf" in shown
    assert (SECRET in shown) is (who not in EMPLOYER)


@pytest.mark.parametrize(
    "who", ["claire", "sonia", "felix", "jonas", "bruno", "elena", "reto", "sacha", "zoe"]
)
def test_a_folder_out_of_reach_is_like_none(cast, folder, sign_in, who):
    document = make_document(folder, cast.nadia, "administrative")
    client = sign_in(getattr(cast, who))
    for name, key in (("folder", folder), ("papers", folder), ("download", document), ("classify", document)):
        there = client.get(reverse(f"documents:{name}", args=[key.pk]))
        nowhere = client.get(reverse(f"documents:{name}", args=[uuid4()]))
        assert there.status_code == nowhere.status_code == 404
        assert without_token(there) == without_token(nowhere)
    assert send(client, folder, file()).status_code == 404
    assert Document.unrestricted.count() == 1


def without_token(response):
    """The page without what differs by chance: tokens, the address itself, the seconds the session has left."""
    changing = rb'value="[\w-]{64}"|"X-CSRFToken": "[\w-]+"|/documents/[\w/-]+|data-[a-z-]+="\d+"'
    return re.sub(changing, b"", response.content)


@pytest.mark.parametrize("who", EMPLOYER)
def test_a_medical_paper_does_not_exist_for_the_employer(cast, folder, sign_in, who):
    empty = sign_in(getattr(cast, who)).get(reverse("documents:papers", args=[folder.pk])).content
    document = make_document(folder, cast.nadia, "medical", name=SECRET)
    make_document(folder, cast.pauline, "medical", name=SECRET)
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("documents:papers", args=[folder.pk])).content == empty
    for name in ("download", "classify"):
        there = client.get(reverse(f"documents:{name}", args=[document.pk]))
        nowhere = client.get(reverse(f"documents:{name}", args=[uuid4()]))
        assert there.status_code == nowhere.status_code == 404
        assert without_token(there) == without_token(nowhere)


def test_the_neutral_line_is_for_its_sender_alone(cast, folder, sign_in):
    sha256 = hashlib.sha256(papers.certificate()).hexdigest()
    client = sign_in(english(cast.hugo))
    answer = send(client, folder, file(name=SECRET), visibility="medical", as_json=True)
    assert answer.json()["files"][0]["message"] == "Received and handed over sealed"
    shown = client.get(reverse("documents:papers", args=[folder.pk])).content.decode()
    assert sha256 in shown
    assert SECRET not in shown
    assert "edical" not in shown
    assert len(receipts_of(cast.hugo)) == 1
    assert sha256 not in sign_in(cast.fiona).get(page(folder)).content.decode()
    assert SECRET in sign_in(cast.nadia).get(page(folder)).content.decode()


def test_a_title_is_its_senders_own(cast, folder, sign_in):
    make_document(folder, cast.hugo, "administrative", title="for the meeting with Zoé")
    assert "for the meeting" in sign_in(cast.hugo).get(page(folder)).content.decode()
    for other in (cast.nadia, cast.pauline, cast.fiona):
        assert "for the meeting" not in sign_in(other).get(page(folder)).content.decode()


@pytest.mark.parametrize("who", ["hugo", "fiona", "nadia", "pauline"])
def test_the_archive_shows_what_the_policy_opens(cast, folder, sign_in, who):
    make_document(folder, cast.nadia, "administrative", name="Lohnausweis.pdf", title="only Nadia's")
    make_document(folder, cast.nadia, "medical", name=SECRET)
    client = sign_in(english(getattr(cast, who)))
    address = reverse("documents:archive")
    shown = client.get(address).content.decode()
    assert "Lohnausweis.pdf" in shown
    assert (SECRET in shown) is (who not in EMPLOYER)
    assert shown.count("/file/") == (1 if who in EMPLOYER else 2)
    assert ("only Nadia" in shown) is (who == "nadia")
    found = client.get(address, {"q": "burnout"}).content.decode()
    assert (SECRET in found) is (who not in EMPLOYER)
    assert "Lohnausweis.pdf" not in found
    assert "Nothing matches" in client.get(address, {"received_from": "1.1.2100"}).content.decode()


def test_the_archive_is_empty_where_nothing_may_be_seen(cast, folder, sign_in):
    make_document(folder, cast.nadia, "administrative", name="Lohnausweis.pdf")
    shown = sign_in(english(cast.sonia)).get(reverse("documents:archive")).content.decode()
    assert "No documents yet" in shown
    assert sign_in(cast.zoe).get(reverse("documents:archive")).status_code == 403


# --- Sending ------------------------------------------------------------------------------------


def test_hr_has_no_default_and_the_insured_person_medical(cast, folder, sign_in):
    checked = re.compile(r'value="(\w+)"[^>]*\bchecked')
    assert checked.findall(sign_in(english(cast.hugo)).get(page(folder)).content.decode()) == []
    shown = sign_in(cast.hugo).get(page(folder)).content.decode()
    for words in ("Certificate without diagnosis (you keep seeing it)", "Medical: handed over sealed"):
        assert words in shown
    for who in (cast.nadia, cast.pauline):
        assert checked.findall(sign_in(english(who)).get(page(folder)).content.decode()) == ["medical"]


def test_limits_are_told_beforehand(cast, folder, sign_in, settings):
    shown = sign_in(english(cast.hugo)).get(page(folder)).content.decode()
    assert "PDF, JPEG, PNG, TIFF or HEIC, up to 20 MB a file, 20 files at a time." in shown


def test_sent_files_are_stored_and_lead_back(cast, folder, sign_in):
    client = sign_in(english(cast.hugo))
    answer = send(client, folder, file(), file(papers.small_jpeg(), "photo.jpg"), next="/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert sorted(Document.unrestricted.values_list("name", flat=True)) == ["photo.jpg", "wage.pdf"]
    assert "2 documents received." in client.get(page(folder)).content.decode()


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "%09//evil.example", "javascript:x", ""],
)
def test_the_way_back_stays_in_the_portal(cast, folder, sign_in, target):
    answer = send(sign_in(cast.hugo), folder, file(), next=target)
    assert answer["Location"] in {page(folder), "%09//evil.example"}


def test_one_refused_file_does_not_lose_the_others(cast, folder, sign_in, stored_files):
    client = sign_in(english(cast.hugo))
    bad = file(papers.locked_pdf(), "locked.pdf")
    answer = send(client, folder, file(), bad, file(papers.small_png(), "shot.png"))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "This PDF is protected by a password." in shown
    assert sorted(Document.unrestricted.values_list("name", flat=True)) == ["shot.png", "wage.pdf"]
    assert len(stored_files()) == 2
    # The class that was chosen is kept for the next try.
    assert re.search(r'value="administrative"[^>]*\bchecked', shown)


@pytest.mark.parametrize(
    ("paper", "as_json"),
    [*((paper, True) for paper in papers.BAD), ("password", False), ("cut JPEG", False), ("empty", False)],
)
def test_every_bad_file_is_answered_with_a_sentence(cast, folder, sign_in, stored_files, paper, as_json):
    name, code, make = papers.BAD[paper]
    answer = send(sign_in(english(cast.hugo)), folder, file(make(), name), as_json=as_json)
    assert answer.status_code == 422
    if as_json:
        (result,) = answer.json()["files"]
        assert (result["state"], result["code"]) == ("refused", code)
        assert re.fullmatch(r"[A-Z].+\. [A-Z].+\.|This file .+: .+\. .+\.", result["message"])
    else:
        assert 'id="file-1"' in answer.content.decode()
    assert stored_files() == []
    assert not Document.unrestricted.exists()


def test_a_file_over_the_limit_is_refused(cast, folder, sign_in, settings, stored_files):
    settings.DOCUMENT_MAX_BYTES = 1024 * 1024
    answer = send(sign_in(english(cast.hugo)), folder, file(papers.scan_pdf(4), "scan.pdf"), as_json=True)
    (result,) = answer.json()["files"]
    assert result["message"].startswith("This file is larger than 1 MB.")
    assert result["size"] == 1024 * 1024 + 1
    assert stored_files() == []


def test_too_many_files_and_none_are_refused_at_the_field(cast, folder, sign_in, settings, stored_files):
    settings.DOCUMENT_MAX_FILES = 2
    client = sign_in(english(cast.hugo))
    answer = send(client, folder, file(), file(), file(), as_json=True)
    assert answer.status_code == 422
    assert answer.json()["errors"]["files"] == [
        "You can send 2 files at a time. Send the remaining ones afterwards."
    ]
    assert send(client, folder, as_json=True).json()["errors"]["files"] == ["Choose at least one file."]
    assert "Choose the files again" in send(client, folder, file(), visibility="").content.decode()
    assert stored_files() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": ""},
        {"visibility": "public"},
        {"kind": "statement"},
        {"kind": "medical_report"},
        {"title": "x" * 81},
    ],
)
def test_a_wrong_field_stores_nothing(cast, folder, sign_in, stored_files, fields):
    answer = send(sign_in(cast.hugo), folder, file(), as_json=True, **fields)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [
        "visibility" if fields.get("kind") == "medical_report" else next(iter(fields))
    ]
    assert stored_files() == []


def test_only_posting_sends(cast, folder, sign_in):
    assert sign_in(cast.hugo).get(reverse("documents:upload", args=[folder.pk])).status_code == 405


def test_strangers_are_sent_to_sign_in(folder, client):
    for address in (page(folder), reverse("documents:upload", args=[folder.pk])):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))


# --- Opening ------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", papers.GOOD)
def test_a_paper_comes_back_as_it_was_sent(cast, folder, sign_in, paper):
    name, content_type, make = papers.GOOD[paper]
    client = sign_in(cast.hugo)
    assert send(client, folder, file(make(), name), as_json=True).status_code == 201
    answer = client.get(reverse("documents:download", args=[Document.unrestricted.get().pk]))
    assert b"".join(answer.streaming_content) == make()
    assert answer["Content-Type"] == content_type
    assert answer["Content-Length"] == str(len(make()))


def test_an_opened_paper_runs_nowhere_and_stays_nowhere(cast, folder, sign_in):
    document = make_document(folder, cast.hugo, name='Zoë "A"; x=1\r\nSet-Cookie: a.pdf')
    answer = sign_in(cast.hugo).get(reverse("documents:download", args=[document.pk]))
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Zo%C3%AB%20_A_")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer.get("Set-Cookie") is None
    answer.close()


@pytest.mark.django_db(transaction=True)
async def test_an_asgi_server_streams_it_too(cast_async, async_client):
    user, document, data = cast_async
    await async_client.aforce_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = await async_client.get(reverse("documents:download", args=[document.pk]))
    assert answer.is_async
    assert b"".join([chunk async for chunk in answer.streaming_content]) == data
    await sync_to_async(answer.close)()
    # The view ran in a thread of its own, with its own connection.
    await sync_to_async(connections.close_all)()


@pytest.fixture
def cast_async(cast, folder, sign_in):
    sign_in(cast.hugo)
    data = papers.scan_pdf(2)
    return cast.hugo, make_document(folder, cast.hugo, data=data), data


def test_a_private_draft_shows_its_papers_to_its_owner_alone(cast, sign_in):
    folder = make_folder(cast.persons.nadia, stage="private")
    make_document(folder, cast.nadia, "administrative", name=SECRET)
    assert SECRET in sign_in(cast.nadia).get(page(folder)).content.decode()
    for other in (cast.hugo, cast.pauline):
        assert sign_in(other).get(page(folder)).status_code == 404
    follow_case(folder.pk, stage="sent")
    assert SECRET in sign_in(cast.hugo).get(page(folder)).content.decode()


# --- Changing who sees it -----------------------------------------------------------------------


def test_a_paper_is_made_stricter_on_its_page(cast, folder, sign_in):
    document = make_document(folder, cast.hugo, "administrative", name=SECRET)
    client = sign_in(english(cast.hugo))
    address = reverse("documents:classify", args=[document.pk])
    assert address in client.get(page(folder)).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"visibility": "nobody"}).status_code == 422
    assert "?next=" + page(folder).replace("/", "%2F") in client.get(page(folder)).content.decode()
    sent = {"visibility": "certificate", "next": "//evil.example"}
    assert client.post(address, sent)["Location"] == page(folder)
    assert client.post(address, {"visibility": "medical", "next": "/"})["Location"] == "/"
    assert SECRET not in client.get(page(folder)).content.decode()
    assert client.get(address).status_code == 404


def test_a_class_that_its_type_forbids_is_said_at_the_field(cast, folder, sign_in):
    report = make_document(folder, cast.nadia, "medical", kind="medical_report")
    answer = sign_in(english(cast.nadia)).post(
        reverse("documents:classify", args=[report.pk]), {"visibility": "administrative"}
    )
    assert answer.status_code == 422
    assert "are always medical papers" in answer.content.decode()


def test_a_wider_circle_is_not_the_moment(cast, folder, sign_in):
    document = make_document(folder, cast.hugo, "certificate")
    answer = sign_in(cast.hugo).post(
        reverse("documents:classify", args=[document.pk]), {"visibility": "administrative"}
    )
    assert answer.status_code == 409
