"""Claim files over the API: the same as the pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims_files import services
from claims_files.models import ClaimFile, PaperRequest
from permissions.trail import AuditLine
from tests.claims_files.test_pages import CAST, DETAIL
from tests.factories_claims import open_claim

LIST = "/api/v1/claim-files/"


@pytest.fixture
def claims(cast):
    return [
        open_claim(cast),
        open_claim(cast, person=cast.persons.nadia),
        open_claim(cast, person=cast.persons.elena),
    ]


def address(claim, act=""):
    return f"{LIST}{claim.pk}/" + (f"{act}/" if act else "")


@pytest.mark.parametrize("name", CAST)
def test_list_and_detail_agree_with_the_pages(cast, sign_in, claims, name):
    browser = sign_in(getattr(cast, name))
    listed = browser.get(LIST).json()
    expected = [claim.number for claim, status in zip(claims, DETAIL[name], strict=True) if status == 200]
    assert sorted(row["number"] for row in listed["results"]) == expected
    assert (listed["count"], listed["count_exact"]) == (len(expected), True)
    for claim, status in zip(claims, DETAIL[name], strict=True):
        assert browser.get(address(claim)).status_code == status


def test_signed_out(client, cast, claims):
    assert client.get(LIST).status_code == 403
    assert client.get(address(claims[0])).status_code == 403


def test_the_same_filters(cast, sign_in, claims):
    browser = sign_in(cast.hugo)
    for query, count in (
        ("q=bernasconi", 1),
        ("kind=accident", 0),
        ("state=received", 2),
        (f"site={cast.morges.pk}", 1),
    ):
        assert browser.get(f"{LIST}?{query}").json()["count"] == count, query
    assert browser.get(f"{LIST}?event_from=never").status_code == 400


def test_the_number_of_queries_does_not_grow(cast, sign_in):
    browser = sign_in(cast.hugo)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"{LIST}?page_size=100").status_code == 200
        return len(captured)

    for _ in range(5):
        open_claim(cast)
    browser.get(LIST)
    few = asked()
    for _ in range(45):
        open_claim(cast)
    assert asked() == few


def test_what_is_asked_of_the_person_is_absent_for_the_employer(cast, sign_in, claims):
    claim = claims[1]
    services.take_over(claim.pk, by=cast.pauline)
    services.request_paper(claim.pk, kind="medical_report", addressee="person", by=cast.pauline)
    for name, sealed in (("hugo", False), ("nadia", True), ("pauline", True)):
        browser = sign_in(getattr(cast, name))
        body = browser.get(address(claim)).json()
        assert body["state"] == ("document_missing" if sealed else "in_progress")
        assert len(body["papers"]) == sealed
        assert ("paper_requested" in [entry["code"] for entry in body["timeline"]]) == sealed
        assert ("Lumbago" in str(body["report"])) == sealed
        assert bool(body["report"]["sha256"]) == sealed
        assert body["standing"]["ball"] == {"hugo": "insurer", "nadia": "you", "pauline": "person"}[name]
        assert browser.get(f"{LIST}?state=document_missing").json()["count"] == sealed
        rows = {row["number"]: row["state"] for row in browser.get(LIST).json()["results"]}
        assert rows[claim.number] == body["state"]


def test_the_reason_is_for_the_person(cast, sign_in, claims):
    claim = claims[1]
    services.take_over(claim.pk, by=cast.pauline)
    services.decline(claim.pk, reason="Pre-existing.", legal_remedy="objection", by=cast.pauline)
    for name, reason in (("hugo", ""), ("nadia", "Pre-existing."), ("pauline", "Pre-existing.")):
        body = sign_in(getattr(cast, name)).get(address(claim)).json()
        assert (body["declined_reason"], body["legal_remedy"]) == (reason, "objection")


def test_the_acts(cast, sign_in, claims):
    claim, browser = claims[0], sign_in(cast.pauline)

    def post(act, **values):
        return browser.post(address(claim, act), values, content_type="application/json")

    assert post("accept").status_code == 409
    assert post("accept").json()["code"] == "state_received"
    assert post("take-over").json()["state"] == "in_progress"
    asked = post("request-paper", kind="certificate", addressee="employer")
    assert asked.status_code == 201
    assert asked.json()["state"] == "open"
    wrong = post("request-paper", kind="bill", addressee="employer")
    assert wrong.status_code == 400
    assert list(wrong.json()) == ["addressee"]
    assert post("settle-paper", paper=str(claims[1].pk), received=True).status_code == 404
    assert post("settle-paper", paper=asked.json()["id"], received=True).json()["state"] == "received"
    assert PaperRequest.unrestricted.get(claim_file=claim).state == "received"
    assert post("seen").status_code == 409
    assert post("accept").json()["state"] == "accepted"
    assert post("close").status_code == 400
    assert post("close", outcome="settled").json()["state"] == "closed"
    assert post("decline", reason="x", legal_remedy="objection").status_code == 409


def test_declining(cast, sign_in, claims):
    browser = sign_in(cast.pauline)
    browser.post(address(claims[0], "take-over"))
    assert browser.post(address(claims[0], "decline"), {}).status_code == 400
    answer = browser.post(address(claims[0], "decline"), {"reason": "No cover.", "legal_remedy": "objection"})
    assert answer.json()["state"] == "declined"


@pytest.mark.parametrize(("name", "expected"), [("hugo", 403), ("reto", 403), ("nadia", 404), ("zoe", 404)])
def test_others_do_not_act(cast, sign_in, claims, name, expected):
    browser = sign_in(getattr(cast, name))
    values = {
        "kind": "certificate",
        "addressee": "employer",
        "reason": "x",
        "legal_remedy": "objection",
        "outcome": "settled",
    }
    for act in ("take-over", "request-paper", "accept", "decline", "close"):
        answer = browser.post(address(claims[0], act), values, content_type="application/json")
        assert answer.status_code == expected, act
    assert ClaimFile.unrestricted.get(pk=claims[0].pk).state == "received"


def test_the_same_key_does_it_once(cast, sign_in, claims):
    browser = sign_in(cast.pauline)
    headers = {"Idempotency-Key": "take-1"}
    first = browser.post(address(claims[0], "take-over"), headers=headers)
    again = browser.post(address(claims[0], "take-over"), headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert AuditLine.unrestricted.filter(event="claim.taken_over").count() == 1


def test_the_employer_cannot_settle_what_he_does_not_see(cast, sign_in, claims):
    claim = claims[1]
    services.take_over(claim.pk, by=cast.pauline)
    paper = services.request_paper(claim.pk, kind="medical_report", addressee="person", by=cast.pauline)
    values = {"paper": str(paper.pk), "received": True}
    for name, status in (("hugo", 404), ("nadia", 403), ("pauline", 200)):
        answer = sign_in(getattr(cast, name)).post(address(claim, "settle-paper"), values)
        assert answer.status_code == status, name


def test_the_documents_of_the_claim_are_one_link_away(cast, sign_in, claims):
    browser = sign_in(cast.hugo)
    link = browser.get(address(claims[0])).json()["documents_url"]
    assert browser.get(link).json()["count"] == 0


def test_sorted_as_on_the_page(cast, sign_in, claims):
    browser = sign_in(cast.pauline)
    for order in ("name", "-name", "event", "-event"):
        page = browser.get("/claims/", {"sort": order}).context["rows"]
        answer = browser.get(LIST, {"ordering": order}).json()
        assert [row["id"] for row in answer["results"]] == [str(row.claim.pk) for row in page], order
        assert (answer["count"], answer["count_exact"]) == (len(claims), True)
    names = [row["person_name"] for row in browser.get(LIST, {"ordering": "name"}).json()["results"]]
    assert [row["person_name"] for row in browser.get(LIST, {"ordering": "-name"}).json()["results"]] == [
        *reversed(names)
    ]


def test_sorted_lists_have_numbered_pages(cast, sign_in, claims):
    browser = sign_in(cast.pauline)
    first = browser.get(LIST, {"ordering": "name", "page_size": 2}).json()
    second = browser.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)
    assert len({row["id"] for row in first["results"] + second["results"]}) == len(claims)
    assert browser.get(LIST, {"ordering": "name", "page": 9}).status_code == 404
    cursor = browser.get(LIST, {"page_size": 1}).json()["next"].partition("after=")[2].partition("&")[0]
    for query, name in (
        ({"page": 2}, "page"),
        ({"ordering": "name", "after": cursor}, "after"),
        ({"ordering": "state"}, "ordering"),
    ):
        answer = browser.get(LIST, query)
        assert (answer.status_code, set(answer.json())) == (400, {name})


def test_only_so_many_are_sorted(cast, sign_in, claims, monkeypatch):
    browser = sign_in(cast.pauline)
    monkeypatch.setattr("claims_files.listing.SORTABLE", 2)
    answer = browser.get(LIST, {"ordering": "name"})
    assert answer.status_code == 400
    assert "Filter the list" in answer.json()["ordering"][0]
    narrowed = browser.get(LIST, {"ordering": "name", "company": str(cast.rochat.pk)})
    assert narrowed.json()["count"] == 2


def test_sorting_shows_nobody_more(cast, sign_in, claims):
    for name in ("hugo", "sonia", "nadia", "bruno", "felix"):
        browser = sign_in(getattr(cast, name))
        newest = {row["id"] for row in browser.get(LIST).json()["results"]}
        assert {row["id"] for row in browser.get(LIST, {"ordering": "name"}).json()["results"]} == newest
