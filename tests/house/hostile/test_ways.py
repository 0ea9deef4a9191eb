"""Keys of others, addresses of others, links and logs: nothing of it opens a way in or out."""

from __future__ import annotations

import json
import logging
import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from declarations.models import Declaration
from documents.services import open_folder
from permissions.trail import AuditLine
from tests import papers
from tests.factories_documents import upload_of
from tests.house import doors
from tests.house.hostile.spoilt import JSON, lists, undone
from tests.house.routes import addresses
from users.models import InvitationLink, digest, new_token
from users.services import invite

# --- Keys of others -----------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_a_foreign_key_in_a_body_is_answered_like_none(cast, scene, browsers):
    near, far = scene.near, scene.far
    nothing = str(uuid.uuid4())
    period = {"period_begin": "2021-01-01", "period_end": "2021-03-31"}
    line = {"persons_group": "All", "payroll": "1000.00", "rate_percent": "1.0"}
    place = {"scope_kind": "company", "preset": "hr"}
    someone = {"email": "a@b.example", "first_name": "A", "last_name": "B"}

    def api(who: str, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        return browsers[who].generic(method, f"/api/v1/{path}", json.dumps(body), content_type=JSON)

    def page(who: str, path: str, body: dict[str, Any], method: str = "post") -> Any:
        return getattr(browsers[who], method)(path, body)

    def file(key: Any) -> Any:
        body = {"folder": key, "visibility": "medical", "file": upload_of(papers.small_png(), "a.png")}
        return browsers["hugo"].post("/api/v1/documents/", body)

    medical, elena, keller = far["medical"], str(cast.persons.elena.pk), str(cast.keller.pk)
    trials: dict[str, tuple[Any, Any]] = {
        "report about": (lambda key: api("hugo", "declarations/", {"person": key, "kind": "illness"}), elena),
        "begin": (lambda key: page("hugo", f"/declarations/new/?person={key}", {"kind": "illness"}), elena),
        "begin, look": (lambda key: page("hugo", "/declarations/new/", {"person": key}, "get"), elena),
        "send into": (file, far["folder"]),
        "send into a private folder": (file, private_folder(near)),
        "classify": (
            lambda key: api("hugo", f"documents/{key}/classify/", {"visibility": "medical"}),
            near["medical"],
        ),
        "ask for access": (
            lambda key: api("hugo", "access-requests/", {"company": key, "action": "invoice.view"}),
            keller,
        ),
        "ask on the page": (
            lambda key: page("hugo", "/users/requests/", {"scope": key, "action": "invoice.view"}),
            keller,
        ),
        "grant on": (
            lambda key: api("claire", "grants/", {**place, "user": str(near["user"]), "scope": key}),
            keller,
        ),
        "grant to": (
            lambda key: api("claire", "grants/", {**place, "user": key, "scope": str(cast.rochat.pk)}),
            str(cast.bruno.pk),
        ),
        "grant on a claim of others": (
            lambda key: api(
                "claire",
                "grants/",
                {"preset": "hr", "user": str(near["user"]), "scope_kind": "claim_file", "scope": key},
            ),
            str(far["claim"]),
        ),
        "invite to": (lambda key: api("claire", "invitations/", {**place, **someone, "scope": key}), keller),
        "invite on the page": (
            lambda key: page(
                "claire", "/users/invite/", {**someone, "where": f"company:{key}", "preset": "hr"}
            ),
            keller,
        ),
        "deactivate": (lambda key: api("claire", f"users/{key}/deactivate/", {}), str(cast.bruno.pk)),
        "move to a site": (
            lambda key: api("hugo", f"insured-persons/{cast.marco.pk}/", {"site": key}, "PATCH"),
            str(cast.winterthur.pk),
        ),
        "move on the page": (
            lambda key: page("hugo", f"/employees/{cast.marco.pk}/edit/", {"site": key}),
            str(cast.winterthur.pk),
        ),
        "invoice a contract": (
            lambda key: api("felix", "premium-invoices/", {**period, "contract": key, "lines": [line]}),
            str(cast.keller_ktg.pk),
        ),
        "settle": (
            lambda key: api(
                "pauline",
                f"claim-files/{near['claim']}/settle-paper/",
                {"paper": key, "received": True},
            ),
            str(far["paper"]),
        ),
        "answer": (
            lambda key: api(
                "pauline",
                f"claim-files/{near['claim']}/settle-paper/",
                {"paper": str(near["paper"]), "received": True, "document": key},
            ),
            str(far["document"]),
        ),
        "merge": (
            lambda key: api(
                "pauline",
                f"folders/{near['folder']}/merges/",
                {"documents": [str(near["document"]), key], "name": "Case"},
            ),
            str(far["document"]),
        ),
        "choose": (lambda key: page("hugo", "/companies/switch/", {"company": key}), keller),
        "filter claims": (lambda key: page("hugo", "/api/v1/claim-files/", {"person": key}, "get"), elena),
        "filter papers": (
            lambda key: page("hugo", "/api/v1/documents/", {"folder": key}, "get"),
            far["folder"],
        ),
        "filter reports": (lambda key: page("hugo", "/api/v1/declarations/", {"person": key}, "get"), elena),
        "filter invoices": (
            lambda key: page("felix", "/api/v1/premium-invoices/", {"contract": key}, "get"),
            str(cast.keller_ktg.pk),
        ),
        "filter people": (lambda key: page("claire", "/api/v1/users/", {"company": key}, "get"), keller),
        "filter grants": (
            lambda key: page("claire", "/api/v1/grants/", {"user": key}, "get"),
            str(cast.bruno.pk),
        ),
        "filter the log": (
            lambda key: page("sacha", "/api/v1/audit-events/", {"target": key}, "get"),
            medical,
        ),
    }
    told_apart = []
    for label, (attempt, foreign) in trials.items():
        outcomes = []
        for key in (str(foreign), nothing):
            with undone():
                answer = attempt(key)
                outcomes.append((doors.bare(answer), AuditLine.unrestricted.count()))
        if outcomes[0] != outcomes[1]:
            told_apart.append(f"{label}: {outcomes[0]} / {outcomes[1]}")
        (status, _target, _body), _lines = outcomes[0]
        assert status in {200, 302, 400, 403, 404, 422}, (label, status)
    assert not told_apart, "\n".join(told_apart)


def private_folder(ids: dict[str, Any]) -> Any:
    return Declaration.unrestricted.get(pk=ids["private"]).folder_id


# --- Ways in and out ----------------------------------------------------------------------------------

EVIL = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "///evil.example", "https:evil.example",
    "\t//evil.example", "javascript:alert(1)", "http://testserver@evil.example/", "/\t/evil.example",
    "https://testserver.evil.example/", "\x00//evil.example", "http:///evil.example",
)  # fmt: skip


