"""Pages of claim files, as people see them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from claims_files import services
from claims_files.models import ClaimFile, PaperRequest
from permissions.policy import visible_to
from tests.factories_claims import open_claim

CAST = [
    "claire", "hugo", "sonia", "felix", "nadia", "jonas", "bruno", "elena", "fiona", "reto", "pauline", "sacha", "zoe",
]  # fmt: skip
LIST = reverse("claims_files:list")
# Who opens which claim file: Marco's (Morges), Nadia's (Lausanne), Elena's (the other company).
DETAIL = {
    "claire": (404, 404, 404),
    "hugo": (200, 200, 404),
    "sonia": (200, 404, 404),
    "felix": (404, 404, 404),
    "nadia": (404, 200, 404),
    "jonas": (404, 404, 404),
    "bruno": (404, 404, 404),
    "elena": (404, 404, 200),
    "fiona": (200, 200, 200),
    "reto": (403, 403, 403),
    "pauline": (200, 200, 200),
    "sacha": (404, 404, 404),
    "zoe": (404, 404, 404),
}
SECTION = {name: 200 if 200 in row else 403 for name, row in DETAIL.items()} | {"jonas": 200}


@pytest.fixture
def claims(cast):
    return [
        open_claim(cast),
        open_claim(cast, person=cast.persons.nadia),
        open_claim(cast, person=cast.persons.elena),
    ]


def page(name, claim, *more):
    return reverse(f"claims_files:{name}", args=[claim.pk, *more])


@pytest.mark.parametrize("name", CAST)
def test_list_and_detail_agree_for_everybody(cast, sign_in, claims, name):
    browser = sign_in(getattr(cast, name))
    answer = browser.get(LIST)
    assert answer.status_code == SECTION[name]
    text = answer.content.decode()
    for claim, expected in zip(claims, DETAIL[name], strict=True):
        assert (claim.number in text) == (expected == 200)
        for tab in ("detail", "incapacity", "documents", "timeline"):
            assert browser.get(page(tab, claim)).status_code == expected, tab


def test_nobody_sees_it_signed_out(client, cast, claims):
    assert client.get(LIST).status_code == 302
    assert client.get(page("detail", claims[0])).status_code == 302


def test_the_contract_manager_gets_a_page_that_says_why(cast, sign_in, claims):
    answer = sign_in(cast.reto).get(page("detail", claims[0]))
    assert answer.status_code == 403
    assert "Marco" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=bernasc", "marco"),
        ("q=BERNASCONI marco", "marco"),
        ("q=keller", "nadia"),
        ("kind=illness", "both"),
        ("kind=accident", "none"),
        ("state=received", "both"),
        ("state=closed", "none"),
        ("event_from=04.11.2026", "none"),
        ("event_from=1.11.26&event_until=03.11.2026", "both"),
        ("q=nobody", "none"),
    ],
)
def test_filters(cast, sign_in, claims, query, expected):
    text = sign_in(cast.hugo).get(f"{LIST}?{query}").content.decode()
    assert (claims[0].number in text) == (expected in {"marco", "both"})
    assert (claims[1].number in text) == (expected in {"nadia", "both"})
    assert ("Nothing matches these filters" in text) == (expected == "none")


def test_the_number_is_found(cast, sign_in, claims):
    text = sign_in(cast.hugo).get(LIST, {"q": claims[0].number.lower()}).content.decode()
    assert claims[0].number in text
    assert claims[1].number not in text


def test_filter_by_site(cast, sign_in, claims):
    text = sign_in(cast.hugo).get(LIST, {"site": cast.morges.pk}).content.decode()
    assert claims[0].number in text
    assert claims[1].number not in text


def test_a_wrong_filter_is_said_at_the_field(cast, sign_in, claims):
    text = sign_in(cast.hugo).get(LIST, {"event_from": "tomorrow"}).content.decode()
    assert "error-summary" in text


def test_sorting(cast, sign_in, claims):
    text = sign_in(cast.hugo).get(LIST, {"sort": "name"}).content.decode()
    assert text.index("Marco Bernasconi") < text.index("Nadia Keller")
    text = sign_in(cast.hugo).get(LIST, {"sort": "-name"}).content.decode()
    assert text.index("Nadia Keller") < text.index("Marco Bernasconi")
    assert 'aria-sort="descending"' in text


def test_too_many_rows_are_not_sorted_but_explained(cast, sign_in, claims, monkeypatch):
    monkeypatch.setattr("claims_files.listing.SORTABLE", 1)
    text = sign_in(cast.hugo).get(LIST, {"sort": "name"}).content.decode()
    assert "Filter the list to sort it" in text
    assert "aria-sort" not in text


def test_pages_of_the_newest(cast, sign_in):
    numbers = [open_claim(cast).number for _ in range(30)]
    browser = sign_in(cast.hugo)
    first = browser.get(LIST)
    assert numbers[-1] in first.content.decode()
    assert numbers[0] not in first.content.decode()
    second = browser.get(first.context["page"].next_url).content.decode()
    assert numbers[0] in second
    assert numbers[-1] not in second


def test_htmx_gets_the_rows_only(cast, sign_in, claims):
    text = sign_in(cast.hugo).get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert claims[0].number in text
    assert "<html" not in text


def test_empty_lists_say_what_to_do(cast, sign_in):
    assert "No claims yet" in sign_in(cast.hugo).get(LIST).content.decode()
    assert "Nothing to do right now" in sign_in(cast.pauline).get(LIST).content.decode()


def queries(browser, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow(cast, sign_in):
    browsers = {
        name: sign_in(getattr(cast, name), on=Client())
        for name in ("hugo", "sonia", "nadia", "pauline", "fiona")
    }

    def asked():
        return {
            (name, query): queries(browser, LIST + query)
            for name, browser in browsers.items()
            for query in ("", "?sort=name", "?state=received")
        }

    def more(number):
        for _turn in range(number):
            open_claim(cast)
            open_claim(cast, person=cast.persons.nadia)

    more(5)
    asked()
    few = asked()
    more(45)
    assert asked() == few


# --- What the employer is not told --------------------------------------------------------------


@pytest.fixture
def medical(cast, claims):
    """Nadia's claim file, with a medical report asked of her."""
    claim = claims[1]
    services.take_over(claim.pk, by=cast.pauline)
    services.request_paper(claim.pk, kind="medical_report", addressee="person", by=cast.pauline)
    return claim


