"""Requests for access from the click that asks to the answer; and how they end without one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from claims_files.models import ClaimFile
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from correspondence.notices import for_user, notices
from permissions import grants
from permissions.policy import can
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.users.acts import CODE
from users import second_factor, services
from users.models import AccessRequest

pytestmark = pytest.mark.usefixtures("english")

State = AccessRequest.State


def asked_by(user, company, action="invoice.view", **more):
    return services.request_access(user, company, action, **more)


def state_of(asked):
    return AccessRequest.unrestricted.get(pk=asked.pk).state


def told(user):
    """The titles of somebody's notifications with the pages they lead to."""
    with translation.override("en"):
        return [(str(each.title), each.url) for each in notices(user, for_user(user).order_by("created"))]


# --- Answering --------------------------------------------------------------------------------------------


def test_a_mailed_request_leads_through_sign_in_straight_to_its_answer(cast, enrolled, link_in):
    asked = asked_by(cast.hugo, cast.rochat)
    path = link_in(cast.claire.email)
    assert path == f"/users/requests/{asked.pk}/answer/"
    browser, claire = Client(), enrolled(cast.claire)
    sent_away = browser.get(path)
    assert sent_away["Location"].startswith("/account/login/?next=")
    answer = browser.post(
        sent_away["Location"], {"login": claire.email, "password": "secret-Word-1", "next": path}
    )
    assert answer["Location"].startswith(CODE)
    answer = browser.post(answer["Location"], {"code": second_factor.code_now(claire)})
    assert answer["Location"] == path
    page = browser.get(path).content.decode()
    # Looking decides nothing, neither does a form without an answer.
    assert state_of(asked) == State.OPEN
    for words in ("Hugo Favre", "see premium invoices", "and also see premium invoices"):
        assert words in page
    assert browser.post(path).status_code == 422
    assert browser.post(path, {"answer": "perhaps"}).status_code == 422
    assert state_of(asked) == State.OPEN
    assert browser.post(path, {"answer": "approve", "reason": "x" * 600})["Location"] == "/users/"
    assert can(cast.hugo, "invoice.view", cast.rochat)
    again = browser.get(path).content.decode()
    assert "Approved" in again
    assert 'value="approve"' not in again
    assert browser.post(path, {"answer": "decline"}).status_code == 409
    assert can(cast.hugo, "invoice.view", cast.rochat)


def test_a_reason_is_read_in_the_portal_alone(cast, sign_in, run_jobs, mailoutbox, lines):
    asked = asked_by(cast.hugo, cast.rochat)
    claire, path = sign_in(cast.claire, Client()), f"/users/requests/{asked.pk}/answer/"
    assert claire.post(path, {"answer": "decline", "reason": "x" * 501}).status_code == 422
    claire.post(path, {"answer": "decline", "reason": "Felix does this alone."})
    run_jobs()
    mail = mailoutbox[-1]
    assert (mail.to, "Felix" in mail.body) == ([cast.hugo.email], False)
    assert "Why, you read in the portal." in mail.body
    (line,) = lines("access.declined")
    assert "Felix" not in str(line.facts)
    page = sign_in(cast.hugo, Client()).get(re.search(r"https?://[^/]+(/areas/)", mail.body)[1])
    assert "Felix does this alone." in page.content.decode()
    assert told(cast.hugo)[-1] == ("Your request for access was declined", "/areas/")


def test_the_asker_hears_once_and_the_line_names_the_request(cast, lines):
    asked = asked_by(cast.hugo, cast.rochat)
    Notification.objects.all().delete()
    services.answer_request(asked.pk, approve=True, by=cast.claire)
    assert told(cast.hugo) == [("Your request for access was approved", "/areas/")]
    assert lines("access.changed")[-1].facts["request"] == str(asked.pk)
    # To somebody without a row it is a new grant: he hears of that once, too.
    asked = asked_by(cast.nadia, cast.rochat, "person.view")
    services.answer_request(asked.pk, approve=True, by=cast.claire)
    assert [title for title, _url in told(cast.nadia)] == ["Your request for access was approved"]