def test_no_address_of_others_is_ever_a_target(cast, scene, browsers, sign_in):
    folder, document = scene.near["folder"], scene.near["document"]
    led = []
    for evil in EVIL:
        upload = {
            "files": [upload_of(papers.small_png(), "a.png")],
            "visibility": "certificate",
            "kind": "other",
        }
        with undone():
            given = [
                browsers["hugo"].post("/i18n/setlang/", {"language": "de", "next": evil}),
                browsers["hugo"].post("/companies/switch/", {"company": "", "next": evil}),
                browsers["hugo"].post("/users/requests/", {"action": "invoice.view", "next": evil}),
                browsers["hugo"].post(reverse("documents:upload", args=[folder]), upload | {"next": evil}),
                browsers["nadia"].post(
                    reverse("documents:classify", args=[document]), {"visibility": "medical", "next": evil}
                ),
                browsers["hugo"].get(reverse("account_login"), {"next": evil}),
                browsers["hugo"].post(reverse("account_logout"), {"next": evil}),
            ]
        browsers["hugo"] = sign_in(cast.hugo, on=Client())
        cache.clear()
        visitor = Client()
        password = {"login": cast.felix.email, "password": "secret-Word-1"}
        with undone():
            given.append(visitor.post(f"{reverse('account_login')}?next=x", {**password, "next": evil}))
        led += [
            (evil, answer["Location"])
            for answer in given
            if answer.status_code in {301, 302, 303, 307, 308}
            and "evil" in answer["Location"].split("next=")[0]
        ]
        pages = [answer.content.decode() for answer in given if answer.status_code == 200]
        led += [(evil, "page") for page in pages if re.search(r'(?:href|action)="[^"?]*evil', page)]
    assert led == []


FROM_ELSEWHERE = [
    ("POST", "application/x-www-form-urlencoded", b"x=1"),
    ("POST", "text/plain", b"x=1"),
    ("POST", JSON, b"{}"),
    ("PATCH", JSON, b"{}"),
    ("DELETE", JSON, b"{}"),
]