def test_what_is_asked_of_the_person_is_not_on_the_employers_pages(cast, sign_in, medical):
    browser = sign_in(cast.hugo)
    plain = open_claim(cast, person=cast.persons.nadia)
    services.take_over(plain.pk, by=cast.pauline)
    for tab in ("detail", "timeline", "documents"):
        text = browser.get(page(tab, medical)).content.decode().replace(medical.number, "#")
        assert "Document missing" not in text
        assert "Document requested" not in text
        assert "What is missing" not in text
    assert medical.number not in browser.get(LIST, {"state": "document_missing"}).content.decode()
    assert medical.number in browser.get(LIST, {"state": "in_progress"}).content.decode()
    rows = browser.get(LIST).content.decode()
    assert rows.count("In progress</span>") == 2
    assert not PaperRequest.unrestricted.filter(company=cast.rochat).exists()


def test_the_person_and_the_health_manager_see_it(cast, sign_in, medical):
    for insider in (cast.nadia, cast.pauline):
        text = sign_in(insider).get(page("detail", medical)).content.decode()
        assert "Medical report" in text
        assert "Document missing" in text


def test_the_saved_views_tell_the_employer_nothing(cast, sign_in, medical):
    PaperRequest.unrestricted.update(due=timezone.localdate() - timedelta(days=1))
    for view in ("new", "arrived", "mine", "overdue"):
        text = sign_in(cast.hugo).get(LIST, {"view": view}).content.decode()
        assert "S-20" not in text
    assert medical.number in sign_in(cast.pauline).get(LIST, {"view": "overdue"}).content.decode()


def test_the_sealed_part_of_the_report(cast, sign_in, claims):
    for name, reads in (("hugo", False), ("nadia", True), ("pauline", True)):
        text = sign_in(getattr(cast, name)).get(page("detail", claims[1])).content.decode()
        assert "Workshop" in text
        assert ("Lumbago" in text) == reads
        assert ("SHA-256" in text) == reads


def test_the_reason_of_a_refusal_is_for_the_person(cast, sign_in, medical):
    services.decline(medical.pk, reason="Pre-existing lumbago.", legal_remedy="objection", by=cast.pauline)
    for name, reads in (("hugo", False), ("nadia", True), ("pauline", True)):
        text = sign_in(getattr(cast, name)).get(page("detail", medical)).content.decode()
        assert "Declined" in text
        assert "Objection" in text
        assert ("lumbago" in text) == reads


# --- The health manager's acts ------------------------------------------------------------------