def test_home_answers_with_one_click_either_way(cast, sign_in):
    first, second = asked_by(cast.hugo, cast.rochat), asked_by(cast.sonia, cast.rochat, "audit.view")
    hers = asked_by(cast.felix, cast.rochat, "users.manage")
    claire = sign_in(cast.claire)
    page = claire.get("/").content.decode()
    answers = set(re.findall(r'action="(/users/requests/[^"]+/answer/)"', page))
    # What only the contract manager gives is not hers to answer.
    assert answers == {f"/users/requests/{each.pk}/answer/" for each in (first, second)}
    assert page.count('value="decline"') == 2
    claire.post(f"/users/requests/{first.pk}/answer/", {"answer": "decline"})
    assert state_of(first) == State.DECLINED
    assert str(hers.pk) in sign_in(cast.reto).get("/").content.decode()
    looked = sign_in(cast.claire).get(f"/users/requests/{hers.pk}/answer/").content.decode()
    assert "Reto Tschanz can answer this request." in looked
    assert 'value="approve"' not in looked


# --- Asking -----------------------------------------------------------------------------------------------


def test_further_areas_ask_and_take_back(cast, sign_in, lines):
    hugo = sign_in(cast.hugo)
    page = hugo.get("/areas/").content.decode()
    assert "Claire Monnier can give you access." in page
    assert set(re.findall(r'name="action" value="([a-z._]+)"', page)) == {
        "invoice.view",
        "users.view",
        "audit.view",
        "claim.view",
    }
    answer = hugo.post("/users/requests/", {"action": "invoice.view", "next": "/areas/"})
    assert answer["Location"] == "/areas/"
    page = hugo.get("/areas/").content.decode()
    assert "Asked for" in page
    asked = AccessRequest.unrestricted.get()
    for stranger, status in ((cast.felix, 404), (cast.claire, 404), (cast.hugo, 302)):
        answer = sign_in(stranger, Client()).post(f"/users/requests/{asked.pk}/withdraw/")
        assert answer.status_code == status
    assert state_of(asked) == State.WITHDRAWN
    with pytest.raises(NotNow):
        services.withdraw_request(asked.pk, by=cast.hugo)
    with pytest.raises(NotNow):
        services.answer_request(asked.pk, approve=True, by=cast.claire)
    assert len(lines("access.withdrawn")) == 1


@pytest.mark.parametrize(
    ("who", "path", "words"),
    [
        (
            "pauline",
            "/finance/premium-invoices/",
            "People of the insurer receive their role from the insurer.",
        ),
        ("zoe", "/finance/premium-invoices/", "Your account belongs to no company yet."),
        ("hugo", "/bank-details/", "It is not given to customers’ people"),
        ("hugo", "/finance/premium-invoices/", "Claire Monnier can give you this access."),
    ],
)
def test_no_refused_page_is_a_dead_end(cast, sign_in, who, path, words):
    page = sign_in(getattr(cast, who)).get(path)
    assert page.status_code == 403
    assert words in page.content.decode()


def test_a_part_of_a_page_that_is_refused_has_the_page_fetched_anew(cast, sign_in):
    hugo = sign_in(cast.hugo)
    for path, status in (("/finance/premium-invoices/", 403), (f"/claims/{cast.hugo.pk}/", 404)):
        part, page = hugo.get(path, headers={"HX-Request": "true"}), hugo.get(path)
        assert (part.status_code, page.status_code) == (status, status)
        assert part["HX-Refresh"] == "true"
        assert "HX-Refresh" not in page


# --- Ending without an answer -------------------------------------------------------------------------------