def test_no_act_is_done_without_the_token_of_our_own_page(scene, browsers, refusals):
    """Every address, by every method that changes something, as somebody signed in, from elsewhere."""
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = browsers["hugo"].cookies
    before = AuditLine.unrestricted.count()
    done = []
    for name, path in addresses(lists(scene.near)):
        for method, kind, body in FROM_ELSEWHERE:
            answer = strict.generic(
                method, path, body, content_type=kind, headers={"origin": "https://evil.example"}
            )
            # Provisioning takes a bearer token and no cookie: there nobody is signed in.
            refused = {401, 403} if name.startswith("scim:") else {403}
            if answer.status_code not in refused | {405, 415}:
                done.append(f"{method} {name} {kind} {answer.status_code}")
    assert not done, "\n".join(done)
    # A provider's answer comes from elsewhere by its nature; what is none leaves the line of a refused sign-in.
    events = {line.event for line in AuditLine.unrestricted.order_by("id")[before:]}
    assert events <= {"user.sign_in_failed"}


def test_a_method_is_what_it_is(scene, browsers):
    """No header and no field turns a reading into a writing."""
    hugo, path = browsers["hugo"], f"/api/v1/declarations/{scene.near['declaration']}/"
    for headers in (
        {"x-http-method-override": "DELETE"},
        {"x-method-override": "DELETE"},
        {"x-http-method": "DELETE"},
    ):
        assert hugo.get(path, headers=headers).status_code == 200
        assert hugo.post(path, {"_method": "DELETE"}, headers=headers).status_code == 405
    assert hugo.get(path).status_code == 200


def test_what_is_no_door_carries_what_protects_it_too(scene, browsers):
    """Policy, type, frame and cache on addresses that do not exist, refusals and errors; of doors `test_doors` says it."""
    missing = []
    for who in ("hugo", "nadia", "sacha"):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = browsers[who].cookies
        nowhere = ("/nowhere/", "/api/v1/nowhere/", "/claims/x/", f"/claims/{uuid.uuid4()}/")
        acts = ("/users/invite/", "/api/v1/declarations/", "/users/requests/", "/companies/")
        given = [
            *(browsers[who].get(path) for path in nowhere),
            *(browsers[who].post(path, {"x": "\x00"}) for path in acts),
            strict.post("/users/requests/", {}),
        ]
        assert len({answer.status_code for answer in given}) > 2
        for answer in given:
            request = f"{who} {answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO']}"
            missing += [f"{request} ({answer.status_code}): {each}" for each in doors.lacking(answer)]
    assert not missing, "\n".join(missing)


def line_of(record: logging.LogRecord) -> str:
    """A log line as the portal writes it."""
    written = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    return written[0].format(record)


def test_an_error_of_the_database_leaves_no_row_in_the_log(cast, caplog):
    try:
        with transaction.atomic():
            Declaration.unrestricted.create(
                number="D-1", kind="none", privacy="employer", side="employer", company=cast.rochat,
                site=cast.morges, person=cast.marco, language="fr", created_by=cast.hugo,
                folder=open_folder(company=cast.rochat, person=cast.marco),
                parts={"event": {"course": "Lumbago\n\nand pain"}},
            )  # fmt: skip
    except IntegrityError:
        logging.getLogger("portal").exception("It did not work.")
    line = line_of(caplog.records[-1])
    assert "Failing row" in logging.Formatter().format(caplog.records[-1])
    assert "Lumbago" not in line
    assert "and pain" not in line
    assert "declaration_kind_known" in line


def test_links_that_open_something_stand_in_no_log(cast, caplog):
    caplog.set_level(logging.INFO)
    invitation = invite(
        cast.rochat, email="new@rochat.example", first_name="A", last_name="B", preset="hr", by=cast.claire
    )
    token = new_token()
    InvitationLink.objects.create(invitation=invitation, digest=digest(token), expires=invitation.expires)
    path = reverse("users:accept", args=[token])
    visitor = Client(raise_request_exception=False)
    assert visitor.post(path, {"password": "password"}).status_code == 422
    assert visitor.put(path).status_code in {200, 405}
    for _attempt in range(25):
        last = visitor.post(path, {"password": "password"})
    assert last.status_code == 429
    lines = [line_of(record) for record in caplog.records]
    assert any("/users/invitation/…/" in line for line in lines)
    assert not [line for line in lines if token in line]


def test_somebody_else_at_the_same_browser_inherits_nothing(cast, sign_in):
    """A session is worth nothing after signing out, and a new one has another key."""
    browser = sign_in(cast.hugo, on=Client())
    old = browser.cookies["sessionid"].value
    browser.post("/companies/switch/", {"company": str(cast.rochat.pk)})
    browser.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get("/claims/").status_code == 302
    sign_in(cast.nadia, on=browser)
    assert browser.cookies["sessionid"].value != old
    assert "company" not in browser.session