def test_from_new_to_closed_on_the_pages(cast, sign_in, claims):
    claim, browser = claims[0], sign_in(cast.pauline)
    assert claim.number in browser.get(LIST, {"view": "new"}).content.decode()
    text = browser.post(page("take_over", claim), follow=True).content.decode()
    assert "You have taken over claim file" in text
    assert claim.number in browser.get(LIST, {"view": "mine"}).content.decode()
    form = browser.get(page("request_paper", claim)).content.decode()
    assert (timezone.localdate() + timedelta(days=10)).strftime("%d.%m.%Y") in form
    values = {"kind": "certificate", "addressee": "employer", "due": "", "note": "legible"}
    text = browser.post(page("request_paper", claim), values, follow=True).content.decode()
    assert "What is missing" in text
    assert "please send a legible one" in text
    paper = PaperRequest.unrestricted.get(claim_file=claim)
    by_post = {"paper": paper.pk, "document": "other"}
    text = browser.post(page("answer_paper", claim), by_post, follow=True).content.decode()
    assert "The document is marked as received." in text
    browser.post(reverse("claims_files:reopen_paper", args=[claim.pk, paper.pk]))
    assert (
        "The request is withdrawn."
        in browser.post(page("settle", claim, paper.pk), follow=True).content.decode()
    )
    assert PaperRequest.unrestricted.get(claim_file=claim).state == "cancelled"
    assert "is accepted" in browser.post(page("accept", claim), follow=True).content.decode()
    assert browser.get(page("close", claim)).status_code == 200
    assert browser.post(page("close", claim), {}).status_code == 422
    text = browser.post(page("close", claim), {"outcome": "settled"}, follow=True).content.decode()
    assert "is closed" in text
    assert ClaimFile.unrestricted.get(pk=claim.pk).state == "closed"


def test_declining_on_the_page(cast, sign_in, claims):
    claim, browser = claims[0], sign_in(cast.pauline)
    browser.post(page("take_over", claim))
    assert browser.post(page("decline", claim), {"reason": "", "legal_remedy": ""}).status_code == 422
    values = {"reason": "No cover on that day.", "legal_remedy": "civil_action"}
    assert "is declined" in browser.post(page("decline", claim), values, follow=True).content.decode()
    assert browser.post(page("close", claim), follow=True).status_code == 200
    assert ClaimFile.unrestricted.get(pk=claim.pk).outcome == "declined"


def test_a_medical_paper_is_not_asked_of_the_employer(cast, sign_in, claims):
    claim, browser = claims[0], sign_in(cast.pauline)
    browser.post(page("take_over", claim))
    answer = browser.post(page("request_paper", claim), {"kind": "bill", "addressee": "employer", "due": ""})
    assert answer.status_code == 422
    assert "never of the employer" in answer.content.decode()


def test_the_wrong_moment_is_409_with_the_reason(cast, sign_in, claims):
    answer = sign_in(cast.pauline).post(page("accept", claims[0]))
    assert answer.status_code == 409
    assert "Take it over first" in answer.content.decode()


@pytest.mark.parametrize(("name", "expected"), [("hugo", 403), ("reto", 403), ("felix", 404), ("bruno", 404)])
def test_others_do_not_act(cast, sign_in, claims, name, expected):
    browser, claim = sign_in(getattr(cast, name)), claims[0]
    for act in ("take_over", "accept", "decline", "close", "request_paper", "seen"):
        assert browser.post(page(act, claim), {}).status_code == expected, act
    for form in ("decline", "close", "request_paper"):
        assert browser.get(page(form, claim)).status_code == expected, form


def test_the_missing_paper_is_two_clicks_away(cast, sign_in, claims):
    services.take_over(claims[0].pk, by=cast.pauline)
    services.request_paper(claims[0].pk, kind="wage_statement", addressee="employer", by=cast.pauline)
    browser = sign_in(cast.hugo)
    text = browser.get(page("detail", claims[0])).content.decode()
    address = f"{page('documents', claims[0])}?kind=wage_statement"
    assert address in text
    upload = browser.get(address).content.decode()
    assert '<option value="wage_statement" selected>' in upload
    # What was asked for, and can have one class only, has it already; all else HR chooses.
    at_once = "at_once.js"
    assert 'value="administrative" id="upload_visibility_1" required checked' in upload.replace(
        ' class="control"', ""
    )
    assert at_once in upload
    services.request_paper(claims[0].pk, kind="accident_sheet", addressee="employer", by=cast.pauline)
    for kind in ("certificate", "accident_sheet"):
        page_of_kind = browser.get(f"{page('documents', claims[0])}?kind={kind}").content.decode()
        assert f'<option value="{kind}" selected>' in page_of_kind
        assert at_once not in page_of_kind, kind
        assert "required checked" not in page_of_kind, kind


def test_the_days_on_the_incapacity_page(cast, sign_in):
    claim = open_claim(cast, periods=[(date(2026, 11, 3), None, 60)])
    text = sign_in(cast.hugo).get(page("incapacity", claim)).content.decode()
    assert "03.11.2026" in text
    assert "60 %" in text
    assert "no end date" in text


def test_worklist_and_policy_show_the_same(cast, sign_in, claims):
    shown = sign_in(cast.pauline).get(LIST).context["rows"]
    assert {row.claim.pk for row in shown} == set(
        visible_to(cast.pauline, "claim.view").values_list("pk", flat=True)
    )