def test_what_was_given_otherwise_needs_no_answer(cast, lines):
    asked, other = asked_by(cast.hugo, cast.rochat), asked_by(cast.hugo, cast.rochat, "audit.view")
    (row,) = grants.grants_of(cast.hugo)
    services.change_grant(row.uuid, preset="hr", extra=["invoice.view"], by=cast.claire)
    assert (state_of(asked), state_of(other)) == (State.GIVEN, State.OPEN)
    # With the last thing held at the company its requests end: approving would let him in again.
    services.remove_access(row.uuid, by=cast.claire)
    assert state_of(other) == State.LAPSED
    assert [line.facts["action"] for line in (*lines("access.settled"), *lines("access.lapsed"))] == [
        "invoice.view",
        "audit.view",
    ]


def test_requests_end_with_the_account_and_after_a_month(cast, run_jobs, mailoutbox, settings):
    gone, old, new = (
        asked_by(cast.felix, cast.rochat, "claim.view"),
        asked_by(cast.hugo, cast.rochat),
        asked_by(cast.sonia, cast.rochat),
    )
    services.deactivate(cast.felix.pk, by=cast.claire)
    assert state_of(gone) == State.LAPSED
    long_ago = timezone.now() - timedelta(days=settings.ACCESS_REQUEST_DAYS, minutes=1)
    AccessRequest.unrestricted.filter(pk=old.pk).update(created=long_ago)
    run_jobs()
    mailoutbox.clear()
    services.sweep_access_requests()
    run_jobs()
    assert (state_of(old), state_of(new)) == (State.LAPSED, State.OPEN)
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    assert "You can ask again" in mailoutbox[0].body
    assert told(cast.hugo)[-1] == ("Your request for access has lapsed", "/areas/")
    assert asked_by(cast.hugo, cast.rochat).pk != old.pk


def test_nobody_is_let_in_again_by_an_old_request(cast):
    """Where the end of the grant came with a date: nothing happened at that moment."""
    asked = asked_by(cast.felix, cast.rochat, "claim.view")
    (row,) = grants.grants_of(cast.felix)
    type(row).objects.filter(pk=row.pk).update(until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NotNow):
        services.answer_request(asked.pk, approve=True, by=cast.claire)
    assert not can(cast.felix, "company.view", cast.rochat)
    services.sweep_access_requests()
    assert state_of(asked) == State.LAPSED


# --- A single claim file --------------------------------------------------------------------------------------


@pytest.fixture
def claim(cast):
    return open_claim(cast, person=cast.persons.nadia)


def test_asking_for_a_claim_file_does_not_tell_whether_there_is_one(
    cast, claim, sign_in, run_jobs, mailoutbox
):
    felix = sign_in(cast.felix)
    heard = []
    for number in (claim.number, "S-2026-999999"):
        mailoutbox.clear()
        answer = felix.post("/users/requests/", {"action": "claim.view", "claim_number": number}, follow=True)
        text = answer.content.decode().replace(number, "…")
        run_jobs()
        heard.append((re.findall(r"Your request was sent to [^<]+", text), [mail.to for mail in mailoutbox]))
        assert all(number not in mail.body + mail.subject for mail in mailoutbox)
        page = felix.get("/areas/").content.decode()
        assert number in page
    assert heard[0] == heard[1]
    # Claire manages users and sees no claims: neither asked nor able to answer, and she reads no number.
    assert heard[0][1] == [[cast.reto.email]]
    asked = AccessRequest.unrestricted.get(claim_number=claim.number)
    with pytest.raises(NotAllowed):
        services.answer_request(asked.pk, approve=True, by=cast.claire)
    looked = sign_in(cast.claire).get(f"/users/requests/{asked.pk}/answer/").content.decode()
    assert claim.number not in looked
    assert "a single claim file" in looked


def test_the_claim_file_alone_is_opened(cast, claim, lines):
    other = open_claim(cast, person=cast.marco)
    asked = asked_by(cast.felix, cast.rochat, "claim.view", claim_number=f" {claim.number.lower()} ")
    none = asked_by(cast.felix, cast.rochat, "claim.view", claim_number="S-0")
    foreign = open_claim(cast, person=cast.persons.elena, by=cast.fiona)
    elsewhere = asked_by(cast.felix, cast.rochat, "claim.view", claim_number=foreign.number)
    for missing in (none, elsewhere):
        with pytest.raises(NotNow) as refused:
            services.answer_request(missing.pk, approve=True, by=cast.reto)
        assert refused.value.code == "no_claim_file"
        assert state_of(missing) == State.OPEN
    services.answer_request(asked.pk, approve=True, by=cast.reto)
    assert can(cast.felix, "claim.view", claim)
    seen = [each for each in ClaimFile.unrestricted.all() if can(cast.felix, "claim.view", each)]
    assert other not in seen
    assert len(seen) == 1
    assert claim.number not in str(
        [line.facts for line in AuditLine.unrestricted.filter(actor=cast.felix.pk)]
    )
    with pytest.raises(NotNow):
        asked_by(cast.felix, cast.rochat, "claim.view", claim_number=claim.number)


def test_numbers_are_not_tried_one_after_the_other(cast, monkeypatch):
    monkeypatch.setattr("users.services.asking.MOST_OPEN", 2)
    first = asked_by(cast.felix, cast.rochat, "claim.view", claim_number="S-1")
    asked_by(cast.felix, cast.rochat, "claim.view", claim_number="S-2")
    assert asked_by(cast.felix, cast.rochat, "claim.view", claim_number="S-1") == first
    with pytest.raises(NotNow):
        asked_by(cast.felix, cast.rochat, "claim.view", claim_number="S-3")
    services.withdraw_request(first.pk, by=cast.felix)
    asked_by(cast.felix, cast.rochat, "claim.view", claim_number="S-3")


def test_what_is_no_number_and_no_claim_file_is_refused(cast):
    for values in ({"claim_number": "<b>"}, {"claim_number": "x" * 21}):
        with pytest.raises(ValidationError):
            asked_by(cast.felix, cast.rochat, "claim.view", **values)
    with pytest.raises(ValidationError):
        asked_by(cast.felix, cast.rochat, "audit.view", claim_number="S-1")
    with pytest.raises(OutOfReach):
        asked_by(cast.bruno, cast.rochat, "claim.view", claim_number="S-1")
    assert not AccessRequest.unrestricted.exists()


# --- API ------------------------------------------------------------------------------------------------------


def test_the_api_asks_declines_with_a_reason_and_takes_back(cast, claim, sign_in):
    path = "/api/v1/access-requests/"
    felix, reto, claire = (sign_in(user, Client()) for user in (cast.felix, cast.reto, cast.claire))
    body = {"company": str(cast.rochat.pk), "action": "claim.view", "claim_number": claim.number}
    made = felix.post(path, body, content_type="application/json")
    assert made.status_code == 201
    key = made.json()["id"]
    numbers = [who.get(f"{path}{key}/").json()["claim_number"] for who in (felix, reto, claire)]
    assert numbers == [claim.number, claim.number, ""]
    bad = reto.post(f"{path}{key}/decline/", {"reason": "x" * 501}, content_type="application/json")
    assert bad.status_code == 400
    done = reto.post(f"{path}{key}/decline/", {"reason": "Not yours."}, content_type="application/json")
    assert (done.json()["state"], done.json()["reason"]) == ("declined", "Not yours.")
    assert felix.get(f"{path}{key}/").json()["reason"] == "Not yours."
    again = felix.post(path, body, content_type="application/json").json()["id"]
    assert reto.post(f"{path}{again}/withdraw/").status_code == 404
    assert felix.post(f"{path}{again}/withdraw/").json()["state"] == "withdrawn"
    assert felix.post(f"{path}{again}/withdraw/").status_code == 409
    refused = sign_in(cast.pauline).get("/api/v1/premium-invoices/").json()
    assert (refused["can_ask"], refused["why_not"]) == (False, "insurer")
